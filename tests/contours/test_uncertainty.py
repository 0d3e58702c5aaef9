"""Intervals that hold nine tenths, whatever errors and doubts they were learnt from."""

import json

import numpy as np
import pytest
import torch
import yaml

from tests.project import ROOT
from tractable.atlas import build
from tractable.contours import RELEASED_OPTIONS
from tractable.contours.boundaries import Traced
from tractable.contours.calibration import (
    SHOTS,
    Errors,
    Pair,
    calibrate,
    fitted,
    of_one_clip,
    release_calibration,
    rendered_clips,
    thresholds,
)
from tractable.contours.uncertainty import (
    CALIBRATION,
    Calibration,
    calibration_in,
    deviation,
    root_mean_square,
)
from tractable.contracts import ARTICULATORS, CONSTRICTIONS, BadInput
from tractable.intervals import NINE_TENTHS
from tractable.segmenter import RELEASED, network_in
from tractable.segmenter.preparation import GRID
from tractable.segmenter.release import WEIGHTS

CHOICES = ROOT / "stages" / "segmenter" / "params.yaml"
TONGUE, WALL = (1 + ARTICULATORS.index(name) for name in ("tongue", "wall"))
PLANTED = {TONGUE: (2e-3, 1.5), WALL: (5e-4, 0.0)}  # scale [m] and power


@pytest.fixture(scope="module")
def errors():
    """Doubts of a third of a pixel to two pixels; errors of Laplace's distribution."""
    random = np.random.default_rng(0)
    code = np.repeat(list(PLANTED), 20_000).astype("int8")
    doubt = GRID * np.exp(random.uniform(-1, 0.7, len(code)))
    scale, power = np.array([PLANTED[k] for k in code]).T
    sd = scale * (doubt / GRID) ** power
    return Errors(code, doubt, abs(random.laplace(0, sd / np.sqrt(2))))


@pytest.fixture(scope="module")
def calibration(errors):
    return Calibration(*fitted(errors), np.full(len(CONSTRICTIONS), 1e-3))


def test_a_planted_law_is_found_again(calibration):
    for code, (scale, power) in PLANTED.items():
        assert calibration.scale[code - 1] == pytest.approx(scale, rel=0.03)
        assert calibration.power[code - 1] == pytest.approx(power, abs=0.03)
    assert np.isnan(calibration.scale[0])


@pytest.mark.parametrize("kind", ["laplace", "normal"])
def test_nine_tenths_lie_within_at_every_doubt(kind, errors, calibration):
    sd = deviation(errors.articulator, errors.doubt, calibration)
    drawn = getattr(np.random.default_rng(1), kind)(0, sd * (1 if kind == "normal" else 0.5**0.5))
    for code in PLANTED:
        for low, high in [(0.3, 0.6), (0.6, 1.0), (1.0, 2.1)]:
            here = (errors.articulator == code) & (errors.doubt > low * GRID)
            here &= errors.doubt < high * GRID
            assert 0.88 < (abs(drawn) < NINE_TENTHS * sd)[here].mean() < 0.93


def test_what_has_no_error_has_none():
    codes = np.array([0, 1, TONGUE], "int8")
    given = Calibration(np.full(9, 1e-3), np.full(9, 1.0), np.zeros(4))
    given.scale[0] = np.nan
    sd = deviation(codes, np.array([np.nan, GRID, 2 * GRID]), given)
    np.testing.assert_allclose(sd, [np.nan, np.nan, 2e-3])


def test_the_root_mean_square_leaves_the_face_out():
    codes = np.array([[[1, TONGUE, TONGUE, 0]], [[1, 0, 0, 0]]], "int8")
    sd = np.array([[[np.nan, 3e-3, 4e-3, np.nan]], np.full((1, 4), np.nan)], "float32")
    np.testing.assert_allclose(root_mean_square(sd, codes), [12.5e-6**0.5, np.nan])


def degrees(of: np.ndarray) -> Traced:
    nothing = {name: np.zeros(0) for name in Traced._fields}
    return Traced(**nothing | {"degree": np.tile(of[:, None], (1, len(CONSTRICTIONS)))})


