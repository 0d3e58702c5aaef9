"""Stage ``predictions``: what each model says about held-out speakers."""

from tractable.contracts import AREAS, FOLDS, FORMANTS, PREDICTIONS, RECORDINGS
from tractable.models.asking import each_speaker_asked
from tractable.predictions import predicted
from tractable.stage import params, paths, run


def main() -> None:
    files = paths("areas", "formants", "folds", "recordings", "models", "predictions")
    reads = {files.areas: AREAS, files.formants: FORMANTS, files.folds: FOLDS}
    reads |= {files.recordings: RECORDINGS}
    writes = (files.predictions, PREDICTIONS)
    each_speaker_asked(predicted, reads, files.models, writes, **params("predictions"))


if __name__ == "__main__":
    run(main)
