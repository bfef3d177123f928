"""FNV-1a and the hash index: compiled, interpreted, and as published."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrep.kernels.hashing import fill_slots, find_keys, hash_keys
from textrep.keytable import encode_strings, n_slots_for

# From the reference vectors of Fowler, Noll and Vo (test_fnv.c), FNV-1a of 64 bits.
GOLDEN = {
    "": 0xCBF29CE484222325,
    "a": 0xAF63DC4C8601EC8C,
    "b": 0xAF63DF4C8601F1A5,
    "foobar": 0x85944171F73967E8,
    "chongo was here!\n": 0x46810940EFF5F915,
}


def fnv1a(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


@pytest.mark.parametrize("function", [hash_keys, hash_keys.py_func], ids=["compiled", "interpreted"])
def test_published_values(function):
    blob, offsets = encode_strings(list(GOLDEN))
    hashes = np.empty(len(GOLDEN), np.uint64)
    with np.errstate(over="ignore"):
        function(blob, offsets, hashes)
    assert hashes.tolist() == list(GOLDEN.values())


@given(keys=st.lists(st.text(), unique=True, max_size=60), absent=st.lists(st.text(), max_size=10))
def test_keys_are_found_where_they_were_put(keys, absent):
    blob, offsets = encode_strings(keys)
    hashes = np.empty(len(keys), np.uint64)
    hash_keys(blob, offsets, hashes)
    assert hashes.tolist() == [fnv1a(key.encode()) for key in keys]
    slots, plain = np.empty((2, n_slots_for(len(keys))), np.int32)
    fill_slots(hashes, slots)
    fill_slots.py_func(hashes, plain)
    assert np.array_equal(slots, plain)
    asked = keys + absent
    query, query_offsets = encode_strings(asked)
    found, found_plain = np.empty((2, len(asked)), np.int64)
    find_keys(blob, offsets, slots, query, query_offsets, found)
    with np.errstate(over="ignore"):
        find_keys.py_func(blob, offsets, slots, query, query_offsets, found_plain)
    assert found.tolist() == found_plain.tolist() == [keys.index(a) if a in keys else -1 for a in asked]


def test_a_damaged_index_ends_the_search():
    blob, offsets = encode_strings(["a", "b"])
    query, query_offsets = encode_strings(["c"])
    found = np.empty(1, np.int64)
    for filler in (0, 7):  # full of another key; full of a key that does not exist
        find_keys(blob, offsets, np.full(8, filler, np.int32), query, query_offsets, found)
        assert found.tolist() == [-1]
