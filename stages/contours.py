"""Stage ``contours``: recordings to air-tissue boundaries, lips to glottis."""

from tractable.contours import contours
from tractable.contracts import CONTOURS, RECORDINGS
from tractable.stage import each_speaker, params, paths, run


def main() -> None:
    files = paths("recordings", "contours")
    reads, writes = {files.recordings: RECORDINGS}, {files.contours: CONTOURS}
    each_speaker(contours, reads, writes, **params("contours"))


if __name__ == "__main__":
    run(main)
