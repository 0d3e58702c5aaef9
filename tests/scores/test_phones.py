"""Errors planted in one phone come out there; what is too rare is not listed."""

from functools import partial

import numpy as np
import pytest
import simulated
import xarray as xr

from tractable.scores.evidence import gathered
from tractable.scores.phones import phone_curves
from tractable.scores.reference import physics, true_law

SPEAKERS = 2
TRUTH = partial(physics, law=simulated.TRUE_LAW)


@pytest.fixture(scope="module")
def stores():
    """Two speakers; "honest" hears what was measured, but for 10 % in the phone "i"."""
    return [off_in_one_phone(simulated.stores(k, SPEAKERS)) for k in range(SPEAKERS)]


def off_in_one_phone(of):
    predictions, heard = of["predictions"], of["formants"].frequency
    off = xr.where(predictions.phone == "i", 1.1, 1.0)
    frequency = predictions.frequency.copy()
    frequency.loc[{"model": "honest"}] = (heard * off).transpose("time", "formant").values
    return of | {"predictions": predictions.assign(frequency=frequency)}


@pytest.fixture(scope="module")
def evidences(stores):
    return [gathered(f"s{k}", of, TRUTH) for k, of in enumerate(stores)]


def test_an_error_is_found_in_its_phone(stores, evidences):
    curves = phone_curves(evidences, stores, least_frames=5)
    assert list(curves["phone"]) == ["a", "i"]
    honest = curves["phone_error"].sel(model="honest")
    np.testing.assert_allclose(honest.sel(phone="i"), 0.1)
    np.testing.assert_allclose(honest.sel(phone="a"), 0, atol=1e-12)
    np.testing.assert_allclose(curves["phone_shape_error"].sel(model="ridge"), 2e-3)
    assert curves["phone_error"].sel(model="ridge").isnull().all()


def test_rare_phones_are_not_listed(stores, evidences):
    """24 frames each, one of "a" without formants and one without a shape."""
    assert list(phone_curves(evidences, stores, least_frames=24)["phone"]) == ["i"]
    assert phone_curves(evidences, stores, least_frames=25) == {}


def test_without_labels_there_is_nothing_by_phone(stores, evidences):
    blank = np.full(simulated.TIMES, "")
    mute = [
        of | {"predictions": of["predictions"].assign_coords(phone=("time", blank))}
        for of in stores
    ]
    assert phone_curves(evidences, mute, least_frames=1) == {}


def test_the_simulators_law_is_what_was_planted(stores):
    """A = 2 cm2 (d / 1 cm)^beta, and a tube as long as was measured."""
    law = true_law(stores[0], least_movement=0.02)
    np.testing.assert_allclose(law["true_exponent"], simulated.EXPONENT, rtol=1e-6)
    np.testing.assert_allclose(law["true_scale"], 2e-4, rtol=1e-6)
    usual = np.exp(np.log(stores[0]["truth"].distance.values).mean(0))
    np.testing.assert_allclose(law["true_usual_distance"], usual)
    assert law["true_length_gain"] == pytest.approx(1)
