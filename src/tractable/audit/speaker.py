"""Everything that is audited of one speaker, clip by clip, and beside the other clips."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from tractable.audit.belonging import belonging
from tractable.audit.findings import WHOLE, Finding, share, with_interval
from tractable.audit.labels import labelled
from tractable.audit.pictures import Pose, Seen, mean_and_spread, pose, seen
from tractable.audit.refusals import refused, uncertain
from tractable.audit.sound import Heard, heard
from tractable.audit.steps import Steps, steps

NOUNS = ("recordings", "contours", "areas", "formants")
NO_TISSUE = (0, 1)  # of a tissue map: air, airway
UNEVEN = 1e-6  # of a frame's duration


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Beyond which a quantity is flagged; the section ``audit: limits`` of params.yaml.

    Parameters
    ----------
    frame_rate : share by which the header's rate may differ from the corpus's.
    repeated, jumped : share of steps that repeat a picture, or leave some out.
    lag : of the sound behind the pictures, either way [s].
    lag_apart : of a clip's lag from the middle of all clips' [s].
    lag_seconds : length of a clip with speech, from which on its lag can be told [s].
    fitting : share of other sounds of the speaker that fit the pictures as well as the clip's own.
    excess : of the sound's length over that of the pictures, either way [s].
    speech_over_pauses : at least [dB].
    silence : at most, on end [s].
    clipped : share of samples.
    comb, tone : harmonics and single lines in the pauses, over their surroundings [dB].
    signal_to_noise : of pictures, at least.
    blur : edge of a clip over the middle of all clips, at most.
    shift, turn : of a head from the middle of all clips, or from start to end [m, rad].
    usual : uncertainty of a frame's contours over that of the speaker's middle frame, at most.
    contours_uncertain : share of frames beyond it.
    contours_refused, areas_refused : share of frames.
    formants_masked : share of voiced frames without F1 to F3.
    """

    frame_rate: float
    repeated: float
    jumped: float
    lag: float
    lag_apart: float
    lag_seconds: float
    fitting: float
    excess: float
    speech_over_pauses: float
    silence: float
    clipped: float
    comb: float
    tone: float
    signal_to_noise: float
    blur: float
    shift: float
    turn: float
    usual: float
    contours_uncertain: float
    contours_refused: float
    areas_refused: float
    formants_masked: float


class Clip(NamedTuple):
    """What was measured of one clip."""

    name: str
    frames: slice
    steps: Steps
    heard: Heard
    seen: Seen
    moved: Pose  # at the end beside the start
    pose: Pose | None  # beside the middle of all clips; None: it is the only one


@dataclass(frozen=True)
class Audit:
    """What is told of one speaker."""

    corpus: str
    speaker: str
    clips: list[Clip]
    findings: list[Finding]
    confidence: float

    @property
    def flags(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.flag]

    def of(self, quantity: str) -> list[Finding]:
        """Findings of one quantity, clip by clip."""
        return [finding for finding in self.findings if finding.quantity == quantity]


def audited(
    stores: Mapping[str, xr.Dataset],
    *,
    frame_rates: Mapping[str, Any],
    confidence: float,
    steps: Mapping[str, Any],
    quieter: float,
    lag: Mapping[str, float],
    limits: Limits,
) -> Audit:
    """Audit one speaker.

    Parameters
    ----------
    stores : of recordings, contours, areas and formants (contracts of these names).
    frame_rates : corpus -> the rate that it was recorded at [Hz], as number or fraction.
    confidence : of intervals.
    steps : see ``steps.steps``.
    quieter : see ``sound.heard``.
    lag : ``longest``, ``smoothing`` and ``trend`` with which it was found, see
        ``belonging.chances``.
    """
    recordings = stores["recordings"]
    clips = list(measured(stores, steps, quieter))
    corpus, speaker = recordings.attrs["corpus"], recordings.attrs["speaker"]
    where = {clip.name: clip.frames for clip in clips}
    spoken = {clip.name: bool(np.isfinite(clip.heard.speech_over_pauses)) for clip in clips}
    least = {"most": limits.fitting, "seconds": limits.lag_seconds}
    findings = [
        *clock(recordings, frame_rates.get(corpus), limits),
        *lags(recordings, clips, confidence, limits),
        *belonging(recordings, where, spoken, **least, **lag),
        *(finding for clip in clips for finding in of_pictures(clip, clips, limits)),
        *(finding for clip in clips for finding in of_sound(clip, recordings, limits)),
        *uncertain(stores["contours"], where, limits),
        *refused(stores, where, limits),
        *labelled(recordings, where),
    ]
    return Audit(corpus, speaker, clips, findings, confidence)


