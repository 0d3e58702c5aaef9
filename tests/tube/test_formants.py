"""Resonances against closed forms, laws that cannot be otherwise, and the torch reference."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.project import ROOT
from tractable.constants import SOUND_SPEED
from tractable.contracts import BadInput
from tractable.tube import (
    LOSSLESS,
    PIRIFORM,
    SONDHI_SCHROETER,
    Branch,
    Losses,
    formants,
    formants_reference,
    settled,
    transfer_function,
)
from tractable.tube.reference import mismatch
from tractable.tube.tube import Tubes, tubes

IDEAL = {"losses": LOSSLESS, "radiation": "open"}
# L = c/4 m puts the quarter waves of a uniform tube at 1, 3, 5 ... Hz.
QUARTER_WAVE = SOUND_SPEED / 4


def rough(shapes=20, sections=40, seed=0, spread=0.35):
    """Area functions rougher than any tract, ln m2."""
    steps = np.random.default_rng(seed).normal(0, spread, (shapes, sections))
    return torch.tensor(steps.cumsum(1) * 0.5 + steps + math.log(3e-4))


def lengths(log_area, tract=0.17):
    return torch.full((len(log_area),), tract / log_area.shape[1])


@pytest.mark.parametrize("sections", [1, 2, 7, 44])
def test_uniform_tube_resonates_at_odd_quarter_waves(sections):
    log_area = torch.full((1, sections), math.log(3e-4))
    found = formants(log_area, lengths(log_area, QUARTER_WAVE), count=5, **IDEAL)
    assert torch.allclose(found.frequency, torch.tensor([1.0, 3, 5, 7, 9]), rtol=0, atol=1e-9)
    assert found.bandwidth.abs().max() < 1e-7


@pytest.mark.parametrize("ratio", [0.05, 0.1, 1.0, 8.0, 20.0])
@pytest.mark.parametrize("sections", [2, 44])
def test_two_tubes_keep_glottis_and_lips_apart(ratio, sections):
    """tan^2(kL/2) = A_lips / A_glottis: a flipped area function fails."""
    half = sections // 2
    log_area = torch.tensor([1e-4] * half + [ratio * 1e-4] * half)[None].log()
    found = formants(log_area, lengths(log_area, 0.17), count=4, **IDEAL).frequency
    angle = math.atan(math.sqrt(ratio))
    branches = [angle, math.pi - angle, math.pi + angle, 2 * math.pi - angle]
    exact = torch.tensor(branches) * SOUND_SPEED / (math.pi * 0.17)
    assert (found - exact).abs().max() < 1e-6


def test_bandwidths_of_an_open_end_come_from_the_walls_alone():
    """Where q = -(n pi)^2 is known, s (of the uniform lossy tube) solves one equation."""
    log_area = torch.full((1, 30), math.log(4e-4))
    found = formants(log_area, lengths(log_area), count=3, radiation="open")
    s = torch.complex(-math.pi * found.bandwidth, 2 * math.pi * found.frequency)
    loss = SONDHI_SCHROETER
    alpha = (s * loss.friction).sqrt()
    wall = s * loss.closed_tract_resonance**2
    wall = wall / ((s + loss.wall_damping) * s + loss.wall_resonance_squared)
    wave = ((s + alpha) * (s + wall + alpha)).sqrt() * 0.17 / SOUND_SPEED
    assert torch.allclose(wave.imag.abs(), torch.tensor([0.5, 1.5, 2.5]) * math.pi, atol=1e-9)
    assert wave.real.abs().max() < 1e-9


@pytest.mark.parametrize("radiation", ["open", "mass", "flanagan"])
@pytest.mark.parametrize("losses", [LOSSLESS, SONDHI_SCHROETER])
@pytest.mark.parametrize("branch", [None, PIRIFORM])
@pytest.mark.parametrize("inertance", [False, True])
def test_the_kernel_equals_the_torch_reference(radiation, losses, branch, inertance):
    log_area = rough()
    given = {"losses": losses, "radiation": radiation, "branch": branch}
    given |= {"count": 4, "junction_inertance": inertance}
    fast = formants(log_area, lengths(log_area), **given)
    slow = formants_reference(log_area, lengths(log_area), **given)
    assert torch.allclose(fast.frequency, slow.frequency, rtol=0, atol=1e-6)
    assert torch.allclose(fast.bandwidth, slow.bandwidth, rtol=0, atol=1e-6)


@pytest.mark.parametrize("branch", [None, PIRIFORM])
def test_no_root_is_missed_or_counted_twice(branch):
    """The lossless flow at the glottis, scanned densely, changes sign at every root."""
    log_area = rough(60, 40, seed=1, spread=0.5)
    given = {"branch": branch, **IDEAL}
    roots = formants(log_area, lengths(log_area), count=6, **given).frequency
    frequency = torch.arange(2.0, 8000, 0.5)
    flow = 1 / transfer_function(log_area, lengths(log_area), frequency, **given).real
    for shape, found in enumerate(roots):
        change = torch.diff(torch.sign(flow[shape])) != 0
        small = flow[shape, :-1].abs() < 50 * flow[shape].abs().median()  # a pole is no root
        scanned = frequency[:-1][change & small] + 0.25
        scanned = scanned[scanned < found[-1] + 0.5][:6]
        assert len(scanned) == 6
        assert (scanned - found).abs().max() < 0.6


def far_from_anatomy(shapes=60, seed=7):
    """Short rough tubes with walls of up to 1.3 kHz, and a branch that resonates among F1 to F5."""
    random = np.random.default_rng(seed)
    log_area = rough(shapes, seed=seed)

    def between(low, high, *size):
        return torch.tensor(np.exp(random.uniform(np.log(low), np.log(high), (shapes, *size))))

    walls = between(100, 2000), torch.zeros(shapes), 2 * math.pi * between(200, 1300)
    branch = Branch(between(2e-5, 6e-4, 4).log(), between(4e-3, 17e-3, 1).expand(-1, 4), 4)
    return {
        "log_area": log_area,
        "section_length": between(0.08, 0.2) / 40,
        "losses": Losses(*walls, between(1, 10)),
        "branch": branch,
    }


def zeros_within(tube, top, *, joint, radiation="flanagan"):
    """How often the flow at the glottis turns about zero on the way around some of the s-plane.

    Above the resonances of the walls, below the angular frequency ``top``, and as far to the left
    as bandwidths of 1.3 kHz.
    """
    side = torch.linspace(0, 1, 2000, dtype=torch.float64)
    low, left = 0.8 * tube.loss[0, 2], -4000.0
    way = [
        torch.complex(0 * side, low + (top - low) * side),
        torch.complex(left * side, top + 0 * side),
        torch.complex(left + 0 * side, top + (low - top) * side),
        torch.complex(left * (1 - side), low + 0 * side),
    ]
    flow = mismatch(torch.cat(way)[None], tube, joint, radiation)[0]
    return (flow[1:] / flow[:-1]).angle().sum() / (2 * math.pi)


def test_no_resonance_hides_beside_a_pole_of_the_branch():
    """However many are asked for, they are the same, and as many as the argument principle says."""
    given = far_from_anatomy()
    many = formants(**given, count=8)
    for few in (3, 5):
        assert torch.allclose(
            formants(**given, count=few).frequency, many.frequency[:, :few], rtol=1e-9
        )
    all_of_them = tubes(**given, junction_inertance=False)
    for k in range(0, len(many.frequency), 3):
        top = math.pi * many.frequency[k, 3:5].sum()  # between F4 and F5
        tube = Tubes(*(part[k : k + 1] for part in all_of_them))
        assert zeros_within(tube, top, joint=given["branch"].joint) == pytest.approx(4, abs=1e-3)


@pytest.mark.parametrize("branch", [None, PIRIFORM])
def test_a_shape_says_the_same_bits_whatever_its_neighbours(branch):
    """Shapes are computed side by side, some of equal sections, some not, one all but closed."""
    log_area = rough(37, 40, seed=2, spread=0.6)
    log_area[5, 20] = -25.0
    length = 0.004 * torch.ones(37, 40)
    length[::3] *= torch.linspace(0.8, 1.3, 40)
    length[7] *= 12  # sections too long for a short series

    def asked(few):
        shape = log_area[few].clone().requires_grad_(), length[few].clone().requires_grad_()
        found = formants(*shape, count=5, branch=branch)
        (found.frequency.sum() + found.bandwidth.log().sum()).backward()
        return [found.frequency.detach(), found.bandwidth.detach(), *(part.grad for part in shape)]

    together = asked(slice(None))
    alone = [asked(slice(k, k + 1)) for k in range(37)]
    for whole, parts in zip(together, zip(*alone, strict=True), strict=True):
        assert torch.equal(whole, torch.cat(parts))


def test_gradients_are_exact():
    torch.manual_seed(1)
    log_area = rough(2, 6).requires_grad_()
    length = (0.02 + 0.02 * torch.rand(2, 6)).requires_grad_()
    constants = [torch.tensor(float(c), requires_grad=True) for c in SONDHI_SCHROETER]
    twig = torch.tensor([-9.2, -9.9, -11.0], requires_grad=True)
    twig_length = torch.tensor([0.006, 0.004, 0.005], requires_grad=True)

    def sound(log_area, length, a, b, w0, c1, twig, twig_length):
        losses = Losses(1e2 * a, 1e4 * b, 1e3 * w0, c1)
        branch = Branch(twig, twig_length, 2)
        found = formants(
            log_area, 0.1 * length, count=3, losses=losses, branch=branch, junction_inertance=True
        )
        return torch.cat([found.frequency, found.bandwidth], 1) / 1000

    scales = (1e2, 1e4, 1e3, 1.0)
    scaled = [(c / k).detach().requires_grad_() for c, k in zip(constants, scales, strict=True)]
    arguments = (log_area, (10 * length).detach().requires_grad_(), *scaled, twig, twig_length)
    assert torch.autograd.gradcheck(sound, arguments, eps=1e-6, atol=1e-6, rtol=1e-5)


def test_equal_sections_share_one_gradient():
    log_area, tract = rough(3), torch.full((3,), 0.17, requires_grad=True)
    formants(log_area, tract / 40, count=3).frequency.log().sum().backward()
    each = (tract.detach()[:, None] / 40).expand(3, 40).clone().requires_grad_()
    formants(log_area, each, count=3).frequency.log().sum().backward()
    assert torch.allclose(tract.grad, each.grad.sum(1) / 40)


def test_reference_gradients_equal_the_kernel_s():
    grads = []
    for solver in (formants, formants_reference):
        log_area = rough(3).requires_grad_()
        found = solver(log_area, lengths(log_area), count=3, branch=PIRIFORM)
        (found.frequency.log().sum() + found.bandwidth.log().sum()).backward()
        grads.append(log_area.grad)
    assert torch.allclose(*grads, rtol=1e-6, atol=1e-9)


def test_scaling_areas_changes_nothing_and_lengths_divide():
    log_area = rough()
    plain = formants(log_area, lengths(log_area), count=4, **IDEAL).frequency
    wider = formants(log_area + 1.3, lengths(log_area), count=4, **IDEAL).frequency
    longer = formants(log_area, 1.25 * lengths(log_area), count=4, **IDEAL).frequency
    assert torch.allclose(wider, plain, rtol=1e-9)
    assert torch.allclose(1.25 * longer, plain, rtol=1e-9)


def test_the_reciprocal_tract_seen_from_the_lips_sounds_the_same():
    """F(A(x)) = F(1/A(L - x)): closed-open against open-closed."""
    log_area = rough()
    there = formants(log_area, lengths(log_area), count=4, **IDEAL).frequency
    back = formants(-log_area.flip(1) - 16, lengths(log_area), count=4, **IDEAL).frequency
    assert torch.allclose(there, back, rtol=1e-9)


def test_a_batch_is_a_loop_and_subdivision_changes_nothing():
    log_area = rough(5)
    whole = formants(log_area, lengths(log_area), count=4).frequency
    loop = torch.cat([formants(a[None], lengths(log_area)[:1], count=4)[0] for a in log_area])
    halves = log_area.repeat_interleave(2, dim=1)
    fine = formants(halves, lengths(halves), count=4).frequency
    assert torch.equal(whole, loop)
    assert torch.allclose(fine, whole, rtol=1e-9)


def test_a_branch_of_no_width_is_no_branch():
    log_area = rough(5)
    thin = Branch(torch.full((3,), -40.0), torch.full((3,), 0.005), 3)
    without = formants(log_area, lengths(log_area), count=4).frequency
    assert torch.allclose(
        formants(log_area, lengths(log_area), count=4, branch=thin).frequency, without, rtol=1e-9
    )


def test_peaks_of_the_transfer_function_stand_at_the_poles():
    """Narrow resonances: the magnitude peaks where the pole is, with its bandwidth."""
    log_area = torch.full((1, 20), math.log(5e-4))
    losses = Losses(closed_tract_resonance=0.0)
    found = formants(log_area, lengths(log_area), count=2, losses=losses, radiation="mass")
    frequency = torch.linspace(400, 1600, 240001)
    gain = transfer_function(
        log_area, lengths(log_area), frequency, losses=losses, radiation="mass"
    )
    power = gain[0].abs() ** 2
    peak = frequency[power.argmax()]
    assert (found.frequency[0] - peak).abs().min() < 0.05
    above = frequency[power > power.max() / 2]
    assert found.bandwidth[0].min() == pytest.approx(float(above[-1] - above[0]), rel=0.02)


def test_a_closing_tract_falls_to_the_resonance_of_its_walls():
    """A closure is defined: F1 goes down to a limit that the walls set, never to 0 or NaN."""
    log_area = torch.full((4, 40), math.log(4e-4))
    log_area[:, -3:] = torch.tensor([1e-5, 1e-6, 1e-7, 1e-9]).log()[:, None]
    first = formants(log_area, lengths(log_area), count=3).frequency[:, 0]
    assert (torch.diff(first) <= 1e-6).all()
    assert 150 < float(first[-1]) < 250
    assert settled(log_area, lengths(log_area), count=3).all()


@pytest.mark.parametrize(
    "spoil, complaint",
    [
        (lambda a, x: (a.index_put((torch.tensor(1), torch.tensor(2)), torch.tensor(-math.inf)), x),
         r"shape 1, section 2 .*zero, negative or not finite"),
        (lambda a, x: (a.index_put((torch.tensor(0), torch.tensor(5)), torch.tensor(math.nan)), x),
         r"shape 0, section 5"),
        (lambda a, x: (a, -x), r"section length is not a positive"),
        (lambda a, x: (a, x[:1].expand(3)), r"section_length has shape \(3,\)"),
        (lambda a, x: (a[:, :0], x), r"log_area has shape"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_tract_is_refused(spoil, complaint):
    log_area = rough(2)
    with pytest.raises(BadInput, match=complaint):
        formants(*spoil(log_area, lengths(log_area)), count=3)


def test_a_joint_outside_the_tract_and_no_formants_are_refused():
    log_area = rough(2)
    with pytest.raises(BadInput, match="joint 40 lies outside the 40"):
        formants(log_area, lengths(log_area), count=3, branch=PIRIFORM._replace(joint=40))
    with pytest.raises(BadInput, match="count of formants is 0"):
        formants(log_area, lengths(log_area), count=0)


@pytest.mark.parametrize("wrong", [math.nan, -1.0, math.inf])
def test_losses_and_branches_that_cannot_be_are_refused(wrong):
    """And not searched for ever: a NaN encloses no root."""
    log_area = rough(2)
    shape = log_area, lengths(log_area)
    for constant in SONDHI_SCHROETER._fields:
        losses = SONDHI_SCHROETER._replace(**{constant: wrong})
        with pytest.raises(BadInput, match="a loss constant is negative or not finite"):
            formants(*shape, count=3, losses=losses)
    length = PIRIFORM.length.clone()
    length[1] = wrong
    with pytest.raises(BadInput, match="the branch has an area or a length"):
        formants(*shape, count=3, branch=PIRIFORM._replace(length=length))
    with pytest.raises(BadInput, match="the branch has an area or a length"):
        formants(*shape, count=3, branch=PIRIFORM._replace(log_area=PIRIFORM.log_area + math.nan))


def test_the_default_precision_has_no_say():
    """Losses are Python numbers, and shapes double: no constant passes through single precision."""
    shape = rough(20), lengths(rough(20))
    answers = []
    for kind in (torch.float64, torch.float32):
        torch.set_default_dtype(kind)
        answers.append(formants(*shape, count=3, branch=PIRIFORM).frequency)
    assert torch.equal(*answers)


ROOTS_OF_MANY = """
import hashlib, torch
torch.set_default_dtype(torch.float64)
from tests.tube.test_formants import lengths, rough
from tractable.tube import formants, sensitivity
shape = rough(2000), lengths(rough(2000))
answers = [*formants(*shape, count=3), sensitivity(*shape, count=3)]
print(hashlib.md5(b"".join(part.numpy().tobytes() for part in answers)).hexdigest())
"""


@pytest.mark.slow
def test_a_cold_start_gives_the_same_bytes_as_a_compiled_kernel_from_the_cache(tmp_path):
    settings = {"NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_NUM_THREADS": "1"}
    command = [sys.executable, "-c", ROOTS_OF_MANY]
    cold, warm = (
        subprocess.check_output(command, cwd=ROOT, env=os.environ | settings) for _ in range(2)
    )
    assert any(tmp_path.rglob("*.nbc"))
    assert cold == warm
