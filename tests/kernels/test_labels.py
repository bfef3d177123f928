"""Labels to their best places: the kernel, compiled and interpreted, against NumPy that looks at all of everything."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from textrep.kernels.labels import Labels, settle

sys.path.append(str(Path(__file__).parents[1]))  # pytest's importlib mode leaves it out

from interpreted import interpreted

GAP, REACH = 4.0, 2.4


def crossing(start, end, low, high):
    """Whether a line runs through the inside of a box (bool): clipped to one strip, then to the other."""
    first, last = 0.0, 1.0
    for axis in range(2):
        way = end[axis] - start[axis]
        if abs(way) < 1e-9:
            if not low[axis] < start[axis] < high[axis]:
                return False
            continue
        one, other = sorted(((low[axis] - start[axis]) / way, (high[axis] - start[axis]) / way))
        first, last = max(first, one), min(last, other)
    return first < last


def cost(i, corner, points, sizes, corners, lines):
    """What a place for label `i` costs: a sum over all points, labels, leaders and lines."""
    point, top = points[i], corner + sizes[i]
    end = np.clip(point, corner, top)
    total = max(np.hypot(*(end - point)) - GAP, 0) / sizes[i, 1] + 0.4 * (corner[0] < point[0])
    for j, other in enumerate(points):
        total += 4.0 * bool(((corner < other + REACH) & (top > other - REACH)).all())
        if j == i:
            continue
        if (np.abs(other - point) >= REACH).any():
            total += 1.5 * crossing(point, end, other - REACH, other + REACH)
        if np.isfinite(corners[j, 0]):
            low, high = corners[j], corners[j] + sizes[j]
            common = np.maximum(np.minimum(top, high) - np.maximum(corner, low), 0).prod()
            total += 1e6 * ((common > 0) + common / sizes[i].prod())
            total += 2.5 * crossing(point, end, low, high)
            total += 2.5 * crossing(other, np.clip(other, low, high), corner, top)
    return total + 0.6 * sum(crossing(line[:2], line[2:], corner, top) for line in lines)


def places_around(point, size, frame, distance, n_ways):
    for way in range(n_ways):
        along = np.array([math.cos(2 * math.pi * way / n_ways), math.sin(2 * math.pi * way / n_ways)])
        middle = point + (GAP + distance * size[1]) * along + np.clip(along * math.sqrt(2), -1, 1) * size / 2
        yield np.clip(middle - size / 2, frame[:2], np.maximum(frame[2:] - size, frame[:2]))


def least_cost(i, points, sizes, frame, corners, lines):
    """What the best place costs of all on the 14 rings, or beyond them if it must lie on a label there."""
    found = [corners[i]] if np.isfinite(corners[i, 0]) else []
    for distance in [0, *(0.5 * 1.38 ** np.arange(1, 14))]:
        found += places_around(points[i], sizes[i], frame, distance, 16)
    least = min(cost(i, corner, points, sizes, corners, lines) for corner in found)
    distance = 0.5 * 1.38**14
    while least >= 1e6 and distance * sizes[i, 1] <= np.hypot(*(frame[2:] - frame[:2])):
        around = places_around(points[i], sizes[i], frame, distance, 128)
        least = min(least, *(cost(i, corner, points, sizes, corners, lines) for corner in around))
        distance += 1
    return least


def labels_of(kind, n, n_lines):
    rng = np.random.default_rng(n)
    sizes = np.stack([rng.uniform(15, 60, n), rng.uniform(8, 14, n)], 1)
    side = {"room": 400.0, "dense": 120.0, "one place": 250.0, "outside": 90.0}[kind]
    points = rng.uniform(0, side, (n, 2))
    if kind == "one place":
        points[:] = side / 2
    if kind == "outside":
        points[::3] += side
    lines = rng.uniform(0, side, (n_lines, 4))
    corners, frame = np.full((n, 2), np.inf), np.array([0, 0, side, side])
    return Labels(points, sizes, corners, frame, GAP, lines, np.empty((n, 2)), np.empty((n, 4)))


def stepwise_costs(before, after, labels):
    """What each label's place costs, and the least it could, given those that were moved before it."""
    corners, costs, leasts = before.copy(), [], []
    points, sizes, frame, lines = labels.points, labels.sizes, labels.frame, labels.lines
    for i in range(len(corners)):
        leasts.append(least_cost(i, points, sizes, frame, corners, lines))
        costs.append(cost(i, after[i], points, sizes, corners, lines))
        corners[i] = after[i]
    return costs, leasts


@pytest.mark.parametrize(
    ("kind", "n", "n_lines"), [("room", 7, 0), ("dense", 7, 3), ("one place", 6, 1), ("outside", 6, 2), ("room", 1, 0)]
)
def test_each_label_takes_the_place_that_costs_least(kind, n, n_lines):
    labels, plain = labels_of(kind, n, n_lines), labels_of(kind, n, n_lines)
    for _ in range(2):
        before = labels.corners.copy()
        n_moved = settle(labels)
        assert n_moved == (before != labels.corners).any(1).sum()
        assert interpreted(settle)(plain) == n_moved
        np.testing.assert_allclose(plain.corners, labels.corners, atol=1e-9)
        np.testing.assert_allclose(*stepwise_costs(before, labels.corners, labels), atol=1e-9)
    np.testing.assert_array_equal(labels.ends, np.clip(labels.points, labels.corners, labels.corners + labels.sizes))


def test_it_comes_to_an_end():
    labels = labels_of("dense", 12, 0)
    moved = [settle(labels) for _ in range(30)]
    assert moved[0] == 12
    assert moved[-1] == 0


def test_labels_without_a_free_place_on_the_rings_find_one_beyond():
    """The 224 places on the rings around their point, many of which lie on one another, are too few for 400."""
    sizes = np.tile([60.0, 10.0], (400, 1))
    points = np.full((400, 2), 700.0)
    frame = np.array([0, 0, 1400.0, 1400.0])
    labels = Labels(
        points, sizes, np.full((400, 2), np.inf), frame, GAP, np.empty((0, 4)), np.empty((400, 2)), np.empty((400, 4))
    )
    settle(labels)
    low, high = labels.corners, labels.corners + sizes
    sides = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)  # [n, n, 2]
    assert np.triu((sides > 0).all(2), 1).sum() == 0
    assert (low >= 0).all()
    assert (high <= 1400).all()
