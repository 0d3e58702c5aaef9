"""A corpus added, or its prompts aligned: what `python -m tractable.recordings` does."""

from argparse import Namespace
from pathlib import Path

from tractable.recordings.add import add
from tractable.recordings.align import write_alignments
from tractable.stage import params

SAID = (
    *("pixel_spacing", "frame_rate", "pictures", "sound", "labels", "tier"),
    *("prompts", "pronunciations"),
)


def add_corpus(options: Namespace) -> None:
    said = {name: getattr(options, name) for name in SAID if getattr(options, name) is not None}
    add(
        options.name,
        options.folder,
        adapter=options.adapter,
        speakers=options.speakers,
        present=options.present,
        link=options.link,
        **said,
    )


def align_prompts(options: Namespace) -> None:
    chosen = params("recordings")
    write_alignments(
        options.name,
        options.out or Path("data/aligned") / options.name,
        params("corpora"),
        tier=chosen["tier"],
        alignment=chosen["alignment"],
        speakers=options.speakers,
        again=options.again,
    )


def main(options: Namespace) -> None:
    {"add": add_corpus, "align": align_prompts}[options.command](options)
