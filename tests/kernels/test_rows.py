"""The kernels of vector files, compiled and interpreted, against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.kernels import rows
from textrep.kernels.hashing import hash_keys
from textrep.keytable import encode_strings, n_slots_for

ways = pytest.mark.parametrize("way", [lambda kernel: kernel, lambda kernel: kernel.py_func], ids=["compiled", "plain"])


@ways
def test_binary_rows_are_packed_found_and_copied(way):
    words = ["a", "한국", ""]
    blob, offsets = encode_strings(words)
    vectors = np.arange(24, dtype=np.uint8).reshape(3, 8)
    out = np.empty(len(blob) + 3 * 10, np.uint8)
    way(rows.pack_rows)(vectors, 0, 3, blob, offsets, out)
    assert out.tobytes() == b"".join(
        w.encode() + b" " + v.tobytes() + b"\n" for w, v in zip(words, vectors, strict=True)
    )
    for end, n in ((len(out), 3), (len(out) - 1, 3), (len(out) - 2, 2), (9, 0), (0, 0)):
        places = np.full((3, 2), -1, np.int64)
        found, used = way(rows.find_rows)(out[:end], 8, places)
        assert found == n
        assert used == [0, 11, 27, 37][n] - (n > 0)
        assert [out[a:b].tobytes().decode() for a, b in places[:n].tolist()] == words[:n]
    copied = np.zeros((3, 8), np.uint8)
    way(rows.copy_vectors)(out, places_of(out, 3), 1, 3, copied)
    assert copied.tolist() == [[0] * 8, *vectors[1:].tolist()]
    again = np.empty(len(blob), np.uint8)
    way(rows.copy_words)(out, places_of(out, 3), again)
    assert again.tobytes() == blob.tobytes()


def places_of(data, n):
    places = np.empty((n, 2), np.int64)
    assert rows.find_rows(data, 8, places)[0] == n
    return places


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(st.lists(st.text("abc", max_size=3), max_size=40))
def test_the_first_of_equal_keys(keys):
    blob, offsets = encode_strings(keys)
    hashes = np.empty(len(keys), np.uint64)
    hash_keys(blob, offsets, hashes)
    expected = [keys.index(key) for key in dict.fromkeys(keys)]
    for hashed in (hashes, hashes & np.uint64(3)):  # few hashes: keys have to be compared
        for kernel in (rows.first_of_each, rows.first_of_each.py_func):
            slots, kept = np.empty(n_slots_for(len(keys)), np.int32), np.empty(len(keys), np.int64)
            assert kernel(blob, offsets, hashed, slots, kept) == len(expected)
            assert kept[: len(expected)].tolist() == expected
            assert sorted(slots[slots >= 0].tolist()) == expected
