"""Trajectories of the tract, the gestures in them, and how articulators go together."""

from tractable.dynamics.gestures import as_gestures, gestures

__all__ = ["as_gestures", "gestures"]
