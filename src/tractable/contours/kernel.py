"""Compiled: from shares of parts in pixels to curves, frame by frame and without Python's lock.

Places are in pixels of the network's grid: x the column, y the row. All in one file, since numba's
cache knows a function by its own file alone.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

OUTSIDE, AIRWAY, LOWER, UPPER, WALL, REST = range(6)
# What a point of a boundary belongs to, 1 + index in ARTICULATORS of the contracts; 0: no point.
FACE, UPPER_LIP, PALATE, VELUM, LOWER_LIP, TONGUE = range(1, 7)
FRONT = 0.5  # share of the palate that is its front, as in the contracts
ACROSS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)  # pixels, where doubt is read at an edge
MARGIN = 1.25  # pixels within the tissues, over which what is left of the air is summed up
FINE = 0.25  # pixels between two samples of that sum
SAME = 0.15  # pixels: what is wider by less is as narrow
UNLIKELY = 1e-3  # share that a part has everywhere, so that an order is never impossible

compiled: Any = njit(cache=True, nogil=True, error_model="numpy")


class Edge(NamedTuple):
    """What makes an edge of a tissue a boundary of the tract, and what its points may belong to."""

    tissue: int
    facing: np.ndarray  # by tissue beyond the edge: is it one?
    lip: bool  # does it begin with one?
    codes: np.ndarray  # of the tissue's parts, in the order of the tract
    names: np.ndarray  # the articulator of each


class Lengths(NamedTuple):
    """In pixels; lean is a ratio."""

    bridge: float  # shorter gaps are none
    shortest: float  # shorter pieces are left out
    farthest: float  # pieces that lie further from the others are left out
    spacing: float  # of the points of a curve
    reach: float  # the way round a lip is at most so long
    lean: float  # forward per way along the skin, where the face begins


class Outlines(NamedTuple):
    """Room for the edges of a tissue, one after another."""

    points: np.ndarray  # (point, 2), x and y
    own: np.ndarray  # (point, 2), row and column of the pixel within
    beyond: np.ndarray  # (point,), the tissue on the other side
    ends: np.ndarray  # (edge,), index after the last point of each


class Found(NamedTuple):
    """All there is to be found in some frames, in pixels of the grid."""

    curve: np.ndarray  # (frame, edge, point, axis)
    articulator: np.ndarray  # (frame, edge, point)
    doubt: np.ndarray  # (frame, edge, point)
    label: np.ndarray  # (frame, row, column)
    tissue_map: np.ndarray  # (frame, y, x), labels of the frame's own pixels
    gap: np.ndarray  # (frame, constriction, 3), width, x and y


@compiled
def ranked(before, now, after, weight, tissue_of, part, tissue, label, lead, doubt):
    """Shares of a frame with its neighbours, by part and by tissue; the lead of each tissue; doubt.

    A lead is the share of a tissue less the largest of any other; doubt is what the largest leaves.
    Before, now, after and part: (part, pixel); tissue and lead (tissue, pixel); label and doubt
    (pixel,). The loops over pixels are the inner ones, so that several are computed at once.
    """
    parts, pixels = part.shape
    tissue[:] = 0.0
    for k in range(parts):
        into, early, present, late = tissue[tissue_of[k]], before[k], now[k], after[k]
        for p in range(pixels):
            share = present[p] + weight * (early[p] - 2 * present[p] + late[p])
            part[k, p] = share
            into[p] += share
    largest, second = tissue[0].copy(), np.full(pixels, np.float32(-1.0))
    label[:] = 0
    for t in range(1, len(tissue)):
        mine = tissue[t]
        for p in range(pixels):
            second[p] = max(second[p], min(mine[p], largest[p]))
            label[p] = t if mine[p] > largest[p] else label[p]
            largest[p] = max(largest[p], mine[p])
    for t in range(len(tissue)):
        mine = tissue[t]
        for p in range(pixels):
            lead[t, p] = mine[p] - (second[p] if label[p] == t else largest[p])
    for p in range(pixels):
        doubt[p] = 1 - largest[p]


@compiled
def sampled(field, x, y):
    """Bilinear value of a field (row, column), level beyond its ends."""
    x = min(max(x, 0.0), field.shape[1] - 1.0)
    y = min(max(y, 0.0), field.shape[0] - 1.0)
    c, r = min(int(x), field.shape[1] - 2), min(int(y), field.shape[0] - 2)
    right, down = x - c, y - r
    above = (1 - right) * field[r, c] + right * field[r, c + 1]
    below = (1 - right) * field[r + 1, c] + right * field[r + 1, c + 1]
    return (1 - down) * above + down * below


@compiled
def remapped(tissue, label, at_row, at_column, answer):
    """The tissue with the largest share at other pixels, between those of the grid."""
    for i in range(len(at_row)):
        r = min(int(at_row[i]), label.shape[0] - 2)
        for j in range(len(at_column)):
            c = min(int(at_column[j]), label.shape[1] - 2)
            first = label[r, c]
            if label[r, c + 1] != first or label[r + 1, c] != first or label[r + 1, c + 1] != first:
                largest = -1.0
                for t in range(len(tissue)):
                    share = sampled(tissue[t], at_column[j], at_row[i])
                    if share > largest:
                        first, largest = t, share
            answer[i, j] = first


@compiled
def saddle(lead, r, c):
    """Whether the tissue goes on through the middle of four pixels, the same from every side."""
    return lead[r, c] + lead[r, c + 1] + lead[r + 1, c] + lead[r + 1, c + 1] > 0


@compiled
def walk(label, lead, tissue, row, column, out_row, out_column, visited, points, own, beyond):
    """Along the edge of a tissue from between two pixels; the number of its points.

    A head facing left has its lower tissue on the right hand of one who goes from its lips to its
    glottis, and the others on the left. A closed edge ends where it began.
    """
    rows, columns = label.shape
    hand = -1 if tissue == LOWER else 1
    start = (row, column, out_row, out_column)
    count = 0
    while True:
        inner, outer = lead[row, column], -lead[out_row, out_column]
        share = inner / max(inner + outer, 1e-12)
        points[count, 0] = column + share * (out_column - column)
        points[count, 1] = row + share * (out_row - row)
        own[count, 0], own[count, 1] = row, column
        beyond[count] = label[out_row, out_column]
        count += 1
        visited[min(row, out_row), min(column, out_column), int(row != out_row)] = True
        ahead_row = -hand * (out_column - column)
        ahead_column = hand * (out_row - row)
        r, c = row + ahead_row, column + ahead_column
        far_r, far_c = out_row + ahead_row, out_column + ahead_column
        if r < 0 or c < 0 or r >= rows or c >= columns:
            return count
        if far_r < 0 or far_c < 0 or far_r >= rows or far_c >= columns:
            return count
        near, far = label[r, c] == tissue, label[far_r, far_c] == tissue
        if far and not near:
            near = saddle(lead, min(row, out_row, r), min(column, out_column, c))
        if near and far:
            row, column = far_r, far_c
        elif near:
            row, column, out_row, out_column = r, c, far_r, far_c
        else:
            out_row, out_column = r, c
        if (row, column, out_row, out_column) == start:
            points[count], own[count], beyond[count] = points[0], own[0], beyond[0]
            return count + 1


@compiled
def outlines(label, lead, tissue, points, own, beyond, ends):
    """Every outer edge of a tissue, one after another; the number of edges.

    ``ends`` gets the index after the last point of each edge. Edges that leave the image come
    first. A hole in a tissue (marrow, a root of a tooth) is nothing that the tract can reach.
    """
    rows, columns = label.shape
    visited = np.zeros((rows, columns, 2), np.bool_)
    hand = -1 if tissue == LOWER else 1
    edges = total = 0
    for closed in range(2):
        for r in range(rows):
            for c in range(columns):
                for down in range(2):
                    r2, c2 = r + down, c + 1 - down
                    if r2 >= rows or c2 >= columns or visited[r, c, down]:
                        continue
                    if (label[r, c] == tissue) == (label[r2, c2] == tissue):
                        continue
                    a, b, a2, b2 = (r, c, r2, c2) if label[r, c] == tissue else (r2, c2, r, c)
                    back_r, back_c = a + hand * (b2 - b), b - hand * (a2 - a)
                    if not closed and 0 <= back_r < rows and 0 <= back_c < columns:
                        continue
                    room = points[total:], own[total:], beyond[total:]
                    count = walk(label, lead, tissue, a, b, a2, b2, visited, *room)
                    if closed and hand * doubled_area(points[total : total + count]) > 0:
                        continue
                    total += count
                    ends[edges] = total
                    edges += 1
    return edges


@compiled
def doubled_area(curve):
    """Twice the area within a closed curve, negative where it is walked to the left hand."""
    total = 0.0
    for k in range(len(curve) - 1):
        total += curve[k, 0] * curve[k + 1, 1] - curve[k + 1, 0] * curve[k, 1]
    return total


@compiled
def longest_run(flag):
    """First and last index of the longest stretch of true values around a ring, or (-1, -1)."""
    count = len(flag)
    best, first, last, length = 0, -1, -1, 0
    for k in range(2 * count):
        length = length + 1 if flag[k % count] else 0
        if best < length <= count:
            best, first, last = length, k - length + 1, k
    return first, last


@compiled
def unrolled(points, own, beyond, facing, lip):
    """A closed edge cut open, in place, where it faces neither tract nor (of a lip) outside air."""
    ring = len(points) - 1
    away = np.empty(ring, np.bool_)
    for k in range(ring):
        away[k] = not facing[beyond[k]] and not (lip and beyond[k] == OUTSIDE)
    first, last = longest_run(away)
    if first < 0:
        for k in range(ring):
            away[k] = not facing[beyond[k]]
        first, last = longest_run(away)
    if first < 0:
        return
    cut = ((first + last) // 2) % ring
    old_points, old_own, old_beyond = points.copy(), own.copy(), beyond.copy()
    for k in range(ring + 1):
        at = (k + cut) % ring
        points[k], own[k], beyond[k] = old_points[at], old_own[at], old_beyond[at]


@compiled
def without_gaps(kept, arc, bridge):
    """Keep short stretches between others that are kept; in place."""
    last = -1
    for k in range(len(kept)):
        if kept[k]:
            if 0 <= last < k - 1 and arc[k] - arc[last] <= bridge:
                kept[last:k] = True
            last = k


@compiled
def arc_length(points):
    arc = np.zeros(len(points))
    for k in range(1, len(points)):
        away = points[k] - points[k - 1]
        arc[k] = arc[k - 1] + np.hypot(away[0], away[1])
    return arc


@compiled
def foremost(points, arc, skin, first, reach, lean):
    """From the inner edge of a lip round it, to where its skin turns up or down to the face.

    There it is inclined by ``lean``, forward per way, at most ``reach`` away.
    """
    at, least = first, points[first, 0]
    for k in range(first - 1, skin - 1, -1):
        way = arc[first] - arc[k]
        if way > reach:
            break
        if points[k, 0] + lean * way < least:
            at, least = k, points[k, 0] + lean * way
    return at


@compiled
def in_order(likelihood):
    """The most likely labels (point,) of a curve on which they may only advance."""
    count, labels = likelihood.shape
    score, came = np.zeros(labels), np.zeros((count, labels), np.int64)
    for k in range(count):
        best = 0
        for j in range(labels):
            if score[j] > score[best]:
                best = j
            came[k, j] = best
        for j in range(labels - 1, -1, -1):
            score[j] = score[came[k, j]] + np.log(likelihood[k, j] + UNLIKELY)
    chosen = np.empty(count, np.int64)
    at = np.argmax(score)
    for k in range(count - 1, -1, -1):
        chosen[k] = at
        at = came[k, at]
    return chosen


@compiled
def normal(curve, i):
    """Unit vector across a curve at one of its points; nothing where it has no direction."""
    ahead, back = curve[min(i + 1, len(curve) - 1)], curve[max(i - 1, 0)]
    x, y = ahead[1] - back[1], back[0] - ahead[0]
    size = max(np.hypot(x, y), 1e-12)
    return x / size, y / size


@compiled
def resampled(points, arc, labels, spacing, doubt, curve, label, doubtful):
    """A piece evenly spaced along its arc, its labels, and the doubt across it; how many points."""
    length = arc[-1] - arc[0]
    count = points_along(length, spacing)
    k = 0
    for i in range(count):
        at = arc[0] + length * i / (count - 1)
        while k < len(arc) - 2 and arc[k + 1] < at:
            k += 1
        ahead = min(k + 1, len(arc) - 1)  # a piece may be a single point
        share = min(1.0, (at - arc[k]) / max(arc[ahead] - arc[k], 1e-12))
        curve[i] = (1 - share) * points[k] + share * points[ahead]
        label[i] = labels[k if share < 0.5 else ahead]
    for i in range(count):
        x, y = normal(curve[:count], i)
        doubtful[i] = 0.0
        for away in ACROSS:
            doubtful[i] += sampled(doubt, curve[i, 0] + away * x, curve[i, 1] + away * y)
        doubtful[i] *= ACROSS[1] - ACROSS[0]
    return count


@compiled
def expected(own, kept, part, codes):
    """Where on the way from lips to glottis the kept points of an edge lie: a mean of labels.

    Where all have the same, how far down they lie.
    """
    total = weight = 0.0
    for k in range(len(own)):
        if kept[k]:
            for j in range(len(codes)):
                share = part[codes[j], own[k, 0], own[k, 1]]
                total += (own[k, 0] if len(codes) == 1 else j) * share
                weight += share
    return total / max(weight, 1e-12)


@compiled
def boundary(label, lead, part, doubt, edge, lengths, room, curve, articulator, doubtful):
    """The boundary of one tissue, lips (velum, of the wall) first; how many points its edges have.

    Parameters
    ----------
    edge, lengths, room : ``Edge``, ``Lengths``, ``Outlines``.
    curve, articulator, doubtful : what is found (point,); NaN and 0 where there is no point.
    """
    points, own, beyond, ends = room.points, room.own, room.beyond, room.ends
    edges = outlines(label, lead[edge.tissue], edge.tissue, points, own, beyond, ends)
    kept, arc = np.zeros(len(points), np.bool_), np.zeros(len(points))
    place = np.full(edges, np.inf)
    start = 0
    for e in range(edges):
        here = slice(start, ends[e])
        closed = ends[e] > start + 1 and (points[start] == points[ends[e] - 1]).all()
        if closed:
            unrolled(points[here], own[here], beyond[here], edge.facing, edge.lip)
        arc[here] = arc_length(points[here])
        for k in range(start, ends[e]):
            kept[k] = edge.facing[beyond[k]]
        island = closed and kept[here].all()
        without_gaps(kept[here], arc[here], lengths.bridge)
        without_crumbs(kept[here], arc[here], lengths.shortest)
        if island:
            kept[here] = False
        elif kept[here].any():
            place[e] = expected(own[here], kept[here], part, edge.codes)
        start = ends[e]
    curve[:], articulator[:], doubtful[:] = np.nan, 0, np.nan
    order = np.argsort(place, kind="mergesort")[: np.isfinite(place).sum()]
    if len(order):
        index, piece = chosen(order, kept, arc, edge, lengths, room)
        index, piece = without_strays(index, piece, points, arc, lengths.farthest)
        labels = labelled(index, piece, own, part, edge)
        found = curve, articulator, doubtful
        lay_out(points, arc, index, piece, labels, lengths.spacing, doubt, *found)
    return start


@compiled
def without_crumbs(kept, arc, shortest):
    """Leave out stretches shorter than that; in place."""
    first = 0
    for k in range(len(kept) + 1):
        if k == len(kept) or not kept[k]:
            if first < k and arc[k - 1] - arc[first] < shortest:
                kept[first:k] = False
            first = k + 1


@compiled
def skin_of(first, begin, end, arc, room, facing, bridge):
    """Where the skin begins that goes on from the lip whose inner edge is point ``first``."""
    air = np.empty(end - begin, np.bool_)
    for k in range(begin, end):
        air[k - begin] = facing[room.beyond[k]] or room.beyond[k] == OUTSIDE
    without_gaps(air, arc[begin:end], bridge)
    while first > begin and air[first - 1 - begin]:
        first -= 1
    return first


@compiled
def chosen(order, kept, arc, edge, lengths, room):
    """Points of all pieces in the order of the tract, and of which piece each is.

    Piece 0 is skin of the face; it ends where piece 1 begins, at the foremost point of a lip.
    """
    points, ends = room.points, room.ends
    index, piece = np.empty(2 * len(points), np.int64), np.empty(2 * len(points), np.int64)
    count = pieces = 0
    for e in order:
        begin = ends[e - 1] if e > 0 else 0
        for k in range(begin, ends[e]):
            if not kept[k]:
                continue
            if k == begin or not kept[k - 1]:
                pieces += 1
                if pieces == 1 and edge.lip:
                    skin = skin_of(k, begin, ends[e], arc, room, edge.facing, lengths.bridge)
                    lips = foremost(points, arc, skin, k, lengths.reach, lengths.lean)
                    if lips > skin:
                        for j in range(skin, lips + 1):
                            index[count], piece[count] = j, 0
                            count += 1
                    for j in range(lips, k):
                        index[count], piece[count] = j, 1
                        count += 1
            index[count], piece[count] = k, pieces
            count += 1
    return index[:count], piece[:count]


@compiled
def without_strays(index, piece, points, arc, farthest):
    """The longest piece and those that follow on it, either way, without too wide a gap."""
    first = np.flatnonzero(np.append(True, piece[1:] != piece[:-1]))
    last = np.append(first[1:], len(piece)) - 1
    longest = np.argmax(arc[index[last]] - arc[index[first]])
    begin = end = longest
    while begin > 0 and close_by(
        points[index[last[begin - 1]]], points[index[first[begin]]], farthest
    ):
        begin -= 1
    while end + 1 < len(first) and close_by(
        points[index[last[end]]], points[index[first[end + 1]]], farthest
    ):
        end += 1
    some = slice(first[begin], last[end] + 1)
    return index[some], piece[some]


@compiled
def close_by(one, other, farthest):
    """Whether two points lie no further apart than that."""
    return np.hypot(one[0] - other[0], one[1] - other[1]) <= farthest


@compiled
def labelled(index, piece, own, part, edge):
    """The articulator of every point, by the shares of parts just within the edge."""
    codes = edge.codes
    face = np.sum(piece == 0)
    labels = np.full(len(index), FACE)
    likelihood = np.empty((len(index) - face, len(codes)))
    for k in range(len(likelihood)):
        row, column = own[index[face + k]]
        for j in range(len(codes)):
            likelihood[k, j] = part[codes[j], row, column]
        likelihood[k] /= max(likelihood[k].sum(), 1e-12)
    labels[face:] = edge.names[in_order(likelihood)]
    return labels


@compiled
def lay_out(points, arc, index, piece, labels, spacing, doubt, curve, articulator, doubtful):
    """Pieces one after another; where there is too little room, the first points are left out."""
    room = int(arc[index].max() / spacing) + 4
    some, named, doubted = np.empty((room, 2)), np.empty(room, np.int64), np.empty(room)
    at, first = -too_many(arc, index, piece, spacing, len(curve)), 0
    while first < len(index):
        last = last_of(piece, first)
        here = index[first : last + 1]
        count = resampled(
            points[here], arc[here], labels[first : last + 1], spacing, doubt, some, named, doubted
        )
        if piece[first] == 0:
            count -= 1  # the lip's foremost point is the next piece's
        for k in range(count):
            if 0 <= at < len(curve):
                curve[at], articulator[at], doubtful[at] = some[k], named[k], doubted[k]
            at += 1
        at += piece[first] > 0
        first = last + 1


@compiled
def last_of(piece, first):
    """Index of the last point of the piece that begins at ``first``."""
    last = first
    while last + 1 < len(piece) and piece[last + 1] == piece[first]:
        last += 1
    return last


@compiled
def points_along(length, spacing):
    """So many points lie along a piece."""
    return max(2, int(np.floor(length / spacing + 0.5)) + 1)


@compiled
def too_many(arc, index, piece, spacing, room):
    """By how many points the pieces, and a gap after each, are more than there is room for."""
    total = first = 0
    while first < len(index):
        last = last_of(piece, first)
        total += points_along(arc[index[last]] - arc[index[first]], spacing)
        total += 1 if piece[first] > 0 else -1
        first = last + 1
    return max(0, total - room)


@compiled
def gap(one, other, tissue, answer):
    """Way across the air [pixels] where two stretches are nearest, and the middle of that place.

    The air's share, summed up along the shortest line and ``MARGIN`` beyond its ends: it goes to
    nothing, below a pixel, with the air. Where several places are as narrow, the middle of them.
    ``answer`` gets width, x, y; NaN where a stretch has no point.
    """
    answer[:] = np.nan
    if len(one) == 0 or len(other) == 0:
        return
    away, mate = np.empty(len(one)), np.empty(len(one), np.int64)
    for i in range(len(one)):
        away[i] = np.inf
        for j in range(len(other)):
            square = (one[i, 0] - other[j, 0]) ** 2 + (one[i, 1] - other[j, 1]) ** 2
            if square < away[i]:
                away[i], mate[i] = square, j
        away[i] = np.sqrt(away[i])
    near = away <= away.min() + 1.0
    across = np.full(len(one), np.inf)
    for i in np.flatnonzero(near):
        across[i] = air_between(one, i, other[mate[i]], away[i], tissue)
    least = across.min()
    x = y = count = 0.0
    for i in np.flatnonzero(across <= least + SAME):
        x += 0.5 * (one[i, 0] + other[mate[i], 0])
        y += 0.5 * (one[i, 1] + other[mate[i], 1])
        count += 1
    answer[0], answer[1], answer[2] = least, x / count, y / count


@compiled
def air_between(curve, i, end, away, tissue):
    """Air from point ``i`` of a curve on to ``end``, straight; across the curve if they meet."""
    x, y = normal(curve, i)
    if away > 0.5:
        x, y = (end[0] - curve[i, 0]) / away, (end[1] - curve[i, 1]) / away
    steps = int(np.ceil((away + 2 * MARGIN) / FINE))
    middle_x, middle_y = 0.5 * (curve[i, 0] + end[0]), 0.5 * (curve[i, 1] + end[1])
    total = 0.0
    for k in range(steps):
        at = (k + 0.5 - 0.5 * steps) * FINE
        for air in (OUTSIDE, AIRWAY):
            total += sampled(tissue[air], middle_x + at * x, middle_y + at * y)
    return total * FINE


@compiled
def outline_of(code, codes, part, room, count):
    """Of the first ``count`` points of edges, those where ``code`` is the largest of the parts."""
    kept = np.ones(count, np.bool_)
    for k in range(count):
        row, column = room.own[k]
        for other in codes:
            kept[k] &= part[other, row, column] <= part[code, row, column]
    return room.points[:count][kept]


@compiled
def constrictions(curve, articulator, velum, wall, tissue, answer):
    """Widths and places of the CONSTRICTIONS of the contracts, see ``gap``."""
    upper, lower = articulator[0], articulator[1]
    roof = curve[0][(upper == PALATE) | (upper == VELUM)]
    front = int(FRONT * np.sum(upper == PALATE))
    tongue = curve[1][lower == TONGUE]
    gap(curve[0][upper == UPPER_LIP], curve[1][lower == LOWER_LIP], tissue, answer[0])
    gap(roof[:front], tongue, tissue, answer[1])
    gap(roof[front:], tongue, tissue, answer[2])
    gap(velum, wall, tissue, answer[3])


@compiled
def room_for_edges(rows, columns):
    """For twice as many lines between pixels as pixels; an edge closes after four at least."""
    most = 3 * rows * columns
    points, own = np.empty((most, 2)), np.empty((most, 2), np.int64)
    return Outlines(points, own, np.empty(most, np.uint8), np.empty(most, np.int64))


@compiled
def traced(share, weight, tissue_of, edges, lengths, at_row, at_column, found):
    """All there is to be found in the frames of a chunk but the first and the last.

    Parameters
    ----------
    share : (frame, part, row, column).
    weight : of the frame before and of the frame after.
    tissue_of : tissue of each part.
    edges, lengths : several ``Edge`` and the ``Lengths``.
    at_row, at_column : where other pixels lie on this grid.
    found : ``Found``, to be filled.
    """
    frames, parts, rows, columns = share.shape
    pixels = rows * columns
    flat = share.reshape((frames, parts, pixels))
    flat_part = np.empty((parts, pixels), np.float32)
    flat_tissue = np.empty((REST + 1, pixels), np.float32)
    flat_lead, flat_doubt = np.empty_like(flat_tissue), np.empty(pixels, np.float32)
    part, doubt = flat_part.reshape((parts, rows, columns)), flat_doubt.reshape((rows, columns))
    tissue = flat_tissue.reshape((REST + 1, rows, columns))
    lead = flat_lead.reshape((REST + 1, rows, columns))
    room = room_for_edges(rows, columns)
    for f in range(frames - 2):
        label = found.label[f]
        answers = flat_part, flat_tissue, label.reshape(pixels), flat_lead, flat_doubt
        ranked(flat[f], flat[f + 1], flat[f + 2], weight, tissue_of, *answers)
        remapped(tissue, label, at_row, at_column, found.tissue_map[f])
        velum = wall = room.points[:0].copy()
        for k, edge in enumerate(edges):
            here = found.curve[f, k], found.articulator[f, k], found.doubt[f, k]
            count = boundary(label, lead, part, doubt, edge, lengths, room, *here)
            if edge.tissue == UPPER:
                velum = outline_of(edge.codes[-1], edge.codes, part, room, count)
            if edge.tissue == WALL:
                wall = room.points[:count].copy()
        constrictions(found.curve[f], found.articulator[f], velum, wall, tissue, found.gap[f])
