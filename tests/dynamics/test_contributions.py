"""What parts of the tract contribute to the movement of formants, of tubes that move as we say."""

import numpy as np
import pytest
import torch
import xarray as xr

from tests.tracts import PLACE, shapes
from tractable.contracts import BadInput
from tractable.dynamics.contributions import LENGTH, PART, contributions
from tractable.tube import LOSSLESS, formants, length_sensitivity, sensitivity

ENDS = {"larynx": 0.15, "pharynx": 0.5, "velar": 0.75, "front": 0.94, "lips": 1.0}
LIPS, PHARYNX = PLACE > 0.94, (PLACE > 0.15) & (PLACE < 0.5)
UNIFORM = np.log(4e-4)
IDEAL = {"count": 3, "losses": LOSSLESS, "radiation": "open"}


def moving(widened, places, length=0.17):
    """A uniform tube of which some places are widened by ln A (a value a frame)."""
    widened = np.asarray(widened, float)
    log_area = UNIFORM + widened[:, None] * places
    areas = shapes(np.exp(log_area))
    return areas.assign(tract_length=("time", np.broadcast_to(length, widened.shape).astype(float)))


def theory(areas):
    """What an ideal tube says: no losses, no load at the lips."""
    tubes = torch.tensor(np.log(areas.area.values)), torch.tensor(areas.tract_length.values / 40)
    told = {
        "frequency": (("time", "formant"), formants(*tubes, **IDEAL).frequency.numpy()),
        "sensitivity": (("time", "formant", "place"), sensitivity(*tubes, **IDEAL).numpy()),
        "length_sensitivity": (
            ("time", "formant", "place"),
            length_sensitivity(*tubes, **IDEAL).numpy(),
        ),
    }
    return xr.Dataset(told, {"time": areas.time.values, "formant": [1, 2, 3], "place": PLACE})


def own_change(told):
    """Of ln F since the first frame, by the tube (time, formant)."""
    return np.log(told.frequency / told.frequency[0]).values


def gap(areas):
    """By how much all parts together miss the tube's own change, at most."""
    told = theory(areas)
    return np.abs(contributions(areas, told, ENDS).sum(PART) - own_change(told)).values.max()


def there(frames):
    """From 0 to 1, smoothly."""
    return 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, frames))


def test_a_uniform_tube_that_grows_longer_lowers_all_formants_by_its_length_alone():
    length = 0.15 + 0.03 * there(9)
    areas = moving(np.zeros(9), LIPS, length)
    found = contributions(areas, theory(areas), ENDS)
    assert (found.drop_sel(part=LENGTH) == 0).all()
    expected = np.tile(-np.log(length / length[0])[:, None], 3)
    np.testing.assert_allclose(found.sel(part=LENGTH), expected, atol=1e-6)


def test_where_the_lips_alone_move_all_others_contribute_nothing():
    areas = moving(-there(80), LIPS)
    told = theory(areas)
    found = contributions(areas, told, ENDS)
    assert (found.drop_sel(part="lips") == 0).all()
    np.testing.assert_allclose(found.sel(part="lips"), own_change(told), atol=1e-4)
    assert (found.sel(part="lips")[-1] < -0.02).all()  # narrower lips lower all formants


def test_of_a_small_movement_it_is_the_sensitivity_of_a_uniform_tube():
    """-cos((2n-1) pi x/L) dx/L, summed over the pharynx."""
    areas = moving([0, 1e-3], PHARYNX)
    found = contributions(areas, theory(areas), ENDS).sel(part="pharynx")[1]
    wave = -np.cos((2 * np.arange(3)[:, None] + 1) * np.pi * PLACE[PHARYNX]) / 40
    np.testing.assert_allclose(found, 1e-3 * wave.sum(1), atol=2e-6)


def vowels(frames):
    """From a uniform tube to one with a narrow pharynx, wide lips and another length."""
    along = there(frames)
    areas = moving(along, 1.5 * LIPS - 1.5 * PHARYNX, 0.17 - 0.01 * along)
    return areas


def test_parts_sum_to_what_the_tube_does_the_better_the_finer():
    """Second order: a quarter of the gap at half the distance between frames."""
    coarse, fine = gap(vowels(13)), gap(vowels(25))
    assert fine < 1e-3
    assert coarse / fine == pytest.approx(4, rel=0.1)


def test_a_way_and_the_same_way_back_contribute_nothing():
    along = np.concatenate([there(12), there(12)[-2::-1]])
    areas = moving(along, 1.5 * LIPS - PHARYNX)
    found = contributions(areas, theory(areas), ENDS)
    assert np.abs(found[11]).max() > 0.1
    np.testing.assert_allclose(found[-1], 0, atol=1e-12)


def test_another_way_back_leaves_contributions_that_cancel():
    """Lips, then the pharynx, and back in the same order: each moves past another neighbour."""
    go, stay, back = there(40), np.ones(40), there(40)[::-1]
    lips, pharynx = np.concatenate([[go, 0 * stay], [stay, go], [back, stay], [0 * stay, back]], 1)
    areas = shapes(np.exp(UNIFORM + 2 * lips[:, None] * LIPS - 2 * pharynx[:, None] * PHARYNX))
    last = contributions(areas, theory(areas), ENDS)[-1]
    np.testing.assert_allclose(last.sum(PART), 0, atol=2e-3)
    assert np.abs(last.sel(part="lips")).max() > 0.03


def test_sensitivities_of_other_places_do_not_sum_to_the_change():
    """The check tells: a tract whose glottis was taken for its lips."""
    areas = vowels(25)
    told = theory(areas)
    turned = told.assign(sensitivity=told.sensitivity.copy(data=told.sensitivity[..., ::-1]))
    missed = np.abs(contributions(areas, turned, ENDS).sum(PART) - own_change(told)).max()
    assert missed > 100 * gap(areas)


def broken(areas):
    areas = areas.copy(deep=True)
    areas.tract_length[3] = np.nan
    return areas


@pytest.mark.parametrize(
    "change, ends, words",
    [
        (broken, ENDS, r"speaker s, frame 3 of the stretch \(0.036 s\) has no shape"),
        (lambda areas: areas.assign(clip_of=areas.clip_of + (areas.time > 0.1)), ENDS, "two clips"),
        (lambda areas: areas, ENDS | {"lips": 0.99}, "lips 0.99: expected x / L that rise"),
        (lambda areas: areas, {"back": 0.7, "front": 0.5, "lips": 1.0}, "back 0.7, front 0.5"),
    ],
)
def test_what_has_no_path_or_no_parts_is_refused(change, ends, words):
    areas = vowels(20)
    with pytest.raises(BadInput, match=words):
        contributions(change(areas), theory(areas), ends)
