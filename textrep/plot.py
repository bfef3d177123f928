"""Pictures of training and of what comes of it: learning curves and confusion matrices, drawn by matplotlib.

Needs the extra ``plot``. Figures are made without pyplot: they need no screen, nothing is shown, and no figure stays in
memory that nobody holds.
"""

from __future__ import annotations

import importlib.util
import io
import os
import textwrap
import warnings
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textrep.atomic import replacing
from textrep.classifiers.overfitting import overfitting_sentence
from textrep.errors import MissingExtraError, StoreNotFoundError
from textrep.fonts import families_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["check_picture", "confusion_matrix", "learning_curve"]

_ENDINGS = (".png", ".svg")
_DPI = 150
_WIDTH = 90  # characters of a line above a learning curve
_TRAINING, _VALIDATION = "#0072B2", "#D55E00"  # told apart by everybody (Okabe and Ito)
# What is drawn in one panel: its name, and the entries of a history with their names and colours.
_PANELS = (
    ("loss", (("train_loss", "training", _TRAINING), ("validation_loss", "validation", _VALIDATION))),
    ("score", (("train_score", "training", _TRAINING), ("validation_score", "validation", _VALIDATION))),
)
_FEW_CLASSES = 30  # with more of them, cells are too small for numbers
_LONGEST_LABEL = 32  # characters
_OUTCOMES = ("found", "missed", "given wrongly")


