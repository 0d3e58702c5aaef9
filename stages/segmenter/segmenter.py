"""Stage ``segmenter``: the atlas to the released network, with its provenance beside it.

On a GPU where there is one.
"""

import torch

from tractable.atlas import ATLAS
from tractable.segmenter.release import code_digest, release
from tractable.segmenter.training import train
from tractable.stage import params, paths, run
from tractable.store import load


def main() -> None:
    torch.set_num_threads(1)  # two give other bytes
    files, code, choices = paths("atlas", "released"), code_digest(), params("segmenter")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network, scores = train(load(files.atlas, ATLAS), device=device, **choices)
    parameters = {"atlas": params("atlas"), "segmenter": choices}
    about = {"code": code, "device": device, "parameters": parameters}
    release(network, files.released, about=about, scores=scores)


if __name__ == "__main__":
    run(main)