def measured(
    stores: Mapping[str, xr.Dataset], stepping: Mapping[str, Any], quieter: float
) -> Iterator[Clip]:
    """Every clip of a speaker; heads are compared when all have been seen."""
    recordings, spacing = stores["recordings"], stores["recordings"].attrs["pixel_spacing"]
    rate, sample_rate = recordings.attrs["frame_rate"], recordings.attrs["sample_rate"]
    counts = np.bincount(recordings.clip_of.values, minlength=recordings.sizes["clip"])
    edges = np.cumsum([0, *counts])
    samples = np.round(edges / rate * sample_rate).astype(int)
    voiced = stores["formants"].voiced.values > 0
    parts = []
    for k in range(len(counts)):
        at, heard_at = slice(*edges[k : k + 2].tolist()), slice(*samples[k : k + 2].tolist())
        frames = recordings.frames[at].values
        sound = recordings.sound[heard_at].values.astype(float)
        tissue = ~np.isin(stores["contours"].tissue_map[at].values, NO_TISSUE)
        parts.append(
            (
                str(recordings.clip_name.values[k]),
                at,
                steps(frames, **stepping),
                heard(sound, sample_rate, voiced[at], rate, quieter=quieter),
                seen(frames, tissue, spacing),
                moved(frames, spacing),
            )
        )
    poses = beside_middle([part[4] for part in parts], spacing)
    yield from (Clip(*part, where) for part, where in zip(parts, poses, strict=True))


