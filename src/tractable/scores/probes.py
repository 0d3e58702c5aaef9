"""Linear probes: what of the tract can be read off the layers of a network, and off its input?

That a thing can be read does not say that the network uses it. So the same probe reads the shape
itself, networks that were never trained or trained on other frames' formants, and a control task.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from tractable.scores.evidence import CAVITIES, Evidence, Stores, on_frames, unlabelled
from tractable.scores.layers import Frames, Layer
from tractable.scores.maps import number_of
from tractable.scores.score import Score, exactly, of_no_formant

Array = np.ndarray
TARGETS = (
    "constriction place",
    "constriction degree",
    "lip area",
    "tract length",
    "back cavity length",
    "constriction length",
    "front cavity length",
)


@dataclass(frozen=True, kw_only=True)
class Probing:
    """How layers are probed, by ridge regression on standardised units.

    Parameters
    ----------
    penalties : on squared slopes, in units of the mean squared error; of them each target has that
        which errs least on parts of the training frames that are left out.
    parts : so many, each of whole speakers; of one training speaker, of stretches on end.
    seed : of the control task.
    """

    penalties: list[float]
    parts: int
    seed: int

    def control(
        self, wanted: Float[Array, "frame target"], speaker: str
    ) -> Float[Array, "frame target"]:
        """The control task of a speaker: of each target the values of other frames where it is
        known.

        What a probe can read of speakers alone it still reads.

        References
        ----------
        Hewitt & Liang (2019), arXiv 1909.03368, who draw a label for every word; ours stay within
        the speaker.
        """
        random = np.random.default_rng([self.seed, number_of(speaker)])
        exchanged = wanted.copy()
        for target in exchanged.T:
            known = np.isfinite(target)
            target[known] = random.permutation(target[known])
        return exchanged

    def read(
        self, layer: Layer, frames: Frames, wanted: Float[Array, "frame target"]
    ) -> Float[Array, "speaker target"]:
        """R2 of every held-out speaker: 1 - sum (y - y^)^2 / sum (y - mean of training frames)^2.

        Whoever says that mean whatever the frame has 0, so a probe can be worse than a guess; the
        speaker's own mean is not known beforehand, and to tell it counts. NaN: never known.
        """
        told, guess = np.full_like(wanted, np.nan), np.full_like(wanted, np.nan)
        known, kind = np.unique(np.isfinite(wanted), axis=1, return_inverse=True)
        for fold, (k, here) in product(range(len(frames.trains)), enumerate(known.T)):
            teach = np.flatnonzero(frames.trains[fold] & here)
            ask = np.flatnonzero((frames.fold == fold) & here)
            held = layer.of_fold(fold)
            if min(len(ask), held.shape[1]) == 0 or len(teach) < 2 * self.parts:
                continue
            part, at = parted(frames.speaker[teach], self.parts), np.flatnonzero(kind == k)
            told[np.ix_(ask, at)] = probe(held, wanted[:, at], teach, part, ask, self.penalties)
            guess[np.ix_(ask, at)] = wanted[np.ix_(teach, at)].mean(0)
        return explained_share(wanted, told, guess, frames.speaker)


def explained_share(
    wanted: Float[Array, "frame target"],
    told: Float[Array, "frame target"],
    guess: Float[Array, "frame target"],
    speaker: Int[Array, " frame"],
) -> Float[Array, "speaker target"]:
    """1 - sum (y - y^)^2 / sum (y - guess)^2 over each speaker's frames that have all three."""
    missed, guessed = np.nan_to_num((wanted - told) ** 2), np.nan_to_num((wanted - guess) ** 2)
    whose = speaker == np.arange(speaker.max() + 1)[:, None]
    above, below = whose @ missed, whose @ guessed
    return 1 - above / np.where(below > 0, below, np.nan)


class Ridge(NamedTuple):
    """Lines from units to targets, one for every penalty."""

    centre: Float[Array, " unit"]
    spread: Float[Array, " unit"]
    level: Float[Array, " target"]
    slope: Float[Array, "penalty unit target"]

    def tell(self, held: Float[Array, "frame unit"]) -> Float[Array, "penalty frame target"]:
        return self.level + (held - self.centre) / self.spread @ self.slope


def ridge(
    held: Float[Array, "frame unit"],
    wanted: Float[Array, "frame target"],
    penalties: Sequence[float],
) -> Ridge:
    """Least squares with a penalty on slopes, all units having standard deviation 1."""
    centre, spread, level = held.mean(0), held.std(0), wanted.mean(0)
    spread = np.where(spread > 0, spread, 1.0)
    standard = (held - centre) / spread
    strength, ways = np.linalg.eigh(standard.T @ standard / len(held))
    along = ways.T @ standard.T @ (wanted - level) / len(held)
    shrunk = along / (strength[:, None] + np.reshape(penalties, (-1, 1, 1)))
    return Ridge(centre, spread, level, ways @ shrunk)


