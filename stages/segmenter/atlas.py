"""Stage ``atlas``: thousands of vocal-tract shapes of many anatomies."""

from tractable.atlas import ATLAS, build
from tractable.stage import params, paths, run
from tractable.store import save


def main() -> None:
    files = paths("atlas")
    save(build(**params("atlas")), files.atlas, ATLAS)


if __name__ == "__main__":
    run(main)
