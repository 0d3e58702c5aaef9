"""Stage ``phantom``: a simulated corpus in the layout of a recorded one, and what is true of it."""

from tractable.phantom import make_corpus
from tractable.stage import params, paths, run


def main() -> None:
    files = paths("raw", "truth")
    corpus, geometry = params("corpora")["phantom"], params("areas")["geometry"]
    make_corpus(files.raw, files.truth, corpus, geometry, **params("phantom"))


if __name__ == "__main__":
    run(main)
