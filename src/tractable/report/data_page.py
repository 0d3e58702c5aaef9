"""The data page: what every store holds, who may see it, whence it comes, and how to open it.

The contracts, the classes and dvc.yaml say all of it; nothing is said twice.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tractable.contracts import ATTRIBUTES, CONTRACTS, BadInput, Contract
from tractable.privacy import KINDS, PRIVACY, Privacy, privacy_of
from tractable.report.examples import example
from tractable.report.templates import template
from tractable.whole import written_whole

TEXT = "text"  # what has no unit


class Entry(NamedTuple):
    """A row of a noun's table."""

    name: str
    dims: str
    unit: str
    meaning: str
    optional: bool = False


class Origin(NamedTuple):
    """The stage that makes a noun's stores."""

    stage: str
    about: str
    reads: list[str]  # data that it is made from
    choices: list[str]  # sections of params.yaml


def write_data_page(page: Path, pipeline: Path) -> None:
    """Write the page, whole or not at all.

    Parameters
    ----------
    pipeline : dvc.yaml.

    Raises
    ------
    BadInput : a contract whose stores no stage makes.
    """
    stages = yaml.safe_load(pipeline.read_text())["stages"]
    stores = [told(contract, stages) for contract in CONTRACTS]
    text = template("data.html").render(stores=stores, kinds=KINDS, places=without_contract())
    with written_whole(page) as partial:
        partial.write_text(text + "\n", encoding="utf-8")


def told(contract: Contract, stages: Mapping[str, Any]) -> dict[str, Any]:
    """What the template shows of one noun."""
    by_speaker = "speaker" in contract.attributes
    return {
        "noun": contract.noun,
        "about": contract.about,
        "path": f"data/{contract.noun}/CORPUS{'/SPEAKER' if by_speaker else ''}.zarr",
        "privacy": privacy_of(f"data/{contract.noun}"),
        "origin": origin(contract.noun, stages),
        "example": example(contract),
        "entries": [*variables(contract), *attributes(contract)],
    }


def without_contract() -> dict[str, Privacy]:
    """Places that have a class of privacy and whose files no contract describes."""
    stores = {f"data/{contract.noun}" for contract in CONTRACTS}
    return {place: of for place, of in PRIVACY.items() if place not in stores}


def origin(noun: str, stages: Mapping[str, Any]) -> Origin:
    """Whence the stores of a noun come."""
    for name, stage in stages.items():
        outs = [out if isinstance(out, str) else next(iter(out)) for out in stage["outs"]]
        if f"data/{noun}" in outs:
            reads = [dep for dep in stage["deps"] if dep.startswith("data/")]
            return Origin(name, stage["desc"], reads, stage.get("params", []))
    raise BadInput(f"dvc.yaml: no stage makes data/{noun}, which tractable.contracts promises")


def variables(contract: Contract) -> Iterator[Entry]:
    for name, (dims, unit, meaning) in contract.variables.items():
        yield Entry(name.rstrip("?"), ", ".join(dims), unit or TEXT, meaning, name.endswith("?"))


def attributes(contract: Contract) -> Iterator[Entry]:
    for name in contract.attributes:
        unit, meaning = ATTRIBUTES[name]
        yield Entry(name, "attribute", unit or TEXT, meaning)
