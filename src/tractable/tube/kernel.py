"""The compiled kernel: resonances of many tubes and their exact derivatives, shapes in parallel.

Sections are walked from the lips to the glottis with (pressure P, flow U), for the frequencies of
all resonances at once: one alone would wait for each section's result. All derivatives of one root
come from a single walk back with the adjoint state. SI units, glottis first.
"""

import math

import numpy as np
from numba import njit, prange

STEPS = 60  # of one root search, at most
ENCLOSURE = 1e-3  # of a lossless resonance, relative: where the complex search begins
PRECISION = 1e-12  # of a root, relative
CURVATURE = 100.0  # of the flow around a root: the next step is at most this times the last two
SHORT = 1.1  # angle up to which the series below stand for cos, sin and exp

# Ratios of each term of a power series to the one before, the last term first.
EXP = tuple(1.0 / k for k in range(18, 0, -1))
COSH = tuple(1.0 / (k * (k - 1)) for k in range(20, 0, -2))  # of g^2; of -g^2: cos
SINH = tuple(1.0 / (k * (k + 1)) for k in range(20, 0, -2))  # sinh(g)/g
SINH_SLOPE = tuple(1.0 / (k * (k + 3)) for k in range(12, 0, -2))  # its derivative, times 6

compiled = njit(cache=True, error_model="numpy")
# A real number times a complex one is two products, not four, and products fuse with sums.
walking = njit(cache=True, error_model="numpy", fastmath={"contract", "nnan", "nsz"})
parallel = njit(cache=True, error_model="numpy", parallel=True)


@walking
def power_series(x, ratios):
    """1 + r x + r r' x^2 ... with the ratios of the terms, the last one first."""
    total = 1 + 0 * x
    for ratio in ratios:
        total = 1 + x * ratio * total
    return total


@compiled
def size(z):
    """|Re z| + |Im z|: within sqrt 2 of the magnitude, and much cheaper."""
    return abs(z.real) + abs(z.imag)


@walking
def section(q):
    """cosh g, sinh(g)/g and d(sinh(g)/g)/dq with g^2 = q.

    Even in g, so no branch cut is met; a Taylor series where q is small.
    """
    if size(q) < 0.2:
        return power_series(q, COSH[3:]), power_series(q, SINH[3:]), power_series(q, SINH_SLOPE) / 6
    g = np.sqrt(q)
    up = np.exp(g)
    down = 1 / up
    ch = (up + down) / 2
    sh = (up - down) / (2 * g)
    return ch, sh, (ch - sh) / (2 * q)


@walking
def sections(series, shunt, length, sound_speed, even):
    """Fill ``even`` with cosh g, S = sinh(g)/g, q S and q dS/dq of every section, q = g^2.

    Returns the step from one section to the next: 0, and one row, where all are of one length.
    """
    step = 0
    for i in range(len(length)):
        step |= length[i] != length[0]
    for i in range(len(length) if step else 1):
        q = series * shunt * (length[i] / sound_speed) ** 2
        ch, sh, dsh = section(q)
        even[i, 0], even[i, 1], even[i, 2], even[i, 3] = ch, sh, q * sh, q * dsh
    return step


@walking
def delays(wave, length, longest, delay):
    """Fill ``delay`` with exp(-2 wave l) of every section."""
    if size(2 * wave * longest) < SHORT:
        short_delays(-2 * wave, length, delay)
    else:
        for i in range(len(length)):
            delay[i] = np.exp(-2 * wave * length[i])


@walking
def short_delays(x, length, delay):
    """exp(x l) by its series, whose variable l is real: half of the work."""
    term = np.ones(len(EXP) + 1, np.complex128)
    for k in range(len(EXP)):
        term[k + 1] = term[k] * x * (1 / (k + 1))
    real, imaginary = np.zeros(len(length)), np.zeros(len(length))
    for k in range(len(EXP), -1, -1):
        x = term[k]
        for i in range(len(length)):
            real[i] = real[i] * length[i] + x.real
            imaginary[i] = imaginary[i] * length[i] + x.imag
    for i in range(len(length)):
        delay[i] = complex(real[i], imaginary[i])


