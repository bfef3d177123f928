"""Where labels go beside their points, so that none lies on another: places only, nothing is drawn here.

Each label tries places around its point, ever farther away, and takes the one that costs least, given where the others
are: first one after the other, then again and again until all are content. What costs: to be far from the point, to
lie on another label, a point or a leader, and to have a leader that runs through a label.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["leaders", "overlap", "place_labels"]

Floats = NDArray[np.float64]

_ANGLES = np.arange(16) * (np.pi / 8)  # to the right of the point, and on counter-clockwise
_WAYS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], 1)  # [n_angles, 2]
_SIDES = np.clip(_WAYS * np.sqrt(2), -1, 1)  # of a label, that its point lies at: a corner at 45 degrees
_DISTANCES = np.array([0, *(0.5 * 1.38 ** np.arange(1, 14))])  # of rings around a point, in line heights
_TOGETHER = ((0, 1), (1, 4), (4, 8), (8, 14))  # rings looked at together, until none farther away can be better
_ROUNDS = 4  # at most
_DOT = 0.6  # of the gap: what is kept free around a point
# Costs, in line heights of distance.
_ON_LABEL, _ON_POINT, _ON_LEADER, _THROUGH_LABEL, _THROUGH_POINT, _NOT_RIGHT = 100.0, 4.0, 2.5, 2.5, 1.5, 0.4
_ON_LINE = 0.6


def place_labels(points: Floats, sizes: Floats, frame: Floats, gap: float, lines: Floats | None = None) -> Floats:
    """Return where labels go: the lower left corner of each.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
        What is labelled.
    sizes : ndarray of float64, shape (n, 2)
        Width and height of each label, in the same unit.
    frame : ndarray of float64, shape (4,)
        Left, bottom, right and top of what labels must not leave.
    gap : float
        From a point to a label beside it.
    lines : ndarray of float64, shape (n_lines, 2, 2), optional
        The ends of lines that labels had better not lie on.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        The corners. `overlap` says whether there was room for all.
    """
    lines = np.empty((0, 2, 2)) if lines is None else lines
    corners = np.full(points.shape, np.inf)  # [n, 2]; those that have no place yet are in nobody's way
    for _ in range(_ROUNDS):
        before = corners.copy()
        for i in range(len(points)):
            corners[i] = _best(i, points, sizes, corners, frame, gap, lines)
        if np.array_equal(before, corners):
            break
    return corners


def _best(i: int, points: Floats, sizes: Floats, corners: Floats, frame: Floats, gap: float, lines: Floats) -> Floats:
    """Return the corner that costs least for label `i` (float64 [2])."""
    best: Floats = corners[i]
    least = np.inf
    for first, last in _TOGETHER:
        if least <= _DISTANCES[first]:
            break
        candidates = _candidates(points[i], sizes[i], frame, gap + sizes[i, 1] * _DISTANCES[first:last])
        costs = _costs(i, candidates, points, sizes, corners, gap)
        tops = candidates + sizes[i]
        costs += _ON_LINE * _cross(lines[:, 0], lines[:, 1], candidates[:, None], tops[:, None]).sum(1)
        if costs.min() < least:
            best, least = candidates[costs.argmin()], costs.min()
    return best


def overlap(corners: Floats, sizes: Floats) -> float:
    """Return the area that lies under two labels; what lies under more counts for each pair."""
    areas = _common(corners[:, None], (corners + sizes)[:, None], corners, corners + sizes)  # [n, n]
    return float(np.triu(areas, 1).sum())


def leaders(points: Floats, corners: Floats, sizes: Floats) -> Floats:
    """Return the end of each leader (float64 [n, 2]): the place within a label that is nearest to its point."""
    ends: Floats = np.clip(points, corners, corners + sizes)
    return ends


def _candidates(point: Floats, size: Floats, frame: Floats, steps: Floats) -> Floats:
    """Return corners for a label (float64 [n_candidates, 2]) at some distances from its point, within the frame."""
    middles = point + (steps[:, None, None] * _WAYS + _SIDES * size / 2).reshape(-1, 2)
    corners: Floats = np.clip(middles - size / 2, frame[:2], np.maximum(frame[2:] - size, frame[:2]))
    return corners


def _costs(i: int, candidates: Floats, points: Floats, sizes: Floats, corners: Floats, gap: float) -> Floats:
    """Return what each place for label `i` costs (float64 [n_candidates])."""
    point, size = points[i], sizes[i]
    placed = np.isfinite(corners[:, 0])  # bool [n]
    placed[i] = False
    ends = leaders(point, candidates, size)  # [n_candidates, 2]
    distances = np.hypot(*(ends - point).T)
    costs: Floats = np.maximum(distances - gap, 0) / size[1] + _NOT_RIGHT * (candidates[:, 0] < point[0])

    tops, ends = (candidates + size)[:, None], ends[:, None]
    candidates = candidates[:, None]  # [n_candidates, 1, 2]
    low, high = corners[placed], (corners + sizes)[placed]  # [n_placed, 2]
    common = _common(candidates, tops, low, high)  # [n_candidates, n_placed]
    costs += _ON_LABEL * ((common > 0) + common / size.prod()).sum(1)
    costs += _THROUGH_LABEL * _cross(point, ends, low, high).sum(1)
    reach = gap * _DOT
    costs += _ON_POINT * (_common(candidates, tops, points - reach, points + reach) > 0).sum(1)
    others = np.delete(points, i, 0)
    costs += _THROUGH_POINT * _cross(point, ends, others - reach, others + reach).sum(1)
    theirs = leaders(points, corners, sizes)[placed]
    costs += _ON_LEADER * _cross(points[placed], theirs, candidates, tops).sum(1)
    return costs


def _common(low: Floats, high: Floats, other_low: Floats, other_high: Floats) -> Floats:
    """Return the area that boxes have in common."""
    width, height = _apart(np.minimum(high, other_high) - np.maximum(low, other_low))
    areas: Floats = np.maximum(width, 0) * np.maximum(height, 0)
    return areas


def _cross(starts: Floats, ends: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Return whether lines run through boxes: where they enter the later of two strips, they are still in the other."""
    ways = ends - starts
    ways = np.where(np.abs(ways) < 1e-9, 1e-9, ways)
    one, other = (low - starts) / ways, (high - starts) / ways
    enter = np.maximum(*_apart(np.minimum(one, other)))
    leave = np.minimum(*_apart(np.maximum(one, other)))
    crosses: NDArray[np.bool_] = (enter < leave) & (enter < 1) & (leave > 0)
    return crosses


def _apart(pairs: Floats) -> tuple[Floats, Floats]:
    """Return the two columns of an array of shape (..., 2): reducing so short an axis is slow."""
    return pairs[..., 0], pairs[..., 1]
