"""How a command begins: a package's ``__main__`` knows its arguments and nothing else, so that help
does not wait for libraries; the work is in its module ``command``, which takes seconds to load.
"""

import sys
from argparse import Namespace
from importlib import import_module


def carry_out(package: str, options: Namespace) -> None:
    """``main(options)`` of a package's module ``command``; bad input ends in one message."""
    command = import_module(f"{package}.command")
    from tractable.contracts import (
        BadInput,  # with xarray, which takes longer than all of the above
    )

    try:
        command.main(options)
    except BadInput as problem:
        sys.exit(f"{package.rpartition('.')[2]}: {problem}")
