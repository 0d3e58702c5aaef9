"""V9.6: a speaker whose tongue carries the lip by a known share, and one who has nothing to fit."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from tests.moved import MM, RATE
from tractable.contracts import BadInput
from tractable.movement.coupling import Coupling, Utterance
from tractable.movement.laws import coupled
from tractable.movement.planted import coupled_utterances
from tractable.scores.coupling import (
    BY_LAW,
    IN_MISFIT,
    LED,
    PLANTED,
    WITHOUT,
    ArticulatorCoupling,
    Fitted,
    Piece,
    Pieces,
    coupling_scores,
    couplings_of,
    fits_of_plants,
    in_misfit,
    phrases,
    planted,
)
from tractable.scores.recovery import PLACES

TONGUE, LIP = "tongue body constriction degree", "lip aperture"
LEAD, LEVEL = 0.048, 0.1  # s; mm
ASKED = ArticulatorCoupling(
    pairs=[[TONGUE, LIP]],
    leads=[0.024, LEAD],
    most=60,
    surrogates=2,
    least=6,
    strength=0.5,
    law="target",
    parameter=5.0,
    ahead=0.024,
    seed=1,
)
THERE, BACK = "V9 coupling tongue body to lip", "V9 coupling lip to tongue body"
PLANT = "V9 planted coupling tongue body to lip"
COUNT, PHONES, LASTS, PAUSE = 12, 3, 14, 16  # phrases, phones of each; frames of a phone, a pause


def labels() -> np.ndarray:
    """Phrases of three phones between pauses."""
    phrase = [""] * PAUSE + [phone for phone in "aki" for _ in range(LASTS)]
    return np.array(phrase * COUNT + [""] * PAUSE)


def contours(strength: float, seed: int = 0, **labelled: np.ndarray) -> xr.Dataset:
    """The lip takes on so much of the tongue's movement; both are asked of all that is said."""
    random, phone = np.random.default_rng(seed), labels()
    changes = np.flatnonzero(phone[1:] != phone[:-1]) + 1
    times = (changes - 0.5) / RATE - LEAD
    targets = tuple(random.uniform(-4, 4, len(times) + 1) for _ in range(2))
    path = coupled.movements(
        np.array([28.0**2, 34.0**2]),
        np.array([0.0, strength]),
        start=np.zeros(4),
        targets=targets,
        switches=(times, times),
        frame_rate=RATE,
        frames=len(phone),
    )
    degree = np.full((len(phone), len(PLACES)), 12.0)
    at = [list(PLACES).index(name) for name in (TONGUE, LIP)]
    degree[:, at] += path.T + LEVEL * random.standard_normal(path.T.shape)
    along = {"phone": phone, "clip_of": np.zeros(len(phone), int)} | labelled
    parts = {
        "constriction_degree": (("time", "constriction"), MM * degree),
        "closed": (("time", "constriction"), np.zeros(degree.shape, "int8")),
        "refused": ("time", np.full(len(phone), "")),
    }
    coords = {name: ("time", values) for name, values in along.items()}
    coords["constriction"] = list(PLACES.values())
    return xr.Dataset(parts, coords, {"frame_rate": RATE})


def dynamics(level: float = LEVEL) -> xr.Dataset:
    """White noise of plateaus of so many mm."""
    covariance = np.tile([(MM * level) ** 2, 0.0], (len(PLACES), 1))
    return xr.Dataset(
        {"noise_autocovariance": (("variable", "lag"), covariance)},
        {"variable": list(PLACES)},
        {"speaker": "s0"},
    )


def told(found: xr.Dataset, asked: ArticulatorCoupling = ASKED, **noise: float) -> dict[str, dict]:
    return {
        score.name: dict(zip(score.value.model.values, score.value.values.ravel(), strict=True))
        for score in coupling_scores(found, dynamics(**noise), asked)
    }


@pytest.fixture(scope="module")
def carried():
    return told(contours(0.5))


def test_the_tongue_carries_the_lip_and_not_the_other_way_round(carried):
    assert carried[THERE]["measured_utterances"] == pytest.approx(0.5, abs=0.06)
    assert carried[BACK]["measured_utterances"] == pytest.approx(0, abs=0.06)


def test_exchanged_utterances_have_less(carried):
    assert abs(carried[THERE]["exchanged_utterances"]) < 0.25


def test_the_lead_of_movement_before_its_labels_is_found(carried):
    assert carried["V9 lead of movement before labels (ms), tongue body and lip"] == {
        "measured_utterances": 1e3 * LEAD
    }


@pytest.mark.parametrize("leads, at_end", [([0.024, 0.036, LEAD], 1), ([0.024, LEAD, 0.072], 0)])
def test_a_lead_at_an_end_of_its_search_is_said(leads, at_end):
    scores = told(contours(0.5), replace(ASKED, leads=leads))
    edge = scores["V9 lead at an end of its search, tongue body and lip"]
    assert edge == {"measured_utterances": at_end}


