"""A made-up head whose tract is a bent channel of known length and width."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from tests.contour_stores import told
from tractable.areas import area_functions, areas_in_stretches, in_stretches
from tractable.areas.uncertainty import area_deviation
from tractable.contracts import CONTOURS, FACE, BadInput, described
from tractable.law import area_of
from tractable.stretches import end_to_end

PARAMS = Path(__file__).parents[2] / "params.yaml"
OPTIONS = yaml.safe_load(PARAMS.read_text())["areas"]
FLARE = OPTIONS["geometry"]["flare"]
MOUTH, BEND, THROAT = 0.06, 0.03, 0.05  # m: straight, quarter circle of that radius, straight
WIDTH = 0.02


def tract(width_at_lips=WIDTH, width_at_glottis=WIDTH, gap=0.0):
    """Boundaries from lips (left) to glottis (below), each as a (point, axis) array."""
    angle = np.linspace(-np.pi / 2, 0, 50)[:, None]
    arc = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    along = np.linspace(0, 1, 60)[:, None]
    lips, throat = np.array([[-MOUTH, 0.0]]), np.array([[0.0, THROAT]])
    walls = {}
    for name, side in (("outer", 1), ("inner", -1)):
        half = side * np.array([width_at_lips, WIDTH, width_at_glottis]) / 2
        start, corner = lips + [0, -BEND - half[0]], (BEND + half[1]) * arc
        end = throat + [BEND + half[2], 0]
        mouth = start + along * (corner[:1] - start)
        pharynx = corner[-1:] + along * (end - corner[-1:])
        walls[name] = np.concatenate([mouth, corner, pharynx]) + 0.1
    velum = np.hypot(*(walls["outer"] - walls["outer"][85]).T) < gap
    upper, wall = walls["outer"][:85], walls["outer"][80:]
    return {"upper": upper, "lower": walls["inner"], "wall": wall[~velum[80:]]}


def contours(frames, clip=None, refused=None):
    """A CONTOURS dataset of the given boundaries, one dictionary a frame."""
    n = len(frames)
    points = max(len(curve) for frame in frames for curve in frame.values())
    boundary = np.full((n, 3, points, 2), np.nan)
    for row, frame in zip(boundary, frames, strict=True):
        for place, curve in zip(row, frame.values(), strict=True):
            place[: len(curve)] = curve
    variables = {
        "time": np.arange(n) / 83.28,
        "clip_of": np.zeros(n, int) if clip is None else np.array(clip),
        "phone": np.full(n, "a"),
        "tissue": np.array(["upper", "lower", "wall"]),
        "axis": np.array(["x", "y"]),
        "boundary": boundary,
        **told(boundary),
        "x": np.arange(2.0),
        "y": np.arange(2.0),
        "tissue_map": np.zeros((n, 2, 2), np.uint8),
        "refused": np.array([""] * n if refused is None else refused),
    }
    calibration = {"corpus": "made up", "speaker": "one", "pixel_spacing": 0.0024}
    return described(CONTOURS, variables, **calibration, frame_rate=83.28)


def measured(*frames, clip=None, refused=None, **options):
    return area_functions(contours(frames, clip, refused), **{**OPTIONS, **options})


def test_stretches_of_time_are_the_whole(monkeypatch):
    """Whatever their length: smoothing knows what lies beside them, and where clips meet."""
    widths = 0.01 + 0.01 * np.random.default_rng(0).random(11)
    store = contours(
        [tract(w, w) for w in widths], [0] * 5 + [1] * 6, [""] * 7 + ["lost"] + [""] * 3
    )
    options = {**OPTIONS, "smoothing": 5}
    whole = area_functions(store, **options)
    for frames in (1, 3, 11):
        monkeypatch.setattr(in_stretches, "frames_at_once", lambda _, most=frames: most)
        found = list(areas_in_stretches(store, **options))
        assert [one.sizes["time"] for one in found][:-1] == [frames] * ((11 - 1) // frames)
        xr.testing.assert_identical(end_to_end(found), whole)


def test_length_and_width_of_a_bent_tract():
    found = measured(tract())
    assert found.refused.values[0] == ""
    length = MOUTH + BEND * np.pi / 2 + THROAT - FLARE
    assert float(found.tract_length[0]) == pytest.approx(length, rel=0.01)
    np.testing.assert_allclose(found.distance[0], WIDTH, rtol=0.05)
    np.testing.assert_allclose(found.place, (np.arange(40) + 0.5) / 40)


def test_skin_of_the_face_is_no_wall():
    """Forehead and chin before the lips, 5 cm of each: the tract stays what it is, to the bit."""
    skin = np.linspace(0.05, 0, 51)[:-1, None] * [0.0, 1.0]
    bare, faced = tract(), tract()
    faced["upper"] = np.concatenate([bare["upper"][:1] - skin, bare["upper"]])
    faced["lower"] = np.concatenate([bare["lower"][:1] + skin, bare["lower"]])
    store = contours([faced])
    store.articulator[:, :2, : len(skin)] = FACE
    same = area_functions(store, **OPTIONS)
    for name in ("distance", "midline", "tract_length"):
        np.testing.assert_array_equal(same[name], measured(bare)[name])


def test_glottis_comes_first():
    """Wide at the lips, narrow at the glottis: a flipped tract is wrong at both ends."""
    found = measured(tract(width_at_lips=0.03, width_at_glottis=0.006))
    assert float(found.distance[0, 0]) == pytest.approx(0.006, rel=0.1)
    assert float(found.distance[0, -1]) == pytest.approx(0.03, rel=0.1)
    np.testing.assert_allclose(found.midline[0, 0], [0.13, 0.15], atol=3e-3)  # the glottis
    np.testing.assert_allclose(found.midline[0, -1], [0.04, 0.07], atol=7e-3)  # the lips
    backwards = {name: curve[::-1] for name, curve in tract(0.03, 0.006).items()}
    flipped = measured(backwards)
    assert flipped.refused.values[0] or float(flipped.distance[0, 0]) > 0.02


def test_points_in_another_order_of_fineness_measure_the_same():
    coarse = {name: curve[:: len(curve) // 20] for name, curve in tract().items()}
    fine, rough = measured(tract()), measured(coarse)
    assert float(rough.tract_length[0]) == pytest.approx(float(fine.tract_length[0]), rel=0.02)


def test_area_is_alpha_d_to_the_beta_in_centimetres():
    distance = np.array([0.01, 0.02, 0.02])
    law = {"place": [0.0, 1.0], "alpha": [1.5, 2.5], "beta": [2.0, 1.0]}
    area = area_of(distance, np.array([0.0, 0.0, 1.0]), law)
    np.testing.assert_allclose(area, [1.5e-4, 6e-4, 5e-4])


def test_laws_are_chosen_by_name():
    maeda, textbook = measured(tract(), law="maeda"), measured(tract(), law="textbook")
    np.testing.assert_allclose(textbook.area, 1.5 * textbook.distance.values**2)
    assert maeda.attrs["law"] == "maeda"
    assert float(maeda.area[0, 0]) == pytest.approx(1e-4 * 1.8 * 2**1.2, rel=0.05)


def test_closure_has_the_floor_distance():
    closed = tract()
    closed["lower"][30:40] = closed["upper"][30:40] + [0, 2e-4]  # a little into the palate
    found = measured(closed, smoothing=1)
    assert found.refused.values[0] == ""
    assert float(found.distance.min()) == OPTIONS["floor"]


def test_a_tongue_that_fills_a_pocket_of_the_palate_closes_the_tract():
    """The bridge over it, 8 mm wide and 4 mm deep, cuts off the tongue: walls seem to overlap."""
    closed, slope = tract(), [0.0, 0.01]
    shore = np.array([[0.07, 0.06], [0.07, 0.056], [0.078, 0.056], [0.078, 0.06]])
    tongue = np.concatenate([shore[:1] + slope, shore, shore[-1:] + slope])
    for tissue, part in (("upper", shore), ("lower", tongue)):
        closed[tissue] = np.concatenate([closed[tissue][:30], part, closed[tissue][38:]])
    found = measured(closed, smoothing=1)
    assert found.refused.values[0] == ""
    assert float(found.distance.min()) == OPTIONS["floor"]
    strict = measured(closed, limits={**OPTIONS["limits"], "overlap": 0.001})
    assert strict.refused.values[0] == "walls overlap"


def test_what_lies_above_the_velum_is_no_part_of_the_tract():
    """The back wall goes on up into the nose."""
    nose = tract()
    up = nose["wall"][0] - [0, 1] * np.linspace(0.03, 0.001, 30)[:, None]
    nose["wall"] = np.concatenate([up, nose["wall"]])
    there, with_nose = measured(tract()), measured(nose)
    np.testing.assert_allclose(with_nose.distance, there.distance, rtol=0.02)


def test_smoothing_stays_within_a_clip_and_known_frames():
    narrow, wide = tract(), tract(0.03, 0.03)
    frames = [narrow, narrow, wide, wide, wide, narrow]
    found = measured(
        *frames, clip=[0, 0, 1, 1, 1, 1], refused=["", "", "", "blurred", "", ""], smoothing=3
    )
    lips = found.distance.values[:, -1]
    apart = measured(narrow, wide, clip=[0, 1]).distance.values[:, -1]
    np.testing.assert_allclose(lips[:3], apart[[0, 0, 1]])
    assert np.isnan(lips[3])
    assert apart[0] < lips[5] < lips[4] < apart[1]
    assert np.isnan(found.tract_length.values[3])
    assert np.isnan(found.midline.values[3]).all()


def test_reasons():
    """Each fault has its own reason; the contours' own reason goes first."""
    nothing = {name: np.full((3, 2), np.nan) for name in tract()}
    hole = tract()
    hole["lower"] = np.delete(hole["lower"], slice(5, 50), axis=0)
    cases = {
        "blurred": tract(),
        "no boundary of tissue 'upper'": nothing,
        "gap in the lower boundary": hole,
        "gap in the upper boundary or back wall": {**tract(), "wall": tract()["wall"][40:]},
        "walls overlap": {**tract(), "lower": tract()["lower"] + [0, -0.03]},
        "tract too long": {name: 2 * curve for name, curve in tract().items()},
        "tract too short": {name: 0.5 * curve for name, curve in tract().items()},
    }
    found = measured(
        *cases.values(),
        refused=["blurred"] + [""] * 6,
        limits={**OPTIONS["limits"], "gap": 0.02},
    )
    assert found.refused.values.tolist() == list(cases)
    assert np.isnan(found.distance).all()
    assert np.isnan(found.area).all()


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"law": "sundberg"}, "no law 'sundberg'; there are maeda, textbook"),
        ({"smoothing": 4}, "smoothing is 4"),
        ({"geometry": {**OPTIONS["geometry"], "flair": 0.0}}, "did you mean 'flare'"),
        ({"limits": {**OPTIONS["limits"], "gaps": 0.0}}, "did you mean 'gap'"),
        ({"ends": {"lips": 0.0, "glotis": 0.0}}, "did you mean 'glottis'"),
        ({"laws": {"maeda": {"place": [0.0], "alpha": [1.0, 2.0], "beta": [1.0]}}}, "a law has"),
    ],
)
def test_wrong_parameters_are_named(wrong, message):
    with pytest.raises(BadInput, match=message):
        measured(tract(), **wrong)


