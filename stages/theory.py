"""Stage ``theory``: the acoustics of every measured shape."""

from tractable.contracts import AREAS, THEORY
from tractable.stage import each_speaker, params, paths, run
from tractable.theory import physics


def main() -> None:
    files = paths("areas", "theory")
    reads, writes = {files.areas: AREAS}, {files.theory: THEORY}
    each_speaker(physics, reads, writes, **params("theory"))


if __name__ == "__main__":
    run(main)
