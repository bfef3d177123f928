"""Confusion matrices: which classes are taken for which."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textrep.fonts import families_for
from textrep.plot.figures import check_picture, finish, is_svg, label_text, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["confusion_matrix"]

_FEW_CLASSES = 30  # with more of them, cells are too small for numbers
_OUTCOMES = ("found", "missed", "given wrongly")


def confusion_matrix(
    y_true: Sequence[Any],
    y_pred: Sequence[Any],
    labels: Sequence[Hashable] | None = None,
    path: str | os.PathLike[str] | None = None,
    *,
    multilabel: bool | None = None,
) -> Figure:
    """Draw which classes are taken for which: a row for each true class, a column for each predicted one.

    Each cell has the number of documents, and the colour of their share in the row. With several labels a document, a
    row tells how often a class was found, missed, and given wrongly.

    Parameters
    ----------
    y_true, y_pred : sequence
        The label of each document, in the data and predicted, or its labels, as
        `textrep.evaluation.classification_scores` takes them. For a tagger: the tags of all tokens as one list each.
    labels : sequence of hashable, optional
        All classes, in the order in which they are wanted.
    path : path-like, optional
        A file to write the picture to, ``.png`` or ``.svg``; replaced if it exists.
    multilabel : bool, optional
        Whether each document has a collection of labels; False is for labels that are tuples. By default as
        `classification_scores` tells it.

    Returns
    -------
    Figure
        A figure of matplotlib.

    Raises
    ------
    ValueError
        If there is no document, the two do not fit together, `labels` lacks one, or the ending of `path` is another.
    StoreNotFoundError
        If the folder of `path` does not exist.
    MissingExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If no installed font has the characters of the labels.
    """
    from textrep.evaluation import classification_scores

    check_picture(path)
    scores = classification_scores(y_true, y_pred, labels=labels, multilabel=multilabel)
    rows = [label_text(label) for label in scores.classes]
    if scores.is_multilabel:
        found = scores.confusion_matrix
        counts = np.stack([found[:, 1, 1], found[:, 1, 0], found[:, 0, 1]], 1)  # int64 [n_classes, 3]
        columns = list(_OUTCOMES)
    else:
        counts, columns = scores.confusion_matrix, rows  # int64 [n_classes, n_classes]
    families = families_for(rows, quiet=is_svg(path))
    figure = _matrix_figure(counts, rows, columns, families)
    axes = figure.axes[0]
    axes.set_xlabel("" if scores.is_multilabel else "predicted")
    axes.set_ylabel("class" if scores.is_multilabel else "true")
    title = f"accuracy {scores.accuracy:.3f}, macro F1 {scores.macro_f1:.3f}, n = {scores.n_documents:,}"
    axes.set_title(title, fontsize="medium")
    finish(figure, path)
    return figure


def _matrix_figure(counts: NDArray[np.int64], rows: list[str], columns: list[str], families: list[str]) -> Figure:
    """Return a figure of shares in rows, by colour, with the counts as text where there is room."""
    n_rows, n_columns = counts.shape
    side = 0.5 if n_rows <= _FEW_CLASSES else 0.16  # inches
    longest = max(map(len, rows))
    margin = 0.4 + 0.09 * longest
    upright = max(map(len, columns)) <= 3 and n_columns <= _FEW_CLASSES
    width = max(side, 0.09 * max(map(len, columns))) if n_columns < n_rows or upright else side
    figure = new_figure(
        max(4.0, width * n_columns + margin + 1.2), max(3.2, side * n_rows + (0.8 if upright else margin) + 0.6)
    )
    axes = figure.add_subplot()
    totals = counts.sum(1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)  # float64 [n_rows, n_columns]
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    figure.colorbar(image, label="share of the row", fraction=0.05, pad=0.02)
    style: dict[str, Any] = {
        "family": families,
        "fontsize": "medium" if n_rows <= _FEW_CLASSES else "xx-small",
        "parse_math": False,  # a label may hold dollar signs
    }
    turned: dict[str, Any] = {} if upright else {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    axes.set_yticks(np.arange(n_rows), rows, **style)
    axes.set_xticks(np.arange(n_columns), columns, **style, **turned)
    if n_rows <= _FEW_CLASSES:
        _write_counts(axes, counts, shares)
    return figure


def _write_counts(axes: Axes, counts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    for (i, j), count in np.ndenumerate(counts):
        colour = "white" if shares[i, j] > 0.6 else "black" if count else "0.75"
        size = "medium" if count < 1000 else "small" if count < 10_000 else "x-small"
        axes.text(j, i, f"{count}", ha="center", va="center", color=colour, fontsize=size)
