"""Trajectories of the tract, the gestures in them, and how articulators go together."""

from tractable.dynamics.gestures import gestures

__all__ = ["gestures"]
