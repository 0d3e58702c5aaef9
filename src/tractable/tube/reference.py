"""The tube in plain torch, float64: the reference of the kernel and of its form for GPUs."""

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor

from tractable.constants import AIR_DENSITY, SOUND_SPEED
from tractable.contracts import BadInput
from tractable.tube.formants import Formants
from tractable.tube.lanes import passages, sector
from tractable.tube.tube import SONDHI_SCHROETER, Branch, Losses, Radiation, Tubes, tubes

BISECTIONS = 60
NEWTON_STEPS = 30


def formants_reference(
    log_area: Float[Tensor, "shape section"],
    section_length: Float[Tensor, "..."],
    *,
    count: int,
    losses: Losses = SONDHI_SCHROETER,
    radiation: Radiation = "flanagan",
    branch: Branch | None = None,
    junction_inertance: bool = False,
) -> Formants:
    """The same as ``formants``, vectorised over shapes in torch on whatever device is given.

    Roots are enclosed by bisection on the Sturm count and refined by Newton's method; gradients
    come from one more, differentiable, Newton step, which is the implicit function theorem.
    """
    if count < 1:
        raise BadInput(f"count of formants is {count}, expected 1 or more")
    given = tubes(log_area, section_length, losses, branch, junction_inertance)
    joint = -1 if branch is None else branch.joint
    with torch.no_grad():
        lossless = enclosed(given, joint, radiation, count)
    wall = given.loss[:, 2:3].detach()
    root = torch.complex(torch.zeros_like(lossless), (lossless**2 + wall**2).sqrt())
    for _ in range(NEWTON_STEPS):
        root = root - newton_step(root, given, joint, radiation).detach()
    root = root - newton_step(root, given, joint, radiation)
    return Formants(root.imag / (2 * torch.pi), -root.real / torch.pi)


def newton_step(
    root: Complex[Tensor, "shape formant"], given: Tubes, joint: int, radiation: Radiation
) -> Complex[Tensor, "shape formant"]:
    """f / f_s; differentiable by what defines the tubes, f_s held."""
    root = root.detach().requires_grad_()
    with torch.enable_grad():
        flow = mismatch(root, given, joint, radiation)
        held = [part.detach() for part in given]
        real = mismatch(root, Tubes(*held), joint, radiation).real.sum()
        slope = torch.autograd.grad(real, root)[0].conj()
    return flow / slope


def mismatch(
    s: Complex[Tensor, "shape root"], given: Tubes, joint: int, radiation: Radiation
) -> Complex[Tensor, "shape root"]:
    """Zero at a resonance: the flow at the glottis, without the poles that a branch gives it."""
    flow = glottal_flow(s, given, joint, radiation)
    return flow * branch_waves(*loss_factors(s, given.loss), given)[0] if joint >= 0 else flow


def glottal_flow(
    s: Complex[Tensor, "shape root"], given: Tubes, joint: int, radiation: Radiation
) -> Complex[Tensor, "shape root"]:
    """U at the glottis for unit flow at the lips; zero at a resonance."""
    return walked(s, given, joint, radiation)[-1][1]


def walked(
    s: Complex[Tensor, "shape root"], given: Tubes, joint: int, radiation: Radiation
) -> list[tuple[Tensor, Tensor]]:
    """(P, U) for unit flow at the lips: at the lips, then at the glottal end of every section."""
    series, shunt = loss_factors(s, given.loss)
    area = given.log_area.exp()
    pressure, flow = lip_load(s, area[:, -1:], radiation), torch.ones_like(s)
    states = [(pressure, flow)]
    for i in reversed(range(area.shape[1])):
        pressure, flow = through(
            series, shunt, area[:, i : i + 1], given.length[:, i : i + 1], pressure, flow
        )
        if given.mass.shape[1]:
            pressure = pressure + s * given.mass[:, i : i + 1] * flow
        if i == joint:
            flow = flow + admittance(series, shunt, given) * pressure
        states.append((pressure, flow))
    return states


def through(
    series: Tensor, shunt: Tensor, area: Tensor, length: Tensor, pressure: Tensor, flow: Tensor
) -> tuple[Tensor, Tensor]:
    """(P, U) from the lip end of a section to its glottal end."""
    q = series * shunt * (length / SOUND_SPEED) ** 2
    ch, sh = even_functions(q)
    along = AIR_DENSITY * series * length / area * sh
    across = shunt * area * length / (AIR_DENSITY * SOUND_SPEED**2) * sh
    return ch * pressure + along * flow, ch * flow + across * pressure


def even_functions(q: Tensor) -> tuple[Tensor, Tensor]:
    """cosh(sqrt q) and sinh(sqrt q)/sqrt q; a series where q is small, for no branch cut."""
    small = q.abs() < 0.02
    g = torch.where(small, torch.ones_like(q), q).sqrt()
    ch = 1 + q / 2 * (1 + q / 12 * (1 + q / 30 * (1 + q / 56 * (1 + q / 90))))
    sh = 1 + q / 6 * (1 + q / 20 * (1 + q / 42 * (1 + q / 72 * (1 + q / 110))))
    return torch.where(small, ch, g.cosh()), torch.where(small, sh, g.sinh() / g)


