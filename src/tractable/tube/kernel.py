"""The compiled kernel: resonances of many tubes and their exact derivatives, shapes in parallel.

Sections are walked from the lips to the glottis with (pressure P, flow U), for the frequencies of
all resonances at once: one alone would wait for each section's result. Losses do not depend on
area, so the tract is a lattice of two waves with real reflection coefficients; all derivatives of a
root come from a single walk back with the adjoint waves. SI units, glottis first.
"""

import math

import numpy as np
from numba import njit, prange

STEPS = 60  # of one root search, at most
ENCLOSURE = 3e-2  # of a lossless resonance, relative: where the complex search begins
PRECISION = 1e-12  # of a root, relative
CURVATURE = 100.0  # of the flow around a root: the next step is at most this times the last two
LANES = 8  # frequencies that are walked together: whole registers, and the finer the first grid
SHORT = 1.1  # angle up to which the series below stand for cos, sin and exp

# Ratios of each term of a power series to the one before, the last term first.
EXP = tuple(1.0 / k for k in range(18, 0, -1))
COSH = tuple(1.0 / (k * (k - 1)) for k in range(20, 0, -2))  # of g^2; of -g^2: cos
SINH = tuple(1.0 / (k * (k + 1)) for k in range(20, 0, -2))  # sinh(g)/g
SINH_SLOPE = tuple(1.0 / (k * (k + 3)) for k in range(12, 0, -2))  # its derivative, times 6

compiled = njit(cache=True, error_model="numpy")
# A real number times a complex one is two products, not four. Products and sums must not fuse,
# though it saved a twentieth of the time: which ones did depended on what the cache held already.
walking = njit(cache=True, error_model="numpy", fastmath={"nnan", "nsz"})
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
def inverse(z):
    """1/z, without the care for extreme magnitudes that makes a complex division slow."""
    return np.conj(z) * (1 / (z.real**2 + z.imag**2))


@walking
def root(z):
    """The square root, without the care for extreme magnitudes that makes it slow."""
    long = math.sqrt((math.sqrt(z.real**2 + z.imag**2) + abs(z.real)) / 2)
    short = z.imag / (2 * long) if long > 0 else 0.0
    if z.real >= 0:
        return complex(long, short)
    return complex(abs(short), math.copysign(long, z.imag))


@walking
def section(q):
    """cosh g, sinh(g)/g and d(sinh(g)/g)/dq with g^2 = q.

    Even in g, so no branch cut is met; a Taylor series where q is small.
    """
    if size(q) < 0.2:
        return power_series(q, COSH[3:]), power_series(q, SINH[3:]), power_series(q, SINH_SLOPE) / 6
    g = root(q)
    up = np.exp(g)
    down = 1 / up
    ch = (up + down) / 2
    sh = (up - down) / (2 * g)
    return ch, sh, (ch - sh) / (2 * q)


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
    alpha = root(s * loss[3])
    return s + alpha, s + s * loss[2] ** 2 * inverse((s + loss[0]) * s + loss[1]) + alpha


@walking
def radiation(s, area, density, sound_speed, kind):
    """Load at the lips, its derivatives by s and by ln area: none, mass, or mass beside resistance.

    Flanagan (1972): R = 128 rho c / (9 pi^2 A) parallel to L = 8 rho / (3 pi sqrt(pi A)).
    """
    if kind == 0:
        return 0j, 0j, 0j
    mass = s * 8 * density / (3 * math.pi * math.sqrt(math.pi * area))
    if kind == 1:
        return mass, mass * inverse(s), -mass / 2
    resistance = 128 * density * sound_speed / (9 * math.pi**2 * area)
    share = resistance * inverse(mass + resistance)
    load = mass * share
    return load, share**2 * mass * inverse(s), -(share**2) * mass / 2 - (1 - share) * load


@walking
def branch_admittance(series, shunt, area, length, air, twigs):
    """U/P of a closed branch seen from its joint (its first section), and P there.

    ``twigs`` keeps the (P, U) at every boundary.
    """
    density, sound_speed = air
    p, u = 1 + 0j, 0j
    twigs[len(area), 0], twigs[len(area), 1] = p, u
    for i in range(len(area) - 1, -1, -1):
        ch, sh, _ = section(series * shunt * (length[i] / sound_speed) ** 2)
        z = density * series * sh * (length[i] / area[i])
        y = shunt * sh * (length[i] * area[i] / (density * sound_speed**2))
        p, u = ch * p + z * u, ch * u + y * p
        twigs[i, 0], twigs[i, 1] = p, u
    return u / p, p


