"""What `encode_corpus` refuses as no corpus: it says what that is and where, and what to pass instead."""

import numpy as np
import pytest

from textrep.encoded import encode_corpus
from textrep.errors import EmptyCorpusError, EncodingError
from textrep.vocabulary import Vocabulary


class Frame:
    """As much of a data frame as matters: iterating over one gives the names of its columns."""

    columns = ("text",)

    def __iter__(self):
        return iter(self.columns)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ("one text", "documents is one str, 'one text'; for a file pass a Path or read_corpus"),
        (b"bytes", "documents is one bytes"),
        (None, "documents is None; pass a Path"),
        (3, "documents is 3; pass a Path"),
        ({"a": "text"}, r"documents is a mapping \(dict\); pass what it holds: list\(documents.values\(\)\)"),
        ({"a", "b"}, "documents is a set; a set has no order; pass a list"),
        (frozenset(["a"]), "documents is a frozenset; a set has no order; pass a list"),
        (np.array([["a"], ["b"]]), r"documents is a table \(ndarray\); pass one column: frame\['text'\]"),
        (Frame(), r"documents is a table \(Frame\); pass one column: frame\['text'\]"),
        ([None], r"documents\[0\] is None; drop missing documents first"),
        (["a", None], r"documents\[1\] is None; drop missing documents first"),
        (["a", 2.5], r"documents\[1\] is 2.5, a float; a document is a str or a list of tokens"),
        ([{"a"}], r"documents\[0\] is {'a'}, a set"),
        (["a", ["b"]], r"documents\[1\] is \['b'\], a list, but the documents before it are texts"),
        ([["a"], ["b"], "c"], r"documents\[2\] is 'c', a str, but the documents before it are token lists"),
        ([["a"], ["b", 3]], r"documents\[1\] holds 3 among its tokens; every token must be a str"),
        ([["a", ["b"]]], r"documents\[0\] holds \['b'\] among its tokens"),
        ([["a"], [None]], r"documents\[1\] holds None among its tokens"),
    ],
)
def test_what_is_no_corpus(documents, message):
    for vocabulary in (None, Vocabulary.from_counts({"a": 1})):
        for tokenizer in ("word", str.split):
            with pytest.raises(TypeError, match=message):
                encode_corpus(documents, tokenizer, vocabulary=vocabulary)


def test_tokens_that_cannot_be():
    for vocabulary in (None, Vocabulary.from_counts({"a": 1})):
        with pytest.raises(ValueError, match=r"documents\[1\] holds an empty token; leave it out"):
            encode_corpus([["a"], ["b", ""]], vocabulary=vocabulary)
        with pytest.raises(ValueError, match=r"documents\[0\] holds an empty token"):
            encode_corpus(["a  b"], lambda text: text.split(" "), vocabulary=vocabulary)
        with pytest.raises(EncodingError, match=r"documents\[1\] holds the token 'b\\ud800' with a lone surrogate"):
            encode_corpus([["a"], ["b\ud800"]], vocabulary=vocabulary)
        with pytest.raises(EncodingError, match=r"documents\[1\] holds a lone surrogate"):
            encode_corpus(["a", "b\ud800"], vocabulary=vocabulary)


@pytest.mark.parametrize(
    ("documents", "options", "message"),
    [
        ([], {}, "no document"),
        (iter([]), {}, "no document"),
        (["", " .,"], {}, "2 documents, but not one token"),
        ([[], []], {}, "2 documents, but not one token in them"),
        ([" .,"], {}, "holds 1 document, but not one token in it"),
        (
            ["a b b c"],
            {"min_count": 3},
            "min_count=3 leaves no token: 3 distinct tokens .* lower min_count to 2 or less",
        ),
    ],
)
def test_empty(documents, options, message):
    with pytest.raises(EmptyCorpusError, match=message):
        encode_corpus(documents, **options)


@pytest.mark.parametrize("n_jobs", [0, 1.5, True, "2"])
def test_wrong_n_jobs(n_jobs):
    with pytest.raises(ValueError, match="n_jobs must be None, a positive number of threads, or -1 for all processors"):
        encode_corpus(["a"], n_jobs=n_jobs)
