"""V9.6: does one articulator carry another along? Fits of both, of what was said and of plants.

Targets change where labels do, a little before; utterances go from pause to pause. Exchanged
utterances have no coupling. Nobody knows the simulator's either, so that couplings are planted: in
the same utterances, as noisy as these are measured. They show what the fit would see.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from tractable.contracts import BadInput, likely
from tractable.movement.coupling import Coupling, Utterance, coupling, exchanged, is_told
from tractable.movement.laws import law
from tractable.movement.planted import coupled_utterances, uncoupled_utterances
from tractable.movement.stored import MM
from tractable.scores.maps import number_of
from tractable.scores.movement import DIRECTION, by_name, drawn
from tractable.scores.recovery import PLACES
from tractable.scores.score import UNKNOWN, Score, exactly

SAID, EXCHANGED = "measured_utterances", "exchanged_utterances"
WITHOUT = "planted_without_coupling"  # with as much noise as the fit leaves of what was said
BY_LAW = "planted_without_coupling_by_law"  # nor the law that is fitted
LATE = "planted_without_coupling_late_after_stops"  # nor one lead, which is searched again
UNCOUPLED = (WITHOUT, BY_LAW, LATE)
PLANTED = "planted_coupling"  # with the noise of plateaus
IN_MISFIT = "planted_coupling_in_misfit"  # with as much noise as the fit leaves of what was said
PLANTS = (PLANTED, IN_MISFIT)
NOBODY = np.full(2, np.nan)  # has neither coupling


@dataclass(frozen=True, kw_only=True)
class ArticulatorCoupling:
    """What V9.6 asks.

    Parameters
    ----------
    pairs : of variables; in plants the first carries the second.
    leads : of movement before its labels [s]; the one is taken that leaves least.
    most : utterances of a speaker that are asked; of more, so many are drawn.
    surrogates : of exchanged utterances.
    least : utterances of a speaker below which nothing is fitted.
    strength : of planted coupling.
    law, parameter : by which a plant moves; what a wrong law is taken for.
    stops, late : labels, and how much later than others all that moves out of them does in
        another plant [s]; what a wrong lead is taken for.
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
    stops: list[str]
    late: float
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


class Phrase(NamedTuple):
    """From the middle of a pause to that of the clip's next one."""

    frames: slice
    changes: np.ndarray  # of labels: frames since its first that begin another one
    before: list[str]  # the label that ends at each


class Piece(NamedTuple):
    """A phrase between two gaps; when it moves is known but for the lead."""

    position: Float[np.ndarray, "articulator=2 time"]  # mm
    labels: Float[np.ndarray, " change"]  # s since its first frame
    after_stop: Bool[np.ndarray, " change"]
    lasts: float  # s, from its first frame to its last

    def led(self, lead: float, late: float = 0.0) -> Utterance:
        """Targets change so long before labels [s], and so much later after stops."""
        times = np.sort(self.labels - lead + late * self.after_stop)
        times = times[(times > 0) & (times < self.lasts)]
        return Utterance(self.position, (times, times))


class Told(NamedTuple):
    """A fit, by the lead that leaves least."""

    lead: float  # s, of movement before labels
    utterances: list[Utterance]
    fit: Coupling


class Spoken(NamedTuple):
    """Two variables over the utterances of a speaker, and the noise of their plateaus."""

    pieces: list[Piece]
    covariance: Float[np.ndarray, "articulator=2 lag"]  # mm2
    frame_rate: float  # Hz

    @property
    def level(self) -> tuple[float, float]:
        """Of noise [mm]."""
        first, second = np.sqrt(self.covariance[:, 0])
        return float(first), float(second)

    def is_enough(self, least: int) -> bool:
        return len(self.pieces) >= least and bool((self.covariance[:, 0] > 0).all())

    def fitted(self, utterances: Sequence[Utterance]) -> Coupling:
        return coupling(utterances, self.frame_rate, self.level)

    def told(self, leads: Sequence[float]) -> Told:
        """By squares over free frames: with their lead, labels come and go at both ends."""
        every = [[piece.led(lead) for piece in self.pieces] for lead in leads]
        tried = [
            Told(lead, said, self.fitted(said)) for lead, said in zip(leads, every, strict=True)
        ]
        return min(tried, key=lambda one: float(((one.fit.residual / self.level) ** 2).sum()))


