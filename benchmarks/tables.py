"""What a benchmark leaves: a CSV table, whole or not at all."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tractable.whole import written_whole


def write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as they come; what a row lacks is left empty."""
    with written_whole(path) as partial, partial.open("w", newline="") as stream:
        table = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of such a table, all of them text."""
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def shown(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The rows, printed as they come."""
    for row in rows:
        print(*row.values(), flush=True)
        yield row
