"""The scanning kernels by themselves: compiled, interpreted, and by hand."""

import numpy as np
import pytest

from textrep.corpus import TextBlock
from textrep.kernels import tokenize
from textrep.kernels.tokenize import LEARN, gather_keys, merge_tokens, remap_ids, scan_block
from textrep.text.tables import word_table

DOCUMENTS = ["One two, TWO 한국 \U0001d400x", "", "ÉTÉ one", "q e\u0301 two"]
TOKENS = ["one", "two", "한국", "\U0001d400x", "été"]  # of the documents that are not left to Python


class Arrays:
    """Arguments of `scan_block` with room for so many tokens and bytes."""

    def __init__(self, n_slots=64, n_keys=32, n_bytes=200):
        block = TextBlock.from_documents(DOCUMENTS)
        self.text = block.data, block.starts, block.ends, word_table()
        self.slots = np.full(n_slots, -1, np.int32)
        self.entries = np.zeros((n_keys, 4), np.uint64)
        self.arena = np.zeros(n_bytes, np.uint8)
        batch = np.empty(200, np.uint8), np.empty(4, np.uint64), np.zeros(5, np.int64)  # batches of 4 tokens
        self.ids = np.full(100, -1, np.int32)
        self.doc_tokens = np.zeros(len(DOCUMENTS), np.int64)
        self.state = np.zeros(tokenize.STATE_SIZE, np.int64)
        self.rest = *batch, self.ids, self.doc_tokens, self.state

    def scan(self, function=scan_block, mode=LEARN):
        return function(*self.text, False, 1, mode, self.slots, self.entries, self.arena, *self.rest)

    def names(self):
        return [
            self.arena[int(start) : int(start + size)].tobytes().decode()
            for start, size in self.entries[: self.state[tokenize.N_KEYS], [tokenize.START, tokenize.SIZE]]
        ]


@pytest.mark.parametrize("function", [scan_block, scan_block.py_func], ids=["compiled", "interpreted"])
def test_scan(function):
    arrays = Arrays()
    assert arrays.scan(function) == tokenize.DONE
    assert arrays.doc_tokens.tolist() == [5, 0, 2, tokenize.LEFT_TO_PYTHON]
    assert arrays.names() == TOKENS
    assert arrays.ids[: arrays.state[tokenize.N_IDS]].tolist() == [0, 1, 1, 2, 3, 4, 0]
    assert arrays.entries[: len(TOKENS), tokenize.COUNT].tolist() == [2, 2, 1, 1, 1]


@pytest.mark.parametrize("function", [scan_block, scan_block.py_func], ids=["compiled", "interpreted"])
def test_scan_goes_on_where_it_found_no_room(function):
    arrays = Arrays(n_keys=0, n_bytes=0)
    n_full = 0
    while arrays.scan(function) == tokenize.FULL:
        n_full += 1
        assert n_full < 50
        if arrays.state[tokenize.N_KEYS] == len(arrays.entries):
            arrays.entries = np.vstack([arrays.entries, np.zeros((1, 4), np.uint64)])
        else:
            arrays.arena = np.append(arrays.arena, np.zeros(3, np.uint8))
    assert n_full > len(TOKENS)
    assert arrays.names() == TOKENS
    assert arrays.ids[: arrays.state[tokenize.N_IDS]].tolist() == [0, 1, 1, 2, 3, 4, 0]
    assert arrays.doc_tokens.tolist() == [5, 0, 2, tokenize.LEFT_TO_PYTHON]


@pytest.mark.parametrize("function", [merge_tokens, merge_tokens.py_func], ids=["compiled", "interpreted"])
def test_merge(function):
    one, two = Arrays(), Arrays()
    for arrays in (one, two):
        arrays.scan()
    two.entries[1, tokenize.COUNT] = 70
    numbering = np.empty(5, np.int32)
    bounds = np.append(two.entries[:5, tokenize.START], two.state[tokenize.ARENA_USED]).astype(np.int64)
    hashes = two.entries[:5, tokenize.HASH].copy()
    hashes[4] ^= np.uint64(1)  # as if it were another token
    counts = two.entries[:5, tokenize.COUNT].copy()
    function(two.arena, hashes, bounds, counts, one.slots, one.entries, one.arena, one.state, numbering)
    assert numbering.tolist() == [0, 1, 2, 3, 5]
    assert one.names() == [*TOKENS, TOKENS[4]]
    assert one.entries[:6, tokenize.COUNT].tolist() == [4, 72, 2, 2, 1, 1]


@pytest.mark.parametrize("function", [gather_keys, gather_keys.py_func], ids=["compiled", "interpreted"])
def test_gather(function):
    blob = np.frombuffer(b"xxabcdee", np.uint8)
    starts, sizes = np.array([2, 5, 6]), np.array([3, 1, 2])
    gathered, offsets = np.zeros(5, np.uint8), np.zeros(3, np.int64)
    function(blob, starts, sizes, np.array([2, 0]), gathered, offsets)
    assert gathered.tobytes() == b"eeabc"
    assert offsets.tolist() == [0, 2, 5]


@pytest.mark.parametrize("function", [remap_ids, remap_ids.py_func], ids=["compiled", "interpreted"])
def test_remap(function):
    ids = np.array([0, 1, 2, 0, 1], np.int32)
    doc_tokens = np.array([3, 0, 1, 1], np.int64)
    assert function(ids, doc_tokens, np.array([7, -1, 3], np.int32)) == 3
    assert ids[:3].tolist() == [7, 3, 7]
    assert doc_tokens.tolist() == [2, 0, 1, 0]
