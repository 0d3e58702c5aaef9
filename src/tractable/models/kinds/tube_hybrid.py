"""The tube with a learnt law of area, bent by the shape as a whole, a fossa, a small residual."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tractable.models.descent import Adam, descend
from tractable.models.kinds.mlp import Perceptron, initial, nested
from tractable.models.model import Examples
from tractable.models.regression import standardised
from tractable.models.tube_model import Tube, power_law
from tractable.tube import Branch

#: Both piriform fossae as one uniform branch, from which the learnt one begins: 2.5 cm3, 1.8 cm
#: deep, opening 2 cm above the glottis of a tract of 17 cm. Dang & Honda (1997),
#: doi:10.1121/1.417990, measured 2.1 to 2.9 cm3 and 1.6 to 2.0 cm in four speakers.
FOSSA_AREA, FOSSA_LENGTH, FOSSA_PLACE = 1.4e-4, 0.018, 0.12  # m2, m, x / L

BEND = 0.3  # unit of a bend: ln area by which tracts with the same midsagittal distance may differ


#: What every shape shares.
LAW = ("log_scale", "exponent")
ANATOMY = (*LAW, "log_gain", "log_end", "log_wall", "log_fossa_area", "log_fossa_length")


class TubeHybrid(Tube):
    """Physics learns what anatomy hides from the midsagittal plane; the residual gets the rest.

    ln A = ln A_1 + beta ln(d / 1 cm) + sum_k c_k cos(k pi x / L): the law of area by place is bent
    by a few cosines along the tract, whose amounts c_k a perceptron tells from the whole shape.
    All of that comes before the tube, so that it is heard only as a tube can sound.
    """

    log_fossa_area: Float[Tensor, ""]  # ln m2
    log_fossa_length: Float[Tensor, ""]  # ln m

    def __init__(self, direction: str, state: Mapping[str, Tensor]):
        super().__init__(direction, {name: state[name] for name in state if "." not in name})
        self.bend, self.excuse = (nested(direction, state, name) for name in ("bend", "excuse"))

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
        scale, exponent : of the textbook's law, which the learnt one is drawn to.
        reversed : turn the learnt tract round before the residual learns: a control.
        error : of ln F that is expected of a good tube; the unit of misfit.
        textbook_weight : on mean squared differences from the textbook's ln A_1 and beta, and on
            those of ln length gain, end correction, wall resonance, area and length of the
            piriform fossa from where they begin.
        smoothness : weight on mean squared second differences of ln A_1 and beta along the tract.
        calibrated_on : training frames, evenly chosen, that calibrate the tube.
        calibration_steps : of L-BFGS at most.
        waves : cosines along the tract that bend the law.
        anatomy_weight : while it is bent, as ``textbook_weight``: on mean squared differences from
            the calibrated tube.
        bend_weight : on the mean squared bend of ln A.
        bend_jacobian_weight : on the mean squared derivatives of its amounts by ln d.
        bend_rate, bend_steps : of Adam, which goes on learning the tube too; no steps, no bend.
        width, layers, batch, patience : of the perceptrons that bend the law and that make the
            residual.
        decay, jacobian_weight, rate, steps : of the residual, as in
            :meth:`tractable.models.kinds.mlp.Perceptron.fit`; no steps, no residual.
        """
        recipe = Recipe(
            scale=scale,
            exponent=exponent,
            error=error,
            textbook_weight=textbook_weight,
            smoothness=smoothness,
            calibrated_on=calibrated_on,
            calibration_steps=calibration_steps,
            anatomy_weight=anatomy_weight,
            bend_weight=bend_weight,
            bend_jacobian_weight=bend_jacobian_weight,
            bend_sizes=(*layers * [width], waves),
            bending=Adam(
                rate=bend_rate, decay=0.0, steps=bend_steps, batch=batch, patience=patience
            ),
            seed=seed,
        )
        model = cls.bent(examples, recipe)
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
                batch=batch,
                patience=patience,
                seed=seed,
            )
            model.lesson = model.excuse.lesson
        return model

    @classmethod
    def bent(cls, examples: Examples, recipe: "Recipe") -> "TubeHybrid":
        """The tube before its residual; the trials of a search differ in that alone, and share it.

        The last one is remembered with its examples and its recipe.
        """
        for known, how, state in LAST:
            if known is examples and how == recipe:
                return cls(examples.direction, {k: v.clone() for k, v in state.items()})
        told = examples.alone()
        law = power_law(told, recipe.scale, recipe.exponent, False)
        model = cls(examples.direction, law | fossa())
        model.calibrate(told.evenly(recipe.calibrated_on), recipe)
        if recipe.bending.steps > 0:
            model.learn_to_bend(told, recipe)
        LAST[:] = [(examples, recipe, {k: v.clone() for k, v in model.state().items()})]
        return model

    def calibrate(self, examples: Examples, recipe: "Recipe") -> None:
        """Learn the law by place, length gain, end correction, walls and fossa."""
        misfit = self.misfit(recipe.error, recipe.textbook_weight, recipe.smoothness)
        learnt = list(self.anatomy().values())
        descend(
            lambda: torch.stack(list(misfit(examples).values())).sum(),
            learnt,
            recipe.calibration_steps,
        )

    def learn_to_bend(self, examples: Examples, recipe: "Recipe") -> None:
        """Let the whole shape bend the law, which goes on learning."""
        random = torch.Generator().manual_seed(recipe.seed)
        self.bend = bend = unbent(examples, recipe.bend_sizes, random)
        misfit = self.misfit(recipe.error, recipe.anatomy_weight, recipe.smoothness)

        def terms(few: Examples, noise: torch.Generator) -> dict[str, Tensor]:
            size = self.bend_of(bend, few.given).square().mean()
            standard = (few.given - bend.given_mean) / bend.given_spread
            slope = bend.jacobian_norm(standard, noise)
            bending = recipe.bend_weight * size + recipe.bend_jacobian_weight * slope
            return misfit(few) | {"bend": bending}

        learnt = {f"bend.{name}": value for name, value in bend.layers().items()}
        learnt |= self.anatomy()
        # Its penalties hold it back; it is not stopped early, so that every trial bends alike.
        alone = examples._replace(judged=None)
        recipe.bending.teach(self, learnt, terms, self.missed, alone, recipe.seed)

    def area(
        self, log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
    ) -> Float[Tensor, "frame place"]:
        """The seam: the law by place, bent [m2]."""
        law = super().area(log_distance, log_length)
        if self.bend is None:
            return law
        return law * self.bend_of(self.bend, whole(log_distance, log_length)).exp()

    def bend_of(
        self, bend: Perceptron, given: Float[Tensor, "frame feature"]
    ) -> Float[Tensor, "frame place"]:
        """What is added to ln A."""
        amounts = bend.hear(given)
        return amounts @ cosines(amounts.shape[1], len(self.log_scale)).to(amounts)

    def branch(self) -> Branch:
        joint = round(FOSSA_PLACE * len(self.log_scale))
        return Branch(self.log_fossa_area[None], self.log_fossa_length.exp()[None], joint)

    def residual(
        self, log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
    ) -> Float[Tensor, "frame formant"]:
        """ln F beyond the tube: how much the physics is excused."""
        if self.excuse is None:
            return super().residual(log_distance, log_length)
        return self.excuse.hear(whole(log_distance, log_length))

    def anatomy(self) -> dict[str, Tensor]:
        """What every shape shares, by name: law by place, gain, end correction, walls, fossa."""
        return {name: part for name, part in self.named_parameters() if name in ANATOMY}

    def misfit(
        self, error: float, weight: float, smoothness: float
    ) -> Callable[[Examples], dict[str, Tensor]]:
        """How wrong the tube is about some examples, and how far from what it is at this moment."""
        usual = {name: part.detach().clone() for name, part in self.anatomy().items()}

        def terms(examples: Examples) -> dict[str, Tensor]:
            off = examples.weight * (self.hear(examples.given) - examples.wanted) ** 2
            away = [
                (part - usual[name].to(part.device)).square().mean()
                for name, part in self.anatomy().items()
            ]
            rough = [part.diff(n=2).square().mean() for part in (self.log_scale, self.exponent)]
            strange = weight * torch.stack(away).sum() + smoothness * torch.stack(rough).sum()
            return {"misfit": off.mean() / error**2, "anatomy": strange}

        return terms


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the tube of a hybrid is learnt, all but its residual; see `TubeHybrid.fit`."""

    scale: float
    exponent: float
    error: float
    textbook_weight: float
    smoothness: float
    calibrated_on: int
    calibration_steps: int
    anatomy_weight: float
    bend_weight: float
    bend_jacobian_weight: float
    bend_sizes: tuple[int, ...]
    bending: Adam
    seed: int


LAST: list[tuple[Examples, Recipe, dict[str, Tensor]]] = []


def whole(
    log_distance: Float[Tensor, "frame place"], log_length: Float[Tensor, " frame"]
) -> Float[Tensor, "frame feature"]:
    """A shape as perceptrons are given it."""
    return torch.cat([log_distance, log_length[:, None]], 1)


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


def fossa() -> dict[str, Tensor]:
    """The tensors of a piriform fossa as it was measured."""
    return {
        "log_fossa_area": torch.tensor(math.log(FOSSA_AREA), dtype=torch.float64),
        "log_fossa_length": torch.tensor(math.log(FOSSA_LENGTH), dtype=torch.float64),
    }
