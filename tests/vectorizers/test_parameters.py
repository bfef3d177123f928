"""Parameters of vectorizers as people read them in the header of a store."""

import re

import numpy as np
import pandas as pd
import pytest

from textrep import OneHotVectorizer, TfidfVectorizer, embed_documents
from textrep.vectorizers.parameters import described_parameters

TEXTS = ["the cat", "a dog the cat"]


def split_by_hand(text):
    return text.split()


@pytest.mark.parametrize(
    ("given", "described"),
    [
        ({"analyzer": split_by_hand}, f"{__name__}.split_by_hand"),
        ({"analyzer": str.split}, "str.split"),
        ({"tokenizer": str.split}, "str.split"),
        ({"analyzer": re.compile("[a-z]").findall}, "Pattern.findall"),
        ({"stop_words": {"the", "a"}}, ["a", "the"]),
        ({"stop_words": np.array(["the", "a"])}, ["a", "the"]),
        ({"stop_words": pd.Series(["the", "a"])}, ["a", "the"]),
        ({"stop_words": "english"}, "english"),
        ({"vocabulary": ["cat", "dog"]}, "given"),
        ({"ngram_range": (1, 2)}, [1, 2]),
        ({"dtype": np.float32}, "float32"),
        ({"max_df": np.float64(0.5)}, 0.5),
    ],
    ids=[
        "function",
        "method",
        "tokenizer",
        "pattern",
        "set",
        "array",
        "series",
        "name",
        "vocabulary",
        "tuple",
        "type",
        "number",
    ],
)
def test_in_stores(given, described):
    (name,) = given
    assert TfidfVectorizer(**given).fit(TEXTS).to_store().metadata["parameters"][name] == described
    assert embed_documents(TEXTS, "tfidf", **given).metadata["parameters"][name] == described
    if name != "max_df":
        assert OneHotVectorizer(**given).fit(TEXTS).to_store().metadata["parameters"][name] == described


def test_of_a_class_that_does_not_tell_them():
    assert described_parameters(object(), {"vocabulary": "words.txt", "k": 3}) == {"vocabulary": "words.txt", "k": 3}
