"""The examples of one step of a lesson after the other; what lies in stores is read ahead.

A lesson draws its rows by a seeded generator, so that those of the next steps are known: a thread
reads what some steps need, every chunk of a store once for all of them, while the steps before them
are taken. ``TRACTABLE_MEMORY`` says how many go together; what a step is given does not depend on
it.
"""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from tractable.models.model import Examples
from tractable.models.windows import Windows
from tractable.stretches import memory

#: Times that what some steps are given may be in memory: learnt from, and read, which takes three.
COPIES = 4


def in_order(examples: Examples, draws: Iterable[Tensor]) -> Generator[Examples, None, None]:
    """The rows of every draw. Who does not wait for the last has to close it.

    Raises
    ------
    BadInput : a store cannot be read.
    """
    if isinstance(examples.given, Windows) and examples.given.stored:
        most = int(memory() * 1024**2 / (COPIES * 8 * examples.given.shape[1]))
        yield from ahead(examples, grouped(draws, most))
    else:
        yield from map(examples.rows, draws)


def ahead(examples: Examples, groups: Iterable[list[Tensor]]) -> Generator[Examples, None, None]:
    """The rows of every draw, those of a group read at once, by a thread that ends with this."""
    with ThreadPoolExecutor(1, "reads ahead") as reader:
        reading = (reader.submit(read, examples, draws) for draws in groups)
        coming = next(reading, None)
        while coming is not None:
            ready, coming = coming.result(), next(reading, None)
            yield from ready


def read(examples: Examples, draws: list[Tensor]) -> Iterator[Examples]:
    """The rows of some draws, all of them in memory; one that is drawn twice is read once."""
    rows, place = torch.cat(draws).unique(return_inverse=True)
    held = examples.rows(rows)
    return (held.rows(few) for few in place.split([len(drawn) for drawn in draws]))


def grouped(draws: Iterable[Tensor], most: int) -> Iterator[list[Tensor]]:
    """Draws one after the other, of ``most`` rows together, or one alone that has more."""
    group: list[Tensor] = []
    for drawn in draws:
        if group and sum(map(len, group)) + len(drawn) > most:
            yield group
            group = []
        group.append(drawn)
    if group:
        yield group
