"""Each vector function compiled equals its interpreted form, and both equal NumPy."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from textrep.kernels import simd
from textrep.kernels.simd import (
    LANES,
    exp_of_minus,
    inverse_root,
    load,
    multiply_add,
    prefetch_row,
    six_totals,
    splat,
    store,
    total,
    where_negative,
)


def arithmetic(a, b, c, out):
    x, y, z = load(a, 1, LANES), load(b, 1, LANES), load(c, 1, LANES)
    prefetch_row(a, 0)
    store(out, 0, 0, x + y)
    store(out, 1, 0, x - y)
    store(out, 2, 0, x * y)
    store(out, 3, 0, x / y)
    store(out, 4, 0, multiply_add(x, y, z))
    store(out, 5, 0, splat(np.float32(2.5)))
    store(out, 6, 0, where_negative(x, y, z))
    store(out, 7, 0, six_totals(x, y, z, x + y, x - y, x * y))


@pytest.fixture
def operands():
    random = np.random.default_rng(5)
    return [random.normal(size=(2, 3 * LANES)).astype(np.float32) for _ in range(3)]


@pytest.mark.parametrize("form", ["compiled", "interpreted"])
def test_arithmetic(operands, form):
    function = numba.njit(arithmetic) if form == "compiled" else arithmetic
    out = np.zeros((8, LANES), np.float32)
    function(*operands, out)
    x, y, z = (operand[1, LANES : 2 * LANES].astype(np.float64) for operand in operands)
    expected = [x + y, x - y, x * y, x / y, x * y + z, np.full(LANES, 2.5), np.where(x < 0, y, z)]
    totals = [vector.sum() for vector in (x, y, z, x + y, x - y, x * y)]
    expected.append(np.array([*totals, *[0] * (LANES - 6)]))
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("form", ["compiled", "interpreted"])
def test_exp_of_minus(form):
    def exponentials(values, out):
        for column in range(0, values.shape[1], LANES):
            store(out, 0, column, exp_of_minus(load(values, 0, column)))

    function = numba.njit(exponentials) if form == "compiled" else exponentials
    values = np.linspace(-100, 100, 32 * 1024, dtype=np.float32).reshape(1, -1)
    out = np.zeros_like(values)
    function(values, out)
    expected = np.exp(-np.minimum(np.abs(values.astype(np.float64)), 87.0))
    np.testing.assert_allclose(out, expected, rtol=2e-5, atol=0)
    near = np.abs(values) < 1
    np.testing.assert_allclose(out[near], expected[near], rtol=1e-6)
    special = np.zeros((1, LANES), np.float32)
    special[0, :3] = np.nan, np.inf, -np.inf
    function(special, out)
    assert np.isnan(out[0, 0])
    np.testing.assert_allclose(out[0, 1:4], [np.exp(-87.0), np.exp(-87.0), 1.0], rtol=2e-5)


def test_lanes_divide_a_cache_line():
    assert simd.LANES in (8, 16)


def roots_and_sums(a, out):
    x = load(a, 0, 0)
    store(out, 0, 0, inverse_root(x))
    return total(x)


@pytest.mark.parametrize("form", ["compiled", "interpreted"])
def test_inverse_roots_and_totals(form):
    function = numba.njit(roots_and_sums) if form == "compiled" else roots_and_sums
    for values in (np.linspace(0.3, 1e4, LANES), np.geomspace(1e-30, 1e30, LANES)):
        a, out = values.astype(np.float32)[None], np.zeros((1, LANES), np.float32)
        assert function(a, out) == pytest.approx(a.astype(np.float64).sum(), rel=1e-6)
        np.testing.assert_allclose(out[0], 1 / np.sqrt(a[0].astype(np.float64)), rtol=1e-6)
