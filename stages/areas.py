"""Stage ``areas``: contours to cross-distances, tract length and area functions."""

from tractable.areas import areas_in_stretches
from tractable.contracts import AREAS, CONTOURS
from tractable.stage import each_speaker, params, paths, run


def main() -> None:
    files = paths("contours", "areas")
    reads, writes = {files.contours: CONTOURS}, {files.areas: AREAS}
    each_speaker(areas_in_stretches, reads, writes, **params("areas"))


if __name__ == "__main__":
    run(main)