@walking
def turns(wave, length, cos, sin, short):
    """Fill with the cosine and sine of the angle that one section turns each frequency by."""
    if short:
        for k in range(len(wave)):
            angle = wave[k] * length
            cos[k] = power_series(-angle * angle, COSH)
            sin[k] = angle * power_series(-angle * angle, SINH)
    else:
        for k in range(len(wave)):
            cos[k], sin[k] = math.cos(wave[k] * length), math.sin(wave[k] * length)


@walking
def loss_factors(s, loss):
    """Series factor s + alpha and shunt factor s + beta (Sondhi & Schroeter 1987)."""
    alpha = np.sqrt(s * loss[3])
    return s + alpha, s + s * loss[2] ** 2 / ((s + loss[0]) * s + loss[1]) + alpha


@walking
def radiation(s, area, density, sound_speed, kind):
    """Load at the lips, its derivatives by s and by ln area: none, mass, or mass beside resistance.

    Flanagan (1972): R = 128 rho c / (9 pi^2 A) parallel to L = 8 rho / (3 pi sqrt(pi A)).
    """
    if kind == 0:
        return 0j, 0j, 0j
    mass = s * 8 * density / (3 * math.pi * math.sqrt(math.pi * area))
    if kind == 1:
        return mass, mass / s, -mass / 2
    resistance = 128 * density * sound_speed / (9 * math.pi**2 * area)
    load = mass * resistance / (mass + resistance)
    share = resistance / (mass + resistance)
    return load, share**2 * mass / s, -(share**2) * mass / 2 - (1 - share) * load


@walking
def walk(series, shunt, s, area, length, mass, start_p, start_u, joint, admittance, air, workspace):
    """Carry (P, U) from the last section to the first.

    At the glottal end of a section stand the mass of its junction, in series, and the branch.
    The workspace keeps (P, U) at every boundary, glottis first, and what ``sections`` fills.
    """
    density, sound_speed = air
    states, even = workspace
    step = sections(series, shunt, length, sound_speed, even)
    unit_z, unit_y = density * series, shunt / (density * sound_speed**2)
    p, u = start_p, start_u
    states[len(area), 0], states[len(area), 1] = p, u
    for i in range(len(area) - 1, -1, -1):
        ch, sh = even[step * i, 0], length[i] * even[step * i, 1]
        z, y = unit_z * sh * (1 / area[i]), unit_y * sh * area[i]
        p, u = ch * p + z * u, ch * u + y * p
        if mass[i] > 0:
            p += s * mass[i] * u
        if i == joint:
            u += admittance * p
        states[i, 0], states[i, 1] = p, u
    return p, u


@walking
def walk_back(
    series, shunt, s, area, length, mass, row_p, row_u, joint, admittance, air, workspace, slope
):
    """Carry the adjoint row from the first section to the last, after ``walk``.

    Fills ``slope``: by ln area of each section, by its length, by its junction mass. Returns the
    derivatives by the series and shunt factors, by the admittance at the joint and by s alone, and
    the row at the end.
    """
    density, sound_speed = air
    states, even = workspace
    n = len(area)
    unit_z, unit_y = density * series, shunt / (density * sound_speed**2)
    by_both = by_z = by_y = by_admittance = by_s = 0j
    step = 1 if length.min() < length.max() else 0  # as in ``sections``
    for i in range(n):
        u_out = states[i, 1]
        if i == joint:
            by_admittance = row_u * states[i, 0]
            row_p = row_p + row_u * admittance
            u_out = u_out - admittance * states[i, 0]
        by_mass = row_p * u_out
        slope[2 * n + i] = by_mass * s
        if mass[i] > 0:
            by_s += by_mass * mass[i]
            row_u = row_u + row_p * (s * mass[i])
        p, u = states[i + 1, 0], states[i + 1, 1]
        j = step * i
        ch, sh, sh_q, dsh_q = even[j, 0], even[j, 1], even[j, 2], even[j, 3]
        z, y = unit_z * (length[i] / area[i]), unit_y * (length[i] * area[i])
        z_pu, y_up = z * (row_p * u), y * (row_u * p)
        flow, growth = (row_p * p + row_u * u) * sh_q, z_pu + y_up
        slope[n + i] = (flow + growth * ch) * (1 / length[i])
        by_both += flow * 0.5 + growth * dsh_q
        z_pu, y_up = z_pu * sh, y_up * sh
        slope[i] = y_up - z_pu
        by_z += z_pu
        by_y += y_up
        z, y = z * sh, y * sh
        row_p, row_u = row_p * ch + row_u * y, row_p * z + row_u * ch
    return (by_both + by_z) / series, (by_both + by_y) / shunt, by_admittance, by_s, row_p


