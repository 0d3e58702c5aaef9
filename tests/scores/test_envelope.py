"""V0 beside the formants, on planted answers."""

import numpy as np
import pytest
import xarray as xr

from tests.scores.planted import FRAMES, speaker
from tractable.scores.envelope import envelope_scores

WIDTH = np.array([60.0, 90.0, 120.0])  # Hz
MODELS = ["right", "a fifth off", "silent"]


def stores(number: int) -> dict[str, xr.Dataset]:
    """What was heard, and three models: one right, one off, one without either."""
    random = np.random.default_rng(number)
    width = WIDTH * np.exp(random.normal(0, 0.2, (FRAMES, 3)))
    cepstrum = random.normal(0, 1, (FRAMES, 5))
    frequency = np.tile([500.0, 1500.0, 2500.0], (FRAMES, 1))
    frequency[:10] = np.nan  # cannot be trusted: what is said there does not count
    width[:10] *= 100
    heard = {
        "frequency": (("time", "formant"), frequency),
        "bandwidth": (("time", "formant"), width),
        "cepstrum": (("time", "coefficient"), cepstrum),
    }
    answers = [(width, cepstrum[:, 1:]), (1.2 * width, 0.5 * cepstrum[:, 1:])]
    answers.append(tuple(np.full_like(part, np.nan) for part in answers[0]))
    told = {
        "bandwidth": (("model", "time", "formant"), np.stack([one[0] for one in answers])),
        "cepstrum": (("model", "time", "coefficient"), np.stack([one[1] for one in answers])),
    }
    labels = {"formant": [1, 2, 3]}
    return {
        "formants": xr.Dataset(heard, labels),
        "predictions": xr.Dataset(told, labels | {"model": MODELS}),
    }


@pytest.fixture(scope="module")
def scores():
    evidences = [speaker(number, 3) for number in range(3)]
    found = envelope_scores(evidences, [stores(number) for number in range(3)])
    return {score.name: score for score in found[0]}


def test_bandwidths_are_off_by_what_was_planted(scores):
    score = scores["V0 bandwidth error (%)"]
    np.testing.assert_allclose(score.value.sel(model="right"), 0, atol=1e-9)
    np.testing.assert_allclose(score.value.sel(model="a fifth off"), 20)
    assert score.value.sel(model="silent").isnull().all()
    assert score.value.formant.values.tolist() == ["F1", "F2", "F3", "mean"]
    assert 10 < score.null.sel(formant="mean") < 25  # what the training mean is off, of sd .2


def test_the_envelope_is_in_shares_of_its_own_spread(scores):
    score = scores["V0 envelope error (share)"]
    assert score.value.sel(model="right").item() == pytest.approx(0)
    assert score.value.sel(model="a fifth off").item() == pytest.approx(0.5, abs=0.03)
    assert score.value.sel(model="silent").isnull().all()
