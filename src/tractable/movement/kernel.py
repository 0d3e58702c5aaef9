"""Fits of tabulated shapes, compiled: x0 and the way linear, two numbers of the clock searched.

A trajectory is x0 + way * s(v), v = (t - pivot) / rise + anchor, in rises from the shape's middle.
With the pivot free, anchor is 0 and the pivot is the middle; with a known onset, the pivot is
that time, anchor the shape's onset, and only the rise is searched. Levenberg and Marquardt's steps
on the two, x0 and way solved for at each (Golub & Pereyra 1973, doi:10.1137/0710036; of the
Jacobian what Kaufman 1975 keeps, doi:10.1007/BF01932995).
"""

import numpy as np
from numba import njit

compiled = njit(cache=True, error_model="numpy")

SUMS = 15  # of products of five rows: 1, s, ds/dv, (v - anchor) ds/dv, x
MOST_PASSES = 40
FLAT = 1e-7  # of the sum of squares: a step that gains less is the last one
LEAST_SQUARES = 1e-12  # their ln is taken
LEAST_DAMPING, MOST_DAMPING = 1e-7, 1e6


@compiled
def sums(out, clock, data, table):
    """All products of the five rows at one clock, whitened, into ``out`` (five by five, lower)."""
    pivot, log_rise, anchor = clock
    time, value, one, weights, count = data
    displacement, slope, before, step = table
    pace, last, back = np.exp(-log_rise), len(displacement) - 1, weights.shape[1]
    out[:] = 0.0
    s = np.empty(count)
    d = np.empty(count)
    e = np.empty(count)
    for i in range(count):
        v = (time[i] - pivot) * pace + anchor
        place = (v + before) / step
        if place <= 0:
            s[i], d[i] = displacement[0], 0.0
        elif place >= last:
            s[i], d[i] = displacement[last], 0.0
        else:
            k = int(place)
            share = place - k
            s[i] = displacement[k] + share * (displacement[k + 1] - displacement[k])
            d[i] = slope[k] + share * (slope[k + 1] - slope[k])
        e[i] = (v - anchor) * d[i]
    for i in range(count):
        w = weights[i, 0]
        a, b, c = w * s[i], w * d[i], w * e[i]
        for k in range(1, min(back, i + 1)):
            w = weights[i, k]
            a += w * s[i - k]
            b += w * d[i - k]
            c += w * e[i - k]
        u, x = one[i], value[i]
        out[0] += u * u
        out[1] += u * a
        out[2] += a * a
        out[3] += u * b
        out[4] += a * b
        out[5] += b * b
        out[6] += u * c
        out[7] += a * c
        out[8] += b * c
        out[9] += c * c
        out[10] += u * x
        out[11] += a * x
        out[12] += b * x
        out[13] += c * x
        out[14] += x * x


@compiled
def solved(m):
    """x0, way and the sum of squares at one clock, from its sums."""
    determinant = m[0] * m[2] - m[1] * m[1]
    if determinant <= 1e-12 * m[0] * m[2] or m[2] == 0:
        level = m[10] / m[0]
        return level, 0.0, max(m[14] - level * m[10], LEAST_SQUARES)
    x0 = (m[2] * m[10] - m[1] * m[11]) / determinant
    way = (m[0] * m[11] - m[1] * m[10]) / determinant
    return x0, way, max(m[14] - x0 * m[10] - way * m[11], LEAST_SQUARES)


@compiled
def normal_equations(m, x0, way):
    """Of pivot (in rises) and ln rise, x0 and way taken out: the matrix, and what it is set to."""
    determinant = m[0] * m[2] - m[1] * m[1]
    if determinant <= 1e-12 * m[0] * m[2] or way == 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    i11, i1s, iss = m[2] / determinant, -m[1] / determinant, m[0] / determinant
    db = m[3] * (i11 * m[3] + i1s * m[4]) + m[4] * (i1s * m[3] + iss * m[4])
    de = m[3] * (i11 * m[6] + i1s * m[7]) + m[4] * (i1s * m[6] + iss * m[7])
    ee = m[6] * (i11 * m[6] + i1s * m[7]) + m[7] * (i1s * m[6] + iss * m[7])
    right_d = -way * (m[12] - x0 * m[3] - way * m[4])
    right_e = -way * (m[13] - x0 * m[6] - way * m[7])
    square = way * way
    return square * (m[5] - db), square * (m[8] - de), square * (m[9] - ee), right_d, right_e


