"""Stage ``models``: what shapes and sounds teach, for every model, fold and corpus."""

from tractable.models.training import train
from tractable.stage import params, paths, run


def main() -> None:
    files = paths("areas", "formants", "folds", "models")
    train(files.areas, files.formants, files.folds, files.models, **params("models"))


if __name__ == "__main__":
    run(main)
