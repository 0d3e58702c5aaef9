"""Plane geometry of a channel between two curves: its midline, width and length."""

from tractable.curves.midline import Channel, channel
from tractable.curves.polyline import Curve, arc_length, bridged, resampled, squared

__all__ = ["Channel", "Curve", "arc_length", "bridged", "channel", "resampled", "squared"]
