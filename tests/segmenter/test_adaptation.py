"""Learning from frames without labels, where it is known what there is to learn."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from tractable.contracts import BadInput
from tractable.segmenter import RELEASED, network_in
from tractable.segmenter.adaptation import (
    COURSE,
    LOOKS,
    Clip,
    adapt,
    inverse,
    lesson,
    moved,
    shared_out,
    views,
    worse,
)
from tractable.segmenter.network import TissueNet
from tractable.segmenter.preparation import GRID
from tractable.segmenter.release import PROVENANCE, WEIGHTS, opened, release_adapted

STILL = LOOKS._replace(turn=0.0, size=(1.0, 1.0), shift=0.0)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def hills(count: int = 2) -> torch.Tensor:
    """Smooth pictures, dark at their edges."""
    place = torch.linspace(-1, 1, 64)
    hill = torch.exp(-8 * ((place[:, None] - 0.2) ** 2 + (place + 0.1) ** 2))
    return hill.expand(count, 1, 64, 64)


def test_a_view_and_back_is_where_it_was(generator):
    there = views(2, LOOKS, generator)
    again = moved(moved(hills(), there), inverse(there))
    assert not torch.allclose(moved(hills(), there), hills(), atol=0.05)
    assert torch.allclose(again, hills(), atol=0.01)


def test_a_shift_shifts(generator):
    """A view that looks an eighth of the image to the right sees things so much to the left."""
    there = torch.tensor([[[1.0, 0.0, 0.25], [0.0, 1.0, 0.0]]])
    seen = moved(hills(1), there)
    assert torch.allclose(seen[..., :-8], hills(1)[..., 8:], atol=1e-5)


def test_frames_are_shared_out_by_length():
    assert shared_out(100, [300, 100]) == [75, 25]
    assert shared_out(10, [1000, 1]) == [10, 1]
    assert shared_out(100, [3, 3]) == [3, 3]


def test_the_lesson_of_looks_that_are_all_alike_is_what_is_seen_at_one(generator):
    frames = np.random.default_rng(0).uniform(20, 200, (3, 48, 48))
    clip = Clip(frames, GRID)
    net = TissueNet().eval()
    once = lesson(net, clip, 3, STILL._replace(many=1), generator, 0.0).share
    thrice = lesson(net, clip, 3, STILL._replace(many=3), generator, 0.0).share
    assert torch.allclose(once, thrice, atol=1e-5)
    assert torch.allclose(once.sum(1), torch.ones(3, 48, 48), atol=1e-5)


def test_what_is_made_worse_keeps_its_place_and_its_order(generator):
    """Without noise and slope a brighter pixel stays brighter, whatever the contrast."""
    image = hills(4)[:, 0]
    plain = LOOKS._replace(shading=0.0, noise=(1e-6, 1e-6))
    order = image[0].flatten().argsort()
    assert (worse(image, plain, generator).flatten(1)[:, order].diff() > -1e-5).all()
    noisy = worse(torch.zeros(4, 64, 64), LOOKS._replace(noise=(0.1, 0.1)), generator)
    assert float(noisy.mean()) == pytest.approx(0.1 * (torch.pi / 2) ** 0.5, rel=0.05)


def test_nothing_to_adapt_to_is_told():
    for clips in ([], [Clip(np.zeros((0, 48, 48)), GRID)]):
        with pytest.raises(BadInput, match="nothing to adapt to"):
            adapt(TissueNet(), clips)


def test_looks_agree_more_after_a_lesson():
    """The released network on pictures of another contrast: turned and straight, it then says the
    same more nearly than before. Its own weights stay as they are."""
    random = np.random.default_rng(0)
    picture = hills(6)[:, 0].numpy() * random.uniform(0.5, 1, (6, 1, 1)) * 200
    frames = picture + random.rayleigh(10, picture.shape)
    before = network_in(RELEASED)
    kept = {name: value.clone() for name, value in before.state_dict().items()}
    recipe = COURSE._replace(steps=40, batch=4)
    after = adapt(before, [Clip(frames, 2.4e-3)], recipe=recipe, frames=6)
    assert disagreement(after, frames) < 0.8 * disagreement(before, frames)
    assert all(torch.equal(value, kept[name]) for name, value in before.state_dict().items())


def disagreement(network: nn.Module, frames: np.ndarray) -> float:
    """Mean difference of shares between one look and the mean of eight."""
    clip, generator = Clip(frames, 2.4e-3), torch.Generator().manual_seed(5)
    one, mean = (
        lesson(network, clip, len(frames), LOOKS._replace(many=many), generator, 0.5).share
        for many in (1, 8)
    )
    return float((one - mean).abs().sum(1).mean())


def test_an_adapted_network_says_where_it_comes_from_and_nobodys_name(tmp_path):
    folder = tmp_path / "adapted"
    for _ in range(2):  # the second goes over the first
        weights = release_adapted(network_in(RELEASED), RELEASED, folder, recipe={}, clips=3)
    told = json.loads((folder / PROVENANCE).read_text())
    assert set(told) == {"weights", "adapted_from", "torch", "recipe", "clips"}
    assert told["weights"] == weights
    opened(folder / WEIGHTS)


def test_what_is_no_adapted_network_is_not_replaced(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(BadInput, match="mine: is there and is no adapted network"):
        release_adapted(TissueNet(), RELEASED, tmp_path / "mine", recipe={}, clips=1)
    with pytest.raises(BadInput, match="is no adapted network"):
        release_adapted(TissueNet(), RELEASED, RELEASED, recipe={}, clips=1)
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"
