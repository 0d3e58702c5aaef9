"""The noise floor: what measuring alone costs a model that has learned everything else."""

from dataclasses import dataclass

import xarray as xr

from tractable.scores.evidence import Evidence, Stores, on_frames, unlabelled
from tractable.scores.training import pooled


@dataclass(frozen=True)
class Noise:
    """Measured minus true, in logarithms, of one speaker; NaN where either is unknown."""

    shape: xr.DataArray  # ln d (time, place)
    length: xr.DataArray  # ln L (time,)
    sound: xr.DataArray  # ln F (time, formant)


def measured_noise(evidence: Evidence, stores: Stores) -> Noise:
    """All that measuring did to this speaker."""
    true = {n: unlabelled(stores["truth"][n]) for n in ("distance", "tract_length", "frequency")}
    return Noise(
        evidence.log_distance - xr.ufuncs.log(true["distance"].where(true["distance"] > 0)),
        xr.ufuncs.log(evidence.tract_length / true["tract_length"]),
        xr.ufuncs.log(unlabelled(stores["formants"].frequency) / true["frequency"]),
    )


def without_habits(noises: list[Noise], evidences: list[Evidence]) -> list[Noise]:
    """Noise less its mean over the training frames: what is always so, any trained model learns."""
    weights = [evidence.trains for evidence in evidences]

    def moving(parts: list[xr.DataArray]) -> list[xr.DataArray]:
        habit = pooled(parts, weights, "time")
        return [
            part - habit.isel(fold=evidence.fold_of_time)
            for part, evidence in zip(parts, evidences, strict=True)
        ]

    shapes = moving([noise.shape for noise in noises])
    lengths = moving([noise.length for noise in noises])
    sounds = moving([noise.sound for noise in noises])
    return [Noise(*parts) for parts in zip(shapes, lengths, sounds, strict=True)]


def error_from_shape(noise: Noise, evidence: Evidence) -> xr.DataArray:
    """d ln F (frame, formant) that true physics makes of the error in the shape, to first order."""
    physics = evidence.reference
    shape, length = (on_frames(part, evidence.frames) for part in (noise.shape, noise.length))
    by_shape = xr.dot(physics.distance_sensitivity, shape, dim="place")
    return by_shape + physics.stretch_sensitivity * length


def formant_floors(noise: Noise, evidence: Evidence) -> tuple[xr.DataArray, xr.DataArray]:
    """Mean abs(dF)/F (formant,) of the truth fed with measured shapes: against sound, and poles."""
    from_shape = error_from_shape(noise, evidence)
    from_sound = on_frames(noise.sound, evidence.frames)
    return abs(from_shape - from_sound).mean("frame"), abs(from_shape).mean("frame")


def shape_floor(noise: Noise, evidence: Evidence) -> xr.DataArray:
    """Root mean square error [m] of measured cross-distances, once their habits are known."""
    measured = xr.ufuncs.exp(evidence.log_distance)
    return (((measured - xr.ufuncs.exp(evidence.log_distance - noise.shape)) ** 2).mean()) ** 0.5
