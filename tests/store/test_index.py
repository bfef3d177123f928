"""The index of a store: what it finds beside the exact search, and how it is made."""

from __future__ import annotations

import copy
import threading
import time

import numpy as np
import pytest

from textrep import EmbeddingStore
from textrep.store.approximate import ApproximateNeighbours
from textrep.store.subwords import SubwordTable
from textrep.text.subwords import Subwords

pytest.importorskip("usearch", reason="the extra ann is not installed")

N, DIM = 2000, 16


def clustered(n=N, dim=DIM, n_clusters=40, seed=0):
    random = np.random.default_rng(seed)
    centres = random.standard_normal((n_clusters, dim))
    return (centres[random.integers(0, n_clusters, n)] + 0.5 * random.standard_normal((n, dim))).astype(np.float32)


VECTORS = clustered()
KEYS = [f"word{i}" for i in range(N)]
ASKED = KEYS[::40]


def made(vectors=VECTORS, **options):
    store = EmbeddingStore.from_vectors([f"word{i}" for i in range(len(vectors))], vectors)
    store.build_index(**options)
    return store


@pytest.fixture(scope="module")
def built():
    return made()


def recall(exact, found):
    return np.mean([len({*a} & {*b}) / len(a) for a, b in zip(exact, found, strict=True)])


# --------------------------------------------------------------------------------------------- what it finds


def test_nearly_all_neighbours_are_found_with_the_scores_of_the_exact_search(built):
    exact, found = built.similar(ASKED), built.similar(ASKED, approximate=True)
    assert recall(exact, found) >= 0.98
    scores = {(i, each.key): each.score for i, near in enumerate(built.similar(ASKED, k=N)) for each in near}
    for i, (word, neighbours) in enumerate(zip(ASKED, found, strict=True)):
        assert len(neighbours) == 10
        assert word not in {each.key for each in neighbours}
        assert all(each.score == scores[i, each.key] for each in neighbours)  # to the last bit
        ranks = [(-each.score, int(each.key.removeprefix("word"))) for each in neighbours]
        assert ranks == sorted(ranks)


def test_it_is_the_graph_that_is_asked():
    """A poor graph misses what a good one finds: were all vectors looked at, nothing would be missing."""
    poor = made(np.random.default_rng(2).standard_normal((N, 60)), connectivity=2, expansion_add=2, expansion_search=2)
    assert recall(poor.similar(ASKED), poor.similar(ASKED, approximate=True)) < 0.9


def test_a_query_gets_the_same_answer_alone_and_among_others(built):
    vectors = [built[word] * 1e-20 for word in ASKED]
    for queries in (ASKED, vectors, np.array(vectors)):
        together = built.similar(queries, approximate=True)
        assert together == [built.similar(query, approximate=True) for query in queries]
    assert built.similar([], approximate=True) == []


def test_equal_vectors_tie_in_the_order_of_the_keys():
    store = made(np.repeat(clustered(50, n_clusters=50), 6, axis=0))
    for word in ("word0", "word147"):
        assert store.similar(word, k=5, approximate=True) == store.similar(word, k=5)


@pytest.mark.parametrize("k", [1, 64, 200, 299, 300, 1000])
def test_as_many_come_back_as_were_asked_for(k):
    store = made(clustered(300))
    exact, found = store.similar("word7", k), store.similar("word7", k, approximate=True)
    assert len(found) == len(exact) == min(k, 299)
    assert k < 200 or found == exact


@pytest.mark.parametrize("n_zeros", [1, 40, 99, 100])
def test_vectors_of_zeros_rank_as_in_the_exact_search(n_zeros):
    vectors = clustered(100)
    vectors[np.random.default_rng(1).choice(100, n_zeros, replace=False)] = 0
    store = made(vectors)
    assert store.index["n_indexed"] == 100 - n_zeros
    queries = ["word3", "word50", np.zeros(DIM), -vectors.sum(axis=0)]
    for k in (3, 60, 100):
        assert store.similar(queries, k, approximate=True) == store.similar(queries, k)


def test_lengths_do_not_count():
    lengths = np.logspace(-37, 30, N)[:, None]  # down to what float32 products cannot tell from zero
    store = made((VECTORS * lengths).astype(np.float32))
    found = [[each.key for each in near] for near in store.similar(ASKED, approximate=True)]
    assert recall([[each.key for each in near] for near in store.similar(ASKED)], found) >= 0.95


