"""The compiled kernel: resonances of many tubes and their exact derivatives, shapes in parallel.

Sections are walked from the lips to the glottis with (pressure P, flow U), side by side for the
frequencies of all resonances of a block of shapes: one alone would wait for each section's result,
and a processor computes on several numbers at once. Each is a lane, and whatever a lane says does
not depend on its neighbours. Losses do not depend on area, so the tract is a lattice of two waves
with real reflection coefficients; all derivatives of a root come from a single walk back with the
adjoint waves. SI units, glottis first.

All in one file: numba's cache knows a function by its own file alone, and what it calls elsewhere
could change without notice.
"""

import math

import numpy as np
from numba import njit, prange

BLOCK = 16  # shapes that are walked side by side
STEPS = 60  # of one root search, at most
ENCLOSURE = 3e-2  # of a lossless resonance, relative: where the complex search begins
PRECISION = 1e-12  # of a root, relative
CURVATURE = 100.0  # of the flow around a root: the next step is at most this times the last two
SHORT = 1.1  # angle up to which the series below stand for cos, sin and exp
TERMS = 18  # of the series of exp
HALVINGS = 8  # of the exponent of a whole tract, which then is short

# Ratios of each term of a power series to the one before, the last term first.
COSH = tuple(1.0 / (k * (k - 1)) for k in range(20, 0, -2))  # of g^2; of -g^2: cos
SINH = tuple(1.0 / (k * (k + 1)) for k in range(20, 0, -2))  # sinh(g)/g
SINH_SLOPE = tuple(1.0 / (k * (k + 3)) for k in range(12, 0, -2))  # its derivative, times 6

compiled = njit(cache=True, error_model="numpy")
# A real number times a complex one is two products, not four. Products and sums must not fuse,
# though it saved a twentieth of the time: which ones did depended on what the cache held already.
walking = njit(cache=True, error_model="numpy", fastmath={"nnan", "nsz"})
# A loop over lanes computes on several at once, but not if it calls a function with a loop of its
# own, unless that becomes part of it.
merged = njit(cache=True, error_model="numpy", fastmath={"nnan", "nsz"}, inline="always")
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
    short = abs(z.imag) / (2 * long) if long > 0 else 0.0
    real, imaginary = (long, short) if z.real >= 0 else (short, long)
    return complex(real, imaginary if z.imag >= 0 else -imaginary)


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


@merged
def short_exp(x):
    """exp(x) of a short complex number, by its series."""
    total = 1 + 0j
    for k in range(TERMS, 0, -1):
        total = 1 + x * (1 / k) * total
    return total


@walking
def delays(wave, length, longest, delay):
    """Fill ``delay`` (section, lane) with exp(-2 wave l).

    One row of ``delay`` is enough where all sections of a lane are as long as the longest.
    """
    for i in range(len(delay)):
        for k in range(len(wave)):
            delay[i, k] = short_exp(-2 * wave[k] * length[i, k])
    for k in range(len(wave)):
        if size(2 * wave[k] * longest[k]) >= SHORT:
            for i in range(len(delay)):
                delay[i, k] = np.exp(-2 * wave[k] * length[i, k])


@walking
def turns(wave, length, far, cos, sin):
    """Fill with the cosine and sine of the angle that one section turns each lane by.

    ``far``: whether an angle may be too wide for the series.
    """
    for k in range(len(wave)):
        angle = wave[k] * length[k]
        cos[k] = power_series(-angle * angle, COSH)
        sin[k] = angle * power_series(-angle * angle, SINH)
    if far:
        for k in range(len(wave)):
            angle = wave[k] * length[k]
            if angle >= SHORT:
                cos[k], sin[k] = math.cos(angle), math.sin(angle)


@walking
def opened(openings, k):
    """Acoustic mass and conductance at the lips of a lane."""
    return openings[1, k], openings[2, k]


@walking
def constants(losses, k):
    """The loss constants of a lane."""
    return losses[0, k], losses[1, k], losses[2, k], losses[3, k]


@walking
def loss_factors(s, loss):
    """Series factor s + alpha and shunt factor s + beta (Sondhi & Schroeter 1987)."""
    alpha = root(s * loss[3])
    return s + alpha, s + s * loss[2] ** 2 * inverse((s + loss[0]) * s + loss[1]) + alpha


