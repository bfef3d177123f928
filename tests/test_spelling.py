"""Which words an error message proposes."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.keytable import KeyTable
from textrep.spelling import _distances, close_keys

ENGLISH = ["the", "of", "king", "kings", "queen", "government", "governments", "receive", "united", "untied", "Berlin"]
ENGLISH += ["NASA", "résumé", "café"]
KOREAN = ["한국", "한국어", "한국어는", "나라", "나랏말", "서울", "왕", "여왕", "대한민국"]


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("King", "king"),
        ("KINGS", "kings"),
        ("berlin", "Berlin"),
        ("nasa", "NASA"),
        (" queen\n", "queen"),
        ("kin", "king"),
        ("goverment", "government"),
        ("recieve", "receive"),
        ("cafe", "café"),
        (unicodedata.normalize("NFD", "résumé"), "résumé"),
        ("한국언", "한국어"),
        ("나라말", "나랏말"),
        (unicodedata.normalize("NFD", "서울"), "서울"),
        ("대한민국은", "대한민국"),
    ],
)
def test_the_likeliest_word_comes_first(word, first):
    keys = KeyTable.from_strings(ENGLISH + KOREAN)
    assert close_keys(word, keys)[0] == first


@pytest.mark.parametrize("word", ["", "  ", "zzzzzzzzz", "ㅋㅋㅋㅋㅋ", "x" * 10_000, "\ud800", "\0"])
def test_nothing_is_proposed_where_nothing_is_close(word):
    assert close_keys(word, KeyTable.from_strings(ENGLISH + KOREAN)) == []


def test_at_most_three_and_the_first_of_equals():
    keys = KeyTable.from_strings([f"word{letter}" for letter in "hgfedcba"])
    assert close_keys("wordx", keys) == ["wordh", "wordg", "wordf"]
    assert close_keys("WORDX", keys) == ["wordh", "wordg", "wordf"]
    assert close_keys("x", KeyTable.from_strings([])) == []


def levenshtein(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row[0] = row[:], i
        for j, y in enumerate(b, 1):
            row[j] = min(above[j - 1] + (x != y), above[j] + 1, row[j - 1] + 1)
    return row[-1]


@given(st.data())
@settings(max_examples=4 * settings.default.max_examples, deadline=None)
def test_edit_distances_are_right_up_to_the_most(data):
    letters = st.binary(min_size=1, max_size=9).map(lambda b: bytes(x % 3 for x in b))
    wanted = data.draw(letters)
    most = 1 + len(wanted) // 3
    length = data.draw(st.integers(max(1, len(wanted) - most), len(wanted) + most))
    others = data.draw(
        st.lists(st.binary(min_size=length, max_size=length).map(lambda b: bytes(x % 3 for x in b)), min_size=1)
    )
    columns = list(np.array([list(other) for other in others], np.uint8).T.copy())
    found = _distances(np.frombuffer(wanted, np.uint8), columns, most)
    for other, distance in zip(others, found, strict=True):
        true = levenshtein(wanted, other)
        assert distance == true if true <= most else distance > most
