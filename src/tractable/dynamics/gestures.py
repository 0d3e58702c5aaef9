"""All gestures of a speaker, with the noise of the variables that they are gestures of."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from scipy.ndimage import binary_dilation

from tractable.contracts import DYNAMICS, BadInput, described
from tractable.dynamics.noise import DEGREE, Noise, plateau_noise
from tractable.dynamics.segmentation import BEND, GAP, REASONS, Criteria, Found, find_gestures
from tractable.dynamics.trajectories import VARIABLES, Trajectory, bridged, runs, trajectory
from tractable.movement.gestures import FEWEST_FRAMES


class Segmented(NamedTuple):
    """What one variable was found to do."""

    name: str
    path: Trajectory
    noise: Noise
    gestures: list[Found]
    excluded: list[int]  # by reason


def gestures(
    contours: xr.Dataset,
    areas: xr.Dataset,
    formants: xr.Dataset,
    *,
    variables: Sequence[str],
    root: Sequence[float],
    root_contact: float,
    bridge: float,
    noise: Mapping[str, Any],
    velocity: float,
    significance: Mapping[str, float],
    dip: float,
    share: float,
    rest: float,
    longest: float,
    fastest: float,
    least: float,
    expected: Mapping[str, Sequence[str]],
) -> xr.Dataset:
    """Gestures of a speaker from plateau to plateau (contract DYNAMICS).

    Parameters
    ----------
    contours, areas, formants : of the speaker (contracts CONTOURS, AREAS, FORMANTS).
    variables : in which gestures are looked for, lengths all; formants go along with them.
    root, root_contact : part of the tract of the tongue root, and the distance [m] below which it
        touches the wall, see ``trajectory``.
    bridge : longest gap that is looked across [s]; what is missing stays missing.
    noise : ``stretch`` [s], ``quiet`` and ``order`` of ``plateau_noise``, and ``steps`` [m] in
        which some variables are measured: their noise is not less than that of rounding.
    velocity : stretch over which the velocity is taken [s].
    significance : of the peak speed of a gesture, over what noise makes of it: ``unexpected``, and
        ``expected`` where a label lets one expect the gesture.
    dip, share : see ``Criteria``.
    rest : longest plateau on either side that belongs to a window [s].
    longest, fastest : movement that is believed [s, m/s].
    least : amplitude [m].
    expected : phones of which a gesture of a variable can be expected, in them and beside them.

    Raises
    ------
    BadInput : a variable that is not there, or is no length.
    """
    lengths = [name for name, variable in VARIABLES.items() if variable.unit == "m"]
    if strange := [name for name in variables if name not in lengths]:
        raise BadInput(
            f"dynamics: variables: no length {strange[0]!r}; known: {', '.join(lengths)}"
        )
    rate = contours.attrs["frame_rate"]
    asked = criteria(
        rate,
        velocity=velocity,
        significance=significance,
        dip=dip,
        share=share,
        rest=rest,
        longest=longest,
        fastest=fastest,
        least=least,
    )
    shortest = DEGREE + 2 + noise["order"]  # more than a trend and the noise have numbers
    stretch = {"frames": max(shortest, round(noise["stretch"] * rate)), "quiet": noise["quiet"]}
    found = []
    for name in variables:
        path = trajectory(
            name, contours, areas, formants, root=(root[0], root[1]), root_contact=root_contact
        )
        likely = beside(contours.phone.values, expected.get(name, ()), asked.rest)
        run = runs(np.isfinite(path.value), contours.clip_of.values, round(bridge * rate))
        values = bridged(path.value, run)
        still = np.where(path.contact, -1, run)
        level = plateau_noise(values, still, **stretch, order=noise["order"])
        level = rounded(level, noise["steps"].get(name, 0.0))
        kept, why = find_gestures(values, run, path.contact, likely, level, rate, asked)
        told = [one for one in kept if is_told(path, one)]
        why[GAP] += len(kept) - len(told)
        found.append(Segmented(name, path, level, told, [why[reason] for reason in REASONS]))
    columns = of_each(found, contours, formants) | of_variables(found, noise["order"] + 1, rate)
    known = {name: contours.attrs[name] for name in DYNAMICS.attributes}
    return described(DYNAMICS, columns, **known)


def criteria(
    rate: float,
    *,
    velocity: float,
    significance: Mapping[str, float],
    dip: float,
    share: float,
    rest: float,
    longest: float,
    fastest: float,
    least: float,
) -> Criteria:
    """What ``gestures`` asks of movements, in frames of a camera of this rate [Hz]."""
    return Criteria(
        window=max(BEND + 1, 2 * round(velocity * rate / 2) + 1),
        significance=significance["unexpected"],
        expected=significance["expected"],
        dip=dip,
        share=share,
        rest=round(rest * rate),
        longest=round(longest * rate),
        fastest=fastest,
        least=least,
    )


def is_told(path: Trajectory, one: Found) -> bool:
    """Whether enough frames of a window were measured, gaps that were looked across aside."""
    window = slice(one.first, one.last + 1)
    measured = np.isfinite(path.value[window]) & ~path.contact[window]
    return bool(measured.sum() >= FEWEST_FRAMES)


def rounded(noise: Noise, step: float) -> Noise:
    """The same, no quieter than what rounding to a step adds: step / sqrt(12)."""
    return noise._replace(level=float(np.maximum(noise.level, step / np.sqrt(12))))


def beside(phone: np.ndarray, phones: Sequence[str], frames: int) -> np.ndarray:
    """Frames in one of some phones, or no further than so many frames from one."""
    return binary_dilation(np.isin(phone, list(phones)), np.ones(2 * frames + 1))


def of_each(
    found: Sequence[Segmented], clock: xr.Dataset, formants: xr.Dataset
) -> dict[str, np.ndarray]:
    """Columns of the contract that have a row for each gesture, and the frames of windows."""
    time, clip, phone = (clock[part].values for part in ("time", "clip_of", "phone"))
    rate = clock.attrs["frame_rate"]
    rows = [(some, one) for some in found for one in some.gestures]
    ones = [one for _, one in rows]
    frames = max((one.last - one.first + 1 for one in ones), default=FEWEST_FRAMES)
    way = [VARIABLES[some.name][1 + (one.amplitude > 0)] for some, one in rows]

    def windows(paths: Sequence[np.ndarray], *inner: int) -> np.ndarray:
        table = np.full((len(rows), frames, *inner), np.nan)
        for row, one, path in zip(table, ones, paths, strict=True):
            row[: one.last - one.first + 1] = path[one.first : one.last + 1]
        return table

    def after_begin(part: str) -> np.ndarray:
        return np.array([getattr(one, part) - one.first for one in ones], float) / rate

    return {
        "gesture": np.arange(len(rows)),
        "frame": np.arange(frames) / rate,
        "trajectory": windows([some.path.value for some, _ in rows]),
        "trajectory_sd": windows([some.path.sd for some, _ in rows]),
        "contact": windows([some.path.contact for some, _ in rows]) == 1,
        "formant": formants.formant.values,
        "frequency": windows([formants.frequency.values] * len(rows), formants.sizes["formant"]),
        "frequency_sd": windows(
            [formants.frequency_sd.values] * len(rows), formants.sizes["formant"]
        ),
        "moves": np.array([some.name for some, _ in rows], "U48"),
        "direction": np.array(way, "U16"),
        "begin": np.array([time[one.first] for one in ones], float),
        "clip_of_gesture": np.array([clip[one.first] for one in ones], int),
        **{part: after_begin(part) for part in ("start", "peak", "end")},
        "amplitude": np.array([one.amplitude for one in ones], float),
        "peak_velocity": np.array([one.peak_velocity for one in ones], float),
        "phone_before": np.array([phone[one.start] for one in ones], "U16"),
        "phone_after": np.array([phone[one.end] for one in ones], "U16"),
    }


def of_variables(found: Sequence[Segmented], lags: int, rate: float) -> dict[str, np.ndarray]:
    """Noise, plateaus and what was left out, a row for each variable."""
    covariance = [some.noise.autocovariance(lags) for some in found]
    return {
        "variable": np.array([some.name for some in found], "U48"),
        "lag": np.arange(lags) / rate,
        "noise_autocovariance": np.array(covariance, float).reshape(-1, lags),
        "plateaus": np.array([some.noise.plateaus for some in found], int),
        "reason": np.array(REASONS),
        "excluded": np.array([some.excluded for some in found], int).reshape(-1, len(REASONS)),
    }
