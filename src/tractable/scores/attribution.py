"""V7: do attributions say what physics says, and what their own model does?

The skill must fall to its null for untrained and shuffled models, and no map of where the tract
moves may do as well as physics. Whether an attribution is its model's own is asked apart.
"""

from collections.abc import Callable

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from tractable.regions import region_shares
from tractable.scores.departures import Departure
from tractable.scores.exam import Exam
from tractable.scores.maps import NEUTRAL, PHYSICS, motion_share
from tractable.scores.metrics import ratio_of_sums
from tractable.scores.score import Score, by_formant, exactly
from tractable.scores.sensitivity import skill

PATH = "integrated_gradients"
SKILLS = {PATH: "integrated gradients", "gradient_shap": "gradient SHAP", "occlusion": "occlusion"}
OWN = ["attribution", "length_attribution", "departure", "return_change"]
EACH = ["formant", "place"]
ORDERED = {"deletion": -1, "insertion": 1}  # whether less or more should be left
ORDERS = 8  # random ones, for the null of deletion and insertion


def attribution_scores(exam: Exam) -> list[Score]:
    """Skill of each method's attributions against physics' own by the same method.

    1 - sum_f |a - a*|^2_Q / sum_f |a* - g N Dx|^2_Q: as V1's, but of what a natural departure Dx
    from neutral did at every place, Q being the interventional metric: how much is laid at the door
    of each centimetre? Null: the neutral map times the departure, its gain g fitted on training
    speakers. Untrained and shuffled models, a reversed tract and the motion-energy map must not
    pass. What contours err counts against a model, for physics departs by the true shapes where
    they are known; and so does what few draws do to gradient SHAP.
    """
    told, null = exam.answers.attribution, guessed(exam)
    told = told.where(told.model != NEUTRAL, null)  # its gain belongs to the metric
    return skills(exam, told, null, SKILLS)


def guessed(exam: Exam) -> xr.DataArray:
    """The null (frame, explainer, formant, place): g N Dx."""
    return exam.held_out(exam.training.neutral["attribution"]) * exam.reference.displacement


def skills(
    exam: Exam, told: xr.DataArray, null: xr.DataArray, names: dict[str, str]
) -> list[Score]:
    """Of attributions (model, frame, explainer, formant, place), under a name for each explainer.

    Each is judged by physics' own of the same explainer, beside ``null`` (see `guessed`).
    """
    found = skill(told, exam.reference.attribution, null, exam.interventional)
    return [
        Score(
            f"V7 {name} skill",
            by_formant(found.sel(explainer=explainer, drop=True)),
            1,
            exactly(0.0),
            exactly(1.0),
        )
        for explainer, name in names.items()
    ]


def faithfulness_scores(exam: Exam) -> list[Score]:
    """Do integrated gradients say what their own model does? Of models, and of physics itself.

    A model that learnt nothing can be explained as well as any: neither tells models apart.

    Completeness gap: root mean square of f(x) - f(x0) - sum a, over that of f(x) - f(x0);
    attributing nothing leaves 100 %. It must catch a path of too few steps.
    Infidelity: E (m a + f(x - m (x - x0)) - f(x))^2 over random halves m of the tract, over the
    same of a motion-energy map with the same sum: below 1, or the map explains the model as well.
    It must catch attributions that are not the model's own; a linear model has 0, and physics,
    whose parts do not add up, more.
    Not attributed: share of frames in which a model's formant jumps on the way from neutral, so
    that no gradient explains it; no other score of integrated gradients counts those. It must
    catch a model that passes by being explained where it is smooth alone.

    References
    ----------
    Sundararajan et al. (2017), arXiv 1703.01365; Yeh et al. (2019), arXiv 1901.09392, their
    noisy baseline being a neutral one, and divided by the map's.
    """
    path = exam.reference.sel(explainer=PATH)[OWN].expand_dims(model=[PHYSICS])
    own = xr.concat([exam.evidence.answers.sel(explainer=PATH)[OWN], path], "model")
    own = own.drop_vars("explainer")
    returned, motion = exam.evidence.answers.returned, motion_share(exam.evidence)
    gap, unlike = completeness_gap(own), infidelity(own, returned, motion)
    refused, nothing = by_formant(not_attributed(own)), exactly(0.0)
    return [
        Score("V7 completeness gap (%)", by_formant(gap), 0, exactly(100.0), nothing),
        Score("V7 infidelity over motion's", by_formant(unlike), 0, exactly(1.0), nothing),
        Score("V7 frames not attributed (%)", refused, -1, ceiling=nothing),
    ]


def completeness_gap(own: xr.Dataset) -> xr.DataArray:
    """What attributions lack of the whole [% of its root mean square] (model, formant)."""
    lacking = own.departure - own.attribution.sum("place", skipna=False) - own.length_attribution
    return 100 * ratio_of_sums(lacking**2, own.departure**2, "frame") ** 0.5


