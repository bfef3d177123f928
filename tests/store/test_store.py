"""What an EmbeddingStore is made of, gives back, and refuses."""

from __future__ import annotations

import contextlib
import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from bad_files import place_in, read_or_refused
from safetensors.numpy import load_file

from textrep import EmbeddingStore, FormatError, StoreExistsError, UnknownWordError
from textrep.container import open_container, write_container
from textrep.errors import StoreNotFoundError
from textrep.keytable import KeyTable

KEYS = ["king", "queen", "man", "woman", "왕", "여왕", "", "a b"]
VECTORS = np.random.default_rng(1).standard_normal((8, 5)).astype(np.float32)
COUNTS = [90, 80, 70, 60, 50, 40, 30, 20]
METADATA = {"method": "word2vec", "vector_size": 5, "learning_rate": 0.025, "history": [{"epoch": 1, "loss": 2.5}]}
TOKENIZER = {"name": "word", "min_token_length": 2}


def make():
    return EmbeddingStore.from_vectors(KEYS, VECTORS, counts=COUNTS, tokenizer=TOKENIZER, metadata=METADATA)


@pytest.fixture(params=["in memory", "opened"])
def store(request, tmp_path):
    """The same store, made and opened: every test of look-ups runs over both."""
    made = make()
    if request.param == "in memory":
        return made
    made.save(tmp_path / "s.textrep")
    return EmbeddingStore.open(tmp_path / "s.textrep")


# ------------------------------------------------------------------------------------------------------- look-up


def test_parts(store):
    assert len(store) == 8
    assert store.dim == 5
    assert list(store.keys) == KEYS
    assert list(store) == KEYS
    np.testing.assert_array_equal(store.vectors, VECTORS)
    np.testing.assert_allclose(store.norms, np.linalg.norm(VECTORS.astype(float), axis=1), rtol=1e-7)
    np.testing.assert_array_equal(store.counts, COUNTS)
    assert (store.vectors.dtype, store.norms.dtype, store.counts.dtype) == (np.float32, np.float32, np.int64)
    assert store.metadata == METADATA
    assert store.tokenizer("A big dog's") == ["big", "dog"]