@walking
def branch_slopes(series, shunt, area, length, row_p, row_u, air, twigs, slope):
    """Carry the adjoint row from the joint to the blind end, after ``branch_admittance``.

    Fills ``slope``: by ln area of each section, and by its length. Returns the derivatives by the
    series and shunt factors.
    """
    density, sound_speed = air
    by_both = by_z = by_y = 0j
    n = len(area)
    for i in range(n):
        p, u = twigs[i + 1, 0], twigs[i + 1, 1]
        q = series * shunt * (length[i] / sound_speed) ** 2
        ch, sh, dsh = section(q)
        z = density * series * (length[i] / area[i])
        y = shunt * (length[i] * area[i] / (density * sound_speed**2))
        z_pu, y_up = z * (row_p * u), y * (row_u * p)
        flow, growth = (row_p * p + row_u * u) * sh * q, z_pu + y_up
        slope[i] = (y_up - z_pu) * sh
        slope[n + i] = (flow + growth * ch) / length[i]
        by_both += flow * 0.5 + growth * dsh * q
        by_z += z_pu * sh
        by_y += y_up * sh
        row_p, row_u = row_p * ch + row_u * y * sh, row_p * z * sh + row_u * ch
    return (by_both + by_z) / series, (by_both + by_y) / shunt


@walking
def propagation(series, shunt, air):
    """Wave number, and wave impedance times area."""
    # The product lies near the negative axis: turned about, no search meets the branch cut.
    wave = 1j * root(-(series * shunt)) * (1 / air[1])
    return wave, air[0] * series * inverse(wave)


@walking
def mismatch(s, tract, loss, branch, joint, air, kind, waves, twigs):
    """Zero at a resonance: the flow at the glottis at each s, as the difference of two waves.

    All sections share one wave impedance but for the factor 1/A. Common factors without zeros are
    left out.
    """
    area, _, reflection, length, mass, longest, uniform, total = tract
    outward, inward, pause, wave, unit, admittance, delay = waves
    density, sound_speed = air
    for k in range(len(s)):
        series, shunt = loss_factors(s[k], loss)
        wave[k], unit[k] = propagation(series, shunt, air)
        load, _, _ = radiation(s[k], area[-1], density, sound_speed, kind)
        load = load * inverse(unit[k]) * area[-1]
        outward[k], inward[k] = load + 1, load - 1
        if joint >= 0:
            y, _ = branch_admittance(series, shunt, *branch, air, twigs)
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


@walking
def slopes(s, tubes, k, joint, air, kind, workspace, twigs, out):
    """df/ds of the mismatch f of shape k.

    ``out``: df by ln area, length and mass of the sections, by the loss constants, and by ln area,
    length and (unused) mass of the branch. Masses of 0 get no derivative.
    """
    area, length, mass, loss = tubes[0][k], tubes[1][k], tubes[2][k], tubes[3][k]
    branch, n = (tubes[4][k], tubes[5][k]), tubes[0].shape[1]
    series, shunt = loss_factors(s, loss)
    wave, unit = propagation(series, shunt, air)
    admittance, foot = 0j, 1 + 0j
    if joint >= 0:
        admittance, foot = branch_admittance(series, shunt, *branch, air, twigs)
    load, load_s, load_area = radiation(s, area[-1], air[0], air[1], kind)
    share = area[-1] / unit
    ends = s * 0.5 / unit, admittance * 0.5 * unit
    there(wave, load * share, area, length, mass, ends, joint, workspace)
    by_load, by_wave, by_unit, by_s, by_end = back_again(
        wave, area, length, mass, ends, joint, workspace, out
    )
    out[n - 1] += by_load * (load_area + load) * share
    by_unit -= by_load * load * share
    by_s = by_s / s + by_load * load_s * share
    by_series = 0.5 * (by_wave * wave + by_unit) / series
    by_shunt = 0.5 * (by_wave * wave - by_unit) / shunt
    if joint >= 0:
        row = by_end * 0.5 * unit / foot
        more_series, more_shunt = branch_slopes(
            series, shunt, *branch, -admittance * row, row, air, twigs, out[3 * n + 4 :]
        )
        by_series += more_series
        by_shunt += more_shunt
    return by_s + by_loss(s, loss, by_series, by_shunt, out[3 * n : 3 * n + 4])


