"""Corpora of a few frames in their layouts, each pixel of which can be told, for tests."""

from pathlib import Path

import numpy as np

from tractable.contracts import RECORDINGS
from tractable.recordings.corpora import ADAPTERS, speaker_task
from tractable.store import load

from .corpus import OPTIONS
from .miniatures import MINIATURES, Miniature, vowel

#: Each frame, row and column has a grey of its own: what is transposed or shifted is seen.
FRAMES = np.arange(6)[:, None, None] * 20 + np.arange(48)[:, None] * 2 + np.arange(40)[None]
FRAMES = FRAMES.astype("uint8")


def written(name: str, folder: Path, **options) -> tuple[Miniature, Path]:
    """A corpus of FRAMES in its layout, and its one home."""
    of = MINIATURES[name]
    folder.mkdir(exist_ok=True)
    of.write(folder, FRAMES, vowel(of.sample_rate) if of.sample_rate else None, of, **options)
    return of, ADAPTERS[of.adapter].homes(folder, settings(of))[of.speaker]


def settings(of: Miniature) -> dict:
    common = {"metafile": "metafile_public_mini.json"} if of.adapter == "usc75" else {}
    return {"adapter": of.adapter, **of.settings, **common}


def clips(of: Miniature, home: Path, **changes):
    """The clips of a home, by name."""
    adapter, said = ADAPTERS[of.adapter], settings(of) | changes
    known = adapter.stems(home, said)
    return {name: adapter.clip(home, name, stem, said) for name, stem in known.items()}


def read(of: Miniature, home: Path, **changes):
    (clip,) = clips(of, home, **changes).values()
    return ADAPTERS[of.adapter].read(clip)


def recorded(of: Miniature, home: Path, store: Path):
    """The store of a speaker whose home is already where it belongs."""
    speaker_task(
        home.parent, store / f"{home.name}.zarr", settings(of) | {"speakers": [home.name]}, OPTIONS
    )()
    return load(store / f"{home.name}.zarr", RECORDINGS)
