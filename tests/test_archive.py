"""What an archive is told of the repository is what CITATION.cff and pyproject.toml say."""

import json
import tomllib
from datetime import date

import pytest
import yaml

from tests.project import ROOT

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
ARCHIVE = json.loads((ROOT / ".zenodo.json").read_text())
ABOUT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = ABOUT["project"]
PACKED = ABOUT["tool"]["setuptools"]["package-data"]["tractable"]


@pytest.mark.parametrize("what", ["title", "version", "license", "keywords"])
def test_the_archive_says_what_the_citation_says(what):
    assert ARCHIVE[what] == CITATION[what]


def test_the_authors_are_those_of_the_citation():
    """An entity has a name, a person a family name and given names."""
    names = [
        one.get("name") or f"{one['family-names']}, {one['given-names']}"
        for one in CITATION["authors"]
    ]
    assert [one["name"] for one in ARCHIVE["creators"]] == names
    ids = [one.get("orcid", "").removeprefix("https://orcid.org/") for one in CITATION["authors"]]
    assert [one.get("orcid", "") for one in ARCHIVE["creators"]] == ids


def test_the_package_is_of_that_version_and_licence():
    assert PROJECT["version"] == CITATION["version"]
    assert PROJECT["license"] == CITATION["license"]
    assert "BSD 3-Clause" in (ROOT / "LICENSE").read_text()


def test_the_archive_is_open_software():
    assert (ARCHIVE["upload_type"], ARCHIVE["access_right"]) == ("software", "open")
    if "publication_date" in ARCHIVE:
        date.fromisoformat(ARCHIVE["publication_date"])


def test_the_licence_of_data_and_weights_is_stated():
    notice = (ROOT / "NOTICE.md").read_text()
    assert "src/tractable/segmenter/released/" in notice
    assert "CC BY 4.0" in notice
    assert "CC BY 4.0" in ARCHIVE["description"]


def test_a_wheel_has_all_that_the_package_reads():
    """Templates, tables and weights among the modules; an editable install would hide a gap."""
    package = ROOT / "src" / "tractable"
    wanted = {
        path.relative_to(package)
        for path in package.rglob("*.*")
        if path.suffix != ".py" and "__pycache__" not in path.parts
    }
    packed = {path.relative_to(package) for each in PACKED for path in package.glob(each)}
    assert wanted <= packed
