"""Made-up speakers whose physics is the house's own tube, and all that an exam is given of them.

A language has phones, and everybody reads the same list of tokens. Speakers differ in the length of
their tract and in the law by which distances become areas; what is measured of them is noisy.
"""

from typing import NamedTuple

import numpy as np
import torch
import xarray as xr

from tractable.explanations import asked
from tractable.models.model import Model
from tractable.regions import region_shares
from tractable.scores.evidence import FORMANTS, Asking, Evidence
from tractable.scores.reference import answers, parts, region_changes
from tractable.scores.tubes import Tube, frequencies, sensitivities
from tractable.theory.cavities import cavity_edges
from tractable.tube import PIRIFORM, VOCALTRACTLAB

PLACES, REGIONS = 40, 16
PLACE = (np.arange(PLACES) + 0.5) / PLACES
PHONES, TOKENS = 8, 5
FOLDS = 4  # as in params.yaml, folds
ASKING = Asking(step=1e-3, floor=5e-4, ends=0.05)
STRETCH = 0.01
#: The law that speakers' own laws are spread around: ln A at 1 cm [ln m2], and exponent.
LOG_SCALE, EXPONENT = np.log(1.5e-4) + 0.3 * np.cos(np.pi * PLACE), 1.5 + 0.4 * PLACE
PUBLISHED = {"scale": 1.5e-4, "exponent": 2.0}  # Heinz & Stevens (1965)

# Standard deviations, of ln d, ln A at 1 cm, the exponent, ln L, ln F and ln F0.
OF_PHONES, OF_CONTEXT, OF_TOKENS = 0.3, 0.03, 0.03
OF_SCALE, OF_EXPONENT, OF_LENGTH, OF_LIPS = 0.15, 0.08, 0.07, 0.01
MEASURING_DISTANCE, MEASURING_LENGTH, MEASURING_SOUND = 0.05, 0.01, 0.03
OF_VOICES = 0.02


class Speaker(NamedTuple):
    """What a simulated speaker did in every frame, and what was measured of it."""

    distance: np.ndarray  # (frame, place) [m]
    length: np.ndarray  # (frame,) [m]
    log_scale: np.ndarray  # ln A at 1 cm (place,) [ln m2]
    exponent: np.ndarray  # (place,)
    shape: np.ndarray  # measured ln d, then ln L (frame, place + 1)
    heard: np.ndarray  # measured ln F (frame, formant) [ln Hz]
    phone: np.ndarray  # (frame,) number
    pitch: np.ndarray  # ln F0 (frame,) [ln Hz]

    @property
    def log_area(self) -> np.ndarray:
        return self.log_scale + self.exponent * np.log(self.distance / 0.01)

    def tube(self) -> Tube:
        """The simulator's own, with its losses and its fossa."""
        area = np.exp(self.log_area)
        return Tube(area, sections(self.length), PIRIFORM, VOCALTRACTLAB)

    def published_tube(self) -> Tube:
        """What one would take for it who has the measured shape and a published law."""
        distance, length = np.exp(self.shape[:, :-1]), np.exp(self.shape[:, -1])
        area = PUBLISHED["scale"] * (distance / 0.01) ** PUBLISHED["exponent"]
        return Tube(area, sections(length), None)


def sections(length: np.ndarray) -> np.ndarray:
    """Equal lengths (frame, section) [m]."""
    return np.repeat(length[:, None] / PLACES, PLACES, 1)


def smooth(random: np.random.Generator, sd: float, *size: int, waves: int = 4) -> np.ndarray:
    """Random functions of place (*size, place) made of a few cosines, of mean 0."""
    amounts = random.normal(0, sd * np.sqrt(2 / waves), (*size, waves))
    return amounts @ np.cos(np.pi * np.arange(1, waves + 1)[:, None] * PLACE)


def corpus(seed: int, speakers: int) -> list[Speaker]:
    """Speakers of one language who read the same list."""
    random = np.random.default_rng(seed)
    phone = random.permutation(np.repeat(np.arange(PHONES), TOKENS))
    targets = smooth(random, OF_PHONES, PHONES)[phone]
    targets = targets + smooth(random, OF_CONTEXT, len(phone))
    return [speaker(random, phone, targets) for _ in range(speakers)]