def test_no_lead_wins_by_the_labels_that_it_leaves_out():
    """With a lead of .2 s most pieces lose labels, and with them what they cannot explain."""
    scores = told(contours(0.5), replace(ASKED, leads=[LEAD, 0.2]))
    lead = scores["V9 lead of movement before labels (ms), tongue body and lip"]
    assert lead == {"measured_utterances": 1e3 * LEAD}


def test_noise_alone_is_left_and_no_utterance_is(carried):
    misfit = carried["V9 misfit of coupled movement (mm), tongue body and lip"]
    assert misfit["measured_utterances"] == pytest.approx(LEVEL, rel=0.15)
    assert carried["V9 utterances in coupling, tongue body and lip"]["measured_utterances"] == COUNT


def test_who_moves_apart_has_no_coupling_and_so_have_plants_without():
    scores = told(contours(0.0))
    assert scores[THERE]["measured_utterances"] == pytest.approx(0, abs=0.06)
    assert scores[PLANT][PLANTED] == pytest.approx(0.5, abs=0.06)
    assert scores[THERE][WITHOUT] == pytest.approx(0, abs=0.06)
    for name in (BY_LAW, *LED):
        assert scores[THERE][name] == pytest.approx(0, abs=0.15)
    for found in scores["V9 planted coupling lip to tongue body"].values():
        assert found == pytest.approx(0, abs=0.15)


def test_plants_are_as_rough_as_fits_leave_what_was_said():
    """Plateaus know a tenth of the noise: plants with theirs are found closer by far."""
    found = [told(contours(0.5, seed), level=LEVEL / 10)[PLANT] for seed in range(3)]
    away = {name: max(abs(of[name] - 0.5) for of in found) for name in (PLANTED, IN_MISFIT)}
    assert 4 * away[PLANTED] < away[IN_MISFIT] < 0.1


def test_a_lip_that_moves_first_is_not_carried():
    """By 36 ms; one lead for both is wrong then, and makes no coupling."""
    found = contours(0.0)
    at = list(PLACES).index(LIP)
    lip = found.constriction_degree.values[:, at]
    found["constriction_degree"][:, at] = np.roll(lip, -3)
    scores = told(found)
    assert scores[THERE]["measured_utterances"] == pytest.approx(0, abs=0.06)
    misfit = scores["V9 misfit of coupled movement (mm), tongue body and lip"]
    assert misfit["measured_utterances"] > 2 * LEVEL


QUIET = 1e-12  # mm2


def speech(alike: float = 0.0, count: int = 3, noise: float = QUIET) -> Pieces:
    """Pieces that stand at other places a little after a label changes, and hardly any noise.

    ``alike``: share of the second variable's places that are the first one's.
    """
    random, labels = np.random.default_rng(5), np.array([0.2, 0.4, 0.6])
    stands = np.searchsorted(labels + 0.03, np.arange(70) / RATE)
    made = []
    for _ in range(count):
        one, other = random.uniform(5, 12, (2, 4))
        places = np.stack([one, alike * one + (1 - alike) * other])
        made.append(Piece(places[:, stands], labels, 69 / RATE))
    return Pieces(made, np.array([[noise, 0.0], [noise, 0.0]]), RATE)


def plants(name: str, moved: Pieces, **options) -> list[Utterance]:
    """Of a speaker without coupling, who moves critically damped."""
    fit = Coupling(np.full(2, 30.0**2), np.zeros(2), np.zeros(2), np.array(moved.level))
    known = Fitted(LEAD, [piece.with_lead(LEAD) for piece in moved.pieces], fit)
    random = np.random.default_rng(0)
    return planted(name, moved, known, replace(ASKED, **options), moved.covariance, random)


def plant(name: str, **options) -> Utterance:
    """The first piece of a plant."""
    return plants(name, speech(), **options)[0]


def begins(row: np.ndarray) -> float:
    """When a variable has left the place where it stood [s]."""
    return np.flatnonzero(abs(row - row[0]) > 0.02 * np.ptp(row))[0] / RATE


@pytest.mark.parametrize("name, early", [(name, (sign, -sign)) for name, sign in LED.items()])
def test_in_two_plants_one_sets_out_before_the_other(name, early):
    """By as much as is asked, while the fit is told of one lead for both."""
    together, apart = plant(WITHOUT), plant(name, ahead=0.096)
    for row, other, sign in zip(together.position, apart.position, early, strict=True):
        assert begins(row) - begins(other) == pytest.approx(sign * 0.048, abs=1.1 / RATE)
    for one, two in zip(apart.switches, together.switches, strict=True):
        np.testing.assert_array_equal(one, two)
    same = plant(name, ahead=0.0)
    np.testing.assert_allclose(same.position, together.position, atol=1e-9)


def test_one_lead_for_both_is_taken_for_coupling_where_places_are_alike():
    """Its sign is that of the lead: plants are wanted in which either of them leads."""
    moved = speech(alike=0.8, count=12, noise=1e-4)
    first, second = (moved.fit(plants(name, moved)).coupling[0] for name in LED)
    assert second < -0.1 < 0.1 < first
    assert abs(moved.fit(plants(WITHOUT, moved)).coupling).max() < 0.01


