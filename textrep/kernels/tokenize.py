"""UTF-8 bytes to token ids: one scan that decodes, lower-cases, splits, hashes and looks up.

What a tokenizer does stands in its `table`, one int32 a code point: the code point to write in its place (its
lower-case form, or itself), plus the flags below. A growing set of tokens is four arrays: `slots` (int32, hash index
with linear probing, -1 is empty), `keys` (uint64 [capacity + 1, 2], the columns below), `arena` (uint8, the tokens'
UTF-8 bytes end to end, and a margin), `counts` (int64 [capacity], how often each was met; empty if that is not
counted). A kernel cannot grow an array, so a scan that runs out of room stops before the token it cannot store, says
so, and goes on from there when it is called again.
"""

from __future__ import annotations

import numpy as np
from numba import int64, uint64

from textrep.kernels.eights import MARGIN, load_eight, load_four, store_eight, store_four
from textrep.kernels.jit import inlined, kernel, leaf
from textrep.kernels.utf8 import encode

__all__ = ["gather_keys", "hash_tokens", "merge_tokens", "remap_ids", "scan_block"]

# Flags of a code point in a table. A value below the first flag is a character of a token and nothing else.
CODE_POINT = (1 << 21) - 1
SEPARATOR = 1 << 21  # ends a token and is part of none
COMBINING = 1 << 22  # two in a row may have to be reordered: the document is left to Python
UNSAFE = 1 << 23  # what becomes of it depends on its neighbours: the document is left to Python

# Columns of `keys`. A token ends where the next one starts; behind the last one stands where the next would start.
HASH, START = 0, 1

# Where a scan stands: the fields of `state` (int64 [8]).
DOC, POSITION, AFTER_COMBINING, NEXT, N_READ, N_IDS, N_KEYS, ARENA_USED = range(8)
STATE_SIZE = 8

# A token that is not among the keys is added to them; left out; or given the id -1. Only LEARN counts.
LEARN, DROP, MARK = 0, 1, 2

DONE, FULL = 0, 1  # what a scan returns
_ODD = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio
_WHOLE = 8  # tokens of no more bytes are the same if their sizes and their hashes are: see `_hash_tokens`
LEFT_TO_PYTHON = -1  # in `doc_tokens`: the document was not tokenised
BATCH = 1024  # tokens read before they are looked up: look-ups in a row overlap their waits for memory
_IN_CACHE = 1 << 19  # slots; of more, the next ones wanted are fetched first
BATCH_BYTES = 1 << 14  # of tokens: a batch with more of them takes no further token


@kernel
def scan_block(
    data: np.ndarray,  # uint8, padded
    starts: np.ndarray,  # int64 [n_docs]
    ends: np.ndarray,  # int64 [n_docs]
    table: np.ndarray,  # int32 [0x110000]
    single: bool,  # every character is a token of its own
    min_chars: int,
    mode: int,  # LEARN, DROP or MARK: what becomes of tokens that are not among the keys
    slots: np.ndarray,
    keys: np.ndarray,
    arena: np.ndarray,
    counts: np.ndarray,
    text: np.ndarray,  # uint8, longer than BATCH_BYTES and twice the longest document: the tokens of a batch
    hashes: np.ndarray,  # uint64 [BATCH]: their hashes
    bounds: np.ndarray,  # int64 [BATCH + 1], where each begins and ends in `text`
    ids: np.ndarray,  # int32, as long as all documents: the ids found
    doc_tokens: np.ndarray,  # int64 [n_docs]: the number of ids of each document; 0 at first
    state: np.ndarray,
) -> int:
    """Tokenise documents from `state` on; return DONE, or FULL where a token found no room."""
    doc, position, combining = state[DOC], state[POSITION], state[AFTER_COMBINING] != 0
    next_token, n_read = state[NEXT], state[N_READ]
    n_ids, n_keys, arena_used = state[N_IDS], state[N_KEYS], state[ARENA_USED]
    status = DONE
    while status == DONE and (next_token < n_read or doc < starts.shape[0]):
        if next_token == n_read:
            doc, position, combining, n_read, n_undone = _read_tokens(
                data, starts, ends, doc, position, combining, table, single, min_chars, text, bounds, doc_tokens
            )
            _hash_tokens(text, bounds, n_read, hashes)
            next_token = 0
            if mode == LEARN and counts.shape[0] > 0:
                for i in range(n_ids - n_undone, n_ids):
                    counts[ids[i]] -= 1
            n_ids -= n_undone
        how = text, hashes, bounds, next_token, n_read
        if mode == LEARN:  # a constant to each of the two, so that the compiler makes two loops
            next_token, n_ids, n_keys, arena_used = _look_up(
                *how, True, slots, keys, arena, counts, n_keys, arena_used, ids, n_ids
            )
        else:
            next_token, n_ids, _, _ = _look_up(*how, False, slots, keys, arena, counts, n_keys, arena_used, ids, n_ids)
        if next_token < n_read:
            status = FULL
    if status == DONE and mode == DROP:
        n_ids = _drop_unknown(ids, doc_tokens)
    state[DOC], state[POSITION], state[AFTER_COMBINING] = doc, position, 1 if combining else 0
    state[NEXT], state[N_READ] = next_token, n_read
    state[N_IDS], state[N_KEYS], state[ARENA_USED] = n_ids, n_keys, arena_used
    return status