def loss_factors(s: Tensor, loss: Tensor) -> tuple[Tensor, Tensor]:
    """s + alpha and s + beta of Sondhi & Schroeter (1987)."""
    a, b, w0, c1 = (loss[:, k : k + 1] for k in range(4))
    # The square root of 0 has no slope; a lossless tube needs none.
    alpha = s.sqrt() * torch.where(c1 > 0, c1, torch.ones_like(c1)).sqrt() * (c1 > 0)
    return s + alpha, s + s * w0**2 / ((s + a) * s + b) + alpha


def lip_load(s: Tensor, area: Tensor, radiation: Radiation) -> Tensor:
    """Radiation impedance: nothing, a mass, or a mass beside a resistance (Flanagan 1972)."""
    if radiation == "open":
        return torch.zeros_like(s)
    mass = s * 8 * AIR_DENSITY / (3 * torch.pi * (torch.pi * area).sqrt())
    if radiation == "mass":
        return mass
    resistance = 128 * AIR_DENSITY * SOUND_SPEED / (9 * torch.pi**2 * area)
    return mass * resistance / (mass + resistance)


def admittance(series: Tensor, shunt: Tensor, given: Tubes) -> Tensor:
    """U/P of the closed branch seen from its joint."""
    pressure, flow = branch_waves(series, shunt, given)
    return flow / pressure


def branch_waves(series: Tensor, shunt: Tensor, given: Tubes) -> tuple[Tensor, Tensor]:
    """(P, U) of the closed branch at its joint, for P = 1 at its blind end."""
    area = given.branch_log_area.exp()
    pressure, flow = torch.ones_like(series), torch.zeros_like(series)
    for i in reversed(range(area.shape[1])):
        length = given.branch_length[:, i : i + 1]
        pressure, flow = through(series, shunt, area[:, i : i + 1], length, pressure, flow)
    return pressure, flow


def enclosed(
    given: Tubes, joint: int, radiation: Radiation, count: int
) -> Float[Tensor, "shape formant"]:
    """Lossless resonances [rad/s] by bisection on the Sturm count."""
    order = torch.arange(1, count + 1, device=given.length.device)
    low = torch.zeros(len(given.length), count).to(given.length)
    high = (torch.pi * SOUND_SPEED / given.length.sum(1, keepdim=True)).expand_as(low)
    while (short := sturm_count(high, given, joint, radiation) < order).any():
        high = torch.where(short, 2 * high, high)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        above = sturm_count(middle, given, joint, radiation) >= order
        low, high = torch.where(above, low, middle), torch.where(above, middle, high)
    return (low + high) / 2


def sturm_count(
    w: Float[Tensor, "shape root"], given: Tubes, joint: int, radiation: Radiation
) -> Int[Tensor, "shape root"]:
    """Lossless resonances below angular frequency w (see ``kernel.lossless``)."""
    area = given.log_area.exp()
    pressure = lip_load(torch.ones_like(w), area[:, -1:], "mass") * w
    pressure = torch.zeros_like(w) if radiation == "open" else pressure
    flow, count = torch.ones_like(w), torch.zeros_like(w)
    branch_flow, poles = closed_branch(w, given)
    for i in reversed(range(area.shape[1])):
        impedance = AIR_DENSITY * SOUND_SPEED / area[:, i : i + 1]
        angle = w * given.length[:, i : i + 1] / SOUND_SPEED
        before, drive = pressure, flow * impedance
        pressure = angle.cos() * before + angle.sin() * drive
        flow = (angle.cos() * drive - angle.sin() * before) / impedance
        count = count + passages(before, drive, angle, flow)
        if given.mass.shape[1]:
            pressure = pressure + w * given.mass[:, i : i + 1] * flow
        if i == joint:
            sheared = flow - branch_flow * pressure
            count = count + sector(pressure, sheared) - sector(pressure, flow) + poles
            flow = sheared
    return count.round().long()


def closed_branch(w: Tensor, given: Tubes) -> tuple[Tensor, Tensor]:
    """Lossless admittance of the branch, and its poles below w."""
    area = given.branch_log_area.exp()
    pressure, flow, poles = torch.ones_like(w), torch.zeros_like(w), torch.zeros_like(w)
    for i in reversed(range(area.shape[1])):
        impedance = AIR_DENSITY * SOUND_SPEED / area[:, i : i + 1]
        start = torch.atan2(pressure, flow * impedance)
        end = start + w * given.branch_length[:, i : i + 1] / SOUND_SPEED
        poles = poles + (end / torch.pi).floor() - (start / torch.pi).floor()
        radius = torch.hypot(pressure, flow * impedance)
        pressure, flow = radius * end.sin(), radius * end.cos() / impedance
    return -flow / pressure, poles
