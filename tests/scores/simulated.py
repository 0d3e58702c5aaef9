"""Stores of a small simulated corpus that keep every contract; its physics is the tube's own."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
import xarray as xr

from tests.contour_stores import articulators, sds, told
from tests.moved import dynamics
from tractable import contracts
from tractable.contracts import described
from tractable.explanations.nomograms import Sweep
from tractable.regions import region_shares
from tractable.scores.maps import log_ratio
from tractable.scores.reference import known_as_measured, known_truth
from tractable.scores.regrid import equal_edges, shared_length
from tractable.scores.tubes import Tube, frequencies, sensitivities
from tractable.tube import PIRIFORM, VOCALTRACTLAB

TIMES, EXPLAINED, PLACES, REGIONS = 48, 16, 40, 16
PLACE = (np.arange(PLACES) + 0.5) / PLACES
EXPONENT = 1.3 + 0.4 * PLACE  # beta, from glottis to lips
STEP, FLOOR, SMALL, ENDS = 1e-3, 5e-4, 1e-4, 0.05
FORMANT = np.array([1, 2, 3])
CAVITY = np.array(["back", "constriction", "front"])
EXPLAINER = np.array(["integrated_gradients", "gradient_shap", "occlusion"])
SWEEP = Sweep(places=30, start=0.15, degree=3e-3, width=0.05)
#: Who knows the tubes.
TRUE_LAW, MEASURED_LAW = (
    partial(known, least_movement=0.02) for known in (known_truth, known_as_measured)
)
#: Which of the explained frames are attributed.
ATTRIBUTED = [0, 2, 5, 8, 11, 13, 14]
#: Halves of the tract that return to the neutral shape.
RETURNED = np.array([np.repeat([1.0, 0.0], PLACES // 2), np.tile([1.0, 0.0], PLACES // 2)])


def tract(distance: np.ndarray, length: np.ndarray, branch=PIRIFORM) -> Tube:
    """A = 2 cm2 (d / 1 cm)^beta on equal sections."""
    area = 2e-4 * (distance / 0.01) ** EXPONENT
    lengths = np.broadcast_to(length[:, None] / PLACES, area.shape)
    return Tube(area, lengths, branch, VOCALTRACTLAB)


def log_formants(distance, length) -> np.ndarray:
    return np.log(frequencies(tract(distance, length)))


def textbook(distance: np.ndarray, length: np.ndarray) -> Tube:
    """A tube by a published law, with no branch."""
    lengths = np.broadcast_to(length[:, None] / PLACES, distance.shape)
    return Tube(1.5e-4 * (distance / 0.01) ** 2, lengths, None)


def textbook_formants(distance, length) -> np.ndarray:
    return np.log(frequencies(textbook(distance, length)))


def slopes(hear, distance, length) -> tuple[np.ndarray, np.ndarray]:
    """dlnF/dlnd (frame, formant, place) and dlnF/dlnL (frame, formant) of what one model hears."""

    def slope(log_change, longer=0.0):
        up = hear(distance * np.exp(SMALL * log_change), length * np.exp(SMALL * longer))
        down = hear(distance * np.exp(-SMALL * log_change), length * np.exp(-SMALL * longer))
        return (up - down) / (2 * SMALL)

    return np.moveaxis(slope(np.eye(PLACES)[:, None]), 0, -1), slope(np.zeros(PLACES), 1.0)


def by_differences(hear, distance, length) -> dict[str, np.ndarray]:
    """Answers of one model by finite differences of what it hears: (frame, formant, ...)."""

    def change(steps):
        moved = distance * np.exp(log_ratio(distance, steps[:, None], FLOOR))
        return np.moveaxis(hear(moved, length) - hear(distance, length), 0, -1)

    steps = STEP * region_shares(REGIONS, PLACES)
    by_distance, by_length = slopes(hear, distance, length)
    return {
        "distance_sensitivity": by_distance,
        "stretch_sensitivity": by_length,
        "widened": change(steps),
        "narrowed": change(-steps),
    }


def attributions(hear, distance, length, neutral, neutral_length) -> dict[str, np.ndarray]:
    """Answers of one model about a neutral shape, by differences along the path: (frame, ...).

    Gradient SHAP is the mean of integrated gradients from all frames, in no need of luck.
    """

    def path(start, start_length, steps):
        node, weight = np.polynomial.legendre.leggauss(steps)
        parts = 0.0
        for left, share in zip((1 - node) / 2, weight / 2, strict=True):
            there = distance * (start / distance) ** left
            its_length = length * (start_length / length) ** left
            by_distance, by_length = slopes(hear, there, its_length)
            by_distance = by_distance * np.log(distance / start)[:, None]
            by_length = by_length * np.log(length / start_length)[:, None]
            parts = parts + share * np.concatenate([by_distance, by_length[..., None]], -1)
        return parts

    def back(share):
        return distance * (neutral / distance) ** share

    now, whole = hear(distance, length), np.full_like(length, neutral_length)
    returned = np.moveaxis(hear(back(RETURNED[:, None]), length) - now, 0, -1)
    alone = np.moveaxis(now - hear(back(np.eye(PLACES)[:, None]), length), 0, -1)
    occluded = np.concatenate([alone, (now - hear(distance, whole))[..., None]], -1)
    others = [path(*base, 3) for base in zip(distance, length, strict=True)]
    found = np.stack([path(neutral, neutral_length, 8), np.mean(others, 0), occluded], 1)
    return {
        "attribution": found[..., :-1],
        "length_attribution": found[..., -1],
        "departure": now - hear(np.broadcast_to(neutral, distance.shape), whole),
        "return_change": returned,
    }


def seen_by_a_camera(honest: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A model of pictures that lays formants where the honest one does, a tenth elsewhere."""
    found = honest["attribution"][:, None]
    whole = found.sum(-1)
    by_path = whole[:, :, 0]
    return {
        "picture_model": np.array(["camera"]),
        "picture_attribution": found,
        "picture_rest": 0.1 * whole,
        "picture_off_tract": np.full_like(by_path, 0.1),
        "picture_departure": 1.1 * by_path,
        "picture_motion": np.full((EXPLAINED, PLACES), 0.6 / PLACES),
    }


