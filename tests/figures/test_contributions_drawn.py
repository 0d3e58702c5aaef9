"""Contributions to F2 of tracts whose sensitivity is that of a uniform tube in every frame."""

import numpy as np
import pytest
from conftest import EXPONENT, FRAMES, PLACE, neutral, speaker

from tractable.contracts import BadInput
from tractable.dynamics.contributions import LENGTH
from tractable.figures import contributions_to_f2
from tractable.figures.contributions_to_f2 import F2

FAMILIES = {"control": ["first"]}
PALATE = "palatal and alveolar"  # what the only gestures drive


@pytest.fixture(scope="module")
def shown(asked):
    return asked("contributions_to_f2")


@pytest.fixture(scope="module")
def numbers(shown):
    return shown.numbers


def of(numbers, part):
    return numbers[numbers.part == part]


def numbers_of(stores, shown, **changes):
    """The figure's table of other stores, or asked otherwise."""
    return contributions_to_f2.numbers({"sim1": stores}, **shown.options | changes)


def test_parts_contribute_their_sensitivity_times_what_their_area_does(numbers, shown):
    """-cos(3 pi x/L) dx/L by place, and ln A is 1.5 ln d, the same in all places but a closure."""
    areas = speaker("sim1")["areas"].sel(time=of(numbers, F2).time.to_numpy(), method="nearest")
    log_area = EXPONENT * np.log(areas.distance.values)
    ends = [0, *shown.options["ends"].values()]
    parts = [*shown.options["ends"]]
    for part, low, high in zip(parts, ends[:-1], ends[1:], strict=True):
        own = (low < PLACE) & (high >= PLACE)
        expected = (log_area - log_area[0])[:, own] @ neutral()[1, own]
        np.testing.assert_allclose(of(numbers, part).change, expected, atol=1e-9)
    assert (of(numbers, LENGTH).change == 0).all()


def test_the_stretch_is_where_f2_moves_most_within_a_clip(numbers):
    rows = of(numbers, F2)
    assert len(rows) == 83
    assert {"i", "a", "u"} <= set(rows.phone)
    clip = speaker("sim1")["areas"].clip_of.sel(time=rows.time.to_numpy(), method="nearest")
    assert len(set(clip.values)) == 1


def test_a_frame_without_a_shape_is_not_shown(shown):
    stores = speaker("sim1")
    gap = stores["areas"].copy(deep=True)
    gap.area[60] = np.nan
    rows = of(numbers_of(stores | {"areas": gap}, shown), F2)
    assert (rows.time > gap.time.values[119]).all()  # the other clip


def test_only_the_part_that_gestures_move_is_driven(numbers):
    driven = numbers.groupby("part").driven.sum()
    assert driven[PALATE] == driven[F2] > 40
    assert driven.drop([PALATE, F2]).sum() == 0
    still = of(numbers, F2).driven == 0
    own = of(numbers, "lips")
    assert still.any()
    assert np.isfinite(own.change_by_law).all()


def test_what_is_drawn_is_what_the_table_has(numbers):
    above, *panels, foot = contributions_to_f2.draw(numbers, families=FAMILIES).axes
    lines = {line.get_gid(): line for line in above.lines}
    for name in ("heard", "tube", "by_law"):
        np.testing.assert_array_equal(lines[name].get_ydata(), 1e-3 * of(numbers, F2)[name])
    order = ["lips", PALATE, "velar", "pharynx", "larynx", LENGTH]
    for axes, part in zip(panels, order, strict=True):
        drawn = {line.get_gid(): line.get_ydata() for line in axes.lines}
        np.testing.assert_array_equal(drawn[f"{part} measured"], of(numbers, part).change)
        np.testing.assert_array_equal(drawn[f"{part} by_law"], of(numbers, part).change_by_law)
        assert np.isfinite(drawn["driven"]).sum() == of(numbers, part).driven.sum()
        assert axes.get_title(loc="left").startswith(part)
    assert {text.get_text() for text in foot.texts} >= {"i", "a", "u"}


def test_every_number_of_its_caption_is_of_the_table(numbers):
    words = contributions_to_f2.caption(numbers)
    f2 = of(numbers, F2)
    at = f2.time[f2.change.abs().idxmax()]
    lips = numbers[(numbers.time == at) & (numbers.part == "lips")].change.iloc[0]
    assert f"Speaker sim1, {f2.time.min():.2f} to {f2.time.max():.2f} s" in words
    assert f"lips \N{MULTIPLICATION SIGN}{np.exp(lips):.2f}" in words
    assert "larynx to 0.15, pharynx to 0.5" in words


def test_drivers_of_other_parts_are_refused(shown):
    drivers = {"tongue": "lip aperture", LENGTH: "lip protrusion"}
    with pytest.raises(BadInput, match="drivers of tongue, tract length; expected those of larynx"):
        numbers_of(speaker("sim1"), shown, drivers=drivers)


def test_a_speaker_without_a_shape_is_nothing_to_show(shown):
    stores = speaker("sim1")
    nothing = stores["areas"].assign(area=stores["areas"].area * np.nan)
    empty = numbers_of(stores | {"areas": nothing}, shown)
    assert (len(empty), [*empty.columns]) == (0, [*contributions_to_f2.COLUMNS])
    assert stores["areas"].sizes["time"] == FRAMES
