"""The physics of measured shapes: formants, sensitivities, and cavities that formants belong to."""

from tractable.theory.cavities import CAVITIES, cavity_edges, shares_of
from tractable.theory.physics import physics

__all__ = ["CAVITIES", "cavity_edges", "physics", "shares_of"]
