"""Noise drawn, continued and made white, against processes whose answers are known."""

import numpy as np
import pytest
from scipy.linalg import toeplitz

from tractable.contracts import BadInput
from tractable.movement.noise import extended, noise, whitening

FRAMES = 30
#: An autoregression of order 1: 0.25 mm2 at lag 0, 0.6 times as much at each further lag.
FIRST_ORDER = 0.25 * 0.6 ** np.arange(2)


def matrix(weights, known):
    """The weights as one matrix on known frames."""
    found = np.zeros((len(known), len(known)))
    for k, row in enumerate(weights):
        for back, weight in enumerate(row[: k + 1]):
            found[k, k - back] = weight
    return found


def test_beyond_its_lags_noise_goes_on_as_an_autoregression():
    np.testing.assert_allclose(extended(FIRST_ORDER, 12), 0.25 * 0.6 ** np.arange(12))
    np.testing.assert_allclose(extended(np.array([0.25]), 3), [0.25, 0, 0])


@pytest.mark.parametrize("autocovariance", [[0.25], [0.25, 0.15], [0.3, 0.1, -0.05, 0.02]])
def test_whitened_noise_is_white(autocovariance):
    autocovariance = np.array(autocovariance)
    weights = matrix(whitening(autocovariance, np.ones(FRAMES, bool)), range(FRAMES))
    covariance = toeplitz(extended(autocovariance, FRAMES))
    np.testing.assert_allclose(weights @ covariance @ weights.T, np.eye(FRAMES), atol=1e-10)


def test_a_gap_leaves_noise_white():
    """Exactly so of an autoregression of order 1: one known frame says all of the past."""
    known = np.ones(FRAMES, bool)
    known[[4, 5, 6, 20]] = False
    frames = np.flatnonzero(known)
    weights = matrix(whitening(FIRST_ORDER, known), frames)
    covariance = toeplitz(extended(FIRST_ORDER, FRAMES))[np.ix_(frames, frames)]
    np.testing.assert_allclose(weights @ covariance @ weights.T, np.eye(len(frames)), atol=1e-10)


def test_drawn_noise_has_its_autocovariance():
    drawn = noise(np.tile(FIRST_ORDER, (20_000, 1)), 6, np.random.default_rng(0))
    np.testing.assert_allclose(
        drawn.T @ drawn / len(drawn), toeplitz(extended(FIRST_ORDER, 6)), atol=0.01
    )


def test_an_autocovariance_that_no_noise_has_is_refused():
    with pytest.raises(BadInput, match="fewer lags, or taper"):
        extended(np.array([1.0, 0.9, -0.9]), 5)
