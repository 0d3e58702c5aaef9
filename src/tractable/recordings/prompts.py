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
        names = (f"{speaker}/{clip}", clip, task_of(clip))
        for line, text in (table[name] for name in names if name in table):
            found[clip] = spoken(text, own, f"{prompts}: line {line}")
            break
    return found


def refuse_unknown(prompts: Path, clips: Mapping[str, Iterable[str]]) -> None:
    """Refuse a row that is for no clip: it is spelt otherwise, perhaps, and would not be heeded.

    Parameters
    ----------
    clips : speaker -> all that are known, recorded or not. A row of a speaker who is not among them
        may be of one who joins later: it is said.

    Raises
    ------
    BadInput : naming the line, and the clip that is most like it.
    """
    known = {name for found in clips.values() for clip in found for name in (clip, task_of(clip))}
    for row, (line, _) in read_prompts(prompts).items():
        who, stroke, name = row.rpartition("/")
        if stroke and who not in clips:
            print(f"{prompts}: line {line}: {row!r}: nobody here is {who!r}; {likely(who, clips)}")
        elif row not in known and not (stroke and name in clips[who]):
            near = likely(name, clips[who] if stroke else known)
            raise BadInput(
                f"{prompts}: line {line}: {row!r} is no clip, and no task of which there are "
                f"repetitions; {near}"
            )


def task_of(clip: str) -> str:
    """Of which a clip is a repetition: ``vcv1`` of ``vcv1_r2``."""
    return re.sub(r"_r\d+$", "", clip)


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
            if any(";" in name for name in strange):
                hint = "semicolons stand between the columns: save it with commas"
            raise BadInput(f"{path}: no column {', '.join(lacking)}; expected clip,text; {hint}")
        table: Prompts = {}
        for row in rows:
            if None in row:
                raise BadInput(
                    f"{path}: line {rows.line_num}: a comma too many, which would cut the text "
                    f"after {row['text']!r}; write the text in double quotes"
                )
            clip = (row["clip"] or "").strip()
            if clip in table:
                raise BadInput(
                    f"{path}: line {rows.line_num}: {clip!r} stands in line {table[clip][0]} "
                    "already; keep one of them"
                )
            table[clip] = rows.line_num, row["text"] or ""
    return table
