"""From stores on disk to a store of scores per corpus and the table."""

import numpy as np
import pandas as pd
import pytest
import simulated
from test_battery import OPTIONS

from tractable.comparison_table import read
from tractable.contracts import SCORES, BadInput
from tractable.scores import score_corpora
from tractable.scores.corpora import CONTRACTS, Unkept
from tractable.stage import check_options
from tractable.store import load, save
from tractable.whole import remove, replicate

SKILL = "V1 natural skill"
CORPORA = {
    "phantom": {"speakers": ["s0", "s1"]},
    "clip": {"speakers": ["s0"]},
}
STATISTICS = {
    "simulated": ["phantom"],
    "confidence": 0.95,
    "counterparts": {"neutral_map": "physics", "reversed": "honest"},
    "comparisons": {
        "families": {"primary": [{"first": "deaf", "second": "reversed", "measures": [SKILL]}]},
        "chance": 0.8,
        "effects": {SKILL: 0.1},
    },
    "battery": OPTIONS,
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Inputs on disk: two simulated speakers, and a recorded one held out by blocks."""
    root = tmp_path_factory.mktemp("data")
    for corpus, entry in CORPORA.items():
        for number, name in enumerate(entry["speakers"]):
            for noun, data in simulated.stores(number, 2, corpus == "phantom").items():
                blocks = (corpus, noun) == ("clip", "folds")
                path = root / noun / corpus / f"{name}.zarr"
                save(in_blocks(data) if blocks else data, path, CONTRACTS[noun])
    return {noun: root / noun for noun in CONTRACTS}


@pytest.fixture
def folders(stored, tmp_path, monkeypatch):
    """A project without memo, where those inputs are read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACTABLE_MEMO", "off")
    monkeypatch.setenv("TRACTABLE_WORKERS", "1")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    return stored


def in_blocks(folds):
    """One speaker alone is held out block by block."""
    late = np.arange(folds.sizes["time"]) * 2 >= folds.sizes["time"]
    role = np.where(np.stack([late, ~late]), "test", "train")
    return folds.assign(role=(("fold", "time"), role))


def two(folder):
    """Where the tables go."""
    return [folder / name for name in ("scores.csv", "comparisons.csv")]


def test_table_and_stores_are_written_whole(folders, tmp_path):
    scores, (table, compared) = tmp_path / "scores", two(tmp_path)
    score_corpora(folders, scores, table, compared, CORPORA, **STATISTICS)
    clip, phantom = (load(scores / f"{name}.zarr", SCORES) for name in ("clip", "phantom"))
    assert clip.attrs["corpus"] == "clip"
    assert (list(clip.held_out_fold), list(phantom.held_out_fold)) == ([-1], [0, 1])
    found = pd.read_csv(table, keep_default_na=False)
    skill = found[(found.score == SKILL) & (found.formant == "mean")]
    skill = skill.set_index(["corpus", "model"])
    assert float(skill.value["phantom", "honest"]) == pytest.approx(1, abs=0.01)
    assert skill.n_speakers["phantom", "honest"] == 2
    assert skill.low["clip", "honest"] == ""
    assert float(skill.ceiling["clip", "honest"]) < 1
    poles = found[(found.corpus == "clip") & (found.score == "V0 error against poles (%)")]
    assert (poles.value == "not applicable").all()
    differences = read(compared).set_index("corpus")
    assert (differences.difference > 0.5).all()
    assert dict(differences.n_speakers) == {"phantom": 2, "clip": 1}


def test_a_missing_truth_is_refused_and_not_called_not_applicable(folders, tmp_path):
    partial = folders | {"truth": tmp_path / "truth"}
    replicate(folders["truth"] / "phantom" / "s0.zarr", partial["truth"] / "phantom" / "s0.zarr")
    with pytest.raises(BadInput, match="phantom/s1"):
        score_corpora(partial, tmp_path / "scores", *two(tmp_path), CORPORA, **STATISTICS)
    assert not any(path.exists() for path in two(tmp_path))


@pytest.mark.parametrize(
    "wrong, complaint",
    [
        ({"battery": {**OPTIONS, "widht": 0.01}}, "battery: .*'widht'; did you mean 'width'"),
        (
            {"battery": {**OPTIONS, "equally_accurate": {"withn": 0.1, "among": []}}},
            "battery: equally_accurate: .*'withn'; did you mean 'within'",
        ),
        (
            {"comparisons": {"famlies": {}, "chance": 0.8, "effects": {}}},
            "comparisons: .*'famlies'; did you mean 'families'",
        ),
    ],
)
def test_a_misspelt_option_is_named_before_data_are_read(wrong, complaint):
    with pytest.raises(BadInput, match=complaint):
        check_options(score_corpora, STATISTICS | wrong, "scores")


def test_a_simulated_corpus_that_nobody_listed_is_named(folders, tmp_path):
    wrong = STATISTICS | {"simulated": ["fantom"]}
    with pytest.raises(BadInput, match="fantom"):
        score_corpora(folders, tmp_path / "scores", *two(tmp_path), CORPORA, **wrong)


def test_what_was_read_of_a_store_is_not_kept(stored, tmp_path):
    """Take the files away, and it is gone; a store as it is opened remembers."""
    path = tmp_path / "s0.zarr"
    replicate(stored["areas"] / "phantom" / "s0.zarr", path)
    remembers, forgets = (load(path, CONTRACTS["areas"]) for _ in range(2))
    forgets = Unkept({"areas": forgets})
    first = [of["areas"].distance.values.copy() for of in ({"areas": remembers}, forgets)]
    np.testing.assert_array_equal(*first)
    remove(path / "distance" / "c.0.0")
    np.testing.assert_array_equal(remembers.distance, first[0])
    assert (forgets["areas"].distance.values != first[0]).all()
    assert list(forgets) == ["areas"]
