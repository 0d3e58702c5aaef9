"""What was read in each clip of a corpus: a table that the laboratory writes."""

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tractable.contracts import BadInput, likely
from tractable.recordings.pronunciation import Word, read_dictionary, spoken

COLUMNS = ("clip", "text")
#: What params.yaml may say of a corpus: files in its folder.
TEXTS = ("prompts", "pronunciations")
Prompts = dict[str, tuple[int, str]]  # clip -> its line in the table, text


def prompts_of(
    folder: Path, speaker: str, entry: Mapping[str, Any], clips: Iterable[str]
) -> dict[str, list[Word]] | None:
    """``prompted`` of a speaker of the corpus in ``folder``; None: it has no prompts.

    Parameters
    ----------
    entry : what params.yaml: corpora says of the corpus.
    """
    prompts, pronunciations = (folder / entry[name] if name in entry else None for name in TEXTS)
    return None if prompts is None else prompted(speaker, clips, prompts, pronunciations)


def prompted(
    speaker: str, clips: Iterable[str], prompts: Path, pronunciations: Path | None
) -> dict[str, list[Word]]:
    """Clip -> what was read in it, of those clips of a speaker that the table knows.

    A row is for ``SPEAKER/CLIP``, or for ``CLIP`` of every speaker, or for every repetition of a
    task: ``vcv1`` is for ``vcv1_r1`` and ``vcv1_r2``. The first of these that is there counts.

    Parameters
    ----------
    prompts : table of two columns, clip and text.
    pronunciations : of words that the CMU dictionary lacks, see ``read_dictionary``; None: none.

    Raises
    ------
    BadInput : a table or a dictionary that cannot be read, or a word that nobody can pronounce.
    """
    table = read_prompts(prompts)
    own = {} if pronunciations is None else read_dictionary(pronunciations)
    found = {}
    for clip in clips:
        names = (f"{speaker}/{clip}", clip, re.sub(r"_r\d+$", "", clip))
        for line, text in (table[name] for name in names if name in table):
            found[clip] = spoken(text, own, f"{prompts}: line {line}")
            break
    return found


def read_prompts(path: Path) -> Prompts:
    """The table as it stands.

    Raises
    ------
    BadInput : no such file, other columns, or a clip that has two rows.
    """
    if not path.is_file():
        raise BadInput(f"{path}: not there, though params.yaml: corpora: prompts names it")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        strange = [name for name in rows.fieldnames or () if name not in COLUMNS]
        lacking = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if lacking:
            hint = "; ".join(f"{name}: {likely(name, COLUMNS)}" for name in strange)
            raise BadInput(f"{path}: no column {', '.join(lacking)}; expected clip,text; {hint}")
        table: Prompts = {}
        for row in rows:
            clip = (row["clip"] or "").strip()
            if clip in table:
                raise BadInput(
                    f"{path}: line {rows.line_num}: {clip!r} stands in line {table[clip][0]} "
                    "already; keep one of them"
                )
            table[clip] = rows.line_num, row["text"] or ""
    return table
