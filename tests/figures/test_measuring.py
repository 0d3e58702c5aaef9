"""Figures of what was measured, of errors, areas and uncertainties that are known beforehand."""

import numpy as np
import pytest
from conftest import (
    COVERED,
    EXPONENT,
    FRAMES,
    NOMINAL,
    OFF,
    PLACE,
    score_store,
    speaker,
)
from scipy.stats import t as student

from tractable.figures import (
    area_functions_of_vowels,
    calibration,
    contours_by_uncertainty,
    error_by_place,
)
from tractable.figures.area_functions_of_vowels import MEASURED, published
from tractable.figures.curves import MEAN, means

CONFIDENCE = {"confidence": 0.95}
BY_VOWEL = {"vowels": ["e", "i", "a", "u"], "most": 2, "least_frames": 5}


def interval(values):
    """Mean and half of Student's interval of two values."""
    return values.mean(), student.ppf(0.975, 1) * np.ptp(values) / 2


def stored(simulated=True):
    return {"phantom": {"scores": score_store("phantom", ["s0", "s1"], simulated=simulated)}}


def line(axes, name):
    (found,) = [line for line in axes.lines if line.get_gid() == name]
    return found


class TestErrorByPlace:
    @pytest.fixture
    def numbers(self):
        return error_by_place.numbers(stored(), **CONFIDENCE)

    def test_the_table_holds_every_speaker_their_mean_and_its_interval(self, numbers):
        last = numbers[(numbers.measure == error_by_place.SIZE) & (numbers.place == PLACE[-1])]
        last = last.set_index("speaker")
        np.testing.assert_allclose(last.value[["s0", "s1"]], 1e3 * OFF * PLACE[-1])
        mean, half = interval(1e3 * OFF * PLACE[-1])
        np.testing.assert_allclose(
            last.loc[MEAN, ["value", "low", "high"]].astype(float),
            [mean, mean - half, mean + half],
        )

    def test_lines_run_from_the_glottis_to_the_lips(self, numbers):
        figure = error_by_place.draw(numbers, families={})
        for axes, factor in zip(figure.axes, (-1e3, 1e3, 1e3), strict=False):
            np.testing.assert_allclose(line(axes, MEAN).get_xdata(), PLACE)
            np.testing.assert_allclose(line(axes, "s1").get_ydata(), factor * OFF[1] * PLACE)
            assert [t.get_text() for t in axes.get_xticklabels()][:: len(PLACE)] == ["glottis"]

    def test_an_articulator_without_points_is_left_out(self, numbers):
        axes = error_by_place.draw(numbers, families={}).axes[3]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["tongue"]
        np.testing.assert_allclose(line(axes, MEAN).get_xdata(), [0.2])  # mm

    def test_the_caption_names_the_worst_place(self, numbers):
        words = error_by_place.caption(numbers)
        assert f"at {PLACE[-1]:.2f}; the tract" in words
        assert "2 speakers" in words
        assert "0 of 40 places" in words  # two speakers: the interval holds 0

    def test_no_truth_no_numbers(self):
        assert error_by_place.numbers(stored(simulated=False), **CONFIDENCE).empty


class TestCalibration:
    @pytest.fixture
    def numbers(self):
        return calibration.numbers(stored(), **CONFIDENCE)

    def test_coverage_is_drawn_against_nominal(self, numbers):
        for axes in calibration.draw(numbers, families={}).axes:
            exact, *curves = axes.lines
            np.testing.assert_allclose(exact.get_xdata(), exact.get_ydata())
            for curve in curves:
                np.testing.assert_allclose(curve.get_xdata(), 100 * NOMINAL)
                np.testing.assert_allclose(curve.get_ydata(), 90 * NOMINAL)

    def test_every_quantity_is_in_a_panel(self, numbers):
        drawn = [name for panel in calibration.PANELS.values() for name in panel]
        assert drawn == list(dict.fromkeys(numbers.quantity))

    def test_intervals_are_over_speakers(self, numbers):
        at = means(numbers)
        row = at[(at.quantity == "F2") & np.isclose(at.nominal, 90)].iloc[0]
        mean, half = interval(90 * COVERED)
        np.testing.assert_allclose([row.value, row.high - row.value], [mean, half])
        assert f"boundary {mean:.0f} [" in calibration.caption(numbers)

    def test_no_truth_no_numbers(self):
        assert calibration.numbers(stored(simulated=False), **CONFIDENCE).empty