def test_nothing_in_a_store_can_be_written(store):
    for array in (store.vectors, store.norms, store.counts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_look_up(store):
    for key, vector in zip(KEYS, VECTORS, strict=True):
        assert key in store
        np.testing.assert_array_equal(store[key], vector)
    assert "King" not in store
    assert "\ud800" not in store
    assert 3 not in store


def test_a_looked_up_vector_is_a_copy(store):
    store["king"][:] = 0
    np.testing.assert_array_equal(store["king"], VECTORS[0])


def test_vectors_for(store):
    np.testing.assert_array_equal(store.vectors_for(["왕", "king", "왕"]), VECTORS[[4, 0, 4]])
    np.testing.assert_array_equal(store.vectors_for(iter(("man",))), VECTORS[[2]])
    assert store.vectors_for([]).shape == (0, 5)
    assert store.vectors_for(KEYS).dtype == np.float32
    with pytest.raises(UnknownWordError, match="'kin' is not in the vocabulary"):
        store.vectors_for(["king", "kin"])
    with pytest.raises(TypeError, match=r"not the one word 'king'; pass \['king'\]"):
        store.vectors_for("king")
    with pytest.raises(TypeError, match="number 1 is 3 of type int"):
        store.vectors_for(["king", 3])


def test_unknown_words_are_named_with_close_ones(store):
    with pytest.raises(UnknownWordError, match=r"^'King' is not in the vocabulary\. Close: king\.$") as caught:
        store["King"]
    assert isinstance(caught.value, KeyError)
    assert caught.value.close == ["king"]
    for ask in (store.similar, store.analogy, lambda word: store.similarity("man", word)):
        with pytest.raises(UnknownWordError, match=r"'wman' is not in .*Close: woman, man"):
            ask("wman")
    with pytest.raises(UnknownWordError, match="'Queen'"):
        store.similar(["king", "Queen"])
    with pytest.raises(UnknownWordError, match="'Man'"):
        store.odd_one_out(["king", "queen", "Man"])


@pytest.mark.parametrize("word", [3, None, ["king"], b"king"])
def test_only_words_are_looked_up(store, word):
    with pytest.raises(TypeError, match="expected a word, not "):
        store[word]


def test_repr(store):
    text = repr(store)
    assert "8 keys, 5 dimensions" in text
    assert ("s.textrep" in text) == (store.path is not None)


# -------------------------------------------------------------------------------------------------- from_vectors


@pytest.mark.parametrize(
    "given",
    [
        VECTORS.tolist(),
        VECTORS.astype(np.float64),
        np.asfortranarray(VECTORS),
        np.repeat(VECTORS, 2, axis=1)[:, ::2],
        VECTORS.astype(">f4"),
    ],
)
@pytest.mark.parametrize("copy", [True, False])
def test_vectors_of_any_layout_are_the_same(given, copy):
    store = EmbeddingStore.from_vectors(KEYS, given, copy=copy)
    np.testing.assert_array_equal(store.vectors, VECTORS)
    assert store.vectors.dtype == np.float32
    assert store.vectors.flags.c_contiguous


def test_vectors_are_copied_unless_asked_not_to():
    mine = VECTORS.copy()
    copied, shared = (EmbeddingStore.from_vectors(KEYS, mine, copy=copy) for copy in (True, False))
    assert not np.shares_memory(copied.vectors, mine)
    assert np.shares_memory(shared.vectors, mine)
    mine[0] = 7  # still writable by its owner
    np.testing.assert_array_equal(copied["king"], VECTORS[0])


def test_keys_may_be_a_table_or_an_iterator():
    table = KeyTable.from_strings(KEYS)
    assert EmbeddingStore.from_vectors(table, VECTORS).keys is table
    assert list(EmbeddingStore.from_vectors(iter(KEYS), VECTORS).keys) == KEYS
    assert list(EmbeddingStore.from_vectors(np.array(KEYS), VECTORS).keys) == KEYS


def with_(value, row=2, column=3):
    vectors = VECTORS.astype(np.float64)
    vectors[row, column] = value
    return vectors


REFUSED = {
    "duplicate": (["a", "b", "a", *"cdefg"], VECTORS, ValueError, "key 2 repeats key 0, 'a'; keys must be distinct"),
    "too few keys": (KEYS[:7], VECTORS, ValueError, "7 keys, but 8 vectors"),
    "key not str": ([*KEYS[:7], 5], VECTORS, TypeError, "key 7 is 5 of type int; keys must be str"),
    "key bytes": ([b"a", *KEYS[1:]], VECTORS, TypeError, "key 0 is b'a' of type bytes"),
    "one str": ("kingking", VECTORS, TypeError, "keys must be a list of str, not 'kingking'"),
    "surrogate": ([*KEYS[:7], "\ud800"], VECTORS, ValueError, "lone surrogate"),
    "NaN": (KEYS, with_(np.nan), ValueError, r"the vector of 'man' \(number 2\) holds NaN"),
    "infinite": (KEYS, with_(-np.inf, 5), ValueError, r"the vector of '여왕' \(number 5\) holds NaN, infinity"),
    "too large for float32": (KEYS, with_(1e39), ValueError, "'man' .*or what float32 cannot hold"),
    "too long for float32": (KEYS, with_(3.4e38), ValueError, "'man' .*is too long for float32"),
    "text": (KEYS, VECTORS.astype(str), TypeError, "vectors must be numbers, not <U"),
    "complex": (KEYS, VECTORS.astype(complex), TypeError, "vectors must be numbers, not complex"),
    "one dimension": (KEYS, VECTORS[:, 0], ValueError, r"shape \(n_keys, dim\), not \(8,\)"),
    "no dimension": (KEYS, VECTORS[:, :0], ValueError, r"shape \(n_keys, dim\), not \(8, 0\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_store_is_refused(name):
    keys, vectors, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        EmbeddingStore.from_vectors(keys, vectors)


@pytest.mark.parametrize(
    ("counts", "error", "message"),
    [
        ([1, 2], ValueError, r"8 keys, but counts of shape \(2,\)"),
        ([0.5] * 8, TypeError, "whole numbers, not float64"),
        ([1, 1, -1, 1, 1, 1, 1, 1], ValueError, "count 2 is negative"),
    ],
)
def test_counts_are_checked(counts, error, message):
    with pytest.raises(error, match=message):
        EmbeddingStore.from_vectors(KEYS, VECTORS, counts=counts)


def test_metadata_must_be_json_from_the_start():
    with pytest.raises(TypeError, match=r"the metadata cannot hold <object object"):
        EmbeddingStore.from_vectors(KEYS, VECTORS, metadata={"a": object()})
    store = EmbeddingStore.from_vectors(KEYS, VECTORS, metadata={"a": np.float32(0.5), "b": (1, 2)})
    assert store.metadata == {"a": 0.5, "b": [1, 2]}


def test_a_tokenizer_is_kept_as_it_is_and_saved_as_a_dict(tmp_path):
    class Tokenizer:
        def __call__(self, text):
            return text.split("-")

        def to_dict(self):
            return {"name": "whitespace"}

    tokenizer = Tokenizer()
    store = EmbeddingStore.from_vectors(KEYS, VECTORS, tokenizer=tokenizer)
    assert store.tokenizer is tokenizer
    store.save(tmp_path / "s")
    assert EmbeddingStore.open(tmp_path / "s").tokenizer("A b-c") == ["A", "b-c"]
    assert EmbeddingStore.from_vectors(KEYS, VECTORS).tokenizer is None


def test_an_empty_store(tmp_path):
    EmbeddingStore.from_vectors([], np.empty((0, 3))).save(tmp_path / "e")
    store = EmbeddingStore.open(tmp_path / "e")
    assert (len(store), store.dim, list(store.keys)) == (0, 3, [])
    assert store.similar([1, 2, 3]) == []
    assert store.similar([[1, 2, 3]] * 2) == [[], []]
    with pytest.raises(UnknownWordError, match=r"^'a' is not in the vocabulary\.$"):
        store["a"]


# -------------------------------------------------------------------------------------------------- save and open


def test_save_and_open(tmp_path):
    store = make()
    store.save(str(tmp_path / "s.textrep"))
    opened = EmbeddingStore.open(str(tmp_path / "s.textrep"))
    opened.verify()
    assert opened.path == tmp_path / "s.textrep"
    assert opened.similar(KEYS) == store.similar(KEYS)
    tensors = load_file(tmp_path / "s.textrep")
    np.testing.assert_array_equal(tensors["vectors"], VECTORS)
    assert bytes(tensors["keys.blob"]).decode() == "".join(KEYS)


def test_saving_over_the_file_it_is_mapped_from(tmp_path):
    path = tmp_path / "s.textrep"
    make().save(path)
    opened = EmbeddingStore.open(path)
    opened.save(path)
    np.testing.assert_array_equal(opened.vectors, VECTORS)
    again = EmbeddingStore.open(path)
    again.verify()
    assert again.metadata == METADATA
    assert list(tmp_path.iterdir()) == [path]


def test_only_stores_are_overwritten(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("king queen")
    with pytest.raises(StoreExistsError, match=r"corpus\.txt exists and is not overwritten"):
        make().save(path)
    assert path.read_text() == "king queen"
    make().save(tmp_path / "s")
    EmbeddingStore.from_vectors(["x"], [[1.0]]).save(tmp_path / "s")
    assert list(EmbeddingStore.open(tmp_path / "s").keys) == ["x"]


def test_what_is_no_store_is_not_opened(tmp_path):
    with pytest.raises(StoreNotFoundError, match=r"there is no file .*absent"):
        EmbeddingStore.open(tmp_path / "absent")
    write_container(tmp_path / "c", kind="classifier", header={}, tensors={})
    with pytest.raises(FormatError, match="c is a classifier, not a store"):
        EmbeddingStore.open(tmp_path / "c")


def altered(tmp_path, *, header=None, drop=None, **tensors):
    """Save a store whose parts do not fit together."""
    make().save(tmp_path / "good")
    good = open_container(tmp_path / "good")
    parts = {**good.tensors, **tensors}
    if drop:
        del parts[drop]
    write_container(tmp_path / "bad", kind="store", header={**good.header, **(header or {})}, tensors=parts)
    return tmp_path / "bad"


OFFSETS = np.cumsum([0, *(len(key.encode()) for key in KEYS)])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"header": {"n_keys": 9}}, r"'keys\.offsets' is int64 \[9\], not int64 \[10\]"),
        ({"header": {"dim": 4}}, r"'vectors' is float32 \[8, 5\], not float32 \[8, 4\]"),
        ({"header": {"dim": "5"}}, "8 keys of '5' dimensions"),
        ({"header": {"n_keys": -1}}, "-1 keys of 5 dimensions"),
        ({"header": {"layout": "csr"}}, "is a store of layout 'csr', not 'dense'"),
        ({"header": {"metric": "dot"}}, "is a store of metric 'dot', not 'cosine'"),
        ({"header": {"metadata": None}}, "lacks the metadata"),
        ({"header": {"tokenizer": "word"}}, "lacks the metadata"),
        ({"drop": "vectors"}, "has no tensor 'vectors'"),
        ({"drop": "norms"}, "has no tensor 'norms'"),
        ({"drop": "keys.blob"}, r"has no tensor 'keys\.blob'"),
        ({"drop": "keys.slots"}, r"has no tensor 'keys\.slots'"),
        ({"vectors": VECTORS.astype(float)}, r"'vectors' is float64 \[8, 5\], not float32"),
        ({"norms": np.ones(7, np.float32)}, r"'norms' is float32 \[7\]"),
        ({"counts": np.ones(7, np.int64)}, r"'counts' is int64 \[7\]"),
        ({"keys.slots": np.zeros(15, np.int32)}, "slots"),
        ({"keys.slots": np.zeros((2, 8), np.int32)}, r"'keys\.slots' is int32 \[2, 8\]"),
        ({"keys.blob": np.zeros(9, np.uint8)}, "its keys do not fill their bytes"),
        ({"keys.offsets": OFFSETS + 1}, "its keys do not fill their bytes"),
    ],
)
def test_parts_that_do_not_fit_are_refused_on_opening(tmp_path, changes, message):
    with pytest.raises(FormatError, match=rf"bad.* byte [\d,]+: .*{message}"):
        EmbeddingStore.open(altered(tmp_path, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"keys.slots": np.zeros(16, np.int32)},
        {"keys.slots": np.full(16, 10**9, np.int32)},
        {"keys.offsets": np.array([0, 10**12, -5, 3, 1, 1, 1, 1, OFFSETS[-1]])},
        {"keys.blob": np.full(OFFSETS[-1], 0xFF, np.uint8)},
    ],
)
def test_damaged_keys_never_crash_a_look_up(tmp_path, changes):
    path = altered(tmp_path, **changes)
    store = EmbeddingStore.open(path)
    asked = (
        lambda: store["king"],
        lambda: store.similar(VECTORS[0]),
        lambda: store.similar("queen"),
        lambda: store.keys[0],
        lambda: store.keys.to_list(),
    )
    for ask in asked:
        with contextlib.suppress(UnknownWordError):
            read_or_refused(path, ask)


