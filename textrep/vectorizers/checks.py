"""What the parameters of one-hot, count and TF-IDF vectorizers may be; scikit-learn's rules, and its warnings."""

from __future__ import annotations

import numbers
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from textrep.bags.terms import Terms
from textrep.checks import check_switch
from textrep.keytable import KeyTable
from textrep.text.analyzers import ANALYZERS, Analyzer, get_analyzer
from textrep.text.tokenizers import Tokenizer
from textrep.warning import warn

__all__ = [
    "analyzer_of",
    "check_dtype",
    "check_limits",
    "check_switches",
    "given_terms",
    "stop_words_of",
    "warn_of_unmatched",
]


def analyzer_of(vectorizer: Any, *, warns: bool = False) -> Analyzer:
    """Return what a vectorizer's parameters make of a document; warn of parameters that have no effect."""
    kind, ngram_range = vectorizer.analyzer, vectorizer.ngram_range
    if kind not in ANALYZERS and not callable(kind):
        raise ValueError(f"analyzer must be one of {', '.join(map(repr, ANALYZERS))}, or callable; got {kind!r}")
    _check_ngram_range(ngram_range)
    check_switches(vectorizer, *(name for name in ("lowercase", "binary") if hasattr(vectorizer, name)))
    analyzer = get_analyzer(
        kind,
        vectorizer.tokenizer,
        vectorizer.min_token_length,
        lowercase=bool(vectorizer.lowercase),
        normalization=vectorizer.normalization,
        stop_words=stop_words_of(vectorizer.stop_words),
        ngram_range=ngram_range,
    )
    if warns:
        _warn_of_no_effect(vectorizer)
        if kind == "word":
            _warn_of_split_stop_words(vectorizer.stop_words, analyzer)
    return analyzer


def check_switches(vectorizer: Any, *names: str) -> None:
    """Raise ValueError unless parameters are True or False; 1 and 0 are neither, as in scikit-learn."""
    for name in names:
        check_switch(name, getattr(vectorizer, name))


def _check_ngram_range(value: Any) -> None:
    is_pair = isinstance(value, tuple | list) and len(value) == 2
    if not is_pair or not all(_is_count(n) for n in value):
        raise ValueError(f"ngram_range must be two integers of at least 1, such as (1, 2); got {value!r}")
    if value[0] > value[1]:
        raise ValueError(
            f"Invalid value for ngram_range={tuple(value)} lower boundary larger than the upper boundary: "
            f"pass {(value[1], value[0])}"
        )


def _is_count(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) >= 1


def stop_words_of(value: Any) -> frozenset[str]:
    """Return stop words as a set.

    Raises
    ------
    ValueError
        If they are a str other than ``"english"``, or no collection of str.
    """
    if value is None:
        return frozenset()
    if isinstance(value, str):
        if value != "english":
            raise ValueError(f"not a built-in stop list: {value}; pass stop_words='english', or a list of words")
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return frozenset(ENGLISH_STOP_WORDS)
    if not isinstance(value, Iterable) or isinstance(value, Iterator):  # the next fit would find an iterator empty
        raise ValueError(f"stop_words must be 'english', a list of str, or None; got {value!r}")  # noqa: TRY004
    words = list(value)
    if wrong := [word for word in words if not isinstance(word, str)]:
        raise ValueError(f"stop_words must hold str; among them is {wrong[0]!r}")
    return frozenset(words)


def check_limits(vectorizer: Any) -> None:
    """Raise ValueError unless `min_df`, `max_df` and `max_features` mean something."""
    for name in ("min_df", "max_df"):
        value = getattr(vectorizer, name)
        is_share = isinstance(value, float | np.floating) and 0 <= value <= 1
        if not _is_count(value) and not is_share:
            raise ValueError(
                f"{name} must be a number of documents, an int of at least 1, or their share, a float from 0.0 to 1.0; "
                f"got {value!r}"
            )
    check_dtype(vectorizer.dtype)
    limit = vectorizer.max_features
    if limit is not None and not _is_count(limit):
        raise ValueError(f"max_features must be an int of at least 1, or None for no limit; got {limit!r}")


def check_dtype(value: Any) -> None:
    """Raise ValueError or TypeError unless a sparse matrix can have such values."""
    choose = "choose float32, float64 or an integer type"
    try:
        dtype = np.dtype(value)
    except (TypeError, ValueError, SyntaxError):  # NumPy reads more than names
        raise TypeError(f"dtype must be the name of a type of NumPy's; got {value!r}; {choose}") from None
    if dtype.kind not in "biuf" or dtype == np.float16:
        raise ValueError(f"dtype {dtype} is none that these vectorizers make; {choose}")


