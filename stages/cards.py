"""Stage ``cards``: a page with a card per model, written from tracked values only."""

from tractable.cards import Choices, Wording, write_cards
from tractable.stage import check_options, params, paths, run


def main() -> None:
    files = vars(paths("models", "folds", "scores", "table", "page"))
    table, page = files.pop("table"), files.pop("page")
    options, report = params("cards"), params("report")
    check_options(Choices, options, "cards")
    wording = Wording(
        **{word: report[word] for word in ("models", "gate", "controls")},
        laws=params("areas")["laws"],
        simulated=params("scores")["simulated"],
    )
    write_cards(files, table, page, params("corpora"), wording, Choices(**options))


if __name__ == "__main__":
    run(main)
