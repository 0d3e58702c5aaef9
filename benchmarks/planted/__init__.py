"""Planted models: what the battery must catch, and how often it does."""
