"""Stage ``audit``: a page per speaker on clocks, pictures, sound, refusals and labels."""

from tractable.audit import audit_corpora
from tractable.stage import check_options, params, paths, run


def main() -> None:
    files = vars(paths("recordings", "contours", "areas", "formants", "audit", "table"))
    pages, table, options = files.pop("audit"), files.pop("table"), params("audit")
    check_options(audit_corpora, options, "audit")
    corpora, lag = params("corpora"), params("recordings")["lag"]
    audit_corpora(files, pages, table, corpora, lag, **options)


if __name__ == "__main__":
    run(main)
