"""Planted models: honest ones with errors of their own, and such as are wrong in a known way."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from benchmarks.planted.corpus import (
    EXPONENT,
    LOG_SCALE,
    PLACE,
    PUBLISHED,
    REGIONS,
    Speaker,
    smooth,
)
from tractable.models.kinds.tube_textbook import TubeTextbook
from tractable.models.model import Examples, Model, Prediction
from tractable.models.tube_model import Tube
from tractable.scores.evidence import FORMANTS
from tractable.tube import PIRIFORM, VOCALTRACTLAB, Branch, Losses

DIRECTION = "shape_to_sound"
WAYS = 4  # in which tracts move most, that a residual is given
#: On squares of a residual's weights, in units of one frame's squared error: the best by speakers
#: left out of the training.
PENALTIES = (1.0, 10.0, 100.0, 1000.0)
# Of an honest model's law, standard deviations of what is wrong: ln A at 1 cm, and the exponent.
WRONG_SCALE, WRONG_EXPONENT = 0.1, 0.06
LARGEST_GAIN = 0.8  # of |ln gain| by place


class Hybrid(Tube):
    """A tube with the simulator's losses and fossa, and a residual of second order."""

    usual: Tensor  # mean ln d (place,)
    ways: Tensor  # (place, way), each of variance 1 in training
    weight: Tensor  # (term, formant)

    def branch(self) -> Branch:
        return PIRIFORM

    def losses(self) -> Losses:
        return VOCALTRACTLAB

    def residual(self, log_distance: Tensor, log_length: Tensor) -> Tensor:
        return self.terms(log_distance) @ self.weight

    def terms(self, log_distance: Tensor) -> Tensor:
        """1, the ways in which a shape is moved, and their products (frame, term)."""
        way = (log_distance - self.usual) @ self.ways
        first, second = torch.triu_indices(way.shape[1], way.shape[1])
        return torch.cat([torch.ones_like(way[:, :1]), way, way[:, first] * way[:, second]], 1)


class Reader(Model):
    """Knows what to say of every frame by something else than its shape, but for its length."""

    said: Tensor  # ln F (frame, formant)
    by_length: Tensor  # dlnF/dlnL (formant,)

    def forward(self, log_distance: Tensor, log_length: Tensor) -> Prediction:
        times = len(log_length) // len(self.said)  # the same frames, several times over
        told = self.said.repeat(times, 1) + log_length[:, None] * self.by_length
        return Prediction(log_frequency=told + 0.0 * log_distance.sum(1, keepdim=True))


def hybrid(random: np.random.Generator, trains: list[Speaker], turned: bool = False) -> Hybrid:
    """A tube whose law is a little wrong, in its own way, and a residual that is trained on it.

    Parameters
    ----------
    turned : takes the lips for the glottis.
    """
    shape = np.concatenate([one.shape for one in trains])
    variance, way = np.linalg.eigh(np.cov(shape[:, :-1].T))
    terms = 1 + WAYS + WAYS * (WAYS + 1) // 2
    state = {
        "log_scale": LOG_SCALE + smooth(random, WRONG_SCALE),
        "exponent": EXPONENT + smooth(random, WRONG_EXPONENT),
        "log_gain": np.array(0.0),
        "log_end": np.array(0.0),
        "log_wall": np.array(0.0),
        "turned": np.array(turned),
        "count": np.array(len(FORMANTS)),
        "usual": shape[:, :-1].mean(0),
        "ways": way[:, -WAYS:] / np.sqrt(variance[-WAYS:]),
        "weight": np.zeros((terms, len(FORMANTS))),
    }
    model = Hybrid(DIRECTION, {name: torch.from_numpy(part) for name, part in state.items()})
    return taught(model, torch.from_numpy(shape), heard(trains), len(trains))


def taught(model: Hybrid, shape: Tensor, wanted: Tensor, speakers: int) -> Hybrid:
    """The same with the residual that a ridge regression finds."""
    with torch.no_grad():
        terms, left = model.terms(shape[:, :-1]), wanted - model.hear(shape)
        groups = np.array_split(np.arange(len(shape)), speakers)

        def missed(penalty: float) -> float:
            """Squared error in the speakers who were left out."""
            parts = []
            for out in groups:
                rest = np.setdiff1d(np.arange(len(shape)), out)
                weight = ridge(terms[rest], left[rest], penalty)
                parts.append(float((left[out] - terms[out] @ weight).square().sum()))
            return sum(parts)

        model.weight.copy_(ridge(terms, left, min(PENALTIES, key=missed)))
    return model


