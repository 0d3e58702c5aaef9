"""The tube's form for GPUs: closed forms, and the kernel, whose answers it must give."""

import math
import sys

import pytest
import torch

from tests.tube.test_formants import far_from_anatomy, lengths, rough
from tractable.constants import SOUND_SPEED
from tractable.contracts import BadInput
from tractable.tube import (
    LOSSLESS,
    PIRIFORM,
    SONDHI_SCHROETER,
    VOCALTRACTLAB,
    Branch,
    Formants,
    Losses,
    batched,
    formants,
    fused,
    sensitivity,
)
from tractable.tube.batched import BatchedResonances, derivatives, resonances
from tractable.tube.pair import Pair
from tractable.tube.tube import KINDS, tubes

kernel_form = sys.modules["tractable.tube.formants"]  # the package's name is the function's

CUDA = pytest.param(
    "cuda",
    marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device to compute on"),
)
on_every_device = pytest.mark.parametrize("device", ["cpu", CUDA])
IDEAL = {"losses": LOSSLESS, "radiation": "open"}


def defined(log_area, length, *, losses=SONDHI_SCHROETER, radiation="flanagan", branch=None,
            junction_inertance=False):  # fmt: skip
    """What defines the tubes, in the order that the searches take it."""
    given = tubes(log_area, length, losses, branch, junction_inertance)
    return given, -1 if branch is None else branch.joint, KINDS[radiation]


def batched_formants(log_area, length, *, count, **how):
    given, joint, kind = defined(log_area, length, **how)
    roots = BatchedResonances.apply(*given, joint, kind, count)
    return Formants(roots.imag / (2 * torch.pi), -roots.real / torch.pi)


def apart(log_area, length, *, count, **how):
    """Largest difference of both forms: frequencies and bandwidths [Hz], relative slopes."""
    given, joint, kind = defined(log_area, length, **how)
    kernel, sure = (part.cpu() for part in kernel_form.solve(on_cpu(given), joint, kind, count))
    found, settled = (part.cpu() for part in resonances(given, joint, kind, count))
    assert torch.equal(settled, sure)
    slope = kernel_form.root_slopes(kernel, on_cpu(given), joint, kind)
    own = derivatives(kernel.to(log_area.device), given, joint, kind).cpu()
    difference = (own - slope).abs().amax(-1) / slope.abs().amax(-1)
    return (found - kernel).abs().max() / torch.pi, difference[settled].max()


def on_cpu(given):
    return type(given)(*(part.cpu() for part in given))


@on_every_device
@pytest.mark.parametrize("sections", [1, 2, 7, 44])
def test_uniform_tube_resonates_at_odd_quarter_waves(sections, device):
    log_area = torch.full((1, sections), math.log(3e-4), device=device)
    found = batched_formants(log_area, lengths(log_area, SOUND_SPEED / 4), count=5, **IDEAL)
    assert torch.allclose(found.frequency.cpu(), torch.tensor([1.0, 3, 5, 7, 9]), atol=1e-9)
    assert found.bandwidth.abs().max() < 1e-7


@on_every_device
@pytest.mark.parametrize("ratio", [0.05, 1.0, 20.0])
@pytest.mark.parametrize("sections", [2, 44])
def test_two_tubes_keep_glottis_and_lips_apart(ratio, sections, device):
    """tan^2(kL/2) = A_lips / A_glottis: a flipped area function fails."""
    half = sections // 2
    log_area = torch.tensor([1e-4] * half + [ratio * 1e-4] * half, device=device)[None].log()
    found = batched_formants(log_area, lengths(log_area), count=4, **IDEAL).frequency
    angle = math.atan(math.sqrt(ratio))
    turns = [angle, math.pi - angle, math.pi + angle, 2 * math.pi - angle]
    exact = torch.tensor(turns) * SOUND_SPEED / (math.pi * 0.17)
    assert (found.cpu() - exact).abs().max() < 1e-6


