"""Stage ``numbers``: the numbers that the text quotes, with the digits that they deserve."""

from tractable.numbers import write_numbers
from tractable.stage import check_options, params, paths, run


def main() -> None:
    files, options = paths("scores", "numbers", "metrics"), params("numbers")
    check_options(write_numbers, options, "numbers")
    write_numbers(files.scores, files.numbers, files.metrics, **options)


if __name__ == "__main__":
    run(main)