@walking
def branch_admittance(series, shunt, s, branch_area, branch_length, air, workspace):
    """U/P of a closed branch seen from its joint (its first section), and P there."""
    none = np.zeros(len(branch_area))
    start = 1 + 0j, 0j
    p, u = walk(series, shunt, s, branch_area, branch_length, none, *start, -1, 0j, air, workspace)
    return u / p, p


@walking
def mismatch(s, tract, loss, branch, joint, air, kind, waves, twigs):
    """Zero at a resonance: the flow at the glottis at each s, as the difference of two waves.

    Losses do not depend on area, so all sections share one wave impedance but for the factor 1/A:
    a lattice with real reflection coefficients. Common factors without zeros are left out.
    """
    area, _, reflection, length, mass, longest, uniform, total = tract
    outward, inward, pause, wave, unit, admittance, delay = waves
    density, sound_speed = air
    for k in range(len(s)):
        series, shunt = loss_factors(s[k], loss)
        # The product lies near the negative axis: turned about, no search meets the branch cut.
        wave[k] = 1j * np.sqrt(-(series * shunt)) * (1 / sound_speed)
        unit[k] = density * series / wave[k]  # wave impedance times area
        load, _, _ = radiation(s[k], area[-1], density, sound_speed, kind)
        load = load * area[-1] / unit[k]
        outward[k], inward[k] = load + 1, load - 1
        if joint >= 0:
            y, _ = branch_admittance(series, shunt, s[k], *branch, air, twigs)
            admittance[k] = y * unit[k] / area[joint]
        if uniform:
            pause[k] = np.exp(-2 * wave[k] * longest)
        else:
            delays(wave[k], length, longest, delay[k])
    for i in range(len(area) - 1, -1, -1):
        r = reflection[i]
        if not uniform:
            for k in range(len(s)):
                pause[k] = delay[k, i]
        for k in range(len(s)):
            out, back = outward[k], inward[k]
            outward[k], inward[k] = out + r * back, (r * out + back) * pause[k]
        if mass[i] > 0:
            for k in range(len(s)):
                extra = s[k] * (mass[i] * area[i]) / unit[k] * (outward[k] - inward[k]) * 0.5
                outward[k], inward[k] = outward[k] + extra, inward[k] + extra
        if i == joint:
            for k in range(len(s)):
                extra = admittance[k] * (outward[k] + inward[k]) * 0.5
                outward[k], inward[k] = outward[k] + extra, inward[k] - extra
    for k in range(len(s)):  # between damped and driven, neither grows
        outward[k] = (outward[k] - inward[k]) * np.exp(wave[k] * total)
    return outward


@compiled
def slopes(s, tubes, k, joint, air, kind, workspace, twigs, out):
    """df/ds of the glottal flow f of shape k for unit flow at the lips.

    ``out``: df by ln area, length and mass of the sections, by the loss constants, and by ln area,
    length and (unused) mass of the branch.
    """
    area, length, mass, loss = tubes[0][k], tubes[1][k], tubes[2][k], tubes[3][k]
    branch = tubes[4][k], tubes[5][k]
    n = len(area)
    series, shunt = loss_factors(s, loss)
    admittance, foot = 0j, 1 + 0j
    if joint >= 0:
        admittance, foot = branch_admittance(series, shunt, s, *branch, air, twigs)
    load, load_s, load_area = radiation(s, area[-1], air[0], air[1], kind)
    walk(series, shunt, s, area, length, mass, load, 1 + 0j, joint, admittance, air, workspace)
    by_series, by_shunt, by_admittance, by_s, row = walk_back(
        series, shunt, s, area, length, mass, 0j, 1 + 0j, joint, admittance, air, workspace,
        out[: 3 * n],
    )  # fmt: skip
    out[n - 1] += row * load_area
    if joint >= 0:
        row_u = by_admittance / foot
        none = np.zeros(len(branch[0]))
        more_series, more_shunt, _, _, _ = walk_back(
            series, shunt, s, *branch, none, -admittance * row_u, row_u,
            -1, 0j, air, twigs, out[3 * n + 4 :],
        )  # fmt: skip
        by_series += more_series
        by_shunt += more_shunt
    by_s += row * load_s
    return by_s + by_loss(s, loss, by_series, by_shunt, out[3 * n : 3 * n + 4])