@compiled
def fit_clock(clock, free, limits, data, table, m, trial):
    """From a clock to the one of least squares near by: pivot, ln rise, x0, way, squares."""
    pivot, log_rise, anchor = clock
    earliest, latest, shortest, longest = limits
    sums(m, (pivot, log_rise, anchor), data, table)
    x0, way, squares = solved(m)
    damping = 1e-3
    for _ in range(MOST_PASSES):
        dd, de, ee, right_d, right_e = normal_equations(m, x0, way)
        dd, ee = dd * (1 + damping) + 1e-300, ee * (1 + damping) + 1e-300
        if free:
            determinant = dd * ee - de * de
            if not determinant > 0:
                break
            shift = (ee * right_d - de * right_e) / determinant
            stretch = (dd * right_e - de * right_d) / determinant
        else:
            shift, stretch = 0.0, right_e / ee
        gain = shift * right_d + stretch * right_e
        if not gain > FLAT * squares:
            break
        stretch = min(max(stretch, -0.7), 0.7)
        new_rise = min(max(log_rise + stretch, shortest), longest)
        far = min(max(shift, -1.0), 1.0) * np.exp(log_rise)
        new_pivot = min(max(pivot + far, earliest), latest) if free else pivot
        sums(trial, (new_pivot, new_rise, anchor), data, table)
        new_x0, new_way, new_squares = solved(trial)
        if new_squares < squares:
            still = squares - new_squares < FLAT * squares
            pivot, log_rise, x0, way, squares = new_pivot, new_rise, new_x0, new_way, new_squares
            m[:] = trial
            damping = max(damping * 0.1, LEAST_DAMPING)
            if still:
                break
        else:
            damping *= 10
            if damping > MOST_DAMPING:
                break
    return pivot, log_rise, x0, way, squares


@compiled
def search(pivots, log_rises, anchor, data, table, m):
    """The best clock of a grid; of a known onset the grid has one pivot."""
    best, found = np.inf, (pivots[0], log_rises[0])
    for pivot in pivots:
        for log_rise in log_rises:
            sums(m, (pivot, log_rise, anchor), data, table)
            squares = solved(m)[2]
            if squares < best:
                best, found = squares, (pivot, log_rise)
    return found


@compiled
def fit_all(
    time, value, one, weights, count, displacement, slope, axis, anchor, start, limits, free
):
    """Every shape on every gesture: pivot, ln rise, x0, way, squares (shape, gesture, 5).

    ``start`` is pivot and ln rise of every gesture, good for all shapes. With a known onset
    (``free`` false) its pivot is that onset.
    """
    shapes, gestures = len(displacement), len(value)
    out = np.empty((shapes, gestures, 5))
    m, trial = np.empty(SUMS), np.empty(SUMS)
    for g in range(gestures):
        data = (time[g], value[g], one[g], weights[g], count[g])
        for k in range(shapes):
            table = (displacement[k], slope[k], axis[0], axis[1])
            clock = (start[g, 0], start[g, 1], anchor[k])
            found = fit_clock(clock, free, limits[g], data, table, m, trial)
            for j in range(5):
                out[k, g, j] = found[j]
    return out


@compiled
def search_all(
    time, value, one, weights, count, displacement, slope, axis, anchor, pivots, log_rises
):
    """Where to start every gesture: the best clock of a grid under one shape (gesture, 2)."""
    out, m = np.empty((len(value), 2)), np.empty(SUMS)
    table = (displacement, slope, axis[0], axis[1])
    for g in range(len(value)):
        data = (time[g], value[g], one[g], weights[g], count[g])
        out[g] = search(pivots[g], log_rises, anchor, data, table, m)
    return out
