"""MRI-like frames from maps of materials: brightness, coil shading, blur, noise."""

import numpy as np
from jaxtyping import Float, UInt8
from scipy.fft import fft2, fftfreq, ifft2
from scipy.ndimage import gaussian_filter

from tractable.imaging.anatomy import Material
from tractable.imaging.labels import Grid, blocks

Frames = Float[np.ndarray, "*time y x"]


def intensity_table(intensity: dict[str, float]) -> Float[np.ndarray, " material"]:
    """Brightness by material code, from names in lower case ("tongue": 0.7)."""
    return np.array([intensity[material.name.lower()] for material in Material])


def brightness(
    materials: UInt8[np.ndarray, "fine_y fine_x"],
    intensity: Float[np.ndarray, " material"],
    grid: Grid,
) -> Float[np.ndarray, "y x"]:
    """What an ideal scanner sees: each pixel the mean of what lies in it."""
    return blocks(intensity[materials], grid.fine)


def coil_shading(
    grid: Grid, *, centre: tuple[float, float], reach: float, floor: float
) -> Float[np.ndarray, "y x"]:
    """Sensitivity of coils: 1 at ``centre`` (x, y), falling to ``floor`` over ``reach`` [m]."""
    y, x = np.indices((grid.height, grid.width)) * grid.spacing
    away = np.hypot(x - centre[0], y - centre[1]) / reach
    return floor + (1 - floor) * np.exp(-0.5 * away**2)


def texture(
    grid: Grid, rng: np.random.Generator, *, grain: float, strength: float
) -> Float[np.ndarray, "y x"]:
    """Unevenness of tissue: a factor around 1, sd ``strength``, in bumps of ``grain`` [m]."""
    bumps = gaussian_filter(rng.standard_normal((grid.height, grid.width)), grain / grid.spacing)
    return np.exp(strength * bumps / bumps.std())


def scanned(
    bright: Frames,
    grid: Grid,
    rng: np.random.Generator,
    *,
    blur: float,
    resolved: float,
    noise: float,
    gain: float,
) -> UInt8[np.ndarray, "*time y x"]:
    """What a real scanner makes of brightness: grey frames, 0 to 255.

    Parameters
    ----------
    bright : brightness times shading and texture.
    blur : standard deviation of the point spread [m].
    resolved : share of k-space that was sampled, 0 to 1, along each axis; less than 1 rings.
    noise : standard deviation of the noise on each of two channels (Rician magnitude), in units of
        brightness.
    gain : grey levels per unit of brightness.
    """
    spread = blur / grid.spacing
    k_y, k_x = fftfreq(bright.shape[-2])[:, None], fftfreq(bright.shape[-1])[None]
    transfer = np.exp(-2 * (np.pi * spread) ** 2 * (k_y**2 + k_x**2))
    transfer *= np.maximum(abs(k_y), abs(k_x)) <= 0.5 * resolved
    image = ifft2(fft2(bright) * transfer)
    image += noise * rng.standard_normal((2, *bright.shape)).T.dot([1, 1j]).T
    return np.clip(np.rint(gain * np.abs(image)), 0, 255).astype(np.uint8)
