"""`count_cooccurrences`: how often each word stands near each other word, nearer ones counting more.

The counts are a matrix of words and their contexts, cut into the blocks of `textrep.training.blocks`.

Memory is bounded: a corpus is counted in parts, whose rows wait in temporary files to be added up, and so do the counts
themselves, if there are many. Within a part no pair is ever sorted or looked up; see `textrep.kernels.cooccurrence`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.encoded import EncodedCorpus
from textrep.kernels.cooccurrence import block_entries, count_rows, group_places, join_documents, merge_rows
from textrep.parallel import in_threads, n_threads
from textrep.training.blocks import Cooccurrences, Layout, pair_spool

__all__ = ["count_cooccurrences"]

_ENTRIES_AT_ONCE = 1 << 20  # room for rows that are counted together, unless one row needs more
_BYTES_A_TOKEN = 12  # while a part is counted: its id, its new number, its place
_SMALLEST_PART = 1 << 12  # tokens
_LARGEST_PART = 1 << 30  # tokens: places are int32
_BYTES_A_PAIR = 3 * 8  # under way: its place and its count, which are put together of pieces, and cut
_TILE = 256  # words: the vectors of a tile's rows and columns fit a second-level cache


@dataclass(frozen=True)
class _Rows:
    """The contexts of the words of a block, row after row."""

    columns: NDArray[np.int32]  # [n_entries] new numbers of words
    counts: NDArray[np.float32]  # [n_entries]
    ends: NDArray[np.int64]  # [block_size]


@dataclass(frozen=True)
class _Entries:
    """The same, cut into blocks of columns; as `Cooccurrences.append` takes them."""

    places: NDArray[np.uint16]  # [n_entries, 2]
    counts: NDArray[np.float32]  # [n_entries]
    ends: NDArray[np.int64]  # [n_blocks]


def count_cooccurrences(
    corpus: EncodedCorpus,
    n_words: int,
    window: int = 10,
    *,
    symmetric: bool = True,
    n_jobs: int | None = None,
    memory_limit: int = 1 << 30,
    seed: int = 0,
    on_progress: Callable[[float], None] | None = None,
) -> Cooccurrences:
    """Count which words stand near which; a context at distance ``d`` counts ``1 / d``, as in GloVe [1]_.

    Parameters
    ----------
    corpus : EncodedCorpus
        The documents. Words of one are no contexts of words of another.
    n_words : int
        How many words the vocabulary has.
    window : int
        The greatest distance.
    symmetric : bool
        Whether words to the right are contexts, as those to the left are.
    n_jobs : int, optional
        Threads; the counts do not depend on it.
    memory_limit : int
        Bytes to use, roughly: half of them for counts, which go to temporary files if they need more, a quarter for the
        part of the corpus that is being counted, a quarter for what threads have under way. Each thread also has eight
        bytes for each word.
    seed : int
        Of the order of entries within a block.
    on_progress : callable, optional
        Given the share of the work that is done now and then, from this thread.

    Returns
    -------
    Cooccurrences
        The caller closes it.

    Raises
    ------
    TemporaryFileError
        If a temporary file cannot be written, for example because the disk is full.

    References
    ----------
    .. [1] Pennington, Socher, Manning: GloVe: Global Vectors for Word Representation. EMNLP 2014.
    """
    layout = Layout.of(n_words, corpus.n_tokens * window * (1 + symmetric))
    weights = np.zeros(window + 1)  # [window + 1]
    weights[1:] = 1 / np.arange(1, window + 1)
    threads = n_threads(n_jobs)
    size = min(max(_SMALLEST_PART, memory_limit // 4 // _BYTES_A_TOKEN), _LARGEST_PART)
    n_parts = max(1, -(-corpus.n_tokens // size))
    n_steps = layout.n_blocks * (1 if n_parts == 1 else n_parts + 1)  # all parts, and adding them up
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done / n_steps)

    def room_for(one: _Rows | _Entries) -> int:
        return memory_limit // 4 // max(1, _BYTES_A_PAIR * len(one.counts))

    counted = Cooccurrences(layout, memory_limit // 2)
    runs = _Runs(layout)
    try:
        if n_parts == 1:
            rows = _Part(corpus, 0, corpus.n_tokens, layout, weights, symmetric).rows
        else:
            for start in range(0, corpus.n_tokens, size):
                part = _Part(corpus, start, min(start + size, corpus.n_tokens), layout, weights, symmetric)
                for found in in_threads(part.rows, range(layout.n_blocks), threads, room_for):
                    runs.append(found)
                    advance()
            rows = runs.merged

        def cut(block: int) -> _Entries:
            return _cut(rows(block), layout, np.random.SeedSequence([seed, block]))

        for entries in in_threads(cut, range(layout.n_blocks), threads, room_for):
            counted.append(entries.places, entries.counts, entries.ends)
            advance()
    except BaseException:  # Ctrl-C too
        counted.close()
        raise
    finally:
        runs.close()
    return counted


class _Part:
    """A stretch of the corpus, prepared to count the contexts of its words."""

    def __init__(
        self,
        corpus: EncodedCorpus,
        start: int,
        stop: int,
        layout: Layout,
        weights: NDArray[np.float64],
        symmetric: bool,
    ) -> None:
        window = len(weights) - 1
        left, right = max(0, start - window), min(corpus.n_tokens, stop + window)
        ids, boundaries = corpus.span(left, right)
        self._layout, self._weights, self._symmetric = layout, weights, symmetric
        self._tokens = np.empty(len(ids) + len(boundaries) + 2, np.int32)
        join_documents(ids, boundaries, layout.numbers(), self._tokens)
        # Where tokens start..stop-1 are among the separators, of which one is in front and one at each boundary.
        first = 1 + start - left + int(np.searchsorted(boundaries, start - left, side="right"))
        last = 1 + stop - left + int(np.searchsorted(boundaries, stop - left, side="left"))
        self._offsets = np.zeros(layout.n_numbers + 1, np.int64)
        self._places = np.empty(last - first, np.int32)
        group_places(self._tokens, first, last, self._offsets, self._places)

    def rows(self, block: int) -> _Rows:
        """Count the contexts of the words of a block."""
        first = block * self._layout.block_size
        last = first + self._layout.block_size
        most = np.diff(self._offsets[first : last + 1]) * (len(self._weights) - 1) * (1 + self._symmetric)
        totals = np.zeros(self._layout.n_numbers)

        def counted(begin: int, end: int, columns: Any, counts: Any, ends: Any) -> int:
            return count_rows(  # type: ignore[no-any-return]
                self._tokens,
                self._places,
                self._offsets,
                first + begin,
                first + end,
                self._weights,
                self._symmetric,
                totals,
                columns,
                counts,
                ends,
            )

        return _filled(np.minimum(most, self._layout.n_numbers), counted)


class _Runs:
    """The rows of parts of the corpus, part after part, in temporary files."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._columns, self._counts = pair_spool(np.int32), pair_spool(np.float32)
        self._lengths = pair_spool(np.int32)  # of all rows
        self._starts = [0]  # of each block of each part

    def append(self, rows: _Rows) -> None:
        """Add the rows of the next block of words; after the last one comes the first of the next part."""
        for spool, items in (
            (self._columns, rows.columns),
            (self._counts, rows.counts),
            (self._lengths, np.diff(rows.ends, prepend=0)),
        ):
            spool.spill()
            spool.append(items)
        self._starts.append(len(self._counts))

    def merged(self, block: int) -> _Rows:
        """Return the sums of a block of words over all parts."""
        n_blocks, size = self._layout.n_blocks, self._layout.block_size
        blocks = range(block, len(self._starts) - 1, n_blocks)  # of all parts
        places = [(self._starts[b], self._starts[b + 1]) for b in blocks]
        columns = np.concatenate([self._columns.read(*place) for place in places])
        counts = np.concatenate([self._counts.read(*place) for place in places])
        starts = np.zeros((len(places), size + 1), np.int64)
        starts[:, 1:] = np.cumsum([self._lengths.read(b * size, (b + 1) * size) for b in blocks], axis=1)
        starts += np.cumsum([0, *(end - begin for begin, end in places[:-1])])[:, None]
        totals = np.zeros(self._layout.n_numbers)

        def merged(begin: int, end: int, *out: Any) -> int:
            return merge_rows(np.ascontiguousarray(starts[:, begin : end + 1]), columns, counts, totals, *out)  # type: ignore[no-any-return]

        return _filled(np.minimum(np.diff(starts).sum(axis=0), self._layout.n_numbers), merged)

    def close(self) -> None:
        """Delete the files."""
        for spool in (self._columns, self._counts, self._lengths):
            spool.close()


