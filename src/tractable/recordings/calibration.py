"""Size of a pixel and rate of frames: what files say, what params.yaml says, and which counts."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tractable.contracts import BadInput
from tractable.recordings.adapter import Clip, Recorded

PIXELS = (0.2e-3, 10e-3)  # m, spacing that any MRI of a head has
RATES = (1, 1000)  # Hz, of any real-time MRI
SAME = 1e-3  #: relative difference of two values that mean the same


def check_calibration(where: str, entry: Mapping[str, Any]) -> None:
    """Refuse a calibration that cannot be meant, by its unit perhaps."""
    spacing = entry.get("pixel_spacing", 1e-3)
    if not isinstance(spacing, float) or not PIXELS[0] < spacing < PIXELS[1]:
        raise BadInput(f"{where}: pixel_spacing {spacing!r}; it is in m, as in 0.0024 for 2.4 mm")
    if "frame_rate" in entry:
        try:
            right = RATES[0] <= exact(entry["frame_rate"]) <= RATES[1]
        except (ValueError, ZeroDivisionError):
            right = False
        if not right:
            raise BadInput(
                f"{where}: frame_rate {entry['frame_rate']!r}; it is in Hz, as in 23.18 or "
                "65040/781"
            )


def check_spacing_said(spacing: float | None) -> None:
    """Refuse what was said to the command in another unit than its mm; ``spacing`` [m]."""
    if spacing is not None and not PIXELS[0] < spacing < PIXELS[1]:
        low, high = (f"{1000 * limit:g}" for limit in PIXELS)
        unit = "m" if spacing <= PIXELS[0] else "micrometres"
        raise BadInput(
            f"--pixel-spacing {1000 * spacing:g} mm, expected {low} to {high} mm; was it given in "
            f"{unit}?"
        )


def exact(rate: Any) -> Fraction:
    """A frame rate as params.yaml has it: 23.18 is 2318/100; ValueError: it is none."""
    return Fraction(str(rate))


def calibrated(
    clip: Clip, recorded: Recorded, settings: Mapping[str, Any]
) -> tuple[Fraction, float]:
    """Frame rate [Hz] and pixel spacing [m] of a clip; what params.yaml says wins.

    Raises
    ------
    BadInput : neither says it.
    """
    rate, spacing = recorded.frame_rate, recorded.pixel_spacing
    if "frame_rate" in settings:
        rate = exact(settings["frame_rate"])
        report(clip, "frame_rate", recorded.frame_rate, rate, "Hz")
    if "pixel_spacing" in settings:
        spacing = settings["pixel_spacing"]
        report(clip, "pixel_spacing", recorded.pixel_spacing, spacing, "m")
    if rate is None or spacing is None:
        name = "frame_rate" if rate is None else "pixel_spacing"
        raise BadInput(
            f"{clip.pictures}: its {name} is unknown, and no file holds it; say {name} in "
            f"params.yaml: corpora, or `add --{name.replace('_', '-')}`"
        )
    return rate, spacing


def report(
    clip: Clip, name: str, said: float | Fraction | None, taken: float | Fraction, unit: str
) -> None:
    """Say where a clip's files and params.yaml disagree; nobody can tell which is right."""
    if said is not None and not math.isclose(said, taken, rel_tol=SAME):
        print(
            f"{clip.pictures}: {name} {float(said):g} {unit} by its header, but "
            f"{float(taken):g} {unit} by params.yaml, which is taken",
            flush=True,
        )
