"""The committed results hold what the project promises of them."""

from pathlib import Path

import pytest

from tractable import score_table
from tractable.report.__main__ import rewritten

ROOT = Path(__file__).parents[1]
NATURAL = "V1 natural skill"


@pytest.fixture(scope="module")
def rows():
    """Scores that are of no formant, by name, with what stands beside them."""
    table = score_table.read(ROOT / "reports" / "scores.csv")
    rows = table[(table.corpus == "phantom") & table.formant.isin(["all", "mean"])]
    return rows.set_index(["model", "score"])


@pytest.fixture(scope="module")
def phantom(rows):
    return rows.value


@pytest.mark.parametrize("tissue", ["upper", "lower", "wall"])
def test_contours_of_unseen_heads_are_within_four_tenths_of_a_pixel(phantom, tissue):
    assert phantom["contours", f"contour error {tissue} (px)"] < 0.4


def test_the_tube_on_true_areas_is_within_one_percent(phantom):
    assert phantom["tube_true_areas", "formant error against poles (%)"] < 1


def test_the_hybrid_is_as_accurate_as_the_best_black_box_and_agrees_more(phantom):
    error, skill = (phantom.xs(name, level="score") for name in ("V0 error (%)", NATURAL))
    boxes = ["mlp", "mlp_jacobian", "mlp_components", "gaussian_process", "lstm", "lwr", "ridge"]
    assert error["hybrid"] < 1.07 * error[boxes].min()
    assert skill["hybrid"] > skill[boxes].max() + 0.1


def test_with_little_data_the_hybrid_is_ahead(phantom):
    error = phantom.xs("V0 error with 3 % of the data (%)", level="score")
    skill = phantom.xs("V1 natural skill with 3 % of the data", level="score")
    tubes = ["hybrid", "tube_calibrated"]
    assert error["hybrid"] < 0.92 * error.drop(tubes).min()
    assert skill["hybrid"] > skill.drop(tubes).max() + 0.1


def test_nine_tenths_of_distances_are_within_their_intervals(phantom):
    covered = phantom.xs("V0 90 % interval of distances (% covered)", level="score")
    assert covered.between(85, 95).all()


def test_the_articulatory_hybrid_knows_what_sound_does_not_tell(phantom, rows):
    posterior = rows.loc[("hybrid_inverse", "V8 posterior ratio")]
    assert posterior.value > max(1.2, posterior["null"])
    assert rows.loc[("hybrid_inverse", "V8 posterior ratio over a constant's")].low > 1
    shapes = phantom.xs("V0 formant error of shapes (%)", level="score")
    assert shapes.idxmin() == "hybrid_inverse"


def test_physics_is_told_from_a_neutral_tract(phantom):
    skill = phantom.xs("V1 natural skill", level="score")
    assert skill["hybrid"] > max(skill["mlp"], skill["ridge"], skill["lwr"], 0)


def test_the_tables_in_readme_are_those_of_the_committed_scores(monkeypatch):
    """`make readme` makes them anew."""
    monkeypatch.chdir(ROOT)
    text = Path("README.md").read_text("utf-8")
    assert text.count("<!-- scores:") == 4
    assert rewritten(text) == text
