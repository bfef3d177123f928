"""The scanning kernels by themselves: compiled, interpreted, and by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreted import interpreted
from numba import njit

from textrep.corpus import TextBlock
from textrep.kernels import tokenize
from textrep.kernels.eights import MARGIN, load_eight, load_four, store_eight, store_four
from textrep.kernels.tokenize import LEARN, gather_keys, hash_tokens, merge_tokens, remap_ids, scan_block
from textrep.text.tables import word_table

DOCUMENTS = ["One two, TWO 한국 \U0001d400x", "", "ÉTÉ one", "q e\u0301 two"]
# The last is of a document left to Python, and was met a batch before that turned out.
TOKENS = ["one", "two", "한국", "\U0001d400x", "été", "q"]


class Arrays:
    """Arguments of `scan_block` with room for so many tokens and bytes."""

    def __init__(self, n_slots=64, n_keys=32, n_bytes=200):
        block = TextBlock.from_documents(DOCUMENTS)
        self.text = block.data, block.starts, block.ends, word_table()
        self.slots = np.full(n_slots, -1, np.int32)
        self.keys = np.zeros((n_keys + 1, 2), np.uint64)
        self.counts = np.zeros(n_keys, np.int64)
        self.arena = np.zeros(n_bytes, np.uint8)
        batch = np.empty(200, np.uint8), np.empty(4, np.uint64), np.zeros(5, np.int64)  # batches of 4 tokens
        self.ids = np.full(100, -1, np.int32)
        self.doc_tokens = np.zeros(len(DOCUMENTS), np.int64)
        self.state = np.zeros(tokenize.STATE_SIZE, np.int64)
        self.rest = *batch, self.ids, self.doc_tokens, self.state

    def scan(self, function=scan_block, mode=LEARN):
        return function(*self.text, False, 1, mode, self.slots, self.keys, self.arena, self.counts, *self.rest)

    def names(self):
        return [
            self.arena[start:end].tobytes().decode()
            for start, end in pairwise(self.keys[: self.state[tokenize.N_KEYS] + 1, tokenize.START].tolist())
        ]


@pytest.mark.parametrize("function", [scan_block, interpreted(scan_block)], ids=["compiled", "interpreted"])
def test_scan(function):
    arrays = Arrays()
    assert arrays.scan(function) == tokenize.DONE
    assert arrays.doc_tokens.tolist() == [5, 0, 2, tokenize.LEFT_TO_PYTHON]
    assert arrays.names() == TOKENS
    assert arrays.ids[: arrays.state[tokenize.N_IDS]].tolist() == [0, 1, 1, 2, 3, 4, 0]
    assert arrays.counts[: len(TOKENS)].tolist() == [2, 2, 1, 1, 1, 0]


@pytest.mark.parametrize("function", [scan_block, interpreted(scan_block)], ids=["compiled", "interpreted"])
def test_scan_goes_on_where_it_found_no_room(function):
    arrays = Arrays(n_keys=0, n_bytes=0)
    n_full = 0
    while arrays.scan(function) == tokenize.FULL:
        n_full += 1
        assert n_full < 50
        if arrays.state[tokenize.N_KEYS] == len(arrays.keys) - 1:
            arrays.keys = np.vstack([arrays.keys, np.zeros((1, 2), np.uint64)])
            arrays.counts = np.append(arrays.counts, 0)
        else:
            arrays.arena = np.append(arrays.arena, np.zeros(3 + (not arrays.arena.size) * MARGIN, np.uint8))
    assert n_full > len(TOKENS)
    assert arrays.names() == TOKENS
    assert arrays.ids[: arrays.state[tokenize.N_IDS]].tolist() == [0, 1, 1, 2, 3, 4, 0]
    assert arrays.doc_tokens.tolist() == [5, 0, 2, tokenize.LEFT_TO_PYTHON]


@pytest.mark.parametrize("function", [scan_block, interpreted(scan_block)], ids=["compiled", "interpreted"])
def test_scan_that_counts_nothing(function):
    arrays = Arrays()
    arrays.counts = np.zeros(0, np.int64)
    assert arrays.scan(function) == tokenize.DONE
    assert arrays.names() == TOKENS
    assert arrays.ids[: arrays.state[tokenize.N_IDS]].tolist() == [0, 1, 1, 2, 3, 4, 0]


@pytest.mark.parametrize("function", [merge_tokens, interpreted(merge_tokens)], ids=["compiled", "interpreted"])
def test_merge(function):
    one, two = Arrays(), Arrays()
    for arrays in (one, two):
        arrays.scan()
    two.counts[1] = 70
    numbering = np.empty(5, np.int32)
    bounds = two.keys[:6, tokenize.START].astype(np.int64)
    hashes = two.keys[:5, tokenize.HASH].copy()
    hashes[4] ^= np.uint64(1)  # as if it were another token
    own = one.slots, one.keys, one.arena, one.counts, one.state
    function(two.arena, hashes, bounds, two.counts[:5], *own, numbering)
    assert numbering.tolist() == [0, 1, 2, 3, 6]
    assert one.names() == [*TOKENS, TOKENS[4]]
    assert one.counts[:7].tolist() == [4, 72, 2, 2, 1, 0, 1]


@pytest.mark.parametrize("function", [gather_keys, interpreted(gather_keys)], ids=["compiled", "interpreted"])
def test_gather_of_many(function):
    """More than are fetched at a time, empty ones and long ones; what comes behind them is left as it was."""
    words = [str(i) * (i % 3 if i % 50 else 9) for i in range(2500)]
    sizes = np.array([len(word) for word in words])
    starts, order = np.cumsum(sizes) - sizes, np.random.default_rng(0).permutation(2500)
    gathered, offsets = np.full(sizes.sum() + 20, ord("."), np.uint8), np.concatenate(([0], np.cumsum(sizes[order])))
    function(np.frombuffer("".join(words).encode(), np.uint8), starts, order, offsets, gathered)
    assert gathered.tobytes().decode() == "".join(words[i] for i in order) + "." * 20


@pytest.mark.parametrize("function", [gather_keys, interpreted(gather_keys)], ids=["compiled", "interpreted"])
def test_gather(function):
    blob = np.frombuffer(b"xxabcdee", np.uint8)
    gathered = np.frombuffer(b"......", np.uint8).copy()
    function(blob, np.array([2, 5, 6]), np.array([2, 0]), np.array([1, 3, 6]), gathered)
    assert gathered.tobytes() == b".eeabc"


@pytest.mark.parametrize("function", [scan_block, interpreted(scan_block)], ids=["compiled", "interpreted"])
@pytest.mark.parametrize("mode", [tokenize.DROP, tokenize.MARK])
def test_scan_of_given_tokens(function, mode):
    """Others are left out, or marked; a document left to Python gives nothing either way."""
    arrays = Arrays()
    whole = arrays.text
    known = TextBlock.from_documents(["one 한국 \U0001d400x été"])
    arrays.text = known.data, known.starts, known.ends, word_table()
    arrays.scan()
    arrays.text = whole
    arrays.state[: tokenize.N_KEYS] = 0
    arrays.doc_tokens[:] = 0
    assert arrays.scan(function, mode) == tokenize.DONE
    ids = arrays.ids[: arrays.state[tokenize.N_IDS]].tolist()
    if mode == tokenize.DROP:
        assert ids == [0, 1, 2, 3, 0]
        assert arrays.doc_tokens.tolist() == [3, 0, 2, tokenize.LEFT_TO_PYTHON]
    else:
        assert ids == [0, -1, -1, 1, 2, 3, 0]
        assert arrays.doc_tokens.tolist() == [5, 0, 2, tokenize.LEFT_TO_PYTHON]
    assert arrays.counts[:4].tolist() == [1, 1, 1, 1], "nothing is counted"


@pytest.mark.parametrize("function", [remap_ids, interpreted(remap_ids)], ids=["compiled", "interpreted"])
def test_remap(function):
    ids = np.array([0, 1, 2, 0, 1], np.int32)
    doc_tokens = np.array([3, 0, 1, 1], np.int64)
    assert function(ids, doc_tokens, np.array([7, -1, 3], np.int32)) == 3
    assert ids[:3].tolist() == [7, 3, 7]
    assert doc_tokens.tolist() == [2, 0, 1, 0]


def undone(h, size):
    """Return the token of eight bytes or fewer whose hash this is, by undoing each step."""
    mask, odd = 2**64 - 1, tokenize._ODD
    inverse = pow(odd, -1, 2**64)
    h ^= h >> 29 ^ h >> 58
    h = h * inverse & mask
    h ^= h >> 32
    h = h * inverse & mask
    return (h ^ size * odd & mask).to_bytes(8, "little")


@pytest.mark.parametrize("function", [hash_tokens, interpreted(hash_tokens)], ids=["compiled", "interpreted"])
@given(st.lists(st.binary(max_size=20), min_size=1, max_size=20))
@settings(deadline=None)
def test_hashes_of_short_tokens_tell_the_tokens(function, tokens):
    """So that nothing else need be compared; and hashes do not depend on what stands beside a token."""
    sizes = [len(token) for token in tokens]
    hashes, alone = np.empty(len(tokens), np.uint64), np.empty(1, np.uint64)
    function(np.frombuffer(b"".join(tokens) + bytes(MARGIN), np.uint8), np.cumsum([0, *sizes]), hashes)
    for token, size, h in zip(tokens, sizes, hashes.tolist(), strict=True):
        if size <= tokenize._WHOLE:
            assert undone(h, size) == token.ljust(8, b"\0")
        function(np.frombuffer(token + b"\xff" * MARGIN, np.uint8), np.array([0, size]), alone)
        assert alone[0] == h


@pytest.mark.parametrize("function", [merge_tokens, interpreted(merge_tokens)], ids=["compiled", "interpreted"])
@pytest.mark.parametrize("size", [9, 16, 17, 24, 31])
def test_tokens_whose_hashes_are_the_same_are_told_apart(function, size):
    """One byte is different, wherever it stands."""
    tokens = [bytes(97 + (i == place) for i in range(size)) for place in range(size)]
    blob = np.frombuffer(b"".join([*tokens, *tokens]) + bytes(MARGIN), np.uint8)
    hashes = np.full(2 * size, 12345, np.uint64)
    arrays = Arrays(n_slots=128, n_keys=2 * size, n_bytes=2000)
    numbering = np.empty(2 * size, np.int32)
    own = arrays.slots, arrays.keys, arrays.arena, arrays.counts, arrays.state
    function(blob, hashes, np.arange(2 * size + 1) * size, np.ones(2 * size, np.int64), *own, numbering)
    assert numbering.tolist() == [*range(size), *range(size)]
    assert arrays.counts[:size].tolist() == [2] * size


def test_loads_and_stores():
    data = np.arange(250, 270).astype(np.uint8)

    @njit
    def compiled(array, first, value):
        loaded = load_eight(array, first), load_four(array, first)
        store_four(array, first, value)
        return loaded

    @njit
    def compiled_eight(array, first, value):
        store_eight(array, first, value)

    for first in (0, 1, 5, 12):
        one, other = data.copy(), data.copy()
        wanted = tuple(int.from_bytes(data[first : first + n].tobytes(), "little") for n in (8, 4))
        assert tuple(map(int, compiled(one, first, 0x7F01020304))) == wanted
        assert (int(load_eight(other, first)), load_four(other, first)) == wanted
        store_four(other, first, 0x01020304)
        assert one.tolist() == other.tolist()
        assert one[first : first + 4].tolist() == [4, 3, 2, 1]
        assert one[first + 4 :].tolist() == data[first + 4 :].tolist()
        compiled_eight(one, first, np.uint64(0x0102030405060708))
        store_eight(other, first, 0x0102030405060708)
        assert one.tolist() == other.tolist() == [*data[:first], *range(8, 0, -1), *data[first + 8 :]]