@walking
def there(wave, load, area, length, mass, ends, joint, workspace):
    """The waves of ``mismatch`` for one frequency, kept before each section, with its delay."""
    states, delay = workspace
    longest = length.max()
    if longest == length.min():
        delay[:] = np.exp(-2 * wave * longest)
    else:
        delays(wave, length, longest, delay)
    outward, inward, n = load + 1, load - 1, len(area)
    for i in range(n - 1, -1, -1):
        states[i, 0], states[i, 1] = outward, inward
        after = area[i + 1] if i + 1 < n else area[i]
        r = (area[i] - after) / (area[i] + after)
        outward, inward = outward + r * inward, (r * outward + inward) * delay[i]
        if mass[i] > 0:
            extra = ends[0] * (mass[i] * area[i]) * (outward - inward)
            outward, inward = outward + extra, inward + extra
        if i == joint:
            extra = ends[1] * (1 / area[i]) * (outward + inward)
            outward, inward = outward + extra, inward - extra


@walking
def back_again(wave, area, length, mass, ends, joint, workspace, slope):
    """Carry the adjoint of the waves from the glottis to the lips, after ``there``.

    Fills ``slope``: by ln area of each section, by its length, by its junction mass. Returns the
    derivatives by the load at the lips, the wave number, ln of the unit of impedance, ln s (of the
    masses alone), and the second of the ``ends``: of s / 2 unit and of admittance unit / 2.
    """
    states, delay = workspace
    n = len(area)
    by_wave = by_unit = by_s = by_end = 0j
    row_out, row_in = 1 + 0j, -1 + 0j  # the mismatch is their difference
    slope[: 3 * n] = 0
    for i in range(n):
        outward, inward = states[i, 0], states[i, 1]
        after = area[i + 1] if i + 1 < n else area[i]
        inverse = 1 / (area[i] + after)
        r = (area[i] - after) * inverse
        if mass[i] > 0 or i == joint:
            out, back = outward + r * inward, (r * outward + inward) * delay[i]
            inertia = ends[0] * (mass[i] * area[i])
            difference = out - back
            if i == joint:
                leak = ends[1] * (1 / area[i])
                by_leak = (row_out - row_in) * (out + back + 2 * inertia * difference)
                by_end = by_leak * (1 / area[i])
                slope[i] -= by_leak * leak
                by_unit += by_leak * leak
                extra = leak * (row_out - row_in)
                row_out, row_in = row_out + extra, row_in + extra
            by_inertia = (row_out + row_in) * difference
            slope[2 * n + i] = by_inertia * ends[0] * area[i]
            by_inertia *= inertia
            slope[i] += by_inertia
            by_unit -= by_inertia
            by_s += by_inertia
            extra = inertia * (row_out + row_in)
            row_out, row_in = row_out + extra, row_in - extra
        late = row_in * delay[i]
        by_delay = late * (r * outward + inward)
        slope[n + i] = -2 * wave * by_delay
        by_wave -= 2 * length[i] * by_delay
        if i + 1 < n:  # r = tanh of half the logarithm of the ratio of areas
            by_area = (row_out * inward + late * outward) * (
                2 * area[i] * after * inverse * inverse
            )
            slope[i] += by_area
            slope[i + 1] = -by_area
        row_out, row_in = row_out + r * late, r * row_out + late
    return row_out + row_in, by_wave, by_unit, by_s, by_end


