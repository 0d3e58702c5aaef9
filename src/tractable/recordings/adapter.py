"""What a folder layout must say of itself to be read: one module of this package each."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from tractable.recordings.textgrid import Interval


class Clip(NamedTuple):
    """One recorded task: its name, with its repetition, and the files that it consists of."""

    name: str
    video: Path  # with its sound
    labels: tuple[Path, ...]  # where labels may be, the best first


@runtime_checkable
class Adapter(Protocol):
    """A module that knows one layout; ``corpora.ADAPTERS`` lists it under its name.

    A corpus is a folder with a metafile, which lists the tasks of every speaker, and one folder per
    speaker. What cannot be read is a ``BadInput`` that says what to try.
    """

    METAFILES: str
    """Pattern of the metafile's name."""

    def entries(self, metafile: Path) -> Mapping[str, object]:
        """Speaker -> whatever the metafile holds of each, in its order."""

    def prefixes(self, metafile: Path, speaker: str) -> Mapping[str, str | None]:
        """Task -> prefix of its files, in the order of the metafile; None: never recorded."""

    def clips(self, folder: Path, tasks: Mapping[str, str]) -> list[Clip]:
        """Where the clips of the speaker's ``folder`` are, or should be; task -> prefix."""

    def files(self, folder: Path, clip: Clip) -> Iterable[tuple[Path, Path]]:
        """Where each file of a clip lies in a corpus as received, and where it belongs.

        It belongs in the folder of its speaker, where ``labels`` looks for it.
        """

    def labels(self, clip: Clip, tier: str) -> list[Interval]:
        """What was said when, in order; ``tier`` of a TextGrid; none where nobody labelled."""
