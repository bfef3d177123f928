"""Scores of document classifiers, with one class or several a document: scikit-learn's numbers, for labels of any kind.

Labels are numbered before scikit-learn sees them, so they may be anything hashable. What would divide by 0 is 0.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from textrep.checks import as_list

__all__ = ["ClassScores", "ClassificationScores", "classification_scores"]

_COLLECTIONS = (list, tuple, set, frozenset)


@dataclass(frozen=True)
class ClassScores:
    """How well one class is found.

    Attributes
    ----------
    precision, recall, f1 : float
        Share of the documents put into the class that belong there, share of those that belong there that are put
        there, and their harmonic mean.
    support : int
        Documents that belong there.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, eq=False)
class ClassificationScores:
    """What `classification_scores` finds.

    Attributes
    ----------
    n_documents : int
        What was scored.
    accuracy : float
        Share of the documents with the right class; with several labels a document, with exactly the right ones.
    macro_f1, micro_f1 : float
        Mean of the F1 of all classes; F1 of all decisions together.
    per_class : dict of hashable to ClassScores
        Each class, in order.
    confusion_matrix : ndarray of int64
        ``[n_classes, n_classes]``, documents of class i put into class j; with several labels a document
        ``[n_classes, 2, 2]``, for each class not in it and in it, of the data (rows) and predicted (columns).
    is_multilabel : bool
        Which of the two.
    """

    n_documents: int
    accuracy: float
    macro_f1: float
    micro_f1: float
    per_class: dict[Hashable, ClassScores]
    confusion_matrix: npt.NDArray[np.int64]
    is_multilabel: bool

    @property
    def classes(self) -> tuple[Hashable, ...]:
        """The classes, in the order of the rows of the confusion matrix."""
        return tuple(self.per_class)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it by name, for JSON; classes are a list, for their labels need not be strings."""
        return {
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "micro_f1": self.micro_f1,
            "n_documents": self.n_documents,
            "per_class": [
                {"label": label, "precision": own.precision, "recall": own.recall, "f1": own.f1, "support": own.support}
                for label, own in self.per_class.items()
            ],
            "confusion_matrix": self.confusion_matrix.tolist(),
        }


def classification_scores(
    y_true: Sequence[Any],
    y_pred: Sequence[Any],
    *,
    labels: Sequence[Hashable] | None = None,
    multilabel: bool | None = None,
) -> ClassificationScores:
    """Score predicted classes.

    Parameters
    ----------
    y_true, y_pred : sequence
        The label of each document, in the data and predicted: any hashable values; or its labels, as collections; or
        a matrix of 0 and 1, an array or sparse, with a row for each document and a column for each class. A list of
        lists is no matrix, but lists of labels.
    labels : sequence of hashable, optional
        All classes, in the order in which they are wanted. By default those in `y_true` and `y_pred`, sorted, or in
        order of appearance where they cannot be sorted; of matrices, the numbers of their columns. Macro F1 is the mean
        over these.
    multilabel : bool, optional
        Whether each document has a collection of labels. By default it has if each of both is a list, tuple, set or
        frozenset, or a row of a matrix; False is for labels that are tuples.

    Returns
    -------
    ClassificationScores

    Raises
    ------
    ValueError
        If there is no document, the two do not have the same length, or `labels` lacks one; if a matrix holds anything
        but 0 and 1, or has not a column for each class.

    Examples
    --------
    >>> scores = classification_scores(["a", "a", "b"], ["a", "b", "b"])
    >>> round(scores.accuracy, 3), scores.per_class["a"].precision, scores.confusion_matrix.tolist()
    (0.667, 1.0, [[1, 1], [0, 1]])
    """
    if labels is not None:
        labels = list(dict.fromkeys(as_list("labels", _plain(labels), "labels")))
    matrices: list[Any] = list(filter(_is_matrix, (y_true, y_pred)))
    if matrices:
        if multilabel is False:
            raise ValueError(
                "a matrix has several labels a document. Pass one label each, or leave multilabel=False out"
            )
        multilabel, labels = True, list(range(matrices[0].shape[1])) if labels is None else labels
    true, predicted = _listed(y_true, "y_true", labels), _listed(y_pred, "y_pred", labels)
    if len(true) != len(predicted):
        raise ValueError(
            f"y_true has {len(true)} documents, y_pred {len(predicted)}. Pass labels of the same documents"
        )
    if not true:
        raise ValueError("there is no document to score. Pass the labels of one document at least")
    if multilabel is None:
        multilabel = all(isinstance(some, _COLLECTIONS) for some in [*true, *predicted])
    if not multilabel:
        true, predicted = [(label,) for label in true], [(label,) for label in predicted]
    classes = _classes([*true, *predicted]) if labels is None else list(labels)
    numbers = {label: i for i, label in enumerate(classes)}
    return _scored(
        classes, _numbered(true, numbers, "y_true"), _numbered(predicted, numbers, "y_pred"), multilabel=multilabel
    )


def _plain(y: Any) -> Any:
    """Return arrays and columns of tables as lists of Python's own values, the rest as it is."""
    return y.tolist() if hasattr(y, "tolist") else y


