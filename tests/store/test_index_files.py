"""The index of a store in its file: it comes back as it was, and is left out or refused where it does not fit."""

from __future__ import annotations

import copy
import gc
import importlib.util
import pickle
import subprocess
import sys
import weakref

import numpy as np
import pytest
from bad_files import header_of, rewrite

from textrep import EmbeddingStore, FormatError, MissingExtraError
from textrep.container import open_container, write_container

pytest.importorskip("usearch", reason="the extra ann is not installed")

VECTORS = np.random.default_rng(0).standard_normal((2000, 16), np.float32)
KEYS = [f"word{i}" for i in range(len(VECTORS))]
ASKED = KEYS[::40]


@pytest.fixture(scope="module")
def built():
    store = EmbeddingStore.from_vectors(KEYS, VECTORS)
    store.build_index()
    return store


@pytest.fixture
def path(tmp_path, built):
    built.save(tmp_path / "s.textrep")
    return tmp_path / "s.textrep"


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
