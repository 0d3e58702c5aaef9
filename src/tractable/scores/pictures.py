"""V7 of models that see pictures alone: do they look where, and as, physics says?"""

import xarray as xr

from tractable.scores.attribution import PATH, completeness_gap, guessed, not_attributed, skills
from tractable.scores.exam import Exam
from tractable.scores.maps import MOTION
from tractable.scores.score import Score, by_formant, exactly

SKILLS = {
    PATH: "pixels",
    "gradient_shap": "pixels gradient SHAP",
    "occlusion": "pixels occlusion",
}
NAMES = {
    "picture_attribution": "attribution",
    "picture_rest": "length_attribution",
    "picture_departure": "departure",
    "picture_off_tract": "off_tract",
}  # as shapes have them; what is of no place stands where shapes have their length


def picture_scores(exam: Exam) -> list[Score]:
    """Attributions of pixels, carried to places of the midline, against physics' own.

    Skill as that of shapes by the same explainer, in the same unit, by the same formula and against
    the same null: what pixels near a place add to ln F beyond the mean picture's, against what the
    place added by physics beyond the mean shape. Beside it a motion-energy map, which lays the same
    total where pixels change; whoever does no better looks at what moves. The others are of
    integrated gradients alone. Off the tract: what share of all attributions lies near no place;
    its null is that share of motion. Nothing where no model sees pictures.
    """
    answers = exam.evidence.answers
    if "picture_model" not in answers.coords:
        return []
    told = answers[list(NAMES)].drop_dims("model", errors="ignore").rename(NAMES)
    told, motion = told.rename(picture_model="model"), answers.picture_motion
    share = motion / motion.sum("place", skipna=False)
    total = told.attribution.sum("place", skipna=False).mean("model")
    by_motion = (total * share).expand_dims(model=[MOTION])
    all_of_them = xr.concat([told.attribution, by_motion], "model")
    off = 100 * told.off_tract.mean("frame")
    off_motion = 100 * (1 - motion.sum("place", skipna=False)).mean("frame")
    null = by_formant(xr.full_like(off.isel(model=0, drop=True), float(off_motion)))
    path, nothing = told.sel(explainer=PATH, drop=True), exactly(0.0)
    gap, refused = by_formant(completeness_gap(path)), by_formant(not_attributed(path))
    return [
        *skills(exam, all_of_them, guessed(exam), SKILLS),
        Score("V7 pixels off the tract (%)", by_formant(off), -1, null),
        Score("V7 pixels completeness gap (%)", gap, 0, exactly(100.0), nothing),
        Score("V7 pixels frames not attributed (%)", refused, -1, ceiling=nothing),
    ]
