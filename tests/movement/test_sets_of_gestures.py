"""Sets of gestures: their classes, and what is none."""

import numpy as np
import pytest

from tests.movement.test_fits_of_gestures import bare, made
from tractable.contracts import BadInput


def test_labels_make_classes():
    parts = [made(count=3, seed=k, speaker=name).gestures for k, name in enumerate("ba")]
    frames = min(part.trajectory.shape[1] for part in parts)
    joined = bare(
        np.concatenate([part.trajectory[:, :frames] for part in parts]),
        speaker=np.concatenate([part.speaker for part in parts]),
    )
    found = list(joined.classes())
    assert [label for label, _ in found] == [(name, "variable", "direction") for name in "ab"]
    np.testing.assert_array_equal(found[0][1].trajectory, joined.trajectory[3:])


@pytest.mark.parametrize(
    "change, said",
    [
        ({"time": np.array([0, 1, 2, 4, 5, 6.0])}, "evenly spaced"),
        ({"trajectory": np.full((2, 6), np.nan)}, "gesture 0 .* 0 known frames"),
        ({"noise_autocovariance": np.array([[0.1], [0.0]])}, "gesture 1 .*noise variance of 0"),
    ],
)
def test_what_are_no_gestures_is_refused(change, said):
    with pytest.raises(BadInput, match=said):
        bare(**{"trajectory": np.arange(12.0).reshape(2, 6)} | change)
