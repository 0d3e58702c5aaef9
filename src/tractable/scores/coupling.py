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
from jaxtyping import Float, Int

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
#: No coupling, and as much noise as the fit leaves of what was said.
WITHOUT = "planted_without_coupling"
#: The same, by another law than the one that is fitted.
BY_LAW = "planted_without_coupling_by_law"
#: The same, one variable setting out before the other, which the fit takes to be together; and
#: the sign of the first one's lead.
LED = {"planted_without_coupling_first_leads": 1, "planted_without_coupling_second_leads": -1}
UNCOUPLED = (WITHOUT, BY_LAW, *LED)
#: A known coupling, with the noise of plateaus, or as much as the fit leaves of what was said.
PLANTED, IN_MISFIT = "planted_coupling", "planted_coupling_in_misfit"
PLANTS = (PLANTED, IN_MISFIT)
NO_COUPLING = np.full(2, np.nan)  # where nothing can be fitted


@dataclass(frozen=True, kw_only=True)
class ArticulatorCoupling:
    """What V9.6 asks.

    Parameters
    ----------
    pairs : of variables; in plants the first carries the second.
    leads : of movement before its labels [s]; the one is taken that leaves least.
    most : utterances of a speaker that are asked; of more, so many are drawn.
    surrogates : of exchanged utterances, and draws of noise of each plant.
    least : utterances of a speaker below which nothing is fitted.
    strength : of planted coupling.
    law, parameter : by which a plant moves; what a wrong law is taken for.
    ahead : by how much one variable sets out before the other in two more plants [s]; what one
        lead for both is taken for.
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
    ahead: float
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
    changes: Int[np.ndarray, " change"]  # first frame of each new label, from the phrase's first


class Piece(NamedTuple):
    """A phrase between two gaps; when it moves is known but for the lead."""

    position: Float[np.ndarray, "articulator=2 time"]  # mm
    labels: Float[np.ndarray, " change"]  # s since its first frame
    duration: float  # s, from its first frame to its last

    def with_leads(self, first: float, second: float) -> Utterance:
        """Targets of the two variables change so long before labels [s]."""
        times = [self.labels - lead for lead in (first, second)]
        one, other = (of[(of > 0) & (of < self.duration)] for of in times)
        return Utterance(self.position, (one, other))

    def with_lead(self, lead: float) -> Utterance:
        """The same for both [s]."""
        return self.with_leads(lead, lead)


class Fitted(NamedTuple):
    """By the lead that leaves least."""

    lead: float  # s, of movement before labels
    utterances: list[Utterance]
    fit: Coupling


class Pieces(NamedTuple):
    """Two variables of a speaker, and the noise of their plateaus."""

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

    def fit(self, utterances: Sequence[Utterance]) -> Coupling:
        return coupling(utterances, self.frame_rate, self.level)

    def fitted(self, leads: Sequence[float]) -> Fitted:
        """By squares over free frames: with their lead, labels come and go at both ends."""
        every = [[piece.with_lead(lead) for piece in self.pieces] for lead in leads]
        tried = [
            Fitted(lead, said, self.fit(said)) for lead, said in zip(leads, every, strict=True)
        ]
        return min(tried, key=self.left)

    def left(self, found: Fitted) -> float:
        """Squares over free frames, in units of noise; those of no free frame are infinite."""
        return float(np.nan_to_num((found.fit.residual / self.level) ** 2, nan=np.inf).sum())


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
        moved = pieces_of(contours, dynamics, pair, asked)
        found = moved.fitted(asked.leads) if moved.is_enough(asked.least) else None
        whose = number_of("/".join([dynamics.attrs["speaker"], *pair]))
        plants = {} if found is None else fits_of_plants(moved, found, asked, whose)
        couplings = couplings_of(moved, found, plants, asked)
        for of, way in ((1, f"{first} to {second}"), (0, f"{second} to {first}")):
            said, known = (
                by_name({name: float(couplings[name][of]) for name in names})
                for names in ((SAID, EXCHANGED, *UNCOUPLED), PLANTS)
            )
            yield scored(f"V9 coupling {way}", said)
            strength = exactly(asked.strength) if of else UNKNOWN
            yield scored(f"V9 planted coupling {way}", known, strength)
        for word, values in about(moved, found, plants, asked.leads).items():
            name = f"{word}, {first} and {second}"
            yield Score(name, by_name(values), 0, direction=DIRECTION)


def fits_of_plants(
    moved: Pieces, found: Fitted, asked: ArticulatorCoupling, whose: int
) -> dict[str, list[Coupling]]:
    """What is seen of every plant, draw by draw.

    Parameters
    ----------
    whose : number of speaker and pair, by which noise is drawn; each plant draws its own.
    """
    names = (*UNCOUPLED, *PLANTS)
    first, *own = np.random.default_rng([asked.seed, whose]).spawn(1 + len(names))
    noise = in_misfit(moved, found, first.spawn(asked.surrogates))
    fits = {}
    for name, generator in zip(names, own, strict=True):
        rough = moved.covariance if name == PLANTED else noise
        draws = generator.spawn(asked.surrogates)
        made = [planted(name, moved, found, asked, rough, random) for random in draws]
        fits[name] = [moved.fit(utterances) for utterances in made]
    return fits


def couplings_of(
    moved: Pieces,
    found: Fitted | None,
    plants: Mapping[str, list[Coupling]],
    asked: ArticulatorCoupling,
) -> dict[str, Float[np.ndarray, " articulator=2"]]:
    """Of what was said, of exchanged utterances, and of plants in the mean of draws.

    Parameters
    ----------
    found : None where nothing can be fitted; all are NaN then.
    """
    if found is None:
        return dict.fromkeys((SAID, EXCHANGED, *UNCOUPLED, *PLANTS), NO_COUPLING)
    around = exchanged(found.utterances, moved.frame_rate, moved.level, most=asked.surrogates)
    means = {name: np.mean([fit.coupling for fit in fits], 0) for name, fits in plants.items()}
    return {SAID: found.fit.coupling, EXCHANGED: around.mean(0)} | means


def about(
    moved: Pieces,
    found: Fitted | None,
    plants: Mapping[str, list[Coupling]],
    leads: Sequence[float],
) -> dict[str, dict[str, float]]:
    """What else the table says of a pair; of two leads or fewer, each is at an end."""
    lead = edge = misfit = of_plants = np.nan
    if found is not None:
        lead, misfit, of_plants = 1e3 * found.lead, rms([found.fit]), rms(plants[WITHOUT])
        edge = float(found.lead in (min(leads), max(leads))) if len(leads) > 2 else np.nan
    return {
        "V9 lead of movement before labels (ms)": {SAID: lead},
        "V9 lead at an end of its search": {SAID: edge},
        "V9 misfit of coupled movement (mm)": {SAID: misfit, WITHOUT: of_plants},
        "V9 utterances in coupling": {SAID: float(len(moved.pieces))},
    }


def rms(fits: Sequence[Coupling]) -> float:
    """What they leave, of both variables [mm]."""
    return float(np.sqrt(np.mean([fit.residual**2 for fit in fits])))


def scored(name: str, couplings: xr.DataArray, known: xr.DataArray = UNKNOWN) -> Score:
    """More coupling is called better, so that tests of two sides have a verdict."""
    return Score(name, couplings, 1, exactly(0.0), known, DIRECTION)


def short(variable: str) -> str:
    """``tongue body``, of a degree of its constriction."""
    return variable.removesuffix(" constriction degree").removesuffix(" aperture")


def pieces_of(
    contours: xr.Dataset, dynamics: xr.Dataset, pair: list[str], asked: ArticulatorCoupling
) -> Pieces:
    """Utterances of two variables, cut where either is not seen to move, enough by any lead."""
    places = contours.sel(constriction=[PLACES[name] for name in pair])
    seen = (places.closed == 0) & (contours.refused == "")
    degree = MM * places.constriction_degree.where(seen).transpose("constriction", "time").values
    rate = contours.attrs["frame_rate"]
    found = [
        piece
        for phrase in phrases(contours.phone.values, contours.clip_of.values)
        for piece in between_gaps(degree[:, phrase.frames], phrase, rate)
        if all(is_told(piece.with_lead(lead)) for lead in asked.leads)
    ]
    kept = drawn(np.arange(len(found)), asked.most, asked.seed)
    covariance = MM**2 * dynamics.noise_autocovariance.sel(variable=pair).values
    return Pieces([found[k] for k in kept], covariance, rate)


def phrases(phone: np.ndarray, clip: np.ndarray) -> Iterator[Phrase]:
    """What lies between two pauses of a clip; what has no label is a pause.

    What comes before the first pause of a clip and after its last is left out.
    """
    changes = (phone[1:] != phone[:-1]) | (clip[1:] != clip[:-1])
    edges = np.concatenate([[0], np.flatnonzero(changes) + 1, [len(phone)]])
    pauses = np.flatnonzero(phone[edges[:-1]] == "")
    for one, other in pairwise(pauses):
        begin, end = ((edges[k] + edges[k + 1]) // 2 for k in (one, other))
        if clip[begin] == clip[end]:
            yield Phrase(slice(begin, end), edges[one + 1 : other + 1] - begin)


def between_gaps(
    degree: Float[np.ndarray, "variable=2 time"], phrase: Phrase, rate: float
) -> Iterator[Piece]:
    """Pieces of a phrase in which both variables are known.

    A label changes between two frames: half a frame before the first of the new label.
    """
    known = np.isfinite(degree).all(0)
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False))
    for first, end in edges.reshape(-1, 2):
        labels = (phrase.changes - 0.5 - first) / rate
        yield Piece(degree[:, first:end], labels, (end - first - 1) / rate)


def planted(
    name: str,
    moved: Pieces,
    found: Fitted,
    asked: ArticulatorCoupling,
    noise: Float[np.ndarray, "articulator=2 lag"],
    random: np.random.Generator,
) -> list[Utterance]:
    """One draw of a plant, with the switches that the fit is given."""
    stiffness, rate = found.fit.stiffness, moved.frame_rate
    if name == BY_LAW:
        of = (found.utterances, stiffness, asked.law, asked.parameter)
        return uncoupled_utterances(*of, noise, rate, random)
    true = found.utterances
    if name in LED:
        ahead = LED[name] * asked.ahead / 2
        leads = found.lead + ahead, found.lead - ahead
        true = [piece.with_leads(*leads) for piece in moved.pieces]
    strength = np.array([0.0, asked.strength if name in PLANTS else 0.0])
    made = coupled_utterances(true, stiffness, strength, noise, rate, random)
    return [
        one._replace(switches=as_fitted.switches)
        for one, as_fitted in zip(made, found.utterances, strict=True)
    ]


def in_misfit(
    moved: Pieces, found: Fitted, draws: Sequence[np.random.Generator]
) -> Float[np.ndarray, "articulator=2 lag"]:
    """Noise like that of plateaus, of which a fit leaves what it leaves of what was said [mm2].

    A part of noise that lasts is taken for targets; so much more of it there has to be.
    """
    left = found.fit.residual**2
    noise = moved.covariance * (left / moved.covariance[:, 0])[:, None]
    of, rate = (found.utterances, found.fit.stiffness, np.zeros(2)), moved.frame_rate
    made = [coupled_utterances(*of, noise, rate, random) for random in draws]
    again = np.mean([moved.fit(one).residual ** 2 for one in made], 0)
    return noise * (left / again)[:, None]
