"""Affiliation along a constriction that moves from the pharynx to the lips, known by formula."""

import numpy as np
import pytest
import xarray as xr
from conftest import FRAMES, MODELS, speaker

from tractable.figures import affiliation_by_constriction
from tractable.figures.physics import PHYSICS

ASKED = {"models": list(MODELS), "steps": 20, "least_frames": 1}
#: x/L at which each model lets a formant pass from the front to the back cavity.
SWAPS = {PHYSICS: 0.5, "hybrid": 0.52, "mlp": 0.7, "tube_reversed_residual": np.nan}
CONSTRICTION = np.linspace(0.2, 0.9, FRAMES)


def split(place, swap):
    """Shares (frame, formant, cavity) of back, constriction, front: half and half at the swap."""
    back = np.clip(0.4 + place - swap, 0, 0.8)
    return np.tile(np.stack([back, 0 * back + 0.2, 0.8 - back], -1)[:, None], (1, 3, 1))


def moving(name):
    """One speaker; every tenth frame has no clear constriction."""
    stores = speaker(name)
    theory, told = (stores[noun].copy(deep=True) for noun in ("theory", "explanations"))
    clear = np.where(np.arange(FRAMES) % 10, CONSTRICTION, np.nan)
    theory["cavity_edge"][:] = clear[:, None] + np.array([-0.05, 0.05])
    theory["affiliation"][:] = split(clear, SWAPS[PHYSICS])
    told["cavity_sensitivity"] = xr.zeros_like(told.cavity_sensitivity)
    for k, model in enumerate(MODELS):
        swap = SWAPS[model] if np.isfinite(SWAPS[model]) else 2.0
        told.cavity_sensitivity[k] = 0.8 * split(CONSTRICTION[::2], swap)
    return {"theory": theory, "explanations": told}


@pytest.fixture(scope="module")
def numbers():
    return affiliation_by_constriction.numbers({n: moving(n) for n in ("a", "b")}, **ASKED)


@pytest.mark.parametrize(("model", "place"), list(SWAPS.items()))
def test_a_swap_is_found_where_it_is(numbers, model, place):
    rows = numbers[numbers.model == model]
    assert set(rows.formant) == {2, 3}
    np.testing.assert_allclose(rows.swap, place, atol=0.01)


def test_values_are_front_less_back_in_the_middle_of_each_step(numbers):
    rows = numbers[(numbers.model == PHYSICS) & (numbers.formant == 2)]
    expected = np.clip(2 * (SWAPS[PHYSICS] - rows.place), -0.8, 0.8)
    np.testing.assert_allclose(rows.value, expected, atol=0.02)
    np.testing.assert_allclose((20 * rows.place) % 1, 0.5)
    assert (rows.place.diff().dropna() > 0).all()


def test_frames_without_a_clear_constriction_count_for_nobody(numbers):
    counts = numbers[(numbers.model == PHYSICS) & (numbers.formant == 2)].n_frames
    assert counts.sum() == 2 * (FRAMES // 2 - FRAMES // 10)
    assert set(numbers.n_speakers) == {2}


def test_lines_and_signs_are_drawn_where_the_table_has_them(numbers):
    second, _ = affiliation_by_constriction.draw(numbers, families={}).axes
    for model, place in SWAPS.items():
        (line,) = [line for line in second.lines if line.get_gid() == model]
        rows = numbers[(numbers.model == model) & (numbers.formant == 2)]
        np.testing.assert_array_equal(line.get_xydata(), rows[["place", "value"]])
        assert np.isnan(place) or rows.swap.iloc[0] in line_ends(second)
    heights = [line.get_ydata()[0] for line in second.lines if line.get_gid() == "swap"]
    assert len(set(heights)) == len(SWAPS)


def line_ends(axes):
    return [line.get_xdata()[0] for line in axes.lines if line.get_gid() == "swap"]


def test_the_caption_tells_the_swaps_of_f2(numbers):
    said = affiliation_by_constriction.caption(numbers)
    assert "0.50 (physics), 0.52 (hybrid), 0.70 (mlp) and no place (tube reversed" in said


def test_without_a_clear_constriction_the_table_is_empty():
    stores = moving("a")
    stores["theory"]["cavity_edge"][:] = np.nan
    numbers = affiliation_by_constriction.numbers({"a": stores}, **ASKED)
    assert numbers.empty
    assert [*numbers.columns] == [*affiliation_by_constriction.COLUMNS]
