"""Shapes of many heads, none of them a phantom's."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from tractable.atlas import ATLAS, PHONES, build, draw_anatomies, draw_states
from tractable.simulator import JD3, TRACT, Anatomy, limits, shapes

ROOT = Path(__file__).parents[2]
RECIPE = yaml.safe_load((ROOT / "stages/segmenter/params.yaml").read_text())["atlas"]
SMALL = RECIPE | {"anatomies": 2, "shapes_per_anatomy": 3}


def released_anatomies():
    random = np.random.default_rng(RECIPE["seed"])
    return draw_anatomies(RECIPE["anatomies"], RECIPE["ranges"], random)


def test_no_phantom_speaker_is_in_the_release():
    """Mean proportions differ by 1 % at least from those of every phantom speaker."""
    phantom = yaml.safe_load((ROOT / "params.yaml").read_text())["phantom"]["speakers"]
    theirs = np.array([Anatomy(**speaker["anatomy"]) for speaker in phantom.values()])
    ours = np.array(released_anatomies())
    away = np.abs(ours[:, None] - theirs) * [1, 1, 1, 1, 1, 10]  # 1 mm of depth counts as 1 %
    assert away.mean(-1).min() > 0.01


def test_anatomies_fill_their_ranges():
    for name, (low, high) in RECIPE["ranges"].items():
        values = np.sort([getattr(person, name) for person in released_anatomies()])
        edges = np.linspace(low, high, len(values) + 1)
        assert (values >= edges[:-1]).all()
        assert (values <= edges[1:]).all()


def test_same_seed_same_shapes():
    one, again = build(**SMALL), build(**SMALL)
    other = build(**SMALL | {"seed": 2})
    assert one.identical(again)
    assert not np.array_equal(one.upper, other.upper)
    ATLAS.check(one)
    assert one.anatomy_of.values.tolist() == [0, 0, 0, 1, 1, 1]


def test_states_at_rest_are_mixtures_of_phones():
    random = np.random.default_rng(0)
    states = draw_states(JD3, 40, 0.0, 0.0, random)
    known = shapes(PHONES, JD3)
    assert (states >= known.min(0) - 1e-9).all()
    assert (states <= known.max(0) + 1e-9).all()


def test_restless_states_stay_within_the_limits():
    low, high = limits(JD3).T
    states = draw_states(JD3, 40, 5.0, 0.0, np.random.default_rng(0))
    assert (states >= low).all()
    assert (states <= high).all()
    assert (states == high).any()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_velums_hang_as_often_as_asked(share):
    velum = draw_states(JD3, 60, 0.0, share, np.random.default_rng(0))[:, TRACT.index("VO")]
    assert (velum > 0.3).mean() == pytest.approx(0.65 * share, abs=0.2)
