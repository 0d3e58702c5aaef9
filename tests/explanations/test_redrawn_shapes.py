"""One formant raised in a sound: in its cepstrum, and in what a known model draws of it."""

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from tests import known_law
from tractable.explanations.redrawn import Raising, cepstral_change
from tractable.explanations.subject import Subject
from tractable.formants.cepstrum import cepstra
from tractable.mel import Bands
from tractable.models.catalogue import fitted
from tractable.models.examples import Measured
from tractable.models.model import Examples, Model, Prediction

RATE, COUNT, RISE, WINDOW = 20000, 13, 0.05, 0.025
HOW = Raising(rise=RISE, window=WINDOW)
BANDS = Bands(26, 60.0, 8000.0)
FREQUENCY = np.array([[500.0, 1500.0, 2500.0, 3500.0], [300.0, 2200.0, 2900.0, 3600.0]])
BANDWIDTH = np.array([[60.0, 80.0, 120.0, 180.0], [50.0, 90.0, 150.0, 200.0]])
PLACES = 5


def change(frequency=FREQUENCY, bandwidth=BANDWIDTH, fundamental=(120.0, np.nan)):
    how = {"bands": BANDS, "coefficients": COUNT, "window": WINDOW, "rise": RISE}
    return cepstral_change(frequency, bandwidth, np.array(fundamental), **how)


def heard(frequency: np.ndarray, fundamental: float) -> np.ndarray:
    """The mean cepstrum of pulses (or one, NaN) through resonators, measured as sounds are."""
    sound, voiced = np.zeros(RATE), np.isfinite(fundamental)
    pulses = np.arange(0, 1, 1 / fundamental) if voiced else np.array([0.5])
    sound[(RATE * pulses).astype(int)] = 1.0
    for centre, width in zip(frequency, BANDWIDTH[0], strict=True):
        pole = np.exp(np.pi / RATE * (-width + 2j * centre))
        after = np.array([1.0, -2 * pole.real, abs(pole) ** 2])
        sound = lfilter([after.sum()], after, sound)
    how = {"bands": 26, "coefficients": COUNT, "lowest": 60.0, "highest": 8000.0}
    if not voiced:  # all of the one pulse's answer
        return cepstra(sound, RATE, np.array([0.5]), window=0.2, **how)[0]
    return cepstra(sound, RATE, np.linspace(0.3, 0.7, 81), window=WINDOW, **how).mean(0)


@pytest.mark.parametrize("fundamental", [np.nan, 90.0, 120.0, 160.0, 220.0])
@pytest.mark.parametrize("formant", range(4))
def test_a_raised_formant_changes_a_cepstrum_as_that_of_a_filtered_source(formant, fundamental):
    """Where harmonics are far apart they, not the envelope, are what narrow bands have."""
    rise = np.exp(RISE * (np.arange(4) == formant))
    high, low = (heard(of, fundamental) for of in (FREQUENCY[0] * rise, FREQUENCY[0] / rise))
    found = change(FREQUENCY[:1], BANDWIDTH[:1], [fundamental])[0, formant]
    missed = found - (high - low) / 2
    assert np.linalg.norm(missed) < 0.04 * np.linalg.norm(found)


def test_what_is_not_known_is_not_raised_and_lets_the_others_be():
    frequency, bandwidth = FREQUENCY.copy(), BANDWIDTH.copy()
    frequency[0, 3], bandwidth[1, :2] = np.nan, [np.nan, 0.0]
    found = change(frequency, bandwidth)
    unknown = [[False] * 3 + [True], [True] * 2 + [False] * 2]
    assert np.isnan(found).all(-1).tolist() == unknown
    few = change(frequency[:1, :3], bandwidth[:1, :3], [120.0])
    np.testing.assert_allclose(found[0, :3], few[0], atol=1e-12)


def test_a_frame_of_which_no_formant_is_known_has_no_change():
    assert np.isnan(change(np.full_like(FREQUENCY, np.nan))).all()


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
    told = HOW.ask(model, windows, known)
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
    told = HOW.ask(model, windows, known)
    for values in (told["redrawn_distance"].sum(-1), told["redrawn_length"]):
        assert np.isfinite(values).tolist() == [[True, True, False, True], [False] * 4]


def test_inverse_models_of_a_speaker_are_asked_by_the_fold_that_holds_frames_out(tmp_path):
    """A ridge draws its own slopes of the change of the speaker's formants, F1 to F3."""
    of = known_law.speaker("sim1", 30, number=0, folds=2)
    cepstrum = torch.from_numpy(of["formants"].cepstrum.values.astype(float))
    shapes = torch.log(torch.from_numpy(of["areas"].distance.values))
    length = torch.log(torch.from_numpy(of["areas"].tract_length.values))[:, None]
    wanted = torch.cat([shapes, length], 1)
    learnt = Examples("sound_to_shape", cepstrum, wanted, torch.ones_like(wanted), wanted.shape[1])
    ridge = fitted("ridge", {"penalty": 0.01}, learnt, 1)
    shelf = known_law.shelved(tmp_path, {"inverse": ("ridge", ridge)})
    measured = Measured(of["areas"], of["formants"], of["recordings"])
    subject = Subject.of(shelf, measured, of["theory"], of["folds"], 10)
    told = HOW.answers(subject)
    assert told["inverse_model"].tolist() == ["inverse"]
    assert told["redrawn_distance"].shape == (1, 10, 3, known_law.PLACES)
    heard = of["formants"].isel(time=subject.frames)
    parts = (heard[name].values for name in ("frequency", "bandwidth", "fundamental"))
    about = (of["formants"].attrs[f"mel_{name}"] for name in ("bands", "lowest", "highest"))
    size = cepstrum.shape[1]
    how = {"bands": Bands(*about), "coefficients": size, "window": WINDOW, "rise": RISE}
    expected = HOW.ask(ridge, subject.sounds["inverse"], cepstral_change(*parts, **how)[:, :3])
    for name, values in expected.items():
        np.testing.assert_array_equal(told[name][0], values)
    assert np.isfinite(told["redrawn_distance"]).any()


def test_without_inverse_models_nothing_is_said(tmp_path):
    shelf = known_law.shelved(tmp_path, {})
    assert HOW.answers(known_law.subject(shelf, [0, 1], np.zeros((2, PLACES + 1)))) == {}
