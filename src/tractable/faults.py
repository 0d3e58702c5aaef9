"""What is wrong with data as they are kept: of one file, and what to do."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What is wrong with one file, and what to do."""

    name: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}; {self.remedy}"
