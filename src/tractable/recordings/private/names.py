"""Names of clips: they go into git and into open tables, so that none may name a person.

What a speaker read and how the file is called is up to a laboratory, and no rule tells "Northwind"
from a surname: a year beside a word is refused, other words are shown to whoever adds the corpus.
"""

import re
from collections.abc import Iterable

from tractable.contracts import BadInput

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
WORD = re.compile(r"[^\W\d_]+")
LONGEST = 4  # letters of a word that may be a code, as of speakers
TWO_NAMES = re.compile(r"[A-Z][a-z]+[^\w]*_?[A-Z][a-z]+")
#: What is done before a scanner, one word each; an s may follow.
TASKS = {
    *("vowel", "consonant", "glide", "diphthong", "syllable", "nonword", "pseudoword"),
    *("nonsense", "phrase", "sentence", "story", "passage", "paragraph", "reading"),
    *("topic", "picture", "posture", "sustained", "spontaneous", "dialogue", "speech"),
    *("swallow", "breath", "breathing", "cough", "singing", "whisper", "silence"),
    *("shibboleth", "rainbow", "grandfather", "northwind", "video", "movie", "frame"),
    *("image", "audio", "sound", "recording", "record", "track", "piece"),
    *("block", "session", "series", "trial", "token", "stimulus", "repetition"),
    *("number", "sagittal", "midsagittal", "dynamic", "static", "rtmri", "usctimit"),
    *("words", "texts", "clips", "films", "takes", "scans", "parts", "tasks", "items", "lists"),
}


def refuse_years(clips: Iterable[str]) -> None:
    """Refuse a clip whose name holds letters and a year, unless clips are counted beyond years.

    Raises
    ------
    BadInput : naming the clip.
    """
    clips = list(clips)
    counted = {shape(name) for name in clips if WORD.search(name) and not YEAR.search(name)}
    for name in clips:
        year = YEAR.search(name)
        if year and WORD.search(name) and shape(name) not in counted:
            raise BadInput(
                f"clip {name!r}: may name a person: it holds {year[0]!r}, which may be a year, and "
                "names of clips go into git and into open tables; rename its files by task and "
                "number, as vcv2 or clip003"
            )


def shape(name: str) -> str:
    """A name whatever its digits."""
    return re.sub(r"\d", "0", name)


def may_name(clips: Iterable[str]) -> list[str]:
    """Clips in whose name stands a word longer than a code that is no task, or two like a name."""
    return [
        name for name in clips if TWO_NAMES.search(name) or any(map(unknown, WORD.findall(name)))
    ]


def unknown(word: str) -> bool:
    return len(word) > LONGEST and not {word.lower(), word.lower().removesuffix("s")} & TASKS
