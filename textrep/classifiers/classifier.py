"""`NetworkClassifier`: what the two classifiers share: labels, weights of rows and classes, predictions, and the score.

They give a row one class or several. A subclass reads rows, and builds a network that gives them logits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from torch import nn

from textrep.checks import as_list, check_callable, check_switch
from textrep.classifiers.estimator import NetworkEstimator, Seeds, choose_device
from textrep.classifiers.fitting import seeded
from textrep.classifiers.labels import KINDS, LabelCoder
from textrep.classifiers.learners import ClassLearner, Source
from textrep.classifiers.progress import FittingCallback
from textrep.classifiers.targets import ClassTargets
from textrep.shown import shown
from textrep.store.file import Saved
from textrep.store.form import SavedForm

if TYPE_CHECKING:
    from typing import Self

__all__ = ["NetworkClassifier"]


class NetworkClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """Base of the classifiers.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The labels: sorted, or, where they cannot be compared, by the names of their types and their repr.
    multilabel_ : bool
        Whether a row may have any number of labels, and not just one.
    """

    classes_: NDArray[Any]
    multilabel_: bool
    class_weight: Any
    multilabel: bool | None
    _coder: LabelCoder

    def _read(self, X: Any) -> Sized:
        """Check the parameters that are the class's own, and read what is trained on."""
        raise NotImplementedError

    def _prepare(
        self, read: Any, training: NDArray[np.int64], n_logits: int, device: torch.device
    ) -> tuple[Source, nn.Module]:
        """Return what was read as a source, and a network for it, with random weights; set what predictions need.

        Which rows are trained on is known by now: nothing may be learned of the others.
        """
        raise NotImplementedError

    def _logits(self, X: Any) -> NDArray[np.float32]:
        """Return the logits of rows (float32 [n_rows, n_logits])."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from labelled rows.

        Ctrl-C ends training after the current batch, with a warning. The weights of the epoch with the lowest
        validation loss so far are kept; if there is none, those that the network has then. Pressed again, it raises
        KeyboardInterrupt, and the estimator is not fitted, as after any other error.

        Parameters
        ----------
        X : see the class
            The rows.
        y : array-like
            The label of each row, of any hashable type; or the labels of each row, as lists, tuples or sets, or as a
            matrix of 0 and 1 with a column for each class. Floats are refused unless all are whole numbers: they are
            measurements. Labels that are dates, bytes or members of an Enum are learned, but `save` refuses them.
        sample_weight : array-like of shape (n_rows,), optional
            How much each row counts. Rows of weight 0 teach nothing, but their labels are among the classes.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range, or the rows and labels do not fit together, or all have the same class, or
            labels are measurements.
        TrainingError
            If training diverges; the message says what to change.
        """
        self.fit_reporting(X, y, self._reporter(), sample_weight)
        self._tell_end()
        return self

    def fit_reporting(self, X: Any, y: Any, on_progress: FittingCallback, sample_weight: Any = None) -> Self:
        """Do what `fit` does, with `on_progress` given a `textrep.classifiers.progress.FittingProgress` now and then.

        Nothing is said of how training ended; `interrupted_` and `history_` tell.
        """
        check_callable("on_progress", on_progress)
        self._forget()
        self._settings()
        device, seeds = choose_device(self.device), Seeds(self.random_state)
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        if self.multilabel is not None:
            check_switch("multilabel", self.multilabel)
        if isinstance(y, Iterator):
            y = list(y)
        coder = LabelCoder.learn(y, self.multilabel)
        codes = coder.encode(y)
        read = self._read(X)
        _check_lengths(len(read), len(codes))
        weights = _checked_weights(sample_weight, len(codes))
        rows = np.flatnonzero(weights)
        _check_classes(coder, codes[rows])
        training, validation = self._split(rows, codes, seeds.generator)
        targets = ClassTargets(coder, codes, weights, training, self.class_weight, device)
        with seeded(seeds.torch, device):
            source, network = self._prepare(read, training, coder.n_logits, device)
            self._train(
                ClassLearner(network.to(device), source, targets, device), training, validation, seeds, on_progress
            )
        self._set_coder(coder)
        return self

    def predict(self, X: Any) -> Any:
        """Return the likeliest class of each row; with several labels a row, those that are likelier than not.

        Returns
        -------
        ndarray of shape (n_rows,), list of tuples, or ndarray of int64, shape (n_rows, n_classes)
            Labels; for several a row, in the form of the `y` of training: tuples, or 0 and 1.
        """
        logits = self._logits(X)
        return self._coder.decide(logits)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class, in the order of `classes_`.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_classes)
            Each row sums to 1, unless a row may have several labels.
        """
        logits = self._logits(X)
        return self._coder.probabilities(logits)

    def decision_function(self, X: Any) -> NDArray[np.float32]:
        """Return the logits.

        Returns
        -------
        ndarray of float32, shape (n_rows,) or (n_rows, n_classes)
            For two classes that of ``classes_[1]`` alone.
        """
        logits = self._logits(X)
        return logits[:, 0] if self._coder.n_logits == 1 and not self._coder.multilabel else logits

    def _state(self) -> Saved:
        state = super()._state()
        return Saved({**state.header, "labels": self._coder.kind}, state.tensors)

    def _restore(self, form: SavedForm) -> None:
        super()._restore(form)
        kind = form.value("labels", str)
        if kind not in KINDS:
            raise form.refusal(f"its header has {kind!r} for 'labels'")
        if kind == "single" and len(self.classes_) < 2:
            raise form.refusal("its header has one class alone")
        self._set_coder(LabelCoder(self.classes_, kind))

    def _set_coder(self, coder: LabelCoder) -> None:
        self._coder, self.classes_, self.multilabel_ = coder, coder.classes, coder.multilabel

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy: the share of rows given the right class, or exactly the right ones.

        Parameters
        ----------
        X, y : see `fit`
            The rows, and their right classes. Labels that training had not are none that is predicted.
        sample_weight : array-like of shape (n_rows,), optional
            How much each row counts.
        """
        predicted = self.predict(X)
        if self._coder.kind == "lists":
            given = as_list("y", y, "lists of labels, one for each row")
            _check_lengths(len(predicted), len(given))
            right = np.array([set(ours) == set(theirs) for ours, theirs in zip(predicted, given, strict=True)], bool)
        else:
            codes = self._coder.encode(list(y) if isinstance(y, Iterator) else y)
            _check_lengths(len(predicted), len(codes))
            right = self._coder.encode(predicted) == codes
            right = right.all(1) if self.multilabel_ else right
        return float(np.average(right, weights=_checked_weights(sample_weight, len(right))))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.required = True
        return tags


