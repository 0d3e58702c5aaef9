"""Parts of a tract: what they have of each place, and that nothing is lost between them."""

import numpy as np

from tractable.regions import region_shares


def test_regions_share_out_every_place():
    shares = region_shares(4, 6)
    np.testing.assert_allclose(shares.sum(0), 1)
    np.testing.assert_allclose(shares[0], [1, 0.5, 0, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(shares.sum(1), 6 / 4)


def test_regions_run_from_the_glottis():
    assert region_shares(2, 2).tolist() == [[1, 0], [0, 1]]
