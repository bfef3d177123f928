"""The tables hold for all of Unicode what `str` and `unicodedata` say, in the Python that runs them."""

import re
import sys
import unicodedata

import numpy as np
import pytest

from textrep.text import tables

CHARACTERS = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]
CODE_POINT = tables.SEPARATOR - 1


@pytest.mark.parametrize(
    ("table", "pattern"),
    [(tables.word_table, r"\w"), (tables.char_table, r"\S"), (lambda prepared: tables.whitespace_table(), r"\S")],
)
def test_separators_are_what_re_says(table, pattern):
    wanted = {ord(c) for c in re.findall(pattern, "".join(CHARACTERS))}
    found = np.flatnonzero(table(True) & tables.SEPARATOR == 0)
    assert set(found.tolist()) - set(range(0xD800, 0xE000)) == wanted


def test_lower_case_is_that_of_str_or_the_character_is_unsafe():
    table = tables.word_table().tolist()
    for char in CHARACTERS:
        value = table[ord(char)]
        if not value & tables.UNSAFE:
            assert chr(value & CODE_POINT) == char.lower()
    assert table[0x130] & tables.UNSAFE
    assert table[0x3A3] & tables.UNSAFE


def test_lower_case_takes_at_most_twice_the_bytes():
    assert all(len(c.lower().encode()) <= 2 * len(c.encode()) for c in CHARACTERS if c != "\u0130")


def test_whitespace_and_prepared_tables_change_nothing():
    for table in (tables.whitespace_table(), tables.word_table(True), tables.char_table(True)):
        assert np.array_equal(table & CODE_POINT, np.arange(0x110000))
        assert not np.any(table & (tables.UNSAFE | tables.COMBINING))


def test_combining_flag_is_the_combining_class():
    found = np.flatnonzero(tables.char_table() & tables.COMBINING)
    assert found.tolist() == [ord(c) for c in CHARACTERS if unicodedata.combining(c)]


def test_all_that_nfc_may_change_is_unsafe():
    unsafe = set(np.flatnonzero(tables.char_table() & tables.UNSAFE).tolist())
    for char in CHARACTERS:
        if unicodedata.normalize("NFC", char) != char:
            assert ord(char) in unsafe
        elif parts := unicodedata.normalize("NFD", char)[1:]:  # two or three characters that NFC joins
            assert ord(parts[-1]) in unsafe
    assert not unsafe & set(range(0xAC00, 0xD7A4))  # ready syllables stay on the fast way
    assert not unsafe & set(range(0x80))
    assert len(unsafe) < 1500


def test_tables_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        tables.word_table()[0] = 0
