"""Blocks of UTF-8 bytes to token ids, by a built-in tokenizer's kernel, in threads.

Each thread has a `Scanner`, which numbers the tokens it meets as they come. `ScannerPool` joins their numberings when
the text has been read. Documents that need Python's normalisation or its rules of lower case (the kernel tells which)
are rewritten by Python and scanned again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from textrep.corpus.block import TextBlock
from textrep.kernels import tokenize
from textrep.kernels.eights import MARGIN
from textrep.kernels.hashing import fill_slots
from textrep.keytable import n_slots_for, read_only
from textrep.memory import own_copy, own_memory
from textrep.text.numbering import DistinctTokens, NumberedDocuments
from textrep.text.rewriting import rewritten
from textrep.text.tokenizers import BuiltinTokenizer
from textrep.workers import MadeWhenUsed, handed_out, shared_out

__all__ = ["KnownTokens", "Scanner", "ScannerPool"]

_Result = TypeVar("_Result")
_Array = TypeVar("_Array", bound=NDArray[Any])

_FIRST_KEYS = 1 << 15
_FIRST_ARENA = 1 << 18  # bytes


class KnownTokens:
    """Tokens with given numbers, in the arrays of `kernels.tokenize`.

    Parameters
    ----------
    blob : ndarray of uint8
        The tokens in UTF-8, end to end, all different.
    offsets : ndarray of int64, shape (n + 1,)
        Where each begins and ends.
    marks_others : bool
        Whether a scan gives other tokens the id -1; otherwise it leaves them out.
    """

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64], *, marks_others: bool = False) -> None:
        n = len(offsets) - 1
        offsets = np.array(offsets, np.int64)  # [n + 1]
        self.marks_others = marks_others
        self.arena = np.append(blob, np.zeros(MARGIN, np.uint8))  # [n_bytes + MARGIN]
        self.keys = np.zeros((n + 1, 2), np.uint64)  # [n + 1, 2]
        self.keys[:, tokenize.START] = offsets
        hashes = np.empty(n, np.uint64)  # [n]
        tokenize.hash_tokens(self.arena, offsets, hashes)
        self.keys[:n, tokenize.HASH] = hashes
        self.slots = np.empty(n_slots_for(n), np.int32)  # [n_slots]
        fill_slots(hashes, self.slots)


class Scanner:
    """One thread's tokenizer and growing set of tokens; the arrays are those of `kernels.tokenize`.

    Parameters
    ----------
    tokenizer : BuiltinTokenizer
        What to split by.
    number : int
        Which scanner this is.
    known : KnownTokens, optional
        If given, ids are the numbers of these tokens.
    first : KnownTokens, optional
        If given, these tokens have the first ids, whether they occur or not.
    counts : bool
        Whether to count how often each token occurs; never with `known`.
    """

    def __init__(
        self,
        tokenizer: BuiltinTokenizer,
        number: int = 0,
        known: KnownTokens | None = None,
        first: KnownTokens | None = None,
        *,
        counts: bool = True,
    ) -> None:
        self._number = number
        self._mode = tokenize.LEARN if known is None else tokenize.MARK if known.marks_others else tokenize.DROP
        self._tokenizer = tokenizer
        self._state = np.zeros(tokenize.STATE_SIZE, np.int64)
        self._text = np.empty(0, np.uint8)
        self._hashes = np.empty(tokenize.BATCH, np.uint64)  # [BATCH]
        self._bounds = np.zeros(tokenize.BATCH + 1, np.int64)  # [BATCH + 1]
        self._ids = np.empty(0, np.int32)
        self._counts = counts and known is None
        self.counts = np.empty(0, np.int64)  # [capacity], or empty
        if known is not None:  # shared by all scanners: nothing is written to them
            self._take(known)
            return
        self.slots = np.empty(0, np.int32)  # [n_slots]
        self.keys = np.zeros((1, 2), np.uint64)  # [capacity + 1, 2]
        self.arena = np.empty(0, np.uint8)  # [capacity]
        n_first = 0
        if first is not None:
            self._take(first)
            n_first = self.n_keys
        self._grow_keys(max(_FIRST_KEYS, 2 * n_first))
        self.counts[:n_first] = 0
        self._grow_arena(max(_FIRST_ARENA, 2 * self.arena.size))

    def _take(self, tokens: KnownTokens) -> None:
        self.slots, self.keys, self.arena = tokens.slots, tokens.keys, tokens.arena
        self._state[tokenize.N_KEYS], self._state[tokenize.ARENA_USED] = len(self.keys) - 1, len(self.arena) - MARGIN

    @property
    def n_keys(self) -> int:
        """How many distinct tokens there are."""
        return int(self._state[tokenize.N_KEYS])

    @property
    def arena_used(self) -> int:
        """How many bytes all distinct tokens take."""
        return int(self._state[tokenize.ARENA_USED])

    def scan(self, block: TextBlock) -> NumberedDocuments:
        """Return the ids of a block."""
        ids, doc_tokens = self._run(block, prepared=False)
        left = np.flatnonzero(doc_tokens == tokenize.LEFT_TO_PYTHON)  # [n_left]
        if left.size:
            left_ids, left_tokens = self._run(rewritten(self._tokenizer, block, left.tolist()), prepared=True)
            ids = _interleaved(ids, doc_tokens, left, left_ids, left_tokens)
        return NumberedDocuments(ids, doc_tokens, int((block.ends - block.starts).sum()), self._number)

    def scan_prepared(self, block: TextBlock) -> NumberedDocuments:
        """Return the ids of a block of texts that are in lower case and normal form, as far as asked for."""
        return NumberedDocuments(*self._run(block, prepared=True), int((block.ends - block.starts).sum()), self._number)

    def _run(self, block: TextBlock, prepared: bool) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Scan, growing the arrays as often as the kernel asks for it."""
        lengths = block.ends - block.starts
        n_docs = len(lengths)
        doc_tokens = np.zeros(n_docs, np.int64)  # [n_docs]
        if not n_docs:
            return np.empty(0, np.int32), doc_tokens
        n_bytes, longest = int(lengths.sum()), int(lengths.max())
        if self._ids.size < n_bytes:
            self._ids = own_memory((n_bytes,), np.int32)  # a token is at least one byte
        room = tokenize.BATCH_BYTES + 2 * longest + MARGIN  # lower case doubles the bytes at most
        if self._text.size < room:
            self._text = np.empty(room, np.uint8)
        state = self._state
        state[: tokenize.N_KEYS] = 0
        state[tokenize.POSITION] = block.starts[0]
        read = read_only(block.data), read_only(block.starts), read_only(block.ends)
        table = self._tokenizer.table(prepared)
        how = self._tokenizer.single, int(self._tokenizer.min_token_length), self._mode
        while (
            tokenize.scan_block(
                *read,
                table,
                *how,
                self.slots,
                self.keys,
                self.arena,
                self.counts,
                self._text,
                self._hashes,
                self._bounds,
                self._ids,
                doc_tokens,
                state,
            )
            == tokenize.FULL
        ):
            if self.n_keys == len(self.keys) - 1:
                self._grow_keys(2 * self.n_keys)
            else:
                self._grow_arena(2 * self.arena.size + 2 * longest)
        return self._ids[: state[tokenize.N_IDS]].copy(), doc_tokens

    def _grow_keys(self, capacity: int) -> None:
        n = self.n_keys
        self.keys = _grown(self.keys, n + 1, capacity + 1)
        if self._counts:
            self.counts = _grown(self.counts, min(n, self.counts.size), capacity)
        self.slots = own_memory((n_slots_for(capacity),), np.int32)  # [n_slots]
        fill_slots(own_copy(self.keys[:n, tokenize.HASH]), self.slots)

    def _grow_arena(self, capacity: int) -> None:
        self.arena = _grown(self.arena, self.arena_used, capacity)

    def absorb(self, other: Scanner) -> NDArray[np.int32]:
        """Add another scanner's tokens and counts; return what its ids are here (int32 [other.n_keys])."""
        n = other.n_keys
        if self.n_keys + n > len(self.keys) - 1:
            self._grow_keys(self.n_keys + n)
        if self.arena_used + other.arena_used + MARGIN > self.arena.size:
            self._grow_arena(self.arena_used + other.arena_used + MARGIN)
        hashes = own_copy(other.keys[:n, tokenize.HASH])  # [n]
        bounds = other.keys[: n + 1, tokenize.START].astype(np.int64)  # [n + 1]
        numbering = np.empty(n, np.int32)  # [n]
        tokens = other.arena, hashes, bounds, other.counts[:n]
        tokenize.merge_tokens(*tokens, self.slots, self.keys, self.arena, self.counts, self._state, numbering)
        return numbering

    def distinct(self, numberings: list[NDArray[np.int32]]) -> DistinctTokens:
        """Return all tokens."""
        bounds = self.keys[: self.n_keys + 1, tokenize.START].astype(np.int64)  # [n + 1]
        counts = self.counts[: self.n_keys]
        return DistinctTokens(self.arena[: self.arena_used], bounds[:-1], np.diff(bounds), counts, numberings)


