"""Sparse stores: the same as dense ones in all they answer, and never filled with their zeros."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file
from textrep_cli.app import textrep as app

from textrep import EmbeddingStore, FormatError, StoreMismatchError, UnknownWordError, embed
from textrep.container import open_container, write_container
from textrep.store import Neighbour, sparse, sparse_batch, sparse_lookup, sparse_neighbours
from textrep.store.sparse import SparseRows

RANDOM = np.random.default_rng(5)
KEYS = ["king", "queen", "man", "woman", "왕", "여왕", "", "a b"]
DENSE = np.round(RANDOM.standard_normal((8, 6)) * (RANDOM.random((8, 6)) < 0.5), 2).astype(np.float32)
DENSE += 0.0  # no -0.0
DENSE[3] = 0
NNZ = np.count_nonzero(DENSE)
COUNTS = [90, 80, 70, 60, 50, 40, 30, 20]


def make(**options):
    return EmbeddingStore.from_vectors(KEYS, sp.csr_array(DENSE), **options)


@pytest.fixture(params=["in memory", "opened", "unpickled"])
def store(request, tmp_path):
    made = make(counts=COUNTS, tokenizer={"name": "word"}, metadata={"method": "count"})
    if request.param == "unpickled":
        return pickle.loads(pickle.dumps(made))
    if request.param == "in memory":
        return made
    made.save(tmp_path / "s.textrep")
    return EmbeddingStore.open(tmp_path / "s.textrep")


WAYS = ["large blocks", "small blocks", "kernel", "kernel, small batches"]


@pytest.fixture(params=WAYS)
def blocks(request, monkeypatch):
    """Each way in which neighbours are found, and blocks and batches so small that every border is crossed."""
    take(request.param, monkeypatch)


def take(way, patch):
    if "small" in way:
        small_blocks(patch)
    if "kernel" in way:
        patch.setattr(sparse_neighbours, "_MANY_NONZEROS", 0)


def small_blocks(patch):
    patch.setattr(sparse_batch, "_KEPT_AT_ONCE", 8)
    patch.setattr(sparse_batch, "n_threads", lambda n_jobs: 3)
    patch.setattr(sparse_neighbours, "_NONZEROS_AT_ONCE", 7)
    patch.setattr(sparse_neighbours, "_SCORES_AT_ONCE", 40)
    patch.setattr(sparse_lookup, "_QUERIES_AT_ONCE", 5)
    patch.setattr(sparse_lookup, "_NONZEROS_AT_ONCE", 11)
    patch.setattr(sparse, "_AT_ONCE", 5)


def store_of(matrix):
    return EmbeddingStore.from_vectors([f"w{i}" for i in range(matrix.shape[0])], matrix)


def oracle(vectors, query, k, left_out=()):
    """Return (number, cosine) of the k best rows, one at a time in float64; ties in order of the rows."""
    query = np.asarray(query, np.float64)
    query = query / (abs(query).max() or 1)
    found = []
    for i, row in enumerate(np.asarray(vectors, np.float64)):
        if i not in left_out:
            row = row / (abs(row).max() or 1)
            lengths = np.linalg.norm(row) * np.linalg.norm(query)
            found.append((i, round(float(row @ query / lengths), 12) + 0.0 if lengths else 0.0))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]


def assert_is(found, expected, tolerance=3e-12):
    """Same keys in the same order; only those whose scores nearly tie may be in another."""
    scores = [n.score for n in found]
    np.testing.assert_allclose(scores, [score for _, score in expected], rtol=0, atol=tolerance)
    assert scores == sorted(scores, reverse=True)
    for neighbour, (i, score) in zip(found, expected, strict=True):
        if neighbour.key != f"w{i}":
            assert sum(abs(score - other) <= 2 * tolerance for _, other in expected) > 1


# ------------------------------------------------------------------------------------------------------- look-up


def test_parts(store):
    assert (len(store), store.dim, store.is_sparse, store.nnz) == (8, 6, True, NNZ)
    assert list(store) == KEYS
    vectors = store.vectors
    assert type(vectors) is sp.csr_array
    assert vectors.dtype == np.float32
    assert vectors.has_canonical_format
    assert vectors.has_sorted_indices
    np.testing.assert_array_equal(vectors.toarray(), DENSE)
    assert vectors.nnz == NNZ
    np.testing.assert_allclose(store.norms, np.linalg.norm(DENSE.astype(float), axis=1), rtol=1e-7)
    np.testing.assert_array_equal(store.counts, COUNTS)
    assert store.metadata == {"method": "count"}
    assert store.tokenizer("A big dog's") == ["a", "big", "dog", "s"]
    assert f"8 keys, 6 dimensions, sparse, {NNZ} non-zeros" in repr(store)


def test_a_dense_store_says_so():
    store = EmbeddingStore.from_vectors(KEYS, DENSE)
    assert (store.is_sparse, store.nnz) == (False, None)
    assert "sparse" not in repr(store)


def test_look_up(store):
    for key, vector in zip(KEYS, DENSE, strict=True):
        assert key in store
        assert store[key].dtype == np.float32
        np.testing.assert_array_equal(store[key], vector)
    store["king"][:] = 7
    np.testing.assert_array_equal(store["king"], DENSE[0])
    rows = store.vectors_for(["왕", "king", "woman", "왕"])
    assert type(rows) is sp.csr_array
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows.toarray(), DENSE[[4, 0, 3, 4]])
    rows.data[:] = 7
    np.testing.assert_array_equal(store.vectors.toarray(), DENSE)
    assert store.vectors_for([]).shape == (0, 6)


def test_unknown_words_are_named_with_close_ones(store):
    asks = (store.__getitem__, store.similar, store.analogy, lambda word: store.similarity("man", word))
    for ask in (*asks, lambda word: store.vectors_for(["man", word]), lambda word: store.similar(["man", word])):
        with pytest.raises(UnknownWordError, match=r"'wman' is not in .*Close: woman, man"):
            ask("wman")


def test_nothing_in_a_store_can_be_written(store):
    vectors = store.vectors
    for array in (vectors.data, vectors.indices, vectors.indptr, store.norms, store.counts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    vectors.data = np.zeros_like(vectors.data)  # the matrix is the caller's own, its arrays are not
    np.testing.assert_array_equal(store.vectors.toarray(), DENSE)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_share_the_arrays(store, copied):
    assert np.shares_memory(copied(store).vectors.data, store.vectors.data)
    assert copied(store).similar(KEYS) == store.similar(KEYS)


# -------------------------------------------------------------------------------------------------- from_vectors


def shuffled(matrix):
    """The same matrix with columns out of order, duplicates and zeros."""
    indptr, indices, data = [0], [], []
    for row in matrix:
        columns = [*RANDOM.permutation(len(row)).tolist(), 2]
        indices += columns
        data += [row[j] - (j == 2) for j in columns[:-1]] + [1.0]
        indptr.append(len(indices))
    return sp.csr_array((np.array(data, float), np.array(indices), np.array(indptr)), shape=matrix.shape)


@pytest.mark.parametrize("copies", [True, False])
@pytest.mark.parametrize(
    "given",
    [
        *(make_format(DENSE) for make_format in (sp.csr_array, sp.csr_matrix, sp.csc_array, sp.csc_matrix)),
        *(make_format(DENSE) for make_format in (sp.coo_array, sp.lil_array, sp.dok_array, sp.bsr_array)),
        sp.dia_array(DENSE),
        sp.csr_array(DENSE.astype(float)),
        sp.coo_array(DENSE).astype(np.longdouble),
        shuffled(DENSE.astype(float)),
    ],
    ids=lambda matrix: f"{type(matrix).__name__}-{matrix.dtype}",
)
def test_any_sparse_matrix_is_kept_as_one_kind_of_csr(given, copies):
    arrays = [(name, a, a.copy()) for name, a in vars(given).items() if isinstance(a, np.ndarray)]
    store = EmbeddingStore.from_vectors(KEYS, given, copy=copies)
    np.testing.assert_allclose(store.vectors.toarray(), DENSE, rtol=0, atol=1e-7)
    assert store.vectors.dtype == np.float32
    assert store.vectors.indices.dtype == store.vectors.indptr.dtype == np.int32
    assert store.vectors.data.all()
    for name, array, before in arrays:
        assert vars(given)[name] is array
        np.testing.assert_array_equal(array, before)
        assert array.flags.writeable
    if copies:
        assert not any(np.shares_memory(store.vectors.data, array) for _, array, _ in arrays)


def test_the_arrays_are_shared_if_asked_for():
    mine = sp.csr_array(DENSE)
    store = EmbeddingStore.from_vectors(KEYS, mine, copy=False)
    for name in ("data", "indices", "indptr"):
        assert np.shares_memory(getattr(store.vectors, name), getattr(mine, name))


def test_what_float32_cannot_tell_from_zero_is_no_non_zero():
    store = EmbeddingStore.from_vectors(["a", "b"], sp.csr_array([[1e-60, 2.0], [0.0, -1e-300]]))
    assert store.nnz == 1
    assert store.norms.tolist() == [2.0, 0.0]


def with_(value, row=2, column=3):
    matrix = sp.lil_array(DENSE.astype(np.float64))
    matrix[row, column] = value
    return matrix.tocsr()


def scattered(shape, density):
    """A random matrix, float32 [*shape], of which a part `density` is not zero."""
    values, places = RANDOM.random(shape), RANDOM.random(shape)
    return sp.csr_array(np.where(places < density, values, 0).astype(np.float32))


def wild(indices=None, indptr=None):
    matrix = sp.csr_array(DENSE)
    matrix.indices = matrix.indices.copy() if indices is None else indices
    matrix.indptr = matrix.indptr if indptr is None else indptr
    return matrix


REFUSED = {
    "too few keys": (KEYS[:7], sp.csr_array(DENSE), ValueError, "7 keys, but 8 vectors"),
    "duplicate": (["a", "b", "a", *"cdefg"], sp.csr_array(DENSE), ValueError, "key 2 repeats key 0, 'a'"),
    "NaN": (KEYS, with_(np.nan), ValueError, r"the vector of 'man' \(number 2\) holds NaN"),
    "infinite": (KEYS, with_(-np.inf, 5), ValueError, r"the vector of '여왕' \(number 5\) holds NaN, infinity"),
    "too large for float32": (KEYS, with_(1e39), ValueError, "'man' .*or what float32 cannot hold"),
    "too long for float32": (KEYS, with_(3.4e38), ValueError, "'man' .*is too long for float32"),
    "complex": (KEYS, sp.csr_array(DENSE.astype(complex)), TypeError, "vectors must be numbers, not complex"),
    "one dimension": (["a"], sp.coo_array(DENSE[0]), ValueError, r"shape \(n_keys, dim\), not \(6,\)"),
    "no dimension": (KEYS, sp.csr_array((8, 0)), ValueError, r"shape \(n_keys, dim\), not \(8, 0\)"),
    "column too large": (KEYS, wild(indices=np.full(NNZ, 6, np.int32)), ValueError, "must be < 6"),
    "column negative": (KEYS, wild(indices=np.full(NNZ, -1, np.int32)), ValueError, "must be >= 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_store_is_refused(name):
    keys, matrix, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        EmbeddingStore.from_vectors(keys, matrix)


def test_what_needs_dense_vectors_is_refused():
    with pytest.raises(ValueError, match="context_vectors go with dense vectors only"):
        make(context_vectors=DENSE)


# ----------------------------------------------------------------------------------------------------- neighbours

NUMBERS = st.sampled_from([0.0, 0.0, 0.0, 1.0, -1.0, 2.0, 0.1, 3.0, 1e-45, -1e-40, 1e-20, 1e30, -1e37]) | st.floats(
    -(2.0**100), 2.0**100, width=32
)


@given(
    hnp.arrays(np.float32, st.tuples(st.integers(1, 30), st.integers(1, 9)), elements=NUMBERS, fill=st.just(0.0)),
    st.integers(1, 35),
    st.randoms(use_true_random=False),
    st.sampled_from(WAYS),
)
@settings(deadline=None)
def test_any_matrix_any_k(vectors, k, random, way):
    with pytest.MonkeyPatch.context() as patch:
        take(way, patch)
        store, dense = store_of(sp.csr_array(vectors)), store_of(vectors)
        words = list(store.keys)
        random.shuffle(words)
        for word, found, as_dense in zip(words, store.similar(words, k), dense.similar(words, k), strict=True):
            i = int(word[1:])
            expected = oracle(vectors, vectors[i], k, left_out=[i])
            assert_is(found, expected)
            assert_is(as_dense, expected)
            assert store.similar(word, k) == found
        rows = sp.csr_array(vectors)
        by_matrix = store.similar(rows, k)
        assert by_matrix == store.similar(vectors, k) == [store.similar(vector, k) for vector in vectors]
        for vector, found in zip(vectors, by_matrix, strict=True):
            assert_is(found, oracle(vectors, vector, k))
        for a, b in [random.choices(words, k=2) for _ in range(2)]:
            assert store.similarity(a, b) == pytest.approx(dense.similarity(a, b), abs=3e-12)
            scores = {neighbour.key: neighbour.score for neighbour in store.similar(a, len(store))}
            assert a == b or store.similarity(a, b) == scores[b]


@pytest.mark.parametrize("density", [0.01, 0.3, 1.0])
def test_larger_matrices(density, blocks):
    matrix = scattered((90, 30), density)
    matrix.data -= np.float32(0.3)
    store, vectors = store_of(matrix), matrix.toarray()
    words = [f"w{i}" for i in range(0, 90, 11)]
    expected = [oracle(vectors, vectors[i], 200, left_out=[i]) for i in range(0, 90, 11)]
    for k in (1, 10, 200):
        for found, best in zip(store.similar(words, k), expected, strict=True):
            assert_is(found, best[:k])
    queries = RANDOM.standard_normal((6, 30)) * (RANDOM.random((6, 30)) < 0.3)
    for query, found in zip(queries, store.similar(queries), strict=True):
        assert_is(found, oracle(vectors, query, 10))
        assert store.similar(query) == found


def test_ties_go_by_the_order_of_the_keys(blocks):
    rows = scattered((4, 30), 0.2)
    which = RANDOM.integers(0, 4, 200)
    scale = RANDOM.choice([0.5, 1, 3, 1024], 200).astype(np.float32)
    store = store_of(sp.diags_array(scale) @ rows[which])
    for number, found in enumerate(store.similar(rows, 20)):
        same = np.flatnonzero(which == number)[:20]
        assert [n.key for n in found] == [f"w{i}" for i in same]
        assert {n.score for n in found} == {1.0}


def test_of_rows_that_tie_the_last_give_way_to_better_ones(blocks):
    near, far, apart = [1.0, 1.0, 0.0], [1.0, 3.0, 0.0], [0.0, 0.0, 1.0]
    rows = [far] * 9 + [near] * 3 + [far, [1.0, 0.0, 0.0], far, near, far]
    store = store_of(sp.csr_array(rows + [apart] * 100))  # so that one thread has all the others
    for query in store.similar(np.array([[1.0, 0.0, 0.0]] * 2), 8):
        assert [n.key for n in query] == ["w13", "w9", "w10", "w11", "w15", "w0", "w1", "w2"]


def test_identity(blocks):
    store = store_of(sp.eye_array(50, format="dia"))
    assert store.similar("w2", 4) == [Neighbour(f"w{i}", 0.0) for i in (0, 1, 3, 4)]
    assert store.similar(["w0", "w49"], 2) == [
        [Neighbour("w1", 0.0), Neighbour("w2", 0.0)],
        [Neighbour("w0", 0.0), Neighbour("w1", 0.0)],
    ]
    assert store.similar(np.eye(50)[7], 2) == [Neighbour("w7", 1.0), Neighbour("w0", 0.0)]
    assert store.similarity("w1", "w1") == 1.0
    assert store.similarity("w1", "w2") == 0.0


def test_negative_scores_come_after_zeros(blocks):
    store = store_of(sp.csr_array([[-1.0, 0], [0, 1], [0, 0], [-2, 0], [3, -3], [0, 2], [1, 0]]))
    expected = [("w4", 0.7071067811865475), ("w1", 0.0), ("w2", 0.0), ("w5", 0.0), ("w0", -1.0), ("w3", -1.0)]
    for k in range(1, 8):
        found = store.similar("w6", k)
        assert [n.key for n in found] == [key for key, _ in expected][:k]
        np.testing.assert_allclose([n.score for n in found], [score for _, score in expected][:k], atol=1e-12)
        assert store.similar(["w6", "w1"], k)[0] == found
        assert not any(str(n.score) == "-0.0" for n in found)


def test_the_kernel_gives_the_bits_of_scipy(monkeypatch):
    matrix = scattered((900, 200), 0.05)
    matrix.data -= np.where(RANDOM.random(matrix.nnz) < 0.01, 1, 0).astype(np.float32)  # some scores are below 0
    store = store_of(sp.vstack([matrix, matrix[:300] * np.float32(2), sp.csr_array((50, 200), dtype=np.float32)]))
    asked = [f"w{i}" for i in RANDOM.permutation(1250)[:90]]
    for k in (1, 10, 1100, 5000):
        by_scipy = store.similar(asked, k)
        monkeypatch.setattr(sparse_neighbours, "_MANY_NONZEROS", 0)
        by_kernel = store.similar(asked, k)
        monkeypatch.undo()
        assert by_kernel == by_scipy
    assert any(found[-1].score < 0 for found in by_scipy), "else no query would be left to SciPy"


@pytest.mark.parametrize("n_shares", [1, 2, 3, 7, 100])
def test_shares_of_rows_hold_as_many_nonzeros(n_shares):
    sizes = RANDOM.integers(0, 30, 400)
    rows = SparseRows(*(np.zeros(sizes.sum(), kind) for kind in ("f4", "i4")), np.append(0, sizes.cumsum()), 9)
    borders = rows.shares(n_shares)
    assert (borders[0], borders[-1], len(borders)) == (0, 400, n_shares + 1)
    assert borders == sorted(borders)
    assert max(np.diff(rows.indptr[borders])) <= sizes.sum() / n_shares + 60


def test_the_kernel_is_for_many_nonzeros(monkeypatch):
    asked = []
    real = sparse_batch.best_rows
    monkeypatch.setattr(sparse_batch, "best_rows", lambda *args: asked.append(len(args[4])) or real(*args))
    monkeypatch.setattr(sparse_neighbours, "_MANY_NONZEROS", 3 * NNZ)
    for n in range(1, 5):
        make().similar(KEYS[:n])
    monkeypatch.setattr(sparse_neighbours, "_MANY_NONZEROS", 0)
    make().similar(KEYS[:1])
    assert asked == [3, 4], "one query alone never pays"


def test_every_kind_of_query_is_answered_as_by_a_dense_store(blocks):
    dense, store = EmbeddingStore.from_vectors(KEYS, DENSE), make()
    many = [
        DENSE[:2],
        DENSE[:1],
        np.zeros((0, 6)),
        sp.csr_array(DENSE[:2]),
        sp.csr_matrix(DENSE[:1]),
        sp.csr_array((0, 6)),
    ]
    many += [["king"], ["king", "왕"], np.array(["king", "man"]), DENSE[:2].tolist(), sp.lil_array(DENSE[:3]), []]
    many += [[sp.csr_array(DENSE[:1]), "man"], [sp.coo_array(DENSE[0])], sp.csr_array(DENSE > 0), DENSE > 0]
    one = ["king", DENSE[0], DENSE[0].tolist(), sp.coo_array(DENSE[0])]
    for query in [*many, *one]:
        found, expected = store.similar(query, 3), dense.similar(query, 3)
        lists = found if any(query is each for each in many) else [found]
        assert all(isinstance(neighbours, list) for neighbours in lists)
        assert all(isinstance(neighbour, Neighbour) for neighbours in lists for neighbour in neighbours)
        flat = [neighbour for neighbours in lists for neighbour in neighbours]
        theirs = [neighbour for neighbours in (expected if lists is found else [expected]) for neighbour in neighbours]
        assert [neighbour.key for neighbour in flat] == [neighbour.key for neighbour in theirs]
        np.testing.assert_allclose([n.score for n in flat], [n.score for n in theirs], atol=3e-12)
    for query in (sp.csr_array((2, 5)), np.zeros((2, 5)), [sp.csr_array(DENSE[:2])]):
        for each in (store, dense):
            with pytest.raises(ValueError, match=r"have 6 dimensions|expected one vector"):
                each.similar(query)


def test_kinds_of_queries(store):
    dense = EmbeddingStore.from_vectors(KEYS, DENSE)
    one, row = store.similar("king", 5), sp.csr_array(DENSE)[[0]]
    assert_same = np.testing.assert_array_equal
    vector = store.similar(DENSE[0], 5)
    assert vector[0] == Neighbour("king", 1.0)
    for of in (store, dense):
        assert [n.key for n in of.similar(sp.coo_array(DENSE[0]), 5)] == [n.key for n in vector]  # one dimension: one
        for many in (row, sp.csr_matrix(row), row.tocoo(), row.tocsc(), DENSE[:1], [DENSE[0]], [row], [row.tocoo()]):
            found = of.similar(many, 5)
            assert [[n.key for n in each] for each in found] == [[n.key for n in vector]]
            np.testing.assert_allclose([n.score for n in found[0]], [n.score for n in vector], atol=3e-12)
        assert of.similar(sp.csr_array(DENSE), 3) == of.similar(DENSE, 3)
        assert of.similar(sp.csr_array((0, 6))) == []
        assert of.similarity(row, "king") == of.similarity("king", row) == 1.0
        assert of.analogy(row, "queen", 3) == of.analogy(DENSE[0], "queen", 3)
        mixed = of.similar(["king", row, DENSE[0]], 5)
        assert [[n.key for n in each] for each in mixed] == [[n.key for n in each] for each in (one, vector, vector)]
    assert store.similar(["king", row, DENSE[0], DENSE[0].tolist()], 5) == [one, vector, vector, vector]
    assert store.similar([]) == []
    assert_same(row.toarray()[0], DENSE[0])


@pytest.mark.parametrize("kind", ["sparse", "dense"])
@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        (sp.csr_array(np.ones((1, 5))), ValueError, "has 5 dimensions, but the store's vectors have 6 dimensions"),
        (sp.coo_array(np.ones(7)), ValueError, "has 7 dimensions, but the store's vectors have 6"),
        ([sp.csr_array(DENSE)], ValueError, r"expected one vector, not a sparse matrix of shape \(8, 6\)"),
        (with_(np.nan)[[2]], ValueError, "has nan in dimension 3; it must be finite"),
        (sp.csr_array(DENSE.astype(complex)), TypeError, "not a sparse array of complex"),
        (wild(indices=np.full(NNZ, 9, np.int32)), ValueError, "must be < 6"),
        (np.ones(3), ValueError, "has 3 dimensions, but the store's vectors have 6"),
        ([np.array([1, 2, 3, np.inf, 5, 6])], ValueError, "has inf in dimension 3"),
        ({"king": 1}, TypeError, "expected a word, a vector, or a list"),
    ],
)
def test_other_queries_are_refused(kind, query, error, message):
    store = make() if kind == "sparse" else EmbeddingStore.from_vectors(KEYS, DENSE)
    with pytest.raises(error, match=message):
        store.similar(query)


def test_queries_far_outside_float32_are_scaled():
    store = store_of(sp.csr_array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    for scale in (1e-300, 1e300):
        assert store.similar(sp.csr_array([[1.0, 0.9]]) * scale) == [store.similar([1.0, 0.9])]


def test_a_query_of_explicit_zeros_is_one_of_zeros():
    query = sp.csr_array((np.zeros(2), [0, 1], [0, 2]), shape=(1, 6))
    assert make().similar(query, 2) == [[Neighbour("king", 0.0), Neighbour("queen", 0.0)]]
    assert make().similarity(query, "king") == make().similarity("king", query) == 0.0


def test_analogies_and_the_odd_one_out(blocks):
    matrix = scattered((60, 12), 0.4)
    store, dense = store_of(matrix), store_of(matrix.toarray())
    for _ in range(30):
        words = [f"w{i}" for i in RANDOM.choice(60, 5, replace=False)]
        ours, theirs = (of.analogy(words[:2], words[2:], 9) for of in (store, dense))
        assert [n.key for n in ours] == [n.key for n in theirs]
        np.testing.assert_allclose([n.score for n in ours], [n.score for n in theirs], atol=3e-12)
        assert store.odd_one_out(words) == dense.odd_one_out(words)
    assert store.analogy("w1", "w1", k=2) == [Neighbour("w0", 0.0), Neighbour("w2", 0.0)]  # the query is zero
    with pytest.raises(ValueError, match="needs at least one word or vector"):
        store.analogy()


def test_documents_nearest_to_a_text():
    text = pytest.importorskip("sklearn.feature_extraction.text")
    documents = ["the cat sat on the mat", "dogs chase cats", "stock markets fell", "the markets rose on monday"]
    vectorizer = text.TfidfVectorizer()
    store = EmbeddingStore.from_vectors([f"d{i}" for i in range(4)], vectorizer.fit_transform(documents))
    assert store.similar(vectorizer.transform(["what did the stock markets do"]), 2)[0][0].key == "d2"
    assert [each[0] for each in store.similar(vectorizer.transform(documents), 1)] == [(f"d{i}", 1.0) for i in range(4)]


def test_an_empty_store(tmp_path):
    EmbeddingStore.from_vectors([], sp.csr_array((0, 3))).save(tmp_path / "e")
    store = EmbeddingStore.open(tmp_path / "e")
    assert (len(store), store.dim, store.nnz, store.vectors.shape) == (0, 3, 0, (0, 3))
    assert store.similar([1, 2, 3]) == []
    assert store.similar(sp.csr_array((2, 3))) == [[], []]


@pytest.mark.slow
def test_a_search_takes_little_memory():
    code = """
