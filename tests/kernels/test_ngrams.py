"""The kernels that number n-grams: compiled, interpreted, and as a dict of tuples would have it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreted import interpreted

from textrep.bags.pairs import PairTable
from textrep.kernels.ngrams import drop_ids, fill_pair_slots, number_ngrams, write_ngrams

BOTH = pytest.mark.parametrize("which", ["compiled", "interpreted"])
DOCUMENTS = st.lists(st.lists(st.integers(-1, 6), max_size=12), max_size=6)


def chosen(kernel, which):
    return kernel if which == "compiled" else interpreted(kernel)


def numbered(documents, length, known, frozen):
    """Number n-grams one by one; `known` (dict of tuple to int) grows unless it is frozen."""
    numbers = []
    for document in documents:
        for i in range(len(document)):
            ngram = tuple(document[i : i + length])
            if len(ngram) < length or min(ngram) < 0:
                numbers.append(-1)
            elif frozen:
                numbers.append(known.get(ngram, -1))
            else:
                numbers.append(known.setdefault(ngram, len(known)))
    return numbers


class Table:
    """One length of n-grams, with little room."""

    def __init__(self, kernel, length, capacity=1):
        self.kernel, self.length, self.n, self.n_grown = kernel, length, 0, 0
        self.pairs = np.empty(capacity, np.uint64)
        self.slots = np.full(8, -1, np.int32)

    def number(self, units, shorter, ends, frozen):
        numbers = np.full(units.size, -9, np.int32)
        state = np.array([0, 0, self.n])
        while not self.kernel(
            units, shorter, ends, self.length, frozen, self.slots, self.pairs, state, numbers
        ):  # fmt: skip
            self.n_grown += 1
            n = self.pairs.size
            assert state[2] == n, "it stops when the table is full"
            self.pairs = np.append(self.pairs, np.empty(1 + n // 2, np.uint64))
            n_slots = self.slots.size
            while n_slots < 2 * self.pairs.size:
                n_slots *= 2
            self.slots = np.full(n_slots, 77, np.int32)
            fill_pair_slots(self.pairs, n, self.slots)
        self.n = int(state[2])
        return numbers


def as_arrays(documents):
    units = np.array([unit for document in documents for unit in document], np.int32)
    return units, np.cumsum([len(document) for document in documents], dtype=np.int64)


@BOTH
@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_number_ngrams(which, first, second, others):
    """Of several lengths, over two blocks whose tables grow; then frozen, where unknown n-grams get no number."""
    tables = {n: Table(chosen(number_ngrams, which), n) for n in (2, 3, 4)}
    known = {n: {} for n in tables}
    for documents, frozen in ((first, False), (second, False), (others, True)):
        units, ends = as_arrays(documents)
        shorter = units
        for n, table in tables.items():
            shorter = table.number(units, shorter, ends, frozen)
            assert shorter.tolist() == numbered(documents, n, known[n], frozen)
            assert table.n == len(known[n])
    for n, table in tables.items():
        assert len(set(table.pairs[: table.n].tolist())) == table.n
        assert table.n_grown > 0 or table.n <= 1, n


@pytest.mark.parametrize(("which", "length"), [("compiled", 2), ("compiled", 5), ("interpreted", 2)])
def test_more_than_a_batch_of_look_ups(which, length):
    random = np.random.default_rng(3)
    documents = [random.integers(0, 30, n).tolist() for n in (1023, 1024, 1025, 1026, 1030, 4000, 0, 1)]
    units, ends = as_arrays(documents)
    shorter = units
    for n in range(2, length + 1):
        shorter = Table(chosen(number_ngrams, which), n).number(units, shorter, ends, False)
    assert shorter.tolist() == numbered(documents, length, {}, False)


def test_highest_numbers():
    """A pair holds two numbers of 31 bits."""
    most = 2**31 - 1
    units, shorter = np.array([most, most, 0], np.int32), np.array([most, 0, most], np.int32)
    table = Table(number_ngrams, 2)
    assert table.number(units, shorter, np.array([3]), False).tolist() == [0, 1, -1]
    assert table.pairs[:2].tolist() == [(most << 32) | most, 0]


def test_pair_table():
    """It does by itself what the tests above do by hand, far beyond its first room."""
    random = np.random.default_rng(0)
    documents = [random.integers(-1, 90, 6000).tolist() for _ in range(3)]
    table, known = PairTable(2), {}
    for document in documents:
        units, ends = as_arrays([document])
        numbers = np.empty_like(units)
        table.number(units, units, ends, numbers, frozen=False)
        assert numbers.tolist() == numbered([document], 2, known, False)
    assert len(known) > 1 << 12
    assert table.pairs.tolist() == [(first << 32) | second for first, second in known]
    others = random.integers(-1, 120, 3000).tolist()
    units, ends = as_arrays([others])
    found = np.empty_like(units)
    table.number(units, units, ends, found, frozen=True)
    assert found.tolist() == numbered([others], 2, known, True)
    assert -1 in found.tolist()
    assert table.pairs.size == len(known), "a frozen table does not grow"


@BOTH
def test_fill_pair_slots(which):
    pairs = (np.arange(50, dtype=np.uint64) << np.uint64(33)) | np.uint64(5)
    slots = np.zeros(128, np.int32)
    chosen(fill_pair_slots, which)(pairs, 30, slots)
    assert sorted(slots[slots >= 0].tolist()) == list(range(30))
    again = np.empty(128, np.int32)
    fill_pair_slots(pairs, 30, again)
    np.testing.assert_array_equal(slots, again)


@BOTH
@settings(deadline=None)
@given(DOCUMENTS, st.integers(0, 4))
def test_drop_ids(which, documents, least):
    ids, _ = as_arrays(documents)
    sizes = np.array([len(document) for document in documents], np.int64)
    n = chosen(drop_ids, which)(ids, sizes, least)
    wanted = [[i for i in document if i < 0 or i >= least] for document in documents]
    assert ids[:n].tolist() == [i for document in wanted for i in document]
    assert sizes.tolist() == [len(document) for document in wanted]


@BOTH
@pytest.mark.parametrize("joiner", ["", " ", "·"])
def test_write_ngrams(which, joiner):
    units = ["a", "", "가나", "bc"]
    ngrams = [[0], [2, 3], [], [1, 1], [3, 2, 0]]
    ranks = np.array([ngram + [-1] * (3 - len(ngram)) for ngram in ngrams], np.int32)
    encoded = [unit.encode() for unit in units]
    blob, offsets = np.frombuffer(b"".join(encoded), np.uint8), np.cumsum([0, *map(len, encoded)])
    wanted = [joiner.join(units[unit] for unit in ngram).encode() for ngram in ngrams]
    text_offsets = np.empty(6, np.int64)
    between = np.frombuffer(joiner.encode(), np.uint8)
    chosen(write_ngrams, which)(ranks, blob, offsets, between, np.empty(0, np.uint8), text_offsets)
    assert text_offsets.tolist() == np.cumsum([0, *map(len, wanted)]).tolist(), "with no room it measures"
    text = np.zeros(text_offsets[-1], np.uint8)
    chosen(write_ngrams, which)(ranks, blob, offsets, between, text, text_offsets)
    assert text.tobytes() == b"".join(wanted)
