"""Points with labels on a figure that is as large as the labels need: measured, placed, and then drawn."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textrep.fonts import families_for
from textrep.plot.figures import FIRST, SECOND, finish, is_svg, is_wide, missing_glyphs_ignored, new_figure
from textrep.plot.labels import leaders, overlap, place_labels
from textrep.warning import warn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = ["Drawing", "draw"]

Floats = NDArray[np.float64]

_POINT, _WORD = FIRST, SECOND
_INCH = 72.0  # points; lengths are in these, so that a picture is the same at any resolution
_LEFT, _RIGHT, _BOTTOM, _TOP = 46.0, 12.0, 42.0, 30.0  # margins around the axes
_LEAST = (430.0, 320.0)  # width and height of the axes
_FILLED = 0.12  # share of the axes that labels take; the rest is room to move
_LEAST_AREA = 500.0  # that a label counts for: points of short ones are no farther from one another
_FLATTEST, _STEEPEST = 0.35, 1.1  # height by width of the axes
_BORDER = np.array([48.0, 22.0])  # left and right, and above and below, of the outermost points
_PADDING = 1.5  # around a label
_GAP = 4.0  # from the middle of a dot to its label
_LEADER = 8.0  # from the middle of a dot to a label that needs a line to it
_SAME = 1e-6  # difference of cosines that rounding to float32 makes
_MOST_DECIMALS = 6
_GROWTH, _TRIALS = 1.15, 12


@dataclass(frozen=True)
class Drawing:
    """What a map shows.

    Attributes
    ----------
    places : ndarray of float64, shape (n, 2)
        Where each word lies.
    words : list of str
        Their labels, each a line. With `scores` the first is the one whose neighbours the others are.
    title : str
        What stands above.
    axes : tuple of str
        What the axes are; empty if they mean nothing.
    note : str
        What stands below, instead.
    scores : ndarray of float64, shape (n - 1,), optional
        The cosine of each neighbour.
    """

    places: Floats
    words: list[str]
    title: str
    axes: tuple[str, ...] = ()
    note: str = ""
    scores: Floats | None = None


def draw(drawing: Drawing, path: str | os.PathLike[str] | None) -> Figure:
    """Return a drawing as a figure, and write it to a file if one is named."""
    families = families_for([*drawing.words, drawing.title], quiet=is_svg(path))
    figure = new_figure(1, 1, layout=None)
    axes = figure.add_axes((0, 0, 1, 1))
    _name_axes(axes, drawing, families)
    texts = _texts(axes, drawing, families)
    sizes = _sizes(figure, texts)  # [n, 2]
    room, points, limits, corners = _placed(drawing, sizes)
    outer = room + np.array([_LEFT + _RIGHT, _BOTTOM + _TOP])
    figure.set_size_inches(outer / _INCH)
    axes.set_position((_LEFT / outer[0], _BOTTOM / outer[1], *(room / outer)))
    axes.set(xlim=limits[[0, 2]], ylim=limits[[1, 3]])
    to_data = (limits[2:] - limits[:2]) / room  # data per point
    _draw_points(axes, drawing, points, corners, sizes, limits[:2], to_data)
    for text, point, corner, size in zip(texts, points, corners, sizes, strict=True):
        _put(text, point, corner, size, limits[:2], to_data)
    finish(figure, path)
    return figure


def _placed(drawing: Drawing, sizes: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return width and height of axes in which labels have room, points, limits, and the corners of labels."""
    span = _span(drawing)  # [4]
    room, before = _room(sizes, span), np.inf  # [2]
    for _ in range(_TRIALS):
        points, limits = _fitted(drawing.places, span, room)  # [n, 2], [4]
        frame = np.array([_PADDING, _PADDING, *(room - _PADDING)])
        corners = place_labels(points, sizes, frame, _GAP, None if drawing.scores is None else _rays(points))
        common = overlap(corners, sizes)
        if not common or common == before:
            break
        room, before = room * _GROWTH, common
    if common:
        warn("some labels lie on others, for there is no room beside them: draw fewer words, or without equal vectors")
    return room, points, limits, corners