@compiled
def opening(area, air, kind):
    """Acoustic mass and conductance side by side at lips of an area: neither, the mass, or both.

    Flanagan (1972): R = 128 rho c / (9 pi^2 A) parallel to L = 8 rho / (3 pi sqrt(pi A)).
    """
    mass = 8 * air[0] / (3 * math.pi * math.sqrt(math.pi * area))
    conductance = 9 * math.pi**2 * area / (128 * air[0] * air[1])
    return mass if kind > 0 else 0.0, conductance if kind == 2 else 0.0


@walking
def radiation(s, mass, conductance):
    """Load at the lips, and its derivatives by s and by ln area."""
    share = inverse(1 + s * mass * conductance)
    load = s * mass * share
    return load, share**2 * mass, -load * share * (0.5 + s * mass * conductance)


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
def side_by_side(tubes, air, kind, lanes):
    """The tubes of all lanes: lane k is of tube k modulo their number.

    The sections from the lips to the glottis; ratio of areas and reflection at the lip end of each
    (section, lane); its length (one row where all are as long); the longest and the whole tract
    (lane,); area, mass and conductance of the lips; and whether any junction has a mass.
    """
    area, length, mass, loss = tubes[0], tubes[1], tubes[2], tubes[3]
    shapes, n = area.shape
    even, heavy = True, False
    ratio, reflection = np.empty((n, lanes)), np.empty((n, lanes))
    longest, total, openings = np.zeros(lanes), np.zeros(lanes), np.empty((3, lanes))
    for k in range(shapes):
        openings[0, k] = area[k, n - 1]
        openings[1, k], openings[2, k] = opening(area[k, n - 1], air, kind)
        for i in range(n):
            longest[k], total[k] = max(longest[k], length[k, i]), total[k] + length[k, i]
            even = even and length[k, i] == length[k, 0]
            heavy = heavy or (mass.size > 0 and mass[k, i] > 0)
    for i in range(n):
        beyond = min(i + 1, n - 1)
        for k in range(shapes):
            ratio[i, k] = area[k, beyond] / area[k, i]
            reflection[i, k] = (1 - ratio[i, k]) / (1 + ratio[i, k])
    lengths, losses = np.empty((1 if even else n, lanes)), np.empty((4, lanes))
    for k in range(shapes):
        for i in range(len(lengths)):
            lengths[i, k] = length[k, i]
        for i in range(4):
            losses[i, k] = loss[k, i]
    for k in range(shapes, lanes):
        longest[k], total[k] = longest[k - shapes], total[k - shapes]
    for table in (ratio, reflection, lengths, losses, openings):
        for i in range(len(table)):
            for k in range(shapes, lanes):
                table[i, k] = table[i, k - shapes]
    # Told to count down, the compiler takes rows for overlapping, and walks lane by lane.
    inwards = np.arange(n)[::-1].copy()
    return inwards, ratio, reflection, lengths, longest, total, openings, losses, heavy


@walking
def narrowed_to(tract, lanes):
    """Some lanes of a tract that is side by side."""
    inwards, ratio, reflection, lengths, longest, total, openings, losses, heavy = tract
    few = ratio[:, lanes], reflection[:, lanes], lengths[:, lanes], longest[lanes], total[lanes]
    return inwards, *few, openings[:, lanes], losses[:, lanes], heavy


