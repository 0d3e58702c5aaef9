"""Heads of the simulator that no network has seen, filmed by the renderer of the phantom."""

from pathlib import Path

import numpy as np
import yaml

from tractable.imaging.anatomy import Head, Walls, regions
from tractable.imaging.labels import Grid, Pose, boundaries, material_map
from tractable.imaging.render import brightness, coil_shading, intensity_table, scanned
from tractable.simulator import Anatomy, outlines, shapes

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
PICTURE = PARAMS["phantom"]["picture"]
PERSON = Anatomy(size=0.95, mouth=1.0, pharynx=1.0, palate=1.0, breadth=1.0, depth=0.001)
HEAD = Head(0.97, 0.021, 0.010, 0.015, 0.039, 0.008, 0.0075, 0.005, 0.017)
PHONES = ["a", "i", "u", "@", "tt-alveolar-closure(a)", "ll-labial-closure(a)"]


def filmed(grid: Grid, pose: Pose, states=None, noise=PICTURE["noise"]):
    """Frames of one head in some states (default: in the postures of PHONES), and their true
    boundaries."""
    states = shapes(PHONES, PERSON) if states is None else states
    table = intensity_table(PICTURE["intensity"])
    coil = coil_shading(grid, centre=(0.075, 0.085), reach=PICTURE["reach"], floor=PICTURE["floor"])
    bright, truth = [], []
    for curves in zip(*outlines(states, PERSON), strict=True):
        walls = Walls(*curves)
        anchor = walls.upper[22]
        materials = material_map(regions(walls, HEAD), anchor, pose, grid)
        bright.append(brightness(materials, table, grid) * coil)
        truth.append(boundaries(walls, anchor, pose, spacing=1e-3))
    random = np.random.default_rng(1)
    scanner = {"blur": PICTURE["blur"], "resolved": PICTURE["resolved"], "gain": PICTURE["gain"]}
    return scanned(np.stack(bright), grid, random, noise=noise, **scanner), truth


USC = Grid(height=84, width=84, spacing=2.4e-3, fine=4)
TIMIT = Grid(height=68, width=68, spacing=0.2 / 68, fine=4)
POSE = Pose(x=0.072, y=0.077, pitch=0.0)


def spoken(frame_rate: float, seconds: float) -> np.ndarray:
    """States of a head that goes through the postures of PHONES and back, at even speed."""
    postures = shapes([*PHONES, PHONES[0]], PERSON)
    at = np.linspace(0, len(postures) - 1, round(frame_rate * seconds) + 1)
    index = np.arange(len(postures))
    return np.stack([np.interp(at, index, parameter) for parameter in postures.T], 1)
