"""Scores by phone: a model that is right in one phone and turned round in the other."""

from dataclasses import replace

import numpy as np
import planted
import pytest
import xarray as xr

from tractable.scores.agreement import sit
from tractable.scores.agreement_by_phone import phone_scores, phones_explained
from tractable.scores.metrics import squared
from tractable.scores.sensitivity import sensitivity_scores

SPEAKERS = 4
OPTIONS = {"foregone": 0.85, "least_total": 0.25}
BEGINS = ("V1 natural skill", "V3 accuracy in informative cells", "V4 affiliation skill")


def right_in_a(reference: xr.Dataset) -> xr.Dataset:
    """The reference in frames of [a], every sign of it turned over elsewhere."""
    sign = np.where(np.arange(reference.sizes["frame"]) < planted.FRAMES // 3, 1.0, -1.0)
    return reference[list(planted.ANSWERED)] * xr.DataArray(sign, dims="frame")


@pytest.fixture(scope="module")
def exams():
    evidences = []
    for number in range(SPEAKERS):
        reference = planted.physics(planted.shapes(np.random.default_rng(number)))
        evidences.append(planted.speaker(number, SPEAKERS, half=right_in_a(reference)))
    return sit(evidences, **planted.EXAM)


@pytest.fixture(scope="module")
def scores(exams):
    found = phone_scores(exams[0], least_frames=3, **OPTIONS)
    return {score.name: score for score in found}


def of(scores, name, model):
    return float(scores[name].value.sel(model=model, formant="mean"))


def test_who_is_right_in_one_phone_alone_is_told_so(scores):
    for begin in BEGINS:
        assert of(scores, f"{begin} in a", "half") == pytest.approx(1)
        assert of(scores, f"{begin} in a", "truth") == pytest.approx(1)
        assert of(scores, f"{begin} in i", "truth") == pytest.approx(1)
    assert of(scores, "V1 natural skill in i", "half") < 0
    assert of(scores, "V3 accuracy in informative cells in i", "half") == 0
    assert of(scores, "V4 affiliation skill in i", "half") < 0


def test_the_neutral_map_has_no_skill_in_any_phone(scores):
    for phone in "ai":
        skill = scores[f"V1 natural skill in {phone}"].value.sel(model="neutral_map")
        np.testing.assert_allclose(skill, 0, atol=1e-12)


def test_phones_add_up_to_all_that_was_said(exams, scores):
    """Skill over all frames is that of phones and of the unlabelled rest, weighed by the guess."""
    exam = exams[0]
    usual = exam.held_out(exam.training.neutral["natural"])
    missed = squared(exam.reference.distance_sensitivity - usual, exam.natural).isel(formant=0)
    phone = exam.evidence.phone_of_frame
    rest = sensitivity_scores(exam.at(np.flatnonzero(phone == "")))[0].value
    parts = {name: scores[f"V1 natural skill in {name}"].value for name in "ai"} | {"": rest}
    of_model = {"model": "half", "formant": "F1"}
    total = np.average(
        [float(skill.sel(of_model)) for skill in parts.values()],
        weights=[float(missed.isel(frame=phone == name).sum()) for name in parts],
    )
    whole = sensitivity_scores(exam)[0].value.sel(of_model)
    assert total == pytest.approx(float(whole))


def by_name(found) -> dict:
    return {score.name: score.value for score in found}


def test_what_the_neutral_map_leaves_is_known_of_who_says_nothing(exams):
    """Who says that nothing matters misses all: of every formant 1 - skill is 1 / share."""
    exam = exams[0]
    silent = by_name(
        phone_scores(replace(exam, answers=exam.answers * 0), least_frames=3, **OPTIONS)
    )
    left = by_name(phones_explained(exam, least_frames=3))
    for name in "ai":
        skill = silent[f"V1 natural skill in {name}"].sel(model="truth")
        share = left[f"V1 share left by the neutral map in {name}"].sel(model="areas")
        for formant in ("F1", "F2", "F3"):
            own = float(share.sel(formant=formant))
            assert 1 - float(skill.sel(formant=formant)) == pytest.approx(1 / own)
        assert left[f"explained frames in {name}"].item() == planted.FRAMES // 3


def test_only_phones_with_enough_frames_are_scored(exams):
    names = [score.name for score in phone_scores(exams[0], least_frames=3, **OPTIONS)]
    assert names == [f"{begin} in {phone}" for phone in "ai" for begin in BEGINS]
    assert not [*phone_scores(exams[0], least_frames=planted.FRAMES, **OPTIONS)]
