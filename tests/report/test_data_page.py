"""The data page says of every store what its contract says, and leaves none out."""

import re

import pytest

from tractable import contracts
from tractable.contours import track
from tractable.contracts import ATTRIBUTES, CONTOURS, CONTRACTS, Contract
from tractable.report import write_data_page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("reports") / "data.html"
    write_data_page(path)
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
