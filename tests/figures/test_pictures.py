"""What is drawn is read back from the artists: nothing is lost, nothing is turned round."""

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ERRORS, EXPONENT, FACTOR, GAIN, PLACE, PLACES, SKILLS, VOWELS, neutral, speaker

from tractable.contracts import BadInput
from tractable.figures import (
    accuracy_against_physics,
    affiliation_by_vowel,
    cost_of_measuring,
    formants_over_time,
    frames_with_contours,
    sensitivity_by_vowel,
    textbook_facts,
    validation_battery,
    vowel_space,
)
from tractable.figures.sheet import ipa, styled

FAMILIES = {"tube": ["hybrid", "tube"], "physics": ["physics"], "control": [
    "tube_reversed", "tube_reversed_residual", "shuffled", "untrained", "neutral_map", "mean_map",
    "permuted_physics",
]}  # fmt: skip
ASKED = ["hybrid", "mlp", "tube_reversed_residual"]
BY_VOWEL = {"models": ASKED, "vowels": ["i", "e", "a", "u"], "most": 3, "least_frames": 5}


def found(axes, name):
    """The lines of an axes that carry the name."""
    return [line for line in axes.lines if line.get_gid() == name]


@pytest.fixture(scope="module")
def points(scores):
    names = {"accuracy": "V0 error (%)", "agreement": "V1 natural skill", "left_out": ["cnn"]}
    return accuracy_against_physics.numbers(scores, **names)


@pytest.fixture(scope="module")
def points_drawn(points):
    with styled():
        return accuracy_against_physics.draw(points, families=FAMILIES, least_skill=-1.0)


