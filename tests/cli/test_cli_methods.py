"""``textrep embed --method``: methods of every kind, which options each takes, and what is said of the result."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import invoke, names_in
from scipy import sparse
from textrep_cli.kinds import Methods, Size
from textrep_cli.options import FLAGS, SECTIONS
from textrep_cli.summary import summary_of

import textrep
from textrep.training.settings import FastTextSettings, GloVeSettings, TrainingSettings, Word2VecSettings
from textrep.vectorizers import registry
from textrep.vectorizers.plugged import parameters_of, vectorizer_class

sys.path.append(str(Path(__file__).parents[1]))  # pytest's importlib mode leaves it out

from plugins import SOURCE, installed

TEXT = "the cat sat on the mat\nthe dog sat on the cat\n\na cat and a dog\n"
# Takes all that the options of sparse methods stand for, and shows it.
TAKES_ALL = """
from textrep import EmbeddingStore

class V:
    def __init__(self, *, ngram_range=(1, 1), analyzer="word", stop_words=None, min_df=1, max_df=1.0, max_features=None,
                 lowercase=True, normalization="NFC", binary=False, sublinear_tf=False, use_idf=True, smooth_idf=True,
                 norm="l2", tokenizer="word", min_token_length=1, n_jobs=None, random_state=None, dtype="float64"):
        self.parameters = {name: value for name, value in locals().items() if name != "self"}

    def get_params(self, deep=True):
        return self.parameters

    def fit(self, documents):
        if self.parameters["max_df"] == 0.5:
            raise ValueError("max_df=0.5 and min_df=1 leave no term; raise max_df")
        self.n = len(list(documents))

    def to_store(self):
        return EmbeddingStore.from_vectors(["many words"], [[float(self.n)]])
"""


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    path = tmp_path / "corpus.txt"
    path.write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def looks(tmp_path_factory, monkeypatch):
    """A plug-in."""
    folder = installed(
        tmp_path_factory.mktemp("looks"), "word-looks", {"looks": "looks_of:LooksVectorizer"}, looks_of=SOURCE
    )
    monkeypatch.syspath_prepend(folder)
    yield
    sys.modules.pop("looks_of", None)


@pytest.fixture
def takes_all(tmp_path_factory, monkeypatch):
    """A stand-in for a method of textrep's own."""
    folder = installed(tmp_path_factory.mktemp("all"), "all", {}, takes_all=TAKES_ALL)
    monkeypatch.syspath_prepend(folder)
    for name in registry.VECTORIZERS:
        monkeypatch.setitem(registry.VECTORIZERS, name, "takes_all:V")
    yield
    sys.modules.pop("takes_all", None)


def passed(*options):
    """The parameters that the stand-in was given, or has by itself."""
    done = invoke("embed", "corpus.txt", "--method", "tfidf", "-o", "s.textrep", *options)
    assert done.exit_code == 0, done.output
    return textrep.EmbeddingStore.open("s.textrep").metadata["parameters"]


def test_a_plugin_by_name(corpus, looks):
    done = invoke("embed", corpus, "--method", "looks", "--min-count", 2, "--set", "weights=[1,3]", "--jobs", 1)
    assert done.exit_code == 0, done.output
    store = textrep.EmbeddingStore.open("corpus.textrep")
    assert list(store.keys) == ["a", "cat", "dog", "on", "sat", "the"]
    assert store["cat"].tolist() == [3, 3]
    assert store.metadata == {"method": "looks", "parameters": {"weights": [1, 3], "min_count": 2, "n_jobs": 1}}
    lines = done.stdout.splitlines()
    assert lines[0].endswith("corpus.txt: 3 documents")
    assert lines[1:3] == ["vocabulary  6 words seen 2 times or more", "vectors     2 dimensions, looks"]
    assert lines[3].startswith("time        ")
    assert "words/s" not in lines[3]
    assert lines[4].startswith("store       corpus.textrep, ")
    assert "loss" not in done.stdout


def test_json_has_the_same_keys(corpus, looks):
    one, other = (
        json.loads(invoke("embed", corpus, "--json", "--min-count", 1, *m).stdout) for m in ((), ("--method", "looks"))
    )
    assert one.keys() == other.keys()
    assert {name for name, value in other.items() if value is None} == {
        *("words", "non_zeros", "epochs", "loss", "words_per_second")
    }
    assert (other["documents"], other["vocabulary"], other["new_words"], other["dimensions"]) == (3, 8, 8, 2)