@walking
def mismatch(s, shape, tract, tubes, joint, air, waves, states):
    """Zero at a resonance: the flow at the glottis at each s, as the difference of two waves.

    All sections share one wave impedance but for the factor 1/A. Common factors without zeros are
    left out. Where P of a branch is zero at the joint the flow has a pole, often beside a zero;
    times that P it has none. ``states`` (section, 2, lane) keeps the waves before each section, if
    it has room.
    """
    inwards, _, reflection, length, longest, total, openings, losses, heavy = tract
    outward, inward, wave, unit, admittance, foot, delay, twigs = waves
    area, mass, lanes, kept = tubes[0], tubes[2], len(s), len(states) > 0
    for k in range(lanes):
        series, shunt = loss_factors(s[k], constants(losses, k))
        wave[k], unit[k] = propagation(series, shunt, air)
        load, _, _ = radiation(s[k], *opened(openings, k))
        load = load * inverse(unit[k]) * openings[0, k]
        outward[k], inward[k] = load + 1, load - 1
    if joint >= 0:
        for k in range(lanes):
            series, shunt = loss_factors(s[k], constants(losses, k))
            branch = tubes[4][shape[k]], tubes[5][shape[k]]
            y, foot[k] = branch_admittance(series, shunt, *branch, air, twigs)
            admittance[k] = y * unit[k] / area[shape[k], joint]
    delays(wave, length, longest, delay)
    for i in inwards:
        row = min(i, len(delay) - 1)
        if kept:
            for k in range(lanes):
                states[i, 0, k], states[i, 1, k] = outward[k], inward[k]
        for k in range(lanes):
            out, back, r = outward[k], inward[k], reflection[i, k]
            outward[k], inward[k] = out + r * back, (r * out + back) * delay[row, k]
        if heavy:
            for k in range(lanes):
                inertia = mass[shape[k], i] * area[shape[k], i] / unit[k]
                extra = s[k] * inertia * (outward[k] - inward[k]) * 0.5
                outward[k], inward[k] = outward[k] + extra, inward[k] + extra
        if i == joint:
            for k in range(lanes):
                extra = admittance[k] * (outward[k] + inward[k]) * 0.5
                outward[k], inward[k] = outward[k] + extra, inward[k] - extra
    for k in range(lanes):  # between damped and driven, neither grows
        growth = short_exp(wave[k] * total[k] * (1 / 2**HALVINGS))
        for _ in range(HALVINGS):
            growth = growth * growth
        outward[k] = (outward[k] - inward[k]) * growth
    if joint >= 0:
        for k in range(lanes):
            outward[k] = outward[k] * foot[k]
    return outward


@walking
def slopes(s, shape, tract, tubes, joint, air, waves, states, out):
    """df/ds of the mismatch f of every lane, without its last factors, which scale all alike.

    ``out`` (parameter, lane): df by ln area, length and mass of the sections, by the loss
    constants, and by ln area and length of the branch. Masses of 0 get no derivative.
    """
    openings, losses = tract[6], tract[7]
    _, _, wave, unit, _, foot, _, twigs = waves
    n, lanes = tubes[0].shape[1], len(s)
    after = 2 * n + tubes[2].shape[1]  # the parameters of each section
    mismatch(s, shape, tract, tubes, joint, air, waves, states)
    by_load, by_wave, by_unit, by_s, by_end = back_again(
        s, shape, tract, tubes, joint, waves, states, out
    )
    more_series, more_shunt = np.zeros(lanes, np.complex128), np.zeros(lanes, np.complex128)
    if joint >= 0:
        slope = np.zeros(2 * tubes[4].shape[1], np.complex128)
        for k in range(lanes):
            series, shunt = loss_factors(s[k], constants(losses, k))
            branch = tubes[4][shape[k]], tubes[5][shape[k]]
            y, _ = branch_admittance(series, shunt, *branch, air, twigs)
            row = by_end[k] * 0.5 * unit[k] / foot[k]
            more_series[k], more_shunt[k] = branch_slopes(
                series, shunt, *branch, -y * row, row, air, twigs, slope
            )
            for i in range(len(slope)):
                out[after + 4 + i, k] = slope[i]
    for k in range(lanes):
        series, shunt = loss_factors(s[k], constants(losses, k))
        load, load_s, load_area = radiation(s[k], *opened(openings, k))
        share = by_load[k] * openings[0, k] * inverse(unit[k])
        out[n - 1, k] += share * (load_area + load)
        by_log_wave, by_log_unit = by_wave[k] * wave[k], by_unit[k] - share * load
        more_series[k] += 0.5 * (by_log_wave + by_log_unit) * inverse(series)
        more_shunt[k] += 0.5 * (by_log_wave - by_log_unit) * inverse(shunt)
        by_s[k] = by_s[k] * inverse(s[k]) + share * load_s
    for k in range(lanes):
        by_a, by_b, by_w0, by_c1, by_s_itself = by_loss(
            s[k], constants(losses, k), more_series[k], more_shunt[k]
        )
        out[after, k], out[after + 1, k] = by_a, by_b
        out[after + 2, k], out[after + 3, k] = by_w0, by_c1
        by_s[k] += by_s_itself
    return by_s