@walking
def by_loss(s, loss, by_series, by_shunt, out):
    """Chain rule from the series and shunt factors to the loss constants; returns that to s."""
    a, b, w0, c1 = loss
    denominator = (s + a) * s + b
    wall = s * w0**2 / denominator
    out[0] = -by_shunt * wall * s / denominator
    out[1] = -by_shunt * wall / denominator
    out[2] = by_shunt * 2 * s * w0 / denominator
    alpha = np.sqrt(s * c1)
    out[3] = (by_series + by_shunt) * 0.5 * np.sqrt(s / c1) if c1 > 0 else 0j
    by_alpha = 0.5 * alpha / s
    return by_series * (1 + by_alpha) + by_shunt * (
        1 + by_alpha + w0**2 * (b - s * s) / denominator**2
    )


@compiled
def sector(p, u):
    """Half plane of the vector (U, P): 0 where U >= 0, beyond it 1 upwards and -1 downwards."""
    if u >= 0:
        return 0
    return 1 if p >= 0 else -1


@compiled
def passages(p, u, angle, end_u):
    """Passages through U = 0 while the vector (U, P) turns by ``angle``, U becoming ``end_u``.

    Signs decide, not angles: rounding at a passage would else lose it between two sections.
    """
    turned = (math.atan2(p, u) + angle) / math.pi + 0.5
    end = math.floor(turned)
    if (end % 2 != 0) != (end_u < 0):
        end += 1 if turned - end >= 0.5 else -1
    return int(end) - sector(p, u)


@walking
def lossless(w, tract, branch, joint, air, kind, turning):
    """Number of lossless resonances below each angular frequency w, and the phase of the flow.

    Sturm's count: from the lips to the glottis the vector (U, P) only turns forwards, each passage
    through U = 0 is a resonance below. A branch shears it, and adds its own poles (Wittrick and
    Williams 1971), so no resonance is missed. The phase, in half turns, rises through n where
    resonance n is. U is carried in units of A / (rho c).
    """
    area, ratio, _, length, mass, longest, uniform, _ = tract
    count, phase, wave, p, u, cos, sin, admittance = turning
    density, sound_speed = air
    mass_load = 0.0
    if kind > 0:  # the radiation mass
        mass_load = 8 / (3 * math.pi * math.sqrt(math.pi)) * math.sqrt(area[-1])
    for k in range(len(w)):
        wave[k] = w[k] / sound_speed
        count[k], p[k], u[k] = 0, wave[k] * mass_load, 1.0
        if joint >= 0:
            count[k], admittance[k] = closed_branch(w[k], *branch, air)
    widest = wave.max() * longest
    turns(wave, longest, cos, sin, widest < SHORT)
    for i in range(len(area) - 1, -1, -1):
        if not uniform:
            turns(wave, length[i], cos, sin, widest < SHORT)
        if widest < 1.5:
            r = ratio[i]
            for k in range(len(w)):
                before_p, before_u = p[k], u[k] * r
                after = cos[k] * before_u - sin[k] * before_p
                p[k], u[k] = cos[k] * before_p + sin[k] * before_u, after
                count[k] += 1.0 if (before_u >= 0) != (after >= 0) else 0.0
        else:
            turn_far(p, u, ratio[i], cos, sin, count, wave, length[i])
        if mass[i] > 0:
            for k in range(len(w)):
                p[k] += wave[k] * mass[i] * area[i] / density * u[k]
        if i == joint:
            for k in range(len(w)):
                sheared = u[k] - admittance[k] * density * sound_speed / area[i] * p[k]
                count[k] += sector(p[k], sheared) - sector(p[k], u[k])
                u[k] = sheared
    for k in range(len(w)):
        phase[k] = count[k] + 0.5 + math.atan(p[k] / u[k]) / math.pi


