"""How much memory a call takes at most."""

import tracemalloc
from collections.abc import Callable
from typing import Any


def peak(function: Callable[..., Any], *arguments: Any) -> int:
    """Bytes that were allocated at a time while a function ran, as Python and NumPy count them."""
    tracemalloc.start()
    try:
        function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
