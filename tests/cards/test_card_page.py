"""The page says of every model what is tracked of it, and not applicable of the rest."""

import html
import re
from dataclasses import replace

import planted_cards as planted
import pytest

from tractable.cards import write_cards
from tractable.contracts import BadInput
from tractable.models import files

CORPORA = {"phantom": planted.SPEAKERS, "clip": ["anna"]}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    home = tmp_path_factory.mktemp("project")
    planted.plant_models(home / "models", CORPORA)
    planted.plant_folds(home / "folds", CORPORA)
    planted.plant_scores(home / "scores", CORPORA)
    (home / "scores.csv").write_text(planted.TABLE)
    return home


def written(home, **changes):
    folders = {noun: home / noun for noun in ("models", "folds", "scores")}
    corpora = {corpus: {"speakers": names} for corpus, names in CORPORA.items()}
    page, choices = home / "models.html", replace(planted.CHOICES, **changes)
    write_cards(folders, home / "scores.csv", page, corpora, planted.WORDING, choices)
    return page.read_text()


@pytest.fixture(scope="module")
def page(inputs):
    return written(inputs)


def card(page, model, corpus="phantom"):
    """Words of one model's card on one corpus, a line per row."""
    (part,) = re.findall(rf'<section id="{model}-{corpus}">(.*?)</section>', page, re.S)
    part = re.sub("<(small|/td|/th|/dt)>", " ", part)
    words = html.unescape(re.sub("<[^>]+>", "", part))
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[ \t]+", " ", words))


def test_every_model_has_a_card_and_a_line_of_the_index(page):
    for model in planted.MODELS:
        assert f'<article class="model" id="{model}">' in page
        assert f'<a href="#{model}">' in page


def test_whom_the_gate_stops_is_marked_in_the_index(page):
    rows = re.findall(r'<tr.*?><td><a href="#(\w+)">.*?</a>(.*?)</td>', page)
    marks = {name: re.sub("<[^>]+>", "", tags) for name, tags in rows}
    assert marks["tube"] == "stopped by V0, phantom"
    assert marks["ridge"] == "gate"
    assert marks["hybrid"] == ""


def test_words_come_from_the_parameters_and_are_escaped(page):
    assert page.count("a tube &amp; more") == 2  # index and card
    assert "No words on it" in page.split('id="ridge"')[1]


def test_errors_stand_with_their_intervals_by_formant_and_speaker(page):
    told = card(page, "hybrid")
    assert "all speakers 4.2 3.2 to 5.2 3.1 2.6 to 3.6" in told
    assert "the mean of what was learnt from 30 27" in told
    assert "f2 2 2\n" in told


def test_phones_stand_in_the_order_of_ease_darker_the_further_off(page):
    section = page.split('<section id="hybrid-phantom">')[1]
    chips = re.findall(r'--share: ([\d.]+)" title="([^"]*)"><b>(.)</b><small>([\d.]+)<', section)[
        :2
    ]
    assert chips == [
        ("0.07", "a: 2 % (3 speakers)", "a", "2"),
        ("1.00", "S: 27 % (3 speakers)", "ʃ", "27"),
    ]
    assert 'title="S: 1 mm' in page.split('<section id="ridge_inverse-phantom">')[1]


def test_numbers_learnt_and_what_the_search_chose(page):
    told = card(page, "ridge")
    assert "numbers learnt 27: weights 27" in told  # the intercept is the same in every fold
    assert "penalty: 0.1, 0.2" in told
    assert "f2, f3 24 100 f1 12 penalty 0.2" in told
    assert "nothing was searched" in card(page, "tube")


def test_a_fold_without_a_search_says_so_and_why(page):
    told = card(page, "ridge", "clip")
    assert "penalty: 0.1, 0.2" in told
    assert "no search in fold 1, where no frames could be held back" in told
    assert "the first choice stands: 0 training frames\n" in told
    assert told.count("no search") == 2  # and in the table of folds
    assert "no search" not in card(page, "ridge")


def test_the_seam_stands_beside_the_literature_and_the_simulator(page):
    told = card(page, "hybrid")
    assert "volume of the piriform fossae (cm3) 2.0 2.1 to 2.9 Dang & Honda 1.5" in told
    assert "acoustic over measured tract length 1.1 1 as measured 1.2" in told
    assert (
        "data:image/svg+xml"
        in page.split('<section id="hybrid-phantom">')[1].split("</section>")[0]
    )
    assert "The seam" not in card(page, "ridge")


def test_a_law_that_is_bent_says_how_much_a_network_has_in_it(page):
    assert "comes by that network (VR bend share): 0.12" in card(page, "hybrid")
    assert "that network" not in card(page, "tube")


def test_what_it_must_not_be_used_for_follows_from_the_facts(page):
    told = card(page, "hybrid").split("Learnt\n")[0]
    assert "0.30 of what it depends on is its residual's" in told
    assert "its 90 % intervals hold 76 %" in told
    assert "simulated speakers" in told
    assert "unnatural change" not in told  # above the constant map in every speaker
    assert "not more accurate" not in told
    assert "not more accurate (12 %) than the best of ridge (5.5 %)" in card(page, "tube")
    assert "yardstick" in card(page, "ridge")
    assert "no score says" in card(page, "ridge_inverse")


def test_coverage_is_told_where_a_score_has_it(page):
    assert "V0 90 % interval (% covered) 76 72 to 80" in card(page, "hybrid")
    assert "it does not say how unsure it is" in card(page, "ridge")


def test_one_recorded_speaker_without_truth_or_table(page):
    """No interval, no truth, no row: what is not there is not applicable."""
    told = card(page, "hybrid", "clip")
    assert "(1 speaker: no interval)" in told
    assert "one speaker" in told.split("Learnt\n")[0]
    assert "simulated" not in told.split("Learnt\n")[0]
    assert "V1 natural skill not applicable" in told
    assert "Accuracy: V0 error (%)\nnot applicable" in told
    assert "By phone (%)\nnot applicable" in told
    assert "Blocks of time" in told
    (walls,) = re.findall(r"closed-tract resonance of the walls \(Hz\) (.*)", told)
    assert "[" not in walls
    assert "the simulator's" not in told.split("The law of area")[1]


def test_the_page_asks_nothing_of_the_network(page):
    links = set(re.findall(r"""(?:src|href)=["'](?!data:|#)(.*?)["']""", page))
    assert {"index.html", "data.html", "../src/tractable/models/kinds/ridge.py"} <= links
    assert "http" not in re.sub("src='data:[^']*'", "", page)


def test_the_same_page_twice(inputs, page):
    assert written(inputs) == page


def test_every_file_of_a_model_is_opened_once(inputs, monkeypatch):
    read, opened = [], files.opened
    monkeypatch.setattr(files, "opened", lambda path: read.append(path) or opened(path))
    written(inputs)
    assert sorted(read) == sorted((inputs / "models").rglob("*.safetensors"))


def test_a_number_that_the_literature_leaves_out_is_refused(inputs):
    few = dict(planted.CHOICES.literature)
    del few["depth of the piriform fossae (cm)"]
    with pytest.raises(BadInput, match="literature: nothing on depth of the piriform"):
        written(inputs, literature=few)


@pytest.mark.parametrize("part", ["scores/clip.zarr", "folds/clip/anna.zarr", "models/clip"])
def test_what_is_missing_is_named_with_what_to_pull(inputs, part):
    hidden = inputs / "hidden"
    (inputs / part).rename(hidden)
    try:
        with pytest.raises(BadInput, match=f"dvc pull .*{part.partition('/')[0]}"):
            written(inputs)
    finally:
        hidden.rename(inputs / part)