def test_of_a_sparse_store_the_non_zeros_are_counted(corpus):
    class Bar:
        documents, words_per_second = 3, None

    for vectors, non_zeros in ((sparse.csr_array([[1.0, 0.0]]), 1), ([[1.0, 0.0]], None)):
        store = textrep.EmbeddingStore.from_vectors(["a"], vectors, metadata={"method": "tfidf"})
        assert summary_of(store, corpus, Bar(), 1.0, 1.0).non_zeros == non_zeros


def test_the_vectors_are_those_of_the_function(corpus, looks):
    assert invoke("embed", corpus, "--method", "looks", "--set", "vowels=ao").exit_code == 0
    same = textrep.embed(corpus, "looks", vowels="ao")
    np.testing.assert_array_equal(textrep.EmbeddingStore.open("corpus.textrep").vectors, same.vectors)


def test_help_lists_methods_and_groups_options(looks):
    shown = invoke("embed", "--help").stdout
    text = " ".join(shown.split())
    methods = "word2vec, fasttext, glove, onehot, count, tfidf"
    assert f"--method NAME How the vectors are made: {methods}; by plug-ins: looks." in text
    assert "looks_of" not in sys.modules
    parts = shown.split("\nOptions of ")
    assert [part.partition(":")[0] for part in parts[1:]] == [
        *("word2vec, fasttext and glove", "word2vec and fasttext", "fasttext", "glove"),
        *("onehot, count and tfidf", "count and tfidf", "tfidf"),
    ]
    for part, names in zip(parts[1:], SECTIONS.values(), strict=True):
        for name in names:
            assert f"\n  --{'from' if name == 'initial' else name.replace('_', '-')} " in part
    assert "\n  --tokenizer " in parts[0]


def test_names_are_completed(looks):
    assert [item.value for item in Methods().shell_complete(None, None, "")] == [*registry.BUILTIN, "looks"]
    assert [item.value for item in Methods().shell_complete(None, None, "lo")] == ["looks"]


def test_what_is_not_given_is_not_passed_on(corpus, takes_all):
    parameters = passed()
    assert parameters["ngram_range"] == [1, 1]
    assert (parameters["n_jobs"], parameters["random_state"]) == (-1, 1), "the command's own defaults"
    assert (parameters["tokenizer"], parameters["min_token_length"], parameters["stop_words"]) == ("word", 1, None)


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [
        (("--ngram-range", "1,2"), "ngram_range", [1, 2]),
        (("--analyzer", "char_wb"), "analyzer", "char_wb"),
        (("--stop-words", "english"), "stop_words", "english"),
        (("--min-df", "2"), "min_df", 2),
        (("--min-df", "0.1"), "min_df", 0.1),
        (("--max-df", "1"), "max_df", 1),
        (("--max-df", "1.0"), "max_df", 1.0),
        (("--max-features", "7"), "max_features", 7),
        (("--no-lowercase",), "lowercase", False),
        (("--normalization", "none"), "normalization", None),
        (("--normalization", "nfc"), "normalization", "NFC"),
        (("--binary",), "binary", True),
        (("--sublinear-tf",), "sublinear_tf", True),
        (("--no-idf",), "use_idf", False),
        (("--no-smooth-idf",), "smooth_idf", False),
        (("--norm", "l1"), "norm", "l1"),
        (("--norm", "none"), "norm", None),
        (("--tokenizer", "whitespace"), "tokenizer", "whitespace"),
        (("--min-token-length", "2"), "min_token_length", 2),
        (("--jobs", "3"), "n_jobs", 3),
        (("--seed", "9"), "random_state", 9),
        (("--set", "dtype=float32"), "dtype", "float32"),
        (("--set", "stop_words=[]"), "stop_words", []),
    ],
)
def test_options_are_parameters(corpus, takes_all, options, name, value):
    parameters = passed(*options)
    assert parameters[name] == value
    assert type(parameters[name]) is type(value)
    assert {n: v for n, v in parameters.items() if n != name} == {n: v for n, v in passed().items() if n != name}


