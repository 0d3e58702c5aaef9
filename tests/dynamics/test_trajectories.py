"""Tract variables of a head whose geometry is known."""

import numpy as np
import pytest

from tests.dynamics.heads import SD, head, tube, voice
from tractable.contracts import BadInput
from tractable.dynamics.constrictions import place_along
from tractable.dynamics.trajectories import VARIABLES, bridged, runs, trajectory

FRAMES = 50
WAVE = np.sin(np.linspace(0, 6, FRAMES))
DEGREES = [name for name in VARIABLES if name.endswith("degree") or name.endswith("aperture")]


def path(variable, contours=None, areas=None, formants=None):
    flat = np.full(FRAMES, 0.01)
    contours = head(flat) if contours is None else contours
    areas = tube(flat) if areas is None else areas
    formants = voice(1500.0 + 0 * flat) if formants is None else formants
    return trajectory(variable, contours, areas, formants, root=(0.15, 0.5), root_contact=1e-3)


@pytest.mark.parametrize("variable", DEGREES)
def test_degrees(variable):
    """As far as the walls are apart, as uncertain as both of them."""
    degree = 0.01 + 0.004 * WAVE
    found = path(variable, head(degree), tube(degree))
    np.testing.assert_allclose(found.value, degree, rtol=1e-6)
    assert found.sd == pytest.approx(0.5e-3 if "root" in variable else np.sqrt(2) * SD, rel=1e-5)
    assert not found.contact.any()


def test_a_tongue_root_at_the_wall_touches_it():
    """Areas have a least distance in a closure; what stands there is no still articulator."""
    root = np.maximum(0.003 + 0.004 * WAVE, 0.0005)
    found = path("tongue root constriction degree", areas=tube(root))
    assert found.contact.tolist() == (root < 1e-3).tolist()
    assert 5 < found.contact.sum() < 40


@pytest.mark.parametrize("facing", ["left", "right"])
def test_protrusion_is_forward_whichever_way_the_head_looks(facing):
    forward = 0.002 + 0.003 * WAVE
    found = path("lip protrusion", head(np.full(FRAMES, 0.01), forward=forward, facing=facing))
    np.testing.assert_allclose(found.value, 0.01 + forward, atol=1e-6)
    assert found.sd == pytest.approx(SD / np.sqrt(2), rel=1e-5)


@pytest.mark.parametrize("facing", ["left", "right"])
def test_locations_are_behind_the_teeth(facing):
    place = 0.02 + 0.008 * WAVE
    contours = head(np.full(FRAMES, 0.01), place=place, facing=facing)
    found = path("tongue tip constriction location", contours)
    np.testing.assert_allclose(found.value, place, atol=1e-6)
    assert np.isnan(found.sd).all()


def test_a_rising_larynx_rises():
    depth = 0.07 - 0.005 * np.linspace(0, 1, FRAMES)
    found = path("larynx height", areas=tube(np.full(FRAMES, 0.01), glottis=depth))
    assert (np.diff(found.value) > 0).all()
    assert found.value[0] == pytest.approx(-0.07, rel=0.02)


def test_formants_keep_their_unit_and_gaps():
    second = 1500 + 300 * WAVE
    second[10:20] = np.nan
    found = path("second formant", formants=voice(second))
    np.testing.assert_array_equal(found.value, second)
    assert VARIABLES["second formant"].unit == "Hz"


def test_refused_frames_are_not_used():
    refused = np.where(np.arange(FRAMES) % 5 == 0, "gap", "")
    flat = np.full(FRAMES, 0.01)
    seen = path("lip aperture", head(flat, refused=refused))
    measured = path("larynx height", areas=tube(flat, refused=refused))
    for found in (seen, measured):
        np.testing.assert_array_equal(np.isnan(found.value), refused != "")


def test_contact_is_what_the_contours_call_closed():
    closed = WAVE < -0.5
    found = path("tongue tip constriction degree", head(np.full(FRAMES, 1e-3), closed=closed))
    np.testing.assert_array_equal(found.contact, closed)


def test_an_articulator_that_was_not_found():
    """Neither a value nor an error: no constriction in some frames, no palate in any."""
    contours = head(np.full(FRAMES, 0.01))
    contours.constriction_degree[:10] = np.nan
    contours.constriction_point[:10] = np.nan
    found = path("velum aperture", contours)
    np.testing.assert_array_equal(np.isnan(found.value), np.arange(FRAMES) < 10)
    contours.articulator[:] = 0
    for variable in ("lip protrusion", "tongue body constriction location", "larynx height"):
        assert np.isnan(path(variable, contours).value).all()


def test_unknown_variable():
    with pytest.raises(BadInput, match="no variable 'jaw'; there are lip aperture"):
        path("jaw")


def test_along_a_right_angle():
    """Ten across and five down, asked beside the corner, beyond an end, between points."""
    curve = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 5.0]])
    points = np.array([[3.0, 1.0], [11.0, 2.5], [-4.0, 0.0], [10.0, 9.0]])
    np.testing.assert_allclose(place_along(curve, points), [3, 12.5, 0, 15])


def test_runs_break_at_long_gaps_and_at_clips():
    known = np.array([1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1], bool)
    clip = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
    assert runs(known, clip, 1).tolist() == [0, 0, 0, 0, 0, -1, -1, 1, 1, 2, 2, 2]
    assert runs(known, clip, 0).tolist() == [0, 0, -1, 1, 1, -1, -1, 2, 2, 3, -1, 4]
    assert runs(known[:0], clip[:0], 1).tolist() == []
    values = np.where(known, np.arange(12.0), np.nan)
    filled = bridged(values, runs(known, clip, 1))
    np.testing.assert_array_equal(np.isnan(filled), [0] * 5 + [1, 1] + [0] * 5)
    np.testing.assert_allclose(filled[[2, 10]], [2, 10])
