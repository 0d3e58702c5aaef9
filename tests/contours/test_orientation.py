"""Which way a head looks, and clips that show none from its side."""

import numpy as np
import pytest

from tests.contours.heads import PARAMS, POSE, USC, filmed
from tractable.areas import area_functions
from tractable.contours import track
from tractable.imaging.kernel import paint
from tractable.imaging.render import scanned
from tractable.imaging.video import read_video
from tractable.segmenter import RELEASED, network_in
from tractable.segmenter.orientation import left_lead

LEAST = PARAMS["contours"]["least_lead"]
EARS = {"clip_share": PARAMS["contours"]["clip_share"], "network": network_in(RELEASED)}


@pytest.fixture(scope="module")
def film():
    return np.repeat(filmed(USC, POSE)[0], 3, axis=0)


def mirrored(frames: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(frames[..., ::-1])


@pytest.mark.parametrize("count", [1, 18])
def test_a_head_is_seen_both_ways_round(film, count):
    assert track(film[:count], USC.spacing, 83.28).facing.values.tolist() == ["left"] * count
    assert (
        track(mirrored(film[:count]), USC.spacing, 83.28).facing.values.tolist()
        == ["right"] * count
    )


def test_the_lead_of_a_mirror_is_the_opposite(film):
    lead = left_lead(film, USC.spacing, **EARS)
    assert lead > 2 * LEAST
    assert left_lead(mirrored(film), USC.spacing, **EARS) == pytest.approx(-lead)


def test_areas_do_not_know_which_way_it_faced(film):
    left, right = (
        area_functions(track(way, USC.spacing, 83.28), **PARAMS["areas"])
        for way in (film, mirrored(film))
    )
    assert (left.refused == "").any()
    np.testing.assert_allclose(right.area, left.area, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(right.tract_length, left.tract_length, atol=1e-6)
    across = (film.shape[2] - 1) * USC.spacing
    np.testing.assert_allclose(across - right.midline[..., 0], left.midline[..., 0], atol=1e-6)


def slices(shapes: list[tuple[float, float, float, float, float]]) -> np.ndarray:
    """Pictures of ellipses: brightness, x and y of the centre, half width and height [mm]."""
    bright = np.zeros((USC.height * 4, USC.width * 4), np.uint8)
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    for grey, x, y, width, height in shapes:
        ellipse = np.stack([x + width * np.cos(turn), y + height * np.sin(turn)], 1)
        paint(bright, ellipse * 1e-3 / USC.spacing * 4 + 1.5, int(100 * grey))
    coarse = bright.reshape(USC.height, 4, USC.width, 4).mean((1, 3)) / 100
    random = np.random.default_rng(3)
    options = dict(blur=1.1e-3, resolved=0.85, noise=0.03, gain=230.0)
    return scanned(np.repeat(coarse[None], 6, axis=0), USC, random, **options)


CORONAL = [
    (0.6, 100, 72, 62, 68), (0.6, 100, 180, 43, 60), (0.45, 100, 38, 48, 38),  # head, neck, brain
    (0.1, 78, 77, 10, 12), (0.1, 122, 77, 10, 12), (0.05, 100, 82, 5, 17),  # sinuses and nose
    (0.03, 100, 110, 24, 6), (0.75, 100, 130, 24, 17),  # mouth, tongue
    (0.15, 64, 125, 5, 14), (0.15, 136, 125, 5, 14), (0.03, 100, 178, 7, 34),  # jaw, windpipe
]  # fmt: skip
AXIAL = [
    (0.6, 100, 100, 62, 82), (0.75, 100, 62, 26, 31), (0.1, 69, 53, 5, 29), (0.1, 131, 53, 5, 29),
    (0.02, 100, 103, 17, 9), (0.35, 100, 130, 19, 14), (0.7, 100, 156, 10, 10),
    (0.4, 72, 158, 14, 19), (0.4, 128, 158, 14, 19),
]  # fmt: skip


@pytest.mark.parametrize("shapes", [CORONAL, AXIAL], ids=["coronal", "axial"])
def test_other_slices_look_the_same_both_ways_and_are_refused(shapes):
    frames = slices(shapes)
    assert abs(left_lead(frames, USC.spacing, **EARS)) < LEAST / 2
    found = track(frames, USC.spacing, 83.28)
    assert all(reason.startswith("no midsagittal head") for reason in found.refused.values)
    assert set(found.facing.values) == {""}
    assert np.isfinite(found.boundary.values).any()  # there all the same, to be looked at


def test_a_head_that_is_as_much_its_mirror_is_none(film):
    both = (film.astype(float) + film[..., ::-1]) / 2
    refused = track(both, USC.spacing, 83.28).refused.values
    assert all(reason.startswith("no midsagittal head") for reason in refused)


def test_recorded_heads_of_many_speakers(speakers):
    """75 speakers, a few stills each: the way is never wrong, and never in doubt."""
    leads = [left_lead(stills, 2.4e-3, **EARS) for stills in speakers]
    assert len(leads) == 75
    assert min(leads) > LEAST


def test_recorded_clips_of_another_corpus(real):
    files = sorted((real / "usctimit_contours").glob("*_033.avi"))
    if not files:
        pytest.skip(f"no clips in {real / 'usctimit_contours'}")
    for file in files:
        frames = read_video(file).frames
        assert set(track(mirrored(frames), 0.2 / 68, 23.18).facing.values) == {"right"}
