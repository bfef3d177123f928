"""`Cooccurrences`: counts of pairs of words, cut into blocks of rows and columns.

Each block of words has frequent and rare ones alike, so that all blocks are about as full, and blocks that share
neither rows nor columns can be trained on at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.spool import Spool

__all__ = ["Cooccurrences", "Layout", "pair_spool"]

_LARGEST_BLOCK = 1 << 16  # words: their numbers within a block are uint16
_SMALLEST_BLOCK = 64
_MANY_BLOCKS = 32  # to each side: enough for threads to share the work evenly
_MOST_BLOCKS = 256
_CONTEXTS_A_ROW_OF_BLOCKS = 1 << 22  # at most, unless there are `_MOST_BLOCKS`


@dataclass(frozen=True)
class Layout:
    """Which block each word is in: words are dealt out by frequency, one to each block in turn."""

    n_words: int
    n_blocks: int

    @classmethod
    def of(cls, n_words: int, n_contexts: int) -> Layout:
        """Choose the number of blocks for a vocabulary, and a corpus with so many contexts at most."""
        wanted = max(
            min(_MANY_BLOCKS, n_words // _SMALLEST_BLOCK),
            min(_MOST_BLOCKS, n_contexts // _CONTEXTS_A_ROW_OF_BLOCKS, n_words // _SMALLEST_BLOCK),
            -(-n_words // _LARGEST_BLOCK),
        )
        return cls(n_words, max(1, wanted))

    @property
    def block_size(self) -> int:
        """Words in a block; a few blocks have one less."""
        return -(-self.n_words // self.n_blocks)

    @property
    def n_numbers(self) -> int:
        """New numbers there are; a few are of no word."""
        return self.block_size * self.n_blocks

    def numbers(self) -> NDArray[np.int32]:
        """Return the new number of each word: int32 [n_words]. Words of a block are neighbours, frequent ones first."""
        words = np.arange(self.n_words)
        numbers: NDArray[np.int32] = (words % self.n_blocks * self.block_size + words // self.n_blocks).astype(np.int32)
        return numbers


class Cooccurrences:
    """The counts of `count_cooccurrences`; in memory, or in a temporary file that nobody else sees.

    Attributes
    ----------
    n_blocks : int
        How many blocks there are to each side.
    block_size : int
        Words in a block, at most.
    numbers : ndarray of int32, shape (n_words,)
        The new number of each word: ``block * block_size + place``.
    n_pairs : int
        How many pairs of a word and a context have a count.
    """

    def __init__(self, layout: Layout, memory_limit: int) -> None:
        self.n_blocks = layout.n_blocks
        self.block_size = layout.block_size
        self.numbers = layout.numbers()
        self._places, self._counts = pair_spool(np.uint32), pair_spool(np.float32)
        self._memory_limit = memory_limit
        self._starts = [np.zeros(1, np.int64)]  # of all blocks, row after row

    @property
    def n_pairs(self) -> int:
        """How many pairs of a word and a context have a count."""
        return len(self._counts)

    @property
    def in_file(self) -> bool:
        """Whether they lie in a temporary file."""
        return self._counts.in_file

    def append(self, places: NDArray[np.uint16], counts: NDArray[np.float32], ends: NDArray[np.int64]) -> None:
        """Add the blocks of the next block of words.

        Parameters
        ----------
        places : ndarray of uint16, shape (n_entries, 2)
            Row and column of each entry, counted within their blocks.
        counts : ndarray of float32, shape (n_entries,)
            The counts.
        ends : ndarray of int64, shape (n_blocks,)
            Where each block ends in them.
        """
        if not self.in_file and 8 * (self.n_pairs + len(counts)) > self._memory_limit:
            self._places.spill()
            self._counts.spill()
        self._starts.append(self.n_pairs + ends)
        self._places.append(places.view(np.uint32)[:, 0])
        self._counts.append(counts)

    def block(self, row: int, column: int) -> tuple[NDArray[np.uint16], NDArray[np.float32]]:
        """Return places (uint16 [n, 2]) and counts (float32 [n]) of a block, in the order to train them in."""
        starts = self._starts[row + 1]
        begin = int(starts[column - 1]) if column else int(self._starts[row][-1])
        places = self._places.read(begin, int(starts[column]))
        return places.view(np.uint16).reshape(-1, 2), self._counts.read(begin, int(starts[column]))

    def close(self) -> None:
        """Free the memory, or delete the temporary files."""
        self._places.close()
        self._counts.close()

    def __enter__(self) -> Cooccurrences:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def pair_spool(dtype: type[Any]) -> Spool:
    """Return an empty array of something that there is one of for each pair."""
    return Spool(dtype, "counts of pairs", "eight bytes for each pair of words that stand near each other")