def _name_axes(axes: Axes, drawing: Drawing, families: list[str]) -> None:
    axes.set_title(drawing.title, fontsize="medium", loc="left", family=families, parse_math=False)
    axes.tick_params(labelsize="x-small", colors="0.4")
    for spine in axes.spines.values():
        spine.set_color("0.8")
    if drawing.axes:
        axes.axhline(0, color="0.92", linewidth=0.8, zorder=0)
        axes.axvline(0, color="0.92", linewidth=0.8, zorder=0)
        axes.set_xlabel(drawing.axes[0], fontsize="small")
        axes.set_ylabel(drawing.axes[1], fontsize="small")
    else:
        axes.set(xticks=[], yticks=[])
        axes.set_xlabel(drawing.note, fontsize="small")


def _texts(axes: Axes, drawing: Drawing, families: list[str]) -> list[Text]:
    n = len(drawing.words)
    size = 8.0 if n > 60 else 9.0 if n > 25 else 10.0
    labels = list(drawing.words)
    if drawing.scores is not None:
        decimals = _decimals(drawing.scores)
        labels[1:] = [
            f"{label} ({score:.{decimals}f})" for label, score in zip(labels[1:], drawing.scores, strict=True)
        ]
    texts = [
        axes.text(0, 0, label, fontsize=size, family=families, parse_math=False, va="center", zorder=4)
        for label in labels
    ]
    if drawing.scores is not None:
        for text in texts:
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5})  # lines pass behind
        texts[0].set(color=_WORD, fontsize=size + 3)  # not bold: few fonts of Korean are
    return texts


def _sizes(figure: Figure, texts: list[Text]) -> Floats:
    """Return width and height of labels in points (float64 [n, 2]), with what is left free around them."""
    renderer: Any = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    with missing_glyphs_ignored():
        boxes = [text.get_window_extent(renderer) for text in texts]
    sizes = np.array([[box.width, box.height] for box in boxes]) * (_INCH / figure.dpi)
    # Where there is no font of Chinese, Japanese and Korean, a browser may have one.
    wide = [sum(is_wide(letter) for letter in text.get_text()) * text.get_fontsize() for text in texts]
    sizes[:, 0] = np.maximum(sizes[:, 0], wide)
    padded: Floats = sizes + 2 * _PADDING
    return padded


def _span(drawing: Drawing) -> Floats:
    """Return left, bottom, right and top of what is to be seen (float64 [4]), not of no extent."""
    if drawing.scores is not None:
        farthest = np.hypot(*drawing.places.T).max()
        farthest = farthest if farthest >= _SAME else 1.0
        return np.array([-farthest, -farthest, farthest, farthest])
    low, high = drawing.places.min(0), drawing.places.max(0)
    half = (high - low).max() / 2 or 0.5
    middle, halves = (low + high) / 2, np.maximum((high - low) / 2, half * 0.05)
    return np.concatenate([middle - halves, middle + halves])


def _room(sizes: Floats, span: Floats) -> Floats:
    """Return width and height for the axes in points (float64 [2])."""
    width, height = span[2:] - span[:2]
    ratio = float(np.clip(height / width, _FLATTEST, _STEEPEST))
    area = np.maximum(sizes.prod(1), _LEAST_AREA).sum() / _FILLED
    width = max(np.sqrt(area / ratio), _LEAST[0], 2.5 * sizes[:, 0].max())
    return np.array([width, max((width - 2 * _BORDER[0]) * ratio + 2 * _BORDER[1], _LEAST[1])])


def _fitted(places: Floats, span: Floats, room: Floats) -> tuple[Floats, Floats]:
    """Return places in points within the axes (float64 [n, 2]), and the limits of the axes, of one scale."""
    scale = float(((room - 2 * _BORDER) / (span[2:] - span[:2])).min())  # points per unit of data
    middle = (span[2:] + span[:2]) / 2
    limits = np.concatenate([middle - room / 2 / scale, middle + room / 2 / scale])
    return (places - limits[:2]) * scale, limits