@leaf
def _read_tokens(  # type: ignore[no-untyped-def]
    data, starts, ends, doc, position, combining, table, single, min_chars, text, bounds, doc_tokens
):
    """Read a batch of tokens, of as many documents as it takes: write their bytes and bounds.

    Returns the document and position where it stopped, whether after a combining character, the number of tokens, and
    how many of the batches before are to be forgotten, because their document turned out to hold something unsafe.

    The loop over characters is written out: handing an array to a function costs Numba two atomic operations,
    which is nothing for a batch but more than all other work for a token.
    """
    n_read = 0
    size = 0  # of all tokens read
    n_undone = 0
    most = bounds.shape[0] - 1
    while doc < starts.shape[0] and n_read < most and size < BATCH_BYTES:
        end = ends[doc]
        doc_first, doc_first_byte = n_read, size
        is_unsafe = False
        while position < end and n_read < most and size < BATCH_BYTES:
            first = size
            n_chars = 0
            while position < end:
                raw = load_four(data, position)
                if raw & 0x80:
                    c, width = _decode(raw)
                else:
                    c, width = raw & 0x7F, 1
                position += width
                value = int64(table[c])
                if value > CODE_POINT:
                    after_combining = combining
                    combining = (value & COMBINING) != 0
                    is_unsafe = (value & UNSAFE) != 0 or (combining and after_combining)
                    if is_unsafe or (value & SEPARATOR) != 0:
                        break
                    value &= CODE_POINT
                else:
                    combining = False
                n_chars += 1
                if value != c:
                    raw, width = encode(value)
                store_four(text, size, raw)
                size += width
                if single:
                    break
            if is_unsafe:
                break
            if n_chars >= min_chars:  # min_chars is at least 1: what stands between two separators is no token
                n_read += 1
                bounds[n_read] = size
            else:
                size = first
        if is_unsafe:
            n_undone += doc_tokens[doc]
            n_read, size = doc_first, doc_first_byte
            doc_tokens[doc] = LEFT_TO_PYTHON
        else:
            doc_tokens[doc] += n_read - doc_first
            if position < end:
                break
        doc += 1
        combining = False
        position = starts[doc] if doc < starts.shape[0] else 0
    return doc, position, combining, n_read, n_undone


@leaf
def _hash_tokens(text, bounds, n, hashes):  # type: ignore[no-untyped-def]
    """Hash tokens: those of eight bytes or fewer, and of the same size, differ if and only if their hashes do."""
    for i in range(n):
        first, size = bounds[i], bounds[i + 1] - bounds[i]
        if size == 0:
            hashes[i] = 0
            continue
        h = uint64(size) * uint64(_ODD)
        j = 0
        while j + 8 < size:
            h = (h ^ load_eight(text, first + j)) * uint64(_ODD)
            h ^= h >> uint64(32)
            j += 8
        left = uint64(8 * (8 - (size - j)))
        h = (h ^ (load_eight(text, first + j) << left >> left)) * uint64(_ODD)  # every step can be undone
        h ^= h >> uint64(32)
        h *= uint64(_ODD)
        hashes[i] = h ^ (h >> uint64(29))


@leaf
def _drop_unknown(ids, doc_tokens):  # type: ignore[no-untyped-def]
    """Take ids below 0 out; return how many are left."""
    read = n_ids = 0
    for doc in range(doc_tokens.shape[0]):
        first = n_ids
        for i in range(read, read + max(doc_tokens[doc], 0)):
            if ids[i] >= 0:
                ids[n_ids] = ids[i]
                n_ids += 1
        if doc_tokens[doc] >= 0:
            read += doc_tokens[doc]
            doc_tokens[doc] = n_ids - first
    return n_ids