@walking
def back_again(s, shape, tract, tubes, joint, waves, states, slope):
    """Carry the adjoint of the waves from the glottis to the lips, after ``mismatch``.

    Fills ``slope``: by ln area of each section, by its length, by its junction mass. Returns the
    derivatives by the load at the lips, the wave number, ln of the unit of impedance, ln s (of the
    masses alone), and the admittance of the branch times unit / 2.
    """
    _, _, reflection, length, _, _, _, _, heavy = tract
    _, _, wave, unit, admittance, _, delay, _ = waves
    area, mass = tubes[0], tubes[2]
    n, lanes = len(reflection), len(s)
    by_wave, by_unit = np.zeros(lanes, np.complex128), np.zeros(lanes, np.complex128)
    by_s, by_end = np.zeros(lanes, np.complex128), np.zeros(lanes, np.complex128)
    row_out, row_in = np.ones(lanes, np.complex128), -np.ones(lanes, np.complex128)
    late, by_delay = np.empty(lanes, np.complex128), np.empty(lanes, np.complex128)
    by_area = np.zeros(lanes, np.complex128)  # of the section behind
    for i in range(n):
        row = min(i, len(delay) - 1)
        if heavy or i == joint:
            for k in range(lanes):
                out, back, r = states[i, 0, k], states[i, 1, k], reflection[i, k]
                out, back = out + r * back, (r * out + back) * delay[row, k]
                own_mass = mass[shape[k], i] if heavy else 0.0
                inertia = s[k] * 0.5 * inverse(unit[k]) * (own_mass * area[shape[k], i])
                difference = out - back
                if i == joint:
                    leak = admittance[k] * 0.5
                    by_leak = (row_out[k] - row_in[k]) * (out + back + 2 * inertia * difference)
                    by_end[k] = by_leak * (1 / area[shape[k], i])
                    slope[i, k] -= by_leak * leak
                    by_unit[k] += by_leak * leak
                    extra = leak * (row_out[k] - row_in[k])
                    row_out[k], row_in[k] = row_out[k] + extra, row_in[k] + extra
                by_inertia = (row_out[k] + row_in[k]) * difference * inertia
                if own_mass > 0:
                    slope[2 * n + i, k] = by_inertia * (1 / own_mass)
                slope[i, k] += by_inertia
                by_unit[k] -= by_inertia
                by_s[k] += by_inertia
                extra = inertia * (row_out[k] + row_in[k])
                row_out[k], row_in[k] = row_out[k] + extra, row_in[k] - extra
        for k in range(lanes):
            late[k] = row_in[k] * delay[row, k]
            by_delay[k] = late[k] * (reflection[i, k] * states[i, 0, k] + states[i, 1, k])
        for k in range(lanes):
            slope[n + i, k] = -2 * wave[k] * by_delay[k]
            by_wave[k] -= 2 * length[row, k] * by_delay[k]
        for k in range(lanes):
            # r = tanh of half the logarithm of the ratio of areas
            r = reflection[i, k]
            by_ratio = row_out[k] * states[i, 1, k] + late[k] * states[i, 0, k]
            by_ratio = by_ratio * (0.5 * (1 - r * r) if i + 1 < n else 0.0)
            slope[i, k] += by_ratio - by_area[k]
            by_area[k] = by_ratio
        for k in range(lanes):
            r, out = reflection[i, k], row_out[k]
            row_out[k], row_in[k] = out + r * late[k], r * out + late[k]
    for k in range(lanes):
        row_out[k] = row_out[k] + row_in[k]
    return row_out, by_wave, by_unit, by_s, by_end


