"""Figures of movement, of gestures whose laws and relations are known."""

from functools import partial

import numpy as np
import pytest
import yaml
from conftest import TIP
from matplotlib.colors import to_rgba

from tests import moved
from tests.project import ROOT
from tractable.contracts import BadInput
from tractable.figures import amplitude_and_duration, gesture_with_fits
from tractable.figures.amplitude_and_duration import DIFFERENCE, MEASURED, SIMULATED
from tractable.figures.catalogue import completed
from tractable.figures.curves import means

CLASS = {"variable": TIP, "direction": "closing", "laws": ["linear", "first", "minimum_jerk"]}
FAMILIES = {"control": ["first", "minimum_jerk"]}
FINDER = yaml.safe_load((ROOT / "params.yaml").read_text())["dynamics"]
RELATED = {
    "variables": [TIP],
    "law": "target",
    "parameter": 5.0,
    "repeats": 3,
    "least": 8,
    "confidence": 0.95,
    "seed": 1,
    "finder": FINDER,
}

stores = partial(moved.speakers, moves=TIP)


def changed(speakers, **parts):
    """The same with variables of the first speaker's store changed by functions of their values."""
    first, *others = speakers
    store = speakers[first]["dynamics"].copy(deep=True)
    for name, change in parts.items():
        store[name] = store[name].copy(data=change(store[name].values.copy()))
    return {first: {"dynamics": store}} | {name: speakers[name] for name in others}


@pytest.fixture(scope="module")
def one():
    return gesture_with_fits.numbers(stores(9, 6), **CLASS)


@pytest.fixture(scope="module")
def clouds():
    return amplitude_and_duration.numbers(stores(30, 24), **RELATED)


def of(rows, curve):
    return rows[rows.curve == curve]


def amplitude_of(rows):
    frames = of(rows, MEASURED)
    return abs(frames.value.iloc[-1] - frames.value.iloc[0])


def test_the_gesture_of_median_amplitude_is_shown(one):
    """The eighth of fifteen; noise at both ends is .5 mm."""
    known = [stores(9, 6)[name]["dynamics"].amplitude.values for name in ("s0", "s1")]
    median = 1e3 * np.median(np.abs(np.concatenate(known)))
    assert set(one.n_gestures) == {15}
    assert amplitude_of(one) == pytest.approx(median, abs=2)


def test_of_an_even_number_it_is_the_smaller_of_two_and_what_touches_is_passed_over():
    speakers = stores(3)
    order = np.abs(speakers["s0"]["dynamics"].amplitude.values).argsort()

    def touched(contact):
        contact[order[1], 0] = True
        return contact

    touching = changed(speakers, contact=touched)
    shown = gesture_with_fits.numbers(touching, **CLASS)
    assert set(shown.n_gestures) == {2}
    smallest = moved.dynamics("linear", 1.0, 3, seed=0, moves=TIP).isel(gesture=order[0])
    np.testing.assert_allclose(
        of(shown, MEASURED).value, 1e3 * smallest.trajectory.dropna("frame"), rtol=1e-6
    )


def test_a_gap_is_no_gesture_to_be_shown():
    def pierced(trajectory):
        trajectory[0, 4] = np.nan
        return trajectory

    gap = changed(stores(3), trajectory=pierced)
    assert set(gesture_with_fits.numbers(gap, **CLASS).n_gestures) == {2}


def test_the_law_that_made_it_leaves_least_and_no_more_than_noise(one):
    misfit = {law: of(one, law).misfit.iloc[0] for law in CLASS["laws"]}
    assert misfit["linear"] == pytest.approx(1, abs=0.6)
    assert min(misfit, key=misfit.get) == "linear"
    assert of(one, "linear").parameter.iloc[0] == pytest.approx(1, abs=0.2)
    assert of(one, "minimum_jerk").parameter.isna().all()


def test_residuals_are_what_is_measured_less_what_is_fitted(one):
    frames = of(one, MEASURED).set_index("time").value
    for law in CLASS["laws"]:
        at = of(one, law).dropna(subset="residual")
        assert len(at) == len(frames)
        np.testing.assert_allclose(at.residual, frames.to_numpy() - at.value)
        np.testing.assert_allclose(at.time, frames.index, atol=1e-9)


def test_curves_residuals_and_noise_are_drawn_as_the_table_has_them(one):
    figure = gesture_with_fits.draw(one, families=FAMILIES)
    above, below = figure.axes
    lines = {line.get_gid(): line for line in above.lines}
    assert [*lines] == [MEASURED, *CLASS["laws"]]
    for curve, line in lines.items():
        np.testing.assert_array_equal(line.get_ydata(), of(one, curve).value)
    left = {line.get_gid(): line for line in below.lines}
    np.testing.assert_array_equal(left["first"].get_ydata(), of(one, "first").residual.dropna())
    (shade,) = [patch for patch in below.patches if patch.get_gid() == "noise"]
    assert shade.get_height() == pytest.approx(2 * np.sqrt(moved.WHITE))
    looks = {(lines[law].get_color(), lines[law].get_linestyle()) for law in CLASS["laws"]}
    assert len(looks) == len(CLASS["laws"])


def test_every_number_of_its_caption_is_of_the_table(one):
    words = gesture_with_fits.caption(one)
    assert "speaker s" in words
    assert "among 15 gestures" in words
    assert "from /a/ to /p/" in words
    assert "plateaus (0.50 mm)" in words
    assert "linear (parameter 1)" in words