def not_attributed(own: xr.Dataset) -> xr.DataArray:
    """Share of the frames that were asked whose parts are not known [%] (model, formant)."""
    asked = own.departure.notnull()
    unknown = asked & own.length_attribution.isnull()
    return 100 * unknown.sum("frame") / asked.sum("frame").where(asked.any("frame"))


def infidelity(own: xr.Dataset, returned: xr.DataArray, motion: xr.DataArray) -> xr.DataArray:
    """Of attributions over that of a motion-energy map (model, formant).

    Parameters
    ----------
    own : attribution (..., place) and return_change (..., set), both of one model.
    returned : share of each place that returns to neutral (set, place).
    motion : share of each place in the motion of the tract (place,).
    """
    map_of_motion = motion * own.attribution.sum("place", skipna=False)
    missed, by_motion = (
        (xr.dot(told, returned, dim="place") + own.return_change) ** 2
        for told in (own.attribution, map_of_motion)
    )
    return ratio_of_sums(missed, by_motion, ["frame", "set"])


def order_scores(exam: Exam, way: Callable[[np.ndarray], Departure], *, seed: int) -> list[Score]:
    """Which regions to take away, or to put in, first: a formant's departure, told by physics.

    Deletion: regions return to neutral two at a time, those first to which most of the way that the
    formant went is attributed, those that pulled the other way last. Insertion: the same from the
    other end, so that those return last which matter most. The score is the mean over the steps of
    what is left of the departure (of all places; length stays), the way it went, summed over
    frames, over the whole: of parts that add up no order leaves less, or more, than their own.
    Null: random orders. Ceiling: physics' own. They must catch motion energy, and models that
    learnt nothing.

    Parameters
    ----------
    way : of frames, by their index on the clock.
    seed : of random orders.

    References
    ----------
    Deletion and insertion after Petsiuk et al. (2018), arXiv 1806.07421; asking physics instead of
    the model is ours: a model's own order of what moves *it* would do whatever it has learnt.
    """
    asked = np.flatnonzero(
        exam.reference.attribution.sel(explainer=PATH).notnull().all(EACH).values
    )
    told = exam.answers.attribution.sel(explainer=PATH, drop=True).isel(frame=asked)
    told = told.transpose("model", "formant", "frame", "place")
    regions = region_shares(exam.reference.sizes["region"], told.sizes["place"])
    size = told.values @ regions.T
    random = np.random.default_rng(seed).normal(size=(ORDERS, *size.shape[1:]))
    departure, sizes = way(exam.evidence.frames[asked]), np.concatenate([size, random])
    labels = {"model": told.model, "formant": told.formant}
    scores = []
    for name, left in left_by_order(sizes, departure, regions).items():
        value = by_formant(xr.DataArray(left[: len(size)], labels, ("model", "formant")))
        orders = xr.DataArray(left[len(size) :], {"formant": told.formant}, ("order", "formant"))
        null, best = by_formant(orders.mean("order")), value.sel(model=PHYSICS, drop=True)
        scores.append(Score(f"V7 {name} by physics", value, ORDERED[name], null, best))
    return scores


def left_by_order(
    size: Float[np.ndarray, "model formant frame region"],
    way: Departure,
    regions: Float[np.ndarray, "region place"],
) -> dict[str, Float[np.ndarray, "model formant"]]:
    """Share of a formant's departure that is left while regions return, by deletion and insertion.

    Mean over steps; NaN for a model without attributions. Frames in which physics cannot be asked
    on the way, or that a model does not attribute, do not count.

    Parameters
    ----------
    size : of what each region does; NaN where a model does not say.
    regions : share of each place that lies in each region.
    """
    whole = way.left(np.zeros((len(way.log_area), way.places))).T
    sign = np.sign(whole)[..., None]
    rank = np.argsort(np.argsort(-np.nan_to_num(size * sign), axis=-1, kind="stable"), axis=-1)
    asked = (np.nan_to_num(size) != 0).any((2, 3))
    ranks = {"deletion": rank, "insertion": len(regions) - 1 - rank}
    shares = {}
    for name, first in ranks.items():
        left = on_the_way(first, way, regions)
        known = np.isfinite(left).all(0) & np.isfinite(whole) & np.isfinite(size).all(-1)
        away = np.broadcast_to(np.abs(whole), known.shape).sum(-1, where=known)
        share = np.where(known, left * sign[..., 0], 0.0).sum(-1) / np.where(away > 0, away, np.nan)
        shares[name] = np.where(asked, share, np.nan)
    return shares


def on_the_way(
    rank: Int[np.ndarray, "model formant frame region"],
    way: Departure,
    regions: Float[np.ndarray, "region place"],
) -> Float[np.ndarray, "model formant frame"]:
    """What is left of ln F while regions return by rank, two at a time: the mean over steps."""
    steps = np.arange(2, len(regions), 2)
    gone = (rank < steps[:, None, None, None, None]).astype(float) @ regions
    return np.einsum("kmnfn->kmnf", way.left(gone)).mean(0)
