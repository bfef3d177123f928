"""Matrices of training: padding is taken away in place, and what is not finite is found."""

from __future__ import annotations

import numpy as np
import pytest

from textrep.training.matrices import aligned_zeros, all_finite, padded, without_padding


@pytest.mark.parametrize(("size", "in_place"), [(1, False), (7, False), (100, True), (112, True), (300, True)])
@pytest.mark.parametrize("n", [0, 1, 1023, 1024, 3000])
def test_padding_is_taken_away(n: int, size: int, in_place: bool) -> None:
    matrix = aligned_zeros((n, padded(size)))
    matrix[:] = np.arange(matrix.size, dtype=np.float32).reshape(matrix.shape)
    expected = matrix[:, :size].copy()
    without = without_padding(matrix, size)
    np.testing.assert_array_equal(without, expected)
    assert without.flags.c_contiguous
    if n:
        assert np.shares_memory(matrix, without) == in_place


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 1023, 1024, 2999])
def test_values_that_are_not_finite(value: float, row: int) -> None:
    matrix = np.full((3000, 3), 3e38, np.float32)  # whose sum is infinite
    assert all_finite(matrix, matrix)
    wrong = matrix.copy()
    wrong[row, 2] = value
    assert not all_finite(matrix, wrong)
    assert not all_finite(wrong, matrix)