@on_every_device
@pytest.mark.parametrize("radiation", ["open", "mass", "flanagan"])
@pytest.mark.parametrize("losses", [LOSSLESS, SONDHI_SCHROETER])
@pytest.mark.parametrize("branch", [None, PIRIFORM])
@pytest.mark.parametrize("inertance", [False, True])
def test_it_says_what_the_kernel_says(radiation, losses, branch, inertance, device):
    log_area = rough().to(device)
    how = {"losses": losses, "radiation": radiation, "branch": branch}
    root, slope = apart(
        log_area, lengths(log_area).to(device), count=4, junction_inertance=inertance, **how
    )
    assert root < 1e-6
    assert slope < 1e-9


@on_every_device
@pytest.mark.parametrize("losses", [SONDHI_SCHROETER, VOCALTRACTLAB])
@pytest.mark.parametrize("branch", [None, PIRIFORM])
@pytest.mark.parametrize("inertance", [False, True])
def test_nearly_closed_and_long_ones_too(losses, branch, inertance, device):
    """Closures anywhere, sections of all lengths, some of them longer than half a wave."""
    generator = torch.Generator().manual_seed(0)
    log_area = rough(500, 44, seed=3, spread=0.6)
    closed = torch.randint(44, (500,), generator=generator)
    log_area[torch.arange(500), closed] = -14 - 16 * torch.rand(500, generator=generator)
    length = 0.004 * torch.exp(0.2 * torch.randn(500, 44, generator=generator))
    length[::7] *= 15
    shape = log_area.to(device), length.to(device)
    how = {"losses": losses, "branch": branch, "junction_inertance": inertance}
    assert apart(*shape, count=5, **how)[0] < 1e-6


@on_every_device
@pytest.mark.parametrize("count", [3, 5, 8])
def test_poles_of_a_branch_among_the_resonances_too(count, device):
    given = far_from_anatomy()
    shape = [given.pop(name).to(device) for name in ("log_area", "section_length")]
    assert apart(*shape, count=count, **given)[0] < 1e-6


@on_every_device
def test_where_no_search_settles_the_lossless_root_stands_in(device):
    """An open end lets resonances of closed cavities coincide; both forms give up on the same."""
    log_area = rough(300, 20, seed=4, spread=0.3)
    log_area[:, 9] = -60.0
    given, joint, kind = defined(log_area.to(device), lengths(log_area).to(device), **IDEAL)
    found, settled = (part.cpu() for part in resonances(given, joint, kind, 4))
    kernel, sure = kernel_form.solve(on_cpu(given), joint, kind, 4)
    assert not sure.all()
    assert torch.equal(settled, sure)
    assert (found - kernel).abs().max() < 1e-6
    assert (found.real[~settled] == 0).all()


@on_every_device
def test_gradients_are_exact(device):
    torch.manual_seed(1)
    log_area = rough(2, 6).to(device).requires_grad_()
    length = (0.2 + 0.2 * torch.rand(2, 6)).to(device).requires_grad_()
    scales = (1e2, 1e4, 1e3, 1.0)
    scaled = [
        torch.tensor(float(constant) / scale, device=device, requires_grad=True)
        for constant, scale in zip(SONDHI_SCHROETER, scales, strict=True)
    ]
    twig = torch.tensor([-9.2, -9.9, -11.0], device=device, requires_grad=True)
    twig_length = torch.tensor([0.006, 0.004, 0.005], device=device, requires_grad=True)

    def sound(log_area, length, a, b, w0, c1, twig, twig_length):
        how = {"losses": Losses(1e2 * a, 1e4 * b, 1e3 * w0, c1)}
        how |= {"branch": Branch(twig, twig_length, 2), "junction_inertance": True}
        found = batched_formants(log_area, 0.1 * length, count=3, **how)
        return torch.cat([found.frequency, found.bandwidth], 1) / 1000

    arguments = (log_area, length, *scaled, twig, twig_length)
    assert torch.autograd.gradcheck(sound, arguments, eps=1e-6, atol=1e-6, rtol=1e-5)


