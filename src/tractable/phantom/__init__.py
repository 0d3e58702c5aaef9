"""A simulated corpus: heads that speak, filmed as by a scanner, in a recorded corpus's layout.

What the simulator knows of them is kept apart (contract TRUTH), for ``scores`` alone to read.
"""

from tractable.phantom.corpus import make_corpus, make_speaker

__all__ = ["make_corpus", "make_speaker"]
