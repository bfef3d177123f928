"""Methods by name: textrep's own and those of plug-ins, found without importing them, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from textrep import EmbeddingStore, PluginError, embed, read_corpus
from textrep.vectorizers import registry
from textrep.vectorizers.plugged import parameters_of, vectorizer_class
from textrep.vectorizers.registry import BUILTIN, METHODS, method_names, plugin, settings_class_of

sys.path.append(str(Path(__file__).parents[1]))  # pytest's importlib mode leaves it out

from plugins import SOURCE, installed

TEXTS = ["one two three", "two three", "three"]


@pytest.fixture
def add(tmp_path, monkeypatch):
    """Install a distribution, for one test, in this process."""

    def add(distribution, entry_points, **modules):
        folder = installed(tmp_path / distribution, distribution, entry_points, **modules)
        monkeypatch.syspath_prepend(folder)
        for name in modules:
            monkeypatch.delitem(sys.modules, name, raising=False)

    yield add
    for path in tmp_path.rglob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture
def looks(add):
    add("word-looks", {"looks": "word_looks:LooksVectorizer"}, word_looks=SOURCE)


def test_names_are_listed_without_importing_anything(add):
    add("breaks", {"zz": "breaks_textrep:Any", "aa": "breaks_textrep:Any"}, breaks_textrep="raise SystemExit")
    assert method_names() == [*BUILTIN, "aa", "zz"]
    assert plugin("zz").value == "breaks_textrep:Any"
    assert plugin("lda") is None
    assert "breaks_textrep" not in sys.modules


@pytest.mark.parametrize("method", METHODS)
def test_methods_that_train_have_settings_of_their_name(method):
    assert settings_class_of(method)().method == method


def test_settings_of_what_does_not_train():
    with pytest.raises(ValueError, match="method must be one of 'word2vec', 'fasttext', 'glove'; got 'tfidf'"):
        settings_class_of("tfidf")


def test_a_plugin_is_embedded(looks):
    store = embed(TEXTS, "looks")
    assert list(store.keys) == ["one", "three", "two"]
    assert store["three"].tolist() == [5, 2]
    assert store.metadata == {"method": "looks", "parameters": {}}
    weighed = embed(iter(TEXTS), "looks", weights=(2.0, 0.5), min_count=2)
    assert weighed["two"].tolist() == [6, 0.5]
    assert weighed.metadata["parameters"] == {"weights": [2.0, 0.5], "min_count": 2}


def test_what_is_saved_is_what_was_said(looks, tmp_path):
    store = embed(TEXTS, "looks", weights=(np.float64(2.0), 1.0), min_count=np.int64(2))
    store.save(tmp_path / "s.textrep")
    assert EmbeddingStore.open(tmp_path / "s.textrep").metadata == store.metadata
    assert store.metadata["parameters"] == {"weights": [2.0, 1.0], "min_count": 2}


def test_a_path_is_a_corpus(looks, tmp_path):
    (tmp_path / "corpus.txt").write_text("\n".join(TEXTS))
    assert list(embed(tmp_path / "corpus.txt", "looks").keys) == ["one", "three", "two"]
    with pytest.raises(TypeError, match=r"documents is one str, 'one two'; for a file pass a Path or read_corpus"):
        embed("one two", "looks")


def test_reading_is_reported(looks, tmp_path):
    (tmp_path / "corpus.txt").write_text("\n".join(TEXTS))
    reports = []
    embed(read_corpus(tmp_path / "corpus.txt"), "looks", on_progress=reports.append)
    size = (tmp_path / "corpus.txt").stat().st_size
    last = reports[-1]
    assert (last.stage, last.done, last.total, last.documents) == ("reading", size, size, 3)


def test_unknown_names(looks):
    with pytest.raises(ValueError, match=r"method must be one of 'word2vec', .*'tfidf', 'looks'; got 'lda'"):
        embed(TEXTS, "lda")
    with pytest.raises(ValueError, match="unknown parameter 'size'; looks takes weights, min_count, vowels, n_jobs"):
        embed(TEXTS, "looks", size=3)


def test_going_on_is_for_methods_that_train(looks):
    with pytest.raises(ValueError, match="initial= is for word2vec and fasttext; looks starts"):
        embed(TEXTS, "looks", initial=embed(TEXTS, "looks"))


@pytest.mark.parametrize(
    ("source", "value", "message"),
    [
        ("import not_there_at_all", "bad:V", "ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("1 +", "bad:V", "SyntaxError: invalid syntax"),
        ("raise RuntimeError('two\\nlines')", "bad:V", "RuntimeError: two lines"),
        ("", "bad:V", "AttributeError: module 'bad' has no attribute 'V'"),
        ("V = 3", "bad:V", "is 3; the entry point must name a class"),
        ("class V: pass", "bad:V", r"has no fit\(documents\) and no to_store\(\), which a vectorizer needs"),
        ("class V:\n  def fit(self, documents): pass", "bad:V", r"has no to_store\(\), which a vectorizer needs"),
    ],
)
def test_plugins_that_are_broken(add, source, value, message):
    add("bad-words", {"bad": value}, bad=source)
    with pytest.raises(
        PluginError, match=rf"^the vectorizer 'bad' \({value}, registered by bad-words 1\.2\) .*{message}"
    ) as raised:
        embed(TEXTS, "bad")
    assert "\n" not in str(raised.value)


def test_a_plugin_that_makes_no_store(add):
    source = "class V:\n  def fit(self, documents): pass\n  def to_store(self): return {}"
    add("dicts", {"dicts": "dicts:V"}, dicts=source)
    with pytest.raises(PluginError, match=r"to_store\(\) of the vectorizer 'dicts' returned a dict; it must return a "):
        embed(TEXTS, "dicts")


@pytest.mark.parametrize("method", ["word2vec", "tfidf"])
def test_a_name_of_textreps_own_stays_its_own(add, monkeypatch, method):
    add("thief", {method: "thief:LooksVectorizer"}, thief=SOURCE)
    add("own", {}, own=SOURCE.replace("LooksVectorizer", "Own"))
    monkeypatch.setitem(registry.VECTORIZERS, "tfidf", "own:Own")
    assert method_names() == list(BUILTIN)
    wanted = f"thief 1.2 registers a vectorizer '{method}', but '{method}' is a method of textrep itself"
    with pytest.warns(UserWarning, match=wanted):
        embed(["one two three four"] * 9, method, **({"vector_size": 4, "sample": 0} if method == "word2vec" else {}))
    assert "thief" not in sys.modules


def test_a_name_that_two_distributions_register(add):
    add("one", {"same": "one:V"}, one=SOURCE)
    add("two", {"same": "two:V"}, two=SOURCE)
    with pytest.raises(PluginError, match=r"'same' is registered by (one|two) 1\.2 and (one|two) 1\.2; uninstall all"):
        embed(TEXTS, "same")


def test_parameters_of_a_class():
    class Any:
        def __init__(self, first, second=2, *others, third=3, **rest): ...

    class Some:
        def __init__(self, first, second=2, /, third=3, *others, fourth=4): ...

    assert parameters_of(Any) is None
    assert parameters_of(Some) == ["third", "fourth"]
    assert parameters_of(type("None", (), {})) == []


def test_estimators_tell_all_their_parameters(add, monkeypatch):
    source = f"from sklearn.base import BaseEstimator\n{SOURCE}".replace("LooksVectorizer", "V(BaseEstimator)")
    add("estimator", {"estimator": "estimator:V"}, estimator=source)
    store = embed(TEXTS, "estimator", n_jobs=tuple, weights=(1, 2))
    wanted = {"min_count": 1, "n_jobs": "builtins.tuple", "vowels": "aeiou", "weights": [1, 2]}
    assert vectorizer_class("estimator").__name__ == "V"
    assert store.metadata["parameters"] == wanted
