"""Plane geometry of a channel between two curves: its midline, width and length."""

from tractable.curves.midline import Channel, channel
from tractable.curves.polyline import Curve, arc_length, bridged, distance_to, resampled, squared

__all__ = [
    "Channel",
    "Curve",
    "arc_length",
    "bridged",
    "channel",
    "distance_to",
    "resampled",
    "squared",
]
