"""Neighbours, analogies and the odd one out, against a slow float64 oracle and against gensim."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from interpreted import interpreted

from textrep import EmbeddingStore
from textrep.kernels.topk import keep_best
from textrep.store import Neighbour, neighbours

RANDOM = np.random.default_rng(7)


def store_of(vectors):
    vectors = np.asarray(vectors)
    return EmbeddingStore.from_vectors([f"w{i}" for i in range(len(vectors))], vectors)


def oracle(vectors, query, left_out=()):
    """Return (number, cosine) of every row, best first, ties in order of the rows: one row at a time, in float64."""
    query = np.asarray(query, np.float64)
    found = []
    for i, row in enumerate(np.asarray(vectors, np.float64)):
        if i not in left_out:
            lengths = np.linalg.norm(row / (abs(row).max() or 1)) * np.linalg.norm(query / (abs(query).max() or 1))
            dot = (row / (abs(row).max() or 1)) @ (query / (abs(query).max() or 1))
            found.append((i, round(float(dot / lengths), 12) + 0.0 if lengths else 0.0))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def assert_is(found, expected, tolerance=1e-11):
    """Same keys in the same order; scores of neighbours that nearly tie may differ in their last digits."""
    np.testing.assert_allclose([n.score for n in found], [score for _, score in expected], rtol=0, atol=tolerance)
    scores = [n.score for n in found]
    assert scores == sorted(scores, reverse=True)
    numbers, wanted = [int(n.key[1:]) for n in found], [i for i, _ in expected]
    if numbers != wanted:  # only where the oracle's own rounding decides
        for number, (i, score) in zip(numbers, expected, strict=True):
            assert number == i or sum(abs(score - other) <= 2 * tolerance for _, other in expected) > 1


@pytest.fixture(params=["numpy", "kernel", "kernel in threads"])
def route(request, monkeypatch):
    """Both ways to find candidates; blocks so small that every border is crossed."""
    if request.param != "numpy":
        monkeypatch.setattr(neighbours, "_MANY_SCORES", 0)
        monkeypatch.setattr(neighbours, "_BLOCK_ROWS", 67)
        monkeypatch.setattr(neighbours, "_BLOCK_QUERIES", 5)
        monkeypatch.setattr(neighbours, "_n_cores", lambda: 6 if "threads" in request.param else 1)
    return request.param


# ----------------------------------------------------------------------------------------------- against the oracle


@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (64, 4), (67, 3), (400, 20), (900, 50)])
def test_neighbours_of_words_and_vectors(route, shape):
    vectors = RANDOM.standard_normal(shape).astype(np.float32)
    store = store_of(vectors)
    numbers = RANDOM.integers(0, shape[0], 7).tolist()
    ranked = [oracle(vectors, vectors[i]) for i in numbers]
    for k in (1, 10, 10_000):
        by_words = store.similar([f"w{i}" for i in numbers], k)
        by_vectors = store.similar(vectors[numbers], k)
        for i, best, words_found, vectors_found in zip(numbers, ranked, by_words, by_vectors, strict=True):
            assert_is(words_found, [(other, score) for other, score in best if other != i][:k])
            assert_is(vectors_found, best[:k])


# Few distinct values, so that ties and zeros abound; and the ends of float32's range.
NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 2.0, 3.0, 0.1, 1e-45, -1e-40, 1e-38, 1e-20, 1e30, -1e37]) | st.floats(
    -(2.0**100), 2.0**100, width=32
)


@given(
    hnp.arrays(np.float32, st.tuples(st.integers(1, 90), st.integers(1, 6)), elements=NUMBERS, fill=st.just(0.0)),
    st.integers(1, 100),
    st.randoms(use_true_random=False),
)
@example(np.zeros((70, 2), np.float32), 3, None)
@example(np.full((90, 3), 1e-45, np.float32), 7, None)
@example(np.array([[1e37], [1e-45], [0.0], [-1e-40]], np.float32), 2, None)
@settings(max_examples=2 * settings.default.max_examples, deadline=None)
def test_any_vectors_any_k(vectors, k, random):
    store = store_of(vectors)
    words = list(store.keys)
    if random:
        random.shuffle(words)
    batch = store.similar(words, k)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "_MANY_SCORES", 0)
        patch.setattr(neighbours, "_BLOCK_ROWS", 16)
        assert store.similar(words, k) == batch
    for word, found in list(zip(words, batch, strict=True))[:8]:
        assert store.similar(word, k) == found
        i = int(word[1:])
        assert_is(found, oracle(vectors, vectors[i], left_out=[i])[:k])


def test_one_by_one_is_the_same_as_all_at_once(route):
    vectors = RANDOM.standard_normal((3000, 33)).astype(np.float32)
    vectors[RANDOM.integers(0, 3000, 1500)] = vectors[RANDOM.integers(0, 3000, 1500)]  # duplicates everywhere
    store = store_of(vectors)
    words = [f"w{i}" for i in range(0, 3000, 60)]
    assert store.similar(words) == [store.similar(word) for word in words]
    queries = RANDOM.standard_normal((20, 33))
    assert store.similar(queries) == [store.similar(query) for query in queries]
    assert store.similar(queries[::-1]) == store.similar(queries)[::-1]


def test_ties_go_by_the_order_of_the_keys(route):
    rows = RANDOM.standard_normal((4, 19)).astype(np.float32)
    which = RANDOM.integers(0, 4, 1000)
    scale = RANDOM.choice([0.5, 1, 2, 1024], 1000).astype(np.float32)  # exact in float32: the same direction
    store = store_of(rows[which] * scale[:, None])
    for query, found in zip(rows, store.similar(rows, 30), strict=True):
        same = np.flatnonzero(which == which[[int(found[0].key[1:])]])[:30]
        assert [n.key for n in found] == [f"w{i}" for i in same]
        assert {n.score for n in found} == {1.0}
        assert (rows[which[same[0]]] == query).all()


def test_zero_vectors_score_zero(route):
    vectors = RANDOM.standard_normal((200, 3)).astype(np.float32)
    vectors[::2] = 0
    store = store_of(vectors)
    found = store.similar(["w0", "w1"], 200)
    assert found[0] == [Neighbour(f"w{i}", 0.0) for i in range(1, 200)]  # everything ties with a query of zeros
    assert sum(n.score == 0.0 for n in found[1]) == 100
    assert store.similar(np.zeros((2, 3)), 4) == [[Neighbour(f"w{i}", 0.0) for i in range(4)]] * 2
    assert store.similarity("w0", "w1") == 0.0


def test_scores_are_floats_from_minus_one_to_one(route):
    store = store_of([[1.0, 2.0], [3.0, 6.0], [-1.0, -2.0], [2.0, -1.0]])
    assert store.similar(["w0", "w1"]) == [
        [Neighbour("w1", 1.0), Neighbour("w3", 0.0), Neighbour("w2", -1.0)],
        [Neighbour("w0", 1.0), Neighbour("w3", 0.0), Neighbour("w2", -1.0)],
    ]
    assert all(type(n.score) is float and type(n.key) is str for n in store.similar("w0"))
    assert not str(store.similar("w0")[1].score).startswith("-")


def test_similarity_is_the_score_of_the_neighbour():
    vectors = RANDOM.standard_normal((50, 8)).astype(np.float32)
    store = store_of(vectors)
    for key, score in store.similar("w7", 50):
        assert store.similarity("w7", key) == score
        assert store.similarity(vectors[7], vectors[int(key[1:])].tolist()) == score
        assert store.similarity(key, "w7") == pytest.approx(score, abs=2e-12)


# ------------------------------------------------------------------------------------------------- kinds of queries


def test_kinds_of_queries():
    vectors = RANDOM.standard_normal((30, 4)).astype(np.float32)
    store = store_of(vectors)
    one = store.similar("w3", 5)
    assert isinstance(one[0], Neighbour)
    assert store.similar(["w3"], 5) == [one]
    assert store.similar(("w3", "w4"), 5) == [one, store.similar("w4", 5)]
    assert store.similar(np.array(["w3", "w4"]), 5) == [one, store.similar("w4", 5)]
    assert store.similar(iter(["w3"]), 5) == [one]
    vector = store.similar(vectors[3], 5)
    assert vector[0] == Neighbour("w3", 1.0)
    assert vector[1:] == one[:4]
    for same in (vectors[3].tolist(), tuple(vectors[3]), vectors[3].astype(float), vectors[3] * 1024):
        assert store.similar(same, 5) == vector
    for same in ([vectors[3]], vectors[3:4], [vectors[3].tolist()], vectors[3:4].tolist()):
        assert store.similar(same, 5) == [vector]
    assert store.similar(["w3", vectors[3]], 5) == [one, vector]
    for empty in ([], (), np.empty((0, 4)), np.empty(0), iter([])):
        assert store.similar(empty) == []


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        (np.ones(3), ValueError, "has 3 dimensions, but the store's vectors have 4 dimensions"),
        (np.ones((2, 5)), ValueError, "has 5 dimensions, but the store's vectors have 4"),
        ([[1, 2, 3]], ValueError, "has 3 dimensions, but the store's vectors have 4"),
        ([1, 2, 3, float("nan")], ValueError, "has nan in dimension 3; it must be finite"),
        ([[1, 2, 3, 4], [1, 2, float("inf"), 4]], ValueError, "has inf in dimension 2"),
        (np.ones((2, 2, 4)), ValueError, "not an array of 3 dimensions"),
        (3, TypeError, "expected a word, a vector, or a list of them, not 3"),
        (None, TypeError, "expected a word, a vector, or a list of them, not None"),
        (b"w3", TypeError, "not b'w3'"),
        ({"w3": 1}, TypeError, "expected a word, a vector, or a list"),
        ([None], TypeError, "expected a word or a vector of 4 numbers, not None"),
        ([["w1", "w2"]], TypeError, r"expected a word or a vector of 4 numbers, not \['w1', 'w2'\]"),
        ([1j, 1, 1, 1], TypeError, "expected a word or a vector of 4 numbers, not 1j"),
    ],
)
def test_other_queries_are_refused(query, error, message):
    store = store_of(RANDOM.standard_normal((9, 4)))
    with pytest.raises(error, match=message):
        store.similar(query)


@pytest.mark.parametrize(
    ("k", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        *((k, TypeError) for k in (2.5, "3", True, np.True_, None, np.array(2.5), np.array([3, 4]))),
    ],
    ids=repr,
)
def test_k_is_checked(k, error):
    store = store_of(RANDOM.standard_normal((9, 4)))
    message = "must be at least 1" if error is ValueError else re.escape(f"k must be a whole number, not {k!r}")
    with pytest.raises(error, match=message):
        store.similar("w1", k)
    with pytest.raises(error, match=message):
        store.analogy("w1", k=k)
    assert len(store.similar("w1", np.int64(3))) == 3
    assert len(store.similar("w1", 100)) == 8


def test_queries_far_outside_float32_are_scaled():
    store = store_of([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    for scale in (1e-300, 1e-320, 1e300):
        assert store.similar(np.array([1.0, 0.9]) * scale) == store.similar([1.0, 0.9]) or scale == 1e-320
        assert store.similar(np.array([scale, 0.0]), 1) == [Neighbour("w0", 1.0)]


def test_many_queries_go_through_in_pieces(monkeypatch):
    monkeypatch.setattr("textrep.store.lookup._QUERIES_AT_ONCE", 7)
    store = store_of(RANDOM.standard_normal((40, 4)))
    words = list(store.keys)
    assert store.similar(words) == [store.similar(word) for word in words]


# ------------------------------------------------------------------------------------------------- against gensim


@pytest.fixture(scope="module")
def pair():
    """The same vectors in gensim and here."""
    gensim = pytest.importorskip("gensim.models.keyedvectors")
    vectors = RANDOM.standard_normal((5000, 40)).astype(np.float32) * RANDOM.uniform(0.1, 9, (5000, 1))
    vectors = (vectors + RANDOM.standard_normal(40)).astype(np.float32)
    words = [f"w{i}" for i in range(5000)]
    theirs = gensim.KeyedVectors(40)
    theirs.add_vectors(words, vectors)
    return theirs, EmbeddingStore.from_vectors(words, vectors)


def assert_same(ours, theirs):
    assert [key for key, _ in ours] == [key for key, _ in theirs]
    np.testing.assert_allclose([s for _, s in ours], [s for _, s in theirs], atol=2e-6)


def test_gensim_most_similar(pair):
    theirs, ours = pair
    words = [f"w{i}" for i in range(0, 5000, 250)]
    for word, found in zip(words, ours.similar(words, 15), strict=True):
        assert_same(found, theirs.most_similar(word, topn=15))
        vector = theirs[word] + 1
        assert_same(ours.similar(vector, 15), theirs.similar_by_vector(vector, topn=15))


@pytest.mark.parametrize(
    ("positive", "negative"),
    [
        (["w1", "w2"], ["w3"]),
        (["w1"], []),
        ([], ["w9"]),
        (["w5", "w6", "w7"], ["w8", "w10"]),
        ("w4", "w5"),
        (["w1", "w1"], ["w2"]),
    ],
)
def test_gensim_analogies(pair, positive, negative):
    theirs, ours = pair
    assert_same(ours.analogy(positive, negative, 12), theirs.most_similar(positive, negative, topn=12))


def test_gensim_analogy_of_unit_vectors(pair):
    theirs, ours = pair
    vectors = [theirs.get_vector(word, norm=True) for word in ("w1", "w2", "w3")]
    expected = theirs.most_similar(vectors[:2], vectors[2:], topn=12)
    assert_same(ours.analogy(vectors[:2], vectors[2:], 12), expected)
    assert_same(ours.analogy([vectors[0] * 50, vectors[1]], [vectors[2] * 9], 12), expected)  # scaled to length 1
    assert_same(ours.analogy(["w1", vectors[1]], "w3", 3), theirs.most_similar(["w1", vectors[1]], ["w3"], topn=3))
    assert ours.analogy(vectors[0], k=1)[0].key == "w1"  # a vector leaves nothing out


def test_gensim_odd_one_out(pair):
    theirs, ours = pair
    for _ in range(50):
        words = [f"w{i}" for i in RANDOM.choice(5000, RANDOM.integers(3, 9), replace=False)]
        assert ours.odd_one_out(words) == theirs.doesnt_match(words)


def test_odd_one_out_by_hand():
    store = EmbeddingStore.from_vectors(["cat", "dog", "car", "cow"], [[1, 0.1], [9, 0], [0, 5], [1, 0.2]])
    assert store.odd_one_out(["cat", "dog", "car", "cow"]) == "car"
    assert store.odd_one_out(["cat", "cat", "dog", "dog", "dog"]) == "cat"
    for words in ([], ["cat"], ["cat", "dog"]):
        with pytest.raises(ValueError, match=f"one of at least 3 words, not of {len(words)}"):
            store.odd_one_out(words)
    with pytest.raises(TypeError, match=r"not the one word 'cat'; pass \['cat'\]"):
        store.odd_one_out("cat")


def test_an_analogy_needs_something():
    store = store_of(RANDOM.standard_normal((9, 4)))
    with pytest.raises(ValueError, match="needs at least one word or vector"):
        store.analogy()
    with pytest.raises(ValueError, match="has 2 dimensions, but the store's vectors have 4"):
        store.analogy([[1.0, 2.0]])
    assert store.analogy("w1", "w1", k=2) == [Neighbour("w0", 0.0), Neighbour("w2", 0.0)]  # the query is zero


# ------------------------------------------------------------------------------------------------------ the kernel


@pytest.mark.parametrize("function", [keep_best, interpreted(keep_best)], ids=["compiled", "interpreted"])
@given(st.integers(1, 5), st.integers(1, 300), st.integers(1, 8), st.integers(1, 20), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_the_kernel_keeps_all_that_count(function, m, n, k, values, seed):
    scores = np.random.default_rng(seed).integers(-values, values, (m, n)).astype(np.float32)
    margin, capacity = np.float32(1.5), 4 * k + 64
    best = np.full((m, k), -np.inf, np.float32)
    ids, kept = np.zeros((m, capacity), np.int64), np.zeros((m, capacity), np.float32)
    counts = np.zeros(m, np.int64)
    for start in range(0, n, 70):
        for q in range(m):
            block = np.ascontiguousarray(scores[:, start : start + 70])
            function(block, start, margin, best, ids, kept, counts, q, q + 1)
    for q in range(m):
        expected = np.sort(scores[q])[::-1][:k]
        wanted = np.flatnonzero(scores[q] >= expected[-1] - margin) if n >= k else np.arange(n)
        if counts[q] > capacity:  # given up: only where many are within the margin
            assert (scores[q] >= expected[-1] - 2 * values).sum() > capacity // 2
            continue
        np.testing.assert_array_equal(np.sort(best[q])[::-1][: len(expected)], expected)
        assert set(wanted) <= set(ids[q, : counts[q]].tolist())
        np.testing.assert_array_equal(scores[q, ids[q, : counts[q]]], kept[q, : counts[q]])


def test_the_kernel_gives_up_where_too_many_tie():
    counts, ids = np.zeros(1, np.int64), np.zeros((1, 68), np.int64)
    arrays = np.full((1, 1), -np.inf, np.float32), ids, np.zeros((1, 68), np.float32), counts
    keep_best(np.zeros((1, 200), np.float32), 0, np.float32(0), *arrays, 0, 1)
    assert counts[0] == 69