def test_stop_words_of_a_file(corpus, takes_all):
    Path("stop.txt").write_bytes("\ufeffthe\n\n  on \n그리고\n".encode())
    assert passed("--stop-words", "stop.txt")["stop_words"] == ["the", "on", "그리고"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("tfidf", "--window", "3"), "--window is an option of word2vec, fasttext and glove, not tfidf."),
        (("tfidf", "--min-n", "3"), "--min-n is an option of fasttext, not tfidf."),
        (("tfidf", "--engine", "gensim"), "--engine is an option of word2vec and fasttext, not tfidf."),
        (("tfidf", "--from", "s.textrep"), "--from is an option of word2vec and fasttext, not tfidf."),
        (("word2vec", "--ngram-range", "1,2"), "--ngram-range is an option of onehot, count and tfidf, not word2vec."),
        (("fasttext", "--norm", "l1"), "--norm is an option of tfidf, not fasttext."),
        (("looks", "--norm", "l1"), "--norm is an option of tfidf, not looks."),
        (("looks", "--tokenizer", "char"), "--tokenizer is no option of looks."),
        (("word2vec", "--set", "window=3"), "--set window is not for word2vec, whose parameters all have options"),
        (("looks", "--set", "x=3"), "--set x is no parameter of looks; beside its options it takes weights, vowels."),
        (("tfidf", "--set", "x=3"), "--set x is no parameter of tfidf; beside its options it takes dtype."),
        (("tfidf", "--binary", "--set", "binary=1"), "--binary and --set binary say the same; give one of them."),
        (("tfidf", "--no-idf", "--set", "use_idf=1"), "--no-idf and --set use_idf say the same; give one of them."),
        (("looks", "--set", "vowels"), "Invalid value for '--set': 'vowels' is not NAME=VALUE."),
        (("lda",), "'lda' is not one of 'word2vec', 'fasttext', 'glove', 'onehot', 'count', 'tfidf', 'looks'."),
        (("tfidf", "--ngram-range", "2,1"), "'2,1' is not MIN,MAX: two whole numbers of 1 or more, such as 1,2."),
        (("tfidf", "--ngram-range", "2"), "'2' is not MIN,MAX"),
        (("tfidf", "--ngram-range", "0,1"), "'0,1' is not MIN,MAX"),
        (("tfidf", "--min-df", "1.5"), "'1.5' is neither a whole number of 1 or more nor a share from 0.0 to 1.0."),
        (("tfidf", "--max-df", "0"), "'0' is neither a whole number"),
        (("tfidf", "--max-df", "nan"), "'nan' is neither a whole number"),
        (("tfidf", "--max-df", "half"), "'half' is neither a whole number"),
        (("tfidf", "--norm", "l3"), "'l3' is not one of 'l1', 'l2', 'none'."),
        (("tfidf", "--stop-words", "french"), "'french' is neither english nor a file of words (No such file"),
        (("tfidf", "--stop-words", "blank.txt"), "blank.txt holds no word; it should hold one a line."),
        (("tfidf", "--stop-words", "latin.txt"), "latin.txt is not UTF-8 at byte 1."),
        (("fasttext", "--engine", "gensim", "--subwords", "jamo"), "--engine gensim knows no --subwords jamo."),
    ],
)
def test_wrong_usage(corpus, looks, takes_all, options, message):
    Path("s.textrep").write_bytes(b"")
    textrep.EmbeddingStore.from_vectors(["a"], [[1.0]]).save("new.textrep")
    Path("new.textrep").replace("s.textrep")
    Path("blank.txt").write_text("\n \n")
    Path("latin.txt").write_bytes(b"t\xe9t\xe9\n")
    before = names_in(Path())
    done = invoke("embed", "corpus.txt", "-o", "new.textrep", "--method", *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert names_in(Path()) == before


def test_what_a_vectorizer_says_is_in_words_of_the_command_line(corpus, takes_all):
    done = invoke("embed", corpus, "--method", "tfidf", "--max-df", "0.5")
    assert done.exit_code == 1
    assert done.stderr == "textrep: --max-df 0.5 and --min-df 1 leave no term; raise --max-df\n"


def test_what_goes_wrong_in_a_plugin_is_not_a_bug_of_textrep(corpus, looks):
    done = invoke("embed", corpus, "--method", "looks", "--set", "min_count=50")
    assert done.exit_code == 1
    assert done.stderr == "textrep: the vectorizer 'looks', a plug-in, failed: ValueError: no word is seen 50 times\n"
    done = invoke("embed", corpus, "--method", "looks", "--set", "vowels=3")
    assert done.exit_code == 1
    assert done.stderr.startswith("textrep: the vectorizer 'looks', a plug-in, failed: TypeError: ")
    assert names_in(Path()) == ["corpus.txt"]


def test_a_plugin_that_cannot_be_imported(corpus, tmp_path_factory, monkeypatch):
    folder = installed(tmp_path_factory.mktemp("b"), "broken", {"broken": "broken_one:V"}, broken_one="import nothing_")
    monkeypatch.syspath_prepend(folder)
    done = invoke("embed", corpus, "--method", "broken")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert "'broken' (broken_one:V, registered by broken 1.2) cannot be imported: ModuleNotFoundError" in done.stderr


def test_a_name_of_textreps_own_is_told(corpus, tmp_path_factory, monkeypatch):
    folder = installed(tmp_path_factory.mktemp("t"), "thief", {"word2vec": "thief_one:V"}, thief_one="raise SystemExit")
    monkeypatch.syspath_prepend(folder)
    done = invoke("embed", corpus, "--min-count", "1", "--sample", "0", "--epochs", "1")
    assert done.exit_code == 0
    assert "textrep: thief 1.2 registers a vectorizer 'word2vec', but 'word2vec' is a method of textrep" in done.stderr


def test_gensim_trains_and_textrep_asks(corpus):
    pytest.importorskip("gensim")
    options = ("--min-count", "1", "--vector-size", "6", "--jobs", "1")
    done = invoke("embed", corpus, "--engine", "gensim", "--method", "fasttext", "--buckets", "99", *options)
    assert done.exit_code == 0, done.output
    assert "vectors     6 dimensions, fasttext skipgram by gensim, 5 epochs\ntime " in done.stdout
    store = textrep.EmbeddingStore.open("corpus.textrep")
    same = textrep.embed(
        corpus, "fasttext", engine="gensim", buckets=99, min_count=1, vector_size=6, n_jobs=1, random_state=1
    )
    np.testing.assert_array_equal(store.vectors, same.vectors)
    assert invoke("similar", "corpus.textrep", "cats").exit_code == 0
    summary = json.loads(invoke("embed", corpus, "--engine", "gensim", *options, "--json").stdout)
    assert (summary["loss"], summary["epochs"], summary["words"]) == (None, 5, 17)
    refused = invoke("embed", corpus, "--engine", "gensim", "--from", "corpus.textrep")
    assert (refused.exit_code, "--engine gensim starts anew each time; it takes no --from." in refused.stderr) == (
        2,
        True,
    )


def test_without_gensim_the_extra_is_named(corpus, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = invoke("embed", corpus, "--engine", "gensim", "--min-count", "1")
    assert done.exit_code == 1
    assert done.stderr.startswith("textrep: --engine gensim needs gensim. Install it with: pip install ")


@pytest.mark.parametrize("method", registry.VECTORIZERS)
def test_options_of_vectorizers_are_parameters_of_theirs(method):
    if importlib.util.find_spec(registry.VECTORIZERS[method].partition(":")[0]) is None:
        pytest.skip("not there yet")
    known = set(parameters_of(vectorizer_class(method)))
    for methods, names in SECTIONS.items():
        parameters = {FLAGS.get(name, (name,))[0] for name in names}
        assert parameters <= known if method in methods else not parameters & known, f"{methods}"
    assert {"tokenizer", "min_token_length", "n_jobs"} <= known


def test_options_of_training_are_parameters_of_theirs():
    shared, word2vec, fasttext, glove = (
        set(kind.__dataclass_fields__) for kind in (TrainingSettings, Word2VecSettings, FastTextSettings, GloVeSettings)
    )
    general = {"tokenizer", "min_token_length", "n_jobs", "random_state"}
    assert {*SECTIONS["word2vec", "fasttext", "glove"]} == shared - general
    assert {*SECTIONS["word2vec", "fasttext"]} - {"initial"} == word2vec - shared
    assert {*SECTIONS["fasttext",]} == fasttext - word2vec
    assert {FLAGS.get(name, (name,))[0] for name in SECTIONS["glove",]} == glove - shared


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1),
        ("1000000", 10**6),
        ("500MB", 5 * 10**8),
        ("1 GiB", 1 << 30),
        ("1.5g", 15 * 10**8),
        ("2kib", 2048),
        ("3 TB", 3 * 10**12),
    ],
)
def test_sizes_have_units(text, size):
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "GB", "1 GiB more", "1e9", "nan", "9999999999TB"])
def test_what_is_no_size_is_refused(text, corpus):
    result = invoke("embed", corpus, "--method", "glove", "--memory-limit", text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"'--memory-limit': {text!r} is no size: give bytes, or a number with a unit" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--x-max", "1e300"), "'--x-max': 1e+300 is not in the range 0<x<=1000000000.0."),
        (("--alpha", "1000"), "'--alpha': 1000.0 is not in the range 0<=x<=10."),
        (("--window", "9" * 20), "--window must be at most 100,000; got 99999999999999999999"),
        (("--vector-size", "9" * 20), "--vector-size must be at most 2,147,483,647; got"),
    ],
)
@pytest.mark.parametrize("method", ["glove", "word2vec"])
def test_values_that_are_too_large_are_wrong_usage(options, message, method, corpus):
    if method == "word2vec" and options[0] in ("--x-max", "--alpha"):
        pytest.skip("no option of word2vec")
    result = invoke("embed", corpus, "--method", method, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