@walking
def by_loss(s, loss, by_series, by_shunt, out):
    """Chain rule from the series and shunt factors to the loss constants; returns that to s."""
    a, b, w0, c1 = loss
    denominator = (s + a) * s + b
    wall = s * w0**2 / denominator
    out[0] = -by_shunt * wall * s / denominator
    out[1] = -by_shunt * wall / denominator
    out[2] = by_shunt * 2 * s * w0 / denominator
    alpha = root(s * c1)
    out[3] = (by_series + by_shunt) * 0.5 * root(s / c1) if c1 > 0 else 0j
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
    count, phase = turning[0], turning[1]
    w = np.zeros(len(count))
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
def lossless_roots(count, tract, branch, joint, air, kind, turning):
    """The first ``count`` resonances [rad/s], in the room of ``turning`` for frequencies.

    Regula falsi on the phase, less at an end that stays (Anderson & Bjorck 1973), now and then a
    bisection, until every enclosure is narrow.
    """
    low, high, lanes = np.empty((count, 2)), np.empty((count, 2)), len(turning[0])
    stride = (count + 0.5) / lanes * math.pi * air[1] / tract[-1]
    enclose(stride, tract, branch, joint, air, kind, turning, low, high)
    order = np.arange(1.0, count + 1)
    low[:, 1] -= order
    high[:, 1] -= order
    side, w = np.zeros(count), np.zeros(lanes)
    for step in range(200):
        narrow = True
        for k in range(count):
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
        for k in range(count):
            if high[k, 0] - low[k, 0] > ENCLOSURE * high[k, 0]:
                above = turning[0][k] >= order[k]
                side[k] = narrowed(low[k], high[k], side[k], above, w[k], turning[1][k] - order[k])
    return w[:count]


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
    for _ in range(2):
        alpha = root(s * loss[3])
        denominator = inverse((s + loss[0]) * s + loss[1])
        series, shunt = s + alpha, s + s * loss[2] ** 2 * denominator + alpha
        by_alpha = 1 + 0.5 * alpha * inverse(s)
        wall = loss[2] ** 2 * (loss[1] - s * s) * denominator * denominator
        s -= (series * shunt + w * w) * inverse(series * (by_alpha + wall) + shunt * by_alpha)
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
    here, which = np.empty(len(w), np.complex128), np.arange(len(w))
    for k in range(len(w)):
        before[k] = damped(w[k], loss)
    flow = mismatch(before, tract, loss, branch, joint, air, kind, waves, twigs)
    for k in range(len(w)):
        f_before[k] = flow[k] / product(before[k], lower)
        # Radiation damps, by about a percent.
        here[k] = before[k] * (1 + (0.01j if kind == 2 else 1e-4))
        roots[k], settled[k] = complex(0.0, w[k]), False
    busy = len(w)
    for _ in range(STEPS):
        mismatch(here[:busy], tract, loss, branch, joint, air, kind, waves, twigs)
        still = 0
        for k in range(busy):
            f_here = flow[k] / product(here[k], lower)
            there, done = secant(before[k], here[k], f_before[k], f_here)
            if done:
                roots[which[k]], settled[which[k]] = there, True
            elif there != here[k] and size(there) < 1e7 and there.imag > 0:
                before[still], f_before[still], which[still] = here[k], f_here, which[k]
                here[still] = there
                still += 1
        busy = still
        if busy == 0:
            break


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
        branch, twigs = (branch_area[k], branch_length[k]), twigs_of(branch_area.shape[1])
        turning = turning_of(-(-count // LANES) * LANES)
        w = lossless_roots(count, tract, branch, joint, air, kind, turning)
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
        workspace, twigs = workspace_of(tubes[0].shape[1]), twigs_of(tubes[4].shape[1])
        for formant in range(count):
            out, s = slope[k, formant], roots[k, formant]
            out *= -1 / slopes(s, tubes, k, joint, air, kind, workspace, twigs, out)


@parallel
def pulled_back(weight, roots, tubes, joint, air, kind, slope):
    """Fill ``slope`` (shape, parameter) with sum Re(conj(weight) ds), as the chain rule asks."""
    shapes, count = roots.shape
    for k in prange(shapes):
        workspace, twigs = workspace_of(tubes[0].shape[1]), twigs_of(tubes[4].shape[1])
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
def twigs_of(sections):
    """Room for (P, U) at every boundary of a branch."""
    return np.empty((sections + 1, 2), np.complex128)


@compiled
def workspace_of(sections):
    """Room for what ``there`` keeps of each section."""
    return np.empty((sections, 2), np.complex128), np.empty(sections, np.complex128)
