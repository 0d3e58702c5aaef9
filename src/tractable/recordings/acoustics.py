"""How well each phone of English fits each hundredth of a second, and where the voice sounds.

The acoustic model and its features are those that pocketsphinx carries (en-us, ptm). Of them only
the likelihoods of phones without context are taken. Pocketsphinx aligns phones itself in two passes
(Decoder.set_alignment), but it does not say how sure it is, hears no voice and knows English alone:
on the phantom it put one boundary in ten 96 ms or more away, where ours are 37.
"""

import struct
from collections.abc import Iterator, Sequence
from functools import cache
from math import gcd
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import parselmouth
import pocketsphinx
from jaxtyping import Bool, Float
from scipy.signal import resample_poly

from tractable.recordings.pronunciation import heard_as, is_voiced

RATE = 16000  # Hz, of what the model learnt from
STEP = 0.01  # s, between frames
WINDOW = 0.025625  # s, of a frame: the first is centred at half of it
STATES = 3  # of a phone
LOUDEST = 0.7  # of full scale, to which every sound is brought
PAUSE = ("SIL", "+NSN+")  # the model's silence, and its noise that is no speech
LOG_SCORE = 1024 * np.log(1.0001)  # of a unit of pocketsphinx's scores
MODEL = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us"

Sound = Float[np.ndarray, " sample"]


def edges(count: int) -> Float[np.ndarray, " edge"]:
    """Times at which one frame hands over to the next [s], ``count`` + 1 of them."""
    return np.arange(count + 1) * STEP + (WINDOW - STEP) / 2


def resampled(sound: Sound, sample_rate: int) -> Float[np.ndarray, " resampled"]:
    """A sound at RATE."""
    common = gcd(sample_rate, RATE)
    return resample_poly(sound.astype(float), RATE // common, sample_rate // common)


@cache
def model_phones() -> list[str]:
    """The model's phones without context, in the order of its states."""
    raw = (MODEL / "mdef").read_bytes()
    size = struct.unpack_from("<4sii", raw)[2]
    at = 12 + size
    (count,) = struct.unpack_from("<i", raw, at)
    return [name.decode() for name in raw[at + 40 :].split(b"\0")[:count]]


def likelihoods(sound: Sound) -> Float[np.ndarray, "time phone state"]:
    """Log likelihood of each state of each of the model's phones, to a constant of the frame.

    Cepstra lose their mean over the clip. Every clip is heard by a decoder of its own, so that none
    depends on what came before.

    Parameters
    ----------
    sound : at RATE, not silent.
    """
    scale = LOUDEST * np.iinfo(np.int16).max / np.abs(sound).max()
    loud = (sound * scale).astype(np.int16)
    with TemporaryDirectory() as folder:
        decoder = pocketsphinx.Decoder(
            hmm=str(MODEL), dict=None, lm=None, loglevel="FATAL", samprate=RATE, dither=False,
            cmn="batch", compallsen=True, bestpath=False, beam=0, senlogdir=folder,
        )  # fmt: skip
        decoder.add_word("pause", "SIL", True)
        decoder.set_align_text("pause")
        decoder.start_utt()
        decoder.process_raw(loud.tobytes(), full_utt=True)
        decoder.end_utt()
        (file,) = Path(folder).iterdir()
        return read_scores(file)


def read_scores(path: Path) -> Float[np.ndarray, "time phone state"]:
    """What pocketsphinx logs by ``senlogdir``: a heading, then the scores of each frame's states.

    States of phones without context are the first; a score counts downwards from the best.
    """
    raw = path.read_bytes()
    heading, _, rest = raw.partition(b"endhdr\n")
    width = int(heading.split(b"n_sen ")[1].split()[0])
    frames = np.frombuffer(rest[4:], "<i2").reshape(-1, 1 + width)  # after the byte order mark
    phones = model_phones()
    return -LOG_SCORE * frames[:, 1 : 1 + STATES * len(phones)].reshape(-1, len(phones), STATES)


def voicing(
    sound: Sound, count: int, *, lowest: float, highest: float, below: float, silence: float
) -> Bool[np.ndarray, " time"]:
    """Whether the voice sounds in each of ``count`` frames, by Praat's autocorrelation.

    Only what lies under ``below`` [Hz] is listened to: breath and the scanner's noise hum as well,
    but above the voice's strongest harmonics.

    Parameters
    ----------
    sound : at RATE.
    lowest, highest : of the fundamental [Hz].
    silence : share of the loudest that is too soft to be voice.
    """
    low = parselmouth.praat.call(
        parselmouth.Sound(sound, RATE), "Filter (pass Hann band)", lowest, below, lowest
    )
    pitch = low.to_pitch_ac(
        time_step=STEP, pitch_floor=lowest, pitch_ceiling=highest, silence_threshold=silence
    )
    centres = edges(count)[:-1] + STEP / 2
    return np.array([pitch.get_value_at_time(time) > 0 for time in centres])


class Heard(NamedTuple):
    """How well signs of SAMPA fit each frame."""

    signs: list[str]  # "": a pause
    fit: Float[np.ndarray, "time sign state"]  # log likelihood of each sign's states

    def of(self, signs: Sequence[str]) -> Float[np.ndarray, "time all_states"]:
        """Of a sequence of signs, their states one after another."""
        return self.fit[:, self.codes(signs)].reshape(len(self.fit), -1)

    def of_each(
        self, sequences: Sequence[Sequence[str]]
    ) -> Iterator[Float[np.ndarray, "sequence all_states"]]:
        """The same of several sequences of one length, frame by frame."""
        codes = np.array([self.codes(signs) for signs in sequences])
        return (frame[codes].reshape(len(codes), -1) for frame in self.fit)

    def codes(self, signs: Sequence[str]) -> list[int]:
        return [self.signs.index(sign) for sign in signs]


def heard(
    sound: Sound, signs: Sequence[str], *, scale: float, odds: float, **voice: float
) -> tuple[Heard, Bool[np.ndarray, " time"]]:
    """How well signs fit the frames of a sound, and in which of them the voice sounds.

    Parameters
    ----------
    sound : at RATE.
    scale : of log likelihoods, see ``alignment.align``.
    odds : of a frame to be found voiced in vowels, nasals and approximants, and voiceless in a
        pause; obstruents may be either.
    voice : keywords of ``voicing``.
    """
    scores = likelihoods(sound)
    voiced = voicing(sound, len(scores), **voice)
    right, wrong = np.log(odds / (1 + odds)), np.log(1 / (1 + odds))
    names, fit = model_phones(), np.empty((len(scores), len(signs), STATES))
    for k, sign in enumerate(signs):
        phones = [names.index(phone) for phone in (heard_as(sign) if sign else PAUSE)]
        either = np.logaddexp.reduce(scores[:, phones], axis=1) - np.log(len(phones))
        if sign == "" or is_voiced(sign):
            fit[:, k] = either + np.where(voiced[:, None] == (sign != ""), right, wrong)
        else:
            fit[:, k] = either + np.log(0.5)
    return Heard(list(signs), scale * fit), voiced
