"""The smallest examples of what spoiled files once led to; each is refused by name now."""

from __future__ import annotations

import json
import warnings
from collections import Counter

import numpy as np
import pytest
from judging import Case, Judge
from mutations import forged_header
from saved_targets import SAVED, TEXTS, use_documents, use_vectorizer
from test_commands import run
from text_targets import BINARY

from textrep import (
    CorpusError,
    EmbeddingStore,
    FormatError,
    StoreMismatchError,
    embed,
    read_corpus,
    read_labelled,
    read_sequences,
)
from textrep.classifiers import load as load_model
from textrep.container import open_container, write_container
from textrep.evaluation import read_gold
from textrep.formats import sizes_of
from textrep.store.approximate import ApproximateNeighbours
from textrep.store.graph import fault_in
from textrep.store.index import VectorIndex, build_index
from textrep.vectorizers.saved import restored


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


@pytest.mark.parametrize("name", ["trained store", "store with subwords"])
def test_training_does_not_go_on_with_more_negatives_than_memory_holds(path, name):
    with_header(name, path, lambda header: header["metadata"]["parameters"].update(negative=2**30))
    method = "fasttext" if "subwords" in name else "word2vec"
    with pytest.raises(ValueError, match=r"bad\.textrep.*negative must be at most 10,000; got 1073741824"):
        embed(TEXTS, method, initial=EmbeddingStore.open(path), epochs=1)


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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (("history", 0, "validation_loss"), None), (("history", 0, "validation_loss"), "x"), (("n_features",), ["a"]),
        (("history", 0, "validation_loss"), 10**400), (("classes", "labels"), 7),
    ],
)  # fmt: skip
def test_info_shows_a_model_or_refuses_it(path, field, value):
    def change(header):
        for key in field[:-1]:
            header = header[key]
        header[field[-1]] = value

    with_header("feedforward", path, change)
    assert "bad.textrep is damaged" in run("info", path).stderr
    assert "its header cannot be shown" in run("info", path, "--json").stderr


def test_a_long_word_in_a_message_keeps_no_command_busy(tmp_path):
    """What the message says with parameters was looked for from each letter to the end of the word."""
    judge = Judge(tmp_path / "bad.tsv", lambda path: run("embed", path, "-o", tmp_path / "out.textrep"))
    judge.judge(Case("a long name of a field", b"x" * 70_000))
    judge.check()
    assert judge.counts == {"used": 1}


def test_a_long_parameter_is_cut_in_the_message(path):
    with_header("feedforward", path, lambda header: header["parameters"].update(hidden_layer_sizes="x" * 10_000))
    with pytest.raises(FormatError, match=r"bad\.textrep is damaged .*hidden_layer_sizes must be") as refusal:
        load_model(path)
    assert len(str(refusal.value)) < 1000


def test_what_pytorch_says_is_one_line(path):
    with_header("feedforward", path, lambda header: header.update(n_features=2**63 - 1))
    with pytest.raises(FormatError, match=r"bad\.textrep is damaged .*its model cannot be made again") as refusal:
        load_model(path)
    assert "\n" not in str(refusal.value)


def test_the_models_of_these_tests_are_read(path):
    SAVED["pipeline"].write(path)
    assert load_model(path).predict(["a good film"]).shape == (1,)


@pytest.mark.parametrize("read", [read_labelled, read_sequences, read_gold])
def test_a_remedy_is_none_that_the_reader_does_not_know(tmp_path, read):
    (tmp_path / "bad.tsv").write_bytes(BINARY["corpus, Parquet"].content)
    with pytest.raises(CorpusError, match=r"bad\.tsv: looks like a Parquet file, .* all else is read from text"):
        read(tmp_path / "bad.tsv")


@pytest.fixture(scope="module")
def whole_graph():
    """Return vectors whose index has several levels, and its header and bytes."""
    pytest.importorskip("usearch", reason="the extra ann is not installed")
    vectors = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    sizes = {"connectivity": 4, "expansion_add": 16, "expansion_search": 16}
    norms = np.linalg.norm(vectors, axis=1)
    index = build_index(vectors, norms, **sizes, n_threads=1, on_progress=None)
    return vectors, norms, index.header, np.array(index.data)