import tracemalloc
import numpy as np, scipy.sparse as sp
from textrep import EmbeddingStore
from textrep.keytable import KeyTable
n = 200_000
offsets = np.arange(n + 1) * 6
blob = np.frombuffer(b"".join(b"%06d" % i for i in range(n)), np.uint8)
matrix = sp.csr_array((np.ones(20 * n, np.float32), (np.arange(20 * n) * 7919) % n, np.arange(n + 1) * 20), (n, n))
store = EmbeddingStore.from_vectors(KeyTable.from_arrays(blob, offsets), matrix)
store.similar("000001")
tracemalloc.start()
store.similar([f"{i:06}" for i in range(100)])
from textrep.store import sparse_neighbours
print(tracemalloc.get_traced_memory()[1])
assert 100 * matrix.nnz >= sparse_neighbours._MANY_NONZEROS
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 64e6  # the matrix has 32 MB, and would have 160 GB with its zeros


# -------------------------------------------------------------------------------------------------- save and open


def test_save_and_open(tmp_path):
    path, store = tmp_path / "s.textrep", make(counts=COUNTS)
    store.save(path)
    opened = EmbeddingStore.open(path)
    opened.verify()
    assert opened.similar(KEYS) == store.similar(KEYS)
    assert f"sparse, {NNZ} non-zeros, opened from" in repr(opened)
    tensors, matrix = load_file(path), sp.csr_array(DENSE)
    for name in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(tensors[f"vectors.{name}"], getattr(matrix, name))
    opened.save(path)  # over the file it is mapped from
    again = EmbeddingStore.open(path)
    again.verify()
    assert again.similar(KEYS) == store.similar(KEYS)
    assert pickle.loads(pickle.dumps(again)).path == path.absolute()


