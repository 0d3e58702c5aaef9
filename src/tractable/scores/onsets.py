"""V9 back in the mapping: do gestures whose onsets labels tell help those who draw shapes?

A model of sound to shape is given a moment of sound and no label. So this is no model beside them:
it is done to the trajectories that each of them drew of clips that were held out. Every phone is
one target of all cross-distances, and target approximation sets out for it a little before its
label. Beside it stands a smoother that knows no onset, and gestures with onsets of other clips.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Int
from scipy.ndimage import gaussian_filter1d

from tractable.contracts import BadInput
from tractable.movement.sequences import shares, targets
from tractable.scores.evidence import Evidence, Stores
from tractable.scores.movement import DIRECTION
from tractable.scores.score import Score, of_no_formant
from tractable.stretches import clips

Array = np.ndarray
DRAWN, SMOOTHER, EXCHANGED = "as_drawn", "smoother", "exchanged_gestures"
ORDER, ALONE = "gestures_order_{}", "gestures_alone_order_{}"
MM = 1e3  # mm in a metre


@dataclass(frozen=True, kw_only=True)
class Onsets:
    """What each way may choose from: what is best for the training speakers of a fold.

    Parameters
    ----------
    orders : of target approximation, each a row of the table; the last has the control.
    lead : by which an onset precedes its label [s].
    delay : order times time scale, by which a movement is behind its targets in the mean [s].
    penalty : on targets, see ``tractable.movement.sequences.targets`` [frames].
    smoothing : sd of the normal curve that smooths a trajectory, or what gestures leave of it [s].

    Raises
    ------
    BadInput : nothing to choose from, or no positive number where one has to be.
    """

    orders: list[int]
    lead: list[float]
    delay: list[float]
    penalty: list[float]
    smoothing: list[float]

    def __post_init__(self) -> None:
        for name, tried in vars(self).items():
            if not tried or (name != "lead" and min(tried) <= 0):
                where = f"scores: battery: onsets: {name}"
                raise BadInput(f"{where}: {tried}, expected one number at least, above 0")

    @property
    def ways(self) -> list[str]:
        """All that is done to trajectories, as in the table."""
        by_order = [name.format(order) for order in self.orders for name in (ORDER, ALONE)]
        return [DRAWN, SMOOTHER, *by_order, EXCHANGED]


class Stretch(NamedTuple):
    """Frames of one clip, without a gap, in which every inverse model drew a shape."""

    drawn: Float[Array, "time column"]  # cross-distances [m], model by model
    known: Float[Array, "time place"]  # measured [m], 0 where not scored
    trains: Float[Array, "fold time"]  # 1 where a scored frame trains in a fold
    tests: Float[Array, "fold time"]  # 1 where it is held out there
    onset: Float[Array, " onset"]  # of phones [s since the first frame]
    elsewhere: Float[Array, " onset"]  # of phones of other clips
    frame_rate: float  # Hz
    floor: float  # cross-distance in a closure [m]


class Squares(NamedTuple):
    """Squared errors of one way by what it chose, summed over frames, mean over places [m2]."""

    trained: Float[Array, "choice model fold"]
    tested: Float[Array, "choice model fold"]

    def plus(self, more: "Squares") -> "Squares":
        return Squares(self.trained + more.trained, self.tested + more.tested)


def onset_scores(
    evidences: Sequence[Evidence], stores: Sequence[Stores], asked: Onsets
) -> list[list[Score]]:
    """Root mean square errors in mm of what each inverse model drew, by way, speaker by speaker.

    Scored are held-out frames that have a shape and belong to a phone: nothing tells an onset in
    unlabelled ones, whose trajectories are treated along with the others. NaN: there are none.

    A choice is made for each model and fold by the trajectories of the frames that train there.
    Other folds' models drew them, who learnt from the speaker that is now tested: of a handful of
    numbers that is little, and it is the same for all ways.
    """
    told = [squares_of(*pair, asked) for pair in zip(evidences, stores, strict=True)]
    known = [squares for squares, _ in told if squares]
    chosen = {way: best([of[way] for of in known]) for way in asked.ways if known}
    return [list(scores(stores[0]["predictions"], asked, *of, chosen)) for of in told]


def squares_of(evidence: Evidence, stores: Stores, asked: Onsets) -> tuple[dict[str, Squares], int]:
    """Squared errors of one speaker by way, and of how many held-out frames they are."""
    total: dict[str, Squares] = {}
    frames = 0
    for stretch in stretches(evidence, stores):
        for way, found in treated(stretch, asked):
            total[way] = total[way].plus(found) if way in total else found
        frames += int(stretch.tests.sum())
    return total, frames


def stretches(evidence: Evidence, stores: Stores) -> Iterator[Stretch]:
    """Those in which a frame is scored; one clip is held at a time."""
    phone, known = evidence.phone.values, evidence.log_distance.values
    exchanged = np.roll(phone, len(phone) // 2)
    scored = evidence.asked_of_sound.values & (phone != "")
    trains, tests = (1.0 * (of.values & scored) for of in (evidence.trains, evidence.tests))
    rate = float(stores["areas"].attrs["frame_rate"])
    for where, drawn in drawn_by_all(stores):
        if scored[where].any():
            yield Stretch(
                drawn,
                np.where(scored[where, None], np.exp(known[where]), 0.0),
                trains[:, where],
                tests[:, where],
                changes(phone[where]) / rate,
                changes(exchanged[where]) / rate,
                rate,
                evidence.asking.floor,
            )


def drawn_by_all(stores: Stores) -> Iterator[tuple[slice, Float[Array, "time column"]]]:
    """Frames of a clip on end in which every inverse model drew a shape, and all these [m]."""
    told = stores["predictions"].distance.transpose("time", "inverse_model", "place")
    for clip in clips(stores["areas"].clip_of.values):
        values = told.isel(time=clip).values.reshape(clip.stop - clip.start, -1)
        complete = np.isfinite(values).all(1)
        for part in clips(complete.astype(int)):
            if complete[part.start]:
                yield slice(clip.start + part.start, clip.start + part.stop), values[part]


def changes(phone: Array) -> Float[Array, " change"]:
    """Where one phone, or silence, ends and another begins [frames]."""
    return np.flatnonzero(phone[1:] != phone[:-1]) + 0.5


def treated(of: Stretch, asked: Onsets) -> Iterator[tuple[str, Squares]]:
    """Every way, by each of its choices."""
    yield DRAWN, squares(of, [of.drawn])
    widths = [sd * of.frame_rate for sd in asked.smoothing]
    yield SMOOTHER, squares(of, (smoothed(of.drawn, width) for width in widths))
    for order in asked.orders:
        yield ORDER.format(order), squares(of, by_gestures(of, of.onset, order, asked, widths))
        yield ALONE.format(order), squares(of, by_gestures(of, of.onset, order, asked, [None]))
    last = asked.orders[-1]
    yield EXCHANGED, squares(of, by_gestures(of, of.elsewhere, last, asked, widths))


def by_gestures(
    of: Stretch,
    onset: Float[Array, " onset"],
    order: int,
    asked: Onsets,
    widths: Sequence[float | None],
) -> Iterator[Float[Array, "time column"]]:
    """Gestures that are nearest to what was drawn, and what they leave of it, smoothed.

    A smoother is linear, and leaves shares that add up to 1 as many: so it is the shares that are
    smoothed, of which there are few.
    """
    kept = [smoothed(of.drawn, width) for width in widths]
    for lead, delay in product(asked.lead, asked.delay):
        share = shares(onset - lead, len(of.drawn), of.frame_rate, order=order, tau=delay / order)
        bends = [share - smoothed(share, width) for width in widths]
        for penalty in asked.penalty:
            goal = targets(of.drawn, share, penalty)
            yield from (rest + bend @ goal for rest, bend in zip(kept, bends, strict=True))


def smoothed(
    values: Float[Array, "time column"], width: float | None
) -> Float[Array, "time column"]:
    """By a normal curve of so many frames; None: nothing is kept."""
    if width is None:
        return np.zeros_like(values)
    return gaussian_filter1d(values, width, axis=0, mode="nearest")


def squares(of: Stretch, trajectories: Iterable[Float[Array, "time column"]]) -> Squares:
    """Of several trajectories, in the frames that are scored; nothing is narrower than closed."""
    found = []
    for values in trajectories:
        away = np.maximum(values, of.floor).reshape(len(values), -1, of.known.shape[1])
        away = away - of.known[:, None]
        found.append(np.einsum("tmp,tmp->mt", away, away) / away.shape[2])
    return Squares(*(np.array(found) @ role.T for role in (of.trains, of.tests)))


def best(of_speakers: Sequence[Squares]) -> Int[Array, "model fold"]:
    """The choice that errs least in the frames that train each fold."""
    return np.sum([squares.trained for squares in of_speakers], 0).argmin(0)


def scores(
    predictions: xr.Dataset,
    asked: Onsets,
    told: Mapping[str, Squares],
    frames: int,
    chosen: Mapping[str, Int[Array, "model fold"]],
) -> Iterator[Score]:
    """A score for every inverse model, in which ways stand where models do."""
    models = predictions.inverse_model.values
    error = np.full((len(asked.ways), len(models)), np.nan)
    for row, way in zip(error, asked.ways, strict=True):
        if frames:
            own = np.take_along_axis(told[way].tested, chosen[way][None], 0)[0]
            row[:] = MM * np.sqrt(own.sum(1) / frames)
    for model, values in zip(models, error.T, strict=True):
        value = of_no_formant(xr.DataArray(values, {"model": asked.ways}, "model"))
        yield Score(f"V9 rms error of {model} (mm)", value, -1, direction=DIRECTION)