def _draw_points(
    axes: Axes,
    drawing: Drawing,
    points: Floats,
    corners: Floats,
    sizes: Floats,
    origin: Floats,
    to_data: Floats,
) -> None:
    from matplotlib.collections import LineCollection

    ends = leaders(points, corners + _PADDING, sizes - 2 * _PADDING)
    far = np.hypot(*(ends - points).T) > _LEADER  # bool [n]
    lines = np.stack([points, ends], 1)[far] * to_data + origin  # [n_far, 2, 2]
    axes.add_collection(LineCollection(list(lines), colors="0.6", linewidths=0.5, zorder=2), autolim=False)
    x, y = drawing.places.T
    if drawing.scores is None:
        axes.scatter(x, y, s=9, color=_POINT, linewidths=0, zorder=3)
        return
    _draw_circles(axes, drawing)
    rays = list(_rays(drawing.places))
    axes.add_collection(LineCollection(rays, colors=_POINT, alpha=0.3, linewidths=0.8, zorder=1), autolim=False)
    axes.scatter(x[1:], y[1:], s=16, color=_POINT, linewidths=0, zorder=3)
    axes.scatter(x[:1], y[:1], s=60, color=_WORD, linewidths=0, zorder=3)


def _rays(points: Floats) -> Floats:
    """Return the lines from the first of some points to the others (float64 [n - 1, 2, 2])."""
    return np.stack([np.broadcast_to(points[0], points[1:].shape), points[1:]], 1)


def _draw_circles(axes: Axes, drawing: Drawing) -> None:
    """Draw circles at round cosines around the word, and name them where most room is between neighbours."""
    from matplotlib.patches import Circle

    farthest = float(np.hypot(*drawing.places.T).max())
    if farthest < _SAME:
        return
    step, decimals = _round_step(farthest)
    angles = np.sort(np.arctan2(drawing.places[1:, 1], drawing.places[1:, 0]))  # [n_neighbours]
    gaps = np.diff(angles, append=angles[0] + 2 * np.pi)
    angle = angles[gaps.argmax()] + gaps.max() / 2
    for i in range(1, int(farthest / step + 1.0001)):
        radius = i * step
        axes.add_patch(Circle((0, 0), radius, fill=False, edgecolor="0.85", linewidth=0.8, zorder=0))
        place = (radius * np.cos(angle), radius * np.sin(angle))
        style: dict[str, Any] = {"fontsize": "x-small", "color": "0.5", "ha": "center", "va": "center"}
        white = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        axes.text(*place, f"{1 - radius:z.{decimals}f}", bbox=white, zorder=0.5, clip_on=True, **style)


def _round_step(farthest: float) -> tuple[float, int]:
    """Return the least of 1, 2 and 5 times a power of ten of which a length has less than 5, and its decimals."""
    for decimals in range(_MOST_DECIMALS, 0, -1):
        for digit in (1, 2, 5):
            if farthest < 5 * digit / 10**decimals:
                return digit / 10**decimals, decimals
    return 1.0, 0


def _decimals(scores: Floats) -> int:
    """Return how many decimals cosines need: of 1 - cosine, the one in the middle shows two digits or more."""
    middle = float(np.median(1 - scores)) if len(scores) else 0.0
    return 2 if middle < _SAME else min(max(2, 1 - math.floor(math.log10(middle))), _MOST_DECIMALS)


def _put(
    text: Text,
    point: Floats,
    corner: Floats,
    size: Floats,
    origin: Floats,
    to_data: Floats,
) -> None:
    """Move a label to its place; it is held at the side of its point, for another font may make it longer."""
    low, high = corner[0] + _PADDING, corner[0] + size[0] - _PADDING
    middle = (low + high) / 2
    side, x = ("left", low) if low >= point[0] else ("right", high) if high <= point[0] else ("center", middle)
    text.set(ha=side)
    text.set_position(tuple(np.array([x, corner[1] + size[1] / 2]) * to_data + origin))
