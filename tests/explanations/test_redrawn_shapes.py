"""One formant raised in a sound: in its cepstrum, and in what a known model draws of it."""

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from tractable.explanations.redrawn import asked, cepstral_change
from tractable.formants.cepstrum import cepstra
from tractable.mel import Bands
from tractable.models.model import Model, Prediction

RATE, COUNT, RISE = 20000, 13, 0.05
BANDS = Bands(26, 60.0, 8000.0)
FREQUENCY = np.array([[500.0, 1500.0, 2500.0, 3500.0], [300.0, 2200.0, 2900.0, 3600.0]])
BANDWIDTH = np.array([[60.0, 80.0, 120.0, 180.0], [50.0, 90.0, 150.0, 200.0]])
PLACES = 5


def change(frequency=FREQUENCY, bandwidth=BANDWIDTH):
    how = {"bands": BANDS, "coefficients": COUNT, "rise": RISE}
    return cepstral_change(frequency, bandwidth, **how)


def heard(frequency: np.ndarray) -> np.ndarray:
    """The cepstrum of a click through resonators, one after the other, as the pipeline measures."""
    sound = np.zeros(RATE)
    sound[RATE // 2] = 1.0
    for centre, width in zip(frequency, BANDWIDTH[0], strict=True):
        pole = np.exp(np.pi / RATE * (-width + 2j * centre))
        after = np.array([1.0, -2 * pole.real, abs(pole) ** 2])
        sound = lfilter([after.sum()], after, sound)
    how = {"window": 0.2, "bands": 26, "coefficients": COUNT, "lowest": 60.0, "highest": 8000.0}
    return cepstra(sound, RATE, np.array([0.5]), **how)[0]


@pytest.mark.parametrize("formant", range(4))
def test_a_raised_formant_changes_a_cepstrum_as_that_of_a_filtered_click(formant):
    rise = np.exp(RISE * (np.arange(4) == formant))
    measured = (heard(FREQUENCY[0] * rise) - heard(FREQUENCY[0] / rise)) / 2
    found = change()[0, formant]
    assert np.abs(found - measured).max() < 0.03 * np.abs(measured).max()


def test_what_is_not_known_is_not_raised_and_lets_the_others_be():
    frequency, bandwidth = FREQUENCY.copy(), BANDWIDTH.copy()
    frequency[0, 3], bandwidth[1, 0] = np.nan, np.nan
    found = change(frequency, bandwidth)
    assert np.isnan(found).all(-1).tolist() == [[False] * 3 + [True], [True] + [False] * 3]
    few = change(frequency[:1, :3], bandwidth[:1, :3])
    np.testing.assert_allclose(found[0, :3], few[0], atol=1e-12)


class Draughtsman(Model):
    """ln d and ln L of weights on a window of cepstra (window, feature)."""

    weights: torch.Tensor
    directions = ("sound_to_shape",)

    def forward(self, given) -> Prediction:
        drawn = given @ self.weights
        return Prediction(log_distance=drawn[:, :-1], log_length=drawn[:, -1])


def test_a_linear_model_draws_its_slopes_of_a_change_that_is_held_over_the_window():
    random = np.random.default_rng(0)
    weights = random.normal(size=(3 * COUNT, PLACES + 1))
    model = Draughtsman("sound_to_shape", {"weights": torch.from_numpy(weights)})
    windows, known = random.normal(size=(2, 3 * COUNT)), change()[:, :3]
    told = asked(model, windows, known, rise=RISE)
    slope = weights.reshape(3, COUNT, -1).sum(0)
    expected = known @ slope / RISE
    np.testing.assert_allclose(told["redrawn_distance"], expected[..., :-1])
    np.testing.assert_allclose(told["redrawn_length"], expected[..., -1])


def test_where_the_sound_or_a_formant_is_not_known_nothing_is_drawn():
    weights = torch.ones(COUNT, PLACES + 1, dtype=torch.float64)
    model, known = Draughtsman("sound_to_shape", {"weights": weights}), change()
    known[0, 2] = np.nan
    windows = np.zeros((2, COUNT))
    windows[1, 4] = np.nan
    told = asked(model, windows, known, rise=RISE)
    for values in (told["redrawn_distance"].sum(-1), told["redrawn_length"]):
        assert np.isfinite(values).tolist() == [[True, True, False, True], [False] * 4]
