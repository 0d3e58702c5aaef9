"""From midsagittal outlines of the tract to a whole head, region by region.

The simulator draws the walls of the airway; face, jaw, nose, spine and neck are added here from a
few proportions, because a scanner sees them too. Axes of the head: x towards the lips, y up [m].
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from tractable.contracts import ARTICULATORS

Curve = Float[np.ndarray, "_ 2"]  # points in order
Articulated = Float[np.ndarray, "_ 3"]  # and what each belongs to: 1 + index in ARTICULATORS


class Walls(NamedTuple):
    """Outlines of one instant, as the simulator orders their points."""

    upper: Curve  # glottis, up the back wall, velum, palate, upper lip
    lower: Curve  # glottis, front of the larynx, floor of the mouth, jaw, lower lip
    tongue: Curve  # root to under the tip
    epiglottis: Curve  # back of its base, tip, front of its base


class Head(NamedTuple):
    """What lies around the tract, in metres (ratios where it says so)."""

    scale: float  # ratio: all that follows, and the face
    nose: float  # how far it stands out
    lip: float  # thickness of the lips
    chin: float  # how far it stands out before the lower incisors
    jaw: float  # from the lower incisors down to the skin
    palate: float  # thickness of the hard palate with its mucosa
    velum: float  # thickness of the velum
    wall: float  # thickness of the pharyngeal wall
    neck: float  # from the front of the larynx to the skin


class Material(IntEnum):
    """What a scanner tells apart; several make one tissue."""

    AIR = 0
    TRACT = 1
    TONGUE = 2
    FLOOR = 3
    LOWER_LIP = 4
    JAW_BONE = 5
    MARROW = 6
    LOWER_TEETH = 7
    EPIGLOTTIS = 8
    LARYNX = 9
    UPPER_LIP = 10
    PALATE = 11
    VELUM = 12
    UPPER_TEETH = 13
    WALL = 14
    NECK = 15
    FACE = 16
    NASAL_AIR = 17
    TURBINATE = 18
    SKULL = 19
    BRAIN = 20
    VERTEBRA = 21
    DISC = 22
    CORD = 23
    TRACHEA = 24


#: 0 air that is no tract, 1 airway, 2 lower, 3 upper, 4 wall, 5 rest of the head.
TISSUE = np.array(
    [0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 5, 5, 0, 5, 5, 5, 5, 5, 5, 0], "uint8"
)

Region = tuple[int, Curve]  # material

# Outline points that have a name.
WALL_FOOT, WALL_TOP, VELUM_TIP, PALATE_BACK, GUM, LIP = 2, 8, 9, 14, 22, 28  # upper
EPIGLOTTIS_BASE, HYOID, FLOOR_BACK, LOWER_GUM, LOWER_LIP = 3, 4, 8, 17, 22  # lower
LOWER_INCISOR = [17, 18, 19, 20]
UPPER_INCISOR = [22, 24, 25, 26]


def upper_curve(walls: Walls) -> Curve:
    """Upper lip, upper incisor, palate, velum to its tip against the back wall."""
    return articulated_upper(walls)[:, :2]


def lower_curve(walls: Walls) -> Curve:
    """Lower lip, incisor, cleft under the tongue tip, tongue, epiglottis, larynx, glottis."""
    return articulated_lower(walls)[:, :2]


def wall_curve(walls: Walls) -> Curve:
    """Back wall of the pharynx from the velum down to the back of the glottis."""
    return walls.upper[WALL_TOP::-1]


def articulated(walls: Walls) -> dict[str, Articulated]:
    """The boundary of each tissue with the articulator of every point."""
    return {
        "upper": articulated_upper(walls),
        "lower": articulated_lower(walls),
        "wall": of(wall_curve(walls), "wall"),
    }


def articulated_upper(walls: Walls) -> Articulated:
    upper = walls.upper
    return np.concatenate(
        [
            of(upper[: LIP - 1 : -1], "upper lip"),
            of(upper[[26, 25, 24, 22]], "palate"),
            of(upper[20 : PALATE_BACK - 1 : -1], "palate"),
            of(upper[PALATE_BACK - 1 : WALL_TOP - 1 : -1], "velum"),
        ]
    )


def articulated_lower(walls: Walls) -> Articulated:
    lower = walls.lower
    jaw = np.concatenate(
        [lower[: LOWER_LIP - 1 : -1], lower[[20, 19, 18]], lower[17 : HYOID - 1 : -1]]
    )
    front = follow(of(jaw, "lower lip"), of(walls.tongue[::-1], "tongue"))
    behind = of(walls.epiglottis[::-1], "epiglottis")
    return follow(follow(front, behind), of(lower[EPIGLOTTIS_BASE::-1], "larynx"))


def of(curve: Curve, articulator: str) -> Articulated:
    """The curve with the code of its articulator beside every point."""
    return np.insert(curve, 2, 1 + ARTICULATORS.index(articulator), axis=1)


def follow(first: Articulated, second: Articulated) -> Articulated:
    """Along ``first`` until it meets ``second``, then along ``second``: the outside of both.

    Where they do not meet, ``first`` is left where it comes nearest to the start of ``second``.
    """
    a, b = np.diff(first[:, :2], axis=0)[:, None], np.diff(second[:, :2], axis=0)[None]
    gap = second[None, :-1, :2] - first[:-1, None, :2]
    with np.errstate(all="ignore"):
        cross = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
        along = (gap[..., 0] * b[..., 1] - gap[..., 1] * b[..., 0]) / cross
        beside = (gap[..., 0] * a[..., 1] - gap[..., 1] * a[..., 0]) / cross
        meet = (along >= 0) & (along <= 1) & (beside >= 0) & (beside <= 1)
    if not meet.any():
        return np.concatenate([up_to(first, second[0]), second])
    i = int(np.flatnonzero(meet.any(1))[0])
    j = int(np.where(meet[i], along[i], np.inf).argmin())
    corner = first[i] + along[i, j] * (first[i + 1] - first[i])
    return np.concatenate([first[: i + 1], corner[None], second[j + 1 :]])


def up_to(curve: Articulated, point: Float[np.ndarray, " 3"]) -> Articulated:
    """The curve from its start to where it comes nearest to a point."""
    start, along = curve[:-1], np.diff(curve, axis=0)
    away = ((point - start) * along)[:, :2].sum(1)
    share = away / np.maximum((along[:, :2] ** 2).sum(1), 1e-18)
    nearest = start + np.clip(share, 0, 1)[:, None] * along
    k = int(((nearest - point)[:, :2] ** 2).sum(1).argmin())
    return np.concatenate([curve[: k + 1], nearest[k : k + 1]])


def regions(walls: Walls, head: Head) -> list[Region]:
    """Closed regions of the whole head; where they overlap, the later one counts."""
    return [
        *around(walls, head),
        *spine(walls, head),
        *below(walls, head),
        (Material.TRACT, tract(walls)),
        (Material.TONGUE, tongue(walls)),
        (Material.EPIGLOTTIS, walls.epiglottis),
        (Material.LOWER_TEETH, walls.lower[LOWER_INCISOR]),
        *behind(walls, head),
        *above(walls, head),
    ]


def tract(walls: Walls) -> Curve:
    """The airway with the tongue still in it, anticlockwise: a clash of the walls winds back."""
    return np.concatenate([walls.lower, upper_curve(walls), wall_curve(walls)[1:]])


def tongue(walls: Walls) -> Curve:
    """Tongue down to the floor of the mouth."""
    return np.concatenate([walls.tongue, walls.lower[14 : HYOID - 1 : -1]])


def around(walls: Walls, head: Head) -> list[Region]:
    """The head's profile with brain, nose and skull base."""
    gum, mm = walls.upper[GUM], head.scale / 1000
    back = gum + mm * np.array([[-165, -260], [-150, -60], [-155, 120]])
    brain = mm * np.array(
        [[6, 120], [4, 72], [-30, 62], [-58, 50], [-84, 30], [-160, 34], [-160, 120]]
    )
    clivus = mm * np.array([[-44, 56], [-58, 52], [-88, 16], [-82, 8], [-72, 22], [-48, 44]])
    cavity = mm * np.array(
        [[-8, 50], [-46, 50], [-66, 34], [-75, 14], [-72, 3], [-52, 12], [-12, 20]]
    )
    septum = mm * np.array([[-4, 56], [-34, 54], [-44, 36], [-40, 20], [-12, 20], [0, 26]])
    return [
        (Material.NECK, np.concatenate([face_skin(walls, head), jaw_skin(walls, head), back])),
        (
            Material.FACE,
            np.concatenate([face_skin(walls, head), gum + mm * np.array([[-8, 8], [-12, 70]])]),
        ),
        (Material.BRAIN, smooth(gum + brain)),
        (Material.SKULL, smooth(gum + clivus)),
        (Material.NASAL_AIR, smooth(gum + cavity)),
        (Material.TURBINATE, smooth(gum + septum)),
    ]


