"""Pictures land where they may be seen, and come out as the same bytes every time."""

import json

import matplotlib
import numpy as np
import pytest
from conftest import score_store, speaker

from tractable import score_table
from tractable.contracts import SCORES, BadInput
from tractable.figures import gallery
from tractable.figures.gallery import CONTRACTS, best_black_box, draw_all, make_picture
from tractable.store import save

FAMILIES = {"tube": ["hybrid", "tube"], "physics": ["physics"], "control": ["shuffled"]}
PICTURES = {
    "accuracy_against_physics": {
        "accuracy": "V0 error (%)",
        "agreement": "V1 natural skill",
        "left_out": [],
        "least_skill": -1.0,
    },
    "vowel_space": {"models": ["hybrid"], "vowels": ["i", "a", "u"], "least_frames": 5},
}
CORPORA = {"phantom": {"speakers": ["sim1"]}, "recorded": {"speakers": ["voice"]}}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two corpora on disk, one of them of a recorded voice."""
    data = tmp_path_factory.mktemp("data")
    for corpus, entry in CORPORA.items():
        for name in entry["speakers"]:
            for noun, store in speaker(name, corpus).items():
                save(store, data / noun / corpus / f"{name}.zarr", CONTRACTS[noun])
        scores = score_store(corpus, entry["speakers"], simulated=corpus == "phantom")
        save(scores, data / "scores" / f"{corpus}.zarr", SCORES)
    return {noun: data / noun for noun in CONTRACTS}


@pytest.fixture
def project(tmp_path, folders, table):
    return folders, table, tmp_path / "open", tmp_path / "own"


def drawn(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_what_is_drawn_of_recorded_people_stays_apart(project, monkeypatch):
    monkeypatch.setattr(gallery, "run_tasks", lambda tasks: [task() for task in tasks])
    *_, shown, restricted = project
    stale = shown / "phantom" / "old.png"
    stale.parent.mkdir(parents=True)
    stale.touch()
    draw_all(*project, CORPORA, simulated=["phantom"], families=FAMILIES, pictures=PICTURES)
    endings = ("csv", "json", "png", "svg")
    assert drawn(restricted) == ["README.txt"] + [f"recorded/vowel_space.{e}" for e in endings]
    assert drawn(shown) == [f"accuracy_against_physics.{e}" for e in endings] + [
        f"phantom/vowel_space.{e}" for e in endings
    ]
    about = json.loads((shown / "phantom/vowel_space.json").read_text())
    assert about["parameters"] == PICTURES["vowel_space"]
    assert len(about["inputs"]) == 2
    assert "2 speakers" not in about["caption"]


def test_the_same_bytes_twice_whatever_the_users_own_style(table, tmp_path):
    for k, name in enumerate(("one", "two")):
        with matplotlib.rc_context({"font.size": 7 + 9 * k, "svg.hashsalt": str(k)}):
            (tmp_path / name).mkdir()
            place = tmp_path / name / "accuracy_against_physics"
            options = PICTURES[place.name]
            make_picture(place.name, None, {}, table, place, families=FAMILIES, options=options)
    one, two = (
        {p.name: p.read_bytes() for p in (tmp_path / n).iterdir() if p.suffix != ".json"}
        for n in ("one", "two")
    )
    assert one == two
    assert b"<dc:date>" not in one["accuracy_against_physics.svg"]


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("formants_over_time", "seconds", 0.5),
        ("accuracy_against_physics", "least_skill", -2.0),
    ],
)
def test_a_parameter_of_one_figure_changes_that_figure_and_no_other(
    project, monkeypatch, name, option, value
):
    """Neither its bytes nor, for the memo, what it is made of."""
    *_, shown, restricted = project
    asked = PICTURES | {"formants_over_time": {"models": ["hybrid"], "seconds": 1.0}}
    keys, found = [], []
    monkeypatch.setattr(
        gallery,
        "run_tasks",
        lambda tasks: keys.append({t.label: t.key("") for t in tasks}) or [t() for t in tasks],
    )
    for pictures in (asked, asked | {name: asked[name] | {option: value}}):
        draw_all(*project, CORPORA, simulated=["phantom"], families=FAMILIES, pictures=pictures)
        files = [path for folder in (shown, restricted) for path in folder.rglob("*.*")]
        found.append({path: path.read_bytes() for path in files})
    assert found[0].keys() == found[1].keys()
    changed = {path for path in found[0] if found[0][path] != found[1][path]}
    assert {path.stem for path in changed} == {name}
    assert {path.suffix for path in changed} == {".svg", ".png", ".json", ".csv"} - (
        {".csv"} if option == "least_skill" else set()
    )
    relabelled = {label for label in keys[0] if keys[0][label] != keys[1][label]}
    assert {label.rpartition("/")[2] for label in relabelled} == {name}


def test_fonts_travel_with_the_picture(table, tmp_path):
    place = tmp_path / "accuracy_against_physics"
    options = PICTURES[place.name]
    make_picture(place.name, None, {}, table, place, families=FAMILIES, options=options)
    assert "<text" not in place.with_suffix(".svg").read_text()


def test_a_corpus_with_nothing_to_show_says_so(project):
    folders, table, shown, _ = project
    store = folders["predictions"] / "phantom" / "sim1.zarr"
    stores = {"sim1": {"predictions": store, "formants": folders["formants"] / "phantom/sim1.zarr"}}
    options = PICTURES["vowel_space"] | {"vowels": ["Q"]}
    shown.mkdir()
    arguments = ("vowel_space", "phantom", stores, table, shown / "vowel_space")
    make_picture(*arguments, families=FAMILIES, options=options)
    about = json.loads((shown / "vowel_space.json").read_text())
    assert about["caption"].startswith("Nothing to show")


def test_what_needs_the_truth_is_drawn_where_it_is_known(project, monkeypatch):
    monkeypatch.setattr(gallery, "run_tasks", lambda tasks: [task() for task in tasks])
    *_, shown, restricted = project
    pictures = {"error_by_place": {"confidence": 0.95}}
    draw_all(*project, CORPORA, simulated=["phantom"], families=FAMILIES, pictures=pictures)
    told = {
        corpus: json.loads((folder / corpus / "error_by_place.json").read_text())["caption"]
        for corpus, folder in (("phantom", shown), ("recorded", restricted))
    }
    assert told["phantom"].startswith("Errors of what was measured")
    assert told["recorded"].startswith("Nothing to show")


def test_pictures_of_heads_have_no_table_beside_them(project, monkeypatch):
    monkeypatch.setattr(gallery, "run_tasks", lambda tasks: [task() for task in tasks])
    *_, shown, restricted = project
    pictures = {"contours_by_uncertainty": {"shown": 1}}
    draw_all(*project, CORPORA, simulated=["phantom"], families=FAMILIES, pictures=pictures)
    names = [f"contours_by_uncertainty.{e}" for e in ("json", "png", "svg")]
    assert drawn(shown) == [f"phantom/{name}" for name in names]
    assert drawn(restricted) == ["README.txt"] + [f"recorded/{name}" for name in names]


def test_the_best_black_box_is_the_most_accurate_one_that_no_family_names(table):
    scores = score_table.read(table)
    assert best_black_box(scores, "phantom", FAMILIES) == "mlp"
    with pytest.raises(BadInput, match="no black box"):
        best_black_box(scores, "elsewhere", FAMILIES)


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        ({"vowel_spice": {}}, "no figure 'vowel_spice'; did you mean 'vowel_space'?"),
        ({"vowel_space": {"model": []}}, "unknown parameter 'model'; did you mean 'models'?"),
        ({"vowel_space": {"models": []}}, "parameter vowels, least_frames is missing"),
    ],
)
def test_a_misspelt_choice_stops_before_anything_is_drawn(project, pictures, words):
    *_, shown, _ = project
    with pytest.raises(BadInput, match=words.replace("?", "[?]")):
        draw_all(*project, CORPORA, simulated=["phantom"], families=FAMILIES, pictures=pictures)
    assert drawn(shown) == []


def test_a_missing_speaker_is_refused(project):
    more = CORPORA | {"phantom": {"speakers": ["sim1", "sim2"]}}
    with pytest.raises(BadInput, match="phantom/sim2"):
        draw_all(*project, more, simulated=["phantom"], families=FAMILIES, pictures=PICTURES)


def test_a_corpus_without_scores_is_refused(project):
    folders, *rest = project
    elsewhere = folders | {"scores": folders["areas"]}
    with pytest.raises(BadInput, match=r"no store of phantom.*`dvc pull .*areas` brings it"):
        draw_all(
            elsewhere, *rest, CORPORA, simulated=["phantom"], families=FAMILIES, pictures=PICTURES
        )


def test_scores_read_from_the_table_are_numbers(table):
    scores = score_table.read(table)
    row = scores[(scores.corpus == "phantom") & (scores.model == "physics")].iloc[0]
    assert np.isnan(row.value)
    assert row["null"] == 15.0