@pytest.mark.parametrize("direction, count", [("opening", 5), ("closing", 0)])
def test_a_class_without_gestures_is_nothing_to_show(direction, count):
    empty = gesture_with_fits.numbers(stores(count), **CLASS | {"direction": direction})
    assert (len(empty), [*empty.columns]) == (0, [*gesture_with_fits.COLUMNS])


@pytest.mark.parametrize(
    "change, words",
    [
        ({"variable": TIP[:-1]}, f"no variable '{TIP[:-1]}'; did you mean '{TIP}'"),
        ({"laws": ["cubik"]}, "unknown law 'cubik'; did you mean 'cubic'"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(change, words):
    with pytest.raises(BadInput, match=words):
        gesture_with_fits.numbers(stores(3), **CLASS | change)


def test_measured_correlations_are_those_of_the_stores(clouds):
    related = clouds[clouds.relation == "duration"].set_index(["source", "speaker"]).value
    for speaker, kept in stores(30, 24).items():
        own = kept["dynamics"]
        r = np.corrcoef(np.abs(own.amplitude), own.end - own.start)[0, 1]
        assert related[MEASURED, speaker] == pytest.approx(r)
        apart = related[MEASURED, speaker] - related[SIMULATED, speaker]
        assert related[DIFFERENCE, speaker] == pytest.approx(apart)


def test_faster_because_larger_is_what_simulation_says_too(clouds):
    """No law of velocity is in it, and yet the two go together as closely as measured."""
    mean = means(clouds[clouds.relation == "peak velocity"]).set_index("source").value
    assert mean[SIMULATED] > 0.7
    assert mean[DIFFERENCE] == pytest.approx(0, abs=0.2)


def test_a_relation_that_speakers_have_exceeds_that_of_simulation():
    """Durations follow amplitudes, all of them between 80 and 200 ms."""
    speakers = stores(40, 40)
    for kept in speakers.values():
        store = kept["dynamics"]
        store["end"] = store.start + 0.08 + 8 * np.abs(store.amplitude)
    found = amplitude_and_duration.numbers(speakers, **RELATED)
    mean = means(found[found.relation == "duration"]).set_index("source").value
    assert mean[MEASURED] == pytest.approx(1)
    assert mean[DIFFERENCE] > 0.6


def test_gestures_are_in_units_that_people_read(clouds):
    shown = clouds[(clouds.relation == "") & (clouds.source == MEASURED)]
    assert len(shown) == 54
    assert shown.amplitude.between(3, 15).all()
    assert shown.duration.between(80, 250).all()
    velocity = 10 * shown.peak_velocity / shown.amplitude  # 1/s, critically damped
    np.testing.assert_allclose(
        velocity * shown.duration / 1e3, velocity.iloc[0] * shown.duration.iloc[0] / 1e3
    )


def test_a_speaker_more_leaves_the_others_as_they_were(clouds):
    alone = amplitude_and_duration.numbers(stores(30), **RELATED)
    rows = clouds[(clouds.speaker == "s0")].reset_index(drop=True)
    assert alone[alone.speaker == "s0"].reset_index(drop=True).equals(rows)


def test_points_and_signs_are_drawn_as_the_table_has_them(clouds):
    figure = amplitude_and_duration.draw(clouds, families={})
    panels = figure.axes
    shown = clouds[(clouds.relation == "") & (clouds.source == SIMULATED)]
    np.testing.assert_array_equal(panels[4].lines[0].get_ydata(), shown.peak_velocity)
    (signs,) = [
        [line for line in panels[2].lines if line.get_gid() == f"{source} {TIP}"]
        for source in [SIMULATED]
    ]
    assert [len(line.get_xdata()) for line in signs] == [2, 1]
    assert {to_rgba(line.get_markerfacecolor()) for line in signs} == {to_rgba("white")}


def test_every_number_of_this_caption_is_of_the_table_too(clouds):
    words = amplitude_and_duration.caption(clouds)
    assert "54 gestures (" in words
    assert "of 2 speakers as found" in words
    assert "With duration, simulation alone has" in words


def test_few_gestures_are_shown_and_have_no_correlation():
    few = amplitude_and_duration.numbers(stores(5), **RELATED)
    assert set(few.relation) == {""}
    assert "Nobody has enough gestures" in amplitude_and_duration.caption(few)
    amplitude_and_duration.draw(few, families={})


def test_speakers_without_gestures_are_nothing_to_show():
    empty = amplitude_and_duration.numbers(stores(0), **RELATED)
    assert (len(empty), [*empty.columns]) == (0, [*amplitude_and_duration.COLUMNS])


def test_a_variable_that_is_none_is_refused_by_name():
    with pytest.raises(BadInput, match="no variable 'lips'"):
        amplitude_and_duration.numbers(stores(3), **RELATED | {"variables": ["lips"]})


def test_the_finder_is_told_to_the_figure_that_asks_for_it_alone():
    asked = {"amplitude_and_duration": {"seed": 1}, "evidence_for_laws": {"straight": 2.0}}
    told = completed(asked, finder=FINDER)
    assert told["amplitude_and_duration"] == {"seed": 1, "finder": FINDER}
    assert told["evidence_for_laws"] == asked["evidence_for_laws"]
