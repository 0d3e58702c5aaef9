"""Errors of tubes by phone and place, where they were put beforehand."""

from functools import partial

import numpy as np
import pytest
import simulated
import xarray as xr
from test_battery import OPTIONS

from tractable.scores import battery
from tractable.scores.atlas import (
    FOSSA,
    MEASURED,
    NO_FOSSA,
    atlas_curves,
    atlas_scores,
    log_errors,
    met,
    place_of,
)
from tractable.scores.evidence import gathered
from tractable.scores.reference import physics

SPEAKERS, PLACES = 2, 4
OFF = 0.1  # in ln F2


def stores(number: int, simulated_speech: bool = True) -> dict[str, xr.Dataset]:
    """A speaker whose sound is that of the measured tube, all of it 1 % higher."""
    of = dict(simulated.stores(number, SPEAKERS, simulated_speech))
    heard = of["formants"].copy(deep=True)
    heard["frequency"][:] = 1.01 * of["theory"].frequency.values
    return of | {"formants": heard}


def with_fault(of: dict, frames: np.ndarray) -> dict:
    """F2 lower in some frames."""
    heard = of["formants"].copy(deep=True)
    heard.frequency[frames, 1] *= np.exp(-OFF)
    return of | {"formants": heard}


def evidence(of: dict):
    return gathered("s", of, partial(physics, law=simulated.MEASURED_LAW))


def told(of: dict) -> xr.Dataset:
    """The atlas of one speaker, by name."""
    found = atlas_curves([log_errors(evidence(of), of)], [of], places=PLACES)
    dims = ("speaker", "atlas_tube", "atlas_phone", "atlas_place", "formant")
    axes = {dim: found[dim] for dim in dims if dim in found}
    formant = np.array(["F1", "F2", "F3", "mean", "all"])
    parts = {name: (dims, found[name]) for name in ("atlas_mean", "atlas_rms", "atlas_frames")}
    parts["atlas_level"] = (("speaker", "atlas_tube", "formant"), found["atlas_level"])
    return xr.Dataset(parts, axes | {"formant": formant}).isel(speaker=0)


def test_a_common_level_is_no_places_fault():
    found = told(stores(0)).sel(atlas_tube=MEASURED)
    np.testing.assert_allclose(found.atlas_level[:3], -np.log(1.01))
    assert np.nanmax(found.atlas_rms) < 1e-12


def test_a_fault_is_found_in_its_phone_and_formant():
    """/i/ is one half of the frames, so half of the fault is level."""
    of = stores(0)
    of = with_fault(of, np.flatnonzero(of["theory"].phone.values == "i"))
    found = told(of).sel(atlas_tube=MEASURED)
    share = float(found.atlas_frames.sel(atlas_phone="i", formant="F2").sum())
    share /= float(found.atlas_frames.sel(formant="F2").sum())
    for phone, away in (("i", OFF * (1 - share)), ("a", -OFF * share)):
        mean = found.atlas_mean.sel(atlas_phone=phone, formant="F2")
        np.testing.assert_allclose(mean[mean.notnull()], away)
        np.testing.assert_allclose(
            found.atlas_rms.sel(atlas_phone=phone, formant="F2")[mean.notnull()], abs(away)
        )
    assert np.nanmax(found.atlas_rms.sel(formant=["F1", "F3"])) < 1e-12


def test_a_fault_is_found_at_its_place():
    of = stores(0)
    place = place_of(of, PLACES)
    of = with_fault(of, np.flatnonzero(np.isclose(place, 0.375)))
    mean = told(of).sel(atlas_tube=MEASURED, formant="F2").atlas_mean
    above, below = mean.max("atlas_phone"), mean.min("atlas_phone")
    assert float(below[1]) > 0
    assert float(above.isel(atlas_place=[0, 2, 3, 4]).max()) < 0


def test_every_scored_frame_counts_once():
    of = stores(0)
    found = told(of)
    errors = log_errors(evidence(of), of)
    expected = errors.notnull().sum("time").transpose("atlas_tube", "formant")
    counted = found.atlas_frames.sum(["atlas_phone", "atlas_place"])[:, :3]
    np.testing.assert_array_equal(counted.sel(atlas_tube=errors.atlas_tube.values), expected)


def test_frames_without_a_constriction_are_a_class_of_their_own():
    of = stores(0)
    place = place_of(of, PLACES)
    assert np.isnan(place[4])  # see `simulated`
    assert set(place[np.isfinite(place)]) <= {0.125, 0.375, 0.625, 0.875}
    found = told(of).sel(atlas_tube=MEASURED, formant="F3")
    assert found.atlas_frames.isel(atlas_place=-1).sum() == np.isnan(place).sum()


def test_the_simulators_own_tube_misses_nothing_and_without_its_fossa_f3():
    of = stores(0)
    errors = log_errors(evidence(of), of)
    assert abs(errors.sel(atlas_tube=FOSSA)).max() < 1e-9
    size = abs(errors.sel(atlas_tube=NO_FOSSA)).mean("time")
    assert float(size.sel(formant=3)) > 0.01


def test_nobody_knows_a_recordings_own_tube():
    of = stores(0, simulated_speech=False)
    assert log_errors(evidence(of), of).atlas_tube.values.tolist() == [MEASURED]


def test_hard_cases_stand_against_all_others():
    of = stores(0)
    of = with_fault(of, np.flatnonzero(of["theory"].phone.values == "i")[::2])
    cases = {"high": ["i"], "nasals": ["m", "n"]}
    scores = {
        s.name: s.value for s in atlas_scores(log_errors(evidence(of), of), of, hard_cases=cases)
    }
    measured = {"model": MEASURED, "formant": "F2"}
    assert 100 * OFF / 4 < float(scores["atlas rms of high (%)"].sel(measured)) < 100 * OFF
    assert float(scores["atlas rms of high over all others'"].sel(measured)) > 1.5
    assert scores["atlas rms of nasals (%)"].isnull().all()


def test_what_nobody_says_is_no_case():
    cases = {"high": ["i", "y"], "nasals": ["m", "n"]}
    assert met(cases, [stores(0), stores(1)]) == {"high": ["i", "y"]}


def test_corpora_without_labels_have_no_atlas():
    of = stores(0)
    silent = {
        noun: data.assign_coords(phone=("time", np.full(data.sizes["time"], "", dtype="<U1")))
        if "phone" in data.coords
        else data
        for noun, data in of.items()
    }
    assert atlas_curves([log_errors(evidence(of), of)], [silent], places=PLACES) == {}


@pytest.mark.parametrize("is_simulated", [True, False])
def test_the_atlas_stands_in_the_store_of_scores(is_simulated):
    speakers = {f"s{k}": simulated.stores(k, SPEAKERS, is_simulated) for k in range(SPEAKERS)}
    found = battery("phantom" if is_simulated else "clip", speakers, **OPTIONS)
    assert found.atlas_tube.size == (3 if is_simulated else 1)
    assert found.sizes["atlas_place"] == OPTIONS["atlas_places"] + 1
    rms = found.value.sel(score="atlas rms of Helmholtz vowels (%)", model=MEASURED)
    assert np.isfinite(rms.sel(formant=["F1", "F2", "F3", "mean"])).all()