def test_a_tissue_must_be_there():
    data = contours([tract()])
    with pytest.raises(BadInput, match="without tissue wall"):
        area_functions(data.isel(tissue=[0, 1]), **OPTIONS)


def told_of_walls(**options):
    """Outer wall uncertain by 0.3 mm, inner by 0.4 mm."""
    store = contours([tract()])
    sd = store.boundary_sd.copy()
    sd.loc[{"tissue": ["upper", "wall"]}] = 0.3e-3
    sd.loc[{"tissue": "lower"}] = 0.4e-3
    return area_functions(store.assign(boundary_sd=sd), **{**OPTIONS, **options})


def test_distances_are_as_uncertain_as_both_walls_together():
    """0.5 mm across, half as much from each end of the tract."""
    found = told_of_walls(ends={"lips": 0.0, "glottis": 0.0})
    np.testing.assert_allclose(found.distance_sd, 0.5e-3)
    np.testing.assert_allclose(found.tract_length_sd, np.hypot(0.25e-3, 0.25e-3))


def test_length_is_as_uncertain_as_its_ends_along_the_tract():
    """Ends of 2 and 3 mm beside the walls' quarter millimetres; distances know nothing of it."""
    found = told_of_walls(ends={"lips": 2e-3, "glottis": 3e-3})
    np.testing.assert_allclose(found.distance_sd, 0.5e-3)
    np.testing.assert_allclose(found.tract_length_sd, 1e-3 * np.sqrt(4 + 9 + 0.125))


