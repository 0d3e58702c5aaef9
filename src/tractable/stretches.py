"""Stretches of time: what grows with a recording, some frames at a time.

``TRACTABLE_MEMORY``, a setting of the environment that changes no result, says how many MiB may be
held of it [256]; what a stage makes of a stretch while it works comes on top.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import xarray as xr
from jaxtyping import Int

from tractable.contracts import BadInput

SHARD = 8192  # frames of a file of a store
CHUNK = 512  # frames of a feature that are packed together
GROWING = ("time", "sample")  # dims along which stretches are laid end to end
COPIES = 2  # of what is held: as it came, and laid end to end
SETTING, MEMORY = "TRACTABLE_MEMORY", 256  # MiB, where nobody says another


def frames_at_once(bytes_of_a_frame: int | float) -> int:
    """Frames that may be held together: a shard, or such a part of it as the setting allows.

    Parts of a shard cost time, for it is read and written again with each, and never a byte.
    """
    allowed, count = memory() * 1024**2, SHARD
    while count > CHUNK and count * bytes_of_a_frame > allowed:
        count //= 2
    return count


def memory() -> float:
    """What the setting says [MiB]."""
    said = os.environ.get(SETTING, str(MEMORY))
    try:
        if (mebibytes := float(said)) > 0:
            return mebibytes
    except ValueError:
        pass
    raise BadInput(f"{SETTING}={said}: expected a number of MiB above 0, such as {MEMORY}")


def regrouped(stretches: Iterable[xr.Dataset]) -> Iterator[xr.Dataset]:
    """The same in stretches that fill shards, or that are as long as may be held."""
    held: list[xr.Dataset] = []
    for data in stretches:
        held.append(data)
        count = sum(one.sizes.get("time", 0) for one in held)
        most = frames_at_once(COPIES * sum(one.nbytes for one in held) / max(1, count))
        while count >= most:
            whole = end_to_end(held)
            yield whole.isel(time=slice(most))
            after = {dim: slice(0) for dim in GROWING if dim in whole.dims}
            held, count = [whole.isel(after | {"time": slice(most, None)})], count - most
            held = held if count else []
    if held:
        yield end_to_end(held)


def end_to_end(stretches: list[xr.Dataset]) -> xr.Dataset:
    """Stretches of time as one; what has none is that of the first."""
    first, *more = stretches
    grown = {}
    for name, of in first.variables.items():
        if more and (along := [dim for dim in GROWING if dim in of.dims]):
            parts = [one.variables[name].values for one in stretches]
            whole = np.concatenate(parts, of.dims.index(along[0]))
            grown[str(name)] = xr.Variable(of.dims, whole, of.attrs)
    return first.drop_vars(grown).assign(grown).set_coords([n for n in first.coords if n in grown])


def clips(clip_of: Int[np.ndarray, " time"]) -> Iterator[slice]:
    """Where each clip lies on the clock, on which they are laid end to end."""
    edges = np.flatnonzero(np.diff(clip_of, prepend=-1, append=-1))
    yield from (slice(first, last) for first, last in pairwise(edges.tolist()))