@walking
def turn_far(p, u, ratio, cos, sin, count, wave, length):
    """Through a section of any length."""
    for k in range(len(p)):
        before_p, before_u = p[k], u[k] * ratio
        p[k] = cos[k] * before_p + sin[k] * before_u
        u[k] = cos[k] * before_u - sin[k] * before_p
        count[k] += passages(before_p, before_u, wave[k] * length, u[k])


@compiled
def closed_branch(w, area, length, air):
    """Poles below w of the admittance of a closed branch, and its value."""
    density, sound_speed = air
    p, u, count = 1.0, 0.0, 0
    for i in range(len(area) - 1, -1, -1):
        impedance = density * sound_speed / area[i]
        u *= impedance
        angle = w * length[i] / sound_speed
        start = math.atan2(p, u)
        count += int(math.floor((start + angle) / math.pi) - math.floor(start / math.pi))
        cos, sin = math.cos(angle), math.sin(angle)
        p, u = cos * p + sin * u, (cos * u - sin * p) / impedance
    return count, -u / p


@compiled
def enclose(stride, tract, branch, joint, air, kind, turning, low, high):
    """Two frequencies around each resonance, and the phases there, from a grid of the stride."""
    count, phase, w = turning[0], turning[1], np.zeros(len(low))
    low[:, 0], low[:, 1] = 0.0, 0.5  # at frequency 0 nothing turns
    high[:] = np.inf
    while high[-1, 0] == np.inf:
        top = w[-1]
        for k in range(len(w)):
            w[k] = top + (k + 1) * stride
        lossless(w, tract, branch, joint, air, kind, turning)
        for order in range(1, len(low) + 1):
            for k in range(len(w)):
                if count[k] < order:
                    low[order - 1] = w[k], phase[k]
                elif w[k] < high[order - 1, 0]:
                    high[order - 1] = w[k], phase[k]


@compiled
def lossless_roots(w, stride, tract, branch, joint, air, kind, turning):
    """All resonances [rad/s], from the first.

    Regula falsi on the phase, less at an end that stays (Anderson & Bjorck 1973), now and then a
    bisection, until every enclosure is narrow.
    """
    low, high = np.empty((len(w), 2)), np.empty((len(w), 2))
    enclose(stride, tract, branch, joint, air, kind, turning, low, high)
    order = np.arange(1.0, len(w) + 1)
    low[:, 1] -= order
    high[:, 1] -= order
    side = np.zeros(len(w))
    for step in range(200):
        narrow = True
        for k in range(len(w)):
            width, least = high[k, 0] - low[k, 0], 0.4 * ENCLOSURE * high[k, 0]
            share = 0.5
            if low[k, 1] < 0 < high[k, 1]:
                share = low[k, 1] / (low[k, 1] - high[k, 1])
            w[k] = low[k, 0] + share * width
            if width > ENCLOSURE * high[k, 0]:
                narrow = False
                if step % 12 == 11:
                    w[k] = low[k, 0] + 0.5 * width
                w[k] = min(max(w[k], low[k, 0] + least), high[k, 0] - least)
        if narrow:
            break
        lossless(w, tract, branch, joint, air, kind, turning)
        for k in range(len(w)):
            if high[k, 0] - low[k, 0] > ENCLOSURE * high[k, 0]:
                above = turning[0][k] >= order[k]
                side[k] = narrowed(low[k], high[k], side[k], above, w[k], turning[1][k] - order[k])


@compiled
def narrowed(low, high, side, above, w, value):
    """Move one end of an enclosure to w; which one. A phase at the end that stays loses weight."""
    moved, stays, new_side = (high, low, 1.0) if above else (low, high, -1.0)
    if side == new_side:
        lost = value / moved[1]
        stays[1] *= 1 - lost if lost < 1 else 0.5
    moved[0], moved[1] = w, value
    return new_side


