"""The index of a store: what it finds beside the exact search, how it is kept, and when it is refused."""

from __future__ import annotations

import copy
import gc
import importlib.util
import pickle
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest
from bad_files import header_of, rewrite

from textrep import EmbeddingStore, FormatError, MissingExtraError
from textrep.container import open_container, write_container
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


@pytest.fixture
def path(tmp_path, built):
    built.save(tmp_path / "s.textrep")
    return tmp_path / "s.textrep"


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


# -------------------------------------------------------------------------------------------------- how it is kept


def test_saved_and_opened_it_answers_the_same(path, built):
    opened = EmbeddingStore.open(path)
    assert opened.index == built.index
    assert opened.similar(ASKED, approximate=True) == built.similar(ASKED, approximate=True)
    opened.verify()
    opened.save(path)  # again, over the very file
    assert EmbeddingStore.open(path).similar(ASKED, approximate=True) == built.similar(ASKED, approximate=True)


def test_the_bytes_stay_in_the_file(path):
    opened = EmbeddingStore.open(path)
    opened.similar("word1", approximate=True)
    assert not opened._index.data.flags.owndata
    assert np.shares_memory(opened._index.data, np.frombuffer(opened._container._mapped, np.uint8))
    assert opened._index.data.__array_interface__["data"][0] % 64 == 0


def test_the_file_is_closed_when_the_store_is_gone(path):
    opened = EmbeddingStore.open(path)
    opened.similar("word1", approximate=True)
    mapped = weakref.ref(opened._container._mapped)
    del opened
    gc.collect()
    assert mapped() is None


def test_a_store_outlives_its_copies_and_pickles(path, built):
    wanted = built.similar(ASKED, approximate=True)
    for store in (built, EmbeddingStore.open(path)):
        for made_of_it in (copy.copy(store), copy.deepcopy(store), pickle.loads(pickle.dumps(store))):
            assert made_of_it.similar(ASKED, approximate=True) == wanted


def test_a_new_index_takes_the_place_of_the_one_before(path):
    store = EmbeddingStore.open(path)
    store.similar("word1", approximate=True)
    store.build_index(connectivity=2, expansion_add=2, expansion_search=2)
    worse = store.similar(ASKED, approximate=True)
    store.save(path)
    assert EmbeddingStore.open(path).index["connectivity"] == 2
    assert EmbeddingStore.open(path).similar(ASKED, approximate=True) == worse


def test_classifiers_and_vectorizers_do_not_keep_it(built):
    assert built.parts().vector_index is not None
    assert built.parts().for_lookup().vector_index is None


# ------------------------------------------------------------------------------------------- when it is left out


def changed(path, vectors=None, **header):
    """Write the store again with other vectors, or another header of its index; checksums are right."""
    container = open_container(path)
    tensors = {name: tensor.copy() for name, tensor in container.tensors.items()}
    if vectors is not None:
        tensors["vectors"] = vectors
    content = container.header | {"index": container.header["index"] | header}
    write_container(path, kind="store", header=content, tensors=tensors)


OTHER = VECTORS.copy()
OTHER[1999, 15] += 1e-3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"vectors": OTHER}, "it is of other vectors: their checksums differ"),
        ({"n_keys": 1999}, "it is of 1999 vectors of 16 dimensions, and the store has 2,000 of 16"),
        ({"dim": 17}, "it is of 2000 vectors of 17 dimensions"),
        ({"library": "other"}, "this textrep knows no index of this kind"),
        ({"dtype": "f64"}, "this textrep knows no index of this kind"),
        ({"expansion_search": None}, "this textrep knows no index of this kind"),
    ],
)
def test_an_index_that_does_not_belong_is_left_out_with_a_message(path, change, reason):
    changed(path, **change)
    with pytest.warns(UserWarning, match=rf"s\.textrep is left out.*{reason}.*build_index") as warned:
        store = EmbeddingStore.open(path)
    assert warned[0].filename == __file__
    assert store.index is None
    assert len(store.similar("word1")) == 10
    with pytest.raises(ValueError, match="needs an index"):
        store.similar("word1", approximate=True)


@pytest.mark.parametrize("value", [None, 3, []])
def test_a_header_that_is_none_leaves_the_index_out(path, value):
    rewrite(path, change_inner=lambda header: header.update(index=value))
    with pytest.warns(UserWarning, match="no index of this kind"):
        assert EmbeddingStore.open(path).index is None


def test_an_altered_index_is_refused_before_usearch_sees_it(path):
    container = open_container(path)
    start, size = container.start_of("index.data"), container.tensors["index.data"].size
    good = path.read_bytes()
    wanted = EmbeddingStore.open(path).similar("word1")
    for place in [*range(0, 200, 7), *np.linspace(0, size - 1, 20).astype(int).tolist()]:
        data = bytearray(good)
        data[start + place] ^= 0xFF
        path.write_bytes(data)
        store = EmbeddingStore.open(path)
        for _ in range(2):
            with pytest.raises(FormatError, match=rf"s\.textrep is damaged .*byte {start:,}.* index\.data"):
                store.similar("word1", approximate=True)
        assert store.similar("word1") == wanted


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": "3.0.0"}, "usearch 3.0.0 made it, which usearch 2.* does not read"),
        ({"n_indexed": 1999}, "its sizes are not those that the header says"),
    ],
)
def test_an_index_that_usearch_cannot_read_is_refused(path, change, reason):
    changed(path, **change)
    store = EmbeddingStore.open(path)
    with pytest.raises(FormatError, match=rf"index of .*s\.textrep cannot be used: {reason}; make it anew"):
        store.similar("word1", approximate=True)


def test_a_graph_that_is_none_is_refused(path):
    container = open_container(path)
    tensors = dict(container.tensors) | {"index.data": np.zeros(100, np.uint8)}
    write_container(path.with_name("t.textrep"), kind="store", header=container.header, tensors=tensors)
    with pytest.raises(
        FormatError, match=r"index of .*t\.textrep cannot be used: its sizes are not those that the header says"
    ):
        EmbeddingStore.open(path.with_name("t.textrep")).similar("word1", approximate=True)


def test_a_file_that_ends_within_its_index_is_refused(path):
    data = path.read_bytes()
    path.write_bytes(data[: -(header_of(path)[0] % 64 + 1000)])
    with pytest.raises(FormatError, match=r"s\.textrep is damaged"):
        EmbeddingStore.open(path)


def test_without_usearch_all_else_works(path, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: name != "usearch" and real(name, *rest))
    store = EmbeddingStore.open(path)
    assert len(store.similar("word1")) == 10
    for ask in (lambda: store.similar("word1", approximate=True), store.build_index):
        with pytest.raises(MissingExtraError, match=r"needs usearch\. Install it with: .* \(textrep's extra 'ann'\)"):
            ask()


def test_usearch_is_imported_when_it_is_asked_for(path):
    program = (
        "import sys; from textrep import EmbeddingStore; store = EmbeddingStore.open(sys.argv[1]); "
        "store.similar('word1'); assert 'usearch' not in sys.modules; "
        "store.similar('word1', approximate=True); assert 'usearch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
