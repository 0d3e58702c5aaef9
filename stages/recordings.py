"""Stage ``recordings``: raw video, sound and labels of every corpus on one clock."""

from tractable.recordings.corpora import record_corpora
from tractable.stage import check_options, params, paths, run


def main() -> None:
    files = paths("raw", "recordings")
    options = params("recordings")
    check_options(record_corpora, options, "recordings")
    record_corpora(files.raw, files.recordings, params("corpora"), **options)


if __name__ == "__main__":
    run(main)
