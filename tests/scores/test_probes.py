"""Probes of layers whose contents are known, and likenesses that cannot be otherwise."""

from functools import partial

import numpy as np
import pytest
import simulated

from tractable.scores.evidence import gathered
from tractable.scores.layers import Frames, Layer
from tractable.scores.likeness import alignment, centred
from tractable.scores.probes import TARGETS, Probing, degree, parted, probe, ridge, wanted
from tractable.scores.reference import physics

HOW = Probing(penalties=[1e-6, 1e-3, 0.1, 10.0], parts=2, seed=1)
SPEAKERS, EACH, UNITS = 4, 60, 12


@pytest.fixture
def random():
    return np.random.default_rng(5)


def by_speaker():
    """Every speaker is held out in a fold of their own."""
    speaker = np.repeat(np.arange(SPEAKERS), EACH)
    return Frames(speaker, speaker != np.arange(SPEAKERS)[:, None], speaker)


def by_time():
    """One speaker in four blocks; a frame on either side of each is left out."""
    fold = np.repeat(np.arange(4), EACH)
    apart = np.abs(np.arange(4 * EACH)[:, None] - np.arange(4 * EACH))
    near = np.stack([(apart[fold == k] <= 1).any(0) for k in range(4)])
    return Frames(np.zeros_like(fold), ~near, fold)


def targets(random, count=2):
    return random.normal(size=(SPEAKERS * EACH, count))


def layer(held):
    return Layer("net/hidden 1", "net", np.asarray(held))


def mixed(random, asked, noise=0.0):
    """Units that mix the targets, in every fold's network otherwise."""
    ways = random.normal(size=(4, asked.shape[1], UNITS))
    return asked @ ways + noise * random.normal(size=(4, len(asked), UNITS))


@pytest.mark.parametrize("frames", [by_speaker(), by_time()], ids=["speakers", "blocks of time"])
def test_what_units_mix_is_read_in_every_fold(frames, random):
    asked = targets(random)
    read = HOW.read(layer(mixed(random, asked)), frames, asked)
    np.testing.assert_allclose(read, 1, atol=1e-4)
    assert len(read) == frames.speaker.max() + 1


def test_noise_tells_no_more_than_the_mean(random):
    """And a strong penalty keeps it from telling less."""
    asked, noise = targets(random), random.normal(size=(4, SPEAKERS * EACH, 100))
    read = HOW.read(layer(noise), by_speaker(), asked)
    assert (np.abs(read) < 0.15).all()
    weak = Probing(penalties=[1e-6], parts=2, seed=1)
    assert (weak.read(layer(noise), by_speaker(), asked) < -0.3).all()


def test_who_says_the_mean_of_training_speakers_has_nothing(random):
    """Units that do not move; and a speaker far from the others makes them no better."""
    asked = targets(random)
    asked[:EACH] += 10.0
    read = HOW.read(layer(np.ones((4, len(asked), UNITS))), by_speaker(), asked)
    np.testing.assert_allclose(read, 0, atol=1e-12)


def test_a_code_that_each_speaker_has_alone_is_not_read(random):
    """Learnt on training speakers alone: in the held-out ones it stands on its head."""
    asked, frames = targets(random, 1), by_speaker()
    turned = np.where(frames.trains, 1.0, -1.0)[..., None] * asked
    np.testing.assert_allclose(HOW.read(layer(turned), frames, asked), -3, atol=0.2)


def test_frames_that_are_left_out_of_a_fold_teach_nothing(random):
    asked, frames = targets(random, 1), by_time()
    guard = ~frames.trains & (frames.fold != np.arange(4)[:, None])
    assert guard.any(1).all()
    held = np.broadcast_to(asked, (4, *asked.shape)).copy()
    held[guard] = 1e6
    np.testing.assert_allclose(HOW.read(layer(held), frames, asked), 1, atol=1e-4)


def test_the_control_task_is_read_from_speakers_alone(random):
    """Each speaker has a level: that survives the exchange of frames, and nothing else."""
    frames = by_speaker()
    level = np.array([-3.0, -1.0, 1.0, 3.0])[frames.speaker, None]
    for spread, expected in ((1.0, 0.0), (0.0, 1.0)):
        asked = spread * targets(random, 1) + (1 - spread) * level
        control = np.concatenate(
            [HOW.control(asked[frames.speaker == one], f"s{one}") for one in range(SPEAKERS)]
        )
        assert np.sort(control, 0).tolist() == np.sort(asked, 0).tolist()
        read = HOW.read(layer(mixed(random, asked)), frames, control)
        np.testing.assert_allclose(read, expected, atol=0.2)


def test_an_exchange_keeps_what_is_not_known(random):
    asked = random.normal(size=(50, 2))
    asked[::3, 0] = np.nan
    control = HOW.control(asked, "sim1")
    np.testing.assert_array_equal(np.isnan(control), np.isnan(asked))
    assert (control != asked).any(0).all()
    np.testing.assert_array_equal(control, HOW.control(asked, "sim1"))
    assert not np.array_equal(control, HOW.control(asked, "sim2"), equal_nan=True)


def test_a_frame_without_constriction_is_neither_taught_nor_asked(random):
    asked, frames = targets(random), by_speaker()
    held = np.broadcast_to(asked, (4, *asked.shape)).copy()
    asked[::4, 0] = np.nan
    held[:, ::4, 0] = 50.0  # would spoil what is read of the first target
    read = HOW.read(layer(held), frames, asked)
    assert (read[:, 0] > 0.999).all()
    asked[frames.speaker == 2, 0] = np.nan
    read = HOW.read(layer(held), frames, asked)
    assert np.isnan(read).sum(1).tolist() == [0, 0, 1, 0]


