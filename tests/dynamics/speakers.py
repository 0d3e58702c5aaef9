"""Made-up speakers as the stage leaves them."""

from pathlib import Path

import numpy as np
import yaml

from tests.dynamics.heads import head, tube, voice
from tests.dynamics.simulated import noise, speech
from tractable.dynamics import gestures

PARAMS = Path(__file__).parents[2] / "params.yaml"
OPTIONS = yaml.safe_load(PARAMS.read_text())["dynamics"]


def moved(who, seed):
    """DYNAMICS of a speaker of that name who moves their lips."""
    degree = speech(10, seed).values
    degree = degree - degree.min() + 2e-3 + noise(len(degree), 0.3e-3, seed=seed)
    stores = head(degree), tube(degree), voice(np.full(len(degree), 1500.0))
    return gestures(*stores, **OPTIONS).assign_attrs(speaker=who)
