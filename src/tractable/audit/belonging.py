"""Whether the sound of a clip belongs to its pictures, or another would do as well."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float
from scipy.fft import irfft, rfft
from scipy.ndimage import maximum_filter1d

from tractable.audit.findings import Finding
from tractable.coupling import SOUND_COMPONENTS, components_heard, components_seen

FITS = "other sounds that fit as well"
OTHERS = 1200.0  # s of a speaker's sound that pictures slide along, where there are


def belonging(
    recordings: xr.Dataset,
    clips: Mapping[str, slice],
    spoken: Mapping[str, bool],
    *,
    most: float,
    seconds: float,
    **lag: float,
) -> Iterator[Finding]:
    """The share of ``chances`` clip by clip, flagged where other sounds fit as well as the own one.

    Parameters
    ----------
    clips : name -> frames.
    spoken : name -> whether somebody speaks in it.
    most : share that is not flagged.
    seconds : length of a clip with speech, from which on it is.
    lag : see ``chances``.
    """
    rate = recordings.attrs["frame_rate"]
    together = in_parts(list(clips.values()), OTHERS * rate)
    shares = [share for part in together for share in chances(recordings, part, **lag)]
    for (name, at), value in zip(clips.items(), shares, strict=True):
        told = spoken[name] and (at.stop - at.start) / rate >= seconds
        wrong = told and value > most
        words = "other sounds fit the pictures as well: is it that of another clip?"
        yield Finding(name, FITS, "1", value, flag=words if wrong else "")


def in_parts(clips: Sequence[slice], frames: float) -> Iterator[Sequence[slice]]:
    """Neighbours of so many frames and more: the cost of a speaker grows with what was said alone.

    What is left at the end is never less than half as many; a clip so long is among others too.
    """
    first, left = 0, sum(at.stop - at.start for at in clips)
    for k, at in enumerate(clips):
        left -= at.stop - at.start
        held = at.stop - clips[first].start
        if k + 1 == len(clips) or (held >= frames and k > first and left >= frames / 2):
            yield clips[first : k + 1]
            first = k + 1


def chances(
    recordings: xr.Dataset,
    clips: Sequence[slice],
    *,
    longest: float,
    smoothing: float,
    trend: float,
) -> list[float]:
    """Of each clip, the share of other sounds of the speaker that fit its pictures as well.

    The pictures of a clip slide along all that was said in these clips, end to end and round. How
    well they fit at a place is the sum of squared canonical correlations, as of ``recordings:
    lag``; the largest within reach of the place is compared with the largest around the clip's own
    sound. A sound that belongs there is hardly ever beaten, so that the share is a p value; that of
    another clip is one of many, and gives any share. Still pictures and no sound have none: NaN.

    Parameters
    ----------
    recordings : of one speaker, by the contract.
    clips : frames of each, which follow each other.
    longest, smoothing, trend : of the lag [s], see ``recordings.audio_lag``.
    """
    rate = recordings.attrs["frame_rate"]
    course = {"frame_rate": rate, "smoothing": smoothing, "trend": trend}
    heard = np.concatenate([said(recordings, at, course) for at in clips])
    spectra = rfft(heard, axis=0)
    seen = (components_seen(recordings.frames[at].values, **course) for at in clips)
    own = [slice(at.start - clips[0].start, at.stop - clips[0].start) for at in clips]
    reach = round(longest * rate)
    return [
        chance(fits(pictures, spectra, len(heard)), at, reach)
        if pictures.size and heard[at].any()
        else np.nan
        for pictures, at in zip(seen, own, strict=True)
    ]


def said(
    recordings: xr.Dataset, at: slice, course: Mapping[str, float]
) -> Float[np.ndarray, "time component"]:
    """Components of the sound of a clip, those that it lacks filled with nothing."""
    per_frame = recordings.attrs["sample_rate"] / recordings.attrs["frame_rate"]
    samples = slice(*(round(edge * per_frame) for edge in (at.start, at.stop)))
    sound = recordings.sound[samples].values.astype(float)
    count = at.stop - at.start
    if not np.ptp(sound) > 0:
        return np.zeros((count, SOUND_COMPONENTS))
    found = components_heard(sound, recordings.attrs["sample_rate"], count, **course)
    return np.pad(found, ((0, 0), (0, SOUND_COMPONENTS - found.shape[1])))


def fits(
    seen: Float[np.ndarray, "time one"], heard: np.ndarray, length: int
) -> Float[np.ndarray, " place"]:
    """How well pictures fit the sound that begins at each of ``length`` places.

    Parameters
    ----------
    heard : spectra of the components of all sound.
    """
    pictures = rfft(seen, length, axis=0).conj()
    products = (irfft(one[:, None] * heard, length, axis=0) for one in pictures.T)
    return np.sum([((of / len(seen)) ** 2).sum(1) for of in products], axis=0)


def chance(fit: Float[np.ndarray, " place"], at: slice, reach: int) -> float:
    """Share of the places beyond reach at which the best within reach is as good as the own one."""
    best = maximum_filter1d(fit, 2 * reach + 1, mode="wrap")
    off = np.abs(np.arange(len(fit)) - at.start)
    beyond = best[np.minimum(off, len(fit) - off) > 2 * reach]
    return float((1 + (beyond >= best[at.start]).sum()) / (1 + len(beyond)))
