"""Noise that was put into simulated speech, measured on its plateaus."""

import numpy as np
import pytest

from tests.dynamics.simulated import FRAME_RATE, noise, speech
from tractable.dynamics.noise import Noise, autocorrelation, plateau_noise

OPTIONS = {"frames": 14, "quiet": 0.1, "order": 1}
LEVEL = 0.5e-3  # m


def measured(values, run=None, **options):
    run = np.zeros(len(values), int) if run is None else run
    return plateau_noise(values, run, **{**OPTIONS, **options})


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_level_and_correlation_among_gestures(correlation, seed):
    known = speech(240, seed)
    found = measured(known.values + noise(len(known.values), LEVEL, correlation, seed))
    assert found.level == pytest.approx(LEVEL, rel=0.1)
    assert found.partial[0] == pytest.approx(correlation, abs=0.12)


def test_movement_is_no_noise():
    """The standard deviation of the whole trajectory is ten times what is measured."""
    known = speech(60)
    values = known.values + noise(len(known.values), LEVEL)
    assert measured(values).level < 0.2 * values.std()


def test_level_scales_and_offset_and_drift_do_not_count():
    values = noise(2000, LEVEL, 0.3)
    drift = 0.02 + 1e-5 * np.arange(2000)
    scaled, drifting = measured(7 * values), measured(values + drift)
    assert scaled.level == pytest.approx(7 * measured(values).level, rel=1e-3)
    assert drifting.level == pytest.approx(measured(values).level, rel=0.05)


def test_stretches_end_at_breaks():
    """A jump of a centimetre between two clips is no noise, nor is what is not to be used."""
    values = noise(2000, LEVEL)
    values[1000:] += 0.01
    values[500:600] = np.nan
    run = np.repeat([0, -1, 1, 2], [500, 100, 400, 1000])
    assert measured(values, run).level == pytest.approx(LEVEL, rel=0.1)


def test_a_few_wild_frames_hardly_count():
    values = noise(2000, LEVEL)
    values[::200] += 0.01
    assert measured(values).level == pytest.approx(LEVEL, rel=0.15)
    assert values.std() > 1.5 * LEVEL


def test_too_short_for_noise():
    found = measured(noise(20, LEVEL))
    assert np.isnan(found.level)
    assert np.isnan(measured(np.zeros(0)).level)


def test_autocorrelations_of_a_second_order_regression():
    """Yule-Walker: rho1 = a1 / (1 - a2), rho2 = a1 rho1 + a2, and on."""
    a2, first = -0.4, 0.5
    a1 = first * (1 - a2)
    expected = [1, first, a1 * first + a2]
    expected.append(a1 * expected[2] + a2 * expected[1])
    np.testing.assert_allclose(autocorrelation(np.array([first, a2]), 4), expected)


def test_spectrum_holds_the_variance():
    found = Noise(LEVEL, np.array([0.5, -0.2]), 9)
    frequency = np.linspace(0, FRAME_RATE / 2, 4001)
    power = np.trapezoid(found.spectrum(frequency, FRAME_RATE), frequency)
    assert power == pytest.approx(LEVEL**2, rel=1e-4)
    assert found.autocovariance(3)[0] == pytest.approx(LEVEL**2)
