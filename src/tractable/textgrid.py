"""Labels as Praat writes them."""

from collections.abc import Iterator, Mapping, Sequence
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


def textgrid(tiers: Mapping[str, Sequence[Labelled]], end: float) -> str:
    """Praat's long text format: interval tiers by name, from 0 to ``end`` [s].

    Parameters
    ----------
    tiers : intervals in order; where there is none it is silent.
    """
    head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', ""]
    head += ["xmin = 0", f"xmax = {end:.6f}", "tiers? <exists>", f"size = {len(tiers)}"]
    lines = ["item []:"]
    for number, (name, intervals) in enumerate(tiers.items(), 1):
        lines += [f"    item [{number}]:", *tier(name, list(filled(intervals, end)), end)]
    return "\n".join(head + lines) + "\n"


def tier(name: str, parts: Sequence[tuple[float, float, str]], end: float) -> Iterator[str]:
    """Lines of one tier, of parts that leave no gap."""
    yield from ('        class = "IntervalTier"', f'        name = "{name}"')
    yield from ("        xmin = 0", f"        xmax = {end:.6f}")
    yield f"        intervals: size = {len(parts)}"
    for number, (start, stop, label) in enumerate(parts, 1):
        yield f"        intervals [{number}]:"
        yield f"            xmin = {start:.6f}"
        yield f"            xmax = {stop:.6f}"
        text = label.replace('"', '""')  # as Praat quotes it
        yield f'            text = "{text}"'


def filled(intervals: Sequence[Labelled], end: float) -> Iterator[tuple[float, float, str]]:
    """Start, end and label of intervals and of the silence between them, up to ``end``."""
    at = 0.0
    for part in intervals:
        if part.start - at > 1e-9:
            yield at, part.start, ""
        yield max(part.start, at), min(part.end, end), part.label
        at = part.end
    if end - at > 1e-9:
        yield at, end, ""
