"""The network that finds tissue in a frame, and its release.

It has never seen a recorded head: it learns from shapes of the simulator, drawn as heads and
rendered under every condition a scanner may have. See ``stages/segmenter`` for how it is made.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tractable.segmenter.inference import (
        HEARD,
        PARTS,
        TISSUES,
        Grid,
        evenly,
        grid_over,
        heard,
        joined,
        network_in,
        part_shares,
    )

RELEASED = Path(__file__).parent / "released"  #: weights that come with this package

__all__ = [
    "HEARD",
    "PARTS",
    "RELEASED",
    "TISSUES",
    "Grid",
    "evenly",
    "grid_over",
    "heard",
    "joined",
    "network_in",
    "part_shares",
]


def __getattr__(name: str) -> Any:
    """What takes seconds to load is loaded when it is asked for, and not for a command's help."""
    if name in __all__:
        return getattr(import_module("tractable.segmenter.inference"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
