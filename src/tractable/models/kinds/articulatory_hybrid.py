"""Sound to articulators to shape to sound: an inverse that has to answer to a tube."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.articulation import Articulation, guided
from tractable.models.descent import Adam
from tractable.models.kinds.lstm import initial, memory, remembered
from tractable.models.learnt_tube import Calibration, LearntTube
from tractable.models.model import Examples, Model, Prediction
from tractable.models.regression import positive


class ArticulatoryHybrid(Model):
    """An encoder hears a normal distribution of articulatory components; they draw the tract.

    What the components do not say has a variance of its own at every place. A calibrated tube says
    how the drawn tract would sound.
    """

    directions = ("sound_to_shape",)
    frames: Tensor  # of a window
    given_mean: Float[Tensor, " feature"]
    given_spread: Float[Tensor, " feature"]
    mean: Float[Tensor, " target"]
    loading: Float[Tensor, "component target"]
    reading: Float[Tensor, "target component"]
    rest: Float[Tensor, " target"]

    def __init__(self, direction: str, state: Mapping[str, Tensor]):
        tube = {name: value for name, value in state.items() if name.startswith("tube.")}
        super().__init__(direction, {name: state[name] for name in state if name not in tube})
        named = {name.removeprefix("tube."): value for name, value in tube.items()}
        self.tube = LearntTube("shape_to_sound", named)

    @classmethod
    def fit(
        cls,
        examples: Examples,
        *,
        tongue: int,
        width: int,
        posterior_weight: float,
        acoustic_weight: float,
        unlabelled_weight: float,
        scale: float,
        exponent: float,
        error: float,
        textbook_weight: float,
        smoothness: float,
        speaker_weight: float,
        calibrated_on: int,
        calibration_steps: int,
        decay: float,
        rate: float,
        steps: int,
        batch: int,
        patience: int,
        seed: int,
    ) -> "ArticulatoryHybrid":
        """First the components, then the tube, and then, with both at rest, the encoder.

        Parameters
        ----------
        tongue : components of the tongue.
        width : units of each direction of the encoder, an LSTM.
        posterior_weight : of minus the log likelihood of the components, beside the mean squared
            error of standardised ln d and ln L.
        acoustic_weight : of the mean squared difference, in units of ``error``, between ln F of the
            drawn tract and of the sound, where the shape is known too.
        unlabelled_weight : of the same where it is not.
        scale, exponent, error, textbook_weight, smoothness, speaker_weight, calibrated_on,
            calibration_steps : of the tube, see
            :class:`tractable.models.learnt_tube.Calibration`.
        decay, rate, steps, batch, patience : see :class:`tractable.models.descent.Adam`.
        """
        labelled = examples.known()
        shapes = guided(labelled.alone().wanted, tongue)
        features = examples.given.shape[1] // examples.frames
        how = Adam(rate=rate, decay=decay, steps=steps, batch=batch, patience=patience)
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
        tube = LearntTube.calibrated(shown(labelled), calibration).state()
        model = cls(
            examples.direction,
            listening(examples)
            | shapes._asdict()
            | initial(features, width, outputs(len(shapes.loading)), seed)
            | {f"tube.{name}": part for name, part in tube.items()},
        )
        model.tube.requires_grad_(False)
        unit = positive(labelled.alone().wanted.std(0))

        def terms(few: Examples, _: torch.Generator) -> dict[str, Tensor]:
            known = few.weight[:, 0] > 0
            amount, factor = model.encode(few.given)
            drawn = model.shapes.tract(amount)
            parts = {
                "misfit": model.misfit(drawn, few, unit.to(drawn)),
                "posterior": posterior_weight * model.surprise(amount, factor, few),
            }
            weight = torch.where(known, acoustic_weight, unlabelled_weight)
            if bool((weight > 0).any()):
                parts["acoustic"] = model.unlike(drawn, few, weight) / error**2
            return parts

        named = dict(model.named_parameters())
        learnt = {name: named[name] for name in initial(1, 1, 1, seed)}
        model.lesson = how.teach(model, learnt, terms, model.missed, examples, seed)
        return model

    def misfit(
        self,
        drawn: Float[Tensor, "frame feature"],
        few: Examples,
        unit: Float[Tensor, " feature"],
    ) -> Float[Tensor, ""]:
        """Mean squared error of ln d and ln L in units of their spread; unknown shapes count 0."""
        missed = few.weight[:, : few.scored] * ((drawn - few.wanted[:, : few.scored]) / unit) ** 2
        return missed.mean()

    def surprise(
        self,
        amount: Float[Tensor, "frame component"],
        factor: Float[Tensor, "frame component part"],
        few: Examples,
    ) -> Float[Tensor, ""]:
        """Minus the mean log likelihood of the components, less a constant; unknown count 0.

        Of the covariance alone: where the mean is to be, the misfit says.
        """
        known = few.weight[:, 0] > 0
        off = (self.shapes.amounts(few.wanted[:, : few.scored]) - amount.detach())[known]
        standard = torch.linalg.solve_triangular(factor[known], off[:, :, None], upper=False)
        volume = factor[known].diagonal(dim1=1, dim2=2).log().sum()
        return (volume + (standard**2).sum() / 2) / len(known)

    def unlike(
        self,
        drawn: Float[Tensor, "frame feature"],
        few: Examples,
        weight: Float[Tensor, " frame"],
    ) -> Float[Tensor, ""]:
        """Weighted mean squared difference between ln F of the drawn tract and of the sound."""
        away = self.tube.hear(drawn) - few.wanted[:, few.scored :]
        return (weight[:, None] * few.weight[:, few.scored :] * away**2).mean()

    @property
    def shapes(self) -> Articulation:
        """What components draw."""
        return Articulation(self.mean, self.loading, self.reading, self.rest)

    def encode(
        self, given: Float[Tensor, "frame feature"]
    ) -> tuple[Float[Tensor, "frame component"], Float[Tensor, "frame component part"]]:
        """Mean of the components, and the Cholesky factor of their covariance."""
        told = remembered(*self.window(given))
        count = len(self.loading)
        amount, log_own, across = told.tensor_split([count, 2 * count], 1)
        row, column = torch.tril_indices(count, count, -1, device=told.device)
        factor = torch.diag_embed(log_own.exp())
        factor = factor.index_put(
            (torch.arange(len(told), device=told.device)[:, None], row, column), across
        )
        return amount, factor

    def window(self, given: Tensor) -> tuple[Tensor, int, dict[str, Tensor]]:
        """Standardised windows, how long they are, and what listens to them."""
        standard = (given - self.given_mean) / self.given_spread
        return standard, int(self.frames), dict(self.named_parameters())

    def activations(self, given: Tensor) -> dict[str, Tensor]:
        return {"memory": memory(*self.window(given))}

    def forward(self, given: Float[Tensor, "frame feature"]) -> Prediction:
        amount, factor = self.encode(given)
        drawn = self.shapes.tract(amount)
        together = factor.mT @ self.loading
        deviation = ((together**2).sum(1) + self.rest**2).sqrt()
        heard = self.tube(drawn[:, :-1], drawn[:, -1])
        return Prediction(
            log_frequency=heard.log_frequency,
            area=heard.area,
            section_length=heard.section_length,
            log_distance=drawn[:, :-1],
            log_length=drawn[:, -1],
            log_distance_sd=deviation[:, :-1],
            log_length_sd=deviation[:, -1],
            factor=together,
        )

    def missed(self, examples: Examples) -> Float[Tensor, ""]:
        """Mean abs(d ln) of ln d and ln L, where they are known."""
        asked = examples.alone().known()
        drawn = asked.answers(lambda given: self.shapes.tract(self.encode(given)[0]))
        return (drawn - asked.wanted).abs().mean()


def shown(labelled: Examples) -> Examples:
    """The same frames the other way round: shapes given, ln F wanted."""
    count = labelled.scored
    heard = labelled.wanted[:, count:], labelled.weight[:, count:]
    given = labelled.wanted[:, :count]
    wanted = heard[0].shape[1]
    return Examples("shape_to_sound", given, *heard, wanted, speaker=labelled.speaker)


def listening(examples: Examples) -> dict[str, Tensor]:
    """Tensors that make what is given standard, and how many frames it holds."""
    return {
        "frames": torch.tensor(examples.frames),
        "given_mean": examples.given.mean(0),
        "given_spread": positive(examples.given.std(0)),
    }


def outputs(components: int) -> int:
    """Numbers that make a mean and a Cholesky factor of so many components."""
    return components * (components + 3) // 2