def test_an_opened_matrix_is_the_mapped_file(tmp_path):
    make().save(tmp_path / "s")
    store = EmbeddingStore.open(tmp_path / "s")
    for name in ("data", "indices", "indptr"):
        mapped = store._container.tensors[f"vectors.{name}"]
        assert np.shares_memory(getattr(store.vectors, name), mapped)


def test_more_columns_than_32_bits_can_number(tmp_path):
    matrix = sp.coo_array(([1.0, 2.0], ([0, 1], [2**31 + 3, 0])), shape=(2, 2**31 + 5))
    EmbeddingStore.from_vectors(["a", "b"], matrix).save(tmp_path / "s")
    store = EmbeddingStore.open(tmp_path / "s")
    assert store.vectors.indices.dtype == store.vectors.indptr.dtype == np.int64
    assert store.vectors.indices.tolist() == [2**31 + 3, 0]
    assert store.vectors_for(["a"]).indices.tolist() == [2**31 + 3]


def altered(tmp_path, *, header=None, drop=None, **tensors):
    """Save a sparse store whose parts do not fit together."""
    make().save(tmp_path / "good")
    good = open_container(tmp_path / "good")
    parts = {**good.tensors, **{name.replace("_", "."): tensor for name, tensor in tensors.items()}}
    if drop:
        del parts[drop]
    write_container(tmp_path / "bad", kind="store", header={**good.header, **(header or {})}, tensors=parts)
    return tmp_path / "bad"


