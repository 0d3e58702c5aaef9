"""Regions of a tract: what they have of each place, and that nothing is lost between them."""

import numpy as np

from tractable.regions import region_shares


def test_regions_share_out_all_places():
    shares = region_shares(16, 40)
    np.testing.assert_allclose(shares.sum(0), 1)
    np.testing.assert_allclose(shares.sum(1), 2.5)
    np.testing.assert_allclose(shares[0, :4], [1, 1, 0.5, 0])


def test_a_place_may_be_wider_than_a_region():
    np.testing.assert_allclose(region_shares(4, 2), [[0.5, 0], [0.5, 0], [0, 0.5], [0, 0.5]])
