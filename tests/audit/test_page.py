"""A page that needs no network, a table without pictures, and a folder of listed speakers alone."""

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.audit.speaker import LAG, PARAMS, MadeUp, audit_of
from tests.figures.conftest import speaker
from tractable.audit import audit_corpora
from tractable.audit.corpora import CONTRACTS
from tractable.audit.findings import COLUMNS, Finding
from tractable.audit.page import write_page
from tractable.contracts import BadInput
from tractable.store import save

LISTED = {"phantom": {"speakers": ["ann", "bob"]}}


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    made = MadeUp()
    made.pictures[1][100] = made.pictures[1][99]
    made.states[1:] = "long by 0.016 s", "short by 1.234 s"
    stores = made.stores()
    stores["areas"]["refused"][10:20] = "gap <here>"
    path = tmp_path_factory.mktemp("page") / "made_up.html"
    audit = audit_of(stores)
    planted = [Finding(clip.name, "refused by theory: all", "1", 0.999) for clip in audit.clips]
    audit.findings.extend(planted)
    write_page(audit, stores["recordings"], path, shown=2, tasks=["one"])
    return path.read_text("utf-8")


def test_the_page_shows_flags_heads_and_reasons(page):
    assert "1 pictures are as those before them" in page
    assert page.count("data:image/png;base64,") == 2
    assert page.count("data:image/svg+xml,") == 3
    assert "gap &lt;here&gt;" in page
    assert "<td>all</td><td>99.9 %</td>" in page
    assert "these tasks alone: one" in page


def test_the_page_shows_how_much_of_a_sound_was_cut_or_filled(page):
    table = page[page.index('<table class="clips">') :]
    headings = re.findall("<th>(.*?)</th>", table)
    rows = re.findall("<tr>(<td>.*?)</tr>", table)
    at = headings.index("sound longer than pictures (s)")
    found = [re.findall("<td(.*?)</td>", row)[at] for row in rows[:3]]
    words = "the sound is not as long as the pictures"
    assert found == [">0", ">0.016", f' class="flagged" title="{words}">\N{MINUS SIGN}1.2']


def test_the_page_needs_no_network(page):
    alone = re.sub(r"'data:image/svg\+xml,[^']*'", "'data:'", page)
    addresses = re.findall(r"""(?:src|href)=["']([^"']{1,30})""", alone)
    assert addresses
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert "http" not in alone


def with_sound(recordings: xr.Dataset) -> xr.Dataset:
    """As long as the pictures, and hiss."""
    count = round(recordings.sizes["time"] / recordings.attrs["frame_rate"] * 22050)
    hiss = 1e-3 * np.random.default_rng(0).standard_normal(count).astype("float32")
    units = {"sample": "s", "sound": "1"}
    values = {"sample": np.arange(count) / 22050, "sound": hiss}
    parts = {name: ("sample", of, {"units": units[name]}) for name, of in values.items()}
    return recordings.drop_dims("sample").assign(parts)


@pytest.fixture
def folders(tmp_path, monkeypatch) -> dict[str, Path]:
    """Stores of two speakers, in a project that has this stage alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["stages/audit.py"])
    monkeypatch.setenv("TRACTABLE_WORKERS", "1")
    (tmp_path / "dvc.yaml").write_text("stages: {audit: {deps: []}}")
    for name in LISTED["phantom"]["speakers"]:
        made = speaker(name)
        made["recordings"] = with_sound(made["recordings"])
        for noun, contract in CONTRACTS.items():
            save(made[noun], tmp_path / noun / "phantom" / f"{name}.zarr", contract)
    return {noun: tmp_path / noun for noun in CONTRACTS}


def audit(folders: dict[str, Path], corpora: dict = LISTED) -> tuple[Path, Path]:
    pages, table = Path("audit"), Path("audit.csv")
    audit_corpora(folders, pages, table, corpora, LAG, **PARAMS["audit"])
    return pages, table


def test_every_listed_speaker_has_a_page_and_rows(folders):
    left = Path("audit/phantom/carl.html")
    left.parent.mkdir(parents=True)
    left.touch()
    pages, table = audit(folders)
    assert {path.name for path in pages.rglob("*.html")} == {"ann.html", "bob.html"}
    rows = pd.read_csv(table)
    assert tuple(rows.columns) == COLUMNS
    assert set(rows.speaker) == {"ann", "bob"}
    still = rows[(rows.quantity == "repeated pictures") & rows.flag.notna()]
    assert set(still.speaker) == {"ann", "bob"}  # those pictures never change
    before = {path: path.read_bytes() for path in [table, *pages.rglob("*.*")]}
    audit(folders)
    assert before == {path: path.read_bytes() for path in [table, *pages.rglob("*.*")]}


def test_a_missing_store_is_refused_by_name(folders):
    with pytest.raises(BadInput, match="no store of phantom/eve"):
        audit(folders, {"phantom": {"speakers": ["ann", "bob", "eve"]}})
    assert not Path("audit.csv").exists()


def test_a_misspelt_limit_is_refused(folders):
    limits = PARAMS["audit"]["limits"] | {"clippped": 0.1}
    with pytest.raises(BadInput, match="did you mean 'clipped'"):
        audit_corpora(
            folders,
            Path("audit"),
            Path("a.csv"),
            LISTED,
            LAG,
            **PARAMS["audit"] | {"limits": limits},
        )
