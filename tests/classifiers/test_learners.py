"""`compute_logits`: results in the order of the rows, in whatever order batches have them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from textrep.classifiers.learners import compute_logits

CPU = torch.device("cpu")


class Shuffled:
    """Rows of a matrix, in batches that are given."""

    def __init__(self, X: NDArray[np.float32], plan: list[list[int]]) -> None:
        self._X, self._plan = X, plan

    def __len__(self) -> int:
        return len(self._X)

    def take(self, rows: NDArray[np.int64]) -> torch.Tensor:
        return torch.from_numpy(self._X[rows])

    def plan(self, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        assert rows.tolist() == list(range(len(self)))
        return [np.array(batch) for batch in self._plan]

    def plan_epoch(self, rows: NDArray[np.int64], generator: np.random.Generator) -> list[NDArray[np.int64]]:
        raise NotImplementedError


def test_logits_are_in_the_order_of_the_rows() -> None:
    X = np.arange(10, dtype=np.float32).reshape(5, 2)
    found = compute_logits(
        nn.Identity(), Shuffled(X, [[3, 4, 1], [0], [2]]), 2, CPU
    )  # no order that is its own inverse
    np.testing.assert_array_equal(found, X)
    assert compute_logits(nn.Identity(), Shuffled(X[:0], []), 2, CPU).shape == (0, 2)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_logits_that_are_no_numbers_are_refused(value: float) -> None:
    X = np.ones((5, 2), np.float32)
    X[3, 1] = value
    with pytest.raises(ValueError, match=r"^row 3 gives logits that are NaN or infinite: .*; scale the inputs$"):
        compute_logits(nn.Identity(), Shuffled(X, [[4, 3], [0, 1, 2]]), 2, CPU)
