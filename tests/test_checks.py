"""Arguments of a type that cannot be meant: the error names the parameter, what it must be, and what came."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import textrep
from textrep import EmbeddingStore, EncodedCorpus, Vocabulary
from textrep.store.formats.registry import export_store

STORE = EmbeddingStore.from_vectors(["a", "b", "c"], np.eye(3))
TEXTS = ["a b", "b c"]
LABELS = ["x", "y"]
COUNTS = Vocabulary.from_counts({"a": 2, "b": 1})
PATH_LIKE = "path must be the path of a file, a str or a Path, not "

from_vectors, open_store, load = EmbeddingStore.from_vectors, EmbeddingStore.open, EmbeddingStore.load
tfidf = textrep.TfidfVectorizer

CASES: dict[str, tuple[Any, type[Exception], str]] = {
    "open": (lambda: open_store(None), TypeError, PATH_LIKE + "None"),
    "load": (lambda: load(STORE), TypeError, PATH_LIKE + "<EmbeddingStore"),
    "load bytes": (lambda: load(b"a.vec"), TypeError, PATH_LIKE + "b'a.vec'"),
    "save": (lambda: STORE.save(None), TypeError, PATH_LIKE + "None"),
    "save bytes": (lambda: STORE.save(b"a"), TypeError, PATH_LIKE + "b'a'"),
    "export": (lambda: export_store(STORE, 5, None), TypeError, PATH_LIKE + "5"),
    "vectorizer": (lambda: tfidf.load(None), TypeError, PATH_LIKE + "None"),
    "fitted": (lambda: tfidf().fit(TEXTS).save([]), TypeError, PATH_LIKE + r"\[\]"),
    "format": (lambda: load("a", format=["glove"]), TypeError, 'format must be one of "textrep", .* not \\[\'glove'),
    "keys": (lambda: from_vectors(None, None), TypeError, "keys must be a list of str, not None"),
    "path as keys": (
        lambda: from_vectors(Path("a"), None),
        TypeError,
        "keys must be a list of str, not .*Path",
    ),
    "ragged": (
        lambda: from_vectors(["a", "b"], [[1, 2], [1]]),
        ValueError,
        r"vectors must have shape \(n_keys, dim\), all rows of one length: .*\(2,\)",
    ),
    "strings": (
        lambda: from_vectors(["a"], [["1"]]),
        TypeError,
        r"vectors must be numbers, not <U1; pass an array of shape \(n_keys, dim\)",
    ),
    "texts": (lambda: from_vectors(["a"], [[1]], texts=5), TypeError, "texts must be a list of str, not 5"),
    "a text": (lambda: from_vectors(["a"], [[1]], texts=[None]), TypeError, r"texts\[0\] must be a str, not None"),
    "tokenizer": (
        lambda: from_vectors(["a"], [[1]], tokenizer="word"),
        TypeError,
        r"tokenizer must be what get_tokenizer returns, or its to_dict\(\), not 'word'",
    ),
    "metadata": (lambda: from_vectors(["a"], [[1]], metadata="x"), TypeError, "metadata must be a dict, not 'x'"),
    "subwords": (lambda: from_vectors(["a"], [[1]], subwords=5), TypeError, "subwords must be a SubwordTable"),
    "query": (lambda: STORE.similar(None), TypeError, "query: expected a word, a vector, or a list of them, not None"),
    "k": (lambda: STORE.similar("a", k="3"), TypeError, "k must be a whole number, not '3'"),
    "k, a switch": (lambda: STORE.similar("a", k=True), TypeError, "k must be a whole number, not True"),
    "k of 0": (lambda: STORE.similar("a", k=0), ValueError, "k is the number of neighbours and must be at least 1"),
    "positive": (lambda: STORE.analogy(None, ["a"]), TypeError, "positive: expected a word, a vector, or a list"),
    "negative": (lambda: STORE.analogy(["a"], 5), TypeError, "negative: expected a word, a vector, or a list"),
    "words": (lambda: STORE.odd_one_out(None), TypeError, "expected a list of words, not None"),
    "tokens": (lambda: STORE.vectors_for(5), TypeError, "expected a list of words, not 5"),
    "on_progress": (
        lambda: STORE.build_index(on_progress=5),
        TypeError,
        "on_progress must be a function, not 5",
    ),
    "method": (lambda: textrep.embed(TEXTS, ["tfidf"]), TypeError, r"method must be the name of .*, not \['tfidf'\]"),
    "documents": (lambda: textrep.embed_documents(TEXTS, None), TypeError, "method must be the name .*, not None"),
    "progress": (lambda: textrep.embed(TEXTS, on_progress="x"), TypeError, "on_progress must be a function, not 'x'"),
    "initial": (lambda: textrep.embed(TEXTS, initial="a.textrep"), TypeError, "initial must be an EmbeddingStore, not"),
    "encoding": (
        lambda: list(textrep.read_corpus(__file__, format="txt", encoding=None)),
        TypeError,
        "encoding must be a str, not None",
    ),
    "matrix": (lambda: tfidf().fit(TEXTS).inverse_transform("x"), TypeError, "X must be a matrix of numbers, .* 'x'"),
    "columns": (
        lambda: tfidf().fit(TEXTS).inverse_transform([[1.0]]),
        ValueError,
        "X has 1 columns, but the vocabulary has 3 terms",
    ),
    "counts": (lambda: Vocabulary.from_counts(["a"]), TypeError, r"counts must be a dict .*, not \['a'\]"),
    "a count": (lambda: Vocabulary.from_counts({"a": 1.5}), TypeError, r"counts must be whole .*, not {'a': 1.5}"),
    "a token": (lambda: Vocabulary.from_counts({None: 1}), TypeError, r"counts must be .* by str, not {None: 1}"),
    "table": (lambda: Vocabulary(["a"], [1]), TypeError, r"tokens must be a KeyTable; Vocabulary\.from_counts takes"),
    "no word": (lambda: COUNTS[None], TypeError, "expected a str, not None"),
    "get": (lambda: COUNTS.get(5), TypeError, "expected a str, not 5"),
    "number": (lambda: COUNTS.token(0.5), TypeError, "expected the number of a key, not 0.5"),
    "spools": (lambda: EncodedCorpus([1], [0, 1]), TypeError, r"ids must be a Spool; .*from_arrays takes arrays, not"),
    "ids": (lambda: EncodedCorpus.from_arrays([None], [0, 1]), TypeError, r"ids must be an array of whole .*\[None\]"),
    "y_true": (
        lambda: textrep.classification_scores(None, LABELS),
        TypeError,
        "y_true must be a list of .* None",
    ),
    "y_pred": (lambda: textrep.classification_scores(LABELS, 5), TypeError, "y_pred must be a list of labels, .* 5"),
    "labels": (lambda: textrep.classification_scores(LABELS, LABELS, labels=5), TypeError, "labels must be a list"),
    "tags": (lambda: textrep.tagging_scores([["O"]], None), TypeError, "y_pred must be a list of lists of tags, not"),
    "tags of one": (
        lambda: textrep.tagging_scores([5], [["O"]]),
        TypeError,
        r"y_true\[0\] must be .* not 5",
    ),
    "tag": (
        lambda: textrep.tagging_scores([["O"]], [[None]]),
        TypeError,
        "tags of a scheme must be str, not None",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_meant_is_named(name: str) -> None:
    call, kind, message = CASES[name]
    with pytest.raises(kind, match=f"^{message}"):
        call()


@pytest.mark.skipif(not importlib.util.find_spec("matplotlib"), reason="needs matplotlib")
def test_a_path_is_no_store_to_draw() -> None:
    for draw in (textrep.plot.word_map, lambda store: textrep.plot.neighbour_map(store, "king")):
        with pytest.raises(TypeError, match=r"^store must be an EmbeddingStore, not 'a\.textrep'"):
            draw("a.textrep")
    with pytest.raises(TypeError, match=r"^k must be a whole number, not None"):
        textrep.plot.neighbour_map(STORE, "a", None)
    with pytest.raises(TypeError, match=f"^{PATH_LIKE}5"):
        textrep.plot.word_map(STORE, ["a"], path=5)
