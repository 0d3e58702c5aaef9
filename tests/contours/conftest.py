"""Recorded heads that several tests look at."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def speakers(real) -> np.ndarray:
    """Four stills of each speaker of the USC 75-Speaker corpus (speaker, time, y, x)."""
    file = real / "usc75_stills" / "original_recon_tiles_uint8.npz"
    if not file.is_file():
        pytest.skip(f"no stills in {file.parent}")
    with np.load(file) as parts:
        tiles, clips = parts["tiles"], parts["clip"].astype(str)
    _, first = np.unique([clip[:6] for clip in clips], return_index=True)
    return tiles[first]
