"""Which rows are kept for validation: a share of each class, chosen at random, and never the last row of a class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["split_rows"]


def split_rows(
    rows: NDArray[np.int64], codes: NDArray[Any] | None, fraction: float, generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Share rows out into those to train on and those to validate on.

    Parameters
    ----------
    rows : ndarray of int64
        The rows there are.
    codes : ndarray of int64, shape (n_rows,), or of bool, shape (n_rows, n_classes), optional
        The class of each row, or its classes. Then each class has about its share on either side, and at least one row
        to train on.
    fraction : float
        The share to validate on.
    generator : numpy.random.Generator
        Where the randomness comes from.

    Returns
    -------
    training, validation : ndarray of int64
        Ascending. The latter may be empty: if the fraction is 0, or each row is needed to train on.
    """
    wanted = min(max(round(fraction * len(rows)), int(fraction > 0)), len(rows) - 1)
    shuffled = generator.permutation(rows)
    if codes is None:
        chosen = np.arange(len(rows)) < wanted
    elif codes.ndim == 1:
        chosen = _chosen_by_class(codes[shuffled], wanted, generator)
    else:
        chosen = _chosen_by_labels(codes[shuffled], wanted)
    return np.sort(shuffled[~chosen]), np.sort(shuffled[chosen])


def _chosen_by_class(codes: NDArray[np.int64], wanted: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Return which rows to validate on, the same share of each class and never all of one (bool [n_rows])."""
    counts = np.bincount(codes)  # int64 [n_classes]
    order = np.argsort(codes, kind="stable")
    ranks = np.empty(len(codes), np.int64)  # of each row among those of its class
    ranks[order] = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    # The rows of each class at even distances from 0 to 1: any prefix of this order has the same share of all classes.
    places = (ranks + generator.random(len(counts))[codes]) / counts[codes]
    places[ranks == counts[codes] - 1] = np.inf  # the last of a class is trained on
    best = np.argsort(places, kind="stable")[:wanted]
    chosen = np.zeros(len(codes), bool)
    chosen[best[np.isfinite(places[best])]] = True
    return chosen


def _chosen_by_labels(present: NDArray[np.bool_], wanted: int) -> NDArray[np.bool_]:
    """Return which rows to validate on: the first ones without which each label still has a row (bool [n_rows])."""
    left = present.sum(0)  # int64 [n_classes]
    chosen = np.zeros(len(present), bool)
    for i, labels in enumerate(present):
        if wanted == 0:
            break
        if (left[labels] > 1).all():
            chosen[i] = True
            left -= labels
            wanted -= 1
    return chosen
