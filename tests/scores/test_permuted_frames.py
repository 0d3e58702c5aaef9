"""Frames permuted: physics is lost without its own, a map that knows no frame loses nothing."""

from dataclasses import replace

import numpy as np
import planted
import pytest
import xarray as xr
from scipy.stats import kstest

from tractable.contracts import BadInput
from tractable.scores.agreement import sit
from tractable.scores.permuted_frames import gains, orders, permutation_scores
from tractable.scores.score import by_formant
from tractable.scores.sensitivity import skill_in

SPEAKERS = 3
LOST, SHARE = "V1 natural skill lost by permuted frames", "V1 permuted frames as good (%)"


def sat(**models: xr.Dataset) -> list:
    return sit([planted.speaker(k, SPEAKERS, **models) for k in range(SPEAKERS)], **planted.EXAM)


@pytest.fixture(scope="module")
def exam():
    return sat()[0]


def found(exam, **options) -> dict[str, xr.DataArray]:
    return {score.name: score.value for score in permutation_scores(exam, seed=1, **options)}


def test_in_every_order_it_is_the_skill_of_the_maps_in_that_order(exam):
    order = np.random.default_rng(0).permutation(planted.FRAMES)
    maps = exam.answers.distance_sensitivity
    skills = (skill_in(exam, of, "natural") for of in (maps.isel(frame=order), maps))
    gained = next(skills) - next(skills)
    xr.testing.assert_allclose(by_formant(gains(exam, [order])).isel(draw=0), gained)
    assert abs(gained).max() > 0.1


def test_physics_needs_its_own_frames_and_who_knows_none_loses_nothing(exam):
    scores = found(exam, permutations=50)
    for model in ("truth", "physics"):
        assert scores[SHARE].sel(model=model, formant="mean") == 0
        assert scores[LOST].sel(model=model, formant="mean") > 0.3
    for model in ("neutral_map", "mean_map"):
        np.testing.assert_allclose(scores[SHARE].sel(model=model), 50)
        np.testing.assert_allclose(scores[LOST].sel(model=model), 0, atol=1e-12)
    assert scores[SHARE].sel(model="motion_energy").isnull().all()


def test_the_share_is_uniform_of_who_answers_of_other_frames():
    """Orders that are themselves drawn: no share is likelier than another."""
    reference, random = planted.physics(planted.shapes(np.random.default_rng(0))), range(60)
    drawn = [np.random.default_rng([7, k]).permutation(planted.FRAMES) for k in random]
    lost = {f"order {k}": reference.isel(frame=order) for k, order in enumerate(drawn)}
    models = {name: of[list(planted.ANSWERED)] for name, of in lost.items()}
    shares = found(sat(**models)[0], permutations=100)[SHARE].sel(formant="mean")
    assert kstest(shares.sel(model=list(lost)) / 100, "uniform").pvalue > 0.05


def test_frames_stay_within_what_one_fold_holds_out():
    fold = np.array([0, 0, 1, 1, 1, 0])
    for order in orders(fold, 20, np.random.default_rng(0)):
        assert sorted(order) == list(range(6))
        np.testing.assert_array_equal(fold[order], fold)


def test_a_frame_that_one_model_cannot_answer_is_left_out_for_all(exam):
    answers = exam.answers.copy(deep=True)
    answers.distance_sensitivity.loc[{"model": "truth", "frame": 0}] = np.nan
    fewer = found(replace(exam, answers=answers), permutations=20)
    rest = found(exam.at(np.arange(1, planted.FRAMES)), permutations=20)
    for name in (LOST, SHARE):
        xr.testing.assert_allclose(fewer[name], rest[name])


def test_one_frame_has_no_other(exam):
    for score in found(exam.at(np.arange(1)), permutations=3).values():
        assert score.isnull().all()


def test_no_permutation_is_refused(exam):
    with pytest.raises(BadInput, match="permutations: 0, at least 1 is needed"):
        found(exam, permutations=0)