@walking
def damped(w, loss):
    """The lossless resonance w with the losses of the sections: (s + alpha)(s + beta) = -w^2.

    Exact under an ideal open end, for losses do not depend on area.
    """
    s = complex(-1.0, math.sqrt(w**2 + loss[2] ** 2))
    for _ in range(3):
        alpha = np.sqrt(s * loss[3])
        denominator = 1 / ((s + loss[0]) * s + loss[1])
        series, shunt = s + alpha, s + s * loss[2] ** 2 * denominator + alpha
        by_alpha = 1 + 0.5 * alpha / s
        wall = loss[2] ** 2 * (loss[1] - s * s) * denominator * denominator
        s -= (series * shunt + w * w) / (series * (by_alpha + wall) + shunt * by_alpha)
    return s


@walking
def product(s, roots):
    """Of the relative distances from s to the roots."""
    total = 1 + 0j
    for root in roots:
        total *= (s - root) / root.imag
    return total


@compiled
def lossy_roots(roots, settled, w, lower, tract, loss, branch, joint, air, kind, waves, twigs):
    """Complex roots that grow out of lossless resonances w; whether each search settled there.

    Divided by ``lower`` roots, the flow leads to none of them.
    """
    before, f_before = np.empty(len(w), np.complex128), np.empty(len(w), np.complex128)
    busy = np.ones(len(w), np.bool_)
    settled[:] = False
    for k in range(len(w)):
        before[k] = damped(w[k], loss)
        # Radiation damps, by about a percent.
        roots[k] = before[k] * (1 + (0.01j if kind == 2 else 1e-4))
    flow = mismatch(before, tract, loss, branch, joint, air, kind, waves, twigs)
    for k in range(len(w)):
        f_before[k] = flow[k] / product(before[k], lower)
    for _ in range(STEPS):
        mismatch(roots, tract, loss, branch, joint, air, kind, waves, twigs)
        for k in range(len(w)):
            if busy[k]:
                here, f_here = roots[k], flow[k] / product(roots[k], lower)
                roots[k], settled[k] = secant(before[k], here, f_before[k], f_here)
                before[k], f_before[k] = here, f_here
                lost = not size(roots[k]) < 1e7 or roots[k].imag <= 0
                busy[k] = not settled[k] and not lost and roots[k] != here
        if not busy.any():
            break
    for k in range(len(w)):
        if not settled[k]:
            roots[k] = complex(0.0, w[k])


@compiled
def secant(before, here, f_before, f_here):
    """Where a line through two values is zero, a tenth away at most; whether that is precise."""
    last = size(here - before)
    near = last < 1e-11 * size(here)
    if f_here == f_before:
        return here, near or f_here == 0
    step = f_here * (here - before) / (f_here - f_before)
    if near and size(step) > last:  # rounding is all that is left
        return here, True
    if size(step) > 0.1 * size(here):
        step *= 0.1 * size(here) / size(step)
    there = here - step
    return there, CURVATURE * size(step) * last < PRECISION * size(there) ** 2


