"""What a corpus says of itself; where it says nothing, a README for the laboratory to fill in."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tractable.whole import written_whole

#: Where a corpus speaks of itself, in git: short texts, that a person reads before they go there.
NOTES = re.compile(r"README(\.md|\.txt)?|(PROVENANCE|LICEN[CS]E)[\w.-]*")
LONGEST = 100_000  # bytes
BLANK = "(fill in)"
TEMPLATE = """\
# {name}

Recordings of {count} speakers, under pseudonyms. Faces and voices: they go to the remote
`restricted` and never into git.

- **Source**: {blank} where and by whom it was recorded, or where it was received from
- **How to cite**: {blank}
- **Licence**: {blank} of the recordings, and of what may be derived from them
- **Consent**: {blank} what the speakers agreed to, and its limits
  - recordings (faces, voices) may be seen by: {blank}
  - features (contours, areas, formants: one value per frame) may be given to: {blank}; where to
    nobody outside the laboratory, name the corpus in params.yaml: privacy: identifying
  - models and scores may be published: {blank}
  - until when, and how a speaker withdraws: {blank}
- **Ethics approval**: {blank}
- **Who is who**: {blank} who keeps the list of pseudonyms, which never enters this repository
- **Contact**: {blank}

What params.yaml says of it: {settings}.

When a file was added, what it held beyond pictures, sound, labels and timing was left out.
"""


def readme(name: str, entry: Mapping[str, Any]) -> str:
    """The text for a corpus as params.yaml lists it."""
    settings = ", ".join(f"{key} {entry[key]}" for key in entry if key not in ("speakers", "tasks"))
    return TEMPLATE.format(name=name, count=len(entry["speakers"]), settings=settings, blank=BLANK)


def describe(corpus: Path, folder: Path, entry: Mapping[str, Any]) -> list[str]:
    """Copy what the corpus as received says of itself, or write a README to fill in.

    Returns
    -------
    list : names of what was copied, which goes into git as it is.
    """
    notes = [file for file in called_so(folder) if short_text(file)]
    for file in notes:
        with written_whole(corpus / file.name) as partial:
            shutil.copyfile(file, partial)
    if not readmes(corpus):
        with written_whole(corpus / "README.md") as partial:
            partial.write_text(readme(corpus.name, entry))
    return [file.name for file in notes]


def called_so(folder: Path) -> list[Path]:
    """What has the name of a note."""
    return [path for path in sorted(folder.iterdir()) if NOTES.fullmatch(path.name)]


def short_text(path: Path) -> bool:
    """Whether a person can read a file through, in UTF-8."""
    if not path.is_file() or path.stat().st_size > LONGEST:
        return False
    try:
        return "\0" not in path.read_text("utf-8")
    except UnicodeDecodeError:
        return False


def readmes(corpus: Path) -> list[Path]:
    """Those of the notes that must be there."""
    notes = called_so(corpus)
    return [file for file in notes if file.stem == "README" and short_text(file)]


def unfilled(corpus: Path) -> list[Path]:
    """READMEs in which blanks are left."""
    return [file for file in readmes(corpus) if BLANK in file.read_text("utf-8")]
