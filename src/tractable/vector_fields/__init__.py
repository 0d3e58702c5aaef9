"""Equations of movement learnt from gestures: black boxes that forecast, to be asked for a law.

An instrument beside ``movement``: no data on disk. Distances from the target in mm, time in s.
Modules of their own, for some load torch and one an optional package.
"""
