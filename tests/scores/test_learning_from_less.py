"""A model that 3 % of the data leave deaf, and that one speaker teaches all there is to know."""

import numpy as np
import pytest
import simulated
import xarray as xr
from test_battery import OPTIONS, SPEAKERS, corpus, value

from tractable.contracts import BadInput
from tractable.scores import battery, score_table
from tractable.scores.efficiency import ALL

LESS, ALONE = "3 % of the data", "one speaker"


@pytest.fixture(scope="module")
def scores() -> xr.Dataset:
    return battery("phantom", corpus(True), **OPTIONS)


@pytest.mark.parametrize(("amount", "taught"), [(LESS, "deaf"), (ALONE, "honest")])
def test_less_is_judged_as_all_the_data_are(scores, amount, taught):
    """What is taught so much says the same as a model of all the data, and scores the same."""
    for less, full in (
        (f"V0 error with {amount} (%)", "V0 error (%)"),
        (f"V1 natural skill with {amount}", "V1 natural skill"),
    ):
        np.testing.assert_allclose(value(scores, less, "honest"), value(scores, full, taught))
        for beside in ("null", "ceiling"):
            np.testing.assert_array_equal(
                scores[beside].sel(score=less), scores[beside].sel(score=full)
            )


def test_curves_end_with_all_the_data(scores):
    assert list(scores.amount.values) == [LESS, ALONE, ALL]
    np.testing.assert_array_equal(scores.share, [0.03, np.nan, 1.0])
    assert list(scores.learner.values) == ["honest"]
    full = scores.sel(amount=ALL, learner="honest", formant="mean")
    for curve, score in (("error", "V0 error (%)"), ("skill", "V1 natural skill")):
        found = full[f"efficiency_{curve}"]
        np.testing.assert_allclose(found, value(scores, score, "honest"))
    less = scores.efficiency_skill.sel(amount=LESS, learner="honest", formant="mean")
    np.testing.assert_allclose(less, value(scores, f"V1 natural skill with {LESS}", "honest"))


def test_the_table_has_rows_of_those_alone_who_learnt_from_less(scores):
    table = score_table({"phantom": scores}, confidence=0.95, counterparts={})
    rows = table[table.score == f"V0 error with {LESS} (%)"]
    assert set(rows.model) == {"honest"}
    assert list(rows.formant) == ["F1", "F2", "F3", "mean"]
    assert set(rows.direction) == {"efficiency"}


def test_no_amounts_leave_all_the_data():
    nothing = {
        name: of | {"efficiency": of["efficiency"].isel(amount=slice(0))}
        for name, of in corpus(False).items()
    }
    found = battery("clip", nothing, **OPTIONS)
    assert list(found.amount.values) == [ALL]
    assert "efficiency" not in found.direction.values


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda of: of.isel(frame=slice(1, None)), "other frames"),
        (lambda of: of.assign_coords(model=["stranger"]), "stranger, which data/explanations"),
        (lambda of: of.isel(amount=slice(1)), "other amounts than the rest in data/efficiency"),
    ],
)
def test_what_does_not_belong_together_is_refused(damage, words):
    speakers = corpus(True)
    last = f"s{SPEAKERS - 1}"
    damaged = {"efficiency": damage(simulated.stores(SPEAKERS - 1, SPEAKERS)["efficiency"])}
    if "other amounts" not in words:
        speakers = {
            name: of | {"efficiency": damage(of["efficiency"])} for name, of in speakers.items()
        }
    with pytest.raises(BadInput, match=words):
        battery("phantom", speakers | {last: speakers[last] | damaged}, **OPTIONS)
