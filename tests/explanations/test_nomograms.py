"""A constriction moved along a tract: the shapes are a formula, and so is what some models hear."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests import known_law
from tests.explanations.test_explanations import OPTIONS, TUBE
from tractable.contracts import BadInput
from tractable.explanations import explained
from tractable.explanations.nomograms import Sweep, heard_held
from tractable.models.catalogue import fitted
from tractable.models.files import model_path, save_model
from tractable.models.model import Model
from tractable.stage import check_options

PLACES, LENGTH = 40, 0.16
SWEEP = Sweep(places=35, start=0.15, degree=3e-3, width=0.04)
PLACE = (np.arange(PLACES) + 0.5) / PLACES


def neutral(distance=0.01):
    return np.log(np.append(np.full(PLACES, distance), LENGTH))


def test_the_constriction_stands_from_above_the_larynx_to_the_lips():
    """0.025 L a step, so every other one stands in the middle of a place."""
    middles = SWEEP.middles()
    assert middles[[0, -1]].tolist() == [0.15, 1.0]
    np.testing.assert_allclose(np.diff(middles), 0.025)


def test_its_middle_has_its_degree_and_a_width_away_the_tract_is_neutral():
    sweep = Sweep(places=2, start=PLACE[20], degree=3e-3, width=0.04)
    distance = np.exp(sweep.shapes(neutral()))[0, :-1]
    assert distance[20] == pytest.approx(3e-3)
    away = np.abs(PLACE - PLACE[20]) * LENGTH
    np.testing.assert_allclose(distance[away > 0.02], 0.01)
    assert (distance[away < 0.0199] < 0.01).all()
    half = np.argmin(np.abs(away - 0.008))  # two places of 4 mm
    depth = (1 + np.cos(np.pi * 0.4)) / 2
    assert distance[half] == pytest.approx(0.01 * 0.3**depth)


def test_what_is_narrower_already_stays_and_so_does_the_length():
    shapes = SWEEP.shapes(neutral(2e-3))
    np.testing.assert_allclose(shapes, np.tile(neutral(2e-3), (35, 1)))


def test_the_lips_are_narrowed_last():
    distance = np.exp(SWEEP.shapes(neutral()))[:, :-1]
    assert distance[-1].argmin() == PLACES - 1
    assert (np.diff(distance.argmin(1)) >= 0).all()
    np.testing.assert_allclose(distance[0, PLACE < 0.02], 0.01)


class Counting(Model):
    """Hears the sum of three frames, the middle one ten times."""

    def hear(self, given):
        first, middle, last = given.unflatten(1, (3, -1)).unbind(1)
        return (first + 10 * middle + last)[:, :3]


def test_a_model_of_windows_hears_the_shape_held():
    shapes = SWEEP.shapes(neutral())
    np.testing.assert_allclose(
        heard_held(Counting("shape_to_sound", {}), shapes, 3), 12 * shapes[:, :3]
    )


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    training = known_law.examples(60, seed=4)
    models = {
        "mean": ("mean", fitted("mean", {}, training, 1)),
        "tube": ("tube_textbook", fitted("tube", TUBE, training, 1)),
        "turned": ("tube_textbook", fitted("turned", TUBE | {"reversed": True}, training, 1)),
    }
    return known_law.shelved(tmp_path_factory.mktemp("models"), models)


def asked(shelf, **options):
    speaker = known_law.speaker("sim2", 40, number=1, folds=2)
    stores = [speaker[noun] for noun in ("areas", "formants", "theory", "folds", "recordings")]
    return explained(*stores, shelf, **(OPTIONS | options))


def test_every_model_answers_of_the_shapes_that_are_kept(shelf):
    answers = asked(shelf)
    np.testing.assert_allclose(answers.swept_frequency.sel(model="mean").std("sweep"), 0, atol=1e-9)
    log_length = np.full((12, 1), np.log(answers.neutral_length))
    shapes = torch.from_numpy(np.hstack([np.log(answers.swept_distance.values), log_length]))
    with torch.no_grad():
        expected = shelf.model("tube", 1).hear(shapes).exp()
    np.testing.assert_allclose(answers.swept_frequency.sel(model="tube"), expected)


def test_a_constriction_at_the_lips_lowers_all_formants_unless_the_tract_is_turned(shelf):
    frequency = asked(shelf).swept_frequency
    start, lips = frequency.isel(sweep=0), frequency.isel(sweep=-1)
    assert (lips.sel(model="tube") < start.sel(model="tube")).sel(formant=1).all()
    assert (lips.sel(model="turned") > start.sel(model="turned")).sel(formant=1).all()


def saying(hertz):
    examples = known_law.examples(4, seed=0)
    wanted = torch.full_like(examples.wanted, np.log(hertz))
    return fitted("mean", {}, examples._replace(wanted=wanted), 1)


@pytest.mark.parametrize(("folds", "expected"), [([0, 0], 400), ([0, 1, 1, 1], 600)])
def test_folds_count_once_each_and_meet_in_ln_f(folds, expected, tmp_path):
    """Models that say 400 and 900 Hz, their geometric mean being 600."""
    shelf = known_law.shelved(tmp_path, {"mean": ("mean", saying(400.0))})
    save_model(saying(900.0), model_path(tmp_path, "phantom", "mean", 1), {"kind": "mean"})
    subject = known_law.subject(shelf, folds, np.tile(neutral(), (len(folds), 1)))
    found = SWEEP.answers(subject, "mean")["swept_frequency"]
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    "wrong, complaint",
    [
        ({"degrees": 3e-3}, r"nomogram: unknown parameter 'degrees'.*degree"),
        ({"width": 3.0}, r"nomogram: width: 3.0, expected m"),
    ],
)
def test_a_sweep_that_nobody_can_make_is_refused_before_data_are_read(wrong, complaint):
    options = OPTIONS | {"nomogram": OPTIONS["nomogram"] | wrong}
    with pytest.raises(BadInput, match=complaint):
        check_options(explained, options, "explanations")


@pytest.mark.parametrize(
    ("name", "value"), [("places", 1), ("start", 1.0), ("degree", 3.0), ("width", 0.0)]
)
def test_a_sweep_that_cannot_be_meant_is_refused(name, value):
    with pytest.raises(BadInput, match=f"nomogram: {name}: {value}, expected"):
        replace(SWEEP, **{name: value})