class TestAreaFunctions:
    @pytest.fixture
    def corpus(self):
        """The second speaker's areas are twice as large on a tract 2 cm longer."""
        first, second = speaker("sim1"), speaker("sim2")
        areas = second["areas"]
        second["areas"] = areas.assign(area=2 * areas.area, tract_length=areas.tract_length + 0.02)
        return {"sim1": first, "sim2": second}

    @pytest.fixture
    def numbers(self, corpus):
        return area_functions_of_vowels.numbers(corpus, **BY_VOWEL)

    def test_the_mean_over_speakers_and_its_spread(self, corpus, numbers):
        areas = corpus["sim1"]["areas"]
        frames = (areas.phone == "i").values
        one = 1.5 * (areas.distance.values[frames] ** EXPONENT).mean(0)
        rows = numbers[(numbers.vowel == "i") & (numbers.source == MEASURED)]
        np.testing.assert_allclose(rows.area, 1.5 * one)
        np.testing.assert_allclose(rows.high - rows.area, one / np.sqrt(2))
        np.testing.assert_allclose(rows.distance, 0.18 * PLACE)
        assert set(rows.n_frames) == {2 * frames.sum()}

    def test_vowels_come_in_order_and_no_more_than_asked(self, numbers):
        assert list(dict.fromkeys(numbers.vowel)) == ["i", "a"]

    def test_panels_are_in_centimetres(self, numbers):
        axes = area_functions_of_vowels.draw(numbers, families={}).axes[0]
        measured = line(axes, MEASURED)
        assert measured.get_xdata()[-1] == pytest.approx(18 * PLACE[-1])
        rows = numbers[(numbers.vowel == "i") & (numbers.source == MEASURED)]
        np.testing.assert_allclose(measured.get_ydata(), 1e4 * rows.area)

    def test_a_source_has_its_colour_wherever_it_is_alone(self, numbers):
        """Not every vowel was measured by everybody."""
        both = area_functions_of_vowels.draw(numbers, families={})
        for source in sorted(set(numbers.source) - {MEASURED}):
            alone = numbers[numbers.source.isin([MEASURED, source])]
            drawn = area_functions_of_vowels.draw(alone, families={})
            colours = {line(figure.axes[0], source).get_color() for figure in (both, drawn)}
            assert len(colours) == 1

    def test_tracts_are_as_long_as_they_are(self, numbers):
        assert "are 18.0 to 18.0 cm long" in area_functions_of_vowels.caption(numbers)

    def test_one_speaker_has_no_spread(self, corpus):
        alone = area_functions_of_vowels.numbers({"sim1": corpus["sim1"]}, **BY_VOWEL)
        assert alone[alone.source == MEASURED].low.isna().all()
        assert "up to 1 speaker. Mid" in area_functions_of_vowels.caption(alone)

    def test_refused_frames_and_rare_vowels_do_not_count(self, corpus):
        refused = speaker("x")
        refused["areas"] = refused["areas"].assign(refused=("time", np.full(FRAMES, "no head")))
        assert area_functions_of_vowels.numbers({"x": refused}, **BY_VOWEL).empty
        many = BY_VOWEL | {"least_frames": 10_000}
        assert area_functions_of_vowels.numbers(corpus, **many).empty

    def test_published_tracts_are_those_of_people(self):
        """/i/ of Story et al. (1996): 42 sections of 0.396825 cm, narrowest by the palate."""
        shapes = {shape.source.iloc[0]: shape for shape in published("i")}
        story = shapes["Story et al. 1996 (male)"]
        assert len(story) == 42
        assert story.distance.iloc[-1] == pytest.approx(41.5 * 0.396825e-2)
        assert story.area.min() == pytest.approx(0.1e-4)
        assert 0.6 < story.distance[story.area.idxmin()] / story.distance.max() < 0.9
        for shape in shapes.values():
            assert 0.13 < shape.distance.max() < 0.19

    def test_the_open_vowel_has_one_panel(self):
        assert len(published("a")) == len(published("A")) == 3


