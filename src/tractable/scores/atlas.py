"""Where one-dimensional physics fails: errors of tubes by phone and by place of the constriction.

Each error is less the speaker's mean of that tube and formant: a level is no place's fault, and
stands beside.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from tractable.scores.assembly import LABELS
from tractable.scores.evidence import Evidence, Stores, unlabelled
from tractable.scores.residual import rms
from tractable.scores.score import Score, by_formant, exactly, with_labels
from tractable.scores.tubes import frequencies, true_tube

TUBE, PHONE, PLACE, SPEAKER = "atlas_tube", "atlas_phone", "atlas_place", "speaker"
#: As the scores of measuring call them, and the one without the piriform fossa.
FOSSA, NO_FOSSA = "tube_true_areas", "tube_true_areas_without_fossa"
MEASURED = "textbook_tube_measured_areas"


def log_errors(evidence: Evidence, stores: Stores) -> xr.DataArray:
    """ln F(tube) - ln F (tube, time, formant) in scored frames; NaN where either is unknown.

    The published tube on measured areas is held against the sound. Where a simulator made that, its
    own tube with and without the fossa is held against its poles, where the voice sounds.
    """
    heard = unlabelled(stores["formants"].frequency)
    found = {MEASURED: xr.ufuncs.log(unlabelled(stores["theory"].frequency) / heard)}
    if "truth" in stores:
        truth, tube = stores["truth"], true_tube(stores["truth"])
        voiced = unlabelled(truth.voiced) > 0
        poles = unlabelled(truth.frequency).where(voiced)
        for name, of in ((FOSSA, tube), (NO_FOSSA, replace(tube, branch=None))):
            found[name] = xr.ufuncs.log(poles.copy(data=frequencies(of)) / poles)
    parts = [part.expand_dims({TUBE: [name]}) for name, part in found.items()]
    return xr.concat(parts, TUBE).where(evidence.asked_of_sound)


def place_of(stores: Stores, places: int) -> np.ndarray:
    """Middle of the part of the tract in which a frame's constriction is (time,) [x / L].

    NaN where there is no clear constriction.

    Parameters
    ----------
    places : equal parts of the tract.
    """
    middle = stores["theory"].cavity_edge.values.mean(1)
    return (np.floor(np.minimum(middle, 1 - 1e-9) * places) + 0.5) / places


def atlas_curves(
    errors: Sequence[xr.DataArray], speakers: Sequence[Stores], *, places: int
) -> dict[str, np.ndarray]:
    """What the contract ``scores`` has of the atlas; nothing where no frame has a label.

    Parameters
    ----------
    errors : of every speaker, see `log_errors`.
    places : equal parts of the tract; frames without a clear constriction are one class more.
    """
    phones = sorted({str(p) for of in speakers for p in of["theory"].phone.values} - {""})
    if not phones:
        return {}
    classes = np.append((np.arange(places) + 0.5) / places, np.nan)
    each = [
        of_speaker(error, of, phones, classes) for error, of in zip(errors, speakers, strict=True)
    ]
    together = xr.concat(each, SPEAKER).reindex(formant=list(LABELS))
    dims = (SPEAKER, TUBE, PHONE, PLACE, "formant")
    values = {
        str(name): of.transpose(*(dim for dim in dims if dim in of.dims)).values
        for name, of in together.data_vars.items()
    }
    return {
        TUBE: together[TUBE].values.astype(str),
        PHONE: np.array(phones),
        PLACE: classes,
    } | values


def of_speaker(
    errors: xr.DataArray, stores: Stores, phones: list[str], classes: np.ndarray
) -> xr.Dataset:
    """Level of each tube, and mean, rms and number of what is beyond it in each class."""
    level = errors.mean("time")
    phone, place = stores["theory"].phone.values, place_of(stores, len(classes) - 1)
    at = [np.isnan(place) if np.isnan(x) else np.isclose(place, x) for x in classes]
    member = np.stack([[(phone == name) & there for there in at] for name in phones])
    inside = xr.DataArray(member.astype(float), dims=(PHONE, PLACE, "time"))
    beyond = errors - level
    count = xr.dot(inside, beyond.notnull().astype(float), dim="time")
    known = count.where(count > 0)
    found = {
        "atlas_mean": xr.dot(inside, beyond.fillna(0.0), dim="time") / known,
        "atlas_rms": (xr.dot(inside, (beyond**2).fillna(0.0), dim="time") / known) ** 0.5,
        "atlas_frames": count,
        "atlas_level": level,
    }
    return xr.Dataset({name: with_labels(values) for name, values in found.items()})


def met(hard_cases: Mapping[str, list[str]], speakers: Sequence[Stores]) -> dict[str, list[str]]:
    """The hard cases, name -> labels, that somebody has said."""
    said = {str(phone) for of in speakers for phone in of["theory"].phone.values}
    return {name: phones for name, phones in hard_cases.items() if said & set(phones)}


def atlas_scores(
    errors: xr.DataArray, stores: Stores, *, hard_cases: Mapping[str, list[str]]
) -> Iterator[Score]:
    """Root mean square of what is beyond the level, in frames that are known to be hard.

    Beside each in %, the same over that of all other frames.

    Parameters
    ----------
    errors : of the speaker, see `log_errors`.
    hard_cases : name -> labels of its phones.
    """
    beyond = (errors - errors.mean("time")).rename({TUBE: "model"})
    phone = stores["theory"].phone.values
    for name, phones in hard_cases.items():
        hard = xr.DataArray(np.isin(phone, phones), dims="time")
        inside, outside = (rms(beyond.where(of), ["time"]) for of in (hard, ~hard))
        title, direction = f"atlas rms of {name}", "measurement"
        yield Score(f"{title} (%)", by_formant(100 * inside), -1, direction=direction)
        ratio = by_formant(inside / outside)
        yield Score(f"{title} over all others'", ratio, -1, exactly(1.0), direction=direction)
