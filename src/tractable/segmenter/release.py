"""A trained network as it is shipped: weights, and beside them where they come from."""

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save

import tractable
from tractable.contracts import BadInput
from tractable.segmenter.network import TissueNet
from tractable.store import digest
from tractable.whole import written_whole

WEIGHTS, PROVENANCE = "weights.safetensors", "provenance.json"
CALIBRATION = "calibration.json"  #: of the uncertainty of contours, see ``contours.calibration``
#: Modules that decide what is learnt.
MADE_BY = (
    "atlas/*.py",
    "imaging/anatomy.py",
    "imaging/kernel.py",
    "imaging/labels.py",
    "segmenter/heads.py",
    "segmenter/network.py",
    "segmenter/preparation.py",
    "segmenter/renderer.py",
    "segmenter/training.py",
    "simulator/*.py",
)


def release(network: TissueNet, folder: Path, *, about: dict, scores: dict[str, float]) -> None:
    """Write weights and provenance; the same training gives the same bytes.

    Parameters
    ----------
    about : what made it, such as what ``code_digest`` said before the training.
    scores : Dice of each tissue on anatomies left out.
    """
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    with written_whole(folder / WEIGHTS) as path:
        path.write_bytes(save(tensors))
    provenance = {
        "weights": digest(folder / WEIGHTS),
        "torch": torch.__version__.split("+")[0],
        **about,
        "dice_on_held_out_anatomies": {name: round(dice, 4) for name, dice in scores.items()},
    }
    with written_whole(folder / PROVENANCE) as path:
        path.write_text(json.dumps(provenance, indent=1) + "\n")


def release_adapted(
    network: TissueNet, origin: Path, folder: Path, *, recipe: dict, clips: int
) -> str:
    """Write a network that a site adapted, with what it came from; the digest of its weights.

    Its calibration is that of its origin: nobody knows the site's truth. Names of clips are left
    out, for they may be those of people.

    Parameters
    ----------
    origin : folder of the network that it was adapted from.
    folder : to write; an adapted network that is there goes.
    recipe : of the adaptation.
    clips : how many it was adapted to.

    Raises
    ------
    BadInput : something else is there.
    """
    refuse_other(folder)
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    with written_whole(folder) as partial:
        partial.mkdir()
        (partial / WEIGHTS).write_bytes(save(tensors))
        weights = digest(partial / WEIGHTS)
        provenance = {
            "weights": weights,
            "adapted_from": digest(origin / WEIGHTS),
            "torch": torch.__version__.split("+")[0],
            "recipe": recipe,
            "clips": clips,
        }
        (partial / PROVENANCE).write_text(json.dumps(provenance, indent=1) + "\n")
        calibration = json.loads((origin / CALIBRATION).read_text()) | {"weights": weights}
        (partial / CALIBRATION).write_text(json.dumps(calibration, indent=1) + "\n")
    return weights


def refuse_other(folder: Path) -> None:
    """Refuse to replace what is no adapted network.

    Raises
    ------
    BadInput : it is there.
    """
    if not folder.exists():
        return
    provenance = folder / PROVENANCE
    if not provenance.is_file() or "adapted_from" not in json.loads(provenance.read_text()):
        raise BadInput(f"{folder}: is there and is no adapted network; name another folder")


def code_digest() -> str:
    """Of every module that decides what the network learns."""
    root = Path(tractable.__file__).parent
    files = sorted(file for pattern in MADE_BY for file in root.glob(pattern))
    code = "".join(f"{file.relative_to(root).as_posix()} {digest(file)}\n" for file in files)
    return hashlib.blake2b(code.encode(), digest_size=16).hexdigest()


def opened(weights: Path) -> TissueNet:
    """The network of a weights file.

    Raises
    ------
    BadInput : no such file, or weights of another network.
    """
    if not weights.is_file():
        raise BadInput(
            f"{weights}: no weights; the released ones come by `git checkout` or `make segmenter`"
        )
    network = TissueNet()
    try:
        network.load_state_dict(load_file(weights))
    except (RuntimeError, ValueError) as problem:
        raise BadInput(f"{weights}: weights of another network: {problem}") from problem
    return network.float().eval()
