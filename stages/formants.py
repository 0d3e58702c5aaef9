"""Stage ``formants``: formants that can be trusted, voicing and cepstra on the frame clock."""

from tractable.contracts import FORMANTS, RECORDINGS
from tractable.formants import formants
from tractable.stage import each_speaker, params, paths, run


def main() -> None:
    files = paths("recordings", "formants")
    reads, writes = {files.recordings: RECORDINGS}, {files.formants: FORMANTS}
    each_speaker(formants, reads, writes, **params("formants"))


if __name__ == "__main__":
    run(main)