def learning_curve(model: Any, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw loss and score by epoch, of training and of the validation part.

    The epoch with the lowest validation loss is marked, of equal ones the first. Where the curves show overfitting, the
    epochs since then are shaded, and a sentence above them says so.

    Parameters
    ----------
    model : estimator or list of dict
        A fitted classifier or tagger, a pipeline or a search for parameters that ends in one, or its ``history_``.
    path : path-like, optional
        A file to write the picture to, ``.png`` or ``.svg``; replaced if it exists.

    Returns
    -------
    Figure
        A figure of matplotlib.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If it keeps no history: it is no classifier or tagger of textrep.
    ValueError
        If no epoch was trained, or the ending of `path` is another.
    StoreNotFoundError
        If the folder of `path` does not exist.
    MissingExtraError
        If matplotlib is not installed.
    """
    check_picture(path)
    from matplotlib.ticker import MaxNLocator

    history = _history_of(model)
    panels = [
        (name, curves) for name, curves in _PANELS if any(key in epoch for epoch in history for key, *_ in curves)
    ]
    if not panels:
        raise ValueError("the history has neither losses nor scores: pass history_ of a fitted classifier or tagger")
    figure = _new_figure(7.0, 1.0 + 2.4 * len(panels))
    all_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    epochs = [int(epoch.get("epoch", i)) for i, epoch in enumerate(history, 1)]
    best = _lowest(_values(history, "validation_loss"))
    sentence = overfitting_sentence(history)
    for axes, (name, curves) in zip(all_axes, panels, strict=True):
        for key, label, colour in curves:
            values = _values(history, key)
            if np.isfinite(values).any():
                axes.plot(epochs, values, color=colour, marker="o", markersize=3.5, label=label)
        if best is not None:
            label = f"lowest validation loss: epoch {epochs[best]}"
            axes.axvline(epochs[best], color="0.35", linestyle="--", linewidth=1, label=label)
        if best is not None and sentence:
            axes.axvspan(epochs[best], epochs[-1], color=_VALIDATION, alpha=0.08, linewidth=0)
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
    all_axes[0].legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=3)  # above: hides no curve
    all_axes[-1].set_xlabel("epoch")
    if sentence:
        figure.suptitle(textwrap.fill(sentence, _WIDTH), fontsize="medium", x=0.02, ha="left")
    all_axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _finish(figure, path)
    return figure


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
    rows = [_shown(label) for label in scores.classes]
    if scores.is_multilabel:
        found = scores.confusion_matrix
        counts = np.stack([found[:, 1, 1], found[:, 1, 0], found[:, 0, 1]], 1)  # int64 [n_classes, 3]
        columns = list(_OUTCOMES)
    else:
        counts, columns = scores.confusion_matrix, rows  # int64 [n_classes, n_classes]
    # A browser has other fonts than this machine, and an .svg file leaves the choice to it.
    quiet = path is not None and Path(path).suffix.lower() == ".svg"
    families = families_for(rows, quiet=quiet)
    figure = _matrix_figure(counts, rows, columns, families)
    axes = figure.axes[0]
    axes.set_xlabel("" if scores.is_multilabel else "predicted")
    axes.set_ylabel("class" if scores.is_multilabel else "true")
    title = f"accuracy {scores.accuracy:.3f}, macro F1 {scores.macro_f1:.3f}, n = {scores.n_documents:,}"
    axes.set_title(title, fontsize="medium")
    _finish(figure, path)
    return figure


def check_picture(path: str | os.PathLike[str] | None = None) -> None:
    """Say at once, before long work, whether a picture can be drawn and written.

    Parameters
    ----------
    path : path-like, optional
        The file.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ValueError
        If the file ends neither in ``.png`` nor in ``.svg``.
    StoreNotFoundError
        If its folder does not exist.
    """
    if not importlib.util.find_spec("matplotlib"):
        raise MissingExtraError("Drawing a picture", "matplotlib", "plot")
    if path is None:
        return
    if Path(path).suffix.lower() not in _ENDINGS:
        raise ValueError(f"{os.fspath(path)!r} names no kind of picture: give it the ending .png or .svg")
    if not Path(path).parent.is_dir():
        raise StoreNotFoundError(f"{path} cannot be written: there is no folder {Path(path).parent}")


def _history_of(model: Any) -> list[Mapping[str, Any]]:
    """Return the history of a model, with one epoch at least."""
    estimator = _final(model)
    history = estimator if isinstance(estimator, list | tuple) else getattr(estimator, "history_", None)
    if history is None and hasattr(estimator, "fit"):
        _check_fitted(estimator)
    if not isinstance(history, list | tuple) or not all(isinstance(epoch, Mapping) for epoch in history):
        raise TypeError(
            f"a {type(estimator).__name__} keeps no history, so it has no learning curve: pass a fitted classifier or "
            "tagger of textrep, or its history_"
        )
    if not history:
        raise ValueError("the history is empty: no epoch was trained to its end")
    return list(history)


def _final(model: Any) -> Any:
    """Return what a pipeline ends in, or what a search has found to be best."""
    while True:
        if steps := getattr(model, "steps", None):
            model = steps[-1][1]
        elif (best := getattr(model, "best_estimator_", None)) is not None:
            model = best
        else:
            return model


def _check_fitted(estimator: Any) -> None:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(estimator)
    except NotFittedError:
        raise NotFittedError(f"this {type(estimator).__name__} has no learning curve yet: call fit first") from None


def _values(history: Sequence[Mapping[str, Any]], key: str) -> NDArray[np.float64]:
    """Return an entry of each epoch (float64 [n_epochs]), NaN where it is absent."""
    found = (epoch.get(key) for epoch in history)
    return np.array([np.nan if value is None else float(value) for value in found], np.float64)


def _lowest(values: NDArray[np.float64]) -> int | None:
    return int(np.nanargmin(values)) if np.isfinite(values).any() else None


def _matrix_figure(counts: NDArray[np.int64], rows: list[str], columns: list[str], families: list[str]) -> Figure:
    """Return a figure of shares in rows, by colour, with the counts as text where there is room."""
    n_rows, n_columns = counts.shape
    side = 0.5 if n_rows <= _FEW_CLASSES else 0.16  # inches
    longest = max(map(len, rows))
    margin = 0.4 + 0.09 * longest
    upright = max(map(len, columns)) <= 3 and n_columns <= _FEW_CLASSES
    width = max(side, 0.09 * max(map(len, columns))) if n_columns < n_rows or upright else side
    figure = _new_figure(
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


def _shown(label: Hashable) -> str:
    """Return a label as it can be drawn: on one line, escaped where it is no text, and not too long."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(label))
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def _new_figure(width: float, height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _finish(figure: Figure, path: str | os.PathLike[str] | None) -> None:
    """Write a figure, whole or not at all; the same figure gives the same bytes."""
    from matplotlib import rc_context

    if path is None:
        return
    target = Path(path)
    is_svg = target.suffix.lower() == ".svg"
    buffer = io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "textrep"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)  # `families_for` has said it better
        metadata = {"Date": None} if is_svg else None
        figure.savefig(buffer, format="svg" if is_svg else "png", dpi=_DPI, metadata=metadata)
    with replacing(target) as file:
        file.write(buffer.getbuffer())
