"""Models against models: pairs, families and verdicts of scores whose differences are known."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import ttest_1samp

from tractable.comparison_table import COLUMNS, read
from tractable.contracts import BadInput
from tractable.scores.assembly import assembled
from tractable.scores.comparisons import comparison_table
from tractable.scores.score import Score, by_formant
from tractable.statistics import least_effect, speakers_needed

SKILL, ERROR, SHAPES = "V1 natural skill", "V0 error (%)", "V0 rms error (mm)"
COUNTERPARTS = {"shuffled": "mlp", "shuffled_inverse": "mlp_inverse", "map": "physics"}
PRIMARY = {"first": "hybrid", "second": "best_black_box", "measures": [SKILL, ERROR]}
CONTROLS = {"first": "honest", "second": "control", "measures": [ERROR, SHAPES, SKILL]}
OPTIONS = {
    "families": {"primary": [PRIMARY], "secondary": [CONTROLS]},
    "chance": 0.8,
    "effects": {SKILL: 0.02},
}
JITTER = (0.0, 0.02, -0.02, 0.01)


def forward(speaker: int, **models: float) -> xr.DataArray:
    """Values of F1 to F3, all the same, each speaker at a level of their own."""
    level = np.array(list(models.values())) + 3.0 * speaker
    level[:2] += [JITTER[speaker], JITTER[speaker] / 2]  # of the first two models alone
    values = np.repeat(level[:, None], 3, 1)
    return by_formant(xr.DataArray(values, {"model": list(models), "formant": [1, 2, 3]}))


def corpus(speakers: int) -> xr.Dataset:
    """The mlp is more accurate than ridge, which is more skilled."""
    scores = {}
    for k in range(speakers):
        skill = forward(k, hybrid=0.8, mlp=0.5, ridge=0.7, tube=0.9, shuffled=0.0)
        error = forward(k, hybrid=3.0, mlp=3.0, ridge=5.0, tube=9.0, shuffled=20.0)
        labels = {"model": ["mlp_inverse", "shuffled_inverse"], "formant": ["all"]}
        shapes = xr.DataArray([[2.0 + k + JITTER[k]], [4.0 + k]], labels)
        scores[f"s{k}"] = [
            Score(SKILL, skill, 1),
            Score(ERROR, error, -1),
            Score("VR residual share", forward(k, hybrid=0.1, tube=0.0), -1),
            Score(SHAPES, shapes, -1, direction="inverse"),
        ]
    return assembled("phantom", scores, {})


def compared(speakers: int = 4, **changes):
    found = {"phantom": corpus(speakers)}
    return comparison_table(found, 0.95, COUNTERPARTS, **(OPTIONS | changes))


@pytest.fixture(scope="module")
def table():
    return compared()


def row(table, measure, first):
    (found,) = table[(table.measure == measure) & (table["first"] == first)].itertuples()
    return found


def test_columns_are_promised_and_read_back(table, tmp_path):
    assert list(table.columns) == list(COLUMNS)
    table.to_csv(tmp_path / "comparisons.csv", index=False)
    again = read(tmp_path / "comparisons.csv")
    assert row(again, SKILL, "hybrid").difference == pytest.approx(0.1025)
    with pytest.raises(BadInput, match="dvc repro scores"):
        read(tmp_path / "elsewhere.csv")


def test_the_best_black_box_is_the_best_in_the_very_measure(table):
    assert row(table, SKILL, "hybrid").second == "ridge"
    assert row(table, ERROR, "hybrid").second == "mlp"


def test_differences_are_paired_and_verdicts_know_which_way_is_better(table):
    """Speakers are 3 apart, models .1: only a paired test sees that."""
    found = row(table, SKILL, "hybrid")
    assert (found.verdict, found.n_speakers) == ("ahead", 4)
    assert row(table, ERROR, "hybrid").verdict == "open"
    assert row(table, ERROR, "mlp").verdict == "ahead"
    swapped = {"primary": [{"first": "ridge", "second": "mlp", "measures": [ERROR]}]}
    assert row(compared(families=swapped), ERROR, "ridge").verdict == "behind"


def test_speakers_of_a_fold_are_one_draw_of_its_models(table):
    """By hand: over four speakers, and over two folds, which nothing can be told from."""
    alone = row(table, SKILL, "hybrid")
    assert (alone.n_folds, alone.p_folds) == (4, alone.p)
    pairs = corpus(4).assign(held_out_fold=("speaker", [0, 0, 1, 1]))
    shared = comparison_table({"phantom": pairs}, 0.95, COUNTERPARTS, **OPTIONS)
    found = row(shared, SKILL, "hybrid")
    assert (found.n_speakers, found.n_folds, found.p) == (4, 2, alone.p)
    assert found.p_folds == ""


def test_flips_of_signs_stand_beside_and_decide_nothing(table):
    """Four speakers who all say the same: 2 of 16 flips, which shows nothing at 5 %."""
    found = row(table, SKILL, "hybrid")
    assert (float(found.p_signs), found.verdict) == (0.125, "ahead")
    assert float(found.p_holm) == pytest.approx(2 * float(found.p), rel=1e-3)


def test_over_folds_less_is_shown():
    """Six speakers in three folds: over speakers beyond chance, over folds not."""
    given = corpus(4).isel(speaker=[0, 0, 1, 1, 2, 2])
    given = given.assign_coords(speaker=[f"s{k}" for k in range(6)])
    given.value.loc[{"score": SKILL}] = 0.0
    values = np.array([0.5, 0.5, 0.1, 0.12, 0.3, 0.31])[:, None]
    given.value.loc[{"score": SKILL, "model": "hybrid"}] = np.repeat(values, 5, 1)
    given = given.assign(held_out_fold=("speaker", [0, 0, 1, 1, 2, 2]))
    entry = {"first": "hybrid", "second": "tube", "measures": [SKILL]}
    tests = comparison_table(
        {"phantom": given}, 0.95, COUNTERPARTS, **(OPTIONS | {"families": {"primary": [entry]}})
    )
    (found,) = tests.itertuples()
    means = [0.5, 0.11, 0.305]
    assert float(found.p) == pytest.approx(ttest_1samp(values[:, 0], 0).pvalue, rel=1e-3)
    assert float(found.p_folds) == pytest.approx(ttest_1samp(means, 0).pvalue, rel=1e-3)
    assert float(found.p) == float(found.p_holm) < 0.05 < float(found.p_folds)
    assert found.verdict == "ahead"


def test_holm_is_within_a_family_of_its_own(table):
    primary = table[table.family == "primary"].set_index("measure")
    p, adjusted = primary.p.astype(float), primary.p_holm.astype(float)
    assert adjusted[SKILL] == pytest.approx(2 * p[SKILL], rel=1e-3)
    assert adjusted[ERROR] == p[ERROR]


def test_what_so_many_speakers_could_show(table):
    """By the spread of their differences; an effect that nobody names needs no speakers."""
    found = row(table, SKILL, "hybrid")
    spread = np.std(JITTER, ddof=1)
    expected = spread * least_effect(4, chance=0.8, confidence=0.95)
    assert float(found.least_shown) == pytest.approx(expected, rel=1e-3)
    assert float(found.effect) == 0.02
    assert float(found.speakers_needed) == speakers_needed(
        0.02 / spread, chance=0.8, confidence=0.95
    )
    assert (row(table, ERROR, "hybrid").effect, row(table, ERROR, "hybrid").speakers_needed) == (
        "",
        "",
    )


def test_every_control_that_can_be_asked_meets_its_counterpart(table):
    controls = table[table.family == "secondary"]
    pairs = list(zip(controls.measure, controls["first"], controls.second, strict=True))
    assert pairs == [
        (ERROR, "mlp", "shuffled"),
        (SHAPES, "mlp_inverse", "shuffled_inverse"),
        (SKILL, "mlp", "shuffled"),
    ]


def test_what_is_so_by_definition_is_no_finding():
    """The map is 0 and physics 1 of every speaker, whatever the shapes."""
    given = corpus(4)
    given = given.reindex(model=[*given.model.values, "physics", "map"])
    for model, known in (("physics", 1.0), ("map", 0.0)):
        given.value.loc[{"score": SKILL, "model": model}] = known
    table = comparison_table({"phantom": given}, 0.95, COUNTERPARTS, **OPTIONS)
    found = row(table, SKILL, "physics")
    assert (found.difference, found.p, found.p_holm, found.verdict) == ("1", "", "", "")
    assert (found.p_folds, found.p_signs) == ("", "")


def test_a_control_has_no_effect_that_matters(table):
    found = row(table, SKILL, "mlp")
    assert (found.second, found.effect, found.speakers_needed) == ("shuffled", "", "")


def test_a_family_of_nobody_has_no_row():
    assert compared(families={"primary": []}).empty


def test_who_was_not_asked_has_a_row_without_numbers():
    entry = PRIMARY | {"measures": ["V0 error with 3 % of the data (%)"]}
    (found,) = compared(families={"primary": [entry]}).itertuples()
    assert (found.second, found.n_speakers) == ("best_black_box", 0)
    assert (found.difference, found.p, found.p_holm, found.verdict) == ("", "", "", "")


@pytest.mark.parametrize("speakers", [1, 2])
def test_few_speakers_have_a_difference_and_no_p(speakers):
    found = row(compared(speakers), SKILL, "hybrid")
    assert float(found.difference) == pytest.approx(0.1, abs=0.011)
    assert (found.n_speakers, found.p, found.p_holm, found.verdict) == (speakers, "", "", "")
    assert found.p_signs == ""


@pytest.mark.parametrize(
    "entry, message",
    [
        (PRIMARY | {"frist": "hybrid"}, "primary: unknown parameter 'frist'; did you mean 'first'"),
        ({"first": "hybrid", "measures": []}, "primary: parameter second is missing"),
    ],
)
def test_an_entry_that_says_something_else_is_refused(entry, message):
    with pytest.raises(BadInput, match=message):
        compared(families={"primary": [entry]})
