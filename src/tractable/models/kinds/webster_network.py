"""A physics-informed network: it says its formants and their waves, and is asked to obey Webster.

Physics is soft here. Nothing makes the formants those of a tube; where the waves that the network
draws do not satisfy the lossy Webster equations, on areas that it learns as well, it pays.
"""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.constants import CENTIMETRE
from tractable.contracts import BadInput
from tractable.models.descent import Adam
from tractable.models.kinds.mlp import held_within, initial, nested
from tractable.models.learnt_tube import LearntTube, textbook
from tractable.models.model import Examples, Prediction, whole
from tractable.models.regression import standardised
from tractable.models.standing_waves import IMPEDANCE, Misfit, Waves, misfit
from tractable.tube import formants, modes
from tractable.tube.tube import tubes

#: Flow per Pa in which the network counts: through a tube of 1.5 cm2.
ADMITTANCE = 1.5e-4 / IMPEDANCE  # m3/s/Pa
#: Width of the bumps and hollows of imagined shapes, in x / L.
BUMP = 0.06


class WebsterNetwork(LearntTube):
    """Its tube is what the areas would sound like; ``residual`` is what softness excuses."""

    def __init__(self, direction: str, state: Mapping[str, Tensor]):
        super().__init__(direction, {name: state[name] for name in state if "." not in name})
        ear, field = (nested(direction, state, name) for name in ("ear", "field"))
        assert ear is not None
        assert field is not None
        self.ear, self.field = ear, field  # ln F, then ln B; waves at the stations

    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        scale: float,
        exponent: float,
        error: float,
        physics_weight: float,
        imagined: int,
        spread: float,
        stretches: int,
        textbook_weight: float,
        smoothness: float,
        width: int,
        layers: int,
        decay: float,
        rate: float,
        steps: int,
        batch: int,
        patience: int,
        seed: int,
    ) -> "WebsterNetwork":
        """All at once: formants to examples, waves and areas to the equations.

        A misfit x in units of ``error``, squared, costs ln(1 + x), as if errors of waves followed
        Cauchy's distribution: the few shapes that defeat the network do not pull all the others.

        Parameters
        ----------
        scale, exponent : of the textbook's law, where areas begin and which they are drawn to.
        error : of ln F; the unit of misfit, of formants and of equations alike.
        physics_weight : on the misfit of the equations; 0: a perceptron, and an idle tube.
        imagined : shapes a step at which the equations are asked; sound they need none.
        spread : sd of ln d by which these stray from training shapes, see :func:`strayed`.
        stretches : into which stations cut the tract; a divisor of the number of places.
        textbook_weight, smoothness : see :class:`tractable.models.learnt_tube.Calibration`.
        width, layers : of both networks, see `kinds.mlp`.
        decay, rate, steps, batch, patience : see :class:`tractable.models.descent.Adam`; the tube
            knows no decay.

        Raises
        ------
        BadInput : stretches that do not divide the places.
        """
        places = examples.given.shape[1] - 1
        if places % stretches:
            raise BadInput(f"stretches is {stretches}, expected a divisor of the {places} places")
        told, random = examples.alone(), torch.Generator().manual_seed(seed)
        state = textbook(told, scale, exponent)
        hidden = layers * [width]
        model = cls(told.direction, state | networks(told, state, stretches, hidden, random))
        strange = model.strangeness(weight=textbook_weight, smoothness=smoothness)

        def terms(few: Examples, noise: torch.Generator) -> dict[str, Tensor]:
            heard = {"misfit": model.formant_misfit(few, error)}
            if physics_weight == 0:
                return heard
            shapes = strayed(few.given[:imagined], spread, noise)
            disobeyed = (model.wave_misfit(shapes).whole() / error**2).log1p().mean()
            return heard | {"physics": physics_weight * disobeyed, "tube": strange()}

        how = Adam(rate=rate, decay=decay, steps=steps, batch=batch, patience=patience)
        nets = (("ear", model.ear), ("field", model.field))
        weights = {f"{own}.{k}": v for own, net in nets for k, v in net.layers().items()}
        model.lesson = how.teach(
            model, weights, terms, model.missed, told, seed, undecayed=model.anatomy()
        )
        return model.with_source(examples)

    def sound(self, given: Float[Tensor, "frame feature"]) -> tuple[Tensor, Tensor]:
        """ln F and ln B (frame, formant), the network's own word."""
        log_frequency, log_bandwidth = self.ear.tell(given).chunk(2, 1)
        return log_frequency, log_bandwidth

    def hear(self, given: Float[Tensor, "frame feature"]) -> Float[Tensor, "frame formant"]:
        return self.sound(given)[0]

    def activations(self, given: Tensor) -> dict[str, Tensor]:
        return held_within(given, formants=self.ear, waves=self.field)

    def unlearnt(self, seed: int) -> list[dict[str, Tensor]]:
        layers = self.ear.unlearnt(seed)  # who hears; the waves have no say in ln F
        return [{f"ear.{name}": part for name, part in layer.items()} for layer in layers]

    def waves(self, given: Float[Tensor, "frame feature"]) -> Waves:
        """The standing waves that the network draws, each with the root that it hears."""
        log_frequency, log_bandwidth = self.sound(given)
        root = torch.complex(-log_bandwidth.exp(), 2 * log_frequency.exp()) * torch.pi
        real, imaginary = self.field.tell(given).chunk(2, 1)
        drawn = torch.complex(real, imaginary).reshape(len(given), int(self.count), -1)
        stations = (drawn.shape[-1] + 1) // 2
        flow = ADMITTANCE * drawn[..., stations:]
        return Waves(root, drawn[..., :stations], torch.nn.functional.pad(flow, (1, 0)))

    def wave_misfit(self, given: Float[Tensor, "frame feature"]) -> Misfit:
        """How far the network's waves are from the equations on its own areas."""
        branch = self.branch()
        log_area = self.area(given[:, :-1]).log()
        tube = tubes(log_area, self.section_length(given[:, -1]), self.losses(), branch, False)
        return misfit(self.waves(given), tube, branch.joint)

    def forward(
        self, log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
    ) -> Prediction:
        tube = super().forward(log_distance, log_length)
        log_frequency, log_bandwidth = self.sound(whole(log_distance, log_length))
        assert tube.log_frequency is not None
        excused = log_frequency - tube.log_frequency
        return tube._replace(
            log_frequency=log_frequency, log_bandwidth=log_bandwidth, residual=excused
        )


