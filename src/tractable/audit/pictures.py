"""The pictures of a clip: noise, sharpness, and where the head is."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.fft import fft2, ifft2
from scipy.ndimage import affine_transform, gaussian_filter
from scipy.optimize import least_squares

LOOKED_AT = 64  # frames of a clip, evenly spread
EDGES = 95  # percentile of gradients that are edges
SMOOTH = 1.0  # pixels, sd of the Gaussian before heads are laid over each other
CALM = 5.0  # grey levels: a pixel that changes by so much counts a half
TO_SD = 1.4826  # median absolute deviation to standard deviation, of normal values
NEAR, TURN = 6.0, 0.2  # pixels and rad, as far as a head is looked for around the first guess
STEP = np.array([0.25, 0.25, 0.01])  # down, right [pixels], turn [rad]: of differences


class Average(NamedTuple):
    """A stretch of pictures laid over each other."""

    mean: Float[np.ndarray, "y x"]  # grey levels
    spread: Float[np.ndarray, "y x"]  # grey levels, standard deviation over time


class Seen(NamedTuple):
    """What a clip looks like."""

    signal_to_noise: float  # mean of tissue over the noise's standard deviation
    edge: float  # m, over which an edge goes from dark to bright: what is sharp has less
    average: Average


class Pose(NamedTuple):
    """Where a head is beside another one: right, down [m], and clockwise [rad]."""

    right: float
    down: float
    turn: float

    @property
    def distance(self) -> float:
        return float(np.hypot(self.right, self.down))


def seen(
    frames: UInt8[np.ndarray, "time y x"], tissue: Bool[np.ndarray, "time y x"], spacing: float
) -> Seen:
    """What a clip looks like.

    Noise is what three frames on end have that no straight course in time explains, by the median
    over the pixels of tissue.

    Parameters
    ----------
    tissue : pixels that are no air.
    spacing : of pixels [m].
    """
    middle = np.linspace(1, len(frames) - 2, min(LOOKED_AT, len(frames) - 2)).round().astype(int)
    near = [frames[middle + by].astype(np.float32) for by in (-1, 0, 1)]
    bend = (near[1] - (near[0] + near[2]) / 2) / np.sqrt(1.5)
    inside = tissue[middle]
    noise = TO_SD * float(np.median(np.abs(bend[inside]))) if inside.any() else np.nan
    bright = float(near[1][inside].mean()) if inside.any() else np.nan
    edges = [edge_width(frame, spacing) for frame in near[1]]
    ratio = bright / noise if noise > 0 else np.nan
    return Seen(ratio, float(np.median(edges)), mean_and_spread(frames))


def mean_and_spread(frames: UInt8[np.ndarray, "time y x"]) -> Average:
    values = frames[:: max(1, len(frames) // (2 * LOOKED_AT))].astype(np.float32)
    return Average(values.mean(0), values.std(0))


def edge_width(frame: Float[np.ndarray, "y x"], spacing: float) -> float:
    """Contrast of a picture over its steep gradients [m]."""
    down, right = np.gradient(gaussian_filter(frame, SMOOTH))
    steep = float(np.percentile(np.hypot(down, right), EDGES))
    dark, bright = np.percentile(frame, (100 - EDGES, EDGES))
    return spacing * float(bright - dark) / steep if steep > 0 else np.nan


def pose(of: Average, beside: Average, spacing: float) -> Pose:
    """Where the head of one stretch is beside that of another.

    Mean pictures are laid over each other, first by correlation, then by least squares; pixels that
    change within a stretch, such as tongue and lips, count less.
    """
    moved, still = (gaussian_filter(each.mean.astype(float), SMOOTH) for each in (of, beside))
    weight = np.sqrt(CALM / (CALM + gaussian_filter(np.maximum(of.spread, beside.spread), SMOOTH)))

    def misfit(where: np.ndarray) -> np.ndarray:
        return (weight * (brought_back(moved, *where.tolist()) - still)).ravel()

    def slope(where: np.ndarray) -> np.ndarray:
        ways = np.diag(STEP)
        return np.stack([(misfit(where + way) - misfit(where - way)) / 2 for way in ways], 1) / STEP

    start = np.array([*coarse_shift(moved, still), 0.0])
    reach = np.array([NEAR, NEAR, TURN])
    bounds = start - reach, start + reach
    down, right, turn = least_squares(misfit, start, slope, bounds, x_scale=STEP).x.tolist()
    return Pose(spacing * right, spacing * down, turn)


def coarse_shift(
    moved: Float[np.ndarray, "y x"], still: Float[np.ndarray, "y x"]
) -> tuple[float, float]:
    """Whole pixels, down and right, by which one picture correlates best with another."""
    product = fft2(moved - moved.mean()) * np.conj(fft2(still - still.mean()))
    correlation = np.fft.fftshift(np.real(np.asarray(ifft2(product))))
    down, right = np.unravel_index(int(correlation.argmax()), correlation.shape)
    height, width = correlation.shape
    return float(down - height // 2), float(right - width // 2)


def brought_back(
    picture: Float[np.ndarray, "y x"], down: float, right: float, turn: float
) -> Float[np.ndarray, "y x"]:
    """A picture, moved and turned about its middle, as it was before [pixels, rad]."""
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[cos, sin], [-sin, cos]])
    middle = (np.array(picture.shape) - 1) / 2
    offset = middle - matrix @ middle + np.array([down, right])
    return affine_transform(picture, matrix, offset, order=1, mode="nearest")