def _filled(most: NDArray[np.int64], fill: Callable[..., int]) -> _Rows:
    """Return rows that a kernel counts, some at a time; `most` is how many entries each may have (int64 [n_rows])."""
    pieces, ends, n_entries = [], np.zeros(len(most), np.int64), 0
    for begin, end in _ranges(most):
        room = int(most[begin:end].sum())
        columns, counts = np.empty(room, np.int32), np.empty(room, np.float32)
        n = fill(begin, end, columns, counts, ends[begin:end])
        ends[begin:end] += n_entries
        n_entries += n
        pieces.append((columns[:n].copy(), counts[:n].copy()))
    return _Rows(np.concatenate([c for c, _ in pieces]), np.concatenate([c for _, c in pieces]), ends)


def _ranges(most: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield stretches of rows that have at most `_ENTRIES_AT_ONCE` entries, or are one row."""
    totals = np.cumsum(most)
    begin = 0
    while begin < len(most):
        before = totals[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(totals, before + _ENTRIES_AT_ONCE, side="right")))
        yield begin, end
        begin = end


def _cut(rows: _Rows, layout: Layout, seed: np.random.SeedSequence) -> _Entries:
    """Cut the rows of a block of words into blocks."""
    tiles = -(-layout.block_size // _TILE)
    bounds = np.zeros(layout.n_blocks * tiles * tiles + 1, np.int64)
    places = np.empty((len(rows.columns), 2), np.uint16)
    counts = np.empty(len(rows.columns), np.float32)
    state = seed.generate_state(1, np.uint64)[0] | np.uint64(1)
    block_entries(rows.columns, rows.counts, rows.ends, layout.block_size, _TILE, state, bounds, places, counts)
    return _Entries(places, counts, bounds[tiles * tiles - 1 : -1 : tiles * tiles])
