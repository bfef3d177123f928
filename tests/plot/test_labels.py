"""Places of labels: none lies on another or leaves the frame; where there is room they stay beside their points."""

from __future__ import annotations

import numpy as np
import pytest

from textrep.plot.labels import leaders, overlap, place_labels

GAP = 4.0


def drawing(kind: str, n: int = 70):
    """Points, sizes of labels, and a frame in which labels take an eighth of the area."""
    rng = np.random.default_rng(1)
    sizes = np.stack([rng.uniform(15, 60, n), np.full(n, 11.0)], 1)
    side = np.sqrt(sizes.prod(1).sum() * 8)
    points = {
        "uniform": rng.uniform(0, side, (n, 2)),
        "normal": np.clip(rng.normal(side / 2, side / 6, (n, 2)), 0, side),
        "line": np.stack([np.linspace(0, side, n), np.full(n, side / 3)], 1),
        "corner": rng.uniform(0, side / 3, (n, 2)),
    }[kind]
    return points, sizes, np.array([0, 0, side, side])


@pytest.mark.parametrize("kind", ["uniform", "normal", "line", "corner"])
def test_no_label_lies_on_another_or_leaves_the_frame(kind):
    points, sizes, frame = drawing(kind)
    corners = place_labels(points, sizes, frame, GAP)
    assert overlap(corners, sizes) == 0
    assert (corners >= frame[:2]).all()
    assert (corners + sizes <= frame[2:] + 1e-9).all()
    np.testing.assert_array_equal(place_labels(points, sizes, frame, GAP), corners)


def test_few_labels_stand_to_the_right_of_their_points():
    points, sizes = np.array([[50.0, 50.0], [200.0, 120.0]]), np.array([[30.0, 10.0], [40.0, 10.0]])
    corners = place_labels(points, sizes, np.array([0, 0, 300, 200.0]), GAP)
    np.testing.assert_allclose(corners, points + np.array([GAP, -5]))


def test_a_label_at_the_right_border_stands_elsewhere_and_covers_no_point():
    points, sizes = np.array([[295.0, 100.0], [255.0, 100.0]]), np.array([[30.0, 10.0], [5.0, 5.0]])
    corners = place_labels(points, sizes, np.array([0, 0, 300, 200.0]), GAP)
    for corner, size in zip(corners, sizes, strict=True):
        assert not ((corner < points) & (points < corner + size)).all(1).any()


def test_labels_of_one_place_spread():
    sizes = np.tile([30.0, 10.0], (20, 1))
    points = np.full((20, 2), 200.0)
    corners = place_labels(points, sizes, np.array([0, 0, 400, 400.0]), GAP)
    assert overlap(corners, sizes) == 0
    assert np.hypot(*(leaders(points, corners, sizes) - points).T).max() < 120


def test_labels_avoid_lines():
    points, sizes = np.array([[100.0, 100.0]]), np.array([[30.0, 10.0]])
    line = np.array([[[100.0, 100.0], [300.0, 100.0]]])
    (corner,) = place_labels(points, sizes, np.array([0, 0, 300, 200.0]), GAP, line)
    assert corner[1] > 100 or corner[1] + 10 < 100 or corner[0] + 30 < 100


def test_without_room_the_overlap_is_told():
    sizes = np.full((4, 2), 10.0)
    corners = place_labels(np.full((4, 2), 5.0), sizes, np.array([0, 0, 12, 12.0]), 1.0)
    assert overlap(corners, sizes) > 100
    assert overlap(np.array([[0, 0], [5.0, 8], [30, 30]]), sizes[:3]) == 5 * 2
