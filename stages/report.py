"""Stage ``report``: a page of the figures beside the score table, and one of what the data are."""

from tractable.report.data_page import write_data_page
from tractable.report.page import write_page
from tractable.stage import check_options, params, paths, run


def main() -> None:
    read = ("scores", "comparisons", "recorded", "figures", "numbers")
    files = vars(paths(*read, "page", "data", "pipeline"))
    data, pipeline, options = files.pop("data"), files.pop("pipeline"), params("report")
    check_options(write_page, options, "report")
    write_page(**files, **options)
    write_data_page(data, pipeline)


if __name__ == "__main__":
    run(main)
