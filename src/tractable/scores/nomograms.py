"""V5: do formants follow a constriction along the tract, and where do they come near each other?

Nobody speaks the swept shapes: it is asked whether a model knows what a tube does where no tongue
taught it. All is of ln F about its mean over the sweep, for a level that is off belongs to V0.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float

from tractable.scores.assembly import LABELS
from tractable.scores.evidence import FORMANTS, Stores
from tractable.scores.exam import Exam
from tractable.scores.regrid import averaged, edges_of, equal_edges
from tractable.scores.score import Score, by_formant, exactly, of_no_formant, with_labels
from tractable.scores.tubes import Tube, frequencies

PAIRS = ((1, 2), (2, 3))  # of formants that come near each other
QUANTAL = (2, 3)


def swept(stores: Stores, neutral: Tube, slope: Float[np.ndarray, " place"]) -> xr.Dataset:
    """Physics' own nomogram, in the language of the explanations; nothing where none was asked for.

    The neutral tube's ln A changes by beta times what a constriction changes in ln d, so that laws
    of area are compared and not the neutral shapes that were measured.

    Parameters
    ----------
    neutral : the speaker's neutral tube, one frame.
    slope : beta by place, glottis first.

    Returns
    -------
    ``swept_frequency`` (sweep, formant) [Hz], NaN where a section is closed; ``narrowing`` (sweep,
    place), ln d less the neutral shape's; ``swept_place`` (sweep,), the constriction's middle [m
    from the glottis].
    """
    told = stores["explanations"]
    if "swept_distance" not in told:
        return xr.Dataset()
    narrowing = np.log(told.swept_distance.values) - np.log(told.neutral_distance.values)
    sections, places = edges_of(neutral.section_length), equal_edges(len(slope))
    log_change = averaged(slope * narrowing[:, None], sections, places)
    frequency = frequencies(neutral.scaled(np.exp(log_change)))[:, 0]
    return xr.Dataset(
        {
            "swept_frequency": (("sweep", "formant"), frequency),
            "narrowing": (("sweep", "place"), narrowing),
            "swept_place": ("sweep", told.sweep.values * told.neutral_length),
        },
        {"formant": FORMANTS},
    )


def nomogram_error(told: xr.DataArray, known: xr.DataArray) -> xr.DataArray:
    """Root mean square error of ln F about its mean, over the reference's sd: a constant scores 1.

    Parameters
    ----------
    told, known : ln F (..., sweep, formant) [ln Hz].
    """
    missed = told - known
    missed = missed - missed.mean("sweep")
    return (missed**2).mean("sweep", skipna=False) ** 0.5 / known.std("sweep")


def focal_place(
    log_frequency: xr.DataArray, place: xr.DataArray, pair: tuple[int, int]
) -> xr.DataArray:
    """Where two formants come nearest, F_n+1 / F_n being least; of places that tie, the mean.

    So a model that hears no constriction says the middle of the sweep.

    Parameters
    ----------
    log_frequency : ln F (..., sweep, formant) [ln Hz].
    place : of the constriction (sweep,) [m from the glottis].
    """
    lower, upper = (log_frequency.sel(formant=n, drop=True) for n in pair)
    apart = upper - lower
    return place.where(apart <= apart.min("sweep") + 1e-9).mean("sweep")


def quantal_ratio(
    log_frequency: xr.DataArray, place: xr.DataArray, focus: xr.DataArray, *, around: float
) -> xr.DataArray:
    """How fast a formant moves near a focal point, over how fast in the whole sweep (..., formant).

    Mean abs(dlnF/dx) over both; NaN where nothing moves.

    Parameters
    ----------
    log_frequency : ln F (..., sweep, formant) [ln Hz].
    place : of the constriction (sweep,) at even steps [m].
    focus : focal point () [m].
    around : how far from it is near [m].

    References
    ----------
    Stevens (1989), doi:10.1016/S0095-4470(19)31520-7: sounds are made where formants stand still.
    """
    steps = abs(log_frequency.diff("sweep"))
    middle = (place.isel(sweep=slice(1, None)) + place.isel(sweep=slice(None, -1))) / 2
    near = steps.where(abs(middle - focus) <= around).mean("sweep")
    whole = steps.mean("sweep", skipna=False)
    return near / whole.where(whole > 1e-9)


def nomogram_scores(exam: Exam, *, around: float) -> list[Score]:
    """V5 of a speaker whose models were asked about swept shapes; otherwise none.

    Parameters
    ----------
    around : how far from a focal point the quantal ratio looks [m].
    """
    if "swept_frequency" not in exam.answers:
        return []
    told, known = (xr.ufuncs.log(of.swept_frequency) for of in (exam.answers, exam.reference))
    error = by_formant(nomogram_error(told, known))
    return [
        Score("V5 nomogram error", error, -1, exactly(1.0), exactly(0.0)),
        *(focal_score(told, known, exam.reference.swept_place, pair) for pair in PAIRS),
        quantal_score(told, known, exam.reference.swept_place, around=around),
    ]


def focal_score(
    told: xr.DataArray, known: xr.DataArray, place: xr.DataArray, pair: tuple[int, int]
) -> Score:
    """How far a model's focal point lies from the reference's [cm]; a guess is the middle."""
    found, right = (focal_place(of, place, pair) for of in (told, known))
    error, null = (100 * abs(of - right) for of in (found, place.mean("sweep")))
    lower, upper = pair
    name = f"V5 focal point F{lower}-F{upper} error (cm)"
    return Score(name, of_no_formant(error), -1, null, exactly(0.0))


def quantal_score(
    told: xr.DataArray, known: xr.DataArray, place: xr.DataArray, *, around: float
) -> Score:
    """How still F2 and F3 stand near the reference's F2-F3 focal point: reported, no gate.

    Below 1 where formants stand still; whether they do in a neutral tract is physics' own value.
    """
    focus = focal_place(known, place, QUANTAL)
    value, own = (
        by_formant(quantal_ratio(of, place, focus, around=around).sel(formant=[*QUANTAL]), QUANTAL)
        for of in (told, known)
    )
    return Score("V5 quantal ratio", value, 0, exactly(1.0), own)


def nomogram_curves(exams: Sequence[Exam], speakers: Sequence[Stores]) -> dict:
    """What the contract ``scores`` has of nomograms; nothing where none was asked for."""
    if not all("swept_frequency" in exam.answers for exam in exams):
        return {}
    each = [with_labels(exam.answers.swept_frequency) for exam in exams]
    together = xr.concat([of.reindex(formant=list(LABELS)) for of in each], "speaker")
    return {
        "sweep": speakers[0]["explanations"].sweep.values,
        "nomogram": together.transpose("model", "speaker", "sweep", "formant"),
    }