def test_every_flipped_byte_of_a_store_is_noticed(tmp_path):
    make().save(tmp_path / "good")
    data = bytearray((tmp_path / "good").read_bytes())
    bad = tmp_path / "bad"
    for i in range(0, len(data), 7):
        data[i] ^= 0x55
        bad.write_bytes(data)
        with pytest.raises(FormatError, match=place_in(bad)):
            EmbeddingStore.open(bad).verify()
        data[i] ^= 0x55


# ---------------------------------------------------------------------------------------------- pickled and copied


def assert_equal(found, store):
    assert list(found.keys) == list(store.keys)
    np.testing.assert_array_equal(found.vectors, store.vectors)
    np.testing.assert_array_equal(found.norms, store.norms)
    np.testing.assert_array_equal(found.counts, store.counts)
    assert (found.metadata, found.path) == (store.metadata, store.path)
    assert found.tokenizer("A big dog's") == store.tokenizer("A big dog's")
    assert found.similar(KEYS) == store.similar(KEYS)
    test_nothing_in_a_store_can_be_written(found)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_store_survives_pickling(store, protocol):
    assert_equal(pickle.loads(pickle.dumps(store, protocol)), store)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_share_the_arrays(store, copied):
    store.tokenizer  # noqa: B018 - kept from now on
    found = copied(store)
    assert type(found) is EmbeddingStore
    assert found is not store
    assert_equal(found, store)
    assert np.shares_memory(found.vectors, store.vectors)
    assert found.tokenizer is store.tokenizer
    assert (found.metadata["history"] is store.metadata["history"]) == (copied is copy.copy)
    found.verify()


