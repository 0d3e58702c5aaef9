"""From the sound of one speaker to formants, each with its uncertainty or why it is masked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import parselmouth
import xarray as xr
from jaxtyping import Float

from tractable.contracts import FORMANTS, BadInput, described
from tractable.formants.cepstrum import cepstra
from tractable.formants.noise import without_noise
from tractable.formants.praat import LPC_FORMANTS, fundamental, level, tracks
from tractable.formants.trust import Heard, Settled, chosen_ceiling, reasons, settled
from tractable.stage import check_options


@dataclass(frozen=True, kw_only=True)
class Ceilings:
    """Highest frequencies of analyses of five formants, evenly apart."""

    lowest: float  # Hz
    highest: float  # Hz
    many: int
    around: int  # so many on either side of the chosen one are compared with it

    def tried(self) -> Float[np.ndarray, " ceiling"]:
        """All of them [Hz]."""
        return np.linspace(self.lowest, self.highest, self.many)


class Clip(NamedTuple):
    """The sound of one clip, and when its frames are."""

    name: str
    sound: Float[np.ndarray, " sample"]
    sample_rate: int  # Hz
    times: Float[np.ndarray, " time"]  # s, from the first frame of the clip
    has_track: bool  # else there was no sound in the file


def formants(
    recordings: xr.Dataset,
    *,
    count: int,
    pitch: Mapping[str, float],
    ceilings: Mapping[str, Any],
    window: float,
    uncertainty: Mapping[str, float],
    trust: Mapping[str, float],
    cepstrum: Mapping[str, Any],
    noise_reduction: Mapping[str, float] | None,
) -> xr.Dataset:
    """Formants, bandwidths, voicing and cepstra of one speaker (contract FORMANTS).

    Every clip is analysed once under each of several ceilings. The speaker's own ceiling is that
    under which formants move most smoothly, and a formant is the median over the ceilings around
    it. What cannot be trusted is NaN, and ``reason`` says why.

    Parameters
    ----------
    recordings : of one speaker (contract RECORDINGS).
    count : of formants, from F1.
    pitch : ``lowest`` and ``highest`` F0 that is looked for [Hz].
    ceilings : options of ``Ceilings``.
    window : of the formant analysis [s].
    uncertainty : see ``trust.settled``.
    trust : see ``trust.reasons``.
    cepstrum : see ``cepstrum.cepstra``.
    noise_reduction : see ``noise.without_noise``; None: the sound as it is.

    Raises
    ------
    BadInput : an unknown option, or a clip too short to be analysed.
    """
    check_options(reasons, trust, "formants: trust")
    check_options(settled, {"around": 0, **uncertainty}, "formants: uncertainty")
    check_options(cepstra, cepstrum, "formants: cepstrum")
    check_options(fundamental, pitch, "formants: pitch")
    check_options(Ceilings, ceilings, "formants: ceilings")
    asked = Ceilings(**ceilings)
    candidates = asked.tried()
    if noise_reduction is not None:
        check_options(without_noise, noise_reduction, "formants: noise_reduction")
    heard = [
        listened(clip, candidates, pitch, window, count)
        for clip in clips_of(recordings, noise_reduction)
    ]
    best = chosen_ceiling(heard)
    parts = []
    for clip, one in zip(clips_of(recordings, noise_reduction), heard, strict=True):
        found = settled(one, best, around=asked.around, **uncertainty)
        spacing = float(candidates[best]) / LPC_FORMANTS
        why = reasons(one, found, clip.sound, clip.sample_rate, clip.times, spacing, **trust)
        parts.append(
            trusted(one, found, np.where(clip.has_track, why, "no sound"))
            | {"cepstrum": cepstra(clip.sound, clip.sample_rate, clip.times, **cepstrum)}
        )
    together = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    clock = {name: recordings[name].values for name in ("time", "clip_of", "phone")}
    labels = {"formant": 1 + np.arange(count), "coefficient": np.arange(cepstrum["coefficients"])}
    about = {name: recordings.attrs[name] for name in ("corpus", "speaker", "frame_rate")}
    about |= {"ceiling": float(candidates[best])}
    about |= {f"mel_{name}": cepstrum[name] for name in ("bands", "lowest", "highest")}
    return described(FORMANTS, clock | labels | together, **about)


def clips_of(recordings: xr.Dataset, noise_reduction: Mapping[str, float] | None) -> Iterator[Clip]:
    """The speaker's clips, each with its own sound, which is read now, and its own clock."""
    rate, sample_rate = recordings.attrs["frame_rate"], recordings.attrs["sample_rate"]
    counts = np.bincount(recordings.clip_of.values, minlength=recordings.sizes["clip"])
    edges = np.concatenate([[0], np.cumsum(counts)])
    samples = np.round(edges / rate * sample_rate).astype(int)
    for k, count in enumerate(counts):
        clip = Clip(
            str(recordings.clip_name.values[k]),
            recordings.sound[samples[k] : samples[k + 1]].values.astype(float),
            sample_rate,
            np.arange(count) / rate,
            str(recordings.sound_state.values[k]) != "no sound",
        )
        yield clip if noise_reduction is None else quieter(clip, noise_reduction)


def quieter(clip: Clip, reduction: Mapping[str, Any]) -> Clip:
    """The clip with less noise; silence stays as it is."""
    if not np.ptp(clip.sound) > 0:
        return clip
    return clip._replace(sound=without_noise(clip.sound, clip.sample_rate, **reduction))


def listened(
    clip: Clip,
    ceilings: Float[np.ndarray, " ceiling"],
    pitch: Mapping[str, Any],
    window: float,
    count: int,
) -> Heard:
    """All that Praat says of a clip.

    Raises
    ------
    BadInput : Praat cannot analyse it.
    """
    sound = clip.sound, clip.sample_rate, clip.times
    try:
        return Heard(
            fundamental(*sound, **pitch),
            level(*sound, lowest=pitch["lowest"]),
            tracks(*sound, ceilings=ceilings.tolist(), window=window, count=count),
        )
    except parselmouth.PraatError as problem:
        raise BadInput(
            f"clip {clip.name}: Praat cannot analyse {clip.times[-1]:.2f} s of sound "
            f"({str(problem).splitlines()[0]}); leave it out by params.yaml: corpora: tasks"
        ) from problem


def trusted(heard: Heard, found: Settled, why: np.ndarray) -> dict[str, np.ndarray]:
    """What is trusted, and the reasons of what is not, under the names of the contract."""
    fine = why == ""
    voiced = np.isfinite(heard.fundamental) & ~np.isin(why[:, 0], ["silent", "no sound"])
    values = {name: np.where(fine, part, np.nan) for name, part in found._asdict().items()}
    return {
        "frequency": values["frequency"],
        "frequency_sd": values["sd"],
        "bandwidth": values["bandwidth"],
        "reason": why,
        "fundamental": heard.fundamental,
        "intensity": heard.level,
        "voiced": voiced.astype(float),
    }
