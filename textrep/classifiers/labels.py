"""`LabelCoder`: labels as numbers, and a network's logits as labels and probabilities.

Two classes have one logit and a sigmoid, more have a softmax; where a row may have several labels, each class has a
sigmoid of its own.
"""

from __future__ import annotations

import numbers
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from textrep.checks import as_list

__all__ = ["KINDS", "LabelCoder", "in_order"]

KINDS = ("single", "lists", "indicators")

_COLLECTIONS = (list, tuple, set, frozenset)
_PLAIN = (bool, int, float, str)  # values of one of these types make an array of their own


@dataclass(frozen=True, eq=False)
class LabelCoder:
    """The classes of a classifier, in order; label ``classes[i]`` is number i.

    Attributes
    ----------
    classes : ndarray, shape (n_classes,)
        The labels, of NumPy's type for them where all are str, bool, int or float; else objects.
    kind : {"single", "lists", "indicators"}
        One label a row; a collection of labels a row; or a matrix of 0 and 1, a column a class.
    """

    classes: NDArray[Any]
    kind: str

    @classmethod
    def learn(cls, y: Any, multilabel: bool | None = None) -> LabelCoder:
        """Return the coder for all labels in `y`.

        Parameters
        ----------
        y : array-like
            One label a row; a list, tuple, set or frozenset of labels a row; or a matrix (dense, sparse, or a list of
            rows) of 0 and 1 with two columns or more.
        multilabel : bool, optional
            Whether collections are several labels. By default they are if each row has one; False is for labels that
            are tuples or frozensets themselves.

        Raises
        ------
        ValueError
            If there is no label, or only one class; if numbers are no labels but measurements; if `multilabel` says
            what `y` is not.
        """
        if multilabel is False and len(getattr(y, "shape", ())) == 2 and y.shape[1] != 1:
            raise ValueError(f"multilabel=False, but y is a matrix of shape {y.shape}; pass one label for each row")
        if multilabel is not False and _is_matrix(y):
            return cls(np.arange(_indicators(y).shape[1]), "indicators")
        labels = _as_labels(y)
        several = isinstance(labels, list) and bool(labels) and all(isinstance(row, _COLLECTIONS) for row in labels)
        if multilabel and not several:
            raise ValueError("multilabel=True needs a list or set of labels for each row, or a matrix of 0 and 1")
        if several and multilabel is not False:
            return cls(in_order(label for row in labels for label in row), "lists")
        return cls(in_order(labels), "single")

    @property
    def multilabel(self) -> bool:
        """Whether a row may have any number of labels."""
        return self.kind != "single"

    @property
    def n_logits(self) -> int:
        """How many logits a row has."""
        return 1 if not self.multilabel and len(self.classes) == 2 else len(self.classes)

    def encode(self, y: Any) -> NDArray[Any]:
        """Return labels as numbers.

        Returns
        -------
        ndarray
            int64 [n_rows], -1 for a label that is no class; or, with several labels a row, bool [n_rows, n_classes],
            in which labels that are no classes are missing.
        """
        if self.kind == "indicators":
            given = _indicators(y)
            if given.shape[1] != len(self.classes):
                raise ValueError(f"y has {given.shape[1]} columns, but there are {len(self.classes)} classes")
            return given
        numbers = {label: i for i, label in enumerate(self.classes.tolist())}
        labels = _as_labels(y)
        if self.kind == "single":
            if isinstance(labels, np.ndarray):  # few distinct values
                distinct, places = np.unique(labels, return_inverse=True)
                return np.array([numbers.get(label, -1) for label in distinct.tolist()], np.int64)[places]
            return np.array([numbers.get(label, -1) for label in labels], np.int64)  # [n_rows]
        table = np.zeros((len(labels), len(self.classes)), bool)
        for i, row in enumerate(labels):
            table[i, [numbers[label] for label in row if label in numbers]] = True
        return table

    def decide(self, logits: NDArray[np.floating[Any]]) -> Any:
        """Return the labels that logits (n_rows x n_logits) stand for, in the form in which labels were given.

        Returns
        -------
        ndarray of shape (n_rows,), list of tuples, or ndarray of int64, shape (n_rows, n_classes)
            One label a row; those with a probability above one half, in the order of the classes; or 0 and 1.
        """
        if self.kind == "single":
            return self.classes[self.choose(logits)]
        chosen = logits > 0
        if self.kind == "indicators":
            return chosen.astype(np.int64)
        classes = self.classes.tolist()
        return [tuple(classes[i] for i in np.flatnonzero(row)) for row in chosen]

    def choose(self, logits: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
        """Return the number of the likeliest class, the first of equal ones (int64 [n_rows])."""
        if self.n_logits == 1:
            return (logits[:, 0] > 0).astype(np.int64)
        return np.asarray(logits.argmax(1))

    def probabilities(self, logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return the probability of each class (float64 [n_rows, n_classes]); rows sum to 1 for one label a row."""
        logits = logits.astype(np.float64)
        if self.multilabel:
            return np.asarray(special.expit(logits))
        if self.n_logits == 1:
            return np.asarray(special.expit(np.concatenate([-logits, logits], 1)))
        return np.asarray(special.softmax(logits, 1))


def in_order(labels: Iterable[Hashable] | NDArray[Any]) -> NDArray[Any]:
    """Return distinct labels: sorted, or, where they cannot be compared, by the names of their types and their repr.

    Raises
    ------
    ValueError
        If there is no label.
    """
    if isinstance(labels, np.ndarray):
        return np.unique(labels)
    try:
        distinct = list(dict.fromkeys(_plain(label) for label in labels))
    except TypeError:
        raise ValueError(
            "labels must be hashable: str, numbers, tuples of these; for several labels a row, each has a list of them"
        ) from None
    if missing := [label for label in distinct if _is_missing(label)]:
        shown = "NaN" if isinstance(missing[0], float) else repr(missing[0])
        raise ValueError(f"y contains {shown}, which is no label; label those rows, or leave them out")
    if not distinct:
        raise ValueError("there is no label in y")
    try:
        distinct.sort()
    except TypeError:
        distinct.sort(key=lambda label: (type(label).__name__, repr(label)))
    return _as_array(distinct)


def _is_missing(label: Hashable) -> bool:
    """Whether a label is NaN, or what pandas has for it: not equal to itself, or neither equal nor not."""
    try:
        return bool(label != label)
    except TypeError:
        return True


def _as_array(labels: Sequence[Hashable]) -> NDArray[Any]:
    """Return labels as an array of NumPy's type for them, if it keeps them as they are, or of objects."""
    kinds = {type(label) for label in labels}
    if len(kinds) == 1 and kinds <= set(_PLAIN):
        array = np.asarray(labels)
        if array.tolist() == list(labels):  # NumPy drops NUL at the end of a str
            return array
    objects = np.empty(len(labels), object)
    objects[:] = labels
    return objects


def _is_matrix(y: Any) -> bool:
    """Whether `y` is a matrix of several columns, or a list of its rows.

    Rows of 0 and 1, all of the same length, are no labels: a row with several labels has each of them once.
    """
    if sparse.issparse(y) or hasattr(y, "shape"):
        return len(y.shape) == 2 and y.shape[1] != 1
    if not isinstance(y, list | tuple) or not y or not all(isinstance(row, list | tuple | np.ndarray) for row in y):
        return False
    width = len(y[0])
    return width > 1 and all(len(row) == width and all(_is_bit(value) for value in row) for row in y)


def _is_bit(value: Any) -> bool:
    return isinstance(value, bool | np.bool_ | numbers.Integral) and value in (0, 1)


def _indicators(y: Any) -> NDArray[np.bool_]:
    """Return a matrix of 0 and 1 as bool [n_rows, n_classes]."""
    if not _is_matrix(y):
        raise ValueError("y must be a matrix of 0 and 1, as in training")
    table = y.toarray() if sparse.issparse(y) else np.asarray(y)
    check_classification_targets(table)
    if not np.isin(table, (0, 1)).all():
        raise ValueError("a matrix y must hold 0 and 1 only, a column for each class; pass one label a row otherwise")
    return table.astype(bool)


def _as_labels(y: Any) -> NDArray[Any] | list[Any]:
    """Return one label (or collection of labels) a row: an array of a type of NumPy's own, or a list of objects."""
    if isinstance(y, str | bytes):
        raise ValueError(f"y is the single str {y[:40]!r}; pass a list of labels, one for each row")  # noqa: TRY004
    if not hasattr(y, "dtype") and not hasattr(y, "__array__"):
        y = [_plain(label) for label in as_list("y", y, "labels, one for each row")]
        labels = y if any(isinstance(label, _COLLECTIONS) for label in y) else _as_array(y)
        if isinstance(labels, list) or labels.dtype == object:
            return list(y)
        y = labels
    array: NDArray[Any] = column_or_1d(np.asarray(y), warn=True)
    if array.dtype == object:
        return list(array.tolist())
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError("y contains NaN or infinity, which are no labels; label those rows, or leave them out")
    _check_are_classes(array)
    return array


def _check_are_classes(y: NDArray[Any]) -> None:
    """Refuse measurements: floats of which one is no whole number; y [n_rows] is finite."""
    if y.dtype.kind == "f" and (y != np.floor(y)).any():
        i = int(np.argmax(y != np.floor(y)))
        raise ValueError(  # scikit-learn's checks look for its first words
            f"Unknown label type: continuous: y[{i}] is {y[i].item()!r}, a measurement and no class; pass classes as "
            "str or int, such as [str(value) for value in y]"
        )
    check_classification_targets(y)


def _plain(label: Any) -> Any:
    """Return a number or str of NumPy's as Python's own."""
    return label.item() if isinstance(label, np.generic) else label
