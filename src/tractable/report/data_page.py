"""The data page: every store on disk with all that it holds, as the contracts say it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tractable.contracts import ATTRIBUTES, CONTRACTS, Contract
from tractable.report.templates import template
from tractable.store import written_whole

TEXT = "text"  # what has no unit


class Entry(NamedTuple):
    """A row of a noun's table."""

    name: str
    dims: str
    unit: str
    meaning: str
    optional: bool = False


def write_data_page(page: Path) -> None:
    """Write the page, whole or not at all."""
    text = template("data.html").render(stores=[told(contract) for contract in CONTRACTS])
    with written_whole(page) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def told(contract: Contract) -> dict[str, Any]:
    """What the template shows of one noun."""
    by_speaker = "speaker" in contract.attributes
    return {
        "noun": contract.noun,
        "about": contract.about,
        "path": f"data/{contract.noun}/CORPUS{'/SPEAKER' if by_speaker else ''}.zarr",
        "entries": [*variables(contract), *attributes(contract)],
    }


def variables(contract: Contract) -> Iterator[Entry]:
    for name, (dims, unit, meaning) in contract.variables.items():
        yield Entry(name.rstrip("?"), ", ".join(dims), unit or TEXT, meaning, name.endswith("?"))


def attributes(contract: Contract) -> Iterator[Entry]:
    for name in contract.attributes:
        unit, meaning = ATTRIBUTES[name]
        yield Entry(name, "attribute", unit or TEXT, meaning)
