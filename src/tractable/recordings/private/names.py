"""Names of clips: they go into git and into open tables, so that none may name a person.

What a speaker read and how the file is called is up to a laboratory, and no rule tells "Northwind"
from a surname: dates, and years beside a word, are refused, other words are shown to whoever adds
the corpus.
"""

import re
from collections.abc import Container, Iterable

from tractable.contracts import BadInput

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
#: Years of people who live, and of their sessions; with days, with or without strokes.
DATE = re.compile(r"(?<!\d)(19|20)\d\d([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
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
    """Refuse clips whose names hold a date, or letters and a year that does not merely count them.

    Raises
    ------
    BadInput : naming the first of them, and how many more there are.
    """
    clips = list(clips)
    counted = {shape(name) for name in clips if WORD.search(name) and not YEAR.search(name)}
    told = {name: when for name in clips if (when := date_or_year(name, counted))}
    if told:
        first, more = next(iter(told)), f" and {len(told) - 1} more" if len(told) > 1 else ""
        raise BadInput(
            f"clip {first!r}{more}: may name a person: it holds {told[first]!r}, which may be a "
            "year or a date, and names of clips go into git and into open tables; rename its files "
            "by task and number, as vcv2 or clip003"
        )


def date_or_year(name: str, counted: Container[str]) -> str:
    """What in the name of a clip is a date, or a year where its shape is not ``counted``; ""."""
    if date := DATE.search(name):
        return date[0]
    year = YEAR.search(name)
    return year[0] if year and WORD.search(name) and shape(name) not in counted else ""


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
