"""Which frames a model learns from and which it is tested on.

Within a corpus of several speakers whole speakers are held out; within a corpus of one speaker,
blocks of time, with a guard gap on both sides, since neighbouring frames are all but the same.
Every frame is tested in exactly one fold.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from jaxtyping import Bool

from tractable.contracts import FOLDS, BadInput, described


def split(
    areas: xr.Dataset,
    formants: xr.Dataset,
    *,
    corpora: Mapping[str, Sequence[str]],
    speaker_folds: int | None,
    block_folds: int,
    guard: float,
) -> xr.Dataset:
    """Role of every frame of one speaker in each fold of its corpus (contract FOLDS).

    Parameters
    ----------
    areas, formants : of the speaker, on one clock.
    corpora : the speakers of each corpus, in the order in which they are dealt to folds.
    speaker_folds : of corpora with several speakers; None: one fold a speaker.
    block_folds : of corpora with one speaker.
    guard : time on both sides of a test block that is left out of training [s].

    Raises
    ------
    BadInput : more folds than speakers, fewer than two folds, a speaker without one shape or
        formant, a fold with nothing to learn from or to be tested on, or two clocks.
    """
    time = areas.time.values
    if not np.array_equal(time, formants.time.values):
        raise BadInput(
            f"areas have {len(time)} frames, formants {formants.sizes['time']} on another clock; "
            "`dvc repro` makes both anew"
        )
    refuse_useless(areas, formants)
    speakers = list(corpora[areas.attrs["corpus"]])
    if len(speakers) > 1:
        tested = speaker_blocks(len(time), areas.attrs["speaker"], speakers, speaker_folds)
        left_out = np.zeros_like(tested)
    else:
        tested = time_blocks(len(time), block_folds)
        left_out = guards(tested, round(guard * areas.attrs["frame_rate"]))
    role = np.where(tested, "test", np.where(left_out, "", "train"))
    refuse_empty(role, usable(areas, formants), alone=len(speakers) == 1)
    variables = {name: areas[name].values for name in ("time", "clip_of", "phone")}
    known = {name: areas.attrs[name] for name in FOLDS.attributes}
    return described(FOLDS, {**variables, "fold": np.arange(len(role)), "role": role}, **known)


def speaker_blocks(
    frames: int, speaker: str, speakers: Sequence[str], folds: int | None
) -> Bool[np.ndarray, "fold time"]:
    """All frames of the speaker, in the fold that it was dealt to: the k-th to fold k mod folds."""
    folds = len(speakers) if folds is None else folds
    if not 2 <= folds <= len(speakers):
        raise BadInput(
            f"params.yaml: folds: speaker_folds is {folds}, expected 2 to {len(speakers)}, "
            "the speakers of this corpus; null leaves out one speaker at a time"
        )
    tested = np.zeros((folds, frames), bool)
    tested[speakers.index(speaker) % folds] = True
    return tested


def time_blocks(frames: int, folds: int) -> Bool[np.ndarray, "fold time"]:
    """Equal stretches of time, one a fold."""
    if not 2 <= folds <= frames:
        raise BadInput(
            f"params.yaml: folds: block_folds is {folds}, expected 2 to {frames}, the frames"
        )
    return np.arange(frames) * folds // frames == np.arange(folds)[:, None]


def guards(tested: Bool[np.ndarray, "fold time"], frames: int) -> Bool[np.ndarray, "fold time"]:
    """Frames outside each test block that are as near to it as ``frames`` or nearer."""
    near = tested.copy()
    for shift in range(1, frames + 1):
        near[:, shift:] |= tested[:, :-shift]
        near[:, :-shift] |= tested[:, shift:]
    return near & ~tested


def has_shape(areas: xr.Dataset) -> Bool[np.ndarray, " time"]:
    return areas.refused.values == ""


def has_formant(formants: xr.Dataset) -> Bool[np.ndarray, " time"]:
    """At least one that can be trusted."""
    return np.isfinite(formants.frequency.values).any(-1)


def refuse_useless(areas: xr.Dataset, formants: xr.Dataset) -> None:
    """Refuse a speaker without one shape or one formant: no choice of folds would help."""
    frames, who = f"none of {areas.sizes['time']} frames", areas.attrs["speaker"]
    if not has_formant(formants).any():
        raise BadInput(
            f"{frames} of {who} has a formant that can be trusted ({common(formants.reason)}); is "
            "the sound silent? Listen to the clips in data/raw, see formants.trust in params.yaml, "
            "or take the speaker off params.yaml: corpora"
        )
    if not has_shape(areas).any():
        raise BadInput(
            f"{frames} of {who} has a shape ({common(areas.refused)}); see contours and "
            "areas.limits in params.yaml, or take the speaker off params.yaml: corpora"
        )


def common(reasons: xr.DataArray) -> str:
    """The reasons that there are, the most frequent first."""
    return ", ".join(name for name, _ in Counter(reasons.values.ravel().tolist()).most_common())


def usable(areas: xr.Dataset, formants: xr.Dataset) -> Bool[np.ndarray, " time"]:
    """Frames that can be learnt from and tested on."""
    return has_shape(areas) & has_formant(formants)


def refuse_empty(role: np.ndarray, usable: Bool[np.ndarray, " time"], *, alone: bool) -> None:
    """Refuse a fold in which this speaker's part is there and yet holds nothing usable."""
    for fold, roles in enumerate(role):
        for needed in ("test", "train"):
            expected = alone or (roles == needed).any()
            if expected and not (usable & (roles == needed)).any():
                raise BadInput(
                    f"fold {fold} has nothing to {needed} on: no frame with a shape and a formant "
                    f"among {int((roles == needed).sum())}; fewer folds or a shorter guard may do"
                )
