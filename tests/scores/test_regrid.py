"""Shared lengths: what is shared out keeps its sum, what is averaged keeps its level."""

import numpy as np
import pytest

from tractable.scores.regrid import averaged, divided, edges_of, equal_edges, shared_length

UNEQUAL = edges_of(np.array([1.0, 3.0, 4.0]))


def test_edges_run_from_glottis_to_lips():
    np.testing.assert_allclose(UNEQUAL, [0, 0.125, 0.5, 1])


def test_a_long_section_is_shared_out_over_the_places_that_it_covers():
    np.testing.assert_allclose(
        divided(np.array([0.0, 0.0, 1.0]), equal_edges(4), UNEQUAL), [0, 0, 0.5, 0.5]
    )
    np.testing.assert_allclose(
        divided(np.array([1.0, 3.0, 0.0]), equal_edges(4), UNEQUAL), [2, 2, 0, 0]
    )


def test_sums_are_kept_when_sharing_out_and_levels_when_averaging():
    random = np.random.default_rng(0)
    sections = edges_of(random.uniform(0.5, 2, (7, 23)))
    amounts = random.normal(size=(7, 23))
    np.testing.assert_allclose(divided(amounts, equal_edges(40), sections).sum(-1), amounts.sum(-1))
    np.testing.assert_allclose(averaged(np.ones((7, 23)), equal_edges(40), sections), 1)


@pytest.mark.parametrize("way", [divided, averaged])
def test_many_frames_are_worked_out_as_few_are(way):
    random = np.random.default_rng(1)
    sections, values = edges_of(random.uniform(0.5, 2, (1300, 5))), random.normal(size=(1300, 5))
    each = [way(one, equal_edges(8), edges) for one, edges in zip(values, sections, strict=True)]
    np.testing.assert_array_equal(way(values, equal_edges(8), sections), each)
    back = np.array(each)
    again = [way(one, edges, equal_edges(8)) for one, edges in zip(back, sections, strict=True)]
    np.testing.assert_array_equal(way(back, sections, equal_edges(8)), again)


def test_averaging_weighs_by_length():
    assert averaged(np.array([8.0, 0.0, 4.0]), equal_edges(1), UNEQUAL) == pytest.approx(3.0)


def test_unknown_edges_stay_unknown():
    assert np.isnan(shared_length(np.array([0.0, np.nan, 1.0]), equal_edges(2))).any()
