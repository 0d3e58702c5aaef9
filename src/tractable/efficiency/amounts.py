"""How much a model learns from: a share of the training frames, or a single training speaker."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tractable.contracts import BadInput
from tractable.models.search import Mask

GOLDEN = (5**0.5 - 1) / 2  # its multiples, modulo 1, fill a circle as evenly as can be


@dataclass(frozen=True)
class Share:
    """A share of every training speaker's frames, evenly spread; a smaller lies in a larger one."""

    share: float

    @property
    def name(self) -> str:
        return f"{100 * self.share:g} % of the data"

    @property
    def folder(self) -> str:
        return f"share_{self.share:g}"

    def __call__(self, trains: Sequence[Mask], teaching: Sequence[Mask]) -> list[Mask]:
        """See :class:`tractable.models.training.Less`; what teaches nothing may stay."""
        return [
            train & ~(train & teach & ~chosen(train & teach, self.share))
            for train, teach in zip(trains, teaching, strict=True)
        ]


@dataclass(frozen=True)
class OneSpeaker:
    """All frames of one training speaker: the next after the (first) one who is held out."""

    name = "one speaker"
    folder = "one_speaker"
    share = float("nan")

    def __call__(self, trains: Sequence[Mask], teaching: Sequence[Mask]) -> list[Mask]:
        """See :class:`tractable.models.training.Less`."""
        order = np.arange(len(trains))
        taught = np.array([train.any() for train in trains])
        first = int(order[~taught][0]) if (~taught).any() else -1
        alone = next(k for k in np.roll(order, -first - 1) if taught[k])
        return [train if k == alone else np.zeros_like(train) for k, train in enumerate(trains)]


Amount = Share | OneSpeaker


def amounts(shares: Sequence[float], one_speaker: bool) -> list[Amount]:
    """The amounts that params.yaml asks for, the smallest share first.

    Raises
    ------
    BadInput : a share that is none, or one twice.
    """
    wrong = [share for share in shares if not 0 < share < 1]
    if wrong or len(set(shares)) < len(shares):
        raise BadInput(
            f"params.yaml: efficiency: shares: {shares}, expected different numbers between 0 and "
            "1, ends excluded: all the data are what `models` learn from"
        )
    return [*map(Share, sorted(shares)), *([OneSpeaker()] if one_speaker else [])]


def chosen(usable: Mask, share: float) -> Mask:
    """A share of the frames that are usable, evenly spread.

    They are put in the order of the multiples of the golden section modulo 1, in which any first so
    many lie evenly, and the first are taken.
    """
    frames = np.flatnonzero(usable)
    order = np.argsort(np.arange(len(frames)) * GOLDEN % 1, kind="stable")
    found = np.zeros_like(usable)
    found[frames[order[: round(share * len(frames))]]] = True
    return found
