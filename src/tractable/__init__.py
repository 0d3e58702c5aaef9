"""Interpretable models of the vocal tract, from real-time MRI to scored explanations."""