def given_terms(vocabulary: Any) -> Terms:
    """Return a vocabulary that was given: a mapping from terms to columns, or terms, which are sorted if a set.

    Raises
    ------
    ValueError
        If it is empty, terms or columns repeat, or the columns are not 0, 1, 2, ...
    """
    if isinstance(vocabulary, Terms):
        return vocabulary
    if isinstance(vocabulary, str) or not isinstance(vocabulary, Iterable):
        raise ValueError(f"vocabulary must be a list of terms, or a dict of their columns; got {vocabulary!r}")  # noqa: TRY004
    terms = list(vocabulary)
    if not terms:
        raise ValueError("empty vocabulary passed to fit; pass at least one term, or None to learn the terms")
    if wrong := [term for term in terms if not isinstance(term, str)]:
        raise ValueError(f"vocabulary must hold str; among them is {wrong[0]!r}")
    if isinstance(vocabulary, Mapping):
        columns = [vocabulary[term] for term in terms]
        if wrong := [c for c in columns if not isinstance(c, numbers.Integral) or isinstance(c, bool)]:
            raise ValueError(f"vocabulary must give each term the number of a column; among them is {wrong[0]!r}")
        if len(set(columns)) != len(columns):
            raise ValueError("Vocabulary contains repeated indices; each term needs a column of its own")
        if missing := sorted(set(range(len(terms))) - set(columns)):
            raise ValueError(f"Vocabulary of size {len(terms)} doesn't contain index {missing[0]}; number from 0 on")
        terms = [term for _, term in sorted(zip(columns, terms, strict=True))]
    elif isinstance(vocabulary, set | frozenset):
        terms = sorted(terms)
    elif len(set(terms)) != len(terms):
        seen: set[str] = set()
        again = next(term for term in terms if term in seen or seen.add(term))  # type: ignore[func-returns-value]
        raise ValueError(f"Duplicate term in vocabulary: {again!r}; name it once")
    return Terms.from_table(KeyTable.from_strings(terms))


def warn_of_unmatched(terms: Terms, analyzer: Analyzer, *, lowercase: bool) -> None:
    """Warn of terms that no text can have when it has been lower-cased and brought into normal form."""
    names = terms.to_list()
    whole = "".join(names)
    if whole.isascii() and whole.islower():
        return
    form = analyzer.normal_form
    if form is not None and not unicodedata.is_normalized(form, whole):
        other = [term for term in names if not unicodedata.is_normalized(form, term)]
        if other:  # else only where one term follows another
            warn(
                f"Terms that are not in the normal form {form} found in vocabulary, such as {other[0]!r}. These "
                f"entries will not be matched with any texts; pass unicodedata.normalize({form!r}, term)"
            )
    if lowercase and any(map(str.isupper, set(whole))):
        warn(
            "Upper case characters found in vocabulary while 'lowercase' is True. These entries will not be matched "
            "with any documents"
        )


def _warn_of_no_effect(vectorizer: Any) -> None:
    kind = vectorizer.analyzer
    unused = []
    if kind != "word":
        unused = [
            name for name, is_default in (
                ("tokenizer", vectorizer.tokenizer == "word"),
                ("stop_words", vectorizer.stop_words is None),
                ("min_token_length", vectorizer.min_token_length == 1),
            ) if not is_default
        ]  # fmt: skip
    if callable(kind) and tuple(vectorizer.ngram_range) != (1, 1):
        unused.append("ngram_range")
    if kind == "word" and vectorizer.tokenizer == "kiwi":
        for name, is_default in (("lowercase", vectorizer.lowercase), ("normalization", vectorizer.normalization)):
            if not is_default:
                warn(f"The parameter '{name}' will not be used since tokenizer='kiwi' needs NFC, and lower-cases")
    for name in unused:
        reason = "'analyzer' is callable" if callable(kind) else "'analyzer' != 'word'"
        warn(f"The parameter '{name}' will not be used since {reason}")


def _warn_of_split_stop_words(stop_words: Any, analyzer: Analyzer) -> None:
    """Warn of stop words that the tokenizer splits, or that lower case changes, into words that are none."""
    if stop_words is None or not isinstance(analyzer.tokenizer, Tokenizer):
        return
    tokens = {token for word in analyzer.stop_words for token in analyzer.tokenizer(analyzer.prepare(word))}
    if inconsistent := sorted(tokens - analyzer.stop_words):
        warn(
            "Your stop_words may be inconsistent with your preprocessing. Tokenizing the stop words generated tokens "
            f"{inconsistent!r} not in stop_words."
        )