def coupling_scores(
    contours: xr.Dataset, dynamics: xr.Dataset, asked: ArticulatorCoupling
) -> Iterator[Score]:
    """V9.6 of one speaker, pair by pair; NaN: too few utterances, no labels, or no plateau.

    Parameters
    ----------
    contours, dynamics : contracts CONTOURS and DYNAMICS of the speaker.

    Raises
    ------
    BadInput : a law whose shape is not tabulated.
    """
    for pair in asked.pairs:
        first, second = map(short, pair)
        spoken = spoken_by(contours, dynamics, pair, asked)
        said = dict.fromkeys((SAID, EXCHANGED, *UNCOUPLED), NOBODY)
        plants = dict.fromkeys(PLANTS, NOBODY)
        lead = edge = misfit = np.nan
        if spoken.is_enough(asked.least):
            told = spoken.told(asked.leads)
            whose = number_of("/".join([dynamics.attrs["speaker"], *pair]))
            random = np.random.default_rng([asked.seed, whose])
            lead, edge = 1e3 * told.lead, float(told.lead in (min(asked.leads), max(asked.leads)))
            misfit = float(np.sqrt((told.fit.residual**2).mean()))
            plants = planted(spoken, told, asked, random)
            said = {SAID: told.fit.coupling, EXCHANGED: around(spoken, told, asked)}
            said |= uncoupled(spoken, told, asked, random)
        for of, way in ((1, f"{first} to {second}"), (0, f"{second} to {first}")):
            yield scored(f"V9 coupling {way}", one_way(said, of))
            known = exactly(asked.strength) if of else UNKNOWN
            yield scored(f"V9 planted coupling {way}", one_way(plants, of), known)
        for word, value in (
            ("V9 lead of movement before labels (ms)", lead),
            ("V9 lead at an end of its search", edge),
            ("V9 misfit of coupled movement (mm)", misfit),
            ("V9 utterances in coupling", float(len(spoken.pieces))),
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


def spoken_by(
    contours: xr.Dataset, dynamics: xr.Dataset, pair: list[str], asked: ArticulatorCoupling
) -> Spoken:
    """Utterances of two variables, cut where either is not seen to move, enough by any lead."""
    places = contours.sel(constriction=[PLACES[name] for name in pair])
    seen = (places.closed == 0) & (contours.refused == "")
    degree = MM * places.constriction_degree.where(seen).transpose("constriction", "time").values
    rate = contours.attrs["frame_rate"]
    found = [
        piece
        for phrase in phrases(contours.phone.values, contours.clip_of.values)
        for piece in pieces(degree[:, phrase.frames], phrase, asked.stops, rate)
        if all(is_told(piece.led(lead)) for lead in asked.leads)
    ]
    kept = drawn(np.arange(len(found)), asked.most, asked.seed)
    covariance = MM**2 * dynamics.noise_autocovariance.sel(variable=pair).values
    return Spoken([found[k] for k in kept], covariance, rate)


def phrases(phone: np.ndarray, clip: np.ndarray) -> Iterator[Phrase]:
    """What lies between two pauses of a clip; what has no label is a pause."""
    changes = (phone[1:] != phone[:-1]) | (clip[1:] != clip[:-1])
    edges = np.concatenate([[0], np.flatnonzero(changes) + 1, [len(phone)]])
    pauses = np.flatnonzero(phone[edges[:-1]] == "")
    for one, other in pairwise(pauses):
        begin, end = ((edges[k] + edges[k + 1]) // 2 for k in (one, other))
        if clip[begin] == clip[end]:
            inside = edges[one + 1 : other + 1]
            yield Phrase(slice(begin, end), inside - begin, phone[inside - 1].tolist())


def pieces(
    degree: Float[np.ndarray, "variable=2 time"], phrase: Phrase, stops: list[str], rate: float
) -> Iterator[Piece]:
    """A phrase between the gaps of either variable; a label changes half a frame before one."""
    known = np.isfinite(degree).all(0)
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False))
    after_stop = np.isin(phrase.before, stops)
    for first, end in edges.reshape(-1, 2):
        labels = (phrase.changes - 0.5 - first) / rate
        yield Piece(degree[:, first:end], labels, after_stop, (end - first - 1) / rate)


def around(
    spoken: Spoken, told: Told, asked: ArticulatorCoupling
) -> Float[np.ndarray, " articulator=2"]:
    """Mean coupling of exchanged utterances."""
    found = exchanged(told.utterances, spoken.frame_rate, spoken.level, most=asked.surrogates)
    return found.mean(0)


def planted(
    spoken: Spoken, told: Told, asked: ArticulatorCoupling, random: np.random.Generator
) -> dict[str, Float[np.ndarray, " articulator=2"]]:
    """What the fit sees of a coupling that is there."""
    noises = {PLANTED: spoken.covariance, IN_MISFIT: in_misfit(spoken, told)}
    strength = np.array([0.0, asked.strength])
    of = (told.utterances, told.fit.stiffness, strength)
    return {
        name: spoken.fitted(coupled_utterances(*of, noise, spoken.frame_rate, random)).coupling
        for name, noise in noises.items()
    }


def uncoupled(
    spoken: Spoken, told: Told, asked: ArticulatorCoupling, random: np.random.Generator
) -> dict[str, Float[np.ndarray, " articulator=2"]]:
    """What the fit sees where there is no coupling, nor in two plants what it takes for granted."""
    noise, rate = in_misfit(spoken, told), spoken.frame_rate
    of, none = (told.utterances, told.fit.stiffness), np.zeros(2)
    wrong = uncoupled_utterances(*of, asked.law, asked.parameter, noise, rate, random)
    delayed = [piece.led(told.lead, asked.late) for piece in spoken.pieces]
    made = coupled_utterances(delayed, told.fit.stiffness, none, noise, rate, random)
    late = spoken._replace(
        pieces=[
            piece._replace(position=one.position)
            for piece, one in zip(spoken.pieces, made, strict=True)
        ]
    )
    plain = spoken.fitted(coupled_utterances(*of, none, noise, rate, random))
    return {
        WITHOUT: plain.coupling,
        BY_LAW: spoken.fitted(wrong).coupling,
        LATE: late.told(asked.leads).fit.coupling,
    }


def in_misfit(spoken: Spoken, told: Told) -> Float[np.ndarray, "articulator=2 lag"]:
    """Noise of plateaus, as much as the fit leaves of what was said [mm2]."""
    return spoken.covariance * ((told.fit.residual / spoken.level) ** 2)[:, None]