@walking
def by_loss(s, loss, by_series, by_shunt):
    """Chain rule from the series and shunt factors to the loss constants and, last, to s."""
    a, b, w0, c1 = loss
    fraction, rooted = inverse((s + a) * s + b), root(s * c1)
    wall = s * w0**2 * fraction
    by_c1 = (by_series + by_shunt) * rooted * (0.5 / c1 if c1 > 0 else 0.0)
    by_alpha = 0.5 * rooted * inverse(s)
    by_s = by_series * (1 + by_alpha) + by_shunt * (
        1 + by_alpha + w0**2 * (b - s * s) * fraction * fraction
    )
    by_b = -by_shunt * wall * fraction
    return by_b * s, by_b, by_shunt * 2 * s * w0 * fraction, by_c1, by_s


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
def lossless(w, shape, tract, tubes, joint, air, turning):
    """Number of lossless resonances below each angular frequency w, and the phase of the flow.

    Sturm's count: from the lips to the glottis the vector (U, P) only turns forwards, each passage
    through U = 0 is a resonance below. A branch shears it, and adds its own poles (Wittrick and
    Williams 1971), so no resonance is missed. The phase, in half turns, rises through n where
    resonance n is. U is carried in units of A / (rho c).
    """
    inwards, ratio, _, length, longest, _, openings, _, heavy = tract
    count, phase, wave, p, u, cos, sin, admittance = turning
    density, sound_speed = air
    area, mass, lanes, widest = tubes[0], tubes[2], len(w), 0.0
    for k in range(lanes):
        wave[k] = w[k] / sound_speed
        count[k], p[k], u[k] = 0, wave[k] * openings[1, k] * openings[0, k] / density, 1.0
        widest = max(widest, wave[k] * longest[k])
    if joint >= 0:
        for k in range(lanes):
            branch = tubes[4][shape[k]], tubes[5][shape[k]]
            count[k], admittance[k] = closed_branch(w[k], *branch, air)
    for i in inwards:
        if i == len(ratio) - 1 or len(length) > 1:
            turns(wave, length[min(i, len(length) - 1)], widest >= SHORT, cos, sin)
        if widest < 1.5:
            for k in range(lanes):
                before_p, before_u = p[k], u[k] * ratio[i, k]
                after = cos[k] * before_u - sin[k] * before_p
                p[k], u[k] = cos[k] * before_p + sin[k] * before_u, after
                count[k] += 1.0 if (before_u >= 0) != (after >= 0) else 0.0
        else:
            turn_far(p, u, ratio[i], cos, sin, count, wave, length[min(i, len(length) - 1)])
        if heavy:
            for k in range(lanes):
                p[k] += wave[k] * mass[shape[k], i] * area[shape[k], i] / density * u[k]
        if i == joint:
            for k in range(lanes):
                sheared = u[k] - admittance[k] * density * sound_speed / area[shape[k], i] * p[k]
                count[k] += sector(p[k], sheared) - sector(p[k], u[k])
                u[k] = sheared
    for k in range(lanes):
        phase[k] = count[k] + 0.5 + half_turns(p[k], u[k])


@walking
def half_turns(p, u):
    """arctan(p / u) in half turns, within 4e-6, to interpolate (Abramowitz & Stegun 4.4.47)."""
    along = (abs(p) - abs(u)) / (abs(p) + abs(u))  # tangent of what the angle exceeds 45 degrees by
    square = along * along
    beyond = 0.1801410 + square * (-0.0851330 + square * 0.0208351)
    beyond = along * (0.9998660 + square * (-0.3302995 + square * beyond))
    angle = 0.25 + beyond / math.pi
    return angle if (p >= 0) == (u >= 0) else -angle


