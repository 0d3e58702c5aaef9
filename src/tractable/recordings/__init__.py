"""Recordings: raw video, sound and labels of a corpus on one clock, a store per speaker."""
