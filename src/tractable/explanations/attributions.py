"""What each place did to a formant: attributions by Captum, in the coordinates of the Jacobian.

A shape x is explained against a neutral shape x0, a picture likewise (`pixels`). The library does
the methods; ours is to ask models of windows for changes that are held, all formants, and the same
draws of every model.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from captum.attr import FeatureAblation, GradientShap
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from tractable.explanations.interventions import halves, return_effect
from tractable.explanations.path import Path
from tractable.explanations.subject import Subject
from tractable.models.asking import by_fold
from tractable.models.hearing import Hearing, held
from tractable.models.model import Model

Array = np.ndarray
EXPLAINERS = ("integrated_gradients", "gradient_shap", "occlusion")
Attribute = Callable[..., Tensor]  # of the formant's index; (frame, feature)


@dataclass(frozen=True, kw_only=True)
class Attributing:
    """How shapes are attributed to their places, against the speaker's neutral shape.

    Parameters
    ----------
    frames : of the explained ones, evenly spread.
    steps, most_steps, lacking : of integrated gradients, see `path.Path`.
    draws : of gradient SHAP, for each frame and formant.
    sets : random halves of the tract that return to the neutral shape.
    seed : of draws and halves.
    """

    frames: int
    steps: int
    most_steps: int
    lacking: float
    draws: int
    sets: int
    seed: int

    @property
    def path(self) -> Path:
        """How integrated gradients, of shapes as of pictures, sample theirs."""
        return Path(steps=self.steps, most_steps=self.most_steps, lacking=self.lacking)

    @property
    def sampling(self) -> dict[str, Any]:
        """Options of `by_explainer`, of shapes as of pictures."""
        return {"path": self.path, "draws": self.draws, "seed": self.seed}

    def returned(self, regions: int, places: int) -> Float[Array, "set place"]:
        """Share of each place that returns; see `interventions.halves`."""
        return halves(self.sets, regions, places, seed=self.seed)

    def answers(
        self,
        subject: Subject,
        name: str,
        returned: Float[Array, "set place"],
    ) -> dict[str, Array]:
        """What one model is asked, under the names of the contract; NaN in the other frames.

        Parameters
        ----------
        returned : share of each place that returns.
        """
        few = subject.some(self.frames)
        ask = partial(self.ask, neutral=subject.neutral, returned=returned)
        inputs = tuple(part[few] for part in subject.given(name))
        told = by_fold(subject.shelf, name, subject.fold[few], inputs, ask)
        return {word: among(len(subject.fold), few, values) for word, values in told.items()}

    def ask(
        self,
        model: Model,
        windows: Float[Array, "frame window"],
        shapes: Float[Array, "frame feature"],
        *,
        neutral: Float[Array, " feature"],
        returned: Float[Array, "set place"],
    ) -> dict[str, Array]:
        """The same of frames that are all asked, by the model of one fold."""
        given, shape, base, back = map(torch.from_numpy, (windows, shapes, neutral, returned))
        found = attributions(model.hear, given, shape, base, **self.sampling).numpy()
        hear = held(model.hear, given, len(neutral))
        with torch.no_grad():
            return {
                "attribution": found[..., :-1],
                "length_attribution": found[..., -1],
                "departure": (hear(shape) - hear(base.expand_as(shape))).numpy(),
                "return_change": return_effect(hear, shape, base, back).numpy(),
            }


def among(frames: int, few: Int[Array, " few"], values: Array) -> Array:
    """The values (frame, ...) of a ``few`` frames among all, NaN for the others."""
    all_of_them = np.full((frames, *values.shape[1:]), np.nan)
    all_of_them[few] = values
    return all_of_them


def attributions(
    hear: Hearing,
    windows: Float[Tensor, "frame window"],
    shape: Float[Tensor, "frame feature"],
    neutral: Float[Tensor, " feature"],
    **sampling: Any,
) -> Float[Tensor, "frame explainer formant feature"]:
    """What every feature of a shape adds to ln F, by each of `EXPLAINERS` [ln Hz].

    Parameters
    ----------
    hear : of windows.
    windows : that the frames stand in; a change of shape is held over them.
    shape, neutral : ln d (place), glottis first [ln m], and ln L [ln m].
    sampling : options of `by_explainer`; occlusion returns one feature at a time.
    """

    def of_shape(shape: Tensor, windows: Tensor) -> Tensor:
        return held(hear, windows, shape.shape[1])(shape)

    alone = torch.arange(len(neutral))[None]
    return by_explainer(of_shape, shape, neutral[None], windows, together=alone, **sampling)


def by_explainer(
    hear: Callable[..., Tensor],
    given: Float[Tensor, "frame feature"],
    neutral: Float[Tensor, "#frame feature"],
    *beside: Tensor,
    together: Int[Tensor, "#frame feature"],
    path: Path,
    draws: int,
    seed: int,
) -> Float[Tensor, "frame explainer formant feature"]:
    """What every feature of what a model is given adds to ln F, by each of `EXPLAINERS` [ln Hz].

    Integrated gradients: see `path.Path`; NaN in frames that they cannot explain. Gradient SHAP:
    the mean of (x_i - b_i) df/dx_i at random points between x and b, random ones of the given b,
    so against what the speaker does rather than against one neutral input. Occlusion: f(x) - f(x
    with a group at x0), of which every feature of the group has an equal share.

    Parameters
    ----------
    hear : ln F of inputs, and of what stands ``beside`` each.
    given, neutral : x and x0.
    together : number of the group with which each feature returns to neutral; a frame may have
        groups of its own, and lack some.
    path : from ``neutral`` to what is given.
    draws : of gradient SHAP, for each frame and formant.
    seed : of those; the same frames get the same draws, whatever the model.

    References
    ----------
    Sundararajan et al. (2017), arXiv 1703.01365; Lundberg & Lee (2017), arXiv 1705.07874, and
    Erion et al. (2021), doi:10.1038/s42256-021-00343-w; Zeiler & Fergus (2014), arXiv 1311.2901,
    by groups of any form. Library: Kokhlikyan et al. (2020), arXiv 2009.07896.
    """
    known: dict[str, Any] = {"additional_forward_args": beside}
    groups = one_hot(together).sum(1)  # (frame, group), how many features each has
    shared = groups.gather(1, together)

    def integrated(formant: int) -> Tensor:
        return path.integrated(hear, given, neutral, formant, *beside)

    def expected(formant: int) -> Tensor:
        with drawn_from(seed):
            way = GradientShap(hear)
            return way.attribute(given, given, draws, target=formant, **known)

    def occluded(formant: int) -> Tensor:
        way, at_once = FeatureAblation(hear), groups.shape[1]
        group = {"feature_mask": together, "perturbations_per_eval": at_once}
        return way.attribute(given, neutral, formant, **group, **known) / shared

    count = hear(given[:1], *(part[:1] for part in beside)).shape[1]
    ways: tuple[Attribute, ...] = (integrated, expected, occluded)
    found = [torch.stack([way(formant) for formant in range(count)], 1) for way in ways]
    return torch.stack(found, 1).detach()


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Random numbers from ``seed`` for a library that takes them from the process itself."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
