"""The folder of an export: tables, what their columns mean, TextGrids; whole or not at all."""

import importlib.util
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import track

from tractable.contracts import BadInput, likely
from tractable.export.labels import write_labels
from tractable.export.tables import NOUNS, TABLES, Table, columns, stretches
from tractable.privacy import KINDS, privacy_of
from tractable.stage import Speaker, speakers, store_path
from tractable.whole import written_whole

LABELS = "labels"
MARK = "tractable-export.txt"
SAYS = (
    "Written by `python -m tractable.export`, whose --force replaces this folder and all in it.\n"
)
FORMATS = ("csv", "parquet")
TOLD = (
    "a TextGrid for each clip, to half a frame; where the tier `confidence` says less than 1.00, a "
    "phone was aligned by machine."
)
ABOUT = """\
# Export

Made by `python -m tractable.export`. What each column is, and its unit, stands in `units.csv`: SI
throughout, places along the tract from the glottis (0) to the lips (1). Times begin with 0 in each
clip. {absent}

{listed}

How far these may be passed on: see the README of each corpus under `data/raw`.
"""


def export(
    folder: Path,
    corpora: Mapping[str, Mapping[str, Any]],
    *,
    data: Path,
    nouns: Iterable[str],
    chosen: Iterable[str] | None,
    kind: str,
    force: bool,
) -> None:
    """Write tables of the nouns, and of ``labels`` TextGrids, to a new folder.

    Parameters
    ----------
    corpora : section of params.yaml.
    data : where the stores are, DATA/NOUN/CORPUS/SPEAKER.zarr.
    nouns : of ``NOUNS``, and ``labels``.
    chosen : speakers, as SPEAKER or CORPUS/SPEAKER; None: all that are listed.
    kind : csv or parquet.
    force : replace the folder of an earlier export.

    Raises
    ------
    BadInput : an unknown noun or speaker, a folder that is there (with ``force``: that no export
        made), a store that is not, or no pyarrow for parquet; nothing is written then.
    """
    nouns = list(nouns)
    for noun in nouns:
        if noun not in (*NOUNS, LABELS):
            raise BadInput(f"--nouns {noun}: no such table; {likely(noun, (*NOUNS, LABELS))}")
    refuse_to_replace(folder, data, force)
    who = wanted(speakers(corpora), chosen)
    tables = [table for table in TABLES if table.contract.noun in nouns]
    with written_whole(folder) as partial:
        partial.mkdir(parents=True)
        (partial / MARK).write_text(SAYS)
        for table in tables:
            with writer(partial / f"{table.name}.{kind}") as out:
                for store, names in stores(table, data, who):
                    for rows in stretches(table, store, names):
                        out.put(rows)
        if LABELS in nouns:
            for corpus, name in watched(who, LABELS):
                store = store_path(data / "formants", corpus, name)
                recordings = store_path(data / "recordings", corpus, name)
                write_labels(store, recordings, partial / LABELS / corpus / name)
        units(tables).to_csv(partial / "units.csv", index=False, lineterminator="\n")
        (partial / "README.md").write_text(about(tables, LABELS in nouns, kind), encoding="utf-8")


def refuse_to_replace(folder: Path, data: Path, force: bool) -> None:
    """What an export replaces is an earlier export, and never where anybody works."""
    for kept, words in ((Path.cwd(), "the current folder"), (data.resolve(), "that of the stores")):
        if folder.resolve() in (kept, *kept.parents):
            raise BadInput(f"{folder}: is {words}, or above it; name a new folder")
    if not folder.exists():
        return
    if not force:
        raise BadInput(f"{folder}: is there already; name another folder, or replace it by --force")
    if not (folder / MARK).is_file():
        raise BadInput(
            f"{folder}: holds no {MARK}, so that no export made it, and --force would delete what "
            "is in it; name another folder, or remove this one yourself"
        )


def wanted(known: list[Speaker], chosen: Iterable[str] | None) -> list[Speaker]:
    """The speakers to take, in the order of params.yaml."""
    if chosen is None:
        return known
    found = set()
    for words in chosen:
        fits = {(c, s) for c, s in known if words in (s, f"{c}/{s}")}
        if not fits:
            names = [name for c, s in known for name in (s, f"{c}/{s}")]
            raise BadInput(f"--speakers {words}: nobody of params.yaml: {likely(words, names)}")
        found |= fits
    return [speaker for speaker in known if speaker in found]


def stores(table: Table, data: Path, who: list[Speaker]) -> Iterable[tuple[Path, list[str]]]:
    """The stores that a table is made of, and whose rows to take; progress on the way."""
    place = data / table.contract.noun
    if "speaker" in table.contract.attributes:
        pairs = [(store_path(place, *speaker), [speaker[1]]) for speaker in who]
    else:
        names = list(dict.fromkeys(corpus for corpus, _ in who))
        pairs = [(place / f"{name}.zarr", [s for c, s in who if c == name]) for name in names]
    return watched(pairs, table.name)


def watched(items: list[Any], what: str) -> Iterable[Any]:
    return track(items, what, console=Console(stderr=True), transient=True)


def writer(file: Path) -> AbstractContextManager[Any]:
    return closing(Parquet(file) if file.suffix == ".parquet" else Csv(file))


class Csv:
    """Rows to a file of values with commas; what is not known is NA."""

    def __init__(self, file: Path) -> None:
        self.stream = file.open("w", encoding="utf-8", newline="")

    def put(self, rows: pd.DataFrame) -> None:
        first = self.stream.tell() == 0
        rows.to_csv(self.stream, index=False, header=first, na_rep="NA", lineterminator="\n")

    def close(self) -> None:
        self.stream.close()


class Parquet:
    """Rows to a file in columns, their types kept; what is not known is NaN."""

    def __init__(self, file: Path) -> None:
        if importlib.util.find_spec("pyarrow") is None:
            raise BadInput("--format parquet needs pyarrow: `pip install pyarrow`, or take csv")
        self.file: Path = file
        self.out: Any = None

    def put(self, rows: pd.DataFrame) -> None:
        import pyarrow
        import pyarrow.parquet

        part = pyarrow.Table.from_pandas(rows, preserve_index=False)
        if self.out is None:
            self.out = pyarrow.parquet.ParquetWriter(self.file, part.schema)
        self.out.write_table(part)

    def close(self) -> None:
        if self.out is not None:
            self.out.close()


def units(tables: list[Table]) -> pd.DataFrame:
    """Of every column of every table its unit and meaning."""
    rows = [
        (table.name, name, "text" if unit is None else unit, meaning)
        for table in tables
        for name, (unit, meaning) in columns(table).items()
    ]
    return pd.DataFrame(rows, columns=["table", "column", "unit", "meaning"])


def about(tables: list[Table], labels: bool, kind: str) -> str:
    """What lies in the folder, and of which class it is."""
    lines = []
    for table in tables:
        privacy = privacy_of(f"data/{table.contract.noun}")
        lines.append(
            f"- `{table.name}.{kind}`, {privacy.kind} ({KINDS[privacy.kind]}): {table.about}"
        )
    if labels:
        privacy = privacy_of("data/formants")
        lines.append(f"- `{LABELS}/`, {privacy.kind}: {TOLD}")
    absent = "What is not known is `NA`." if kind == "csv" else "What is not known is NaN."
    return ABOUT.format(listed="\n".join(lines), absent=absent)
