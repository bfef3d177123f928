"""Scores as people read them: a few numbers, a table of classes or of types of spans, a confusion matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .console import columns, put, put_table, warnings_said

if TYPE_CHECKING:
    from textrep.evaluation import ClassificationScores, TaggingScores

__all__ = ["draw_confusion", "show_classes", "show_numbers", "show_spans"]

_MATRIX = 20  # classes, at most, whose confusion matrix is shown; of more only what is confused most often
_CONFUSED = 10


def show_numbers(rows: Iterable[tuple[str, int | float]]) -> None:
    """Write counts and scores, each with its name."""
    shown = [(name, f"{value:,}" if isinstance(value, int) else f"{value:.4f}") for name, value in rows]
    for line in columns(shown, numbers=True):
        put(line)


def show_classes(scores: ClassificationScores, title: str, counted: str) -> None:
    """Write a table of classes, and how they are confused.

    Parameters
    ----------
    scores : ClassificationScores
        What there is to show.
    title : str
        What a class is called: ``"class"``.
    counted : str
        What is counted: ``"documents"``.
    """
    rows = [
        (str(label), f"{own.precision:.4f}", f"{own.recall:.4f}", f"{own.f1:.4f}", f"{own.support:,}")
        for label, own in scores.per_class.items()
    ]
    put_table([(title, "precision", "recall", "F1", counted), *rows])
    if scores.is_multilabel:
        return
    matrix = scores.confusion_matrix.tolist()
    names = [str(label) for label in scores.classes]
    if len(names) <= _MATRIX:
        cells = [[name, *(f"{n:,}" if n else "." for n in row)] for name, row in zip(names, matrix, strict=True)]
        put()
        put("Confusion matrix: a row is what the data have, a column what was predicted.")
        put_table([["", *names], *cells])
    else:
        _show_most_confused(names, matrix)


def _show_most_confused(names: list[str], matrix: list[list[int]]) -> None:
    confused = sorted(
        ((-n, i, j) for i, row in enumerate(matrix) for j, n in enumerate(row) if n and i != j),
    )[:_CONFUSED]
    if confused:
        put()
        put("Confused most often:")
        put_table(
            [("in the data", "predicted", "times"), *((names[i], names[j], f"{-n:,}") for n, i, j in confused)], left=2
        )


def show_spans(scores: TaggingScores) -> None:
    """Write a table of types of spans."""
    rows = [
        (
            type_ or "(no type)",
            f"{own.precision:.4f}",
            f"{own.recall:.4f}",
            f"{own.f1:.4f}",
            f"{own.n_true:,}",
            f"{own.n_predicted:,}",
        )
        for type_, own in scores.per_type.items()
    ]
    put_table([("span", "precision", "recall", "F1", "in the data", "predicted"), *rows])


def draw_confusion(plot: str | None, true: Sequence[Any], predicted: Sequence[Any], *, multilabel: bool) -> None:
    """Write a picture of the confusion matrix, if one is asked for; say on stderr what is wrong with it."""
    if plot is None:
        return
    from textrep.plot import confusion_matrix

    with warnings_said():
        confusion_matrix(true, predicted, path=plot, multilabel=multilabel)