def test_where_the_graph_gives_too_little_all_vectors_are_looked_at(built):
    store = copy.copy(built)
    graph = store._approximate_neighbours._graph

    class Short:
        """What a graph of two parts does, of which the smaller one is found first."""

        @staticmethod
        def search(queries, count, threads):
            return graph.search(queries, count // 8, threads=threads)

    store.__dict__["_approximate_neighbours"] = copy.copy(store._approximate_neighbours)
    store._approximate_neighbours._graph = Short
    assert store.similar(ASKED, approximate=True) == store.similar(ASKED)
    assert store.similar("word1", approximate=True) == store.similar("word1")


def test_an_empty_store_and_one_key():
    empty = made(np.empty((0, DIM), np.float32))
    assert empty.similar(np.ones(DIM), approximate=True) == []
    assert made(VECTORS[:1]).similar("word0", approximate=True) == []


def test_words_that_are_made_of_subwords():
    table = SubwordTable(Subwords(min_n=2, max_n=3, buckets=40), None, clustered(40))
    store = EmbeddingStore.from_vectors(KEYS, VECTORS, subwords=table)
    store.build_index(expansion_search=300)
    assert "words" not in store
    assert store.similar("words", 3, approximate=True) == store.similar("words", 3)


def test_a_text_finds_documents():
    from textrep import embed_documents

    texts = [f"{a} {b}" for a in ("red", "green", "blue") for b in ("cars", "birds", "stones", "rivers")] * 3
    store = embed_documents(texts, "word2vec", vector_size=8, min_count=1, epochs=1, sample=0, random_state=1)
    store.build_index()
    assert store.similar_to_text("red birds", 3, approximate=True) == store.similar_to_text("red birds", 3)


def test_many_threads_may_ask_at_once(built):
    answers, wanted = {}, built.similar(ASKED, approximate=True)

    def ask(number):
        answers[number] = [built.similar(word, approximate=True) for word in ASKED]

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(answers.values()) == [wanted] * 8


# ------------------------------------------------------------------------------------------------- how it is made


def test_one_thread_makes_the_same_index_every_time(built):
    np.testing.assert_array_equal(made(n_jobs=1)._index.data, built._index.data)
    assert recall(built.similar(ASKED), made(n_jobs=2).similar(ASKED, approximate=True)) >= 0.98


def test_what_it_is_made_of_is_fixed_and_told(built):
    import usearch

    told = built.index
    assert (told["library"], told["version"]) == ("usearch", usearch.__version__)
    assert (told["metric"], told["dtype"], told["n_keys"], told["dim"]) == ("cos", "bf16", N, DIM)
    assert usearch.index.Index.metadata(bytes(built._index.data))["kind_scalar"] == usearch.index.ScalarKind.BF16
    assert EmbeddingStore.from_vectors(KEYS, VECTORS).index is None


def test_progress_is_reported_to_the_end():
    seen = []
    made(on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1024, N), (N, N)]


def test_an_interrupted_build_leaves_the_store_as_it_was():
    store = EmbeddingStore.from_vectors(KEYS, VECTORS)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.build_index(on_progress=interrupt)
    assert store.index is None


@pytest.mark.parametrize("name", ["connectivity", "expansion_add", "expansion_search"])
@pytest.mark.parametrize("value", [0, 1, 5000, 2.0, True, "16"])
def test_numbers_that_cannot_be_are_refused(built, name, value):
    with pytest.raises(ValueError, match=rf"{name} must be a whole number from 2 to 4,096; got {value!r}"):
        copy.copy(built).build_index(**{name: value})


def test_a_sparse_store_has_no_index():
    from scipy.sparse import eye_array

    store = EmbeddingStore.from_vectors(["a", "b", "c"], eye_array(3, format="csr"))
    with pytest.raises(ValueError, match="the store is sparse"):
        store.build_index()
    with pytest.raises(ValueError, match="the store is sparse"):
        store.similar("a", approximate=True)


def test_without_an_index_nothing_is_approximate():
    with pytest.raises(ValueError, match=r"needs an index: make one with store\.build_index\(\)"):
        EmbeddingStore.from_vectors(KEYS, VECTORS).similar("word1", approximate=True)


def test_a_new_index_is_asked_also_if_the_old_one_was_being_prepared(monkeypatch):
    store = made(VECTORS[:50])
    begun, built_anew = threading.Event(), threading.Event()

    class Slow(ApproximateNeighbours):
        def __init__(self, vectors, norms, index):
            if index is old:
                begun.set()
                while store._index is old:
                    time.sleep(0.001)
                built_anew.wait(0.5)  # not for long: `build_index` waits for this
            super().__init__(vectors, norms, index)
            self.of = index

    monkeypatch.setattr("textrep.store.approximate.ApproximateNeighbours", Slow)
    old = store._index
    first = threading.Thread(target=store.similar, args=("word1",), kwargs={"approximate": True})
    first.start()
    assert begun.wait(30)
    store.build_index()
    built_anew.set()
    first.join()
    assert store._approximate_neighbours.of is store._index is not old