INDPTR, INDICES = sp.csr_array(DENSE).indptr, sp.csr_array(DENSE).indices
LONGER = np.append(INDPTR[:-1], INDPTR[-1] + 1).astype(np.int32)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"header": {"layout": "dense"}}, "has no tensor 'vectors'"),
        ({"header": {"layout": "csr"}}, "is a store of layout 'csr', not 'dense' or 'sparse'"),
        ({"header": {"dim": 0}}, "8 keys of 0 dimensions"),
        ({"header": {"dim": 2**31}}, r"'vectors\.indices' is int32 .*, not int64"),
        ({"header": {"subwords": {}}}, "sparse, but it has what goes with dense ones only"),
        ({"context_vectors": DENSE, "header": {}}, None),
        ({"drop": "vectors.data"}, r"has no tensor 'vectors\.data'"),
        ({"drop": "vectors.indices"}, r"has no tensor 'vectors\.indices'"),
        ({"drop": "vectors.indptr"}, r"has no tensor 'vectors\.indptr'"),
        ({"drop": "norms"}, "has no tensor 'norms'"),
        ({"vectors_data": np.ones(NNZ)}, r"'vectors\.data' is float64"),
        ({"vectors_data": np.ones((NNZ, 1), np.float32)}, r"'vectors\.data' is float32 \[\d+, 1\]"),
        ({"vectors_data": np.ones(NNZ + 1, np.float32)}, r"'vectors\.indices' is int32 \[\d+\], not int32"),
        ({"vectors_indices": INDICES.astype(np.int64)}, r"'vectors\.indices' is int64 \[\d+\], not int32"),
        ({"vectors_indptr": INDPTR[:-1]}, r"'vectors\.indptr' is int32 \[8\], not int32 \[9\]"),
        ({"vectors_indptr": LONGER}, rf"its rows go from entry 0 to {NNZ + 1}, but it has {NNZ} non-zeros"),
        ({"vectors_indptr": np.append(1, INDPTR[1:]).astype(np.int32)}, "its rows go from entry 1 to"),
    ],
)
def test_parts_that_do_not_fit_are_refused_on_opening(tmp_path, changes, message):
    if message is None:
        make().save(tmp_path / "good")
        good = open_container(tmp_path / "good")
        tensors = {**good.tensors, "context_vectors": DENSE}
        write_container(tmp_path / "bad", kind="store", header=good.header, tensors=tensors)
        path, message = tmp_path / "bad", "what goes with dense ones only"
    else:
        path = altered(tmp_path, **changes)
    with pytest.raises(FormatError, match=rf"bad\b.*{message}"):
        EmbeddingStore.open(path)


