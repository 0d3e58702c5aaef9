"""Nomograms: what formants do while a constriction moves along the speaker's neutral tract.

After Fant (1960) and Stevens & House (1955), doi:10.1121/1.1907943; a place-by-place sweep of any
model's own shape is ours. No speaker makes these shapes: the question is whether a model knows what
a tube does, away from what tongues do.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from tractable.contracts import BadInput
from tractable.explanations.subject import Subject
from tractable.models.hearing import held
from tractable.models.model import Model

Array = np.ndarray
WIDEST, LONGEST = 0.05, 0.2  # m, beyond any constriction; beyond it lengths were given in mm or cm


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A constriction that moves from above the larynx to the lips.

    Parameters
    ----------
    places : at which it stands, evenly spread.
    start : x/L of the first of them, above the larynx tube; the last one is the lips.
    degree : cross-distance in its middle [m].
    width : of the constriction along the tract, from end to end [m].

    Raises
    ------
    BadInput : naming what cannot be meant.
    """

    places: int
    start: float
    degree: float
    width: float

    def __post_init__(self) -> None:
        meant = {
            "places": (self.places > 1, "at least two"),
            "start": (0 <= self.start < 1, "a share of the tract's length, 0 at the glottis"),
            "degree": (0 < self.degree < WIDEST, f"m, less than {WIDEST}"),
            "width": (0 < self.width < LONGEST, f"m, less than {LONGEST}"),
        }
        for name, (fine, expected) in meant.items():
            if not fine:
                found = f"{getattr(self, name)!r}, expected {expected}"
                raise BadInput(f"params.yaml: explanations: nomogram: {name}: {found}")

    def middles(self) -> Float[Array, " sweep"]:
        """x/L of the constriction's middle, glottis first."""
        return np.linspace(self.start, 1.0, self.places)

    def shapes(self, neutral: Float[Array, " feature"]) -> Float[Array, "sweep feature"]:
        """The neutral shape with the constriction at one place after the other.

        ln d goes to that of the middle and back as a raised cosine; where the neutral tract is
        narrower than that it stays as it is, and so does the tract's length.

        Parameters
        ----------
        neutral : ln d (place) [ln m], glottis first, and ln L [ln m].
        """
        log_distance, length = neutral[:-1], np.exp(neutral[-1])
        place = (np.arange(len(log_distance)) + 0.5) / len(log_distance)
        away = np.abs(place - self.middles()[:, None]) * length / (self.width / 2)
        depth = (1 + np.cos(np.pi * np.minimum(away, 1.0))) / 2
        narrowed = log_distance + depth * np.minimum(np.log(self.degree) - log_distance, 0.0)
        return np.column_stack([narrowed, np.full(self.places, neutral[-1])])

    def answers(self, subject: Subject, name: str) -> dict[str, Array]:
        """Formants of the swept shapes by one model [Hz], under the name of the contract.

        By the models of all folds that hold the speaker out, their mean in ln F: each knows the
        speaker as little as the others, and none of them is the speaker's own.
        """
        shelf, shapes = subject.shelf, self.shapes(subject.neutral)
        context = shelf.catalogue["models"][name]["context"]
        models = [shelf.model(name, int(k)) for k in np.unique(subject.fold)]
        heard = [heard_held(model, shapes, 2 * context + 1) for model in models]
        return {"swept_frequency": np.exp(np.mean(heard, 0))}


def heard_held(
    model: Model, shapes: Float[Array, "sweep feature"], count: int
) -> Float[Array, "sweep formant"]:
    """ln F of shapes; a model of windows of ``count`` frames hears each of them held."""
    shape = torch.from_numpy(shapes)
    windows = shape[:1].repeat(1, count)
    with torch.no_grad():
        return held(model.hear, windows, shape.shape[1])(shape).numpy()
