"""Formants that can be trusted, voicing and cepstra on the frame clock, by Praat."""

from tractable.formants.measurement import formants

__all__ = ["formants"]