def _check_lengths(n_rows: int, n_labels: int) -> None:
    if n_rows != n_labels:
        raise ValueError(f"X has {n_rows} rows, but y has {n_labels}; pass a label for each row")


def _checked_weights(sample_weight: Any, n_rows: int) -> NDArray[np.float64]:
    """Return the weight of each row (float64 [n_rows])."""
    if sample_weight is None:
        return np.ones(n_rows)
    try:
        weights = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"sample_weight must be numbers, one for each row, not {shown(sample_weight)}") from None
    if weights.shape != (n_rows,):
        raise ValueError(f"sample_weight has shape {weights.shape}, but {n_rows} rows need {(n_rows,)}")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("sample_weight must be numbers of at least 0, none of them NaN or infinite")
    if not weights.any():
        raise ValueError("sample_weight is all zero, so no row would count; pass a weight above 0 for some rows")
    return weights


def _check_classes(coder: LabelCoder, codes: NDArray[Any]) -> None:
    """Refuse rows (those whose weight is not 0) of which all have the same class."""
    if not len(codes):
        raise ValueError("there is no row to learn from")
    if not coder.multilabel and (codes == codes[0]).all():
        label = coder.classes.tolist()[int(codes[0])]
        raise ValueError(
            f"y has one class only, {label!r}, in n_samples={len(codes)} rows that count; a classifier needs two: add "
            "rows of another class"
        )
