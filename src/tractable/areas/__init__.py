"""Contours to cross-distances, tract length and area functions, glottis first."""

from tractable.areas.functions import area_functions
from tractable.areas.law import area_of

__all__ = ["area_functions", "area_of"]
