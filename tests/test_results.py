"""The committed results hold what the project promises of them."""

from pathlib import Path

import pytest

from tractable import score_table

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def phantom():
    """Scores that are of no formant, by name."""
    table = score_table.read(ROOT / "reports" / "scores.csv")
    rows = table[(table.corpus == "phantom") & table.formant.isin(["all", "mean"])]
    return rows.set_index(["model", "score"]).value


@pytest.mark.parametrize("tissue", ["upper", "lower", "wall"])
def test_contours_of_unseen_heads_are_within_four_tenths_of_a_pixel(phantom, tissue):
    assert phantom["contours", f"contour error {tissue} (px)"] < 0.4


def test_the_tube_on_true_areas_is_within_one_percent(phantom):
    assert phantom["tube_true_areas", "formant error against poles (%)"] < 1


def test_physics_is_told_from_a_neutral_tract(phantom):
    skill = phantom.xs("V1 natural skill", level="score")
    assert skill["hybrid"] > max(skill["mlp"], skill["ridge"], skill["lwr"], 0)
