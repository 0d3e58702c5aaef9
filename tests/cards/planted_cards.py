"""Models, folds, scores and a table of which every number is known."""

import math
from functools import partial
from pathlib import Path

import numpy as np
import torch

from tractable.cards import Choices, Wording
from tractable.contracts import FOLDS, SCORES, described
from tractable.models.files import model_path, save_catalogue, save_model
from tractable.models.kinds.ridge import Ridge
from tractable.models.kinds.tube_hybrid import TubeHybrid, unbent
from tractable.models.kinds.tube_textbook import TubeTextbook
from tractable.models.model import Examples
from tractable.store import save

PLACES, FOLD_COUNT = 8, 3
PLACE = (np.arange(PLACES) + 0.5) / PLACES
SPEAKERS = ["f1", "f2", "f3"]
#: Of every place, by fold; mean 1.5.
EXPONENTS = (1.4, 1.5, 1.6)
#: ln of the closed-tract resonance over 203 Hz, by fold.
WALLS = (-0.1, 0.0, 0.1)
LAWS = {"textbook": {"place": [0.0, 1.0], "alpha": [1.5, 1.5], "beta": [2.0, 2.0]}}
EXAMPLES = {"every": 2, "count": 3, "tolerance": 0.04, "context": 5, "side": 8}
WORDING = Wording(
    models={"hybrid": "a tube & more", "tube": "the textbook's"},
    gate=["ridge"],
    controls=[],
    laws=LAWS,
    simulated=["phantom"],
)
CHOICES = Choices(
    confidence=0.95,
    agreement=["V1 natural skill", "VR residual share"],
    constant="mean_map",
    largest_residual_share=0.25,
    parts=2,
    literature={
        "acoustic over measured tract length": {"low": 1, "high": 1, "source": "as measured"},
        "section at the lips over the others": {"low": 1, "high": 1, "source": "equal"},
        "closed-tract resonance of the walls (Hz)": {"low": 143, "high": 238, "source": "several"},
        "volume of the piriform fossae (cm3)": {"low": 2.1, "high": 2.9, "source": "Dang & Honda"},
        "depth of the piriform fossae (cm)": {"low": 1.6, "high": 2.0, "source": "Dang & Honda"},
    },
)
TABLE = """corpus,model,direction,score,formant,value,low,high,null,ceiling,n_speakers,separated
phantom,hybrid,forward,V0 error (%),F1,4.2,3.2,5.2,30,3,3,
phantom,hybrid,forward,V0 error (%),mean,3.14,2.64,3.64,27,3,3,
phantom,hybrid,forward,V1 natural skill,mean,0.73,0.68,0.78,0,1,3,
phantom,hybrid,forward,V1 interventional skill,mean,0.5,0.4,0.6,0,1,3,
phantom,hybrid,forward,VR residual share,mean,0.3,0.2,0.4,1,0,3,
phantom,hybrid,forward,VR bend share,mean,0.12,0.1,0.14,,,3,
phantom,hybrid,forward,V0 90 % interval (% covered),mean,76,72,80,,,3,
phantom,mean_map,forward,V1 interventional skill,mean,0.4,0.3,0.5,0,1,3,
phantom,tube,forward,V0 error (%),F1,16,13,19,30,3,3,
phantom,tube,forward,V0 error (%),mean,12,11,13,27,3,3,
phantom,ridge,forward,V0 error (%),F1,7,6,8,30,3,3,
phantom,ridge,forward,V0 error (%),mean,5.5,4.6,6.4,27,3,3,
phantom,ridge_inverse,inverse,V0 rms error (mm),all,2.3,1.8,2.8,4.2,1,3,
"""


def tube(exponent: float, wall: float, kind=TubeHybrid):
    """A = 2 cm2 (d / 1 cm)^exponent, a fossa of 2 cm3 and 2 cm, walls off by a factor."""
    double = {"dtype": torch.float64}
    number = partial(torch.tensor, **double)
    state = {
        "log_scale": torch.full((PLACES,), math.log(2e-4), **double),
        "exponent": torch.full((PLACES,), exponent, **double),
        "log_gain": number(math.log(1.1)),
        "log_end": number(0.0),
        "log_wall": number(wall),
        "turned": torch.tensor(False),
        "count": torch.tensor(3),
    }
    if kind is TubeHybrid:
        state |= {
            "log_fossa_area": number(math.log(1e-4)),
            "log_fossa_length": number(math.log(0.02)),
        }
    return kind("shape_to_sound", state)


def bent(hybrid: TubeHybrid) -> TubeHybrid:
    """By a network that says nothing as yet."""
    shapes = torch.zeros(2, PLACES + 1, dtype=torch.float64)
    given = Examples("shape_to_sound", shapes, shapes[:, :3], shapes[:, :3] + 1, 3)
    hybrid.amounts = unbent(given, (2, 3), torch.Generator().manual_seed(1))
    return hybrid


