"""V9.6: does one articulator carry another along? Fits of both, of what was said and of plants.

Targets change where labels do, a little before; utterances go from pause to pause. Exchanged
utterances have no coupling. Nobody knows the simulator's either, so that couplings are planted: in
the same utterances, as noisy as these are measured. They show what the fit would see.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.contracts import BadInput, likely
from tractable.movement.coupling import Coupling, Utterance, coupling, exchanged, is_told
from tractable.movement.laws import law
from tractable.movement.planted import apart, carrying
from tractable.movement.stored import MM
from tractable.scores.maps import number_of
from tractable.scores.movement import DIRECTION, by_name, drawn
from tractable.scores.recovery import PLACES
from tractable.scores.score import UNKNOWN, Score, exactly

SAID, EXCHANGED = "measured_utterances", "exchanged_utterances"
PLANTED = "planted_coupling"  # with the noise of plateaus
IN_MISFIT = "planted_coupling_in_misfit"  # with as much noise as the fit leaves of what was said
APART = "planted_without_coupling"  # so much noise, and no coupling
OTHERWISE = "planted_without_coupling_by_law"  # nor the law that is fitted
PLANTS = (PLANTED, IN_MISFIT, APART, OTHERWISE)
NOBODY = np.full(2, np.nan)  # has neither coupling


@dataclass(frozen=True, kw_only=True)
class Carrying:
    """What V9.6 asks.

    Parameters
    ----------
    pairs : of variables; in plants the first carries the second.
    leads : of movement before its labels [s]; the one is taken that leaves least.
    most : utterances of a speaker that are asked; of more, so many are drawn.
    surrogates : of exchanged utterances.
    least : utterances of a speaker below which nothing is fitted.
    strength : of planted coupling.
    law, parameter : by which the last plant moves; what a wrong law is taken for.
    seed : of utterances that are drawn, and of noise.

    Raises
    ------
    BadInput : a variable of whose degree contours say nothing, a pair that is none, no lead, no
        surrogate, or less than two utterances.
    """

    pairs: list[list[str]]
    leads: list[float]
    most: int
    surrogates: int
    least: int
    strength: float
    law: str
    parameter: float
    seed: int

    def __post_init__(self) -> None:
        where = "scores: battery: coupling"
        law(self.law)
        for pair in self.pairs:
            if len(set(pair)) != 2 or len(pair) != 2:
                raise BadInput(f"{where}: pairs: {pair}; two different variables make a pair")
            for name in pair:
                if name not in PLACES:
                    raise BadInput(f"{where}: pairs: no degree {name!r}; {likely(name, PLACES)}")
        if not self.leads:
            raise BadInput(f"{where}: leads: there is none; [0.0] takes labels as they are")
        for name, needed in (("surrogates", 1), ("least", 2)):
            if (many := getattr(self, name)) < needed:
                raise BadInput(f"{where}: {name}: {many}, at least {needed} needed")


class Spoken(NamedTuple):
    """Two variables over the utterances of a speaker, and the noise of their plateaus."""

    utterances: list[Utterance]  # mm
    covariance: Float[np.ndarray, "variable=2 lag"]  # mm2
    frame_rate: float  # Hz
    lead: float  # s, of movement before labels

    @property
    def level(self) -> tuple[float, float]:
        """Of noise [mm]."""
        first, second = np.sqrt(self.covariance[:, 0])
        return float(first), float(second)

    def fitted(self) -> Coupling:
        return coupling(self.utterances, self.frame_rate, self.level)


def coupling_scores(contours: xr.Dataset, dynamics: xr.Dataset, asked: Carrying) -> Iterator[Score]:
    """V9.6 of one speaker, pair by pair; NaN: too few utterances, no labels, or no plateau.

    Parameters
    ----------
    contours, dynamics : contracts CONTOURS and DYNAMICS of the speaker.
    """
    for pair in asked.pairs:
        first, second = map(short, pair)
        spoken, found = best(contours, dynamics, pair, asked)
        said, plants = dict.fromkeys((SAID, EXCHANGED), NOBODY), dict.fromkeys(PLANTS, NOBODY)
        lead = misfit = np.nan
        if found:
            said = {SAID: found.coupling, EXCHANGED: around(spoken, asked)}
            plants = of_plants(spoken, found, pair, asked, dynamics.attrs["speaker"])
            lead, misfit = 1e3 * spoken.lead, float(np.sqrt((found.residual**2).mean()))
        for of, way in ((1, f"{first} to {second}"), (0, f"{second} to {first}")):
            yield scored(f"V9 coupling {way}", one_way(said, of))
            known = exactly(asked.strength if of else 0.0)
            yield scored(f"V9 planted coupling {way}", one_way(plants, of), known)
        for word, value in (
            ("V9 lead of movement before labels (ms)", lead),
            ("V9 misfit of coupled movement (mm)", misfit),
            ("V9 utterances in coupling", float(len(spoken.utterances))),
        ):
            name = f"{word}, {first} and {second}"
            yield Score(name, by_name({SAID: value}), 0, direction=DIRECTION)


def scored(name: str, couplings: xr.DataArray, known: xr.DataArray = UNKNOWN) -> Score:
    """More coupling is called better, so that tests of two sides have a verdict."""
    return Score(name, couplings, 1, exactly(0.0), known, DIRECTION)


def short(variable: str) -> str:
    """``tongue body``, of a degree of its constriction."""
    return variable.removesuffix(" constriction degree").removesuffix(" aperture")


def one_way(couplings: Mapping[str, np.ndarray], of: int) -> xr.DataArray:
    """What one of both takes on of the other."""
    return by_name({name: float(both[of]) for name, both in couplings.items()})


def best(
    contours: xr.Dataset, dynamics: xr.Dataset, pair: list[str], asked: Carrying
) -> tuple[Spoken, Coupling | None]:
    """With the lead that leaves the least squares, weighed by noise; None: nothing to be fitted."""
    every = [spoken(contours, dynamics, pair, lead, asked) for lead in asked.leads]
    if not all(is_enough(one, asked) for one in every):
        return every[0], None
    fits = [one.fitted() for one in every]
    left = [((of.residual / one.level) ** 2).sum() for one, of in zip(every, fits, strict=True)]
    least = int(np.argmin(left))
    return every[least], fits[least]


def is_enough(one: Spoken, asked: Carrying) -> bool:
    return len(one.utterances) >= asked.least and bool((one.covariance[:, 0] > 0).all())


def spoken(
    contours: xr.Dataset, dynamics: xr.Dataset, pair: list[str], lead: float, asked: Carrying
) -> Spoken:
    """Utterances of two variables with their switches, cut where either is not seen to move."""
    places = contours.sel(constriction=[PLACES[name] for name in pair])
    seen = (places.closed == 0) & (contours.refused == "")
    degree = MM * places.constriction_degree.where(seen).transpose("constriction", "time").values
    rate = contours.attrs["frame_rate"]
    found = [
        piece
        for whole, labels in phrases(contours.phone.values, contours.clip_of.values)
        for piece in pieces(degree[:, whole], labels, lead, rate)
    ]
    kept = drawn(np.arange(len(found)), asked.most, asked.seed)
    covariance = MM**2 * dynamics.noise_autocovariance.sel(variable=pair).values
    return Spoken([found[k] for k in kept], covariance, rate, lead)


def phrases(phone: np.ndarray, clip: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """From the middle of each pause to that of the clip's next one, and where phones change.

    Frames between which they do, half a frame late, are counted from the phrase's first one. What
    lies before the first and after the last pause of a clip is left out, and whatever has no label.
    """
    changes = (phone[1:] != phone[:-1]) | (clip[1:] != clip[:-1])
    edges = np.concatenate([[0], np.flatnonzero(changes) + 1, [len(phone)]])
    pauses = np.flatnonzero(phone[edges[:-1]] == "")
    for one, other in pairwise(pauses):
        begin, end = ((edges[k] + edges[k + 1]) // 2 for k in (one, other))
        if clip[begin] == clip[end]:
            yield slice(begin, end), edges[one + 1 : other + 1] - begin


def pieces(
    degree: Float[np.ndarray, "variable=2 time"], labels: np.ndarray, lead: float, rate: float
) -> Iterator[Utterance]:
    """A phrase between the gaps of either variable, with more positions than unknowns."""
    known = np.isfinite(degree).all(0)
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False))
    for first, end in edges.reshape(-1, 2):
        times = (labels - 0.5 - first) / rate - lead
        times = times[(times > 0) & (times < (end - first - 1) / rate)]
        piece = Utterance(degree[:, first:end], (times, times))
        if is_told(piece):
            yield piece


def around(said: Spoken, asked: Carrying) -> Float[np.ndarray, " variable"]:
    """Mean coupling of exchanged utterances."""
    found = exchanged(said.utterances, said.frame_rate, said.level, most=asked.surrogates)
    return found.mean(0)


def of_plants(
    said: Spoken, found: Coupling, pair: list[str], asked: Carrying, speaker: str
) -> dict[str, Float[np.ndarray, " variable"]]:
    """Couplings that the fit sees of what was planted."""
    random = np.random.default_rng([asked.seed, number_of("/".join([speaker, *pair]))])
    rough = said.covariance * ((found.residual / said.level) ** 2)[:, None]
    some, none = np.array([0.0, asked.strength]), np.zeros(2)
    of, rate = (said.utterances, found.stiffness), said.frame_rate
    plants = {
        PLANTED: carrying(*of, some, said.covariance, rate, random),
        IN_MISFIT: carrying(*of, some, rough, rate, random),
        APART: carrying(*of, none, rough, rate, random),
        OTHERWISE: apart(*of, asked.law, asked.parameter, rough, rate, random),
    }
    return {name: said._replace(utterances=of).fitted().coupling for name, of in plants.items()}
