"""The paper: a text in which every result is looked up, made a PDF by Typst."""

from tractable.paper.build import write_paper
from tractable.paper.evidence import Wording

__all__ = ["Wording", "write_paper"]