def changed(array, place, value):
    array = array.copy()
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vectors_indices": changed(INDICES, 3, 6)}, r"entry 3 of its tensor 'vectors\.indices' is 6, not .* 0 to 5"),
        ({"vectors_indices": changed(INDICES, -1, -1)}, r"'vectors\.indices' is -1, not a number from 0 to 5"),
        ({"vectors_indices": changed(INDICES, 0, 2**31 - 1)}, r"entry 0 .*is 2147483647"),
        ({"vectors_indices": INDICES[::-1].copy()}, r"'vectors\.indices' does not ascend within its row"),
        ({"vectors_indices": np.zeros(NNZ, np.int32)}, "does not ascend within its row"),
        ({"vectors_indptr": changed(INDPTR, 4, 10**9)}, r"entry 5 of its tensor 'vectors\.indptr' is less"),
        ({"vectors_indptr": changed(INDPTR, 4, -(10**9))}, r"entry 4 of its tensor 'vectors\.indptr' is less"),
        ({"vectors_data": changed(DENSE[DENSE != 0], 2, np.nan)}, r"entry 2 of its tensor 'vectors\.data' is nan"),
    ],
)
def test_wild_arrays_are_refused_before_they_are_used(tmp_path, changes, message, blocks):
    path = altered(tmp_path, **changes)
    asks = (
        lambda store: store.vectors,
        lambda store: store.similar("king"),
        lambda store: store.similar(["queen", DENSE[0]]),
        lambda store: store.vectors_for(KEYS),
        lambda store: store.similarity(*KEYS[:2]) and store.vectors_for(KEYS),
        lambda store: [store[key] for key in KEYS],
        lambda store: store.analogy(KEYS),
        lambda store: store.save(tmp_path / "other"),
        lambda store: pickle.loads(pickle.dumps(store)).similar("king"),
    )
    for ask in asks:
        with pytest.raises(FormatError, match=rf"bad is damaged or was altered at byte [0-9,]+: .*{message}"):
            ask(EmbeddingStore.open(path))
    assert not (tmp_path / "other").exists()


