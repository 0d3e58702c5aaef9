"""A trained network as it is shipped: weights, and beside them where they come from."""

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save

import tractable
from tractable.contracts import BadInput
from tractable.segmenter.network import TissueNet
from tractable.store import digest, written_whole

WEIGHTS, PROVENANCE = "weights.safetensors", "provenance.json"
MADE_BY = ("atlas", "imaging", "segmenter", "simulator")  #: packages that decide what is learnt


def release(
    network: TissueNet, folder: Path, *, code: str, parameters: dict, scores: dict[str, float]
) -> None:
    """Write weights and provenance; the same training gives the same bytes.

    Parameters
    ----------
    code : what ``code_digest`` said before the training.
    parameters : of atlas and training.
    scores : Dice of each tissue on anatomies left out.
    """
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    with written_whole(folder / WEIGHTS) as path:
        path.write_bytes(save(tensors))
    provenance = {
        "weights": digest(folder / WEIGHTS),
        "code": code,
        "torch": torch.__version__.split("+")[0],
        "parameters": parameters,
        "dice_on_held_out_anatomies": {name: round(dice, 4) for name, dice in scores.items()},
    }
    with written_whole(folder / PROVENANCE) as path:
        path.write_text(json.dumps(provenance, indent=1) + "\n")


def code_digest() -> str:
    """Of every module that decides what the network learns."""
    root = Path(tractable.__file__).parent
    files = sorted(file for name in MADE_BY for file in (root / name).rglob("*.py"))
    code = "".join(f"{file.relative_to(root).as_posix()} {digest(file)}\n" for file in files)
    return hashlib.blake2b(code.encode(), digest_size=16).hexdigest()


def opened(weights: Path) -> TissueNet:
    """The network of a weights file.

    Raises
    ------
    BadInput : no such file, or weights of another network.
    """
    if not weights.is_file():
        raise BadInput(f"{weights}: no weights; `git checkout {weights}` or `make segmenter`")
    network = TissueNet()
    try:
        network.load_state_dict(load_file(weights))
    except (RuntimeError, ValueError) as problem:
        raise BadInput(f"{weights}: weights of another network: {problem}") from problem
    return network.float().eval()
