"""What is shipped, and how it is opened."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tractable import segmenter
from tractable.contracts import BadInput
from tractable.segmenter.network import TissueNet
from tractable.segmenter.release import PROVENANCE, WEIGHTS, opened, release
from tractable.store import digest

from .recipe import PARAMETERS

RELEASED = Path(segmenter.__file__).parent / "released"


def test_weights_come_back(tmp_path):
    network = TissueNet().eval()
    release(network, tmp_path, about={}, scores={"lower": 0.5})
    image = torch.randn(1, 2, 32, 32)
    assert torch.equal(opened(tmp_path / WEIGHTS)(image), network(image))


def test_the_same_network_gives_the_same_bytes(tmp_path):
    network = TissueNet()
    for name in ("one", "again"):
        release(network, tmp_path / name, about={"parameters": {"seed": 1}}, scores={})
    for file in (WEIGHTS, PROVENANCE):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()


def test_the_release_fits_in_two_mebibytes():
    assert (RELEASED / WEIGHTS).stat().st_size <= 2 * 2**20


def test_provenance_belongs_to_the_weights_and_to_the_recipe():
    provenance = json.loads((RELEASED / PROVENANCE).read_text())
    assert provenance["weights"] == digest(RELEASED / WEIGHTS)
    assert provenance["parameters"] == {k: PARAMETERS[k] for k in ("atlas", "segmenter")}
    assert min(provenance["dice_on_held_out_anatomies"].values()) > 0.85


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(BadInput, match=r"nowhere\.safetensors: no weights; .*make segmenter"):
        opened(tmp_path / "nowhere.safetensors")


def test_weights_of_another_network_are_refused(tmp_path):
    save_file({"head.bias": torch.zeros(3)}, tmp_path / WEIGHTS)
    with pytest.raises(BadInput, match="weights of another network"):
        opened(tmp_path / WEIGHTS)