def networks(
    examples: Examples,
    law: Mapping[str, Tensor],
    stretches: int,
    hidden: list[int],
    random: torch.Generator,
) -> dict[str, Tensor]:
    """Both networks before training, named: the mean formants, and the waves of a uniform tube.

    Only where they begin tells the waves which formant is theirs.
    """
    _, scales = standardised(examples)
    log_bandwidth, waves = uniform(examples, law, stretches)
    ear_mean = torch.cat([scales["wanted_mean"], log_bandwidth])
    ear_spread = torch.cat([scales["wanted_spread"], torch.full_like(log_bandwidth, 0.2)])
    features = examples.given.shape[1]
    state: dict[str, Tensor] = {}
    for name, mean, spread, start in (
        ("ear", ear_mean, ear_spread, 1.0),
        ("field", waves, torch.ones_like(waves), 0.1),
    ):
        weights = initial([features, *hidden, len(mean)], random)
        weights[f"weight{len(hidden)}"] *= start
        about = {
            "scored": torch.tensor(len(mean)),
            "wanted_mean": mean,
            "wanted_spread": spread,
            "basis": torch.eye(features).to(mean),
        }
        about |= {word: scales[word] for word in ("given_mean", "given_spread")}
        state |= {f"{name}.{word}": value for word, value in (about | weights).items()}
    return state


def uniform(
    examples: Examples, law: Mapping[str, Tensor], stretches: int
) -> tuple[Float[Tensor, " formant"], Float[Tensor, " number"]]:
    """ln B and, as the field network counts them, the waves of a tube of mean area and length."""
    places, shapes = len(law["log_scale"]), examples.gathered().given
    opened = shapes[:, :-1].mean() - math.log(CENTIMETRE)  # ln of the cross-distance in cm
    log_area = (law["log_scale"] + law["exponent"] * opened)[None]
    length = shapes[:, -1].mean().exp()[None] / places
    count = examples.wanted.shape[1]
    pressure, flow = (
        wave[0, :, :: places // stretches] for wave in modes(log_area, length, count=count)
    )
    drawn = torch.cat([pressure, flow[:, 1:] / ADMITTANCE], 1) / pressure[:, :1]
    bandwidth = formants(log_area, length, count=count).bandwidth[0]
    return bandwidth.log(), torch.cat([drawn.real.flatten(), drawn.imag.flatten()])


def strayed(
    given: Float[Tensor, "frame feature"], spread: float, random: torch.Generator
) -> Float[Tensor, "frame feature"]:
    """Shapes with bumps and hollows that no tract may ever make; of the same length.

    Physics holds for them too, and no ear need have heard them.
    """
    place = torch.linspace(0, 1, given.shape[1] - 1, dtype=given.dtype)
    bumps = torch.exp(-((place[:, None] - place) ** 2) / (2 * BUMP**2))
    bumps = spread * bumps / bumps.norm(dim=1, keepdim=True)
    noise = torch.randn(len(given), len(place), generator=random, dtype=given.dtype)
    strayed = given[:, :-1] + (noise @ bumps.T).to(given.device)
    return torch.cat([strayed, given[:, -1:]], 1)