@parallel
def resonances(tubes, joint, air, kind, count):
    """Roots of many shapes.

    Parameters
    ----------
    tubes : area, length, mass (shape, section) [m2], [m], [kg/m4], the mass at the glottal end;
        loss (shape, 4), constants a, b, w0, c1 of Sondhi & Schroeter [1/s, 1/s2, 1/s, 1/s];
        area and length of the branch (shape, part).
    joint : section at whose glottal end the branch opens, or -1.
    air : density [kg/m3], sound speed [m/s].
    kind : radiation, 0 ideal open end, 1 mass, 2 mass beside resistance.
    count : resonances wanted.

    Returns
    -------
    roots (shape, formant) [1/s] and settled (shape, formant): False where the search did not settle
    and the lossless root stands in.
    """
    area, length, mass, loss, branch_area, branch_length = tubes
    shapes, n = area.shape
    roots = np.zeros((shapes, count), np.complex128)
    settled = np.ones((shapes, count), np.bool_)
    for k in prange(shapes):
        ratio = np.ones(n)
        ratio[: n - 1] = area[k, 1:] / area[k, : n - 1]
        longest, total = length[k].max(), length[k].sum()
        tract = (
            area[k], ratio, (1 - ratio) / (1 + ratio), length[k], mass[k],
            longest, longest == length[k].min(), total,
        )  # fmt: skip
        branch, twigs = (branch_area[k], branch_length[k]), workspace_of(branch_area.shape[1])
        w, turning = np.empty(count), turning_of(count)
        lossless_roots(w, math.pi * air[1] / total, tract, branch, joint, air, kind, turning)
        rest = tract, loss[k], branch, joint, air, kind
        waves = waves_of(count, n)
        lossy_roots(roots[k], settled[k], w, roots[k, :0], *rest, waves, twigs)
        for i in range(1, count):
            if found(roots[k, i], roots[k, :i]):  # search again, away from them
                one = slice(i, i + 1)
                lossy_roots(
                    roots[k, one],
                    settled[k, one],
                    w[one],
                    roots[k, :i],
                    *rest,
                    waves_of(1, n),
                    twigs,
                )
        for i in range(1, count):
            sort_last(roots[k, : i + 1], settled[k, : i + 1])
    return roots, settled


@parallel
def derivatives(roots, tubes, joint, air, kind, slope):
    """Fill ``slope`` (shape, formant, parameter) with ds of the roots of ``resonances``.

    Parameters are ln area, length and mass of the sections, the loss constants, and ln area, length
    and (unused) mass of the branch.
    """
    shapes, count = roots.shape
    for k in prange(shapes):
        workspace, twigs = workspace_of(tubes[0].shape[1]), workspace_of(tubes[4].shape[1])
        for formant in range(count):
            out, s = slope[k, formant], roots[k, formant]
            out *= -1 / slopes(s, tubes, k, joint, air, kind, workspace, twigs, out)


@parallel
def pulled_back(weight, roots, tubes, joint, air, kind, slope):
    """Fill ``slope`` (shape, parameter) with sum Re(conj(weight) ds), as the chain rule asks."""
    shapes, count = roots.shape
    for k in prange(shapes):
        workspace, twigs = workspace_of(tubes[0].shape[1]), workspace_of(tubes[4].shape[1])
        out = np.empty(slope.shape[1], np.complex128)
        slope[k] = 0
        for formant in range(count):
            by_s = slopes(roots[k, formant], tubes, k, joint, air, kind, workspace, twigs, out)
            share = -np.conj(weight[k, formant]) / by_s
            for i in range(len(out)):
                slope[k, i] += (share * out[i]).real


@compiled
def found(s, roots):
    """Whether s is one of the roots."""
    same = 0
    for root in roots:
        same += size(s - root) < 1e-7 * size(s)
    return same > 0


@compiled
def turning_of(count):
    """Room for what ``lossless`` says and carries of each frequency."""
    return (
        np.empty(count), np.empty(count), np.empty(count), np.empty(count),
        np.empty(count), np.empty(count), np.empty(count), np.empty(count),
    )  # fmt: skip


@compiled
def waves_of(count, sections):
    """Room for what ``mismatch`` carries of each frequency."""
    return (
        np.empty(count, np.complex128), np.empty(count, np.complex128),
        np.empty(count, np.complex128), np.empty(count, np.complex128),
        np.empty(count, np.complex128), np.empty(count, np.complex128),
        np.empty((count, sections), np.complex128),
    )  # fmt: skip


@compiled
def sort_last(roots, settled):
    """Put the last root where it belongs: losses may change the order of neighbours."""
    for i in range(len(roots) - 1, 0, -1):
        if roots[i].imag < roots[i - 1].imag:
            roots[i - 1], roots[i] = roots[i], roots[i - 1]
            settled[i - 1], settled[i] = settled[i], settled[i - 1]


@compiled
def workspace_of(sections):
    """Room for the states at the boundaries and for what ``sections`` fills."""
    return np.empty((sections + 1, 2), np.complex128), np.empty((sections, 4), np.complex128)
