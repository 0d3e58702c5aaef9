"""Labels as Praat writes them."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class Labelled(Protocol):
    """A stretch of time and what was said in it."""

    @property
    def label(self) -> str: ...  # "" silence
    @property
    def start(self) -> float: ...  # s
    @property
    def end(self) -> float: ...  # s


def textgrid(intervals: Sequence[Labelled], tier: str) -> str:
    """Praat's long text format, one interval tier from 0 to the end of the last interval."""
    end = intervals[-1].end
    head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', ""]
    head += ["xmin = 0", f"xmax = {end:.6f}", "tiers? <exists>", "size = 1", "item []:"]
    lines = ["    item [1]:", '        class = "IntervalTier"', f'        name = "{tier}"']
    lines += ["        xmin = 0", f"        xmax = {end:.6f}"]
    lines += [f"        intervals: size = {len(intervals)}"]
    for number, interval in enumerate(intervals, 1):
        label = interval.label.replace('"', '""')  # as Praat quotes it
        lines += [
            f"        intervals [{number}]:",
            f"            xmin = {interval.start:.6f}",
            f"            xmax = {interval.end:.6f}",
            f'            text = "{label}"',
        ]
    return "\n".join(head + lines) + "\n"