def ridge(terms: Tensor, wanted: Tensor, penalty: float) -> Tensor:
    """Weights (term, formant) by least squares; the first, a level, is free of the penalty."""
    size = penalty * torch.eye(terms.shape[1], dtype=terms.dtype)
    size[0, 0] = 0.0
    return torch.linalg.solve(terms.T @ terms + size, terms.T @ wanted)


def heard(speakers: list[Speaker]) -> Tensor:
    return torch.from_numpy(np.concatenate([one.heard for one in speakers]))


def published() -> Tube:
    """The published law itself, as a model that was pulled to it all the way would be."""
    nothing = torch.zeros(1, len(PLACE) + 1, dtype=torch.float64)
    wanted = torch.zeros(1, len(FORMANTS), dtype=torch.float64)
    examples = Examples(DIRECTION, nothing, wanted, torch.ones_like(wanted), len(FORMANTS))
    return TubeTextbook.fit(examples, **PUBLISHED, reversed=False, seed=0)


class Crutch(NamedTuple):
    """What a reader goes by: a class of every frame, and the size of the speaker."""

    kind: Callable[[Speaker], np.ndarray]  # (frame,) number
    by_pitch: bool  # the size by F0, or else by the length of the tract


READERS = {
    "reads_label": Crutch(lambda one: one.phone, False),
    "reads_pitch": Crutch(lambda one: one.phone, True),
    "reads_frame_order": Crutch(lambda one: np.arange(len(one.phone)), False),
}


def reader(crutch: Crutch, trains: list[Speaker], tested: Speaker) -> Reader:
    """Means of ln F by class, and how they fall with size, by least squares."""

    def size(one: Speaker) -> np.ndarray:
        return one.pitch if crutch.by_pitch else one.shape[:, -1]

    kind, sizes = (np.concatenate([of(one) for one in trains]) for of in (crutch.kind, size))
    given = np.column_stack([kind[:, None] == np.arange(kind.max() + 1), sizes])
    weight = np.linalg.lstsq(given, heard(trains).numpy(), rcond=None)[0]
    said, slope = weight[crutch.kind(tested)], weight[-1]
    if crutch.by_pitch:
        said, slope = said + tested.pitch[:, None] * slope, np.zeros_like(slope)
    state = {"said": torch.from_numpy(said), "by_length": torch.from_numpy(slope)}
    return Reader(DIRECTION, state)


def wrong_cavity(answers: xr.Dataset) -> xr.Dataset:
    """The same answers, but what F2 owes to the back cavity is owed to the front one."""
    owed = answers.cavity_sensitivity
    swapped = owed.isel(cavity=[2, 1, 0])
    return answers.assign(cavity_sensitivity=owed.where(owed.formant != 2, swapped.values))


def wrong_gains(answers: xr.Dataset, turn: float) -> xr.Dataset:
    """The same answers times a positive factor that changes along the tract.

    ``turn`` in radians says where it is largest; a model is wrong alike for all speakers.
    """
    return amplified(answers, lambda x: np.exp(LARGEST_GAIN * np.cos(np.pi * x + turn)))


def double_gain(answers: xr.Dataset) -> xr.Dataset:
    """Twice the same answers."""
    return amplified(answers, lambda x: np.full_like(x, 2.0))


def partly(honest: xr.Dataset, planted: xr.Dataset, share: float) -> xr.Dataset:
    """Answers of a model whose ln F is made of so much of the planted one, the rest honest."""
    return honest + share * (planted - honest)


def amplified(answers: xr.Dataset, gain: Callable[[np.ndarray], np.ndarray]) -> xr.Dataset:
    """Answers about distances times a gain by x / L: every sign is kept where it is positive."""
    by_place, by_region = (gain((np.arange(n) + 0.5) / n) for n in (len(PLACE), REGIONS))
    factors = dict.fromkeys(("distance_sensitivity", "tube_distance_sensitivity"), by_place)
    factors |= dict.fromkeys(("widened", "narrowed"), by_region)
    return answers.assign({name: answers[name] * factor for name, factor in factors.items()})