def ridge(direction: str, fold: int) -> Ridge:
    sizes = (PLACES + 1, 3) if direction == "shape_to_sound" else (5, PLACES + 1)
    state = {
        "slope": torch.full(sizes, 1.0 + fold),
        "intercept": torch.zeros(sizes[1]),
        "given_mean": torch.zeros(sizes[0]),
        "given_spread": torch.ones(sizes[0]),
        "wanted_mean": torch.zeros(sizes[1]),
        "wanted_spread": torch.ones(sizes[1]),
        "scored": torch.tensor(sizes[1]),
    }
    return Ridge(direction, state)


MODELS = {
    "hybrid": ("tube_hybrid", lambda fold: bent(tube(EXPONENTS[fold], WALLS[fold]))),
    "tube": ("tube_textbook", lambda fold: tube(2.0, 0.0, TubeTextbook)),
    "ridge": ("ridge", lambda fold: ridge("shape_to_sound", fold)),
    "ridge_inverse": ("ridge", lambda fold: ridge("sound_to_shape", fold)),
}


def plant_models(folder: Path, corpora: dict[str, list[str]]) -> None:
    abouts = {}
    for name, (kind, made) in MODELS.items():
        for corpus in corpora:
            for fold in range(FOLD_COUNT):
                model = made(fold)
                about = {"kind": kind, "shuffled": False, "context": 0}
                tried = [[{"penalty": 0.1}, 0.05], [{"penalty": 0.2}, 0.04]]
                rest = {
                    "name": name,
                    "fold": fold,
                    "corpus": corpus,
                    "frames": 100 + fold,
                    "curve": [],
                    "search": tried if name == "ridge" else [],
                    "parameters": {"penalty": 0.2, "seed": 1},
                }
                if (name, corpus, fold) == ("ridge", "clip", 0):
                    rest |= {"search": [], "untried": "0 training frames"}
                save_model(model, model_path(folder, corpus, name, fold), about | rest)
                abouts[name] = about | {"direction": model.direction}
    counts = dict.fromkeys(corpora, FOLD_COUNT)
    save_catalogue(folder, {"models": abouts, "twins": [], "folds": counts, "examples": EXAMPLES})


def plant_folds(folder: Path, corpora: dict[str, list[str]]) -> None:
    frames = 12
    for corpus, names in corpora.items():
        for number, name in enumerate(names):
            if len(names) > 1:
                role = np.where(np.arange(FOLD_COUNT)[:, None] == number, "test", "train")
                role = np.repeat(role, frames, 1)
            else:
                blocks = np.repeat(np.arange(FOLD_COUNT), frames // FOLD_COUNT)
                role = np.where(np.arange(FOLD_COUNT)[:, None] == blocks, "test", "train")
            clock = {
                "time": np.arange(frames) / 10,
                "clip_of": np.zeros(frames, int),
                "phone": np.full(frames, "a"),
            }
            known = clock | {"fold": np.arange(FOLD_COUNT), "role": role}
            made = described(FOLDS, known, corpus=corpus, speaker=name)
            save(made, folder / corpus / f"{name}.zarr", FOLDS)


def plant_scores(folder: Path, corpora: dict[str, list[str]]) -> None:
    """The first corpus has a truth and phones; the others have neither."""
    models = [*MODELS, "mean_map"]
    score, formant = ["V0 error (%)", "V1 interventional skill"], ["F1", "mean"]
    for number, (corpus, names) in enumerate(corpora.items()):
        shape = (len(models), len(names), len(score), len(formant))
        value = np.broadcast_to(np.arange(1.0, len(names) + 1)[:, None, None], shape).copy()
        value[models.index("mean_map"), :, 1] -= 0.5  # in every speaker
        beside = np.zeros(shape[1:])
        known = {
            "model": np.array(models),
            "speaker": np.array(names),
            "score": np.array(score),
            "formant": np.array(formant),
            "direction": np.array(["forward"] * 2),
            "better": np.array([-1, 1]),
            "asked": np.ones((len(models), len(score), len(formant)), "int8"),
            "value": value,
            "null": beside,
            "ceiling": beside,
        }
        if number == 0:
            known |= by_phone(len(models), len(names)) | the_truth(len(names))
        save(described(SCORES, known, corpus=corpus), folder / f"{corpus}.zarr", SCORES)


def by_phone(models: int, speakers: int) -> dict[str, np.ndarray]:
    sound = np.full((models, speakers, 2), np.nan)
    sound[:3] = [0.27, 0.02]
    shape = np.full((models, speakers, 2), np.nan)
    shape[3] = [1e-3, 2e-3]
    return {"phone": np.array(["S", "a"]), "phone_error": sound, "phone_shape_error": shape}


def the_truth(speakers: int) -> dict[str, np.ndarray]:
    """beta 1.3 everywhere, area at 1 cm twice as large from the middle on, tracts of 1 cm."""
    one = np.ones((speakers, PLACES))
    return {
        "place": PLACE,
        "true_exponent": 1.3 * one,
        "true_scale": 1e-4 * np.where(PLACE < 0.5, 1, 2) * one,
        "true_usual_distance": 0.01 * one,
        "true_length_gain": np.full(speakers, 1.2),
    }
