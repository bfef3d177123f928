"""One-hot, count and TF-IDF vectorizers beside scikit-learn's: the same parameters, the same outcome."""

from __future__ import annotations

import functools
import re
import unicodedata
import warnings
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction import text as sklearn_text

from textrep import CountVectorizer, OneHotVectorizer, TfidfVectorizer

__all__ = ["KINDS", "Case", "case_of", "compare", "nfc", "outcome", "same_matrix", "same_vocabulary"]

KINDS = {"onehot": OneHotVectorizer, "count": CountVectorizer, "tfidf": TfidfVectorizer}


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


class Case(NamedTuple):
    """The same vectorizer twice."""

    kind: str
    ours: dict[str, Any]
    theirs: dict[str, Any]

    def make(self) -> tuple[Any, Any]:
        peer = sklearn_text.TfidfVectorizer if self.kind == "tfidf" else sklearn_text.CountVectorizer
        return KINDS[self.kind](**self.ours), peer(**self.theirs)


def case_of(kind: str, **ours: Any) -> Case:
    """Say in scikit-learn's parameters what ours mean."""
    ours = {"normalization": None, **ours}
    theirs = {k: v for k, v in ours.items() if k not in ("normalization", "tokenizer", "min_token_length", "n_jobs")}
    if kind == "onehot":
        theirs["binary"] = True
    if callable(ours.get("analyzer")):
        return Case(kind, ours, theirs)
    if ours["normalization"]:
        lower = str.lower if ours.get("lowercase", True) else str
        theirs["preprocessor"] = lambda document: lower(nfc(document))
    if ours.get("analyzer", "word") == "word":
        tokenizer, least = ours.get("tokenizer", "word"), ours.get("min_token_length", 1)
        if tokenizer == "word":
            theirs["token_pattern"] = rf"(?u)\b\w{{{least},}}\b"
        else:
            split = {"whitespace": str.split, "char": functools.partial(re.findall, r"\S")}.get(tokenizer, tokenizer)
            theirs["tokenizer"] = lambda document: [token for token in split(document) if len(token) >= least]
            theirs["token_pattern"] = None
    return Case(kind, ours, theirs)


def same_matrix(ours, theirs) -> None:
    """Compare matrices, in structure and values; scikit-learn's need not be sorted."""
    theirs.sort_indices()
    assert ours.format == "csr"
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    assert ours.indices.dtype == np.int32
    np.testing.assert_array_equal(ours.indptr, theirs.indptr)
    np.testing.assert_array_equal(ours.indices, theirs.indices)
    if ours.dtype.kind != "f":
        np.testing.assert_array_equal(ours.data, theirs.data)
    else:
        np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-12 if ours.dtype == np.float64 else 2e-6)


def same_vocabulary(ours, theirs) -> None:
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert ours.vocabulary_ == theirs.vocabulary_
    assert ours.fixed_vocabulary_ == theirs.fixed_vocabulary_


def outcome(function, *arguments):
    """Return what a call returns, or its ValueError; and what it warns of, each warning cut to what it is about."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*arguments)
        except ValueError as error:
            result = error
    texts = {str(w.message) for w in caught if issubclass(w.category, UserWarning)}
    texts = {text for text in texts if not text.startswith("Terms that are not in the normal form")}  # ours alone
    return result, {(re.match(r"The parameter '\w+'", text) or re.match(r"\w+", text)).group() for text in texts}


def compare(case: Case, documents: list[str], others: list[str]) -> None:
    ours, theirs = case.make()
    wanted, warned = outcome(theirs.fit_transform, documents)
    found, warned_by_us = outcome(ours.fit_transform, documents)
    assert warned_by_us == warned
    if isinstance(wanted, ValueError):
        assert isinstance(found, ValueError), wanted
        return
    if isinstance(found, ValueError):
        raise found
    same_vocabulary(ours, theirs)
    same_matrix(found, wanted)
    wanted, _ = outcome(theirs.transform, others)
    found, warned_by_us = outcome(ours.transform, others)
    assert not warned_by_us
    if isinstance(wanted, ValueError):
        assert isinstance(found, ValueError), wanted
        return
    if isinstance(found, ValueError):
        raise found
    same_matrix(found, wanted)
    if case.kind == "tfidf" and case.ours.get("use_idf", True):
        np.testing.assert_allclose(ours.idf_, theirs.idf_, rtol=1e-12 if ours.idf_.dtype == np.float64 else 2e-6)