@walking
def turn_far(p, u, ratio, cos, sin, count, wave, length):
    """Through a section of any length."""
    for k in range(len(p)):
        before_p, before_u = p[k], u[k] * ratio[k]
        p[k] = cos[k] * before_p + sin[k] * before_u
        u[k] = cos[k] * before_u - sin[k] * before_p
        count[k] += passages(before_p, before_u, wave[k] * length[k], u[k])


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
def enclose(shapes, shape, tract, tubes, joint, air, turning, low, high):
    """Two frequencies around each resonance, and the phases there: (2, lane) each.

    On a grid of a few frequencies of each shape at once, as many as it has lanes.
    """
    count, phase, lanes = turning[0], turning[1], len(shape)
    formants = lanes // shapes
    low[0], low[1] = 0.0, 0.5  # at frequency 0 nothing turns
    high[:] = np.inf
    w, walks = np.empty(lanes), 0
    while high[0, lanes - shapes :].max() == np.inf:
        for k in range(lanes):
            stride = (formants + 0.5) / (2 * formants) * math.pi * air[1] / tract[5][k]
            w[k] = (walks * formants + k // shapes + 1) * stride
        lossless(w, shape, tract, tubes, joint, air, turning)
        for k in range(lanes):
            for order in range(1, formants + 1):
                wanted = (order - 1) * shapes + k % shapes
                if count[k] < order:
                    low[0, wanted], low[1, wanted] = w[k], phase[k]
                elif w[k] < high[0, wanted]:
                    high[0, wanted], high[1, wanted] = w[k], phase[k]
        walks += 1


@compiled
def lossless_roots(shapes, shape, tract, tubes, joint, air):
    """The first resonances [rad/s] of every lane's shape, of the lane's order.

    Regula falsi on the phase, less at an end that stays (Anderson & Bjorck 1973), now and then a
    bisection, until every enclosure is narrow.
    """
    lanes = len(shape)
    low, high, turning = np.empty((2, lanes)), np.empty((2, lanes)), turning_of(lanes)
    enclose(shapes, shape, tract, tubes, joint, air, turning, low, high)
    order = np.empty(lanes)
    for k in range(lanes):
        order[k] = 1.0 + k // shapes
    low[1] -= order
    high[1] -= order
    side, w = np.zeros(lanes), np.zeros(lanes)
    for step in range(200):
        if guessed(w, low, high, step):
            break
        lossless(w, shape, tract, tubes, joint, air, turning)
        narrow(low, high, side, w, turning[0], turning[1], order)
    return w


@walking
def guessed(w, low, high, step):
    """Fill w with what lies between the ends of each enclosure; whether all of them are narrow."""
    wide = 0.0
    for k in range(len(w)):
        width, least = high[0, k] - low[0, k], 0.4 * ENCLOSURE * high[0, k]
        share = 0.5
        if low[1, k] < 0 < high[1, k]:
            share = low[1, k] / (low[1, k] - high[1, k])
        guess = low[0, k] + share * width
        if width > ENCLOSURE * high[0, k]:
            wide += 1
            guess = low[0, k] + 0.5 * width if step % 12 == 11 else guess
            guess = min(max(guess, low[0, k] + least), high[0, k] - least)
        w[k] = guess
    return wide == 0


@walking
def narrow(low, high, side, w, count, phase, order):
    """Move one end of every wide enclosure to w. A phase at an end that stays loses weight."""
    for k in range(len(w)):
        wide = high[0, k] - low[0, k] > ENCLOSURE * high[0, k]
        above, value = count[k] >= order[k], phase[k] - order[k]
        lost = value / (high[1, k] if above else low[1, k])
        weight = 1 - lost if lost < 1 else 0.5
        weight = weight if side[k] == (1.0 if above else -1.0) else 1.0
        up, down = wide and above, wide and not above
        low[1, k] = value if down else low[1, k] * (weight if up else 1.0)
        high[1, k] = value if up else high[1, k] * (weight if down else 1.0)
        low[0, k], high[0, k] = w[k] if down else low[0, k], w[k] if up else high[0, k]
        side[k] = 1.0 if up else -1.0 if down else side[k]


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


@compiled
def lossy_roots(w, lower, shape, tract, tubes, joint, air, kind):
    """Complex roots that grow out of lossless resonances w; whether each search settled there.

    Divided by ``lower`` roots, the flow leads to none of them. Lanes that are done are walked on
    with the others until they are half.
    """
    lanes = len(w)
    roots, settled = np.empty(lanes, np.complex128), np.zeros(lanes, np.bool_)
    before, f_before = np.empty(lanes, np.complex128), np.empty(lanes, np.complex128)
    here, which, busy = np.empty(lanes, np.complex128), np.arange(lanes), np.ones(lanes, np.bool_)
    waves, none = waves_of(lanes, len(tract[3]), tubes), np.empty((0, 2, lanes), np.complex128)
    there, done = np.empty(lanes, np.complex128), np.zeros(lanes)
    for k in range(lanes):
        before[k], roots[k] = damped(w[k], constants(tract[7], k)), complex(0.0, w[k])
    flow = mismatch(before, shape, tract, tubes, joint, air, waves, none)
    for k in range(lanes):
        f_before[k] = flow[k]
        # Radiation damps, by about a percent.
        here[k] = before[k] * (1 + (0.01j if kind == 2 else 1e-4))
    leave(f_before, before, lower)
    for _ in range(STEPS):
        flow = mismatch(here, shape, tract, tubes, joint, air, waves, none)
        leave(flow, here, lower)
        secants(before, here, f_before, flow, there, done)
        for k in range(len(here)):
            if busy[k]:
                if done[k] > 0:
                    roots[which[k]], settled[which[k]] = there[k], True
                lost = there[k] == here[k] or size(there[k]) >= 1e7 or there[k].imag <= 0
                busy[k] = done[k] == 0 and not lost
                if busy[k]:
                    before[k], f_before[k], here[k] = here[k], flow[k], there[k]
        if 2 * busy.sum() <= len(busy):
            left = np.flatnonzero(busy)
            if len(left) == 0:
                break
            before, f_before, here, which = before[left], f_before[left], here[left], which[left]
            shape, tract, busy = shape[left], narrowed_to(tract, left), busy[left]
            waves, none = waves_of(len(left), len(tract[3]), tubes), none[:, :, : len(left)].copy()
            there, done = there[left], done[left]
    return roots, settled


@walking
def leave(flow, s, lower):
    """Divide the flow by the distances from some roots, so that it leads to none of them."""
    for known in lower:
        for k in range(len(s)):
            flow[k] = flow[k] * inverse(s[k] - known) * known.imag


@walking
def secants(before, here, f_before, f_here, there, done):
    """Fill with where lines through two values are zero, and whether (1, 0) that is precise.

    A tenth away at most.
    """
    for k in range(len(here)):
        last, whole = size(here[k] - before[k]), size(here[k])
        near, still = last < 1e-11 * whole, f_here[k] == f_before[k]
        difference = 1 + 0j if still else f_here[k] - f_before[k]
        step = f_here[k] * (here[k] - before[k]) * inverse(difference)
        far = size(step)
        stays = still or (near and far > last)  # rounding is all that is left
        shorter = 0.1 * whole / far if far > 0.1 * whole else 1.0
        there[k] = here[k] if stays else here[k] - step * shorter
        reach = min(far, 0.1 * whole)
        precise = CURVATURE * reach * last < PRECISION * size(there[k]) ** 2
        ended = near or f_here[k] == 0 if still else stays or precise
        done[k] = 1.0 if ended else 0.0


@compiled
def block_of(tubes, k):
    """Block k of the tubes."""
    area, length, mass, loss, branch_area, branch_length = tubes
    first, last = k * BLOCK, (k + 1) * BLOCK
    return (
        area[first:last], length[first:last], mass[first:last], loss[first:last],
        branch_area[first:last], branch_length[first:last],
    )  # fmt: skip


@compiled
def solve(roots, settled, tubes, joint, air, kind):
    """Fill the roots (shape, formant) of one block, and whether they settled."""
    shapes, count = roots.shape
    shape = np.arange(shapes * count) % shapes
    tract = side_by_side(tubes, air, kind, len(shape))
    w = lossless_roots(shapes, shape, tract, tubes, joint, air)
    found, sure = lossy_roots(w, roots[0, :0], shape, tract, tubes, joint, air, kind)
    for k in range(len(shape)):
        roots[shape[k], k // shapes], settled[shape[k], k // shapes] = found[k], sure[k]
    for j in range(shapes):
        for i in range(1, count):
            if among(roots[j, i], roots[j, :i]):  # search again, away from them
                lane = np.array([i * shapes + j])
                found, sure = lossy_roots(
                    w[lane], roots[j, :i], shape[lane], narrowed_to(tract, lane),
                    tubes, joint, air, kind,
                )  # fmt: skip
                roots[j, i], settled[j, i] = found[0], sure[0]
        for i in range(1, count):
            sort_last(roots[j, : i + 1], settled[j, : i + 1])


@parallel
def resonances(tubes, joint, air, kind, count):
    """Roots of many shapes.

    Parameters
    ----------
    tubes : area, length, mass (shape, section) [m2], [m], [kg/m4], the mass at the glottal end,
        or none at all; loss (shape, 4), constants a, b, w0, c1 of Sondhi & Schroeter [1/s, 1/s2,
        1/s, 1/s]; area and length of the branch (shape, part).
    joint : section at whose glottal end the branch opens, or -1.
    air : density [kg/m3], sound speed [m/s].
    kind : radiation, 0 ideal open end, 1 mass, 2 mass beside resistance.
    count : resonances wanted.

    Returns
    -------
    roots (shape, formant) [1/s] and settled (shape, formant): False where the search did not settle
    and the lossless root stands in.
    """
    shapes = len(tubes[0])
    roots = np.zeros((shapes, count), np.complex128)
    settled = np.ones((shapes, count), np.bool_)
    for k in prange(-(-shapes // BLOCK)):
        own = slice(k * BLOCK, (k + 1) * BLOCK)
        solve(roots[own], settled[own], block_of(tubes, k), joint, air, kind)
    return roots, settled


@compiled
def block_slopes(roots, tubes, joint, air, kind, parameters):
    """df by the parameters (parameter, lane) and by s (lane,) at each root of a block."""
    shapes, count = roots.shape
    shape = np.arange(shapes * count) % shapes
    tract = side_by_side(tubes, air, kind, len(shape))
    s, sections = np.empty(len(shape), np.complex128), tubes[0].shape[1]
    for k in range(len(shape)):
        s[k] = roots[shape[k], k // shapes]
    waves = waves_of(len(shape), len(tract[3]), tubes)
    states = np.empty((sections, 2, len(shape)), np.complex128)
    out = np.zeros((parameters, len(shape)), np.complex128)
    by_s = slopes(s, shape, tract, tubes, joint, air, waves, states, out)
    return out, by_s


@parallel
def derivatives(roots, tubes, joint, air, kind, slope):
    """Fill ``slope`` (shape, formant, parameter) with ds of the roots of ``resonances``.

    Parameters are ln area, length and mass of the sections, the loss constants, and ln area and
    length of the branch.
    """
    for b in prange(-(-len(roots) // BLOCK)):
        own = roots[b * BLOCK : (b + 1) * BLOCK]
        out, by_s = block_slopes(own, block_of(tubes, b), joint, air, kind, slope.shape[2])
        for k in range(len(by_s)):
            slope[b * BLOCK + k % len(own), k // len(own)] = out[:, k] * (-1 / by_s[k])


@parallel
def pulled_back(weight, roots, tubes, joint, air, kind, slope):
    """Fill ``slope`` (shape, parameter) with sum Re(conj(weight) ds), as the chain rule asks."""
    for b in prange(-(-len(roots) // BLOCK)):
        own = slice(b * BLOCK, (b + 1) * BLOCK)
        out, by_s = block_slopes(roots[own], block_of(tubes, b), joint, air, kind, slope.shape[1])
        summed(weight[own], out, by_s, slope[own])


@walking
def summed(weight, out, by_s, slope):
    """Fill ``slope`` (shape, parameter) with sum Re(conj(weight) ds) over the formants."""
    shapes, lanes = len(weight), len(by_s)
    share, part = np.empty(lanes, np.complex128), np.empty(lanes)
    for k in range(lanes):
        share[k] = -np.conj(weight[k % shapes, k // shapes]) / by_s[k]
    for i in range(len(out)):
        for k in range(lanes):
            part[k] = share[k].real * out[i, k].real - share[k].imag * out[i, k].imag
        for first in range(shapes, lanes, shapes):
            for j in range(shapes):
                part[j] += part[first + j]
        for j in range(shapes):
            slope[j, i] = part[j]


@compiled
def among(s, roots):
    """Whether s is one of the roots."""
    same = 0
    for known in roots:
        same += size(s - known) < 1e-7 * size(s)
    return same > 0


@compiled
def sort_last(roots, settled):
    """Put the last root where it belongs: losses may change the order of neighbours."""
    for i in range(len(roots) - 1, 0, -1):
        if roots[i].imag < roots[i - 1].imag:
            roots[i - 1], roots[i] = roots[i], roots[i - 1]
            settled[i - 1], settled[i] = settled[i], settled[i - 1]


@compiled
def turning_of(lanes):
    """Room for what ``lossless`` says and carries of each lane."""
    return (
        np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes),
        np.empty(lanes), np.empty(lanes), np.empty(lanes), np.empty(lanes),
    )  # fmt: skip


@compiled
def waves_of(lanes, rows, tubes):
    """Room for what ``mismatch`` carries of each lane, and of one branch."""
    return (
        np.empty(lanes, np.complex128), np.empty(lanes, np.complex128),
        np.empty(lanes, np.complex128), np.empty(lanes, np.complex128),
        np.empty(lanes, np.complex128), np.empty(lanes, np.complex128),
        np.empty((rows, lanes), np.complex128), np.empty((tubes[4].shape[1] + 1, 2), np.complex128),
    )  # fmt: skip
