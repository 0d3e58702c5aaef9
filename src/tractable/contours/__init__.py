"""Air-tissue boundaries of the vocal tract, lips to glottis, in any midsagittal video.

The released network (``tractable.segmenter``) says how much of each part a pixel holds; boundaries
are where one tissue gives way to another. What is told of each frame stands at ``track``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tractable.contours.tracking import RELEASED_OPTIONS, contours, track, tracked

__all__ = ["RELEASED_OPTIONS", "contours", "track", "tracked"]


def __getattr__(name: str) -> Any:
    """What takes seconds to load is loaded when it is asked for, and not for a command's help."""
    if name in __all__:
        return getattr(import_module("tractable.contours.tracking"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
