"""A corpus whose vowels, sensitivities and scores are known by formula."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from tests import moved
from tests.contour_stores import sds, told
from tractable.contracts import (
    AREAS,
    CONTOURS,
    EXPLANATIONS,
    FORMANTS,
    PREDICTIONS,
    RECORDINGS,
    SCORES,
    THEORY,
    described,
)
from tractable.figures.catalogue import completed, drawn, module, nouns, split

RATE, PLACES, FRAMES = 83.28, 40, 240
PLACE = (np.arange(PLACES) + 0.5) / PLACES
REGION = (np.arange(16) + 0.5) / 16
VOWELS = {"i": (300, 2200), "a": (750, 1250), "u": (320, 800)}  # F1, F2 [Hz]
EXPONENT = 1.5
MODELS = np.array(["hybrid", "mlp", "tube_reversed_residual"])
#: What each model makes of the true formants, and of the true sensitivities.
FACTOR = np.array([1.02, 0.95, 1.05])
GAIN = np.array([1.0, 0.5, -1.0])
TIP = "tongue tip constriction degree"
CAVITIES = np.array(["back", "constriction", "front"])


def clock() -> dict:
    """Two clips; vowels of 30 frames with 10 frames of /t/ between them."""
    phone = np.array(["i"] * 30 + ["t"] * 10 + ["a"] * 30 + ["t"] * 10 + ["u"] * 30 + [""] * 10)
    time = np.arange(FRAMES) / RATE
    return {"time": time, "clip_of": np.repeat([0, 1], 120), "phone": np.tile(phone, 2)}


def true_frequency(phone: np.ndarray) -> np.ndarray:
    return np.array([(*VOWELS.get(p, (500, 1500)), 2700) for p in phone], float)


def neutral(place: np.ndarray = PLACE) -> np.ndarray:
    """dlnF/dlnA (formant, place) of a uniform tube."""
    return -np.cos((2 * np.arange(1, 4)[:, None] - 1) * np.pi * place) / len(place)


def speaker(name: str, corpus: str = "phantom") -> dict:
    """All stores of one speaker."""
    about = {"corpus": corpus, "speaker": name, "frame_rate": RATE}
    return {
        "recordings": recordings(about),
        "contours": contours(about),
        "areas": areas(about),
        "formants": formants(about),
        "theory": theory(about),
        "dynamics": gestures(about),
        "predictions": predictions(about),
        "explanations": explanations(about),
    }


PIXEL = 2.4e-3
GRID = {"x": PIXEL * np.arange(84), "y": PIXEL * np.arange(84)}
STAMP = np.array(["x", "y"])


def recordings(about):
    frames = np.zeros((FRAMES, 84, 84), "uint8")
    frames[:, 20:60, 20:60] = 120
    return described(
        RECORDINGS,
        clock()
        | GRID
        | {
            "frames": frames,
            "sample": np.arange(10) / 22050,
            "sound": np.zeros(10, "float32"),
            "clip": np.arange(2),
            "clip_name": np.array(["one", "two"]),
            "sound_state": np.array(["", ""]),
            "audio_lag": np.zeros(2),
            "audio_lag_sd": np.zeros(2),
        },
        **about,
        pixel_spacing=PIXEL,
        sample_rate=22050,
    )


def arc(radius: float) -> np.ndarray:
    """A quarter of a circle from the lips (left) to the glottis (below) [m]."""
    angle = np.linspace(np.pi, np.pi / 2, PLACES)
    return np.stack([0.13 + radius * np.cos(angle), 0.16 - radius * np.sin(angle)], 1)


def contours(about):
    curves = np.tile([arc(0.095), arc(0.08), arc(0.096)], (FRAMES, 1, 1, 1))
    return described(
        CONTOURS,
        clock()
        | GRID
        | {
            "tissue": np.array(["upper", "lower", "wall"]),
            "axis": STAMP,
            "boundary": curves,
            **told(curves),
            "tissue_map": np.zeros((FRAMES, 84, 84), "uint8"),
            "refused": np.full(FRAMES, ""),
        },
        **about,
        pixel_spacing=PIXEL,
    )


def areas(about):
    """d moves everywhere; A = 1.5 d^1.5, but d is nearly 0 in one frame of /t/."""
    distance = 0.01 * np.exp(0.2 * np.sin(np.arange(FRAMES)))[:, None] * np.ones(PLACES)
    distance[34, 30] = 1e-4
    return described(
        AREAS,
        clock()
        | {
            "place": PLACE,
            "distance": distance,
            "tract_length": np.full(FRAMES, 0.17),
            "axis": STAMP,
            "area": 1.5 * distance**EXPONENT,
            **sds(distance),
            "midline": np.tile(arc(0.088)[::-1], (FRAMES, 1, 1)),
            "refused": np.full(FRAMES, ""),
        },
        **about,
    )


def formants(about):
    """The true ones, F1 masked in every fourth frame of /i/, all where nobody speaks."""
    phone = clock()["phone"]
    frequency = true_frequency(phone)
    reason = np.full((FRAMES, 3), "", dtype="<U12")
    reason[::4, 0] = np.where(phone[::4] == "i", "F0 near F1", "")
    reason[phone == ""] = "unvoiced"
    return described(
        FORMANTS,
        clock()
        | {
            "formant": np.arange(1, 4),
            "frequency": np.where(reason == "", frequency, np.nan),
            "frequency_sd": 0.03 * frequency,
            "bandwidth": np.full((FRAMES, 3), 60.0),
            "reason": reason,
            "fundamental": np.full(FRAMES, 110.0),
            "intensity": np.full(FRAMES, 70.0),
            "voiced": (phone != "").astype(int),
            "coefficient": np.arange(2),
            "cepstrum": np.zeros((FRAMES, 2)),
        },
        **about,
        ceiling=5000.0,
        mel_bands=26,
        mel_lowest=60.0,
        mel_highest=8000.0,
    )


def theory(about):
    affiliation = np.tile([0.7, 0.2, 0.1], (FRAMES, 3, 1))
    affiliation[::10] = np.nan
    return described(
        THEORY,
        clock()
        | {
            "formant": np.arange(1, 4),
            "place": PLACE,
            "cavity": CAVITIES,
            "frequency": true_frequency(clock()["phone"]),
            "frequency_sd": 0.02 * true_frequency(clock()["phone"]),
            "bandwidth": np.full((FRAMES, 3), 60.0),
            "sensitivity": np.tile(neutral(), (FRAMES, 1, 1)),
            "length_sensitivity": np.full((FRAMES, 3, PLACES), -1 / PLACES),
            "edge": np.arange(2),
            "cavity_edge": np.tile([0.5, 0.7], (FRAMES, 1)),
            "cavity_share": np.tile([0.5, 0.2, 0.3], (FRAMES, 1)),
            "affiliation": affiliation,
        },
        **about,
    )


def gestures(about):
    """Twenty closing movements of the tongue tip, critically damped, all over both clips."""
    made = moved.dynamics("linear", 1.0, 20, speaker=about["speaker"], moves=TIP)
    begin = np.linspace(0, FRAMES - made.sizes["frame"], 20).round() / RATE
    return made.assign(begin=made.begin.copy(data=begin)).assign_attrs(about)


def predictions(about):
    frequency = FACTOR[:, None, None] * true_frequency(clock()["phone"])
    return described(
        PREDICTIONS,
        clock()
        | {
            "formant": np.arange(1, 4),
            "place": PLACE,
            "model": MODELS,
            "frequency": frequency,
            "residual": np.full(frequency.shape, np.nan),
            "log_frequency_sd": np.full(frequency.shape, 0.1),
            "bandwidth": np.full(frequency.shape, np.nan),
            "coefficient": np.array([1]),
            "cepstrum": np.full((*frequency.shape[:2], 1), np.nan),
            "inverse_model": np.array(["inverse_mlp"]),
            "log_distance_sd": np.full((1, FRAMES, PLACES), 0.3),
            "log_length_sd": np.full((1, FRAMES), 0.01),
            "distance": np.full((1, FRAMES, PLACES), 0.01),
            "area": np.full((1, FRAMES, PLACES), 1e-4),
            "tract_length": np.full((1, FRAMES), 0.17),
        },
        **about,
    )


def explanations(about):
    """Every second frame is asked; models have the true map times their gain."""
    frames = clock()["time"][::2]
    shape = (len(MODELS), len(frames), 3)
    maps = GAIN[:, None, None, None] * EXPONENT * np.tile(neutral(), (1, len(frames), 1, 1))
    changes = 0.01 * GAIN[:, None, None, None] * np.tile(neutral(REGION), (1, len(frames), 1, 1))
    cavities = np.array([[0.7, 0.2, 0.1], [0.5, 0.2, 0.3], [0.1, 0.2, 0.7]])
    return described(
        EXPLANATIONS,
        {
            "formant": np.arange(1, 4),
            "place": PLACE,
            "model": MODELS,
            "frame": frames,
            "region": REGION,
            "cavity": CAVITIES,
            "distance_sensitivity": maps,
            "stretch_sensitivity": np.full(shape, -0.9),
            "tube_distance_sensitivity": np.full_like(maps, np.nan),
            "tube_stretch_sensitivity": np.full(shape, np.nan),
            "bend": np.full((*maps.shape[:2], maps.shape[3]), np.nan),
            "bend_distance_sensitivity": np.full_like(maps, np.nan),
            "fold": np.arange(2),
            "fold_sensitivity": np.repeat(maps[:, :, None], 2, 2),
            "twin_sensitivity": np.full_like(maps, np.nan),
            "widened": changes,
            "narrowed": -changes,
            "cavity_sensitivity": 0.9 * np.tile(cavities[:, None, None], (1, len(frames), 3, 1)),
            "end": np.array(["larynx", "lips"]),
            "end_sensitivity": np.full((*shape, 2), 0.05),
            "neutral_distance": np.full(PLACES, 0.01),
            "explainer": np.array(["integrated_gradients"]),
            "attribution": 0.1 * maps[:, :, None],
            "length_attribution": np.zeros(shape)[:, :, None],
            "departure": 0.1 * maps.sum(-1),
            "set": np.arange(1),
            "returned": np.ones((1, PLACES)),
            "return_change": -0.1 * maps.sum(-1, keepdims=True),
        },
        **about,
        step=1e-3,
        floor=5e-4,
        ends=0.05,
        neutral_length=0.17,
    )


NOMINAL = np.array([0.1, 0.5, 0.9])
#: Error of distances [m] and coverage of intervals of the two speakers whose truth is known.
OFF = np.array([0.001, 0.003])
COVERED = np.array([0.89, 0.91])


def score_store(corpus: str, names: list[str], *, simulated: bool) -> xr.Dataset:
    """Scores of nothing, and errors that grow towards the lips where the truth is known."""
    models = ["areas", "physics", *MODELS]
    scored = ["nothing", *BY_LAW, "V9 gestures in evidence"]
    labels = {"model": models, "speaker": names, "score": scored, "formant": LABELS}
    shape = (len(names), len(scored), len(LABELS))
    parts = {
        **{name: np.array(found) for name, found in labels.items()},
        "direction": np.array(["measurement"] * len(scored)),
        "better": np.zeros(len(scored), int),
        "asked": np.zeros((len(models), len(scored), len(LABELS)), "int8"),
        "value": of_movement(len(names)),
        "null": np.zeros(shape),
        "ceiling": np.zeros(shape),
        "other_model": np.array(MAPS),
        "map_agreement": np.repeat(alike()[:, None], len(names), 1),
        **learnt(len(names)),
        **swept(len(names)),
        **inside(len(names)),
    }
    return described(SCORES, parts | (curves(len(names)) if simulated else {}), corpus=corpus)


#: Evidence [nats] and adequacy of models that stand for laws, the hybrid for the one taken off;
#: couplings of models that stand for utterances.
BY_LAW = {
    "V9 evidence over linear (nats)": {"hybrid": 0.0, "mlp": 20.0, "tube_reversed_residual": -300},
    "V9 adequacy": {"hybrid": 4.0, "mlp": 2.0, "tube_reversed_residual": 40.0},
    "V9 coupling tongue to lip": {"hybrid": 0.2, "tube_reversed_residual": 0.01},
    "V9 planted coupling tongue to lip": {"mlp": 0.4},
}


def of_movement(people: int) -> np.ndarray:
    """Values of all scores: the second speaker has half as much again, and 30 gestures as all."""
    models = ["areas", "physics", *MODELS]
    values = np.full((len(models), people, 2 + len(BY_LAW), len(LABELS)), np.nan)
    values[:, :, 0] = 0
    for k, of_law in enumerate(BY_LAW.values()):
        for model, value in of_law.items():
            values[models.index(model), :, 1 + k, -1] = value * (1 + 0.5 * np.arange(people))
    values[0, :, -1, -1] = 30
    return values


#: Maps: two models say the same, and half of what physics says; the reversed one says nothing.
MAPS = ["physics", "hybrid", "mlp", "tube_reversed_residual"]


def alike() -> np.ndarray:
    """Agreement of any two; with itself a network has .9, and physics has no folds."""
    of_maps = np.zeros((len(MAPS), len(MAPS)))
    of_maps[:3, :3] = [[np.nan, 0.5, 0.5], [0.5, 0.9, 0.98], [0.5, 0.98, 0.9]]
    return np.concatenate([np.full((1, len(MAPS)), np.nan), of_maps])


LABELS = ["F1", "F2", "F3", "mean", "all"]
#: Error [%] and skill of two models by amount, the same for all speakers but for 1 % of them each.
AMOUNTS = {"3 % of the data": 0.03, "one speaker": np.nan, "all the data": 1.0}
BY_AMOUNT = {"hybrid": ([4.0, 5.0, 3.0], [0.8, 0.7, 0.9]), "mlp": ([6.0, 20.0, 2.5], [0.4, 0, 0.6])}


def learnt(people: int) -> dict:
    """What the store keeps of models that learnt from less; nothing of no formant."""
    error, skill = np.moveaxis(list(BY_AMOUNT.values()), 0, -1)
    factor = 1 + 0.01 * np.arange(people)[:, None, None, None]
    known = np.where(np.array(LABELS) == "mean", 1.0, np.nan)
    return {
        "amount": np.array(list(AMOUNTS)),
        "share": np.array(list(AMOUNTS.values())),
        "training_frames": np.tile([60.0, 350.0, np.nan], (people, 1)),
        "learner": np.array(list(BY_AMOUNT)),
        "efficiency_error": factor * error[..., None] * known,
        "efficiency_skill": factor * skill[..., None] * known,
    }


#: x/L at which F2 and F3 come nearest: by physics, by each model, and for models that have none.
FOCI = {"physics": 0.7, "hybrid": 0.72, "mlp": 0.6, "tube_reversed_residual": 0.3, "areas": np.nan}


def swept(people: int) -> dict:
    """Nomograms: F1 falls to the lips, F2 is highest and F3 lowest at the focus; all by speaker."""
    sweep = np.linspace(0.2, 1.0, 41)
    away = (sweep - np.array([FOCI[m] for m in ["areas", "physics", *MODELS]])[:, None]) ** 2
    known = [600 - 300 * sweep + 0 * away, 1900 - 1500 * away, 2300 + 2000 * away]
    frequency = np.stack([*known, *[np.nan * away] * 2], -1)
    louder = np.array([0.9, 1 / 0.9])[:people, None, None]
    return {"sweep": sweep, "nomogram": frequency[:, None] * louder}


#: R2 of the lips' area and of the place of constriction, CKA with sensitivities, by layer.
BY_LAYER = {
    "input": (0.9, 0.6, 0.5),
    "mlp/hidden 1": (0.8, 0.7, 0.6),
    "mlp/hidden 2": (-2, 0.5, 0.7),
}
BY_LAYER |= {"hybrid/bend hidden 1": (0.4, 0.3, 0.2), "tube_reversed_residual/memory": (0.2, 0, 0)}
#: Skill and agreement of two networks with no, one and two layers random.
BY_STEP = {
    "mlp": ([0.6, -1.0, -1.2], [1, 0.2, 0.1]),
    "hybrid": ([0.7, -0.9, np.nan], [1, 0, np.nan]),
}


def inside(people: int) -> dict:
    """What the store keeps of networks; speakers differ by 1 % each, and control tasks give .1."""
    factor = 1 + 0.01 * np.arange(people)[:, None]
    read = np.array(list(BY_LAYER.values()))
    others = [*BY_LAYER, "areas", "sensitivities"]
    likeness = np.zeros((len(read), len(others)))
    likeness[:, -1] = read[:, 2]
    skill, agreement = np.full((2, 2 + len(MODELS), people, 3), np.nan)
    for model, (physics, learnt) in BY_STEP.items():
        k = 2 + list(MODELS).index(model)
        skill[k], agreement[k] = factor * physics, factor * learnt
    return {
        "layer": np.array(list(BY_LAYER)),
        "network": np.array(["" if n == "input" else n.partition("/")[0] for n in BY_LAYER]),
        "target": np.array(["lip area", "constriction place"]),
        "probed": factor * read[:, None, :2],
        "probe_control": np.full((len(read), people, 2), 0.1),
        "other": np.array(others),
        "likeness": likeness,
        "cascade": np.arange(3),
        "cascade_skill": skill,
        "cascade_agreement": agreement,
    }


def curves(people: int) -> dict:
    """Areas are off by ten times as much as distances in mm, boundaries by a tenth of them."""
    off = OFF[:people, None] * PLACE
    quantities = ["boundary", "distance", "tract length", "F1", "F2", "F3"]
    return {
        "place": PLACE,
        "distance_error": -off,
        "absolute_distance_error": off,
        "area_error": 10 * off,
        "articulator": np.array(["tongue", "epiglottis"]),
        "boundary_error": OFF[:people, None] * [0.1, np.nan],
        "nominal": NOMINAL,
        "quantity": np.array(quantities),
        "coverage": COVERED[:people, None, None] * np.tile(NOMINAL, (1, len(quantities), 1)),
        **atlas(people),
    }


#: Errors of two tubes [%]: of /i/ with its constriction at .75, twice as large in F2 as elsewhere.
OF_TUBES = {"tube_true_areas": 1.0, "textbook_tube_measured_areas": 8.0}
AT = np.array([0.25, 0.75, np.nan])


def atlas(people: int) -> dict:
    """The second speaker has three times the frames of the first, and twice the errors."""
    rms = np.full((people, len(OF_TUBES), 2, len(AT), len(LABELS)), np.nan)
    rms[..., :3] = 0.01 * np.array(list(OF_TUBES.values()))[:, None, None, None]
    rms[:, :, 0, 1, 1] *= 2
    rms *= 1 + np.arange(people)[:, None, None, None, None]
    frames = np.broadcast_to((10 + 20 * np.arange(people))[:, None, None, None, None], rms.shape)
    return {
        "atlas_tube": np.array(list(OF_TUBES)),
        "atlas_phone": np.array(["i", "a"]),
        "atlas_place": AT,
        "atlas_mean": -rms,
        "atlas_rms": rms,
        "atlas_frames": np.where(np.isnan(rms), np.nan, frames),
        "atlas_level": rms[:, :, 0, 0],
    }


def score_rows(corpus: str, score: str, values: dict, **beside) -> list[dict]:
    """Rows of the score table, mean over formants, with an interval of +-5 %."""
    people = 1 if corpus == "recorded" else 8
    rows = []
    for model, value in values.items():
        around = (
            {"low": value - 0.05 * abs(value), "high": value + 0.05 * abs(value)}
            if people > 1
            else {}
        )
        rows.append(
            {
                "corpus": corpus,
                "model": model,
                "direction": "forward",
                "score": score,
                "formant": "mean",
                "value": value,
                "n_speakers": people,
                "separated": "",
                **around,
                **beside,
            }
        )
    return rows


ERRORS = {
    "tube": 12.2, "hybrid": 4.5, "ridge": 5.6, "lwr": 5.1, "mlp": 4.2, "tube_reversed": 21.0,
    "tube_reversed_residual": 4.6, "shuffled": 14.0, "untrained": 90.0,
    "physics": np.nan, "neutral_map": np.nan, "mean_map": np.nan, "permuted_physics": np.nan,
}  # fmt: skip
SKILLS = {
    "tube": 0.34, "hybrid": 0.86, "ridge": 0.70, "lwr": 0.72, "mlp": 0.75, "tube_reversed": -0.9,
    "tube_reversed_residual": 0.2, "shuffled": -0.05, "untrained": -7.3,
    "physics": 1.0, "neutral_map": 0.0, "mean_map": 0.55, "permuted_physics": 0.41,
}  # fmt: skip


@pytest.fixture(scope="session")
def scores() -> pd.DataFrame:
    """A score table of two corpora, one of them recorded from a single speaker."""
    rows = []
    for corpus in ("phantom", "recorded"):
        rows += score_rows(corpus, "V0 error (%)", ERRORS, null=15.0, ceiling=2.5)
        rows += score_rows(corpus, "V1 natural skill", SKILLS, null=0.0, ceiling=1.0)
        halves = {model: value / 2 for model, value in SKILLS.items()}
        rows += score_rows(corpus, "V4 affiliation skill", halves, null=0.0, ceiling=1.0)
    facts = {"narrower lips lower formants": "mean", "narrower back third raises F1": "F1"}
    for fact, formant in facts.items():
        obeyed = {"physics": 0.99, "mlp": 0.7}
        if formant == "mean":
            obeyed["hybrid"] = 0.9
        rows += score_rows("phantom", f"V3 textbook: {fact}", obeyed, formant=formant, null=0.5)
    poles = {"tube_true_areas": 1.6, "tube_measured_areas": 5.2, "formant_tracker": 4.1}
    for formant in ("F1", "F2", "F3", "mean"):
        rows += score_rows(
            "phantom",
            "formant error against poles (%)",
            poles,
            formant=formant,
            direction="measurement",
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def table(scores, tmp_path_factory):
    """The score table as the stage writes it."""
    path = tmp_path_factory.mktemp("reports") / "scores.csv"
    text = scores.assign(value=[f"{v:.4g}" for v in scores.value])
    text["value"] = text["value"].replace("nan", "not applicable")
    text.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def corpus() -> dict:
    return {name: speaker(name) for name in ("sim1", "sim2")}


#: Simulations as long as a test wants them.
BRIEFER = {
    "forecast_against_law": {
        "laws": {"linear": 1.0, "ramp": 3.5},
        "taught": 15,
        "network": {"width": 4, "steps": 5},
    }
}


class Asked(NamedTuple):
    """A figure as params.yaml asks for it, of the made-up models."""

    name: str
    families: dict[str, list[str]]
    options: dict[str, Any]
    numbers: Any

    def drawn(self):
        figure = module(self.name)
        return drawn(figure, self.numbers, self.families, split(figure, self.options)[1])


@pytest.fixture(scope="session")
def asked(scores, corpus):
    """Name of a figure -> the same figure of what is made up here."""
    chosen = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
    params = chosen["figures"]
    pictures = completed(params["pictures"], finder=chosen["dynamics"], acoustics=chosen["theory"])
    known = score_store("phantom", list(corpus), simulated=True)
    data = {(): scores, ("scores",): {"phantom": {"scores": known}}}

    @cache
    def of(name: str) -> Asked:
        figure, options = module(name), pictures[name] | BRIEFER.get(name, {})
        options = {word: list(MODELS) if word == "models" else options[word] for word in options}
        numbers = figure.numbers(data.get(nouns(figure), corpus), **split(figure, options)[0])
        return Asked(name, params["families"], options, numbers)

    return of
