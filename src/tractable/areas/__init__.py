"""Contours to cross-distances, tract length and area functions, glottis first."""

from tractable.areas.functions import area_functions
from tractable.areas.in_stretches import areas_in_stretches

__all__ = ["area_functions", "areas_in_stretches"]
