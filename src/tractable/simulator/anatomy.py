"""Anatomies: VocalTractLab's one measured speaker (JD3) with other proportions.

The whole midsagittal geometry *and* the shapes (vowels, consonants) are scaled together, as one
affine map. VocalTractLab's own 13 anatomy parameters change the walls only, and its vowels do not
survive that; here a vowel stays that vowel, and a closure stays closed.
"""

from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from tractable.contracts import BadInput


class Anatomy(NamedTuple):
    """Proportions of a head, as ratios to JD3 (a man whose schwa has a tract of 16.9 cm)."""

    size: float  # every length
    mouth: float  # horizontal lengths, on top of size: the mouth
    pharynx: float  # vertical lengths, on top of size: the pharynx
    palate: float  # height of the hard palate, on top of size and pharynx
    breadth: float  # lateral lengths, on top of size: they scale areas, not outlines
    depth: float  # back wall of the pharynx moved backwards [m]


JD3 = Anatomy(size=1.0, mouth=1.0, pharynx=1.0, palate=1.0, breadth=1.0, depth=0.0)

#: Tract parameters in VocalTractLab's order: hyoid, jaw, lips, velum, tongue.
LIPS_AND_JAW = ("HX", "HY", "JX", "JA", "LP", "LD", "VS", "VO")
TONGUE = ("TCX", "TCY", "TTX", "TTY", "TBX", "TBY", "TRX", "TRY", "TS1", "TS2", "TS3")
TRACT = LIPS_AND_JAW + TONGUE
HORIZONTAL = ("JX", "LP", "TCX", "TTX", "TBX", "TRX")
VERTICAL = ("HY", "LD", "TCY", "TTY", "TBY", "TRY")
LATERAL = ("TS1", "TS2", "TS3")


def check(anatomy: Anatomy) -> None:
    """Refuse proportions that nobody has and that break the simulator's geometry."""
    for name, ratio in anatomy._asdict().items():
        if name == "depth":
            if not -0.006 <= ratio <= 0.008:
                raise BadInput(f"anatomy: depth is {ratio} m, expected -0.006 to 0.008 m")
        elif not 0.7 <= ratio <= 1.3:
            raise BadInput(f"anatomy: {name} is {ratio}, expected a ratio to JD3 of 0.7 to 1.3")


def reshape(speaker: Element, anatomy: Anatomy) -> None:
    """Give a parsed speaker file another anatomy, in place.

    Fossa, nose and trachea keep their size: they are side branches and set no proportion.
    """
    check(anatomy)
    x = anatomy.size * anatomy.mouth
    y = anatomy.size * anatomy.pharynx
    z = anatomy.size * anatomy.breadth
    tract = part(speaker, "vocal_tract_model")
    head = part(tract, "anatomy")
    scale_mouth(head, x, y, z, anatomy.palate)
    scale_throat(head, x, y, z, 100 * anatomy.depth)
    scale_parameters(tract, x, y, z)


def scale_mouth(head: Element, x: float, y: float, z: float, palate: float) -> None:
    teeth = {"x": x, "z": z, "teeth_height": y, "top_teeth_width": z, "bottom_teeth_width": z}
    for rib in part(head, "palate"):
        scale(rib, palate_height=y * palate, **teeth)
    for rib in part(head, "jaw"):
        scale(rib, jaw_height=y, **teeth)
    jaw = {"fulcrum_x": x, "fulcrum_y": y, "rest_pos_x": x, "rest_pos_y": y}
    scale(part(head, "jaw"), tooth_root_length=y, **jaw)
    scale(part(head, "lips"), width=x)
    scale(part(head, "tongue/tip"), radius=float(np.sqrt(x * y)))
    scale(part(head, "tongue/body"), radius_x=x, radius_y=y)
    scale(part(head, "tongue/root"), trx_intercept=x, try_intercept=y)


def scale_throat(head: Element, x: float, y: float, z: float, depth: float) -> None:
    scale(part(head, "velum"), uvula_width=z, uvula_height=y, uvula_depth=x)
    for curve in ("velum/low", "velum/mid", "velum/high", "larynx/narrow", "larynx/wide"):
        points = np.array(part(head, curve).get("points", "").split(), float)
        scaled = points.reshape(-1, 2) * (x, y)
        part(head, curve).set("points", " ".join(map(str, scaled.ravel())))
    scale(part(head, "larynx"), upper_depth=z, lower_depth=z)
    scale(part(head, "larynx"), epiglottis_width=x, epiglottis_height=y, epiglottis_depth=z)
    wall = part(head, "pharynx")
    scale(wall, fulcrum_x=x, fulcrum_y=y, top_rib_y=y)
    scale(wall, upper_depth=z, lower_depth=z, back_side_width=z)
    wall.set("fulcrum_x", str(float(wall.get("fulcrum_x", "")) - depth))
    lean = np.radians(float(wall.get("rotation_angle_deg", "")))
    lean = np.degrees(np.arctan2(y * np.sin(lean), x * np.cos(lean)))
    wall.set("rotation_angle_deg", str(lean))


def scale_parameters(tract: Element, x: float, y: float, z: float) -> None:
    """Ranges and shapes; hyoid, jaw angle and velum parameters are ratios, angles or areas."""
    ratio = dict.fromkeys(HORIZONTAL, x) | dict.fromkeys(VERTICAL, y) | dict.fromkeys(LATERAL, z)
    for parameter in part(tract, "anatomy").findall("param"):
        k = ratio.get(parameter.get("name", ""), 1.0)
        scale(parameter, min=k, max=k, neutral=k)
    for parameter in part(tract, "shapes").iter("param"):
        scale(parameter, value=ratio.get(parameter.get("name", ""), 1.0))


def scale(element: Element, **ratios: float) -> None:
    for name, ratio in ratios.items():
        element.set(name, str(ratio * float(element.get(name, ""))))


def part(element: Element, path: str) -> Element:
    found = element.find(path)
    if found is None:
        raise BadInput(f"speaker file of the simulator: no <{path}>; another version of it?")
    return found
