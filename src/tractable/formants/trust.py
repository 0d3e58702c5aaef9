"""How sure a formant is, and what is not to be trusted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import binary_opening

from tractable.formants.cepstrum import power_spectra
from tractable.formants.praat import Sound, Track, Tracks

STEADY = (0, 1, 2)  # formants whose steadiness chooses the ceiling: F1 to F3
SPECTRUM = 0.046  # s, of the window in which harmonics are compared
INAUDIBLE = 0.0  # dB: less than the last bit of a 16-bit sound
TO_SD = 1.4826  # median absolute deviation to standard deviation, of normal values
Values = Float[np.ndarray, "time formant"]


class Heard(NamedTuple):
    """What Praat said of one clip."""

    fundamental: Track  # Hz, NaN: unvoiced
    level: Track  # dB, NaN at the very ends
    tracks: Tracks


class Settled(NamedTuple):
    """Formants on which neighbouring ceilings agree; NaN where one of them found none."""

    frequency: Values  # Hz
    bandwidth: Values  # Hz
    sd: Values  # Hz


def chosen_ceiling(clips: Sequence[Heard]) -> int:
    """Index of the ceiling under which a speaker's F1 to F3 move most smoothly, all clips together.

    A ceiling too low joins two formants and one too high splits one: tracks jump. What is compared
    is the fourth quintile, over voiced frames, of the second difference of ln F, all formants
    together.
    After Escudero et al. (2009), doi:10.1121/1.3180321, who choose by the variance within vowels;
    smoothness needs no labels.
    """
    bends = []
    for heard in clips:
        voiced = np.isfinite(heard.fundamental)
        through = voiced[:-2] & voiced[1:-1] & voiced[2:]
        path = np.log(heard.tracks.frequency[..., STEADY])
        bends.append(np.abs(np.diff(path, n=2, axis=1))[:, through])
    together = np.nan_to_num(np.concatenate(bends, axis=1), nan=np.inf)
    if together.shape[1] == 0:  # nobody spoke
        return len(together) // 2
    return int(np.quantile(together, 0.8, axis=1, method="lower").sum(-1).argmin())


def settled(
    heard: Heard, best: int, *, around: int, harmonic_share: float, least_share: float
) -> Settled:
    """Medians over the ceilings around the best one, and how sure they are.

    The standard deviation is the root sum of squares of what the ceilings disagree about, of how
    unsteady the formant is from frame to frame, of ``harmonic_share`` times F0, since a spectrum is
    known at its harmonics alone, and of ``least_share`` times the formant.
    """
    near = slice(max(0, best - around), best + around + 1)
    frequency = np.median(heard.tracks.frequency[near], axis=0)
    disagreement = TO_SD * np.median(np.abs(heard.tracks.frequency[near] - frequency), axis=0)
    parts = [
        disagreement,
        unsteadiness(frequency),
        np.broadcast_to(harmonic_share * heard.fundamental[:, None], frequency.shape),
        least_share * frequency,
    ]
    bandwidth = np.median(heard.tracks.bandwidth[near], axis=0)
    return Settled(frequency, bandwidth, np.sqrt(sum(part**2 for part in parts)))


def unsteadiness(values: Values) -> Values:
    """Deviation of each value from the middle of its neighbours, as a standard deviation."""
    bend = np.abs(values[1:-1] - (values[:-2] + values[2:]) / 2) / np.sqrt(1.5)
    return np.pad(np.nan_to_num(bend), ((1, 1), (0, 0)), mode="edge")


def silent(level: Track, reach: float) -> Bool[np.ndarray, " time"]:
    """Frames more than ``reach`` [dB] below the loud ones of their clip, or inaudible."""
    heard = level[np.isfinite(level)]
    loud = np.percentile(heard, 95) if len(heard) else -np.inf
    return ~(level > max(loud - reach, INAUDIBLE))


def reasons(
    heard: Heard,
    found: Settled,
    sound: Sound,
    sample_rate: int,
    times: Track,
    spacing: float,
    *,
    reach: float,
    harmonics: float,
    most_uncertain: float,
    widest: float,
    stronger_below: float,
    highest: float,
    open_vowel: float,
    farthest_second: float,
    briefest: float,
) -> np.ndarray:
    """Why each formant (time, formant) is not to be trusted, "" where it is.

    Parameters
    ----------
    spacing : of the formants of a neutral tract, a fifth of the speaker's ceiling [Hz].
    reach : frames so far below the loud ones of their clip are silent [dB].
    harmonics : F1 below so many times F0 cannot be told from a harmonic.
    most_uncertain : standard deviation, as a share of the formant.
    widest : bandwidth, as a share of the formant.
    stronger_below : by so much may a harmonic below F1 be stronger than the strongest beside F1
        [dB]; else the first resonance was missed (a voice so high, or noise so strong, that the
        analysis took another peak for F1).
    highest : F1 above so many spacings is nobody's.
    open_vowel, farthest_second : F1 above so many spacings belongs to an open vowel, whose F2 is
        trusted and below so many spacings; else what is called F1 is F2.
    briefest : what is trusted for less than this on end is noise that happens to look well [s].
    """
    first = np.arange(found.frequency.shape[1]) == 0
    pitch = heard.fundamental[:, None]
    missed = missed_below(sound, sample_rate, times, found.frequency[:, 0], heard.fundamental)
    with np.errstate(invalid="ignore"):
        wide = found.bandwidth > widest * found.frequency
        uncertain = found.sd > most_uncertain * found.frequency
        f1, f2 = found.frequency[:, 0], found.frequency[:, 1]
        no_second = ~(f2 < farthest_second * spacing) | (wide | uncertain)[:, 1]
        mislabelled = (f1 > open_vowel * spacing) & no_second
        mislabelled |= (f1 > highest * spacing) | (missed > stronger_below)
        wrong = {
            "silent": silent(heard.level, reach)[:, None],
            "unvoiced": np.isnan(pitch),
            "not found": np.isnan(found.frequency),
            "F0 too near": first & (found.frequency < harmonics * pitch),
            "resonance missed below": mislabelled[:, None],
            "too wide": wide,
            "uncertain": uncertain,
        }
    whole = [np.broadcast_to(mask, found.frequency.shape) for mask in wrong.values()]
    why = np.select(whole, list(wrong), default="")
    rate = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 1.0
    return np.where(too_brief(why == "", round(briefest * rate)), "too brief", why)


def too_brief(
    trusted: Bool[np.ndarray, "time formant"], least: int
) -> Bool[np.ndarray, "time formant"]:
    """Runs of fewer than ``least`` trusted frames."""
    long = binary_opening(trusted, np.ones((max(1, least), 1)))
    return trusted & ~long


def missed_below(
    sound: Sound, sample_rate: int, times: Track, first: Track, fundamental: Track
) -> Track:
    """Strongest harmonic below F1 over the strongest beside F1 [dB]; -inf where none lies below."""
    power, frequency = power_spectra(sound, sample_rate, times, window=SPECTRUM)
    first, pitch = np.nan_to_num(first)[:, None], np.nan_to_num(fundamental, nan=np.inf)[:, None]
    beside = np.abs(frequency - first) < 0.6 * pitch
    below = (frequency > 0.6 * pitch) & (frequency < first - 0.9 * pitch)
    weakest = np.finfo(float).tiny
    strongest = [np.where(mask, power, 0.0).max(1) for mask in (below, beside)]
    return 10 * np.log10(np.maximum(strongest[0], weakest) / np.maximum(strongest[1], weakest))