def test_a_fold_without_the_layer_is_not_asked(random):
    asked = targets(random)
    held = mixed(random, asked)
    held[2] = np.nan
    held[..., -3:] = np.nan  # narrower than the widest
    read = HOW.read(layer(held), by_speaker(), asked)
    np.testing.assert_allclose(read[[0, 1, 3]], 1, atol=1e-4)
    assert np.isnan(read[2]).all()


def test_ridge_is_least_squares_with_its_penalty(random):
    held, asked = random.normal(2, [1, 3, 9], (40, 3)), random.normal(size=(40, 2))
    standard = (held - held.mean(0)) / held.std(0)
    for penalty, told in zip((0.0, 0.5), ridge(held, asked, [0.0, 0.5]).tell(held), strict=True):
        normal = standard.T @ standard / 40 + penalty * np.eye(3)
        slope = np.linalg.solve(normal, standard.T @ (asked - asked.mean(0)) / 40)
        np.testing.assert_allclose(told, asked.mean(0) + standard @ slope)


def test_each_target_has_its_own_penalty(random):
    """One target is a unit among many, the other is noise."""
    held = random.normal(size=(200, 30))
    asked = np.stack([held[:, 0], random.normal(size=200)], 1)
    rows, part = np.arange(150), np.arange(150) % 3
    ask = np.arange(150, 200)
    told = probe(held, asked, rows, part, ask, [1e-6, 1e3])
    np.testing.assert_allclose(told[:, 0], asked[ask, 0], atol=1e-3)
    np.testing.assert_allclose(told[:, 1], asked[rows, 1].mean(), atol=1e-2)


def test_parts_are_of_whole_speakers_or_stretches():
    assert parted(np.array([3, 3, 5, 5, 9]), 2).tolist() == [0, 0, 1, 1, 0]
    assert parted(np.zeros(5, int), 2).tolist() == [0, 0, 0, 1, 1]


def test_the_degree_is_that_within_the_constriction():
    """Places 0.1 wide, narrower towards the lips; a narrower constriction than a place is in it."""
    log_area = -np.arange(10.0)[None].repeat(3, 0)
    edges = np.array([[0.25, 0.55], [0.41, 0.43], [np.nan, np.nan]])
    np.testing.assert_array_equal(degree(log_area, edges), [-5, -4, np.nan])


def test_targets_are_the_measured_shape(random):
    stores = simulated.stores(0, 3)
    evidence = gathered("s0", stores, partial(physics, law=simulated.TRUE_LAW))
    asked = dict(zip(TARGETS, wanted(evidence, stores).T, strict=True))
    at, areas = evidence.frames, stores["areas"]
    length = areas.tract_length.values[at]
    cavities = [asked[f"{name} length"] for name in ("back cavity", "constriction", "front cavity")]
    np.testing.assert_allclose(np.sum(cavities, 0), length)
    np.testing.assert_allclose(np.exp(asked["tract length"]), length)
    np.testing.assert_allclose(np.exp(asked["lip area"]), areas.area.values[at, -1])
    middle = (cavities[0] + cavities[1] / 2) / length
    np.testing.assert_allclose(asked["constriction place"], middle)
    assert (np.exp(asked["constriction degree"]) >= areas.area.values[at].min(1) - 1e-12).all()


FRAMES = 60


def turned(held, random):
    """The same turned round, made larger and put elsewhere."""
    way, _ = np.linalg.qr(random.normal(size=(held.shape[1], held.shape[1])))
    return 3 + 7 * held @ way


def test_a_layer_is_like_itself_however_it_is_turned(random):
    held = random.normal(size=(FRAMES, 20))
    found = alignment([held, held, turned(held, random)])
    np.testing.assert_allclose(found, 1)


def test_what_has_nothing_in_common_has_none_however_wide_it_is(random):
    """Without the correction wide layers of few frames would look alike."""
    pairs = [random.normal(size=(2, FRAMES, 300)) for _ in range(20)]
    found = [alignment(list(pair))[0, 1] for pair in pairs]
    assert np.abs(np.mean(found)) < 0.02
    one, other = (of @ of.T for of in pairs[0] - pairs[0].mean(1, keepdims=True))
    assert (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()) > 0.7


def test_half_shared_is_between(random):
    """Two layers of two equal halves, one of them shared: half of each one's size."""
    shared, one, other = random.normal(size=(3, 4000, 5))
    found = alignment([np.hstack([shared, one]), np.hstack([shared, other])])[0, 1]
    assert found == pytest.approx(0.5, abs=0.05)


def test_the_estimate_is_that_of_song_and_others(random):
    held, other = random.normal(size=(9, 4)), random.normal(size=(9, 3))
    one, two = (of @ of.T for of in (held, other))
    for products in (one, two):
        np.fill_diagonal(products, 0)
    n = len(one)
    unbiased = np.trace(one @ two) + one.sum() * two.sum() / ((n - 1) * (n - 2))
    unbiased = (unbiased - 2 / (n - 2) * (one @ two).sum()) / (n * (n - 3))
    np.testing.assert_allclose((centred(held) * centred(other)).sum() / (n * (n - 3)), unbiased)


def test_what_does_not_vary_is_like_nothing(random):
    held = random.normal(size=(FRAMES, 3))
    found = alignment([held, np.ones((FRAMES, 3))])
    np.testing.assert_array_equal(np.isnan(found), [[False, True], [True, True]])
    assert np.isnan(alignment([held[:3], held[:3]])).all()
