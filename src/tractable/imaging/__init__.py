"""Images of a head: tissue maps from midsagittal outlines, MRI-like frames, video with sound."""