def test_a_good_row_of_a_bad_matrix_is_given(tmp_path):
    store = EmbeddingStore.open(altered(tmp_path, vectors_indices=changed(INDICES, -1, 99)))
    np.testing.assert_array_equal(store["king"], DENSE[0])


@given(st.data())
def test_no_change_of_the_arrays_crashes(tmp_path_factory, data):
    arrays = {"vectors_indices": INDICES, "vectors_indptr": INDPTR, "vectors_data": DENSE[DENSE != 0]}
    name = data.draw(st.sampled_from(list(arrays)))
    raw = bytearray(arrays[name].tobytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = altered(tmp_path_factory.mktemp("wild"), **{name: np.frombuffer(raw, arrays[name].dtype)})
    with contextlib.suppress(FormatError):
        store = EmbeddingStore.open(path)
        for ask in (lambda: store.vectors_for(KEYS), lambda: store.similar(KEYS), lambda: store.odd_one_out(KEYS)):
            with contextlib.suppress(FormatError):
                ask()


def test_every_flipped_and_missing_byte_is_noticed(tmp_path):
    make().save(tmp_path / "good")
    data = (tmp_path / "good").read_bytes()
    for i in range(0, len(data), 5):
        flipped = bytearray(data)
        flipped[i] ^= 0x55
        for bad in (flipped, data[:i]):
            (tmp_path / "bad").write_bytes(bad)
            with pytest.raises(FormatError, match="bad"):
                EmbeddingStore.open(tmp_path / "bad").verify()


def test_a_tampered_pickle_does_not_crash():
    rows = make()._lookup.vectors
    wild_rows = SparseRows(rows.data, changed(rows.indices, 0, 10**9), rows.indptr, 6)
    with pytest.raises(FormatError, match="the vectors of this store are damaged: entry 0 of"):
        pickle.loads(pickle.dumps(wild_rows)).matrix()


# --------------------------------------------------------------------------------------- what takes dense ones only


@pytest.mark.parametrize("name", ["s.vec", "s.w2v", "s.bin", "s.glove", "folder"])
def test_no_other_format_holds_sparse_vectors(tmp_path, name):
    chosen = {"s.bin": "fasttext", "folder": "static"}.get(name)
    with pytest.raises(FormatError, match=r"sparse, 8 keys of 6 dimensions.*dense vectors only.*vectors\.toarray\(\)"):
        make().export(tmp_path / name, chosen)
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_exported_as_a_store(tmp_path):
    make().export(tmp_path / "s.textrep")
    store = EmbeddingStore.load(tmp_path / "s.textrep")
    assert store.is_sparse
    dense = EmbeddingStore.from_vectors(store.keys, store.vectors.toarray())  # as the message says
    dense.export(tmp_path / "s.vec")


def test_gensim_holds_no_sparse_vectors():
    with pytest.raises(FormatError, match="gensim's KeyedVectors holds dense vectors only"):
        make().to_gensim()


def test_training_does_not_go_on_from_it():
    with pytest.raises(StoreMismatchError, match="it has no context vectors"):
        embed(["a b c"], initial=make(), vector_size=6, min_count=1)


# ---------------------------------------------------------------------------------------------------- command line


@pytest.fixture
def path(tmp_path):
    make(counts=COUNTS).save(tmp_path / "s.textrep")
    return str(tmp_path / "s.textrep")


def run(*arguments):
    result = CliRunner().invoke(app, arguments, prog_name="textrep")
    assert result.exit_code == 0, result.output
    return result.stdout


def test_info(path):
    assert f"vectors        sparse, {NNZ} non-zeros\n" in run("info", path, "--verify")
    facts = json.loads(run("info", path, "--json"))
    assert (facts["words"], facts["dimensions"], facts["nonzeros"]) == (8, 6, NNZ)


def test_similar_and_analogy(path):
    found = json.loads(run("similar", path, "king", "-k", "3", "--json"))[0]["neighbours"]
    assert [(each["key"], each["score"]) for each in found] == make().similar("king", 3)
    assert make().analogy(["queen", "man"], "king", 1)[0].key in run("analogy", path, "king", "queen", "man", "-k", "1")


def test_vector(path, tmp_path):
    assert run("vector", path, "king") == f"king {' '.join(map(str, DENSE[0]))}\n"
    assert json.loads(run("vector", path, "king", "--json"))[0]["vector"] == [float(str(x)) for x in DENSE[0]]
    wide = sp.csr_array(([0.5, -2.0], ([0, 0], [3, 2000])), shape=(1, 2001))
    EmbeddingStore.from_vectors(["king"], wide).save(tmp_path / "wide")
    assert run("vector", str(tmp_path / "wide"), "king") == "king 3:0.5 2000:-2.0\n"
    assert len(json.loads(run("vector", str(tmp_path / "wide"), "king", "--json"))[0]["vector"]) == 2001


def test_convert_is_refused(path, tmp_path):
    result = CliRunner().invoke(app, ["convert", path, str(tmp_path / "s.vec")], prog_name="textrep")
    assert "dense vectors only" in result.stderr
    assert result.exit_code == 1
    assert not (tmp_path / "s.vec").exists()


# ------------------------------------------------------------------------------------------------ what it imports


def test_scipy_is_imported_for_sparse_vectors_only(tmp_path):
    make().save(tmp_path / "sparse")
    code = f"""
import sys
import textrep
from textrep import EmbeddingStore
store = EmbeddingStore.open({str(tmp_path / "sparse")!r})
repr(store), store.dim, store.nnz, "king" in store
print([name for name in ("numba", "scipy", "sklearn") if name in sys.modules])
store.similar("king")
print([name for name in ("numba", "scipy.sparse", "sklearn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "['scipy.sparse']"]
