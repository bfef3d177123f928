"""`Vocabulary`: its order, pruning and look-ups."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textrep.errors import UnknownWordError
from textrep.keytable import KeyTable, encode_strings
from textrep.vocabulary import Vocabulary, frequency_order


def by_count_then_token(counts):
    return sorted(counts, key=lambda token: (-counts[token], token))


@settings(max_examples=4 * settings.default.max_examples, deadline=None)
@given(
    counts=st.dictionaries(
        st.text(st.sampled_from("ab\x00\x7f\x80é가\uffff\U00010000"), max_size=20), st.integers(0, 4)
    ),
    min_count=st.integers(1, 3),
    max_size=st.none() | st.integers(1, 8),
)
@example(counts={"a" * 16 + x: 1 for x in ("", "\x00", "b", "\x00\x00", "ab")} | {"a" * 15: 1}, min_count=1, max_size=4)
@example(counts={"\uffff": 1, "\U00010000": 1}, min_count=1, max_size=None)  # UTF-16 would order them the other way
def test_order_and_pruning(counts, min_count, max_size):
    vocabulary = Vocabulary.from_counts(counts, min_count, max_size)
    kept = {token: n for token, n in counts.items() if n >= min_count}
    expected = by_count_then_token(kept)[:max_size]
    assert vocabulary.to_list() == list(vocabulary) == expected
    assert vocabulary.counts.tolist() == [counts[token] for token in expected]
    assert vocabulary.total_tokens == sum(counts.values())


def test_order_of_tokens_anywhere_in_the_bytes():
    tokens = ["b", "aa", "c", "a", "ab"]
    blob, offsets = encode_strings([*tokens, "unused"])
    order = frequency_order(blob, offsets[:-2][::-1], np.diff(offsets)[:-1][::-1], np.array([1, 1, 5, 1, 1]))
    assert [tokens[::-1][i] for i in order] == ["c", "a", "aa", "ab", "b"]


def test_many_tokens_with_a_long_prefix_in_common():
    counts = {f"https://example.org/{i:05}": i % 3 + 1 for i in range(5000)}
    assert Vocabulary.from_counts(counts).to_list() == by_count_then_token(counts)


def test_look_ups():
    vocabulary = Vocabulary.from_counts(Counter(["the", "cat", "the", "hat", "the", "cat"]))
    assert len(vocabulary) == 3
    assert [vocabulary[t] for t in ("the", "cat", "hat")] == [0, 1, 2]
    assert [vocabulary.token(i) for i in (0, 1, 2, -1)] == ["the", "cat", "hat", "hat"]
    assert "cat" in vocabulary
    assert "dog" not in vocabulary
    assert vocabulary.get("hat") == 2
    assert vocabulary.get("dog") is None
    assert vocabulary.get("dog", -1) == -1
    assert isinstance(vocabulary["the"], int)
    with pytest.raises(UnknownWordError, match="'dog' is not in the vocabulary"):
        vocabulary["dog"]
    with pytest.raises(KeyError):
        vocabulary["\ud800"]


def test_an_unknown_token_is_named_with_close_ones():
    vocabulary = Vocabulary.from_counts({"king": 3, "queen": 2, "moon": 1})
    with pytest.raises(UnknownWordError) as caught:
        vocabulary["kingg"]
    assert str(caught.value) == "'kingg' is not in the vocabulary. Close: king."


@pytest.mark.parametrize("value", [0, -1, 1.5, True, None])
def test_wrong_min_count(value):
    with pytest.raises(ValueError, match="min_count must be an integer of 1 or more"):
        Vocabulary.from_counts({"a": 1}, min_count=value)


@pytest.mark.parametrize("value", [0, -1, 1.5, True])
def test_wrong_max_size(value):
    with pytest.raises(ValueError, match="max_size must be an integer of 1 or more, or None"):
        Vocabulary.from_counts({"a": 1}, max_size=value)


def test_wrong_counts():
    with pytest.raises(ValueError, match="count of 'b' is negative: -2"):
        Vocabulary.from_counts({"a": 1, "b": -2})
    keys = KeyTable.from_strings(["a", "b"])
    with pytest.raises(ValueError, match=r"counts must be integers of shape \(2,\)"):
        Vocabulary(keys, np.array([1, 2, 3]))
    with pytest.raises(ValueError, match="counts must descend"):
        Vocabulary(keys, np.array([1, 2]))
    assert Vocabulary(keys, np.array([2, 1]), total_tokens=10).total_tokens == 10