def test_an_opened_store_pickles_as_its_file_wherever_one_works(tmp_path, monkeypatch):
    EmbeddingStore.from_vectors([f"w{i}" for i in range(500)], np.eye(500)).save(tmp_path / "s")
    monkeypatch.chdir(tmp_path)
    store = EmbeddingStore.open("s")
    (tmp_path / "elsewhere").mkdir()
    os.chdir("elsewhere")
    pickled = pickle.dumps(copy.deepcopy(store))
    assert len(pickled) < 1000
    np.testing.assert_array_equal(pickle.loads(pickled).vectors, store.vectors)
    (tmp_path / "s").unlink()
    with pytest.raises(StoreNotFoundError, match="there is no file"):
        pickle.loads(pickled)
    assert copy.deepcopy(store)["w1"].sum() == 1  # asks for no file


def test_a_tokenizer_that_is_a_function_stays_behind():
    class Tokenizer:
        def __call__(self, text):
            return text.split("-")

        def to_dict(self):
            return {"name": "whitespace"}

    store = EmbeddingStore.from_vectors(KEYS, VECTORS, tokenizer=Tokenizer())
    assert copy.deepcopy(store).tokenizer is store.tokenizer
    assert pickle.loads(pickle.dumps(store)).tokenizer("A b-c") == ["A", "b-c"]  # as if saved


# ------------------------------------------------------------------------------------------------ what it imports


def test_small_stores_import_neither_numba_nor_scipy_nor_sklearn(tmp_path):
    code = f"""
import sys
import numpy as np
from textrep import EmbeddingStore
store = EmbeddingStore.from_vectors([str(i) for i in range(500)], np.eye(500))
store.save({str(tmp_path / "s")!r})
store = EmbeddingStore.open({str(tmp_path / "s")!r})
store.similar("3"), store.similar(["3", "4"]), store.analogy("3", "4"), store.odd_one_out("123"[:3].split() * 3)
try:
    store["x"]
except KeyError as error:
    str(error)
print([name for name in ("numba", "scipy", "sklearn", "torch", "safetensors") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