def face_skin(walls: Walls, head: Head) -> Curve:
    """Skin of the face from the forehead to the edge of the upper lip."""
    gum, lip, mm = walls.upper[GUM], walls.upper[-1], head.scale / 1000
    nose = head.nose / head.scale * 1000
    profile = [[20, 120], [17, 88], [13, 66], [17, 52], [13 + nose, 35], [11 + nose, 27], [16, 23]]
    base = gum + mm * np.array(profile)
    philtrum = (base[-1] + lip) / 2 + [0.0015, 0.001]
    return smooth(np.concatenate([base, [philtrum, lip + [0.001, 0.003], lip]]))


def jaw_skin(walls: Walls, head: Head) -> Curve:
    """Skin from the edge of the lower lip round the chin and down the neck."""
    gum, lip, mm = walls.lower[LOWER_GUM], walls.lower[-1], head.scale / 1000
    groove = [max(lip[0] - 0.009, gum[0] + head.lip), lip[1] - 0.012 * head.scale]
    chin = gum + [[head.chin, 0.62 * -head.jaw], [head.chin - 0.006, -0.92 * head.jaw]]
    under = gum + [[head.chin - 0.018, -head.jaw], [-18 * mm, -0.98 * head.jaw]]
    throat = walls.lower[HYOID] + [head.neck + 0.004, -0.008]
    neck = walls.lower[0] + [[head.neck, 0.0], [head.neck - 0.004, -0.12]]
    throat[1] = min(throat[1], under[-1, 1] - 0.004)
    return smooth(
        np.concatenate([[lip, lip + [0.001, -0.003], groove], chin, under, [throat], neck])
    )


