"""Stage ``report``: one page that shows the figures beside the score table."""

from tractable.report import write_page
from tractable.stage import check_options, params, paths, run


def main() -> None:
    files, options = paths("scores", "figures", "numbers", "page"), params("report")
    check_options(write_page, options, "report")
    write_page(files.scores, files.figures, files.numbers, files.page, **options)


if __name__ == "__main__":
    run(main)
