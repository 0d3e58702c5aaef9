"""Stage ``segmenter``, last step: how far the released network's contours may be off.

By itself, after weights have changed: ``python -P atlas.py --atlas shapes.zarr`` and
``python -P calibration.py --atlas shapes.zarr --released ../../src/tractable/segmenter/released``.
"""

import torch

from tractable.atlas import ATLAS
from tractable.contours.calibration import calibrate, release_calibration
from tractable.segmenter.release import WEIGHTS, opened
from tractable.stage import params, paths, run
from tractable.store import load


def main() -> None:
    torch.set_num_threads(1)  # two give other bytes
    files, training = paths("atlas", "released"), params("segmenter")
    network, atlas = opened(files.released / WEIGHTS), load(files.atlas, ATLAS)
    found, told = calibrate(network, atlas, training, **params("calibration"))
    release_calibration(found, told, files.released)


if __name__ == "__main__":
    run(main)
