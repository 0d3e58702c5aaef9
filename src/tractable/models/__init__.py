"""Learned and physical maps between shape and sound: one architecture a file in ``kinds``."""