def probe(
    held: Float[Array, "frame unit"],
    wanted: Float[Array, "frame target"],
    teach: Int[Array, " row"],
    part: Int[Array, " row"],
    ask: Int[Array, " asked"],
    penalties: Sequence[float],
) -> Float[Array, "asked target"]:
    """What a probe that some frames teach says of others, each target by its own best penalty.

    Parameters
    ----------
    part : of the teaching frames, the part that each is left out with.
    """
    missed = np.zeros((len(penalties), wanted.shape[1]))
    for one in np.unique(part):
        rest, left_out = teach[part != one], teach[part == one]
        told = ridge(held[rest], wanted[rest], penalties).tell(held[left_out])
        missed += ((told - wanted[left_out]) ** 2).sum(1)
    told = ridge(held[teach], wanted[teach], penalties).tell(held[ask])
    return np.take_along_axis(told, missed.argmin(0)[None, None], 0)[0]


def parted(speaker: Int[Array, " row"], parts: int) -> Int[Array, " row"]:
    """Frames dealt out by whole speakers; of one speaker, in stretches on end."""
    people, number = np.unique(speaker, return_inverse=True)
    if len(people) > 1:
        return number % parts
    return np.arange(len(speaker)) * parts // len(speaker)


def wanted(evidence: Evidence, stores: Stores) -> Float[Array, "frame target"]:
    """TARGETS of one speaker's explained frames, as measured; NaN where no constriction is clear.

    Place: x/L, the middle of the constriction. Degree: ln of the least area within it [ln m2].
    Lips: ln of the area of the last place [ln m2]. Tract length: ln L [ln m]. Cavities, and the
    constriction: their lengths [m].
    """
    theory = unlabelled(stores["theory"][["cavity_edge", "cavity_share"]])
    edges, share = theory.cavity_edge.values[evidence.frames], theory.cavity_share
    log_area = np.log(stores["areas"].area.values[evidence.frames])
    length = on_frames(evidence.tract_length, evidence.frames).values
    cavities = share.values[evidence.frames] * length[:, None]
    assert cavities.shape[1] == len(CAVITIES)
    columns = [edges.mean(1), degree(log_area, edges), log_area[:, -1], np.log(length)]
    return np.stack([*columns, *cavities.T], 1)


def degree(
    log_area: Float[Array, "frame place"], edges: Float[Array, "frame edge"]
) -> Float[Array, " frame"]:
    """Least ln A of the places that lie between two edges, if only in part; NaN: there are none."""
    places = log_area.shape[1]
    start, end = np.arange(places) / places, np.arange(1, places + 1) / places
    between = (end > edges[:, :1]) & (start < edges[:, 1:])
    least = np.where(between, log_area, np.inf).min(1)
    return np.where(np.isfinite(least), least, np.nan)


def probe_curves(
    evidences: Sequence[Evidence],
    speakers: Sequence[Stores],
    layers: Sequence[Layer],
    frames: Frames,
    how: Probing,
) -> xr.Dataset:
    """``probed`` and ``probe_control`` (layer, speaker, target)."""
    asked = [wanted(*of) for of in zip(evidences, speakers, strict=True)]
    exchanged = [how.control(of, e.speaker) for of, e in zip(asked, evidences, strict=True)]
    both = np.concatenate([np.concatenate(of) for of in (asked, exchanged)], 1)
    found = np.stack([how.read(layer, frames, both) for layer in layers])
    dims = ("layer", "speaker", "target")
    count = len(TARGETS)
    return xr.Dataset(
        {"probed": (dims, found[..., :count]), "probe_control": (dims, found[..., count:])},
        {"layer": [layer.name for layer in layers], "target": list(TARGETS)},
    ).assign_coords(network=("layer", [layer.network for layer in layers]))


def probe_scores(read: xr.Dataset) -> list[list[Score]]:
    """One number a network and speaker (diagnostic): mean R2 over its layers and the targets.

    Null: the same of the control task, the mean over networks.
    """
    of_networks = read.isel(layer=np.flatnonzero(read.network != "")).mean("target")
    mean = of_networks.groupby("network").mean().rename(network="model")
    null, name = mean.probe_control.mean("model"), "V7 probe R2 (diagnostic)"
    return [
        [Score(name, of_no_formant(one), 0, of_no_formant(guess), exactly(1.0))]
        for one, guess in zip(mean.probed.transpose("speaker", "model"), null, strict=True)
    ]
