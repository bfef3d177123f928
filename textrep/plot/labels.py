"""Where labels go beside their points, so that none lies on another: places only, nothing is drawn here.

Each label tries places around its point, ever farther away, and takes the one that costs least, given where the others
are: first one after the other, then again and again until all are content. What costs: to be far from the point, to
lie on another label, a point or a leader, and to have a leader that runs through a label.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.labels import Labels, settle

__all__ = ["leaders", "overlap", "place_labels"]

Floats = NDArray[np.float64]

_ROUNDS = 4  # at most


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
    n = len(points)
    ends = np.empty((0, 2, 2)) if lines is None else lines
    labels = Labels(
        points=np.ascontiguousarray(points, np.float64),
        sizes=np.ascontiguousarray(sizes, np.float64),
        corners=np.full((n, 2), np.inf),  # those that have no place yet are in nobody's way
        frame=np.ascontiguousarray(frame, np.float64),
        gap=float(gap),
        lines=np.ascontiguousarray(ends.reshape(-1, 4), np.float64),
        ends=np.empty((n, 2)),
        hulls=np.empty((n, 4)),
    )
    for _ in range(_ROUNDS):
        if not settle(labels):
            break
    return labels.corners


def overlap(corners: Floats, sizes: Floats) -> float:
    """Return the area that lies under two labels; what lies under more counts for each pair."""
    tops = corners + sizes
    sides = np.minimum(tops[:, None], tops) - np.maximum(corners[:, None], corners)  # [n, n, 2]
    return float(np.triu(np.maximum(sides, 0).prod(2), 1).sum())


def leaders(points: Floats, corners: Floats, sizes: Floats) -> Floats:
    """Return the end of each leader (float64 [n, 2]): the place within a label that is nearest to its point."""
    ends: Floats = np.clip(points, corners, corners + sizes)
    return ends
