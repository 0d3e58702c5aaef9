"""Laws of movement: what drives a gesture, fitted to trajectories and held against them.

An instrument: no data on disk, no network of the pipeline's. Trajectories in mm, times in s.
"""

from tractable.movement.gestures import Gestures

__all__ = ["Gestures"]