def spine(walls: Walls, head: Head) -> list[Region]:
    """Vertebrae, the discs between them, and the cord, along the back wall."""
    top, mm = walls.upper[WALL_TOP - 1], head.scale / 1000
    down = walls.upper[WALL_FOOT] - top
    down = down / np.hypot(*down) * mm
    backward = np.array([down[1], -down[0]])

    front = head.wall / head.scale * 1000 + 1

    def block(depth: tuple[float, float], along: tuple[float, float]) -> Curve:
        corners = [(d, a) for d, a in zip(np.repeat(depth, 2), [*along, *along[::-1]], strict=True)]
        return top + np.array(corners) @ np.array([backward, down])

    bone = (front, front + 16)
    cord = (Material.CORD, block((front + 20, front + 30), (-40.0, 220.0)))
    column = (Material.DISC, block(bone, (-30.0, 220.0)))
    bodies = [block(bone, (at, at + 15)) for at in np.arange(-28.0, 200.0, 19.0).tolist()]
    return [cord, column, *((Material.VERTEBRA, body) for body in bodies)]


def below(walls: Walls, head: Head) -> list[Region]:
    """Floor of the mouth, chin, jaw bone, front of the larynx, trachea."""
    lower, mm = walls.lower, head.scale / 1000
    gum, glottis = lower[LOWER_GUM], walls.upper[0]
    skin = jaw_skin(walls, head)
    bone = gum + [0.25 * head.chin, -0.45 * head.jaw]
    chin = np.concatenate(
        [lower[LOWER_LIP:], skin[: len(skin) // 2], gum + [[0.0, -0.9 * head.jaw], [0, 0]]]
    )
    front = lower[EPIGLOTTIS_BASE::-1]
    away = np.array([[0.0, -0.1]])
    return [
        (Material.FLOOR, np.concatenate([lower, skin, lower[:1] + away])),
        (Material.JAW_BONE, rim(skin, 0.007 * head.scale)),
        (Material.LOWER_LIP, chin),
        (Material.LOWER_LIP, rim(skin, 0.0042 * head.scale)),
        (Material.JAW_BONE, ellipse(bone, 7 * mm, 0.40 * head.jaw, -0.2)),
        (Material.MARROW, ellipse(bone, 3.5 * mm, 0.26 * head.jaw, -0.2)),
        (Material.LARYNX, np.concatenate([front, front[::-1] + [0.5 * head.neck, 0.0]])),
        (
            Material.TRACHEA,
            np.concatenate([lower[:1], [glottis], glottis + away, lower[:1] + away]),
        ),
    ]


def behind(walls: Walls, head: Head) -> list[Region]:
    """Wall of the pharynx, from the nose down behind the larynx."""
    wall = wall_curve(walls)
    above, below = wall[0] + [-0.001, 0.018 * head.scale], wall[-1] + [0.0, -0.1]
    front = np.concatenate([[above], wall, [below]])
    back = np.concatenate([[above], wall[: WALL_TOP - WALL_FOOT + 1], wall[6:7] + [-0.01, -0.13]])
    return [(Material.WALL, np.concatenate([front, back[::-1] - [head.wall, 0.0]]))]


def above(walls: Walls, head: Head) -> list[Region]:
    """Upper lip, incisor, hard palate, velum."""
    upper, mm = walls.upper, head.scale / 1000
    skin = face_skin(walls, head)
    lip = np.concatenate(
        [upper[LIP:], skin[: -len(skin) // 3 : -1], upper[GUM] + mm * np.array([[4, 18]])]
    )
    palate = upper[PALATE_BACK : LIP + 1]
    roof = palate[[0, 3, 5]] + [0.0, head.palate]
    velum = upper[WALL_TOP : PALATE_BACK + 1]
    cap = velum[[0, 2, 4, 6]] + [
        [0.0, 1.1 * head.velum],
        [0, head.velum],
        [0, head.velum],
        [0, head.palate],
    ]
    ridge = upper[LIP] + [[0.0, head.palate + 0.006], [-0.008, head.palate + 0.008]]
    return [
        (Material.UPPER_LIP, lip),
        (Material.PALATE, np.concatenate([palate, ridge, roof[::-1]])),
        (Material.VELUM, np.concatenate([velum, cap[::-1]])),
        (Material.UPPER_TEETH, upper[UPPER_INCISOR]),
    ]


def smooth(points: Curve) -> Curve:
    """Corners cut twice (Chaikin), ends kept."""
    for _ in range(2):
        start, end = points[:-1], points[1:]
        cut = np.stack([0.75 * start + 0.25 * end, 0.25 * start + 0.75 * end], 1).reshape(-1, 2)
        points = np.concatenate([points[:1], cut, points[-1:]])
    return points


def rim(skin: Curve, depth: float) -> Curve:
    """Band under a stretch of skin that runs with the body on its right."""
    along = np.gradient(skin, axis=0)
    inward = np.stack([-along[:, 1], along[:, 0]], 1) / (np.hypot(*along.T)[:, None] + 1e-12)
    return np.concatenate([skin, (skin - depth * inward)[::-1]])


def ellipse(centre: Float[np.ndarray, " 2"], width: float, height: float, lean: float) -> Curve:
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    round_ = np.stack([width * np.cos(turn), height * np.sin(turn)], 1)
    return centre + round_ @ np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]])
