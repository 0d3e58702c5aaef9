"""Arrow of time (V9.5): do laws fit a movement better forwards than backwards?"""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float

from tractable.movement.fitting import fit
from tractable.movement.gestures import Gestures
from tractable.movement.laws import Law
from tractable.movement.pooled import best_pooled
from tractable.movement.surrogates import reversed_in_time


def arrow_of_time(gestures: Gestures, laws: Iterable[Law]) -> Float[np.ndarray, " settled_gesture"]:
    """ln SSE of each gesture backwards less forwards, the best pooled shape for either.

    Its mean D is positive where movement starts faster than it ends, as all dissipative laws have
    it; 0 for minimum jerk and for phase-shuffled surrogates. Of gestures that settle both ways,
    of which there may be none.
    """
    laws = list(laws)
    forward, backward = fit(gestures), fit(reversed_in_time(gestures))
    both = np.flatnonzero(forward.settled & backward.settled)
    if len(both) == 0:
        return np.empty(0)
    squares = []
    for fits in (forward.chosen(both), backward.chosen(both)):
        found = best_pooled(fits, laws)
        squares.append(np.log(fits.squares[found.shape, np.arange(len(both))]))
    return squares[1] - squares[0]