def test_draws_of_a_plant_differ_and_their_mean_is_told():
    moved = speech(count=8, noise=0.01)
    found = moved.fitted([LEAD])
    fits = fits_of_plants(moved, found, replace(ASKED, surrogates=3), 7)
    seen = couplings_of(moved, found, fits, replace(ASKED, surrogates=3))
    for name, draws in fits.items():
        assert len({fit.coupling[0] for fit in draws}) == 3
        mean = np.mean([fit.coupling for fit in draws], 0)
        np.testing.assert_array_equal(seen[name], mean)


def test_plants_differ_by_law_and_by_coupling():
    plain = plant(WITHOUT).position
    for name in (BY_LAW, PLANTED):
        assert abs(plant(name).position - plain).max() > 0.1
    np.testing.assert_allclose(plant(PLANTED).position[0], plain[0], atol=1e-4)


def test_plants_leave_as_much_as_was_said_though_targets_take_a_part_of_noise_that_lasts():
    random = np.random.default_rng(3)
    lasting = 0.01 * np.tile(0.9 ** np.arange(40), (2, 1))
    moved = speech()._replace(covariance=lasting)
    rough = [piece.with_lead(LEAD) for piece in moved.pieces] * 4
    known = Coupling(np.full(2, 30.0**2), np.zeros(2), np.zeros(2), np.full(2, 0.1))
    said = coupled_utterances(rough, known.stiffness, np.zeros(2), lasting, RATE, random)
    found = Fitted(LEAD, said, moved.fit(said))
    noise = in_misfit(moved, found, random.spawn(8))
    made = [
        moved.fit(
            coupled_utterances(said, found.fit.stiffness, np.zeros(2), noise, RATE, own)
        ).residual
        for own in random.spawn(8)
    ]
    np.testing.assert_allclose(np.mean(made, 0), found.fit.residual, rtol=0.1)
    assert (noise[:, 0] > 1.3 * found.fit.residual**2).all()


def test_a_lead_is_no_end_where_there_are_but_two():
    edge = told(contours(0.5))["V9 lead at an end of its search, tongue body and lip"]
    assert np.isnan(edge["measured_utterances"])


def test_only_what_is_planted_has_a_known_coupling():
    scores = coupling_scores(contours(0.0), dynamics(), ASKED)
    ceilings = {score.name: float(score.ceiling.max()) for score in scores}
    assert ceilings.pop(PLANT) == ASKED.strength
    assert np.isnan(list(ceilings.values())).all()


def test_contact_and_refused_frames_cut_utterances_in_two():
    found = contours(0.0)
    found["closed"][PAUSE + 20, list(PLACES).index(LIP)] = 1
    found["refused"][PAUSE + 80] = "blurred"
    found["constriction_degree"][[PAUSE + 20, PAUSE + 80]] = 1.0  # a metre: nobody may look
    scores = told(found)
    count = scores["V9 utterances in coupling, tongue body and lip"]["measured_utterances"]
    assert count == COUNT + 2
    assert abs(scores[THERE]["measured_utterances"]) < 0.06


@pytest.mark.parametrize(
    "found, noise",
    [
        (contours(0.0, phone=np.full(len(labels()), "")), {}),
        (contours(0.0, phone=np.full(len(labels()), "a")), {}),
        (contours(0.0, clip_of=np.arange(len(labels()))), {}),
        (contours(0.0), {"level": np.nan}),
        (contours(0.0).isel(time=slice(4 * (PAUSE + PHONES * LASTS))), {}),
    ],
    ids=["no label", "no pause", "no clip", "no plateau", "too few"],
)
def test_where_nothing_can_be_fitted_there_is_no_coupling_and_no_error(found, noise):
    scores = told(found, **noise)
    count = scores.pop("V9 utterances in coupling, tongue body and lip")["measured_utterances"]
    assert count < ASKED.least or noise
    assert len(scores) == 7
    assert all(np.isnan(list(of.values())).all() for of in scores.values())


def test_more_utterances_than_are_asked_are_drawn():
    few = replace(ASKED, most=8, leads=[0.036, LEAD, 0.06])
    scores = told(contours(0.5), few)
    assert scores["V9 utterances in coupling, tongue body and lip"]["measured_utterances"] == 8
    assert scores == told(contours(0.5), few)


def test_phrases_go_from_pause_to_pause_of_a_clip():
    phone = np.array([*"a", "", "", *"bbc", "", "", *"d", "", "", *"e"])
    clip = np.repeat([0, 1], [8, 4])
    (found,) = phrases(phone, clip)
    assert found.frames == slice(2, 7)
    assert found.changes.tolist() == [1, 3, 4]


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"pairs": [[TONGUE, "lip apperture"]]}, "did you mean 'lip aperture'"),
        ({"pairs": [[LIP, LIP]]}, "two different variables"),
        ({"leads": []}, "leads: there is none"),
        ({"surrogates": 0}, "surrogates: 0, at least 1"),
        ({"least": 1}, "least: 1, at least 2"),
        ({"law": "taget"}, "did you mean 'target'"),
    ],
)
def test_what_cannot_be_asked_is_refused(wrong, said):
    with pytest.raises(BadInput, match=said):
        replace(ASKED, **wrong)
