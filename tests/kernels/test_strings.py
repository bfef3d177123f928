"""Sorting strings as stretches of bytes, compiled and interpreted, against Python's own order."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreted import interpreted

from textrep.kernels.strings import first_not_ascending, merge_sorted, read_prefixes, sort_runs

BOTH = pytest.mark.parametrize("which", ["compiled", "interpreted"])
STRINGS = st.lists(st.text("ab\0é가", max_size=12).map(str.encode), min_size=1, max_size=60)


def chosen(kernel, which):
    return kernel if which == "compiled" else interpreted(kernel)


def laid_out(strings, random):
    """Return strings as stretches of one array, in any order and with something between them."""
    starts = np.zeros(len(strings), np.int64)
    blob = bytearray(b"\xff")
    for i in random.sample(range(len(strings)), len(strings)):
        starts[i] = len(blob)
        blob += strings[i] + b"\xff"
    return np.frombuffer(bytes(blob), np.uint8), starts, np.array([len(s) for s in strings], np.int64)


@BOTH
@settings(deadline=None)
@given(STRINGS, st.integers(0, 9), st.randoms(use_true_random=False))
def test_read_prefixes(which, strings, skip, random):
    prefixes = np.empty(len(strings), np.uint64)
    chosen(read_prefixes, which)(*laid_out(strings, random), skip, prefixes)
    wanted = [int.from_bytes(s[skip : skip + 8].ljust(8, b"\0"), "big") for s in strings]
    assert prefixes.tolist() == wanted


@BOTH
@settings(deadline=None)
@given(STRINGS, st.integers(0, 3), st.randoms(use_true_random=False))
def test_sort_runs(which, strings, n_sorted, random):
    """Runs of strings whose first bytes are the same; runs of more than 16 are merged."""

    def first_bytes(i):
        return strings[i][:n_sorted]

    order = sorted(range(len(strings)), key=first_bytes)
    is_new = np.zeros(len(order), np.bool_)
    at = 0
    for _, run in groupby(order, first_bytes):
        is_new[at] = True
        at += len(list(run))
    numbers = np.array(order)
    chosen(sort_runs, which)(*laid_out(strings, random), numbers, is_new, np.empty(len(order), np.int64))
    wanted = sorted(order, key=lambda i: (strings[i], i))
    assert numbers.tolist() == wanted
    assert is_new.tolist() == [i == 0 or strings[wanted[i]] != strings[wanted[i - 1]] for i in range(len(wanted))]


@BOTH
@settings(deadline=None)
@given(STRINGS, STRINGS, st.randoms(use_true_random=False))
def test_merge_sorted(which, some, others, random):
    some, others = sorted(set(some)), sorted(set(others))
    strings = [*some, *others]
    order, is_new = np.empty(len(strings), np.int64), np.empty(len(strings), np.bool_)
    chosen(merge_sorted, which)(*laid_out(strings, random), len(some), order, is_new)
    assert order.tolist() == sorted(range(len(strings)), key=strings.__getitem__)
    assert [strings[i] for i in order[is_new].tolist()] == sorted({*some, *others})


@BOTH
@given(strings=STRINGS, random=st.randoms(use_true_random=False), sort=st.booleans())
def test_first_not_ascending(which, strings, random, sort):
    strings = sorted(strings) if sort else strings
    first = next((i for i in range(1, len(strings)) if strings[i - 1] >= strings[i]), len(strings))
    assert chosen(first_not_ascending, which)(*laid_out(strings, random)) == first
