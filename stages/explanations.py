"""Stage ``explanations``: what each model's formants depend on, on a subsample of frames."""

from tractable.contracts import AREAS, EXPLANATIONS, FOLDS, FORMANTS, RECORDINGS, THEORY
from tractable.explanations import explained
from tractable.models.asking import each_speaker_asked
from tractable.stage import params, paths, run


def main() -> None:
    files = paths("areas", "formants", "theory", "folds", "recordings", "models", "explanations")
    reads = {
        files.areas: AREAS,
        files.formants: FORMANTS,
        files.theory: THEORY,
        files.folds: FOLDS,
        files.recordings: RECORDINGS,
    }
    writes = (files.explanations, EXPLANATIONS)
    each_speaker_asked(explained, reads, files.models, writes, **params("explanations"))


if __name__ == "__main__":
    run(main)
