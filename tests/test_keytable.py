"""`KeyTable` against a dict."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from textrep.errors import FormatError
from textrep.keytable import KeyTable, n_slots_for

KEYS = ["", "a", "b\x00", "한국", "\U0001d400", "a" * 10_000, "é", "e\u0301"]


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(keys=st.lists(st.text(), unique=True), absent=st.lists(st.text()))
@example(keys=KEYS, absent=["A", "b", "\U0001d401", "a" * 9_999])
def test_like_a_dict(keys, absent):
    table = KeyTable.from_strings(keys)
    number = {key: i for i, key in enumerate(keys)}
    asked = keys + absent
    assert [table.find(a) for a in asked] == [number.get(a, -1) for a in asked]
    assert table.find_many(asked).tolist() == [number.get(a, -1) for a in asked]
    assert [a in table for a in asked] == [a in number for a in asked]
    assert table.to_list() == list(table) == keys
    assert len(table) == len(keys)
    assert len(table.slots) == max(8, 2 ** int(np.ceil(np.log2(max(1, 2 * len(keys))))))


def test_many_keys_are_indexed_by_the_kernel_as_few_are_by_python():
    keys = [f"{'한' * (i % 5)}{i}" for i in range(5000)]
    table = KeyTable.from_strings(keys)
    asked = [*keys[::-1], "no", "\ud800", *keys[:3]]
    expected = [*range(4999, -1, -1), -1, -1, 0, 1, 2]
    assert table.find_many(asked).tolist() == expected
    assert [table.find(a) for a in asked] == expected
    few = KeyTable.from_strings(keys[:1999])
    assert few.find_many(keys).tolist() == [i if i < 1999 else -1 for i in range(5000)]


def test_the_index_is_as_documented():
    table = KeyTable.from_strings([f"k{i}" for i in range(2500)])  # by the kernel
    slots = [-1] * 8192
    for i in range(2500):
        h = 0xCBF29CE484222325
        for byte in f"k{i}".encode():
            h = (h ^ byte) * 0x100000001B3 % 2**64
        at = (h ^ (h >> 32)) % 8192
        while slots[at] >= 0:
            at = (at + 1) % 8192
        slots[at] = i
    assert table.slots.tolist() == slots
    assert table.slots.dtype == np.int32
    assert table.offsets.dtype == np.int64
    assert table.blob.dtype == np.uint8


def test_indexing():
    table = KeyTable.from_strings(KEYS)
    assert [table[i] for i in range(-8, 8)] == KEYS + KEYS
    for part in (slice(2, 5), slice(None, None, -1), slice(5, 2), slice(-3, None), slice(0, 100, 3)):
        assert table[part] == KEYS[part]
    for i in (8, -9):
        with pytest.raises(IndexError, match=f"key {i} of a table of 8 keys"):
            table[i]
    assert 3 not in table
    assert "\ud800" not in table


def test_empty():
    table = KeyTable.from_strings([])
    assert (len(table), table.to_list(), table.find("a")) == (0, [], -1)


@pytest.mark.parametrize("n", [0, 1, 4, 5, 8, 9, 1000])
def test_number_of_slots(n):
    n_slots = n_slots_for(n)
    assert n_slots >= max(8, 2 * n)
    assert n_slots == 8 or n_slots // 2 < 2 * n
    assert n_slots & (n_slots - 1) == 0


def test_wrong_strings():
    with pytest.raises(ValueError, match="key 3 repeats key 1, 'b'; keys must be distinct"):
        KeyTable.from_strings(["a", "b", "c", "b", "a"])
    with pytest.raises(ValueError, match="lone surrogate"):
        KeyTable.from_strings(["a", "\ud800"])


def test_arrays_that_do_not_fit():
    table = KeyTable.from_strings(["a", "b", "c", "d", "e"])
    for slots in (table.slots[:8], np.append(table.slots, table.slots[:3])):
        with pytest.raises(FormatError, match="slots does not fit 5 keys; it must be a power of two of at least 16"):
            KeyTable(table.blob, table.offsets, slots)
    with pytest.raises(FormatError, match="offsets is empty"):
        KeyTable(table.blob, table.offsets[:0], table.slots)
    with pytest.raises(FormatError, match="offsets is int32"):
        KeyTable(table.blob, table.offsets.astype(np.int32), table.slots)


def test_a_damaged_index_is_refused_not_searched_for_ever():
    table = KeyTable.from_strings(["a", "b"])
    for filler in (0, 9):
        damaged = KeyTable(table.blob, table.offsets, np.full(8, filler, np.int32))
        with pytest.raises(FormatError, match="index of 2 keys is damaged"):
            damaged.find("c")


def test_mapped_arrays_and_no_numba(tmp_path):
    """A small table is made, written, mapped and asked without Numba being imported."""
    script = f"""
import sys, numpy as np
from textrep.keytable import KeyTable
table = KeyTable.from_strings([f"k{{i}}" for i in range(1000)])
mapped = []
for name in ("blob", "offsets", "slots"):
    np.save({str(tmp_path)!r} + f"/{{name}}.npy", getattr(table, name))
    mapped.append(np.load({str(tmp_path)!r} + f"/{{name}}.npy", mmap_mode="r"))
table = KeyTable(*mapped)
assert isinstance(table.slots, np.memmap)
print(table.find("k77"), table.find("x"), table.find_many(["k1", "k999"]).tolist(), table[5], "numba" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "77 -1 [1, 999] k5 False\n"


def test_keys_of_an_altered_file():
    table = KeyTable.from_arrays(np.frombuffer(b"ab\xd5", np.uint8), np.array([0, 1, 3]))
    for read in (list, lambda keys: keys[1], lambda keys: keys[:], KeyTable.to_list):
        with pytest.raises(FormatError, match=r"key.* 1.* is not valid UTF-8 .*: the file it comes from was altered"):
            read(table)
