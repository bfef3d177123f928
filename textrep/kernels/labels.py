"""One label after the other to the best place around its point, given where the others are.

What a place costs is summed up only until it is more than the best one found so far, and only over what is near enough
to be in its way.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.jit import inlined, kernel

__all__ = ["Labels", "settle"]

Floats = NDArray[np.float64]

_N_RINGS, _N_WAYS = 14, 16  # around a point, and places on each
_FIRST_RING, _RING_GROWTH = 0.5, 1.38  # in line heights
_N_WAYS_OUT = 128  # places on a ring where none of the others had one that is free
_DOT = 0.6  # of the gap: what is kept free around a point
_NO_LENGTH = 1e-9  # a line shorter than this, along an axis, counts as one of this length

# Costs, in line heights of distance.
_ON_LABEL = 1e6  # more than all the others together
_ON_POINT, _ON_LEADER, _THROUGH_LABEL, _THROUGH_POINT, _ON_LINE, _NOT_RIGHT = 4.0, 2.5, 2.5, 1.5, 0.6, 0.4


class Labels(NamedTuple):
    """What is labelled, with what, where and between what.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
        What is labelled.
    sizes : ndarray of float64, shape (n, 2)
        Width and height of each label.
    corners : ndarray of float64, shape (n, 2)
        The lower left corner of each; infinite where it has no place yet. `settle` changes them.
    frame : ndarray of float64, shape (4,)
        Left, bottom, right and top of what labels must not leave.
    gap : float
        From a point to a label beside it.
    lines : ndarray of float64, shape (n_lines, 4)
        Both ends of lines that labels had better not lie on.
    ends : ndarray of float64, shape (n, 2)
        Where leaders end: the place within a label that is nearest to its point. `settle` writes them.
    hulls : ndarray of float64, shape (n, 4)
        Left, bottom, right and top of each point with its label. `settle` writes them.
    """

    points: Floats
    sizes: Floats
    corners: Floats
    frame: Floats
    gap: float
    lines: Floats
    ends: Floats
    hulls: Floats


@kernel
def settle(labels: Labels) -> int:
    """Move each label, in their order, to a place that costs less than its own, if there is one.

    Places are looked at on rings around the point, up to 33 line heights away. A label that has no place there without
    another label on it looks on, as far as the frame goes.

    Parameters
    ----------
    labels : Labels
        All there is; `corners` says afterwards where labels are.

    Returns
    -------
    int
        How many labels were moved.
    """
    n = labels.points.shape[0]
    for i in range(n):
        _take_place(i, labels)
    near = np.empty(n, np.int64)
    candidates = np.empty((_N_WAYS_OUT, 2))
    n_moved = 0
    for i in range(n):
        x, y = _best(i, labels, near, candidates)
        if x != labels.corners[i, 0] or y != labels.corners[i, 1]:
            n_moved += 1
            labels.corners[i, 0] = x
            labels.corners[i, 1] = y
            _take_place(i, labels)
    return n_moved


@kernel
def _take_place(i: int, labels: Labels) -> None:
    """Write where the leader of label `i` ends, and what it and its point take up."""
    for axis in range(2):
        point, low = labels.points[i, axis], labels.corners[i, axis]
        end, least, most = point, point - _DOT * labels.gap, point + _DOT * labels.gap
        if math.isfinite(low):
            high = low + labels.sizes[i, axis]
            end, least, most = min(max(point, low), high), min(least, low), max(most, high)
        labels.ends[i, axis] = end
        labels.hulls[i, axis] = least
        labels.hulls[i, axis + 2] = most


@kernel
def _best(i: int, labels: Labels, near: NDArray[np.int64], candidates: Floats) -> tuple[float, float]:
    """Return the corner that costs least for label `i`: its present one, if none costs less."""
    x, y, least = labels.corners[i, 0], labels.corners[i, 1], np.inf
    if math.isfinite(x):
        candidates[0] = labels.corners[i]
        x, y, least = _cheapest(i, labels, candidates[:1], near, x, y, least)
    distance = 0.0  # of a ring, in line heights
    for ring in range(_N_RINGS):
        if least <= distance:
            return x, y
        _put_around(i, labels, distance, candidates[:_N_WAYS])
        x, y, least = _cheapest(i, labels, candidates[:_N_WAYS], near, x, y, least)
        distance = _FIRST_RING * _RING_GROWTH ** (ring + 1)
    frame = labels.frame
    farthest = math.hypot(frame[2] - frame[0], frame[3] - frame[1]) / labels.sizes[i, 1]
    while least >= _ON_LABEL and distance <= farthest:
        _put_around(i, labels, distance, candidates)
        x, y, least = _cheapest(i, labels, candidates, near, x, y, least)
        distance += 1
    return x, y


@kernel
def _put_around(i: int, labels: Labels, distance: float, candidates: Floats) -> None:
    """Write corners for a label at a distance from its point, within the frame: to the right, and on to the left."""
    n_ways = candidates.shape[0]
    for way in range(n_ways):
        angle = way * (2 * math.pi / n_ways)
        for axis in range(2):
            along = math.cos(angle) if axis == 0 else math.sin(angle)
            side = min(max(along * math.sqrt(2.0), -1.0), 1.0)  # that the point lies at: a corner at 45 degrees
            size = labels.sizes[i, axis]
            away = (labels.gap + distance * labels.sizes[i, 1]) * along
            corner = labels.points[i, axis] + away + (side - 1) * size / 2
            highest = max(labels.frame[axis + 2] - size, labels.frame[axis])
            candidates[way, axis] = min(max(corner, labels.frame[axis]), highest)


@kernel
def _cheapest(
    i: int, labels: Labels, candidates: Floats, near: NDArray[np.int64], x: float, y: float, least: float
) -> tuple[float, float, float]:
    """Return the corner that costs less than `least`, and least of some, and what it costs; else the one at hand."""
    n_near = _find_near(i, labels, candidates, near)
    for c in range(candidates.shape[0]):
        cost = _cost(i, labels, candidates[c, 0], candidates[c, 1], near[:n_near], least)
        if cost < least:
            x, y, least = candidates[c, 0], candidates[c, 1], cost
    return x, y, least


@kernel
def _find_near(i: int, labels: Labels, candidates: Floats, near: NDArray[np.int64]) -> int:
    """Write which labels and points other than `i` can be in the way of some places; return how many they are."""
    points, hulls = labels.points, labels.hulls
    left, bottom = points[i, 0], points[i, 1]
    right, top = left, bottom
    for c in range(candidates.shape[0]):
        left, right = min(left, candidates[c, 0]), max(right, candidates[c, 0] + labels.sizes[i, 0])
        bottom, top = min(bottom, candidates[c, 1]), max(top, candidates[c, 1] + labels.sizes[i, 1])
    n_near = 0
    for j in range(points.shape[0]):
        if j != i and hulls[j, 0] < right and hulls[j, 2] > left and hulls[j, 1] < top and hulls[j, 3] > bottom:
            near[n_near] = j
            n_near += 1
    return n_near


@kernel
def _cost(i: int, labels: Labels, left: float, bottom: float, near: NDArray[np.int64], least: float) -> float:
    """Return what a place for label `i` costs; something from `least` on as soon as it is known to cost so much."""
    points, corners, sizes = labels.points, labels.corners, labels.sizes
    x, y, width, height = points[i, 0], points[i, 1], sizes[i, 0], sizes[i, 1]
    right, top = left + width, bottom + height
    end_x, end_y = min(max(x, left), right), min(max(y, bottom), top)  # of its leader
    cost = max(math.hypot(end_x - x, end_y - y) - labels.gap, 0.0) / height + _NOT_RIGHT * (left < x)
    if cost >= least:
        return cost
    for j in near:
        if math.isfinite(corners[j, 0]):
            common_x = min(right, corners[j, 0] + sizes[j, 0]) - max(left, corners[j, 0])
            common_y = min(top, corners[j, 1] + sizes[j, 1]) - max(bottom, corners[j, 1])
            if common_x > 0 and common_y > 0:
                cost += _ON_LABEL * (1 + common_x * common_y / (width * height))
                if cost >= least:
                    return cost
    reach = labels.gap * _DOT
    cost += _ON_POINT * _overlap(left, bottom, right, top, x, y, reach)
    for j in near:
        cost += _cost_beside(j, labels, x, y, end_x, end_y, left, bottom, right, top)
        if cost >= least:
            return cost
    for k in range(labels.lines.shape[0]):
        line = labels.lines[k]
        cost += _ON_LINE * _crosses(line[0], line[1], line[2], line[3], left, bottom, right, top)
    return cost


@kernel
def _cost_beside(
    j: int,
    labels: Labels,
    x: float,
    y: float,
    end_x: float,
    end_y: float,
    left: float,
    bottom: float,
    right: float,
    top: float,
) -> float:
    """Return what point `j`, its label and its leader cost a label with a leader that they may be in the way of."""
    reach = labels.gap * _DOT
    point_x, point_y = labels.points[j]
    cost = _ON_POINT * _overlap(left, bottom, right, top, point_x, point_y, reach)
    if abs(point_x - x) >= reach or abs(point_y - y) >= reach:  # else the leader cannot but begin there
        box = point_x - reach, point_y - reach, point_x + reach, point_y + reach
        cost += _THROUGH_POINT * _crosses(x, y, end_x, end_y, *box)
    low_x, low_y = labels.corners[j]
    if math.isfinite(low_x):
        high_x, high_y = low_x + labels.sizes[j, 0], low_y + labels.sizes[j, 1]
        cost += _THROUGH_LABEL * _crosses(x, y, end_x, end_y, low_x, low_y, high_x, high_y)
        cost += _ON_LEADER * _crosses(point_x, point_y, labels.ends[j, 0], labels.ends[j, 1], left, bottom, right, top)
    return cost


@inlined
def _overlap(left: float, bottom: float, right: float, top: float, x: float, y: float, reach: float) -> bool:
    """Whether a box lies on what is kept free around a point."""
    return left < x + reach and right > x - reach and bottom < y + reach and top > y - reach


@kernel
def _crosses(
    x: float, y: float, end_x: float, end_y: float, left: float, bottom: float, right: float, top: float
) -> bool:
    """Whether a line runs through a box: where it enters the later of two strips, it is still in the other."""
    if max(x, end_x) < left or min(x, end_x) > right or max(y, end_y) < bottom or min(y, end_y) > top:
        return False
    way_x, way_y = end_x - x, end_y - y
    way_x = way_x if abs(way_x) >= _NO_LENGTH else _NO_LENGTH
    way_y = way_y if abs(way_y) >= _NO_LENGTH else _NO_LENGTH
    one, other = (left - x) / way_x, (right - x) / way_x
    enter, leave = min(one, other), max(one, other)
    one, other = (bottom - y) / way_y, (top - y) / way_y
    enter, leave = max(enter, min(one, other)), min(leave, max(one, other))
    return enter < leave and enter < 1 and leave > 0
