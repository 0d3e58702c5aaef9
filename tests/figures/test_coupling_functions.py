"""The figure of coupling functions: what was planted, what is found, and what is by chance."""

from functools import partial

import numpy as np
import pytest

from tests.moved import LIPS, STILL, with_noise
from tractable.contracts import BadInput
from tractable.dynamics.repetitive import Pull
from tractable.figures import coupling_functions
from tractable.figures.coupling_functions import (
    BEYOND,
    EXCHANGED,
    FOUND,
    PLANTED,
    ROUGH,
    ROUGH_EXCHANGED,
)
from tractable.figures.curves import means

PULL = {"together": 3.0, "alone": 1.5}
SHOWN = {
    "variables": [STILL, LIPS],
    "pace": [4.1, 5.3],
    "pull": PULL,
    "unrest": 0.5,
    "amplitude": 5e-3,
    "rough": 2e-3,
    "seconds": [10.0, 30.0],
    "shown": 30.0,
    "stretch": 7.5,
    "spread": 2.0,
    "order": 2,
    "confidence": 0.95,
    "seed": 1,
}


stores = partial(with_noise, noise=0.01)


@pytest.fixture(scope="module")
def numbers():
    return coupling_functions.numbers(stores("s0", "s1"), **SHOWN)


def mean_of(numbers, measure, source, seconds):
    rows = means(numbers[(numbers.measure == measure) & (numbers.source == source)])
    return rows.set_index("seconds").value[seconds]


def test_what_was_planted_is_found_and_more_noise_makes_it_worse(numbers):
    assert mean_of(numbers, "likeness", FOUND, 30) > 0.97
    assert mean_of(numbers, "direction", FOUND, 30) > 0.7
    assert mean_of(numbers, "strength", FOUND, 30) == pytest.approx(Pull(**PULL).strength, rel=0.1)
    for measure in ("likeness", "direction"):
        assert mean_of(numbers, measure, ROUGH, 30) < mean_of(numbers, measure, FOUND, 30) - 0.01


def test_exchanged_runs_have_less_strength_the_longer_they_are(numbers):
    short, long = (mean_of(numbers, "strength", EXCHANGED, seconds) for seconds in (10, 30))
    assert long < short
    assert long < 0.75 * mean_of(numbers, "strength", FOUND, 30)


@pytest.mark.parametrize("coupled, apart", [(FOUND, EXCHANGED), (ROUGH, ROUGH_EXCHANGED)])
def test_strength_beyond_exchanged_is_each_speakers_own_difference(numbers, coupled, apart):
    rows = numbers[numbers.seconds == 30].set_index(["measure", "source", "speaker"]).value
    for speaker in ("s0", "s1"):
        own = rows["strength", coupled, speaker] - rows["strength", apart, speaker]
        assert rows[BEYOND, coupled, speaker] == pytest.approx(own)
    assert mean_of(numbers, BEYOND, coupled, 30) > 0.5


def test_coupling_that_begins_in_the_middle_is_seen_to_begin_there(numbers):
    times = [3.75, 11.25, 18.75, 26.25]
    known = [mean_of(numbers, "strength over time", PLANTED, time) for time in times]
    found = [mean_of(numbers, "strength over time", FOUND, time) for time in times]
    assert known == [0, 0, Pull(**PULL).strength, Pull(**PULL).strength]
    assert max(found[:2]) < 1.2 < 2.0 < min(found[2:])


def test_maps_are_drawn_as_the_table_has_them_and_the_planted_one_is_the_formula(numbers):
    figure = coupling_functions.draw(numbers, families={})
    maps = [axes for axes in figure.axes if axes.get_title() in (PLANTED, FOUND, ROUGH, EXCHANGED)]
    assert [axes.get_title() for axes in maps] == [PLANTED, FOUND, ROUGH, EXCHANGED]
    own = numbers[(numbers.measure == "function") & (numbers.source == PLANTED)]
    np.testing.assert_allclose(
        own.value, Pull(**PULL)(own["first"].to_numpy(), own["second"].to_numpy())
    )
    (picture,) = maps[0].collections
    cells = own.pivot(index="second", columns="first", values="value").to_numpy()
    np.testing.assert_allclose(np.reshape(picture.get_array(), cells.shape), cells)
    of_first = cells[0]  # the second phase stands at 0
    np.testing.assert_allclose(of_first[[0, 4]], [1.5, 3.0], atol=1e-9)


def test_means_and_truths_are_drawn_by_name(numbers):
    figure = coupling_functions.draw(numbers, families={})
    panels = {axes.get_ylabel().split(" ")[0]: axes for axes in figure.axes if axes.lines}
    lines = {line.get_gid(): line for line in panels["likeness"].lines}
    assert set(lines) >= {PLANTED, FOUND, ROUGH, EXCHANGED, f"speakers {FOUND}"}
    assert list(lines[FOUND].get_ydata()) == [
        mean_of(numbers, "likeness", FOUND, seconds) for seconds in (10, 30)
    ]


def test_every_number_of_the_caption_is_of_the_table(numbers):
    words = coupling_functions.caption(numbers)
    assert "each of 2 speakers" in words
    assert f"strength {Pull(**PULL).strength:.1f} rad/s" in words
    assert "in 10 s" in words
    assert "in 30 s" in words
    for source in (FOUND, ROUGH):
        beyond = means(numbers[(numbers.measure == BEYOND) & (numbers.source == source)])
        assert f"{source}: {coupling_functions.quoted(beyond.iloc[0])} in 10 s" in words


def test_one_speaker_has_no_interval_and_no_error():
    alone = coupling_functions.numbers(stores("s0"), **SHOWN)
    assert means(alone).low.isna().all()
    assert coupling_functions.caption(alone)


def test_without_plateaus_there_is_nothing_to_show():
    nobody = stores("s0")
    nobody["s0"]["dynamics"]["noise_autocovariance"][:] = np.nan
    empty = coupling_functions.numbers(nobody, **SHOWN)
    assert (len(empty), [*empty.columns]) == (0, [*coupling_functions.COLUMNS])


def test_a_variable_that_is_none_is_refused_by_name():
    with pytest.raises(BadInput, match="no variable 'lip apperture'; did you mean 'lip aperture'"):
        coupling_functions.numbers(stores("s0"), **{**SHOWN, "variables": ["lip apperture", STILL]})


def test_a_length_that_is_not_asked_cannot_be_shown():
    with pytest.raises(BadInput, match="shown: 7 s is none of seconds"):
        coupling_functions.numbers(stores("s0"), **{**SHOWN, "shown": 7.0})