@leaf
def _look_up(  # type: ignore[no-untyped-def]
    text, hashes, bounds, next_token, n_read, learns, slots, keys, arena, counts, n_keys, arena_used, ids, n_ids
):
    """Write the ids of tokens ``next_token..n_read-1`` of a batch, -1 for those that are not to be learned; stop before
    one that finds no room.

    Returns the token it stopped at, and the numbers of ids, of keys and of bytes in the arena.
    """
    mask = uint64(slots.shape[0] - 1)
    if slots.shape[0] > _IN_CACHE:
        for i in range(next_token, n_read):  # what this writes is not used: slots are fetched, many at a time
            h = hashes[i]
            ids[n_ids + i - next_token] = slots[(h ^ (h >> uint64(32))) & mask]
    for i in range(next_token, n_read):
        h, first = hashes[i], bounds[i]
        size = bounds[i + 1] - first
        s = (h ^ (h >> uint64(32))) & mask
        v = int64(slots[s])
        while v >= 0:
            start = int64(keys[v, START])
            if keys[v, HASH] == h and int64(keys[v + 1, START]) - start == size:
                if size <= _WHOLE:
                    break
                j = 0
                while j + 8 < size and load_eight(arena, start + j) == load_eight(text, first + j):
                    j += 8
                if j + 8 >= size and load_eight(arena, start + size - 8) == load_eight(text, first + size - 8):
                    break
            s = (s + uint64(1)) & mask
            v = int64(slots[s])
        if v < 0:
            if not learns:
                ids[n_ids] = -1
                n_ids += 1
                continue
            if n_keys == keys.shape[0] - 1 or arena_used + size + MARGIN > arena.shape[0]:
                return i, n_ids, n_keys, arena_used
            v = n_keys
            slots[s] = v
            keys[v, HASH] = h
            keys[v, START] = uint64(arena_used)
            for j in range(size):
                arena[arena_used + j] = text[first + j]
            n_keys += 1
            arena_used += size
            keys[n_keys, START] = uint64(arena_used)
            if counts.shape[0] > 0:
                counts[v] = 0
        if learns and counts.shape[0] > 0:
            counts[v] += 1
        ids[n_ids] = v
        n_ids += 1
    return n_read, n_ids, n_keys, arena_used


@kernel
def hash_tokens(blob: np.ndarray, bounds: np.ndarray, hashes: np.ndarray) -> None:
    """Write the hash of each string ``blob[bounds[i]:bounds[i + 1]]``; behind the last one is a margin."""
    _hash_tokens(blob, bounds, hashes.shape[0], hashes)


@kernel
def merge_tokens(
    blob: np.ndarray,  # uint8, the tokens to add, end to end, and a margin
    hashes: np.ndarray,  # uint64 [n]
    bounds: np.ndarray,  # int64 [n + 1], where each begins and ends in `blob`
    times: np.ndarray,  # int64 [n], how often each was met; empty if that is not counted
    slots: np.ndarray,
    keys: np.ndarray,
    arena: np.ndarray,
    counts: np.ndarray,
    state: np.ndarray,
    numbering: np.ndarray,  # int32 [n]: what becomes of the tokens' numbers
) -> None:
    """Add tokens with their counts to a set that has room for them all."""
    n = hashes.shape[0]
    zero = int64(0)  # plain 0 is a type of its own to Numba: it would compile the look-up again
    _, _, state[N_KEYS], state[ARENA_USED] = _look_up(
        blob, hashes, bounds, zero, n, True,
        slots, keys, arena, counts, state[N_KEYS], state[ARENA_USED], numbering, zero,
    )  # fmt: skip
    for i in range(times.shape[0]):
        counts[numbering[i]] += times[i] - 1  # the look-up has counted 1


@kernel
def gather_keys(
    blob: np.ndarray,
    starts: np.ndarray,  # int64 [n_keys]
    order: np.ndarray,  # int64 [n]: which keys
    offsets: np.ndarray,  # int64 [n + 1]: where each goes, and ends
    gathered: np.ndarray,
) -> None:
    """Write the keys that begin at ``blob[starts[i]]`` in the given order, and nothing outside of where they go."""
    end = offsets[order.shape[0]]
    for batch in range(0, order.shape[0], BATCH):
        last = min(batch + BATCH, order.shape[0])
        for i in range(batch, last):  # the first bytes by themselves, so that the waits for them overlap
            if offsets[i] < offsets[i + 1]:
                gathered[offsets[i]] = blob[starts[order[i]]]
        for i in range(batch, last):
            start, to = starts[order[i]], offsets[i]
            n = int64(0)
            if start + 16 <= blob.shape[0] and to + 16 <= end:  # what is too much, the following keys overwrite
                store_eight(gathered, to, load_eight(blob, start))
                store_eight(gathered, to + 8, load_eight(blob, start + 8))
                n = int64(16)
            for j in range(n, offsets[i + 1] - to):
                gathered[to + j] = blob[start + j]


@kernel
def remap_ids(ids: np.ndarray, doc_tokens: np.ndarray, mapping: np.ndarray) -> int:
    """Replace ids by ``mapping[id]``, dropping those below 0, in place; return how many are left."""
    n_read = 0
    n_kept = 0
    for doc in range(doc_tokens.shape[0]):
        doc_first = n_kept
        for i in range(n_read, n_read + doc_tokens[doc]):
            v = mapping[ids[i]]
            if v >= 0:
                ids[n_kept] = v
                n_kept += 1
        n_read += doc_tokens[doc]
        doc_tokens[doc] = n_kept - doc_first
    return n_kept


@inlined
def _decode(raw):  # type: ignore[no-untyped-def]
    """Return the code point that begins with these bytes (it is not ASCII), and its number of bytes."""
    b, c, d = (raw >> 8) & 0x3F, (raw >> 16) & 0x3F, (raw >> 24) & 0x3F
    if raw & 0x20 == 0:
        return ((raw & 0x1F) << 6) | b, 2
    if raw & 0x10 == 0:
        return ((raw & 0x0F) << 12) | (b << 6) | c, 3
    return ((raw & 0x07) << 18) | (b << 12) | (c << 6) | d, 4
