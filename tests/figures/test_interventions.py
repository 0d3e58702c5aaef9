"""Signs of interventions on a uniform tube: whose signs are known, and so is who has them."""

import numpy as np
import pytest
from conftest import GAIN, MODELS, REGION, neutral, speaker

from tractable.figures import interventions_by_region
from tractable.figures.physics import PHYSICS

ASKED = {"models": list(MODELS), "foregone": 0.85}
RIGHT = np.where(GAIN > 0, 100, 0)


@pytest.fixture
def numbers(corpus):
    return interventions_by_region.numbers(corpus, **ASKED)


def cells(numbers, model, column):
    rows = numbers[numbers.model == model]
    return rows.pivot(index="formant", columns="region", values=column).to_numpy()


def test_physics_raises_where_the_uniform_tube_does(numbers):
    np.testing.assert_allclose(
        cells(numbers, PHYSICS, "raises"), 100 * (neutral(REGION) > 0), atol=1
    )
    np.testing.assert_array_equal(cells(numbers, PHYSICS, "agrees"), 100)


@pytest.mark.parametrize(("model", "right"), list(zip(MODELS, RIGHT, strict=True)))
def test_a_model_with_the_true_map_agrees_and_one_turned_over_never_does(numbers, model, right):
    np.testing.assert_allclose(cells(numbers, model, "agrees"), right, atol=1)


def test_no_answer_counts_half_and_frames_without_answer_count_for_nobody(corpus):
    changed = {name: dict(stores) for name, stores in corpus.items()}
    told = changed["sim1"]["explanations"].copy(deep=True)
    told.widened[1] = 0
    told.narrowed[1] = 0
    told.widened[2, :20] = np.nan
    changed["sim1"]["explanations"] = told
    numbers = interventions_by_region.numbers(changed, **ASKED)
    np.testing.assert_allclose(cells(numbers, "mlp", "agrees"), (50 + 100) / 2, atol=1)
    assert set(numbers.n_frames) == {2 * 120 - 20}
    assert set(numbers.n_speakers) == {2}


def test_a_sign_that_changes_from_frame_to_frame_is_a_question(numbers, corpus):
    assert not numbers.is_question.any()
    stores = speaker("x")
    stores["theory"]["sensitivity"] = stores["theory"].sensitivity.copy(deep=True)
    stores["theory"].sensitivity[::4] *= -1  # every second explained frame
    half = interventions_by_region.numbers({"x": stores}, **ASKED)
    assert half.is_question.all()
    np.testing.assert_allclose(cells(half, "hybrid", "agrees"), 50, atol=1)


def test_the_picture_shows_the_table_and_digits_where_there_is_a_question(numbers):
    numbers = numbers.assign(is_question=(numbers.formant == 2).astype(int))
    panels = interventions_by_region.draw(numbers, families={}).axes
    assert len(panels) == 1 + len(MODELS)
    shown = [(PHYSICS, "raises")] + [(model, "agrees") for model in MODELS]
    for axes, (model, column) in zip(panels, shown, strict=True):
        drawn = axes.images[0].get_array()
        np.testing.assert_array_equal(drawn, cells(numbers, model, column))
    assert [len(axes.texts) for axes in panels] == [3 * 16] + [16] * len(MODELS)


def test_the_caption_counts_cells_and_tells_who_is_right(numbers):
    numbers = numbers.assign(is_question=(numbers.formant == 2).astype(int))
    said = interventions_by_region.caption(numbers)
    assert "in 16 of 48 cells" in said
    assert "hybrid 100 %, mlp 100 % and tube reversed residual 0 %" in said
    assert "Right in those cells: none" in interventions_by_region.caption(
        numbers.assign(is_question=0)
    )


def test_models_that_answer_nothing_leave_an_empty_table(corpus):
    silent = {}
    for name, stores in corpus.items():
        told = stores["explanations"].copy(deep=True)
        told.widened[:] = np.nan
        silent[name] = stores | {"explanations": told}
    numbers = interventions_by_region.numbers(silent, **ASKED)
    assert numbers.empty
    assert [*numbers.columns] == [*interventions_by_region.COLUMNS]
