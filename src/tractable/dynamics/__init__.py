"""Trajectories of the tract, the gestures in them, and how articulators go together."""