def moved(frames: np.ndarray, spacing: float) -> Pose:
    """Where the head is in the last third of a clip beside the first."""
    third = max(1, len(frames) // 3)
    return pose(mean_and_spread(frames[-third:]), mean_and_spread(frames[:third]), spacing)


def beside_middle(clips: list[Seen], spacing: float) -> list[Pose] | list[None]:
    """Where each head is beside the middle of all, each coordinate by its own median."""
    if len(clips) == 1:
        return [None]
    found = np.array([pose(clip.average, clips[0].average, spacing) for clip in clips])
    return [Pose(*where) for where in (found - np.median(found, axis=0)).tolist()]


def clock(recordings: xr.Dataset, known: Any, limits: Limits) -> Iterator[Finding]:
    """Frame rate and time stamps of the whole."""
    rate = float(recordings.attrs["frame_rate"])
    flag = ""
    if known is not None and abs(rate / float(Fraction(known)) - 1) > limits.frame_rate:
        flag = f"the corpus was recorded at {float(Fraction(known)):.4g} Hz"
    yield Finding(WHOLE, "frame rate", "Hz", rate, flag=flag)
    gaps = np.diff(recordings.time.values) * rate - 1
    uneven = float(np.abs(gaps).max(initial=0))
    uneven, words = (uneven, "time stamps are uneven") if uneven > UNEVEN else (0.0, "")
    yield Finding(WHOLE, "uneven time stamps", "frames", uneven, flag=words)


def lags(
    recordings: xr.Dataset, clips: list[Clip], confidence: float, limits: Limits
) -> Iterator[Finding]:
    """Lag of every clip with its interval, flagged where it is not that of the other clips.

    One that cannot be told, though the clip is long and somebody speaks in it, is flagged as well:
    sound of another clip has no lag.
    """
    rate, values = recordings.attrs["frame_rate"], recordings.audio_lag.values
    found = [
        with_interval(clip.name, "sound behind pictures", "s", float(lag), float(sd), confidence)
        for clip, lag, sd in zip(clips, values, recordings.audio_lag_sd.values, strict=True)
    ]
    known = values[np.isfinite(values)]
    middle = float(np.median(known)) if len(known) else np.nan
    for clip, one in zip(clips, found, strict=True):
        apart, flag = abs(one.value - middle), ""
        if np.isnan(one.value):
            long = (clip.frames.stop - clip.frames.start) / rate >= limits.lag_seconds
            if long and np.isfinite(clip.heard.speech_over_pauses):
                flag = "lag unknown: is the sound that of another clip?"
        elif min(abs(one.low), abs(one.high)) > limits.lag and one.low * one.high > 0:
            flag = f"the sound is {1e3 * one.value:.0f} ms behind the pictures"
        elif apart > limits.lag_apart and apart > one.high - one.value:
            flag = f"{1e3 * apart:.0f} ms from the middle of all clips"
        yield one._replace(flag=flag)


def of_pictures(clip: Clip, clips: list[Clip], limits: Limits) -> Iterator[Finding]:
    """Steps, noise, sharpness and head of one clip."""
    name, count = clip.name, len(clip.steps.size)
    repeated, jumped = int(clip.steps.repeated.sum()), int(clip.steps.jumped.sum())
    words = f"{repeated} pictures are as those before them"
    yield share(name, "repeated pictures", repeated, count, limits.repeated, words)
    words = f"{jumped} jumps in a movement: pictures left out?"
    yield share(name, "jumps between pictures", jumped, count, limits.jumped, words)
    if clip.steps.refresh:
        yield Finding(name, "refresh of the codec", "frames", float(clip.steps.refresh))
    ratio = clip.seen.signal_to_noise
    words = "pictures are noisy" if ratio < limits.signal_to_noise else ""
    yield Finding(name, "signal over noise of pictures", "1", ratio, flag=words)
    usual = float(np.median([other.seen.edge for other in clips]))
    words = "blurred beside the other clips" if clip.seen.edge > limits.blur * usual else ""
    yield Finding(name, "width of edges", "m", clip.seen.edge, flag=words)
    yield from of_head(name, clip.moved, "from start to end", limits)
    if clip.pose:
        yield from of_head(name, clip.pose, "beside other clips", limits)


def of_head(clip: str, where: Pose, beside: str, limits: Limits) -> Iterator[Finding]:
    words = f"the head lies elsewhere {beside}" if where.distance > limits.shift else ""
    yield Finding(clip, f"head {beside}", "m", where.distance, flag=words)
    words = f"the head is turned {beside}" if abs(where.turn) > limits.turn else ""
    yield Finding(clip, f"nod {beside}", "rad", where.turn, flag=words)


def of_sound(clip: Clip, recordings: xr.Dataset, limits: Limits) -> Iterator[Finding]:
    """Speech, silence and noise of one clip."""
    name, found = clip.name, clip.heard
    state = dict(zip(recordings.clip_name.values, recordings.sound_state.values, strict=True))[name]
    if state == "no sound":
        yield Finding(name, "sound", "s", 0.0, flag="no sound")
        return
    longer = excess(str(state)) if state else 0.0
    words = "the sound is not as long as the pictures" if abs(longer) > limits.excess else ""
    yield Finding(name, "sound longer than pictures", "s", longer, flag=words)
    ratio = found.speech_over_pauses
    words = "nobody speaks" if np.isnan(ratio) else "speech is hardly above the noise"
    fine = ratio >= limits.speech_over_pauses
    yield Finding(name, "speech over pauses", "dB", ratio, flag="" if fine else words)
    yield Finding(name, "noise in pauses", "dB", found.noise)
    words = "nothing is heard at all" if found.silence > limits.silence else ""
    yield Finding(name, "longest silence", "s", found.silence, flag=words)
    words = "the sound is clipped" if found.clipped > limits.clipped else ""
    yield Finding(name, "clipped samples", "1", found.clipped, flag=words)
    loud = found.comb > limits.comb
    words = f"harmonics of {found.fundamental:.1f} Hz in the pauses" if loud else ""
    yield Finding(name, "harmonics in pauses", "dB", found.comb, flag=words)
    if loud:
        yield Finding(name, "fundamental in pauses", "Hz", found.fundamental)
    words = f"a tone of {found.tone:.0f} Hz in the pauses" if found.tone_level > limits.tone else ""
    yield Finding(name, "strongest tone in pauses", "dB", found.tone_level, flag=words)


def excess(state: str) -> float:
    """Seconds by which a sound is longer than its pictures, of ``long by 0.016 s``."""
    kind, _, seconds, _ = state.split()
    return float(seconds) * (1 if kind == "long" else -1)
