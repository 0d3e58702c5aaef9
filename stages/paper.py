"""Stage ``paper``: the paper as a PDF; its results and figures are those that were computed."""

from tractable.paper import Wording, write_paper
from tractable.stage import check_options, params, paths, run


def main() -> None:
    files = paths("scores", "comparisons", "recorded", "figures", "numbers", "paper")
    options, report = params("paper"), params("report")
    check_options(write_paper, options, "paper")
    wording = Wording(
        **{word: report[word] for word in ("summary", "models", "gate", "controls")},
        black_boxes=params("figures")["families"]["black_box"],
    )
    write_paper(**vars(files), wording=wording, **options)


if __name__ == "__main__":
    run(main)
