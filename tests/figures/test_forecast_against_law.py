"""The figure of forecasts and laws: who is right in both, and who in the forecast alone."""

from functools import partial

import numpy as np
import pytest

from tests.moved import STILL, with_noise
from tractable.contracts import BadInput
from tractable.figures import forecast_against_law
from tractable.figures.curves import means
from tractable.figures.forecast_against_law import COLUMNS, FORECAST, STIFFNESS, TRUE

SHOWN = {
    "variable": STILL,
    "laws": {"linear": 1.0, "ramp": 3.5},
    "taught": 30,
    "network": {"width": 8, "steps": 40},
    "penalty": 0.01,
    "confidence": 0.95,
    "seed": 1,
}


stores = partial(with_noise, noise=0.1)


@pytest.fixture(scope="module")
def numbers():
    return forecast_against_law.numbers(stores("s0", "s1"), **SHOWN)


def mean_of(numbers, law, model, measure):
    rows = means(numbers).set_index(["law", "model", "measure"]).value
    return rows[law, model, measure]


def test_the_law_that_made_them_is_right_in_both(numbers):
    for law in SHOWN["laws"]:
        assert mean_of(numbers, law, TRUE, FORECAST) == pytest.approx(1)
        assert mean_of(numbers, law, TRUE, STIFFNESS) == pytest.approx(1, abs=0.25)


def test_a_network_forecasts_a_ramp_without_its_law(numbers):
    """The damped spring does neither; of what is linear all hold the law."""
    network, spring = (
        [mean_of(numbers, "ramp", model, measure) for measure in (FORECAST, STIFFNESS)]
        for model in ("neural ODE", "damped spring")
    )
    assert network[0] < 1.3 < spring[0]
    assert max(network[1], spring[1]) < 0.5
    for model in ("damped spring", "hybrid ODE"):
        assert mean_of(numbers, "linear", model, STIFFNESS) == pytest.approx(1, abs=0.1)


def test_means_are_drawn_where_the_table_has_them(numbers):
    figure = forecast_against_law.draw(numbers, families={})
    assert [axes.get_title() for axes in figure.axes] == [*SHOWN["laws"]]
    for axes in figure.axes:
        signs = {line.get_gid(): line.get_xydata()[0] for line in axes.lines}
        for model in forecast_against_law.STYLES:
            expected = [
                mean_of(numbers, axes.get_title(), model, of) for of in (FORECAST, STIFFNESS)
            ]
            np.testing.assert_allclose(signs[model], expected)


def test_the_caption_says_where_everybody_stands(numbers):
    words = forecast_against_law.caption(numbers)
    assert "each of 2 speakers" in words
    assert "Of linear: true law error 1" in words
    for model in forecast_against_law.STYLES:
        assert words.count(f"{model} error") == len(SHOWN["laws"])


def test_without_plateaus_there_is_nothing_to_show():
    nobody = stores("s0")
    nobody["s0"]["dynamics"]["noise_autocovariance"][:] = np.nan
    empty = forecast_against_law.numbers(nobody, **SHOWN)
    assert (len(empty), [*empty.columns]) == (0, [*COLUMNS])


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"laws": {"target": 5.0}}, "'target' has no stiffness at its target; those that have"),
        ({"variable": "lip apperture"}, "did you mean 'lip aperture'"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(wrong, complaint):
    with pytest.raises(BadInput, match=f"forecast_against_law: .*{complaint}"):
        forecast_against_law.numbers(stores("s0"), **SHOWN | wrong)
