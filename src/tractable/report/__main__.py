"""Tables of scores in README, made anew of what was computed: ``python -m tractable.report``."""

import sys
from argparse import ArgumentParser
from pathlib import Path

import pandas as pd

from tractable import score_table
from tractable.contracts import BadInput
from tractable.report.markdown import with_tables
from tractable.stage import params
from tractable.whole import written_whole

SCORES, RECORDED = Path("reports/scores.csv"), Path("reports/real/scores.csv")


def main() -> None:
    parser = ArgumentParser("python -m tractable.report", description=__doc__)
    parser.add_argument(
        "page",
        type=Path,
        nargs="?",
        default=Path("README.md"),
        help="text whose marked tables are made anew (default README.md)",
    )
    page = parser.parse_args().page
    try:
        fresh = rewritten(page.read_text("utf-8"))
    except (BadInput, OSError) as problem:
        sys.exit(f"{page}: {problem}")
    with written_whole(page) as partial:
        partial.write_text(fresh, encoding="utf-8")


def rewritten(text: str) -> str:
    """The text with the tables of this checkout; recorded corpora as they left a workspace."""
    own, outside = score_table.read(SCORES), score_table.read(RECORDED)
    every = pd.concat([own, outside[~outside.corpus.isin(own.corpus)]])
    said = params("report")
    return with_tables(text, every, models=list(said["models"]), controls=said["controls"])


if __name__ == "__main__":
    main()
