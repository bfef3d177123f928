"""The smallest examples of what spoiled files once led to; each is refused by name now."""

from __future__ import annotations

import numpy as np
import pytest
from mutations import forged_header
from saved_targets import SAVED, TEXTS, use_documents, use_vectorizer
from test_commands import run
from text_targets import BINARY

from textrep import CorpusError, EmbeddingStore, FormatError, StoreMismatchError, embed, read_corpus
from textrep.classifiers import load as load_model
from textrep.container import open_container, write_container


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bad.textrep"


def with_header(name, path, change):
    """Write a saved file with another header."""
    SAVED[name].write(path)
    path.write_bytes(forged_header(path.read_bytes(), lambda outer, inner: change(inner)))


def with_tensor(name, path, tensor, index, value):
    """Write a saved file with another number in a tensor."""
    SAVED[name].write(path)
    container = open_container(path)
    tensors = {each: np.array(array) for each, array in container.tensors.items()}
    tensors[tensor][index] = value
    path.unlink()
    write_container(path, kind=container.kind, header=container.header, tensors=tensors)


@pytest.mark.parametrize("format_name", ["word2vec", "word2vec-binary", "glove"])
def test_keys_that_lie_outside_end_no_process_that_writes_them(path, format_name):
    with_tensor("dense store", path, "keys.offsets", 4, 1 << 62)
    with pytest.raises(FormatError, match=r"bad\.textrep, byte [\d,]+: the offsets of the keys do not ascend"):
        EmbeddingStore.open(path).export(path.with_name("out"), format=format_name)


def test_keys_that_lie_outside_end_no_process_that_splits_by_them(path):
    with_tensor("word2vec vectorizer", path, "words.keys.offsets", 5, -(1 << 63))
    with pytest.raises(FormatError, match=r"bad\.textrep.* the offsets of the keys do not ascend"):
        use_vectorizer(path)


def test_keys_that_lie_outside_end_no_process_that_looks_many_up(path):
    words = [f"w{i}" for i in range(3000)]
    EmbeddingStore.from_vectors(words, np.eye(3000, 2) + 1).save(path)
    container = open_container(path)
    tensors = {name: np.array(array) for name, array in container.tensors.items()}
    tensors["keys.offsets"][10:20] = (1 << 50) + 2 * np.arange(10)
    path.unlink()
    write_container(path, kind="store", header=container.header, tensors=tensors)
    store = EmbeddingStore.open(path)
    assert (store.keys.find_many(words)[20:] == np.arange(20, 3000)).all()
    assert (store.keys.find_many(words)[10:19] == -1).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_that_are_no_numbers_are_no_neighbours(path, value):
    with_tensor("dense store", path, "vectors", (8, 3), value)
    store = EmbeddingStore.open(path)
    for ask in (lambda: store.similar("고양이", 3), lambda: store.similarity("good", "고양이")):
        with pytest.raises(FormatError, match=r"bad\.textrep: there are vectors that hold NaN or infinity"):
            ask()


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_header_holds_finite_numbers(path, number):
    with_header("dense store", path, lambda header: header["metadata"].update(method=number))
    with pytest.raises(FormatError, match=r"(?s)bad\.textrep is .*which is no finite number"):
        EmbeddingStore.open(path)


def test_an_unknown_tokenizer_is_named_with_its_file(path):
    with_header("dense store", path, lambda header: header["tokenizer"].update(name="bpe"))
    with pytest.raises(FormatError, match=r"bad\.textrep, byte 8: the saved tokenizer .*bpe.* is unknown"):
        _ = EmbeddingStore.open(path).tokenizer


@pytest.mark.parametrize("loss", [[1], "1", 10**400, True])
def test_a_loss_is_a_number(path, loss):
    with_header("glove vectorizer", path, lambda header: header["history"][1].update(loss=loss))
    with pytest.raises(FormatError, match=r"bad\.textrep is damaged .* in 'history'"):
        use_vectorizer(path)


@pytest.mark.parametrize("n_jobs", [False, 10**30])
def test_a_vectorizer_asks_for_a_number_of_threads(path, n_jobs):
    with_header("tfidf vectorizer", path, lambda header: header["parameters"].update(n_jobs=n_jobs))
    with pytest.raises(FormatError, match=r"bad\.textrep is damaged .*(n_jobs must be|wants 1000.* threads)"):
        use_vectorizer(path)
    with_header("documents, TF-IDF", path.with_name("d"), lambda h: h["vectorizer"]["parameters"].update(n_jobs=n_jobs))
    with pytest.raises(FormatError, match="is damaged"):
        use_documents(path.with_name("d"))


def test_subwords_are_those_of_the_parameters(path):
    with_header("fasttext vectorizer", path, lambda header: header["parameters"].update(buckets=7))
    with pytest.raises(FormatError, match="its subwords are not those that its parameters describe"):
        use_vectorizer(path)


@pytest.mark.parametrize("tensor", ["pooling.weights", "pooling.common"])
def test_weights_of_words_are_finite(path, tensor):
    with_tensor("word2vec vectorizer, SIF", path, tensor, 0, np.inf)
    with pytest.raises(FormatError, match=rf"its tensor '{tensor}' holds NaN or infinity"):
        use_vectorizer(path)


@pytest.mark.parametrize("size", ["connectivity", "expansion_add", "expansion_search"])
@pytest.mark.parametrize("value", [-1, 0, 10**30])
def test_an_index_of_impossible_sizes_is_left_out(path, size, value):
    with_header("store with an index", path, lambda header: header["index"].update({size: value}))
    with pytest.warns(UserWarning, match=r"the index in .*bad\.textrep is left out"):
        assert EmbeddingStore.open(path).index is None


@pytest.mark.parametrize("index_and_value", [(0, (1 << 63) - 1), (5, 99), (9, -1)])
def test_training_goes_on_from_counts_only(path, index_and_value):
    with_tensor("trained store", path, "counts", *index_and_value)
    with pytest.raises(StoreMismatchError, match=r"training cannot go on from .*bad\.textrep: .*count"):
        embed(TEXTS, initial=EmbeddingStore.open(path), epochs=1)


@pytest.mark.parametrize(
    "change",
    [{"parameters": 7}, {"history": [{"epoch": 1}]}, {"history": {"a": 1}}, {"total_tokens": "many"}, {"history": [7]}],
)
def test_info_shows_stores_whatever_their_metadata_hold(path, change):
    with_header("trained store", path, lambda header: header["metadata"].update(change))
    assert run("info", path).exit_code == run("info", path, "--json").exit_code == 0


@pytest.mark.parametrize("place", [4, 54, 195])
def test_what_arrow_says_is_one_line(tmp_path, place):
    content = bytearray(BINARY["corpus, Parquet"].content)
    content[place] ^= 0x80
    (tmp_path / "bad.parquet").write_bytes(content)
    with pytest.raises(CorpusError, match=r"^.*bad\.parquet: .*[^\n]$") as refusal:
        list(read_corpus(tmp_path / "bad.parquet"))
    assert "\n" not in str(refusal.value)


def test_the_models_of_these_tests_are_read(path):
    SAVED["pipeline"].write(path)
    assert load_model(path).predict(["a good film"]).shape == (1,)
