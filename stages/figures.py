"""Stage ``figures``: data to figures; those that show recorded people stay outside git."""

from tractable.figures.catalogue import completed
from tractable.figures.gallery import CONTRACTS, draw_all
from tractable.stage import check_options, params, paths, run


def main() -> None:
    files = vars(paths(*CONTRACTS, "table", "open", "restricted"))
    table, shown, restricted = (files.pop(name) for name in ("table", "open", "restricted"))
    options = params("figures")
    check_options(draw_all, options, "figures")
    chosen = {"finder": params("dynamics"), "acoustics": params("theory")}
    options["pictures"] = completed(options["pictures"], **chosen)
    draw_all(files, table, shown, restricted, params("corpora"), **options)


if __name__ == "__main__":
    run(main)
