"""Strings in order of their code points: as `sorted` has them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import textrep.parallel
from textrep.order import alphabetical_order, eight_bytes, gathered_strings, merged_order

ALPHABET = st.sampled_from([*"\0\x01 ab\x7fé가\ud7ff\ue000\uffff𐀀\U0010ffff"])
STRINGS = st.lists(st.text(ALPHABET, max_size=30), max_size=30)
REPEATED = st.lists(st.sampled_from(["", "\0", "\0" * 8, "\0" * 9, "abcdefgh", "abcdefgh\0", "abcdefghi"]), max_size=30)
PREFIXES = st.sampled_from(["x" * 7, "x" * 8, "xy" * 20, "가" * 11])  # eight bytes are compared at a time
LONG = st.builds(lambda prefix, ends: [prefix + end for end in ends], PREFIXES, STRINGS)


def laid_out(strings, gaps=False):
    """Return strings as one array of bytes, where each begins, and their sizes; not in their order, if with gaps."""
    encoded = [string.encode() for string in strings]
    sizes = np.array([len(data) for data in encoded], np.int64)
    if not gaps:
        return np.frombuffer(b"".join(encoded), np.uint8), np.cumsum(sizes) - sizes, sizes
    blob, starts = b"??", np.zeros(len(strings), np.int64)
    for i in range(len(strings) - 1, -1, -1):
        starts[i] = len(blob)
        blob += encoded[i] + b"\xff?"
    return np.frombuffer(blob, np.uint8), starts, sizes


def check(strings, gaps):
    order, is_new = alphabetical_order(*laid_out(strings, gaps))
    wanted = sorted(range(len(strings)), key=strings.__getitem__)  # stable
    assert order.tolist() == wanted
    assert order.dtype == np.int64
    assert is_new.tolist() == [k == 0 or strings[wanted[k]] != strings[wanted[k - 1]] for k in range(len(wanted))]


@settings(max_examples=6 * settings.default.max_examples, deadline=None)
@given(st.one_of(STRINGS, REPEATED, LONG), st.booleans())
@example([], False)
@example([""], False)
@example(["", "", "\0", ""], True)
@example(["a\0", "a", "a\0\0", "a"], False)
@example(["x" * 8, "x" * 16, "x" * 8 + "\0", "x" * 8], False)
def test_order(strings, gaps):
    check(strings, gaps)


@settings(deadline=None)
@given(*[st.one_of(STRINGS, REPEATED, LONG)] * 2, st.booleans())
@example(["a"], ["a"], False)
@example(["", "b", "b\0"], ["a", "b", "bb"], True)
def test_two_lists_in_order_are_put_in_one_order_as_if_sorted(some, others, gaps):
    some, others = sorted(set(some)), sorted(set(others))
    strings = laid_out([*some, *others], gaps)
    for found, wanted in zip(merged_order(*strings, len(some)), alphabetical_order(*strings), strict=True):
        assert found.tolist() == wanted.tolist()
        assert found.dtype == wanted.dtype


def test_many_strings():
    random = np.random.default_rng(0)
    check([f"{'common prefix ' * (i % 3)}{i}" for i in random.integers(0, 3000, 10_000).tolist()], False)


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_in_threads(monkeypatch, n_threads):
    """Parts end where runs of equal prefixes do, wherever the strings would be cut."""
    monkeypatch.setattr(textrep.parallel, "_LEAST", 2)
    random = np.random.default_rng(n_threads)
    for n in (0, 1, 5, 40, 3000):
        strings = [f"{'a prefix of ' * (i % 2)}{i % 50}" for i in random.integers(0, 300, n).tolist()]
        blob, starts, sizes = laid_out(strings, gaps=True)
        order, is_new = alphabetical_order(blob, starts, sizes, n_threads)
        wanted = sorted(range(n), key=strings.__getitem__)
        assert order.tolist() == wanted
        assert is_new.tolist() == [k == 0 or strings[wanted[k]] != strings[wanted[k - 1]] for k in range(n)]
        chosen = np.flatnonzero(is_new)
        gathered, offsets = gathered_strings(blob, starts, sizes, order[chosen], n_threads)
        parts = [gathered[first:last].tobytes().decode() for first, last in pairwise(offsets.tolist())]
        assert parts == sorted(set(strings))


def test_many_equal_strings():
    check(["common prefix", "common prefix\0", "", "common", "commonly"] * 100, True)
    check(["\0" * n for n in range(40)] * 3, False)


def test_one_long_string_among_short_ones():
    check(["a" * 5000 + "b", "a", "a" * 5000, "a" * 5000 + "b", "b", "a" * 4999], True)


def test_nothing_beyond_a_string_is_compared():
    """The strings overlap: each is the beginning of the same text."""
    blob = np.frombuffer(b"aaaaaaaaaaaaaaaaaaaa", np.uint8)
    order, is_new = alphabetical_order(blob, np.array([0, 3, 0, 5]), np.array([9, 2, 20, 9]))
    assert order.tolist() == [1, 0, 3, 2]
    assert is_new.tolist() == [True, True, False, True]


@pytest.mark.parametrize("skip", [0, 1, 3, 8, 30])
def test_eight_bytes(skip):
    strings = ["", "a", "abcdefgh", "abcdefghi", "가나다라마바사", "\0b", "z" * 40]
    blob, starts, sizes = laid_out(strings, gaps=True)
    wanted = [int.from_bytes(string.encode()[skip : skip + 8].ljust(8, b"\0"), "big") for string in strings]
    found = eight_bytes(blob, starts, sizes, skip)
    assert found.dtype == np.uint64
    assert found.tolist() == wanted
