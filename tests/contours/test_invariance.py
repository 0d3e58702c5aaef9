"""The same head gives the same curves, whatever the scanner's scale, view, pixels and rate.

The bounds are distances between curves found in the same head twice, averaged over points, in mm;
what was measured stands beside them. A pixel is 2.4 mm.
"""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from tests.contours.heads import POSE, USC, filmed, spoken
from tractable.contours import track
from tractable.contracts import FACE

SPACING = USC.spacing
SAME = 0.15  # mm; rounding to bfloat16, which a processor may have: 0.045
VIEW = 1.0  # mm; the network's pixels lie elsewhere in the head: 0.60
PIXELS = 1.0  # mm: 0.63
RATE = 0.8  # mm; neighbours in time are farther away: 0.4
TURNED = 1e-4  # mm


def three_times(frames: np.ndarray) -> np.ndarray:
    """So that a still is its own neighbour in time."""
    return np.repeat(frames, 3, axis=0)


@pytest.fixture(scope="module")
def phantom():
    return three_times(filmed(USC, POSE)[0])


@pytest.fixture(scope="module")
def stills(speakers):
    """One frame of each speaker of the USC 75-Speaker corpus."""
    return three_times(speakers[:, 0])


@pytest.fixture(scope="module", params=["phantom", "stills"])
def frames(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def found(frames):
    return track(frames, SPACING, 83.28)


def known(curve: np.ndarray) -> np.ndarray:
    return curve[np.isfinite(curve).all(1)]


def apart(one, other, shift=(0.0, 0.0)) -> float:
    """Mean distance of curves, both ways, in the frames that neither refuses [mm].

    From lips to glottis: of the face a smaller view shows less. At most a tenth of the frames may
    be refused the one time and not the other.
    """
    refused = [(which.refused != "").values for which in (one, other)]
    assert (refused[0] != refused[1]).mean() <= 0.1
    curves = [which.boundary.where(which.articulator != FACE).values for which in (one, other)]
    distances = []
    for frame in np.flatnonzero(~refused[0] & ~refused[1]):
        for a, b in zip(*(of[frame] for of in curves), strict=True):
            a, b = known(a), known(b) - np.array(shift)
            distances += [cKDTree(b).query(a)[0].mean(), cKDTree(a).query(b)[0].mean()]
    return 1000 * float(np.mean(distances))


@pytest.mark.parametrize(
    "scale, kind",
    [(1, "int16"), (200, "uint16"), (37, "float64"), (1 / 255, "float32")],
)
def test_the_scale_and_the_type_of_grey_levels(frames, found, scale, kind):
    scaled = (frames.astype(float) * scale).astype(kind)
    assert apart(found, track(scaled, SPACING, 83.28)) < SAME


@pytest.mark.parametrize("top, left", [(8, 8), (0, 6), (5, 0)])
def test_a_smaller_view(frames, found, top, left):
    part = frames[:, top:, left : 84 - left // 2]
    assert apart(found, track(part, SPACING, 83.28), (-left * SPACING, -top * SPACING)) < VIEW


@pytest.mark.parametrize("grey", [0, 90])
def test_blank_margins_do_not_matter(frames, found, grey):
    """A margin of one row would otherwise be seen as part of the head."""
    wide = np.pad(frames, ((0, 0), (1, 12), (5, 0)), constant_values=grey)
    other = track(wide, SPACING, 83.28)
    assert apart(found, other, (5 * SPACING, SPACING)) < TURNED
    np.testing.assert_array_equal(other.tissue_map[:, 1:85, 5:], found.tissue_map)
    assert not other.tissue_map[:, 85:].any()


@pytest.mark.parametrize("spacing", [1.4e-3, 2.0e-3, 3.0e-3])
def test_other_pixels(frames, found, spacing):
    assert apart(found, track(resampled(frames, spacing), spacing, 83.28)) < PIXELS


def resampled(frames: np.ndarray, spacing: float) -> np.ndarray:
    """The same picture in other pixels, its first centre kept; blurred before it gets coarser."""
    ratio = spacing / SPACING
    places = [np.arange(int((count - 1) / ratio) + 1) * ratio for count in frames.shape[1:]]
    blur = 0.4 * np.sqrt(max(0.0, ratio**2 - 1))
    smooth = gaussian_filter(frames.astype(float), (0, blur, blur))
    at = np.meshgrid(*places, indexing="ij")
    return np.array([map_coordinates(frame, at, order=3, mode="nearest") for frame in smooth])


def test_a_mirror(frames, found):
    other = track(np.ascontiguousarray(frames[..., ::-1]), SPACING, 83.28)
    right = (frames.shape[2] - 1) * SPACING
    back = other.assign(boundary=(found.boundary.dims, other.boundary.values * [-1, 1]))
    assert apart(found, back, (-right, 0)) < TURNED
    np.testing.assert_array_equal(other.tissue_map[..., ::-1], found.tissue_map)


def test_ten_or_a_hundred_frames_a_second():
    """A head that speaks: the frames that a slow scanner sees too."""
    fast = filmed(USC, POSE, spoken(100.0, 1.2))[0]
    all_of_them = track(fast, SPACING, 100.0).isel(time=slice(0, None, 10))
    assert apart(all_of_them, track(fast[::10], SPACING, 10.0)) < RATE
