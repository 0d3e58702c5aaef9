"""The door to data/raw: what a file holds beyond what is read of it stays outside.

Allow-lists throughout: of every kind of file it is said what is kept, and all else is blanked or
left out, without a picture or a sound being coded anew. A kind of which nobody said it is refused.
Out of reach are names in the pictures and sounds themselves, in labels, and in what a video codec
hides in its own stream.
"""

from tractable.recordings.private.door import bring_in, called, cleaned, refuse_name
from tractable.recordings.private.names import DATE, may_name, refuse_years

__all__ = ["DATE", "bring_in", "called", "cleaned", "may_name", "refuse_name", "refuse_years"]
