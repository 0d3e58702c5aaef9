"""Stage ``segmenter``: the atlas to the released network, with its provenance beside it."""

import torch

from tractable.atlas import ATLAS
from tractable.segmenter.release import code_digest, release
from tractable.segmenter.training import train
from tractable.stage import params, paths, run
from tractable.store import load


def main() -> None:
    torch.set_num_threads(1)  # two give other bytes
    files, code, choices = paths("atlas", "released"), code_digest(), params("segmenter")
    network, scores = train(load(files.atlas, ATLAS), **choices)
    parameters = {"atlas": params("atlas"), "segmenter": choices}
    release(network, files.released, code=code, parameters=parameters, scores=scores)


if __name__ == "__main__":
    run(main)