class TestAccuracyAgainstPhysics:
    @pytest.mark.parametrize("model", ["hybrid", "mlp", "tube_reversed", "shuffled"])
    def test_a_model_stands_at_its_scores(self, points_drawn, model):
        for axes in points_drawn.axes:
            (point,) = found(axes, model)
            assert point.get_xydata().tolist() == [[ERRORS[model], SKILLS[model]]]

    def test_intervals_span_low_to_high_and_one_speaker_has_none(self, points_drawn):
        phantom, recorded = points_drawn.axes
        hybrid = [[0.95 * 4.5, 0.86], [1.05 * 4.5, 0.86]]
        assert sum(np.allclose(line.get_xydata(), hybrid) for line in phantom.lines) == 1
        lengths = [len(line.get_xydata()) for line in recorded.lines if not line.get_gid()]
        assert lengths == []

    def test_better_is_up_and_to_the_right(self, points_drawn):
        for axes in points_drawn.axes:
            (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
            assert left > right
            assert low < high

    def test_what_lies_below_the_edge_is_an_arrow_that_says_how_far(self, points_drawn):
        (point,) = found(points_drawn.axes[0], "untrained")
        assert point.get_marker() == "v"
        assert point.get_ydata() == [-1.0]
        assert "untrained (\N{MINUS SIGN}7.3)" in [t.get_text() for t in points_drawn.axes[0].texts]

    def test_null_and_ceiling_are_lines(self, points_drawn):
        lines = {line.get_gid(): [] for line in points_drawn.axes[0].lines}
        for line in points_drawn.axes[0].lines:
            lines[line.get_gid()].append([*line.get_xdata(), *line.get_ydata()])
        assert [15.0, 15.0, 0, 1] in lines["null"]
        assert [2.5, 2.5, 0, 1] in lines["ceiling"]
        assert [0, 1, 1.0, 1.0] in lines["ceiling"]

    def test_maps_without_sound_are_ticks_on_skill_alone(self, points_drawn):
        (tick,) = found(points_drawn.axes[0], "mean_map")
        assert set(tick.get_ydata()) == {0.55}

    def test_names_do_not_cover_each_other(self, points_drawn):
        points_drawn.draw_without_rendering()
        for axes in points_drawn.axes:
            names = [t for t in axes.texts if t.get_gid() != "line name"]
            assert len(names) == len(ERRORS)
            boxes = [type(t).__mro__[1].get_window_extent(t) for t in names]
            for k, box in enumerate(boxes):
                assert not any(box.overlaps(other) for other in boxes[:k])

    def test_controls_alone_are_grey_and_open(self, points_drawn):
        faces = {
            m: found(points_drawn.axes[0], m)[0].get_markerfacecolor() for m in ("mlp", "shuffled")
        }
        assert faces["shuffled"] == "white" != faces["mlp"]

    def test_the_caption_takes_its_numbers_from_the_scores(self, points):
        said = accuracy_against_physics.caption(points)
        assert "mlp (error 4.2 [4.0, 4.4] %, skill 0.75 [0.71, 0.79])" in said
        assert "recorded (1 speaker)" in said


def test_battery_draws_every_score_once_and_clips_with_arrows(scores):
    shown = ["V1 natural skill", "V4 affiliation skill"]
    numbers = validation_battery.numbers(scores, scores_shown=shown)
    limits = {"V1 natural skill": [-1.0, 1.1]}
    figure = validation_battery.draw(numbers, families=FAMILIES, narrowest=limits)
    natural, affiliation = figure.axes[:2]
    assert found(natural, "hybrid")[0].get_xdata() == [0.86]
    assert found(affiliation, "hybrid")[0].get_xdata() == [0.43]
    assert found(natural, "untrained")[0].get_marker() == "<"
    assert found(affiliation, "untrained")[0].get_xdata() == [-3.65]


def test_facts_are_told_model_by_model_in_percent(scores):
    numbers = textbook_facts.numbers(scores, named="V3 textbook:")
    assert set(numbers.fact) == {"narrower lips lower formants", "narrower back third raises F1"}
    axes = textbook_facts.draw(numbers, families=FAMILIES).axes[0]
    models = [label.get_text() for label in axes.get_yticklabels()]
    told = {
        (models[int(t.get_position()[1])], t.get_position()[0]): t.get_text() for t in axes.texts
    }
    assert told["physics", 0] == "99"
    assert told["mlp", 1] == "70"
    assert told["hybrid", 1] == ""  # was not asked
    (picture,) = axes.images
    assert picture.get_array()[models.index("mlp"), 1] == 0.7


def test_labels_in_sampa_are_drawn_as_ipa_and_others_as_they_are():
    assert [ipa(p) for p in ("a", "E", "@", "S", "u:", "AA", "")] == [
        "a", "\N{LATIN SMALL LETTER OPEN E}", "\N{LATIN SMALL LETTER SCHWA}",
        "\N{LATIN SMALL LETTER ESH}", "u\N{MODIFIER LETTER TRIANGULAR COLON}", "AA", "",
    ]  # fmt: skip


def test_cost_of_measuring_draws_each_source_by_formant(scores):
    numbers = cost_of_measuring.numbers(scores, score="formant error against poles (%)")
    axes = cost_of_measuring.draw(numbers, families=FAMILIES).axes[0]
    heights = {line.get_label(): line.get_ydata().tolist() for line in axes.lines}
    assert heights["tube true areas"] == [1.6] * 4
    assert heights["tube measured areas"] == [5.2] * 4
    assert "tube true areas 1.60 [1.52, 1.68] %" in cost_of_measuring.caption(numbers)


@pytest.fixture(scope="module")
def sensitivities(corpus):
    return sensitivity_by_vowel.numbers(corpus, **BY_VOWEL)


@pytest.fixture(scope="module")
def sensitivities_drawn(sensitivities):
    return sensitivity_by_vowel.draw(sensitivities, families=FAMILIES)


class TestSensitivity:
    @pytest.mark.parametrize(("model", "gain"), [("physics", 1), *zip(ASKED, GAIN, strict=True)])
    def test_curves_are_the_maps_from_glottis_to_lips(self, sensitivities_drawn, model, gain):
        """dlnF/dlnd = 1.5 dlnF/dlnA; per unit of x/L, 40 places make it 40 times larger."""
        panels = np.array(sensitivities_drawn.axes).reshape(3, 3)
        for formant, line_of_panels in enumerate(panels):
            for axes in line_of_panels:
                (line,) = found(axes, model)
                np.testing.assert_allclose(line.get_xdata(), PLACE)
                expected = gain * PLACES * EXPONENT * neutral()[formant]
                np.testing.assert_allclose(line.get_ydata(), expected, rtol=1e-6)

    def test_a_model_that_spikes_does_not_flatten_the_others(self, sensitivities):
        wild = sensitivities.assign(
            value=sensitivities.value.where(sensitivities.model != "mlp", 99)
        )
        axes = sensitivity_by_vowel.draw(wild, families=FAMILIES).axes[0]
        physics = sensitivities[(sensitivities.model == "physics") & (sensitivities.formant == 1)]
        assert max(map(abs, axes.get_ylim())) < 2 * abs(physics[["low", "high"]]).to_numpy().max()

    def test_frames_of_all_speakers_count_once(self, sensitivities):
        assert set(sensitivities.n_frames) == {60}  # 30 in each of 2 speakers
        assert set(sensitivities.n_speakers) == {2}
        assert list(dict.fromkeys(sensitivities.vowel)) == ["i", "a", "u"]

    def test_an_unknown_model_is_refused_by_name(self, corpus):
        with pytest.raises(BadInput, match="sensitivity_by_vowel: no model nobody among hybrid"):
            sensitivity_by_vowel.numbers(corpus, **BY_VOWEL | {"models": ["nobody"]})


@pytest.fixture(scope="module")
def affiliations(corpus):
    return affiliation_by_vowel.numbers(corpus, **BY_VOWEL)


class TestAffiliation:
    @pytest.mark.parametrize(
        ("model", "cavities"), [("mlp", [0.5, 0.2, 0.3]), ("hybrid", [0.7, 0.2, 0.1])]
    )
    def test_shares_sum_to_one_and_keep_their_cavity(self, affiliations, model, cavities):
        figure = affiliation_by_vowel.draw(affiliations, families=FAMILIES)
        for k, axes in enumerate(figure.axes[:9]):
            (points,) = found(axes, model)
            np.testing.assert_allclose(points.get_xdata(), cavities[k % 3])

    def test_physics_is_a_bar_at_its_share(self, affiliations):
        axes = affiliation_by_vowel.draw(affiliations, families=FAMILIES).axes[2]
        (bars,) = [c for c in axes.collections if c.get_gid() == "physics"]
        np.testing.assert_allclose([s[0, 0] for s in bars.get_segments()], 0.1)

    def test_frames_without_a_clear_constriction_are_left_out(self, affiliations):
        assert affiliations.n_frames.max() < 60


@pytest.fixture(scope="module")
def vowels(corpus):
    asked = {"models": ASKED, "vowels": list(VOWELS), "least_frames": 5}
    return vowel_space.numbers(corpus, **asked)


class TestVowelSpace:
    def test_letters_are_heard_and_signs_predicted(self, vowels):
        figure = vowel_space.draw(vowels, families=FAMILIES)
        heard = 1e-3 * np.array([VOWELS[v][::-1] for v in VOWELS])  # F2, F1
        for axes, model, factor in zip(figure.axes, ASKED, FACTOR, strict=True):
            np.testing.assert_allclose(found(axes, "heard")[0].get_xydata(), heard)
            np.testing.assert_allclose(found(axes, model)[0].get_xydata(), factor * heard)

    def test_axes_run_as_in_a_vowel_chart(self, vowels):
        axes = vowel_space.draw(vowels, families=FAMILIES).axes[0]
        assert axes.xaxis_inverted()
        assert axes.yaxis_inverted()

    def test_masked_frames_do_not_count(self, vowels):
        frames = vowels[vowels.model == "mlp"].set_index("vowel").n_frames
        assert frames.a == 120
        assert frames.i < 120


@pytest.fixture(scope="module")
def tracks(corpus):
    return formants_over_time.numbers(corpus, models=["hybrid"], seconds=0.6)


class TestFormantsOverTime:
    def test_a_stretch_lies_in_one_clip_and_holds_most_trusted_values(self, corpus, tracks):
        clip = corpus["sim1"]["formants"].clip_of
        assert len(set(clip.sel(time=tracks.time.unique()).values)) == 1
        assert tracks.heard.notna().all()

    def test_points_are_heard_and_lines_predicted(self, corpus):
        whole_clip = formants_over_time.numbers(corpus, models=["hybrid"], seconds=10.0)
        axes = formants_over_time.draw(whole_clip, families=FAMILIES).axes[1]
        for heard, told in zip(found(axes, "heard"), found(axes, "hybrid"), strict=True):
            known = np.isfinite(heard.get_ydata())
            ratio = told.get_ydata()[known] / heard.get_ydata()[known]
            np.testing.assert_allclose(ratio, FACTOR[0])

    def test_masked_values_are_marked_by_reason(self, corpus):
        whole_clip = formants_over_time.numbers(corpus, models=["hybrid"], seconds=10.0)
        masks = formants_over_time.draw(whole_clip, families=FAMILIES).axes[2]
        reasons = {bar.get_gid(): bar for bar in masks.patches}
        assert {"F0 near F1", "unvoiced"} <= set(reasons)
        near = [bar for bar in masks.patches if bar.get_gid() == "F0 near F1"]
        assert {bar.get_y() + bar.get_height() / 2 for bar in near} == {0}  # F1 alone
        assert "F2 in 8 % of frames" in formants_over_time.caption(whole_clip)


class TestFrames:
    def test_contours_lie_on_the_frame_in_centimetres(self, corpus):
        pictures = frames_with_contours.numbers(
            corpus, shown=2, phones=["i", "a", "e"], stops=["t", "k"]
        )
        figure = frames_with_contours.draw(pictures, families=FAMILIES)
        axes = figure.axes[0]
        (image,) = axes.images
        np.testing.assert_allclose(image.get_extent(), [-0.12, 20.04, 20.04, -0.12])
        (lower,) = found(axes, "lower")
        curve = pictures[0].boundary.sel(tissue="lower")
        np.testing.assert_allclose(lower.get_xydata(), 100 * curve.values)

    def test_the_closure_is_the_narrowest_frame_of_a_stop(self, corpus):
        frames = dict(frames_with_contours.chosen(corpus["sim1"]["areas"], ["i", "a"], ["t", "k"]))
        assert frames["closure of /t/"] == 34
        assert frames["/i/"] == 15

    def test_without_labels_frames_are_spread_evenly(self):
        areas = speaker("x")["areas"]
        areas["phone"] = areas.phone.copy(data=np.full(areas.sizes["time"], ""))
        frames = [k for _, k in frames_with_contours.chosen(areas, ["i", "a"], ["t"])]
        assert frames == [0, 119, 239]


def test_every_picture_in_params_is_drawn_with_known_controls(request):
    """The page marks the models that figures draw as controls."""
    params = yaml.safe_load((request.config.rootpath / "params.yaml").read_text())
    families = params["figures"]["families"]
    assert set(families["control"]) == set(params["report"]["controls"])


def test_a_table_with_no_frame_of_a_vowel_is_empty(corpus):
    """A corpus labelled with other phones draws nothing, and does not fall over."""
    other = BY_VOWEL | {"vowels": ["Q"]}
    for figure in (sensitivity_by_vowel, affiliation_by_vowel):
        assert figure.numbers(corpus, **other).empty
    asked = {"models": ASKED, "vowels": ["Q"], "least_frames": 1}
    assert isinstance(vowel_space.numbers(corpus, **asked), pd.DataFrame)
    assert vowel_space.numbers(corpus, **asked).empty
