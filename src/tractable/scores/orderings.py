"""V6: which regions take a formant away from its neutral value in a phone, and in which order?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.stats import kendalltau

from tractable.regions import region_shares
from tractable.scores.evidence import on_frames
from tractable.scores.exam import Exam
from tractable.scores.phones import often_said
from tractable.scores.score import Score, by_formant, exactly, of_no_formant
from tractable.stage import check_options

PHONE = "explained_phone"


@dataclass(frozen=True, kw_only=True)
class PhoneClass:
    """Phones that a textbook makes in one part of the tract."""

    phones: list[str]  # labels, as the corpus has them
    part: list[float]  # x/L of its two ends

    def holds(self, regions: int) -> np.ndarray:
        """Whether the middle of each region lies in the part, 1 or 0."""
        middle = (np.arange(regions) + 0.5) / regions
        return ((middle >= self.part[0]) & (middle <= self.part[1])).astype(float)


@dataclass(frozen=True, kw_only=True)
class Orderings:
    """What V6 asks.

    Parameters
    ----------
    least_frames : explained frames of a speaker below which a phone, or a class, is left out.
    classes : name -> options of `PhoneClass`.

    Raises
    ------
    BadInput : a class that has other options.
    """

    least_frames: int
    classes: dict[str, dict[str, list]]

    def __post_init__(self) -> None:
        for name, options in self.classes.items():
            check_options(PhoneClass, options, f"scores: battery: orderings: classes: {name}")

    def known(self) -> list[PhoneClass]:
        return [PhoneClass(**options) for options in self.classes.values()]


def contributions(exam: Exam, maps: xr.DataArray) -> xr.DataArray:
    """J . (ln d - ln d_neutral) within each region (..., frame, formant, region) [ln F].

    The neutral shape is the speaker's geometric mean, ``neutral_distance`` of the explanations.

    Parameters
    ----------
    maps : dlnF/dlnd (..., frame, formant, place).
    """
    evidence = exam.evidence
    away = evidence.log_distance - evidence.log_distance.mean("time")
    shares = region_shares(exam.reference.sizes["region"], away.sizes["place"])
    regions = xr.DataArray(shares, dims=("region", "place"))
    return xr.dot(maps * on_frames(away, evidence.frames), regions, dim="place")


def by_phone(values: xr.DataArray, phones: np.ndarray, least_frames: int) -> xr.DataArray:
    """Mean over the frames of every phone that has enough of them, dim `PHONE` for ``frame``."""
    enough = often_said(phones, least_frames)
    if not len(enough):
        nothing = xr.full_like(values.isel(frame=[]), np.nan).rename(frame=PHONE)
        return nothing.assign_coords({PHONE: enough})
    means = [values.isel(frame=np.flatnonzero(phones == name)).mean("frame") for name in enough]
    return xr.concat(means, PHONE).assign_coords({PHONE: enough})


def kendall(one: np.ndarray, other: np.ndarray) -> float:
    """Kendall's tau-b of two orders; who ranks nothing has 0, who was not asked NaN."""
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return np.nan
    return float(np.nan_to_num(kendalltau(one, other).statistic))


def ordering_tau(told: xr.DataArray, known: xr.DataArray) -> xr.DataArray:
    """Kendall's tau over regions of contributions (..., region)."""
    return xr.apply_ufunc(
        kendall,
        told,
        known,
        input_core_dims=[["region"], ["region"]],
        vectorize=True,
        output_dtypes=[float],
    )


def taus(exam: Exam, least_frames: int) -> xr.DataArray:
    """tau of an exam's maps against the reference's (model, PHONE, formant)."""
    told, known = (
        by_phone(
            contributions(exam, of.distance_sensitivity), exam.evidence.phone_of_frame, least_frames
        )
        for of in (exam.answers, exam.reference)
    )
    return ordering_tau(told, known)


def largest_in(contributed: xr.DataArray, part: np.ndarray) -> xr.DataArray:
    """Share of the region with the largest effect, of all formants together, that lies in a part.

    Regions that tie divide it; NaN where a model was not asked.

    Parameters
    ----------
    contributed : mean over frames (..., formant, region).
    part : whether each region lies in it, 1 or 0.
    """
    size = abs(contributed).sum("formant", skipna=False)
    tops = (size >= size.max("region") - 1e-9).astype(float)
    share = xr.dot(tops, xr.DataArray(part, dims="region"), dim="region") / tops.sum("region")
    return share.where(size.notnull().all("region"))


def top_region(
    contributed: xr.DataArray, phones: np.ndarray, ask: Orderings
) -> tuple[xr.DataArray, float]:
    """Share of classes whose most effective region is the textbook's (...,), and a guess's.

    Both NaN where no class has enough frames; those of all phones of a class count together.

    Parameters
    ----------
    contributed : (..., frame, formant, region).
    phones : label of each frame.
    """
    found, guess = [], []
    for of in ask.known():
        frames = np.flatnonzero(np.isin(phones, of.phones))
        if len(frames) >= ask.least_frames:
            part = of.holds(contributed.sizes["region"])
            found.append(largest_in(contributed.isel(frame=frames).mean("frame"), part))
            guess.append(part.mean())
    if not found:
        return contributed.isel(frame=0, formant=0, region=0, drop=True) * np.nan, np.nan
    return xr.concat(found, "class").mean("class", skipna=False), float(np.mean(guess))


def ordering_scores(exam: Exam, ask: Orderings) -> list[Score]:
    """V6: tau by formant, the mean over phones, and the top region against the textbook [%].

    Of frames with a trusted formant, so a consonant is there by what sounds of it: its voiced part
    and the frames beside a closure that bear its label; a voiceless stop has next to none. Which
    region is on top depends on the whole shape and not on the constriction alone: beside the
    second score stands how often physics itself agrees with the textbook, and a map that never
    changes may agree more often, for the tract's departure is there whatever the map. Nulls: an
    order at random, and a region at random.
    """
    tau = taus(exam, ask.least_frames).mean(PHONE)
    phones = exam.evidence.phone_of_frame
    (right, guess), (own, _) = (
        top_region(contributions(exam, of.distance_sensitivity), phones, ask)
        for of in (exam.answers, exam.reference)
    )
    return [
        Score("V6 ordering tau", by_formant(tau), 1, exactly(0.0), exactly(1.0)),
        Score("V6 top region (%)", of_no_formant(100 * right), 0, exactly(100 * guess), 100 * own),
    ]


def ordering_curves(exams: Sequence[Exam], ask: Orderings) -> dict:
    """What the contract ``scores`` has of orderings by phone; nothing where no phone is listed."""
    each = [taus(exam, ask.least_frames).mean("formant", skipna=False) for exam in exams]
    phones = sorted({str(phone) for of in each for phone in of[PHONE].values})
    if not phones:
        return {}
    together = xr.concat([of.reindex({PHONE: phones}) for of in each], "speaker")
    return {
        PHONE: np.array(phones),
        "ordering_tau": together.transpose("model", "speaker", PHONE),
    }
