"""Strings in arrays: what a list of the same strings is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from textrep.strings import StringArray

STRINGS = st.lists(st.text(st.sampled_from([*"ab\0 é가\ud7ff🙂"]), max_size=6), max_size=8)


@given(STRINGS, st.slices(8))
@example([], slice(None))
@example(["", "", "a"], slice(None, None, -1))
def test_it_is_a_sequence(strings, part):
    array = StringArray.from_strings(iter(strings))
    assert isinstance(array, Sequence)
    assert len(array) == len(strings)
    assert list(array) == strings
    assert list(reversed(array)) == strings[::-1]
    assert array[part] == strings[part]
    n = len(strings)
    assert [array[i] for i in range(-n, n)] == strings + strings
    assert array[np.int64(0) : n] == strings
    for text in {*strings, "a", "zz"}:
        assert (text in array) == (text in strings)
        assert array.count(text) == strings.count(text)


@pytest.mark.parametrize("index", [3, -4, 100, np.int64(3)])
def test_an_index_outside(index):
    with pytest.raises(IndexError, match=rf"string {index} of 3"):
        StringArray.from_strings(["a", "", "b"])[index]
    with pytest.raises(IndexError, match="string 0 of 0"):
        StringArray.from_strings([])[0]


def test_what_the_arrays_are():
    array = StringArray.from_strings(["é", "", "ab", "é"])
    assert array.blob.tobytes() == "éabé".encode()
    assert array.blob.dtype == np.uint8
    assert array.offsets.tolist() == [0, 2, 2, 4, 6]
    assert array.offsets.dtype == np.int64
    assert list(StringArray(array.blob, array.offsets[1:])) == ["", "ab", "é"], "offsets need not begin at 0"


def test_a_lone_surrogate():
    with pytest.raises(ValueError, match=r"'a\\ud800' holds a lone surrogate, which UTF-8 cannot express"):
        StringArray.from_strings(["a", "a\ud800"])


def test_a_text_that_was_altered_is_still_shown():
    """Texts are for people to look at: a byte that is wrong hides no other."""
    blob = np.frombuffer(b"caf\xe9 \xea\xb0ab", np.uint8)
    assert list(StringArray(blob, np.array([0, 5, 9]))) == ["caf\ufffd ", "\ufffdab"]