class TestContoursByUncertainty:
    @pytest.fixture
    def corpus(self):
        """Frame 7 is the surest, 20 the least sure and refused, 3 has no boundary at all."""
        stores = speaker("sim1")
        contours = stores["contours"].copy(deep=True)
        uncertainty = 1e-3 * (1 + np.arange(FRAMES) / FRAMES)
        uncertainty[[3, 7, 20]] = np.nan, 0.5e-3, 3e-3
        refused = np.where(np.arange(FRAMES) == 20, "wall boundary broken", "")
        stores["contours"] = contours.assign(
            uncertainty=contours.uncertainty.copy(data=uncertainty),
            refused=("time", refused),
        )
        return {"sim1": stores}

    def test_frames_are_the_surest_the_middle_and_the_least_sure(self, corpus):
        told = corpus["sim1"]["contours"].uncertainty.values
        ranked = dict(contours_by_uncertainty.ranked(told))
        assert (ranked["least"], ranked["largest"]) == (7, 20)
        assert told[ranked["median"]] == pytest.approx(np.nanmedian(told), rel=0.01)

    def test_titles_tell_uncertainty_and_why_a_frame_is_refused(self, corpus):
        pictures = contours_by_uncertainty.numbers(corpus, shown=4)
        figure = contours_by_uncertainty.draw(pictures, families={})
        least, _, largest, *_ = [
            axes.get_title(loc="left") or axes.get_title() for axes in figure.axes
        ]
        assert least == "sim1 /i/ 0.50 mm"
        assert largest.splitlines() == ["sim1 /i/ 3 mm", "wall boundary broken"]
        assert "1 of 3 frames" in contours_by_uncertainty.caption(pictures)

    def test_curves_have_the_colour_of_their_uncertainty(self, corpus):
        pictures = contours_by_uncertainty.numbers(corpus, shown=4)
        axes = contours_by_uncertainty.draw(pictures, families={}).axes[0]
        (lower,) = [drawn for drawn in axes.collections if drawn.get_gid() == "lower"]
        np.testing.assert_allclose(lower.get_array(), [1.0])  # mm
        curve = 100 * pictures[0].boundary.sel(tissue="lower").values
        np.testing.assert_allclose(lower.get_segments(), [curve])

    def test_a_stretch_ends_where_another_colour_begins(self):
        points = np.stack([np.arange(6.0), np.zeros(6)], 1)
        points[3] = np.nan  # between two pieces
        sd = np.array([0.5, 0.52, 0.9, np.nan, 0.9, 0.9])
        stretches, values = contours_by_uncertainty.by_colour(points, sd)
        np.testing.assert_allclose(values, [0.5, 0.9, 0.9])
        assert [stretch[0, 0] for stretch in stretches] == [0, 2, 4]
        assert [len(stretch) for stretch in stretches] == [3, 2, 2]

    def test_who_has_no_boundary_is_not_shown(self):
        stores = speaker("sim1")
        unknown = stores["contours"].uncertainty.copy(data=np.full(FRAMES, np.nan))
        stores["contours"] = stores["contours"].assign(uncertainty=unknown)
        assert contours_by_uncertainty.numbers({"sim1": stores}, shown=1) == []
