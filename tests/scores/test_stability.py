"""Maps whose likeness is known."""

import numpy as np
import pytest
import xarray as xr

from tractable.contracts import BadInput
from tractable.scores.stability import Equals, alike, equals, intraclass, moving

FRAMES, PLACES = 400, 6


def metric() -> xr.DataArray:
    """Some movements count more than others, and neighbouring places go together."""
    apart = np.subtract.outer(np.arange(PLACES), np.arange(PLACES))
    one = np.exp(-(apart**2) / 4)
    return xr.DataArray(np.tile(one, (FRAMES, 1, 1)), dims=("frame", "place", "other"))


def raters(common: float, own: float, count: int = 3) -> xr.DataArray:
    """Maps that share a part of one size and have a part of another to themselves."""
    random = np.random.default_rng(1)
    shared = random.normal(size=(1, FRAMES, 1, PLACES))
    alone = random.normal(size=(count, FRAMES, 1, PLACES))
    return xr.DataArray(common * shared + own * alone, dims=("rater", "frame", "formant", "place"))


@pytest.mark.parametrize(("common", "own"), [(1.0, 0.0), (2.0, 1.0), (1.0, 1.0), (0.0, 1.0)])
def test_the_share_that_raters_have_in_common_is_found(common, own):
    found = intraclass(raters(common, own), metric())
    np.testing.assert_allclose(found, common**2 / (common**2 + own**2), atol=0.03)


def test_a_gain_is_no_agreement():
    """One rater says half of what the other does: 1/2 over (1 + 1/4) / 2."""
    one = raters(1.0, 0.0, 1)
    both = xr.concat([one, one / 2], "rater")
    np.testing.assert_allclose(intraclass(both, metric()), 0.8)


def test_what_stands_still_agrees_only_as_a_whole():
    """A map that all share and that never changes, and noise beside it."""
    still = raters(0.0, 1.0) + 5.0
    assert intraclass(still, metric()) > 0.95
    np.testing.assert_allclose(intraclass(moving(still), metric()), 0.0, atol=0.03)
    constant = raters(0.0, 0.0) + np.arange(3.0)[:, None, None, None]  # each rater has its own
    assert np.isnan(intraclass(moving(constant), metric())).all()


def test_frames_that_a_rater_was_not_asked_about_do_not_count():
    maps = raters(1.0, 0.0)
    maps[0, : FRAMES // 2] = 100.0
    maps[1, : FRAMES // 2] = np.nan
    np.testing.assert_allclose(intraclass(maps, metric()), 1.0)
    assert np.isnan(intraclass(maps.where(maps.rater > 5), metric())).all()


def test_the_angle_of_maps_does_not_see_their_size():
    maps = raters(1.0, 0.0, 1).isel(rater=0, drop=True)
    all_of_them = xr.concat([maps, 3 * maps, -maps, maps * np.nan], "model")
    models = all_of_them.assign_coords(model=["one", "louder", "against", "silent"])
    found = alike(models, metric()).isel(formant=0)
    expected = [[1, 1, -1, np.nan], [1, 1, -1, np.nan], [-1, -1, 1, np.nan], [np.nan] * 4]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_equals_are_others_that_are_as_accurate():
    error = xr.DataArray([0.030, 0.032, 0.040], {"model": ["a", "b", "c"]})
    models = xr.DataArray(["a", "b", "c", "no accuracy"], dims="model")
    models = models.assign_coords(model=models.values)
    found = equals(error, models, Equals(within=0.1, among=["a", "b", "c"]))
    assert found.sel(model="a").values.tolist() == [False, True, False, False]
    assert found.sum() == 2
    assert equals(error, models, Equals(within=0.1, among=["b", "c"])).sum() == 0
    with pytest.raises(BadInput, match="equally_accurate: among: no model 'bb'; did you mean 'b'"):
        Equals(within=0.1, among=["a", "bb"]).refuse_strangers(["a", "b", "c"])