def test_a_graph_that_is_forged_leads_nowhere(whole_graph):
    """Followed by usearch, a third of these files ended the process, and some kept it busy for ever."""
    vectors, norms, header, data = whole_graph
    random, outcomes = np.random.default_rng(1), Counter()
    start = 8 + 2 * vectors.size  # of what is not a vector
    for place in sorted(random.choice(np.arange(start, len(data)), 400, replace=False).tolist()):
        forged = data.copy()
        forged[place] ^= random.choice([0x01, 0x04, 0x40, 0x80, 0xFF])
        try:
            found = ApproximateNeighbours(vectors, norms, VectorIndex(header, forged))
            rows, scores = found.search(vectors[:3].astype(np.float64), 2, np.full((3, 1), -1))[0]
        except FormatError as error:
            assert "the index of this store cannot be used: it" in str(error)  # noqa: PT017
            outcomes["refused"] += 1
        else:
            assert all(0 <= row < 200 for row in rows)
            assert all(-1.001 <= score <= 1.001 for score in scores)
            outcomes["used"] += 1
    assert min(outcomes["refused"], outcomes["used"]) > 50


@pytest.mark.parametrize("length", [0, 7, 8, 1607, 1608, 1672, 1712, 2111, -1])
def test_a_graph_that_is_cut_is_refused(whole_graph, length):
    _, _, header, data = whole_graph
    assert not fault_in(data, header)
    assert fault_in(data[:length], header)


@pytest.mark.parametrize(
    "change", [{"n_indexed": -5}, {"n_indexed": 10**30}, {"n_keys": 199}, {"connectivity": 5}, {"dim": 8}]
)
def test_a_graph_is_that_of_its_header(whole_graph, change):
    _, _, header, data = whole_graph
    assert fault_in(data, header | change)


@pytest.mark.parametrize("method", ["word2vec vectorizer", "fasttext vectorizer", "glove vectorizer"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_vectors_that_are_no_numbers_make_no_documents(path, method, value):
    with_tensor(method, path, "words.vectors", slice(None), value)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FormatError, match=r"bad\.textrep: words of the documents have vectors that hold NaN"):
            restored(open_container(path)).transform(["king and queen and king"])


@pytest.mark.parametrize("shape", [[float("inf"), 3], [-1, 3], "73", [True, 3], [7.0, 3.0], [0, 3], [7, 0]])
def test_static_embeddings_whose_shape_is_none_are_not_shown(tmp_path, shape):
    folder = tmp_path / "static"
    EmbeddingStore.from_vectors(["a", "b"], np.eye(2, 3)).export(folder, format="static")
    assert sizes_of(folder) == (2, 3)
    raw = json.dumps({"embeddings": {"dtype": "F32", "shape": shape}}).encode()
    (folder / "model.safetensors").write_bytes(len(raw).to_bytes(8, "little") + raw)
    assert sizes_of(folder) is None
    assert "textrep writes static embeddings, but does not read them" in run("info", folder).stderr


@pytest.mark.parametrize(
    ("name", "change", "refusal"),
    [
        ("count vectorizer", lambda header: header.update(n_documents=10**400), r"'n_documents'"),
        ("recurrent", lambda header: header["classes"]["labels"].pop(), "one class alone"),
        ("pipeline", lambda header: header.pop("steps"), "no 'steps' for its vectorizer"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(name, change, refusal, path):
    with_header(name, path, change)
    with pytest.raises(FormatError, match=rf"bad\.textrep.*{refusal}"):
        SAVED[name].use(path)


def test_documents_of_other_dimensions_than_their_vectorizer_makes_are_refused(path):
    with_header("documents, TF-IDF", path, lambda header: header.update(dim=header["dim"] + 1))
    with pytest.raises(FormatError, match=r"bad\.textrep.*its vectorizer makes 10 dimensions, it has 11"):
        use_documents(path)


def test_a_limit_beyond_all_numbers_is_one_that_no_document_passes(path):
    with_header("count vectorizer", path, lambda header: header["parameters"].update(min_df=10**400))
    vectorizer = restored(open_container(path, "vectorizer"))
    with pytest.raises(ValueError, match="min_df"):
        vectorizer.partial_fit(TEXTS).transform(TEXTS)
