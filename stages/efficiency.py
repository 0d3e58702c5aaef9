"""Stage ``efficiency``: the same models on less data, and what they say of held-out speakers."""

from tractable.efficiency import learn_from_less
from tractable.stage import check_options, params, paths, run


def main() -> None:
    files = vars(paths("areas", "formants", "folds", "efficiency"))
    efficiency, options = files.pop("efficiency"), params("efficiency")
    check_options(learn_from_less, options, "efficiency")
    frames = params("explanations")["frames"]
    learn_from_less(files, efficiency, params("models"), frames, **options)


if __name__ == "__main__":
    run(main)
