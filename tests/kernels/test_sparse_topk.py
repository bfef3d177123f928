"""The best products of sparse rows with sparse queries, compiled and interpreted, against the whole matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreted import interpreted
from scipy import sparse

from textrep.kernels.sparse_topk import NO_ROW, keep_best_rows

BOTH = pytest.mark.parametrize("which", ["compiled", "interpreted"])
UNIT = 1e12


@BOTH
@settings(deadline=None)
@given(
    st.integers(1, 12),
    st.integers(1, 5),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(0, 12),
    st.integers(0, 2**32),
)
def test_keep_best_rows(which, n_rows, n_columns, n_queries, k, cut, seed):
    """In two goes, rows with few different values: many scores are equal, some 0, some negative."""
    random = np.random.default_rng(seed)
    rows = sparse.csr_matrix(random.integers(-1, 3, (n_rows, n_columns)).astype(np.float32))
    rows.eliminate_zeros()
    queries = random.integers(-1, 3, (n_queries, n_columns)).astype(np.float64)
    queries /= np.maximum(np.linalg.norm(queries, axis=1, keepdims=True), 1e-300)
    by_column = sparse.csc_matrix(queries)
    lengths = np.linalg.norm(rows.toarray().astype(np.float64), axis=1)
    best, best_rows = np.zeros((n_queries, k)), np.full((n_queries, k), NO_ROW)
    n_below = np.zeros(n_queries, np.int64)
    kernel = keep_best_rows if which == "compiled" else interpreted(keep_best_rows)
    for begin, end in ((0, min(cut, n_rows)), (min(cut, n_rows), n_rows)):
        kernel(
            rows.data, rows.indices, rows.indptr, lengths, begin, end,
            by_column.data, by_column.indices, by_column.indptr, UNIT, best, best_rows, n_below,
        )  # fmt: skip

    scores = np.rint(rows.toarray() @ queries.T / np.where(lengths > 0, lengths, 1)[:, None] * UNIT) / UNIT
    for query in range(n_queries):
        wanted = sorted((-score, row) for row, score in enumerate(scores[:, query]) if score > 0)[:k]
        found = sorted((-score, row) for score, row in zip(best[query], best_rows[query], strict=True) if row != NO_ROW)
        assert [row for _, row in found] == [row for _, row in wanted]
        np.testing.assert_allclose([s for s, _ in found], [s for s, _ in wanted], rtol=0, atol=1.5 / UNIT)
        assert n_below[query] == (scores[:, query] < 0).sum()
