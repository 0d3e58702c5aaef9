"""Where the labels of a clip come from: a hand, or else a prompt that is laid over the sound."""

from collections.abc import Mapping, Sequence
from typing import Any

from tractable.contracts import HARDLY_HEARD
from tractable.recordings.adapter import Clip, Recorded
from tractable.recordings.alignment import Alignment, align
from tractable.recordings.pronunciation import Word
from tractable.recordings.textgrid import Labels

ALIGNED = "aligned"
TEXTGRID, OTHER = "TextGrid", "hand labels"


def by_hand(clip: Clip) -> str:
    """What kind of labels somebody made of the clip, "" where nobody did."""
    made = next((path for path in clip.labels if path.is_file()), None)
    if made is None:
        return ""
    return TEXTGRID if made.suffix.lower() == f".{TEXTGRID}".lower() else OTHER


def labelled(
    clip: Clip,
    made: Labels,
    recorded: Recorded,
    prompt: Sequence[Word] | None,
    alignment: Mapping[str, Any],
) -> tuple[Labels, str]:
    """Labels of a clip and their source: what was made by hand wins over what is aligned.

    The source of aligned labels begins with ``ALIGNED``, and names words that are hardly heard.

    Parameters
    ----------
    made : by hand; none where nobody did.
    prompt : what was read; None: nobody knows.
    alignment : keywords of ``align``.
    """
    if (source := by_hand(clip)) or prompt is None:
        return made, source
    found = aligned(recorded, prompt, alignment)
    if found.refused:
        return [], f"refused: {found.refused}"
    return found.phones, "; ".join(filter(None, (ALIGNED, hardly_heard(found))))


def hardly_heard(found: Alignment) -> str:
    """Which words of a prompt may not have been said, and where they were put; "": none."""
    words = [f"{word.label} at {word.start:.2f} s" for word in found.doubted]
    return f"{HARDLY_HEARD}{', '.join(words)}" if words else ""


def aligned(recorded: Recorded, prompt: Sequence[Word], alignment: Mapping[str, Any]) -> Alignment:
    """``align`` of a clip as its files have it."""
    if recorded.sound is None:
        return Alignment([], [], refused="has no sound")
    return align(recorded.sound, recorded.sample_rate, prompt, **alignment)