def speaker(random: np.random.Generator, phone: np.ndarray, targets: np.ndarray) -> Speaker:
    """One speaker says what the list asks for; a longer tract has a deeper voice."""
    frames = len(phone)
    log_distance = np.log(0.01) + targets + smooth(random, OF_TOKENS, frames)
    size = random.normal(0, OF_LENGTH)
    log_length = np.log(0.155) + size + random.normal(0, OF_LIPS, frames)
    noise = smooth(random, MEASURING_DISTANCE, frames, waves=8)
    longer = random.normal(0, MEASURING_LENGTH, frames)
    made = Speaker(
        np.exp(log_distance),
        np.exp(log_length),
        LOG_SCALE + smooth(random, OF_SCALE),
        EXPONENT + smooth(random, OF_EXPONENT),
        np.concatenate([log_distance + noise, (log_length + longer)[:, None]], 1),
        random.normal(0, MEASURING_SOUND, (frames, len(FORMANTS))),
        phone,
        np.log(150) - size + random.normal(0, OF_VOICES, frames),
    )
    return made._replace(heard=made.heard + np.log(frequencies(made.tube())))


def edges(one: Speaker) -> np.ndarray:
    """Ends of the constriction (frame, edge) in x / L, by the measured shape."""
    return cavity_edges(one.published_tube().area, widest=2.5, larynx=0.15)


def physics(one: Speaker, tube: Tube, distance: np.ndarray, slope: np.ndarray) -> xr.Dataset:
    """What physics says of a tube, in the language of the explanations.

    Attributions, which nobody is asked for here, are those of slopes.

    Parameters
    ----------
    distance : (frame, place) [m], of which ``tube`` was made.
    slope : beta (place,).
    """
    steps = ASKING.step * region_shares(REGIONS, PLACES)
    wider, narrower = (
        region_changes(tube, distance, slope, step, ASKING.floor) for step in (steps, -steps)
    )
    of_tract = parts(edges(one), ASKING.ends, PLACES)
    found = answers(*sensitivities(tube), slope, of_tract, (wider, narrower))
    away = one.shape[:, :-1] - one.shape[:, :-1].mean(0)
    found["displacement"] = ("frame", "explainer", "place"), away[:, None]
    return found.assign(attribution=found.distance_sensitivity * found.displacement)


def of_truth(one: Speaker) -> xr.Dataset:
    """The reference where a simulator made the speech."""
    return physics(one, one.tube(), one.distance, one.exponent)


def of_measured(one: Speaker) -> xr.Dataset:
    """The reference where nobody knows the areas."""
    slope = np.full(PLACES, PUBLISHED["exponent"])
    return physics(one, one.published_tube(), np.exp(one.shape[:, :-1]), slope)


def answered(model: Model, one: Speaker) -> xr.Dataset:
    """All that a model is asked about a speaker, as the stage ``explanations`` asks it.

    Beside it ``log_frequency``, what it says of every frame.
    """
    how = {"regions": REGIONS, "stretch": STRETCH, **ASKING._asdict()}
    told = asked(model, one.shape, one.shape, edges(one), **how)
    about = ("frame", "formant")
    dims = {
        "distance_sensitivity": (*about, "place"),
        "stretch_sensitivity": about,
        "tube_distance_sensitivity": (*about, "place"),
        "widened": (*about, "region"),
        "narrowed": (*about, "region"),
        "cavity_sensitivity": (*about, "cavity"),
    }
    found = xr.Dataset({name: (dim, told[name]) for name, dim in dims.items()})
    found["log_frequency"] = about, model.hear(torch.from_numpy(one.shape)).detach().numpy()
    return found.assign_coords(formant=FORMANTS)


def fold_of(number: int) -> int:
    """The fold that holds a speaker out; speakers of a fold share its models."""
    return number % FOLDS


def evidence(
    number: int, speakers: list[Speaker], reference: xr.Dataset, answers: xr.Dataset
) -> Evidence:
    """One speaker, held out in a fold, beside what models and physics say of it."""
    one = speakers[number]
    role = np.arange(FOLDS)[:, None] == fold_of(number)
    tests = xr.DataArray(np.repeat(role, len(one.phone), 1), dims=("fold", "time"))
    return Evidence(
        f"s{number}",
        ASKING,
        ~tests,
        tests,
        np.arange(len(one.phone)),
        xr.DataArray(one.shape[:, :-1], dims=("time", "place")),
        xr.DataArray(np.exp(one.shape[:, -1]), dims="time"),
        reference,
        answers,
        xr.DataArray(one.phone.astype(str), dims="time"),
    )
