"""What physics says a shape does to formants: attributions on the reference's own tube.

The tube is followed from the speaker's neutral one to that of each frame, along straight lines of
ln A and ln l of its sections. Attributions are the same whatever (affine) scale a path is straight
in, so that a law ln A = a + beta ln d by place need not be known to compare them with a model's.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float, Int

from tractable.scores.regrid import averaged, divided, edges_of, equal_edges
from tractable.scores.tubes import Tube, frequencies, sensitivities

Array = np.ndarray
STEPS = 8  # of Gauss and Legendre's rule: physics' own parts sum to the whole to within 1e-4
STEPS_BETWEEN = 3  # from every other shape, which are many


class Parts(NamedTuple):
    """What each place adds to ln F, and what all lengths together do."""

    by_place: Float[Array, "frame formant place"]
    by_length: Float[Array, "frame formant"]


@dataclass(frozen=True)
class Departure:
    """Tubes of some frames, and what each has beyond the speaker's neutral tube."""

    tube: Tube  # (frame, section); areas NaN where it is closed
    log_area: Float[Array, "frame section"]  # ln A less the neutral tube's
    log_length: Float[Array, "frame section"]  # ln(section length), likewise
    places: int  # along the tract, to which sections are shared out

    def less(
        self,
        area: Float[Array, "*#lead frame section"],
        length: Float[Array, "*#lead frame section"],
    ) -> Tube:
        """The frames' tubes less so much of ln A and of ln(section length)."""
        areas = self.tube.area * np.exp(-area)
        lengths = self.tube.section_length * np.exp(-length)
        return replace(self.tube, area=areas, section_length=np.broadcast_to(lengths, areas.shape))

    def returned(
        self, share: Float[Array, "*lead frame place"]
    ) -> Float[Array, "*lead frame formant"]:
        """ln F when a share of every place is back at the neutral tube; lengths stay."""
        sections = edges_of(self.tube.section_length)
        back = averaged(share, sections, equal_edges(self.places)) * self.log_area
        return np.log(frequencies(self.less(back, np.zeros_like(self.log_length))))

    def left(self, share: Float[Array, "*lead frame place"]) -> Float[Array, "*lead frame formant"]:
        """The same, less ln F when all places are back."""
        return self.returned(share) - self.returned(np.ones((len(self.log_area), self.places)))

    def total(self) -> Float[Array, "frame formant"]:
        """ln F less that of the neutral tube."""
        neutral = frequencies(self.less(self.log_area, self.log_length))
        return np.log(frequencies(self.tube)) - np.log(neutral)

    def integrated(self) -> Parts:
        """Integrated gradients from the neutral tube."""
        return self.along(self.log_area[None], self.log_length[None], STEPS)

    def expected(self) -> Parts:
        """The mean of integrated gradients from every frame's tube: what gradient SHAP means."""
        area, length = (part - part[:, None] for part in (self.log_area, self.log_length))
        return self.along(area, length, STEPS_BETWEEN)

    def along(
        self,
        area: Float[Array, "base frame section"],
        length: Float[Array, "base frame section"],
        steps: int,
    ) -> Parts:
        """Integrated gradients from tubes that the frames' are so far from, the mean over bases.

        Bases whose tube is not known do not count.
        """
        node, weight = np.polynomial.legendre.leggauss(steps)
        left = (1 - node[:, None, None, None]) / 2  # of the way
        by_area, by_length = sensitivities(self.less(left * area, left * length))
        areas = np.einsum("k,kbfns,bfs->bfns", weight / 2, by_area, area)
        lengths = np.einsum("k,kbfns,bfs->bfn", weight / 2, by_length, length)
        edges = edges_of(self.tube.section_length)[:, None]
        by_place = divided(mean_of_known_bases(areas), equal_edges(self.places), edges)
        return Parts(by_place, mean_of_known_bases(lengths))

    def occluded(self) -> Parts:
        """ln F less what it is when one place, or all lengths, are back at the neutral tube."""
        same_length = frequencies(self.less(np.zeros_like(self.log_area), self.log_length))
        by_length = np.log(frequencies(self.tube)) - np.log(same_length)
        return Parts(-self.return_change(np.eye(self.places)), by_length)

    def return_change(
        self, returned: Float[Array, "set place"]
    ) -> Float[Array, "frame formant set"]:
        """Change of ln F when some places are back at the neutral tube."""
        sets = np.broadcast_to(returned[:, None], (len(returned), len(self.log_area), self.places))
        return np.moveaxis(self.returned(sets) - np.log(frequencies(self.tube)), 0, -1)


def mean_of_known_bases(values: Array) -> Array:
    """Mean over the first axis of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(0)
    return total / np.where(known.any(0), known.sum(0), np.nan)


def departure(
    tube: Tube, known: Bool[Array, " time"], frames: Int[Array, " frame"], places: int
) -> Departure:
    """From the mean of ln A and ln l over the ``known`` times to some frames, NaN at other times.

    Parameters
    ----------
    tube : of all times (time, section).
    known : whether it is the tube of an open tract, and may be used.
    """
    area = np.where(known[:, None], tube.area, np.nan)
    parts = zip((area, tube.section_length), mean_logs(tube, known), strict=True)
    away = [np.log(part)[frames] - mean for part, mean in parts]
    return Departure(replace(tube, area=area).at(frames), away[0], away[1], places)


def mean_logs(
    tube: Tube, known: Bool[Array, " time"]
) -> tuple[Float[Array, " section"], Float[Array, " section"]]:
    """The neutral tube: means of ln A and of ln(section length) over the ``known`` times."""
    return np.log(tube.area[known]).mean(0), np.log(tube.section_length[known]).mean(0)


def neutral_tube(tube: Tube, known: Bool[Array, " time"]) -> Tube:
    """The same as a tube of one frame."""
    area, length = (np.exp(mean)[None] for mean in mean_logs(tube, known))
    return replace(tube, area=area, section_length=length)


EXPLAINERS = {
    "integrated_gradients": Departure.integrated,
    "gradient_shap": Departure.expected,
    "occlusion": Departure.occluded,
}


def attributed(way: Departure, explanations: xr.Dataset) -> xr.Dataset:
    """What physics says in the language of the explanations."""
    parts = [EXPLAINERS[str(name)](way) for name in explanations.explainer.values]
    by_place, by_length = (np.stack(part, 1) for part in zip(*parts, strict=True))
    changes = way.return_change(explanations.returned.values)
    return xr.Dataset(
        {
            "attribution": (("frame", "explainer", "formant", "place"), by_place),
            "length_attribution": (("frame", "explainer", "formant"), by_length),
            "departure": (("frame", "formant"), way.total()),
            "return_change": (("frame", "formant", "set"), changes),
        },
        {"explainer": explanations.explainer.values},
    )