@on_every_device
def test_a_batch_is_a_loop_and_blocks_are_no_seams(device, monkeypatch):
    """Shapes leave the search in turn, and memory is bounded by blocks: neither may show."""
    log_area = rough(37, 20, seed=2, spread=0.6).to(device)
    log_area[5, 10] = -25.0

    def asked(few):
        shape = log_area[few].clone().requires_grad_()
        found = batched_formants(shape, lengths(shape).to(device), count=4, branch=PIRIFORM)
        (found.frequency.sum() + found.bandwidth.log().sum()).backward()
        return found.frequency.detach(), found.bandwidth.detach(), shape.grad

    whole = asked(slice(None))
    loop = [asked(slice(k, k + 1)) for k in range(37)]
    monkeypatch.setattr(batched, "BLOCK", 8)
    blocks = asked(slice(None))
    for k, together in enumerate(whole):
        assert torch.allclose(together, torch.cat([one[k] for one in loop]), rtol=1e-9, atol=1e-9)
        assert torch.allclose(together, blocks[k], rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # within torch's own
@on_every_device
@pytest.mark.parametrize("branch", [None, PIRIFORM])
def test_fused_walks_say_the_same(branch, device, monkeypatch):
    """Compiled once for any number of shapes, whole and while lanes leave."""
    how = {"branch": branch, "junction_inertance": True}
    for shapes in (60, 37):
        log_area = rough(shapes, 5, seed=6).to(device)
        length = lengths(log_area).to(device)
        answers = []
        for asked in ("", "all"):
            monkeypatch.setenv("TRACTABLE_FUSE", asked)
            monkeypatch.setattr(fused, "FEWEST", 8)
            shape = log_area.clone().requires_grad_()
            found = batched_formants(shape, length, count=3, **how)
            (found.frequency.log().sum() + found.bandwidth.log().sum()).backward()
            answers.append((found.frequency, found.bandwidth, shape.grad))
        for plain, compiled in zip(*answers, strict=True):
            assert torch.allclose(plain, compiled, rtol=1e-9, atol=1e-9)
    assert len(fused.KNOWN) > 0


def test_what_cannot_be_fused_is_refused(monkeypatch):
    monkeypatch.setenv("TRACTABLE_FUSE", "yes")
    with pytest.raises(BadInput, match="TRACTABLE_FUSE is 'yes', expected searches, all"):
        resonances(*defined(rough(2), lengths(rough(2))), 3)


def test_pairs_calculate_like_complex_numbers():
    parts = torch.randn(2, 2, 50)
    parts[:, :, 0] = torch.tensor([[-1.0, 0.0], [0.0, 1.0]])
    z, other = (torch.complex(*part) for part in parts)
    pair, second = (Pair(*part) for part in parts)
    for expected, found in {
        z + other: pair + second,
        z - 3.0: pair - 3.0,
        z * other: pair * second,
        z * 1j: pair * 1j,
        -z: -pair,
        z.reciprocal(): pair.reciprocal(),
        z.sqrt(): pair.sqrt(),
        z.exp(): pair.exp(),
    }.items():
        assert torch.allclose(expected, torch.complex(found.real, found.imag), rtol=1e-13)


def test_the_default_precision_has_no_say():
    given, joint, kind = defined(rough(20), lengths(rough(20)), branch=PIRIFORM)
    answers = []
    for precision in (torch.float64, torch.float32):
        torch.set_default_dtype(precision)
        roots, _ = resonances(given, joint, kind, 3)
        answers.append(torch.cat([roots, derivatives(roots, given, joint, kind)[..., 0]]))
    assert torch.equal(*answers)


def test_no_shapes_have_no_formants_and_no_formants_are_refused():
    given, joint, kind = defined(rough(0), lengths(rough(0)))
    assert resonances(given, joint, kind, 3)[0].shape == (0, 3)
    with pytest.raises(BadInput, match="count of formants is 0"):
        resonances(*defined(rough(2), lengths(rough(2))), 0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device to compute on")
def test_formants_of_many_shapes_on_a_gpu_stay_there(monkeypatch):
    log_area = rough()
    monkeypatch.setattr(batched, "FEWEST", len(log_area))
    slopes = []
    for device in ("cpu", "cuda"):
        shape = log_area.to(device).requires_grad_()
        found = formants(shape, lengths(shape).to(device), count=3)
        assert found.frequency.device == shape.device
        found.frequency.log().sum().backward()
        slopes.append(shape.grad.cpu())
    assert torch.allclose(*slopes, rtol=1e-9, atol=1e-12)
    there = sensitivity(log_area.cuda(), lengths(log_area).cuda(), count=3).cpu()
    assert torch.allclose(there, sensitivity(log_area, lengths(log_area), count=3), atol=1e-9)
