"""A word too many in a prompt: is it named, and how many words are that were said?

A word of the clip's own or of English is put anywhere into each prompt of the phantom and of the
recorded clip. Then the prompts are as they were, and Praat makes the speech two and three times as
fast, for the evidence for a word grows with its length. The limit was chosen on sim1 to sim4.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import parselmouth

from benchmarks import tables
from benchmarks.alignment import CHOSEN_ON, SEED, Clip, arguments, listened, phantom, recorded
from tractable.recordings.alignment import Alignment
from tractable.recordings.pronunciation import Word, english

OTHERS = ("cat", "people", "say", "window", "five", "banana", "the", "house", "rabbit", "yellow")
OWN, ENGLISH = "one of its own words too many", "an English word too many"
FASTER = (2, 3)
PITCH = (75, 600)  # Hz, lowest and highest
COLUMNS = (
    *("material", "prompts", "clips", "refused", "words_too_many", "of_these_named"),
    *("words_said", "of_those_named"),
)
Options = dict[str, Any]


def with_a_word_more(prompt: list[Word], word: Word, at: int) -> list[Word]:
    return [*prompt[:at], word, *prompt[at:]]


def words_too_many(material: str, clips: list[Clip], options: Options) -> Iterator[dict[str, Any]]:
    """A row of each kind of word; the word before or after it may be named in its stead."""
    rng = np.random.default_rng(SEED)
    for kind in (OWN, ENGLISH):
        places = [int(rng.integers(len(clip.prompt) + 1)) for clip in clips]
        found = []
        for clip, at in zip(clips, places, strict=True):
            other = str(rng.choice(OTHERS))
            own = clip.prompt[rng.integers(len(clip.prompt))]
            word = own if kind == OWN else Word(other, english()[other])
            found.append(listened(clip, with_a_word_more(clip.prompt, word, at), options))
        extra = [of.words[at] in of.doubted for of, at in zip(found, places, strict=True)]
        yield row(material, kind, found, extra)


def as_said(material: str, clips: list[Clip], options: Options) -> Iterator[dict[str, Any]]:
    """Rows of prompts that are right, at each speed."""
    yield row(material, "as it was said", [listened(c, c.prompt, options) for c in clips], [])
    for times in FASTER:
        found = [listened(faster(clip, times), clip.prompt, options) for clip in clips]
        yield row(material, f"{times} times as fast", found, [])


def faster(clip: Clip, times: int) -> Clip:
    """Its sound by overlap and add, at the same pitch; nothing else is changed."""
    sound = parselmouth.Sound(clip.video.sound.astype(float), clip.video.sample_rate)
    short = parselmouth.praat.call(sound, "Lengthen (overlap-add)", *PITCH, 1 / times)
    video = clip.video._replace(sound=short.values[0].astype(np.float32))
    return clip._replace(video=video)


def row(material: str, prompts: str, found: list[Alignment], extra: list[bool]) -> dict[str, Any]:
    """What was named; ``extra``: of each clip, whether its word too many was."""
    return {
        "material": material,
        "prompts": prompts,
        "clips": len(found),
        "refused": sum(bool(of.refused) for of in found),
        "words_too_many": len(extra),
        "of_these_named": sum(extra),
        "words_said": sum(len(of.words) for of in found) - len(extra),
        "of_those_named": sum(len(of.doubted) for of in found) - sum(extra),
    }


def main() -> None:
    asked = arguments(__doc__)
    options, clips = asked.options, phantom(asked.raw)
    materials = {
        "phantom sim1 to sim4": [clip for clip in clips if clip.speaker in CHOSEN_ON],
        "phantom other speakers": [clip for clip in clips if clip.speaker not in CHOSEN_ON],
        "recorded clip": [recorded(asked.real)] if (asked.real / "usc75").is_dir() else [],
    }
    rows = [
        one
        for material, some in materials.items()
        if some
        for one in (*words_too_many(material, some, options), *as_said(material, some, options))
    ]
    tables.write(asked.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
