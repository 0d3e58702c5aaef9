"""The tube with a learnt law of area, bent by the shape as a whole, a fossa, a small residual."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.descent import Adam
from tractable.models.kinds.mlp import Perceptron, held_within, initial, nested
from tractable.models.learnt_tube import Calibration, LearntTube
from tractable.models.model import Examples, whole
from tractable.models.regression import standardised

BEND = 0.3  # unit of a bend: ln area by which tracts with the same midsagittal distance may differ


class TubeHybrid(LearntTube):
    """Physics learns what anatomy hides from the midsagittal plane; the residual gets the rest.

    ln A = ln A_1 + beta ln(d / 1 cm) + sum_k c_k cos(k pi x / L): the law of area by place is bent
    by a few cosines along the tract, whose amounts c_k a perceptron tells from the whole shape.
    All of that comes before the tube, so that it is heard only as a tube can sound.
    """

    def __init__(self, direction: str, state: Mapping[str, Tensor]):
        super().__init__(direction, {name: state[name] for name in state if "." not in name})
        self.amounts, self.excuse = (nested(direction, state, n) for n in ("amounts", "excuse"))

    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        scale: float,
        exponent: float,
        reversed: bool,
        error: float,
        textbook_weight: float,
        smoothness: float,
        speaker_weight: float,
        calibrated_on: int,
        calibration_steps: int,
        waves: int,
        anatomy_weight: float,
        bend_weight: float,
        bend_jacobian_weight: float,
        bend_rate: float,
        bend_steps: int,
        width: int,
        layers: int,
        decay: float,
        jacobian_weight: float,
        rate: float,
        steps: int,
        batch: int,
        patience: int,
        seed: int,
    ) -> "TubeHybrid":
        """First the tube is calibrated, then bent; last the residual learns what is left.

        Parameters
        ----------
        scale, exponent, error, textbook_weight, smoothness, speaker_weight, calibrated_on,
            calibration_steps : see :class:`tractable.models.learnt_tube.Calibration`.
        reversed : turn the learnt tract round before the residual learns: a control.
        waves, anatomy_weight, bend_weight, bend_jacobian_weight : see :class:`Bending`.
        bend_rate, bend_steps : of Adam, which bends the law.
        width, layers, batch, patience : of the perceptrons that bend the law and that make the
            residual.
        decay, jacobian_weight, rate, steps : of the residual, as in
            :meth:`tractable.models.kinds.mlp.Perceptron.fit`; no steps, no residual.
        """
        how = {"batch": batch, "patience": patience}
        calibration = Calibration(
            scale=scale,
            exponent=exponent,
            error=error,
            textbook_weight=textbook_weight,
            smoothness=smoothness,
            speaker_weight=speaker_weight,
            calibrated_on=calibrated_on,
            calibration_steps=calibration_steps,
        )
        bending = Bending(
            waves=waves,
            hidden=tuple(layers * [width]),
            anatomy_weight=anatomy_weight,
            bend_weight=bend_weight,
            bend_jacobian_weight=bend_jacobian_weight,
            how=Adam(rate=bend_rate, decay=0.0, steps=bend_steps, **how),
            seed=seed,
        )
        model = cls.bent(examples, calibration, bending)
        model.turned.fill_(reversed)
        if steps > 0:
            model.excuse = Perceptron.fit(
                examples.alone().less(model.hear),
                components=None,
                width=width,
                layers=layers,
                decay=decay,
                jacobian_weight=jacobian_weight,
                beside=0.0,
                rate=rate,
                steps=steps,
                seed=seed,
                **how,
            )
            model.lesson = model.excuse.lesson
        return model.with_source(examples)

    @classmethod
    def bent(cls, examples: Examples, calibration: Calibration, bending: "Bending") -> "TubeHybrid":
        """The tube before its residual; the trials of a search differ in that alone, and share it.

        The last one is remembered with its examples and how it was learnt.
        """
        for known, how, state in LAST:
            if known is examples and how == (calibration, bending):
                return cls(examples.direction, {k: v.clone() for k, v in state.items()})
        told = examples.alone()
        model = cls.calibrated(told, calibration)
        bending.teach(model, told, calibration)
        kept = {k: v.clone() for k, v in model.state().items()}
        LAST[:] = [(examples, (calibration, bending), kept)]
        return model

    def bend(
        self, log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
    ) -> Float[Tensor, "frame place"] | None:
        """What the shape as a whole adds to ln A."""
        if self.amounts is None:
            return None
        amounts = self.amounts.hear(whole(log_distance, log_length))
        return amounts @ cosines(amounts.shape[1], len(self.log_scale)).to(amounts)

    def activations(self, given: Tensor) -> dict[str, Tensor]:
        return held_within(given, bend=self.amounts, residual=self.excuse)

    def usual_bend(self) -> Float[Tensor, " place"] | None:
        """The bend at the mean training shape."""
        if self.amounts is None:
            return None
        mean = self.amounts.given_mean[None]
        bend = self.bend(mean[:, :-1], mean[:, -1])
        return None if bend is None else bend[0]

    def residual(
        self, log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
    ) -> Float[Tensor, "frame formant"]:
        """ln F beyond the tube: how much the physics is excused."""
        if self.excuse is None:
            return super().residual(log_distance, log_length)
        return self.excuse.hear(whole(log_distance, log_length))


@dataclass(frozen=True, kw_only=True)
class Bending:
    """How the whole shape learns to bend the law of a calibrated tube, which goes on learning.

    The penalties on the bend are worth so many training frames, each with a misfit of 1: the less
    there is to learn from, the less the law is bent.

    Parameters
    ----------
    waves : cosines along the tract that bend the law.
    hidden : units of the layers of the perceptron that tells their amounts.
    anatomy_weight : on mean squared differences from the calibrated tube.
    bend_weight : on the mean squared bend of ln A, in training frames.
    bend_jacobian_weight : on the mean squared derivatives of its amounts by ln d, likewise.
    how : Adam; no steps, no bend.
    seed : of the perceptron's first weights, and of what is drawn as it learns.
    """

    waves: int
    hidden: tuple[int, ...]
    anatomy_weight: float
    bend_weight: float
    bend_jacobian_weight: float
    how: Adam
    seed: int

    def teach(self, model: TubeHybrid, examples: Examples, calibration: Calibration) -> None:
        """Bend the law of a calibrated tube, as the calibration measured misfit and roughness."""
        if self.how.steps == 0:
            return
        random = torch.Generator().manual_seed(self.seed)
        model.amounts = amounts = unbent(examples, (*self.hidden, self.waves), random)
        strange = model.strangeness(weight=self.anatomy_weight, smoothness=calibration.smoothness)
        frames = len(examples.given)

        def terms(few: Examples, noise: torch.Generator) -> dict[str, Tensor]:
            bend = model.bend(few.given[:, :-1], few.given[:, -1])
            assert bend is not None
            standard = (few.given - amounts.given_mean) / amounts.given_spread
            slope = amounts.jacobian_norm(standard, noise)
            size = bend.square().mean()
            bending = (self.bend_weight * size + self.bend_jacobian_weight * slope) / frames
            misfit = model.formant_misfit(few, calibration.error)
            return {"misfit": misfit, "anatomy": strange(), "bend": bending}

        learnt = {f"amounts.{name}": value for name, value in amounts.layers().items()}
        learnt |= model.anatomy()
        # Its penalties hold it back; it is not stopped early, so that every trial bends alike.
        alone = examples._replace(judged=None)
        self.how.teach(model, learnt, terms, model.missed, alone, self.seed)


LAST: list[tuple[Examples, tuple[Calibration, Bending], dict[str, Tensor]]] = []


def unbent(examples: Examples, sizes: tuple[int, ...], random: torch.Generator) -> Perceptron:
    """A perceptron from shapes to amounts of bends, all of them 0 as yet.

    Parameters
    ----------
    sizes : units of its hidden layers, and number of bends.
    """
    _, scales = standardised(examples)
    features, bends = examples.given.shape[1], sizes[-1]
    state = initial([features, *sizes], random)
    state[f"weight{len(sizes) - 1}"].zero_()
    state["scored"] = torch.tensor(bends)
    state["basis"] = torch.eye(features, dtype=torch.float64)
    state["given_mean"], state["given_spread"] = scales["given_mean"], scales["given_spread"]
    state["wanted_mean"] = torch.zeros(bends, dtype=torch.float64)
    state["wanted_spread"] = torch.full((bends,), BEND, dtype=torch.float64)
    return Perceptron(examples.direction, state)


def cosines(count: int, places: int) -> Float[Tensor, "wave place"]:
    """cos(k pi x / L), k from 1: of an area that is wider everywhere nothing can be heard."""
    place = (torch.arange(places, dtype=torch.float64) + 0.5) / places
    return torch.cos(math.pi * torch.arange(1, count + 1, dtype=torch.float64)[:, None] * place)
