"""`ClassTargets`: what a classifier's losses are measured against, and how much each row counts.

Weights of classes and of rows are one number a row. They are scaled to a mean of 1 over the rows trained on, so that
the learning rate means the same with weights and without.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from textrep.classifiers.labels import LabelCoder

__all__ = ["ClassTargets", "class_weights"]


class ClassTargets:
    """The classes of rows, as losses and scores need them.

    Parameters
    ----------
    coder : LabelCoder
        What the numbers of classes mean.
    codes : ndarray
        The rows' classes, as ``coder.encode`` gives them.
    weights : ndarray of float64, shape (n_rows,)
        How much each row counts.
    training_rows : ndarray of int64
        Those that training is to learn from.
    class_weight : None, "balanced", or mapping from labels to numbers
        See `class_weights`.
    device : torch.device
        Where losses are computed.
    """

    def __init__(
        self,
        coder: LabelCoder,
        codes: NDArray[Any],
        weights: NDArray[np.float64],
        training_rows: NDArray[np.int64],
        class_weight: Any = None,
        device: torch.device | str = "cpu",
    ) -> None:
        by_class = class_weights(class_weight, coder, codes[training_rows])  # float64 [n_classes]
        if not coder.multilabel:
            weights = weights * by_class[codes]
        self.coder = coder
        self._codes = codes
        self._device = device
        self._weights = (weights / weights[training_rows].mean()).astype(np.float32)  # [n_rows]
        self._of_present = torch.tensor(by_class, dtype=torch.float32, device=device) if coder.multilabel else None

    def losses(self, logits: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """Return the sum of the weighted losses of a batch.

        Parameters
        ----------
        logits : Tensor, shape (batch, coder.n_logits)
            What the network gives for them.
        rows : ndarray of int64, shape (batch,)
            Which rows they are.

        Returns
        -------
        Tensor, shape ()
            A row's loss is the negative logarithm of the probability of its class; for several labels a row, the mean
            of that over the classes, each of which is in the row or not.
        """
        codes = torch.from_numpy(self._codes[rows]).to(self._device)
        if self.coder.multilabel:
            losses = functional.binary_cross_entropy_with_logits(
                logits, codes.to(logits.dtype), pos_weight=self._of_present, reduction="none"
            ).mean(1)
        elif self.coder.n_logits == 1:
            losses = functional.binary_cross_entropy_with_logits(logits[:, 0], codes.to(logits.dtype), reduction="none")
        else:
            losses = functional.cross_entropy(logits, codes, reduction="none")
        return losses @ torch.from_numpy(self._weights[rows]).to(self._device)

    def weight(self, rows: NDArray[np.int64]) -> float:
        """Return the sum of the rows' weights."""
        return float(self._weights[rows].sum(dtype=np.float64))

    def n_correct(self, logits: NDArray[Any], rows: NDArray[np.int64]) -> int:
        """Return how many rows are given the right class; with several labels a row, exactly the right ones."""
        codes = self._codes[rows]
        if self.coder.multilabel:
            return int(((logits > 0) == codes).all(1).sum())
        return int((self.coder.choose(logits) == codes).sum())


def class_weights(class_weight: Any, coder: LabelCoder, codes: NDArray[Any]) -> NDArray[np.float64]:
    """Return how much each class counts.

    Parameters
    ----------
    class_weight : None, "balanced", or mapping from labels to numbers
        None: all 1. A mapping: labels that it does not name have 1. ``"balanced"``: as scikit-learn has it, all classes
        count the same in sum. With several labels a row, the weight is that of a class where it is present, beside
        1 where it is absent; ``"balanced"`` makes both count the same, and is 1 for a class in every row or in none.
    coder : LabelCoder
        The classes.
    codes : ndarray
        The classes of the rows trained on, as ``coder.encode`` gives them.

    Returns
    -------
    ndarray of float64, shape (n_classes,)

    Raises
    ------
    ValueError
        If it is none of these, names a label that is no class, or a weight is no number above 0.
    """
    weights = np.ones(len(coder.classes))
    if class_weight is None:
        return weights
    if isinstance(class_weight, str) and class_weight == "balanced":
        if coder.multilabel:
            present = codes.sum(0)
            absent = len(codes) - present
            return np.where((present > 0) & (absent > 0), absent / np.maximum(present, 1), 1.0)
        counts = np.bincount(codes, minlength=len(weights))
        return len(codes) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    if not isinstance(class_weight, Mapping):
        raise ValueError(  # noqa: TRY004
            f"class_weight must be None, 'balanced', or a dict from labels to weights; got {class_weight!r}"
        )
    places = {label: i for i, label in enumerate(coder.classes.tolist())}
    for label, weight in class_weight.items():
        if label not in places:
            raise ValueError(f"class_weight names {label!r}, which is not among the labels {_some_labels(coder)}")
        is_number = isinstance(weight, numbers.Real) and not isinstance(weight, bool)
        if not is_number or not 0 < float(weight) < float("inf"):
            raise ValueError(f"class_weight[{label!r}] must be a number above 0; got {weight!r}")
        weights[places[label]] = float(weight)
    return weights


def _some_labels(coder: LabelCoder) -> str:
    labels = coder.classes.tolist()
    return ", ".join(map(repr, labels[:6])) + (f" and {len(labels) - 6} more" if len(labels) > 6 else "")