def _listed(y: Any, name: str, classes: Sequence[Hashable] | None) -> list[Any]:
    """Return what each document has: its label, or its labels; in a matrix, `classes` are those of its columns."""
    if isinstance(y, str):
        raise TypeError(f"{name} is a str, {y[:40]!r}. Pass a list of labels, one for each document")
    if classes is not None and _is_matrix(y):
        return _label_sets(y, name, classes)
    return as_list(name, _plain(y), "labels, one for each document")


def _is_matrix(y: Any) -> bool:
    return len(getattr(y, "shape", ())) == 2


def _label_sets(matrix: Any, name: str, classes: Sequence[Hashable]) -> list[list[Hashable]]:
    """Return the labels of each row of a matrix of 0 and 1: an array, a sparse matrix, or a table."""
    from scipy import sparse

    if matrix.shape[1] != len(classes):
        raise ValueError(
            f"{name} has {matrix.shape[1]} columns, but there are {len(classes)} classes. Pass a column for each class"
        )
    if not sparse.issparse(matrix):
        matrix = np.asarray(matrix)
    values = matrix.data if sparse.issparse(matrix) else matrix.ravel()
    wrong = [value for value in values.tolist() if value not in (0, 1)]
    if wrong:
        raise ValueError(
            f"{name} is a matrix with {wrong[0]!r} in it, where 0 and 1 are expected. Pass lists of labels, or 0 and 1"
        )
    rows = sparse.csr_matrix(matrix.astype(bool))  # [n_documents, n_classes]
    rows.eliminate_zeros()
    return [[classes[i] for i in rows.indices[a:b]] for a, b in pairwise(rows.indptr)]


def _classes(label_sets: list[Collection[Hashable]]) -> list[Hashable]:
    seen = dict.fromkeys(label for some in label_sets for label in some)
    try:
        return sorted(seen)  # type: ignore[type-var]
    except TypeError:
        return list(seen)


def _numbered(label_sets: list[Collection[Hashable]], numbers: dict[Hashable, int], name: str) -> list[list[int]]:
    """Return the number of each label of each document."""
    try:
        return [[numbers[label] for label in dict.fromkeys(some)] for some in label_sets]
    except KeyError:
        i, label = next((i, label) for i, some in enumerate(label_sets) for label in some if label not in numbers)
        raise ValueError(f"{name}[{i}] has the label {label!r}, which is not among labels. Add it there") from None


def _scored(
    classes: list[Hashable], true: list[list[int]], predicted: list[list[int]], *, multilabel: bool
) -> ClassificationScores:
    from sklearn import metrics

    n = len(classes)
    if not n:
        raise ValueError("no document has a label, in y_true or in y_pred. Pass labels= with the classes there are")
    y_true, y_pred = (
        (_indicators(true, n), _indicators(predicted, n)) if multilabel else (np.ravel(true), np.ravel(predicted))
    )
    options: dict[str, Any] = {"labels": np.arange(n), "zero_division": 0}
    columns = metrics.precision_recall_fscore_support(y_true, y_pred, average=None, **options)
    per_class = {
        label: ClassScores(float(precision), float(recall), float(f1), int(support))
        for label, precision, recall, f1, support in zip(classes, *columns, strict=True)
    }
    if multilabel:
        confusion = np.asarray(metrics.multilabel_confusion_matrix(y_true, y_pred, labels=np.arange(n)), np.int64)
    else:  # scikit-learn's own warns about a single class
        confusion = np.bincount(y_true * n + y_pred, minlength=n * n).reshape(n, n)  # int64 [n_classes, n_classes]
    return ClassificationScores(
        n_documents=len(true),
        accuracy=float(metrics.accuracy_score(y_true, y_pred)),
        macro_f1=float(metrics.f1_score(y_true, y_pred, average="macro", **options)),
        micro_f1=float(metrics.f1_score(y_true, y_pred, average="micro", **options)),
        per_class=per_class,
        confusion_matrix=confusion,
        is_multilabel=multilabel,
    )


def _indicators(label_sets: list[list[int]], n_classes: int) -> Any:
    """Return which document has which class: CSR of int64 [n_documents, n_classes], one column more for one class."""
    from scipy import sparse

    n_columns = max(n_classes, 2)  # a single column is no multi-label target to scikit-learn
    indices = np.concatenate([np.empty(0, np.int64), *(np.asarray(some, np.int64) for some in label_sets)])
    indptr = np.concatenate(([0], np.cumsum([len(some) for some in label_sets])))
    return sparse.csr_matrix((np.ones(len(indices), np.int64), indices, indptr), shape=(len(label_sets), n_columns))