def drawn_half_as_far(honest: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """An inverse model that follows a raised formant half as far as the honest model hears it."""
    slopes = [honest["distance_sensitivity"], honest["stretch_sensitivity"][..., None]]
    change = np.linalg.pinv(np.concatenate(slopes, -1)).swapaxes(1, 2)[None] / 2
    redrawn = {"redrawn_distance": change[..., :-1], "redrawn_length": change[..., -1]}
    return {"inverse_model": np.array(["ridge"]), **redrawn}


def in_a_few(values: np.ndarray) -> np.ndarray:
    """Values of the attributed frames among all that are explained."""
    found = np.full((EXPLAINED, *values.shape[1:]), np.nan)
    found[ATTRIBUTED] = values
    return found


def longer(tube: Tube, log_change: np.ndarray) -> np.ndarray:
    """ln F of the tube with its sections longer."""
    length = tube.section_length * np.exp(log_change)
    return np.log(frequencies(replace(tube, section_length=length)))


def cavity_answers(tube: Tube, edges: np.ndarray) -> np.ndarray:
    """-dlnF/dlnL of each part of the tract between ``edges`` by making its sections longer."""
    bounds = np.concatenate([np.zeros((len(edges), 1)), edges, np.ones((len(edges), 1))], 1)
    within = shared_length(bounds, equal_edges(PLACES)) * PLACES
    answers = []
    for part in within.transpose(1, 0, 2):
        up, down = (longer(tube, step * part) for step in (SMALL, -SMALL))
        answers.append(-(up - down) / (2 * SMALL))
    return np.stack(answers, -1)


@cache
def stores(number: int, speakers: int, simulated: bool = True) -> dict[str, xr.Dataset]:
    """Everything that ``scores`` reads of one speaker.

    Models: "honest" is the simulator's own tube; "reversed" hears the tract the wrong way round;
    "deaf" says the same of everything.
    """
    random = np.random.default_rng(number)
    waves = np.cos(np.pi * np.arange(1, 5)[:, None] * PLACE)
    distance = 0.01 * np.exp(random.normal(0, 0.25, (TIMES, 4)) @ waves)
    length = 0.15 + 0.01 * number + random.normal(0, 0.002, TIMES)
    measured = distance * np.exp(random.normal(0, 0.02, distance.shape))
    frames = np.arange(0, TIMES, TIMES // EXPLAINED)
    narrow = np.clip(np.round(PLACE[distance.argmin(1)] * PLACES), 10, 30) / PLACES
    edges = narrow[:, None] + [-0.05, 0.05]
    edges[4] = np.nan
    clock = {
        "time": np.arange(TIMES) / 80.0,
        "clip_of": np.zeros(TIMES, int),
        "phone": np.where(np.arange(TIMES) < TIMES // 2, "a", "i"),
    }
    named = {"corpus": "phantom", "speaker": f"s{number}"}
    rate = {**named, "frame_rate": 80.0}
    grid = {"place": PLACE, "formant": FORMANT}
    poles = np.exp(log_formants(distance, length))
    heard = poles * np.exp(random.normal(0, 0.03, poles.shape))
    heard[7] = np.nan
    refused = np.full(TIMES, "", dtype="<U10")
    refused[9] = "no head"

    def reversed_tract(d, lengths):
        return log_formants(d[..., ::-1], lengths)

    def deaf(d, lengths):
        return np.broadcast_to(np.log([500.0, 1500.0, 2500.0]), (*d.shape[:-1], 3))

    models = {"honest": log_formants, "reversed": reversed_tract, "deaf": deaf}
    asked = (distance[frames], length[frames], edges[frames])
    answers = {name: by_differences(hear, *asked[:2]) for name, hear in models.items()}
    known = np.arange(TIMES) != 9  # which is refused
    neutral = [np.exp(np.log(part[known]).mean(0)) for part in (distance, length)]
    for name, hear in models.items():
        parts = attributions(hear, *(part[ATTRIBUTED] for part in asked[:2]), *neutral)
        answers[name] |= {word: in_a_few(values) for word, values in parts.items()}
    swept = np.exp(SWEEP.shapes(np.log(np.append(*neutral)))[:, :-1])
    for name, hear in models.items():
        answers[name]["swept_frequency"] = np.exp(hear(swept, np.full(len(swept), neutral[1])))
    tube = tract(*asked[:2])
    cavities = cavity_answers(tube, asked[2])
    turned = cavity_answers(tract(asked[0][:, ::-1], asked[1]), 1 - asked[2][:, ::-1])[..., ::-1]
    answers["honest"]["cavity_sensitivity"] = cavities
    answers["reversed"]["cavity_sensitivity"] = turned
    answers["deaf"]["cavity_sensitivity"] = np.full_like(cavities, np.nan)
    ends = cavity_answers(tube, np.tile([ENDS, 1 - ENDS], (len(frames), 1)))[..., ::2]
    for name, end_answers in (("honest", ends), ("reversed", ends), ("deaf", np.nan * ends)):
        answers[name]["end_sensitivity"] = end_answers
    for name, answer in answers.items():
        own = 1.0 if name == "honest" else np.nan  # the honest model is a tube and nothing else
        answer["tube_distance_sensitivity"] = own * answer["distance_sensitivity"]
        answer["tube_stretch_sensitivity"] = own * answer["stretch_sensitivity"]
        # A quarter of what it depends on is laid at its bend's door, so the bend's share is known.
        answer["bend_distance_sensitivity"] = own * answer["distance_sensitivity"] / 4
        to_and_fro = np.where(np.arange(len(asked[0])) % 2, 0.2, -0.2)
        answer["bend"] = own * (1.0 + to_and_fro[:, None] * np.ones_like(asked[0]))
        # All folds taught the same model, and only the honest one has a twin, half as sensitive.
        answer["fold_sensitivity"] = np.repeat(answer["distance_sensitivity"][:, None], speakers, 1)
        answer["twin_sensitivity"] = own / 2 * answer["distance_sensitivity"]
    published = textbook(measured, length)
    by_area, by_length = sensitivities(published)
    exam = np.arange(0, TIMES, 12)
    moved = random.normal(0, 0.01, (len(exam), 2, PLACES))
    stretched = random.normal(0, 0.01, (len(exam), 2, PLACES))
    true = tract(distance, length)
    change = [
        longer(true.at(exam).scaled(np.exp(moved[:, k])), stretched[:, k]) - np.log(poles[exam])
        for k in range(2)
    ]
    tissue, point = np.array(["upper", "lower", "wall"]), np.linspace(0, 0.1, 9)
    curves = np.zeros((TIMES, 3, 9, 2))
    curves[..., 0], curves[..., 1] = point, np.arange(3)[:, None] * 0.02
    outline = {"tissue": tissue, "axis": np.array(["x", "y"])}
    role = np.where(np.arange(speakers)[:, None] == number, "test", "train")
    found = {
        "contours": described(
            contracts.CONTOURS,
            {
                **clock, **outline, "boundary": curves + [0.0, 0.001], **told(curves),
                "x": np.arange(3.0), "y": np.arange(2.0),
                "tissue_map": np.zeros((TIMES, 2, 3), "uint8"), "refused": refused,
            },
            **rate, pixel_spacing=2e-3,
        ),
        "areas": described(
            contracts.AREAS,
            {
                **clock, "place": PLACE, "axis": outline["axis"], "distance": measured,
                "tract_length": length, "area": published.area, **sds(measured),
                "midline": np.zeros((TIMES, PLACES, 2)), "refused": refused,
            },
            **rate,
        ),
        "formants": described(
            contracts.FORMANTS,
            {
                **clock, "formant": FORMANT, "frequency": heard, "frequency_sd": 0.03 * heard,
                "bandwidth": 0.1 * heard, "reason": np.where(np.isnan(heard), "quiet", ""),
                "fundamental": np.full(TIMES, 100.0), "intensity": np.full(TIMES, 60.0),
                "voiced": np.ones(TIMES), "coefficient": np.arange(2),
                "cepstrum": np.zeros((TIMES, 2)),
            },
            **rate, ceiling=5000.0, mel_bands=26, mel_lowest=60.0, mel_highest=8000.0,
        ),
        "theory": described(
            contracts.THEORY,
            {
                **clock, **grid, "cavity": CAVITY, "frequency": frequencies(published),
                "frequency_sd": 0.02 * frequencies(published),
                "bandwidth": np.full((TIMES, 3), 80.0), "sensitivity": by_area,
                "length_sensitivity": by_length, "edge": np.arange(2), "cavity_edge": edges,
                "cavity_share": np.diff(np.pad(edges, ((0, 0), (1, 1)), constant_values=(0, 1))),
                "affiliation": np.full((TIMES, 3, 3), 1 / 3),
            },
            **named,
        ),
        "folds": described(
            contracts.FOLDS,
            {**clock, "fold": np.arange(speakers), "role": np.repeat(role, TIMES, 1)},
            **named,
        ),
        "predictions": described(
            contracts.PREDICTIONS,
            {
                **clock, **grid, "model": np.array(list(models)),
                "frequency": np.exp([hear(distance, length) for hear in models.values()]),
                "residual": np.stack([np.zeros_like(poles), poles * np.nan, poles * np.nan]),
                "log_frequency_sd": np.full((len(models), *poles.shape), 0.03),
                "bandwidth": np.full((len(models), *poles.shape), np.nan),
                "coefficient": np.arange(1, 2),
                "cepstrum": np.full((len(models), TIMES, 1), np.nan),
                "inverse_model": np.array(["ridge"]), "distance": measured[None] + 0.002,
                "log_distance_sd": np.full((1, *measured.shape), 0.2),
                "tract_length": length[None], "log_length_sd": np.full((1, TIMES), 0.05),
                "area": np.full((1, *measured.shape), np.nan),
            },
            **named,
        ),
        "explanations": described(
            contracts.EXPLANATIONS,
            {
                **grid, "cavity": CAVITY, "model": np.array(list(models)),
                "end": np.array(["larynx", "lips"]), "fold": np.arange(speakers),
                "frame": clock["time"][frames], "region": (np.arange(REGIONS) + 0.5) / REGIONS,
                "sweep": SWEEP.middles(), "swept_distance": swept,
                "neutral_distance": neutral[0], "explainer": EXPLAINER,
                "set": np.arange(len(RETURNED)), "returned": RETURNED,
                **{name: np.stack([answers[m][name] for m in models]) for name in answers["deaf"]},
                **seen_by_a_camera(answers["honest"]),
                **drawn_half_as_far(answers["honest"]),
            },
            **named, step=STEP, floor=FLOOR, ends=ENDS, neutral_length=float(neutral[1]),
        ),
    }  # fmt: skip
    found["dynamics"] = dynamics("target", 5.0, 4, speaker=named["speaker"], seed=number)
    taught = np.exp([hear(distance, length) for hear in (deaf, log_formants)])
    found["efficiency"] = described(
        contracts.EFFICIENCY,
        {
            **clock, **grid, "amount": np.array(["3 % of the data", "one speaker"]),
            "share": np.array([0.03, np.nan]), "training_frames": np.array([20.0, 300.0]),
            "model": np.array(["honest"]), "frame": clock["time"][frames],
            "frequency": taught[:, None],
            "distance_sensitivity": np.stack(
                [answers[name]["distance_sensitivity"] for name in ("deaf", "honest")]
            )[:, None],
        },
        **named,
    )  # fmt: skip
    if simulated:
        found["truth"] = described(
            contracts.TRUTH,
            {
                **clock, **outline, **grid, "boundary": curves, **articulators(curves),
                "distance": distance,
                "tract_length": length, "section": np.arange(PLACES), "area": true.area,
                "section_length": true.section_length, "frequency": poles,
                "bandwidth": np.full_like(poles, 80.0), "voiced": np.ones(TIMES),
                "exam": clock["time"][exam], "parameter": np.array(["jaw", "lips"]),
                "exam_formant_change": np.stack(change, 1), "exam_area_change": moved,
                "exam_length_change": stretched,
            },
            **rate,
        )  # fmt: skip
    return found
