"""A corpus added or given prompts, or these aligned: what `python -m tractable.recordings` does."""

from argparse import Namespace
from pathlib import Path

from tractable.recordings.add import add
from tractable.recordings.align import write_alignments
from tractable.recordings.prompting import give_prompts
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


def prompt_corpus(options: Namespace) -> None:
    give_prompts(options.name, options.table, options.pronunciations)


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
    carried_out = {"add": add_corpus, "prompt": prompt_corpus, "align": align_prompts}
    carried_out[options.command](options)
