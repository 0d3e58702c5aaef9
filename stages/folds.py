"""Stage ``folds``: which frames are learnt from and which are tested, by speaker or by time."""

from tractable.contracts import AREAS, FOLDS, FORMANTS
from tractable.folds import split
from tractable.stage import each_speaker, params, paths, run


def main() -> None:
    files = paths("areas", "formants", "folds")
    reads, writes = {files.areas: AREAS, files.formants: FORMANTS}, {files.folds: FOLDS}
    corpora = {name: entry["speakers"] for name, entry in params("corpora").items()}
    each_speaker(split, reads, writes, corpora=corpora, **params("folds"))


if __name__ == "__main__":
    run(main)