def test_the_threshold_parts_closed_from_open():
    true = np.repeat([0.0, 5e-3], 50)
    found = np.concatenate([np.linspace(0, 0.9e-3, 50), np.linspace(1.2e-3, 5e-3, 50)])
    limit = thresholds(Pair(degrees(found), degrees(true)), 7.5e-4)
    assert ((limit > 0.9e-3) & (limit <= 1.2e-3)).all()


def test_a_calibration_stays_with_its_weights(calibration, tmp_path):
    (tmp_path / WEIGHTS).write_bytes(b"some")
    release_calibration(calibration, {}, tmp_path)
    again = calibration_in(tmp_path)
    np.testing.assert_allclose(again.scale, calibration.scale, rtol=0.01)
    np.testing.assert_allclose(again.closed, calibration.closed)
    (tmp_path / WEIGHTS).write_bytes(b"others")
    with pytest.raises(BadInput, match=rf"{CALIBRATION}.*other weights.*calibration\.py"):
        calibration_in(tmp_path)


def test_the_whole_way_from_an_atlas_to_a_calibration(tmp_path):
    """The same twice, and complete."""
    torch.set_default_dtype(torch.float32)
    choices = yaml.safe_load(CHOICES.read_text())
    atlas = build(**choices["atlas"] | {"anatomies": 3, "shapes_per_anatomy": 2})
    training = choices["segmenter"] | {"held_out": 2}
    options = choices["calibration"] | {"clips": 2, "frames": 4}
    (tmp_path / WEIGHTS).write_bytes(b"")
    texts = []
    for _ in range(2):
        release_calibration(*calibrate(network_in(RELEASED), atlas, training, **options), tmp_path)
        texts.append((tmp_path / CALIBRATION).read_text())
    assert texts[0] == texts[1]
    told = json.loads(texts[0])
    assert list(told["closed"]) == list(CONSTRICTIONS)
    assert list(told["on_held_out_anatomies"]["closures"]) == list(CONSTRICTIONS)


def test_the_released_one_is_of_the_released_weights_and_holds():
    assert np.isfinite(calibration_in(RELEASED).scale[1:]).all()
    folder = ROOT / "src" / "tractable" / "segmenter" / "released"
    told = json.loads((folder / CALIBRATION).read_text())["on_held_out_anatomies"]
    assert all(0.85 <= share <= 0.955 for share in told["coverage"].values())


def test_it_was_calibrated_with_the_tracing_that_is_used():
    choices = yaml.safe_load(CHOICES.read_text())["calibration"]
    used = choices["tracing"] | {name: choices[name] for name in ("clip_share", "smoothing")}
    assert used == {name: RELEASED_OPTIONS[name] for name in used}


def test_a_clip_is_one_person_in_one_scanner():
    """Each range drawn from once, and only what moves left as it was."""
    choices = yaml.safe_load(CHOICES.read_text())["segmenter"]
    random = np.random.default_rng(0)
    person, scanner = (of_one_clip(choices[name], random) for name in ("variety", "conditions"))
    ranges = {name: of for name, of in (person | scanner).items() if isinstance(of, list)}
    moving = {name for name, (low, high) in ranges.items() if low != high}
    assert moving == {"port", "hang"}
    assert all(low == high for low, high in person["proportions"].values())
    assert {person["clefts"], person["leaves"], scanner["masked"]} <= {0.0, 1.0}
    noise = [of_one_clip(choices["conditions"], random)["noise"][0] for _ in range(400)]
    low, high = choices["conditions"]["noise"]
    assert np.median(noise) == pytest.approx(np.sqrt(low * high), rel=0.15)


def test_shots_of_a_head_differ_in_noise_alone():
    torch.set_default_dtype(torch.float32)
    choices = yaml.safe_load(CHOICES.read_text())
    atlas = build(**choices["atlas"] | {"anatomies": 2, "shapes_per_anatomy": 2})
    ((image, share),) = rendered_clips(atlas, choices["segmenter"], 1, 4, seed=1)
    assert len(image) == SHOTS * len(share)
    heads = image[:, 0].unflatten(0, (4, SHOTS))
    within = (heads[:, 0] - heads[:, 1]).square().mean()
    assert 0 < within < 0.3 * (heads[0] - heads[1]).square().mean()
