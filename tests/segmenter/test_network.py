"""The network, its folding, and how it listens to a clip."""

import pytest
import torch

from tractable.segmenter.network import PARTS, TISSUES, TissueNet, folded, joined, listened, norms


@pytest.fixture(scope="module")
def clip():
    return 2 + 3 * torch.randn(6, 2, 32, 48, dtype=torch.float32)


@pytest.fixture
def network(clip):
    network = TissueNet().train()
    for _ in range(3):
        network(torch.randn_like(clip))  # statistics of something
    return network.eval()


def test_the_grid_is_kept(network, clip):
    assert network(clip).shape == (6, len(PARTS), 32, 48)


def test_folding_changes_nothing(network, clip):
    assert torch.allclose(folded(network)(clip), network(clip), atol=1e-4)


def test_who_does_not_listen_stays_the_same(network, clip):
    assert torch.allclose(listened(network, clip, 0.0)(clip), network(clip), atol=1e-5)


def test_who_listens_fully_normalises_the_clip_itself(network, clip):
    """As in training, where each layer takes the statistics of the batch."""
    fully = listened(network, clip, 1.0)
    with torch.no_grad():
        assert torch.allclose(fully(clip), network.train()(clip), atol=1e-3)


def test_half_listening_is_half_way_in_the_first_layer(network, clip):
    own = next(norms(network)).running_mean
    half = next(norms(listened(network, clip, 0.5))).running_mean
    full = next(norms(listened(network, clip, 1.0))).running_mean
    assert torch.allclose(half, 0.5 * (own + full), atol=1e-5)


def test_tissues_have_what_their_parts_have():
    """Six tissues share what the parts share; the lower one has lip, tongue, epiglottis, larynx."""
    parts = torch.rand(2, len(PARTS), 3, 4).softmax(1)
    tissues = joined(parts)
    assert torch.allclose(tissues.sum(1), torch.ones(2, 3, 4))
    lower = [k for k, tissue in enumerate(PARTS.values()) if tissue == "lower"]
    assert torch.allclose(tissues[:, TISSUES.index("lower")], parts[:, lower].sum(1))
