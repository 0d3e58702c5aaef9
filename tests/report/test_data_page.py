"""The data page says of every store what its contract says, and leaves none out."""

import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.project import ROOT
from tractable import contracts
from tractable.contours import track
from tractable.contracts import ATTRIBUTES, CONTOURS, CONTRACTS, BadInput, Contract, described
from tractable.privacy import KINDS, PRIVACY, privacy_of
from tractable.report.data_page import write_data_page
from tractable.report.examples import example
from tractable.store import save

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("reports") / "data.html"
    write_data_page(path, ROOT / "dvc.yaml")
    return path.read_text()


def row(page, noun, name):
    """Dims, unit and meaning of a variable or attribute, without tags."""
    (table,) = re.findall(rf'<h2 id="{noun}">.*?</table>', page, re.S)
    (cells,) = re.findall(rf"<code>{name}</code></td>(.*?)</tr>", table)
    return re.sub("<span.*?</span>", "", cells).removeprefix("<td>").removesuffix("</td>")


def test_every_store_is_there():
    known = [thing for thing in vars(contracts).values() if isinstance(thing, Contract)]
    assert list(CONTRACTS) == known


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.noun)
def test_every_variable_and_attribute_has_its_meaning(page, contract):
    for name, (dims, unit, meaning) in contract.variables.items():
        assert meaning
        told = row(page, contract.noun, name.rstrip("?")).split("</td><td>")
        assert told[:2] == [", ".join(dims), unit or "text"]
    for name in contract.attributes:
        told = row(page, contract.noun, name).split("</td><td>")
        assert told[::2] == ["attribute", ATTRIBUTES[name][1]]


def test_meanings_are_escaped_and_the_optional_is_marked(page):
    assert "label of the frame, &#34;&#34; where there is none" in page
    (line,) = re.findall(r"<code>facing</code>.*", page)
    assert "not in every store" in line


def test_what_track_promises_is_what_the_page_lists(page):
    """``track`` tells in words of the variables that the page has in a table."""
    promised = re.findall(r"``(\w+)``\s\(time", track.__doc__)
    assert {"boundary", "uncertainty", "closed", "refused"} <= set(promised)
    for name in promised:
        assert row(page, CONTOURS.noun, name)


def section(page, noun):
    """What the page says of a noun, without tags."""
    (part,) = re.findall(rf'<h2 id="{noun}">(.*?)<div class="scroll">', page, re.S)
    return " ".join(unescape(re.sub("<[^>]+>", "", part)).split())


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.noun)
def test_who_may_see_a_store_and_whence_it_comes(page, contract):
    told, privacy = section(page, contract.noun), privacy_of(f"data/{contract.noun}")
    assert f"who may see it {privacy.kind} {privacy.why} Remote {privacy.remote or 'open'}." in told
    (stage,) = (
        name
        for name, of in STAGES.items()
        if any(
            f"data/{contract.noun}" in (out if isinstance(out, str) else list(out))
            for out in of["outs"]
        )
    )
    assert f"made by stage {stage}: {STAGES[stage]['desc']}" in told
    reads = [dep for dep in STAGES[stage]["deps"] if dep.startswith("data/")]
    assert f"of {', '.join(reads) or 'no other data'}, with the parameters " in told
    assert ", ".join(STAGES[stage]["params"]) in told


def test_the_committed_page_is_of_this_pipeline(page):
    """DVC takes no dvc.yaml for a dependency, so that a change there alone makes no new page."""
    assert (ROOT / "reports" / "data.html").read_text() == page, "dvc repro -f -s report"


def test_the_classes_are_explained(page):
    for kind, meaning in KINDS.items():
        assert f'<span class="class {kind}">{kind}</span></dt><dd>{meaning}</dd>' in page


def test_every_place_is_on_the_page_with_its_class_by_its_store_or_in_one_table(page):
    (table,) = re.findall(r'<h2 id="others">.*?</table>', page, re.S)
    rows = re.findall(r"<tr><td><code>(.*?)</code></td><td>(.*?)</td><td>(.*?)</td></tr>", table)
    told = {place: (re.sub("<.*?>", "", kind), unescape(why)) for place, kind, why in rows}
    known = ("raw", "aligned", "audit", "figures", "models")
    assert {"workspaces", *(f"data/{name}" for name in known)} <= set(told)
    stores = {f"data/{contract.noun}" for contract in CONTRACTS}
    assert set(told) == set(PRIVACY) - stores
    assert told == {place: (privacy_of(place).kind, privacy_of(place).why) for place in told}


def test_a_noun_that_no_stage_makes_is_refused(tmp_path):
    kept = {name: of for name, of in STAGES.items() if name != "areas"}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": kept}))
    with pytest.raises(BadInput, match="no stage makes data/areas, which tractable"):
        write_data_page(tmp_path / "data.html", tmp_path / "dvc.yaml")
    assert not (tmp_path / "data.html").exists()


NAMES = {  # what coordinates hold that examples ask for
    "model": ["hybrid", "ridge"],
    "tissue": ["upper", "lower"],
    "score": ["V0 error (%)", "V1 skill"],
}


def made_up(contract: Contract, folder: Path) -> Path:
    """A small store that keeps the contract."""
    values = {}
    for name, (dims, unit, _) in contract.variables.items():
        shape = tuple(6 if dim == "time" else 2 for dim in dims)
        if unit is not None:
            values[name] = np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)
        elif name == "formant":
            values[name] = np.array(["F1", "mean"])
        else:
            values[name] = np.resize(NAMES.get(name, ["test", "a"]), shape)
        if unit is not None and dims == (name,):
            values[name] = np.arange(shape[0]) + 1.0
    values = {name.rstrip("?"): value for name, value in values.items()}
    attributes = {name: "x" if ATTRIBUTES[name][0] is None else 1.0 for name in contract.attributes}
    path = folder / contract.noun / "phantom"
    path = path / "sim1.zarr" if "speaker" in contract.attributes else path.with_suffix(".zarr")
    save(described(contract, values, **attributes), path, contract)
    return path


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.noun)
def test_five_lines_open_every_store(page, tmp_path, monkeypatch, contract):
    """As they stand on the page, on a small store in a folder like that of the repository."""
    lines = example(contract).splitlines()
    assert len(lines) == 5
    escaped = example(contract).replace('"', "&#34;")
    assert f'<pre class="five">{escaped}</pre>' in page
    made_up(contract, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec("\n".join(lines[:-1]), names)
    assert eval(lines[-1], names).size > 0