def test_uncertainty_is_that_of_the_place():
    """A pharynx seen badly is uncertain at the glottis and not at the lips."""
    store = contours([tract()])
    sd = store.boundary_sd.copy()
    sd.loc[{"tissue": "wall"}] = 3e-3
    found = area_functions(store.assign(boundary_sd=sd), **OPTIONS)
    np.testing.assert_allclose(found.distance_sd[0, [0, -1]], np.hypot([3e-3, 1e-3], 1e-3))


def test_areas_vary_as_distances_do_by_the_law():
    """Distances drawn at random, with the deviation that was told: so do their areas vary."""
    random, place = np.random.default_rng(0), np.array([0.3, 0.9])
    distance, sd = np.array([[0.012, 0.02]]), np.array([[0.4e-3, 0.8e-3]])
    law = OPTIONS["laws"]["maeda"]
    drawn = area_of(distance + sd * random.standard_normal((20_000, 2)), place, law)
    np.testing.assert_allclose(area_deviation(distance, sd, place, law)[0], drawn.std(0), rtol=0.02)


def test_a_closure_has_an_area_that_may_be_open():
    law = OPTIONS["laws"]["maeda"]
    sd = area_deviation(np.array([[0.5e-3]]), np.array([[1e-3]]), np.array([0.8]), law)
    assert sd > area_of(np.array([[0.5e-3]]), np.array([0.8]), law)


def test_what_was_refused_has_no_uncertainty():
    found = measured(tract(), tract(), refused=["", "blurred"], smoothing=1)
    for name in ("distance_sd", "area_sd", "tract_length_sd"):
        assert np.isnan(found[name][1]).all()
        assert np.isfinite(found[name][0]).all()
