"""The folder of an export: tables, what their columns mean, TextGrids; whole or not at all."""

import importlib.util
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import track

from tractable.contracts import FORMANTS, BadInput, Contract, likely
from tractable.export.labels import write_labels
from tractable.export.tables import CONTRACT_OF, NOUNS, TABLES, Table, columns, stretches
from tractable.privacy import KINDS, privacy_of
from tractable.stage import Speaker, speakers, store_path
from tractable.whole import written_whole

LABELS = "labels"
USUAL = (LABELS, "areas", "formants", "scores")
MARK = "tractable-export.txt"
SAYS = (
    "Written by `python -m tractable.export`, whose --force replaces this folder and all in it.\n"
)
UNKNOWN = {"csv": "What is not known is `NA`.", "parquet": "What is not known is NaN."}
FORMATS = tuple(UNKNOWN)
TOLD = (
    "a TextGrid for each clip, to half a frame; where the tier `confidence` says less than 1.00, a "
    "phone was aligned by machine."
)
ABOUT = """\
# Export

Made by `python -m tractable.export`. What each column is, and its unit, stands in `units.csv`: SI
throughout, places along the tract from the glottis (0) to the lips (1). Times begin with 0 in each
clip. {unknown}

{listed}

How far these may be passed on: see the README of each corpus under `data/raw`.
"""


def export(
    folder: Path,
    corpora: Mapping[str, Mapping[str, Any]],
    *,
    data: Path,
    nouns: Sequence[str] | None,
    chosen: Iterable[str] | None,
    kind: str,
    force: bool,
    inside: Collection[str] = (),
) -> list[str]:
    """Write tables of the nouns, and of ``labels`` TextGrids, to a new folder.

    Parameters
    ----------
    corpora : section of params.yaml.
    data : where the stores are, DATA/NOUN/CORPUS/SPEAKER.zarr.
    nouns : of ``NOUNS``, and ``labels``; None: what there is of the usual ones.
    chosen : speakers, as SPEAKER or CORPUS/SPEAKER; None: all that are listed.
    kind : csv or parquet.
    force : replace the folder of an earlier export.
    inside : corpora, see ``privacy.kept_inside``.

    Returns
    -------
    list : which of the usual nouns are not there yet, of which corpora, in words.

    Raises
    ------
    BadInput : an unknown noun or speaker, a folder that is there (with ``force``: that no export
        made), a store that is not, or no pyarrow for parquet; nothing is written then.
    """
    for noun in nouns or ():
        if noun not in (*NOUNS, LABELS):
            raise BadInput(f"--nouns {noun}: no such table; {likely(noun, (*NOUNS, LABELS))}")
    refuse_to_replace(folder, data, force)
    everybody = wanted(speakers(corpora), chosen)
    found = {noun: those_with(noun, data, everybody) for noun in nouns or USUAL}
    absent, kept = list(not_made(found, everybody)), [c for c, _ in everybody if c in inside]
    if absent and (nouns or not any(found.values())):
        raise BadInput(f"{absent[0]}; or leave them out by --nouns or --speakers")
    tables = [table for table in TABLES if found.get(table.contract.noun)]
    with written_whole(folder) as partial:
        partial.mkdir(parents=True)
        (partial / MARK).write_text(SAYS)
        for table in tables:
            with writer(partial / f"{table.name}.{kind}") as out:
                pairs = stores(table.contract, data, found[table.contract.noun])
                for store, names in watched(pairs, table.name):
                    for rows in stretches(table, store, names):
                        out.put(rows)
        for corpus, name in watched(found.get(LABELS, []), LABELS):
            store = store_path(data / "formants", corpus, name)
            recordings = store_path(data / "recordings", corpus, name)
            write_labels(store, recordings, partial / LABELS / corpus / name)
        units(tables).to_csv(partial / "units.csv", index=False, lineterminator="\n")
        text = about(tables, bool(found.get(LABELS)), kind, inside=kept, absent=absent)
        (partial / "README.md").write_text(text, encoding="utf-8")
    return absent


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


def stores(contract: Contract, data: Path, who: Iterable[Speaker]) -> list[tuple[Path, list[str]]]:
    """The stores of a noun, and whose rows to take of each."""
    place, who = data / contract.noun, list(who)
    if "speaker" in contract.attributes:
        return [(store_path(place, *speaker), [speaker[1]]) for speaker in who]
    names = dict.fromkeys(corpus for corpus, _ in who)
    return [(place / f"{name}.zarr", [s for c, s in who if c == name]) for name in names]


def those_with(noun: str, data: Path, who: list[Speaker]) -> list[Speaker]:
    """Speakers of those corpora of which there is a store of a noun, of anybody."""
    contract = FORMANTS if noun == LABELS else CONTRACT_OF[noun]
    there = {
        corpus
        for corpus in dict.fromkeys(corpus for corpus, _ in who)
        for store, _ in stores(contract, data, [one for one in who if one[0] == corpus])
        if store.exists()
    }
    return [speaker for speaker in who if speaker[0] in there]


def not_made(found: Mapping[str, list[Speaker]], who: list[Speaker]) -> Iterator[str]:
    """Which nouns are not there, of which corpora, and what to do."""
    for noun, those in found.items():
        lacking = dict.fromkeys(c for c, s in who if (c, s) not in those)
        made = "formants" if noun == LABELS else noun
        if lacking:
            yield (
                f"no {noun} of {', '.join(lacking)}: nothing of theirs lies in data/{made}; "
                f"`dvc repro {made}` makes it, `dvc pull data/{made}` brings what others made"
            )


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


def about(
    tables: list[Table], labels: bool, kind: str, *, inside: Collection[str], absent: list[str]
) -> str:
    """What lies in the folder, of which class it is, and what is not there."""
    lines = []
    for table in tables:
        privacy = privacy_of(f"data/{table.contract.noun}", inside)
        lines.append(
            f"- `{table.name}.{kind}`, {privacy.kind} ({KINDS[privacy.kind]}): {table.about}"
        )
    if labels:
        lines.append(f"- `{LABELS}/`, {privacy_of('data/formants', inside).kind}: {TOLD}")
    lines += [f"\nNot in here: {words}." for words in absent]
    return ABOUT.format(listed="\n".join(lines), unknown=UNKNOWN[kind])
