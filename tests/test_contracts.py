import numpy as np
import pytest

from tests.contour_stores import sds
from tractable.contracts import AREAS, BadInput, described, likely

PLACES = (np.arange(4) + 0.5) / 4


def shapes(**changes):
    frames = 3
    parts = {
        "time": np.arange(frames) / 83.28,
        "clip_of": np.zeros(frames, int),
        "phone": np.array(["a", "a", ""]),
        "place": PLACES,
        "axis": np.array(["x", "y"]),
        "distance": np.full((frames, 4), 0.01),
        "tract_length": np.full(frames, 0.17),
        "area": np.full((frames, 4), 3e-4),
        "midline": np.zeros((frames, 4, 2)),
        **sds(np.full((frames, 4), 3e-4)),
        "refused": np.array(["", "", "no head"]),
    }
    return described(AREAS, parts | changes, corpus="c", speaker="s", frame_rate=83.28)


def test_a_good_dataset_passes_untouched():
    good = shapes()
    assert AREAS.check(good) is good


def test_time_dependent_labels_travel_as_coordinates():
    assert {"time", "phone", "clip_of"} <= set(shapes().isel(time=[2]).coords)


def test_coordinates_come_in_the_order_in_which_they_were_named():
    assert list(shapes().coords) == ["time", "clip_of", "phone", "place", "axis"]


def test_one_message_names_every_broken_promise():
    bad = shapes().rename(place="x_over_L").assign_attrs(speaker="s")
    bad["area"].attrs["units"] = "cm2"
    del bad.attrs["corpus"]
    with pytest.raises(BadInput, match="corpus: no such attribute") as complaint:
        AREAS.check(bad)
    for part in ("area: cm2, expected m2", "place: no such variable", "x_over_L: not in the"):
        assert part in str(complaint.value)


def test_numbers_do_not_pass_for_text():
    with pytest.raises(BadInput, match=r"refused: int64, expected text"):
        shapes(refused=np.zeros(3, int))


@pytest.mark.parametrize(
    "word, count, hint",
    [
        ("widht", 1, "did you mean 'width'?"),
        ("dept", 2, "did you mean 'depth' or 'depths'?"),
        ("dept", 1, "did you mean 'depth'?"),
        ("colour", 1, "known: width, depth, depths"),
    ],
)
def test_a_strange_word_is_met_with_the_likely_one_or_with_all(word, count, hint):
    assert likely(word, iter(["width", "depth", "depths"]), count) == hint
