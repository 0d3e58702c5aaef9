"""Stage ``models``: what shapes and sounds teach, for every model, fold and corpus."""

from tractable.models.training import train
from tractable.stage import params, paths, run


def main() -> None:
    files = vars(paths("areas", "formants", "folds", "recordings", "models", "curves"))
    models, curves = files.pop("models"), files.pop("curves")
    train(files, models, curves, **params("models"))


if __name__ == "__main__":
    run(main)
