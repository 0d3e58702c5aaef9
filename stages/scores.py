"""Stage ``scores``: accuracy and the validation battery, with nulls, controls and intervals."""

from tractable.scores import score_corpora
from tractable.scores.corpora import CONTRACTS
from tractable.stage import check_options, params, paths, run


def main() -> None:
    files = vars(paths(*CONTRACTS, "scores", "table", "comparisons"))
    scores, table, compared = (files.pop(name) for name in ("scores", "table", "comparisons"))
    options = params("scores")
    check_options(score_corpora, options, "scores")
    score_corpora(files, scores, table, compared, params("corpora"), **options)


if __name__ == "__main__":
    run(main)
