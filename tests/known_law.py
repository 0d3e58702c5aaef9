"""Speakers whose sound is made from their shapes by a law of area that we chose."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import yaml

from tests.contour_stores import sds
from tractable import engine
from tractable.contracts import AREAS, FOLDS, FORMANTS, RECORDINGS, THEORY, described
from tractable.explanations.subject import Subject
from tractable.models.asking import Shelf
from tractable.models.examples import Measured
from tractable.models.files import model_path, save_catalogue, save_model
from tractable.models.model import Examples
from tractable.store import save
from tractable.tube import Branch, formants

PLACES = 40
PLACE = (np.arange(PLACES) + 0.5) / PLACES
#: Ways in which the tract moves.
WAVES = np.stack([np.cos(k * np.pi * PLACE) for k in range(5)])
#: ln area [m2] at a cross-distance of 1 cm, and exponent, glottis first.
LOG_SCALE = np.log(1.5e-4) + 0.4 * np.cos(np.pi * PLACE)
EXPONENT = 1.5 + 0.4 * PLACE
#: Acoustic over measured tract length.
GAIN = 1.04
#: Area [m2] and length [m] of the piriform fossa.
FOSSA = (0.5e-4, 0.02)


def shapes(frames: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """ln d (frame, place) and ln L (frame,) of a tract that moves in five ways."""
    random = np.random.default_rng(seed)
    amounts = random.normal(0, [0.1, 0.25, 0.3, 0.2, 0.15], (frames, 5))
    log_distance = np.log(0.012) + amounts @ WAVES
    log_length = np.log(0.16) + random.normal(0, 0.04, frames)
    return torch.from_numpy(log_distance), torch.from_numpy(log_length)


def law(log_distance: torch.Tensor) -> torch.Tensor:
    """ln area [ln m2] by the chosen law (frame, place)."""
    scale, exponent = torch.from_numpy(LOG_SCALE), torch.from_numpy(EXPONENT)
    return scale + exponent * (log_distance - np.log(0.01))


def sound(log_area: torch.Tensor, log_length: torch.Tensor) -> torch.Tensor:
    """ln F1-F3 of a tract with the fossa 0.12 L above the glottis."""
    area, length = torch.tensor(FOSSA).double()[:, None]
    fossa = Branch(area.log(), length, round(0.12 * PLACES))
    section_length = GAIN * log_length.exp() / PLACES
    frequency, _ = formants(log_area, section_length, count=3, branch=fossa)
    return frequency.log()


def examples(frames: int, seed: int, noise: float = 0.0) -> Examples:
    """Shapes and their sound, with noise in ln F."""
    log_distance, log_length = shapes(frames, seed)
    log_frequency = sound(law(log_distance), log_length)
    random = torch.Generator().manual_seed(seed)
    error = noise * torch.randn(log_frequency.shape, generator=random, dtype=torch.float64)
    given = torch.cat([log_distance, log_length[:, None]], 1)
    weight = torch.ones_like(log_frequency)
    return Examples("shape_to_sound", given, log_frequency + error, weight, 3)


def sounds(frames: int, seed: int, noise: float = 0.0) -> Examples:
    """The same the other way round: given are cepstra, made of ln F, with noise in ln F."""
    heard = examples(frames, seed, noise)
    mixing = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 12)))
    wanted = torch.cat([heard.given, heard.wanted], 1)
    return Examples("sound_to_shape", heard.wanted @ mixing, wanted, torch.ones_like(wanted), 41)


def bent_law(log_distance: torch.Tensor) -> torch.Tensor:
    """No power law: the more open the front half, the wider the back and the narrower the front."""
    front = (log_distance[:, PLACES // 2 :] - np.log(0.012)).mean(1, keepdim=True)
    return law(log_distance) + 2 * torch.tanh(2 * front) * torch.from_numpy(WAVES[1])


def bent(frames: int, seed: int) -> Examples:
    """Shapes and their sound by that law, without noise."""
    log_distance, log_length = shapes(frames, seed)
    wanted = sound(bent_law(log_distance), log_length)
    given = torch.cat([log_distance, log_length[:, None]], 1)
    return Examples("shape_to_sound", given, wanted, torch.ones_like(wanted), 3)


def speaker(name: str, frames: int, number: int, folds: int) -> dict:
    """One speaker's areas, formants, theory and folds, held out in fold ``number``."""
    log_distance, log_length = shapes(frames, number)
    frequency = sound(law(log_distance), log_length).exp().numpy()
    clock = {
        "time": np.arange(frames) / 83.28,
        "clip_of": (np.arange(frames) >= frames // 2).astype(int),
        "phone": np.full(frames, "a"),
    }
    about = {"corpus": "phantom", "speaker": name}
    role = np.full((folds, frames), "train", dtype="<U5")
    role[number] = "test"
    return {
        "areas": areas(clock, log_distance, log_length, about),
        "formants": measured(clock, frequency, about),
        "recordings": recordings(clock, log_distance, about),
        "theory": theory(clock, frequency, about),
        "folds": described(FOLDS, clock | {"fold": np.arange(folds), "role": role}, **about),
    }


def areas(clock, log_distance, log_length, about):
    distance, frames = log_distance.exp().numpy(), len(log_length)
    refused = np.full(frames, "", dtype="<U8")
    refused[3] = "no head"
    variables = {
        "place": PLACE,
        "axis": np.array(["x", "y"]),
        "distance": distance,
        "tract_length": log_length.exp().numpy(),
        "area": 1.5 * distance**2,
        **sds(distance),
        "midline": np.zeros((frames, PLACES, 2)),
        "refused": refused,
    }
    return described(AREAS, clock | variables, **about, frame_rate=83.28)


def measured(clock, frequency, about):
    """Formants with 2 % uncertainty, F1 masked in every seventh frame; a cepstrum of F."""
    known = frequency.copy()
    known[::7, 0] = np.nan
    frames = len(frequency)
    cepstrum = np.log(frequency) @ np.random.default_rng(0).normal(size=(3, 12))
    variables = {
        "formant": np.arange(1, 4),
        "frequency": known,
        "frequency_sd": 0.02 * frequency,
        "bandwidth": np.full_like(frequency, 60.0),
        "reason": np.where(np.isnan(known), "F0 near F1", ""),
        "fundamental": np.full(frames, 110.0),
        "intensity": np.full(frames, 70.0),
        "voiced": np.ones(frames, dtype=int),
        "coefficient": np.arange(12),
        "cepstrum": cepstrum,
    }
    return described(
        FORMANTS,
        clock | variables,
        **about,
        frame_rate=83.28,
        ceiling=5000.0,
        mel_bands=26,
        mel_lowest=60.0,
        mel_highest=8000.0,
    )


def recordings(clock, log_distance, about):
    """Pictures of 8 x 8 pixels that show the distance of every fifth place, and noise."""
    frames, random = len(log_distance), np.random.default_rng(7)
    shown = 6e3 * log_distance.exp().numpy()[:, None, ::5]
    grey = np.clip(shown + random.normal(60, 2, (frames, 8, 8)), 0, 255).astype("uint8")
    variables = {
        "x": 2.4e-3 * np.arange(8),
        "y": 2.4e-3 * np.arange(8),
        "frames": grey,
        "sample": np.arange(4) / 22050,
        "sound": np.zeros(4, "float32"),
        "clip": np.arange(2),
        "clip_name": np.array(["one", "two"]),
        "sound_state": np.array(["", ""]),
        "audio_lag": np.zeros(2),
        "audio_lag_sd": np.zeros(2),
    }
    rates = {"pixel_spacing": 2.4e-3, "frame_rate": 83.28, "sample_rate": 22050}
    return described(RECORDINGS, clock | variables, **about, **rates)


def theory(clock, frequency, about):
    """A constriction at 0.5 to 0.7 L, none in the first frame, and its cavities."""
    frames = len(frequency)
    edge = np.tile([0.5, 0.7], (frames, 1))
    edge[0] = np.nan
    share = np.stack([edge[:, 0], edge[:, 1] - edge[:, 0], 1 - edge[:, 1]], 1)
    variables = {
        "formant": np.arange(1, 4),
        "place": PLACE,
        "cavity": np.array(["back", "constriction", "front"]),
        "edge": np.arange(2),
        "frequency": frequency,
        "frequency_sd": 0.02 * frequency,
        "bandwidth": np.full_like(frequency, 60.0),
        "sensitivity": np.zeros((frames, 3, PLACES)),
        "length_sensitivity": np.zeros((frames, 3, PLACES)),
        "cavity_edge": edge,
        "cavity_share": share,
        "affiliation": np.zeros((frames, 3, 3)),
    }
    return described(THEORY, clock | variables, **about)


def shelved(folder, models, folds=2):
    """The same models for every fold of the corpus, kept as a stage would keep them."""
    abouts = {
        name: {"kind": kind, "direction": m.direction, "context": 0}
        for name, (kind, m) in models.items()
    }
    for name, (kind, model) in models.items():
        for fold in range(folds):
            save_model(model, model_path(folder, "phantom", name, fold), {"kind": kind})
    options = {"count": 3, "context": 0, "side": 8}
    catalogue = {"models": abouts, "twins": [], "folds": {"phantom": folds}, "examples": options}
    save_catalogue(folder, catalogue)
    return Shelf(folder, "phantom")


def subject(shelf, fold, shapes, **windows):
    """Frames of these shapes, each held out by a fold, and what each model is given of them."""
    of = speaker("sim1", 8, number=0, folds=2)
    measured = Measured(of["areas"], of["formants"])
    edges = np.full((len(fold), 2), np.nan)
    known = np.arange(len(fold)), np.array(fold), edges, shapes, shapes.mean(0)
    return Subject(shelf, measured, *known, windows, {}, {})


def staged(monkeypatch, folder, name: str) -> None:
    """An empty project of one stage in ``folder``, to be run in this process as in a new one."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", [f"stages/{name}.py"])
    monkeypatch.setattr(engine, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
    monkeypatch.delenv("TRACTABLE_MEMO", raising=False)
    Path("code.py").write_text("version = 1\n")
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {name: {"deps": ["code.py"]}}}))


def written(names, contracts, frames: int) -> None:
    """Speakers on disk, each held out in a fold of its own, and on the list.

    Parameters
    ----------
    contracts : noun -> contract of the stores that are wanted.
    """
    listed = {"corpora": {"phantom": {"speakers": names}}}
    Path("params.yaml").write_text(yaml.safe_dump(listed))
    for number, name in enumerate(names):
        made = speaker(name, frames, number, folds=len(names))
        for noun, contract in contracts.items():
            save(made[noun], Path(f"data/{noun}/phantom/{name}.zarr"), contract)