def _grown(array: _Array, used: int, capacity: int) -> _Array:
    """Return a larger array whose first rows are those in use."""
    grown: _Array = own_memory((capacity, *array.shape[1:]), array.dtype)  # type: ignore[assignment]
    grown[:used] = array[:used]
    return grown


def _interleaved(
    ids: NDArray[np.int32],
    doc_tokens: NDArray[np.int64],
    left: NDArray[np.intp],
    left_ids: NDArray[np.int32],
    left_tokens: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Put the ids of the documents `left` to Python in their places; complete `doc_tokens` in place."""
    is_left = np.zeros(len(doc_tokens), np.bool_)  # [n_docs]
    is_left[left] = True
    doc_tokens[left] = left_tokens
    joined = np.empty(len(ids) + len(left_ids), np.int32)  # [n_tokens]
    of_left = np.repeat(is_left, doc_tokens)  # [n_tokens]
    joined[of_left] = left_ids
    joined[~of_left] = ids
    return joined


def _compile_for(tokenizer: BuiltinTokenizer) -> None:
    """Have all kernels of a scan compiled in this thread, where Ctrl-C interrupts it, by a scanner thrown away."""
    scanner = Scanner(tokenizer)
    scanner.scan(TextBlock.from_documents(["é"]))
    scanner._grow_keys(1)


class ScannerPool:
    """Scanners, one a thread.

    Parameters
    ----------
    tokenizer : BuiltinTokenizer
        What to split by.
    n_threads : int
        How many scanners.
    known, first : KnownTokens, optional
        As `Scanner` takes them.
    counts : bool
        Whether to count how often each token occurs.
    """

    def __init__(
        self,
        tokenizer: BuiltinTokenizer,
        n_threads: int,
        known: KnownTokens | None = None,
        first: KnownTokens | None = None,
        *,
        counts: bool = True,
    ) -> None:
        self._tokenizer = tokenizer
        tokenizer.table(prepared=False)  # made here, not by all threads at once
        self._scanners = MadeWhenUsed(lambda i: Scanner(tokenizer, i, known, first, counts=counts), n_threads)

    def number(
        self, blocks: Iterable[TextBlock], *, reads_here: bool = False
    ) -> Generator[NumberedDocuments, None, None]:
        """Yield the ids of each block, in order; a bounded number of blocks is under way. See `map`."""
        return self.map(lambda numbered: numbered, blocks, reads_here=reads_here)

    def map(
        self,
        function: Callable[[NumberedDocuments], _Result],
        blocks: Iterable[TextBlock],
        *,
        reads_here: bool = False,
    ) -> Generator[_Result, None, None]:
        """Yield `function` of the ids of each block, in order; it runs in the thread that scanned the block.

        The threads also read the blocks, which is faster; with `reads_here` the calling thread does, for documents that
        may be bound to it, as the rows of a database are.
        """
        if len(self._scanners) == 1:
            yield from (function(self._scanners[0].scan(block)) for block in blocks)
            return
        _compile_for(self._tokenizer)
        workers: list[Callable[[TextBlock], _Result]] = [
            partial(_scanned, self._scanners, number, function) for number in range(len(self._scanners))
        ]
        yield from handed_out(blocks, workers) if reads_here else shared_out(iter(blocks), workers)

    def distinct(self) -> DistinctTokens:
        """Join what all threads have met, in the largest one's numbering."""
        scanners = self._scanners.used()
        del self._scanners  # each goes when it has been joined
        largest = max(scanners, key=lambda scanner: scanner.n_keys)
        own = np.arange(largest.n_keys, dtype=np.int32)  # [largest.n_keys]
        numberings = []
        for i, scanner in enumerate(scanners):
            numberings.append(own if scanner is largest else largest.absorb(scanner))
            scanners[i] = largest  # the other is no longer needed
        return largest.distinct(numberings)

    def side_by_side(self) -> DistinctTokens:
        """Return what each thread has met, one after the other: a token that several have met is there several times.

        How often each occurs is not told. There may be 2**31 - 1 in all.
        """
        scanners = self._scanners.used()
        blob = own_memory((sum(scanner.arena_used for scanner in scanners),), np.uint8)  # [n_bytes]
        bounds = own_memory((1 + sum(scanner.n_keys for scanner in scanners),), np.int64)  # [n + 1]
        token = byte = 0
        numberings = []
        for scanner in scanners:
            n, n_bytes = scanner.n_keys, scanner.arena_used
            blob[byte : byte + n_bytes] = scanner.arena[:n_bytes]
            np.add(scanner.keys[:n, tokenize.START], byte, out=bounds[token : token + n], casting="unsafe")
            numberings.append(np.arange(token, token + n, dtype=np.int32))
            token, byte = token + n, byte + n_bytes
        bounds[-1] = byte
        sizes = own_memory((token,), np.int64)  # [n]
        np.subtract(bounds[1:], bounds[:-1], out=sizes)
        return DistinctTokens(blob, bounds[:-1], sizes, np.empty(0, np.int64), numberings)


def _scanned(
    scanners: MadeWhenUsed[Scanner], number: int, function: Callable[[NumberedDocuments], _Result], block: TextBlock
) -> _Result:
    return function(scanners[number].scan(block))
