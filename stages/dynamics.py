"""Stage ``dynamics``: the gestures of every speaker, and the noise of what moves."""

from tractable.contracts import AREAS, CONTOURS, DYNAMICS, FORMANTS
from tractable.dynamics import gestures
from tractable.stage import each_speaker, params, paths, run


def main() -> None:
    files = paths("contours", "areas", "formants", "dynamics")
    reads = {files.contours: CONTOURS, files.areas: AREAS, files.formants: FORMANTS}
    each_speaker(gestures, reads, {files.dynamics: DYNAMICS}, **params("dynamics"))


if __name__ == "__main__":
    run(main)
