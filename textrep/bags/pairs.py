"""`PairTable`: the n-grams of one length, each numbered when it is first met; see `textrep.kernels.ngrams`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.ngrams import fill_pair_slots, number_ngrams
from textrep.keytable import n_slots_for
from textrep.memory import own_memory

__all__ = ["PairTable"]

_FIRST_PAIRS = 1 << 12
_MOST = (1 << 30) - 1  # numbers are int32, and tables grow to twice their size


class PairTable:
    """Numbers n-grams of a length of two or more by what they consist of.

    Parameters
    ----------
    length : int
        Units in each.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._n = 0
        self._pairs = np.empty(_FIRST_PAIRS, np.uint64)  # [capacity]
        self._slots = np.full(n_slots_for(_FIRST_PAIRS), -1, np.int32)  # [n_slots]

    @property
    def pairs(self) -> NDArray[np.uint64]:
        """All n-grams (uint64 [n]): the number of the n-gram that is one shorter in the high half, then the unit's."""
        return self._pairs[: self._n]

    def number(
        self,
        units: NDArray[np.int32],
        shorter: NDArray[np.int32],
        ends: NDArray[np.int64],
        numbers: NDArray[np.int32],
        *,
        frozen: bool,
    ) -> None:
        """Find the number of the n-gram that begins at each unit.

        Parameters
        ----------
        units : ndarray of int32, shape (n_units,)
            The units of some documents; below 0 where one is unknown.
        shorter : ndarray of int32, shape (n_units,)
            The number of the n-gram that begins there and is one shorter.
        ends : ndarray of int64, shape (n_documents,)
            Where each document ends.
        numbers : ndarray of int32, shape (n_units,)
            Where the numbers are written, -1 where there is none.
        frozen : bool
            Whether n-grams that are not in the table are left out; otherwise they are added.
        """
        state = np.array([0, 0, self._n], np.int64)
        while not number_ngrams(units, shorter, ends, self._length, frozen, self._slots, self._pairs, state, numbers):
            self._grow(2 * self._pairs.size)
        self._n = int(state[2])

    def end(self) -> None:
        """Free the index: no more n-grams will be numbered."""
        self._pairs = self.pairs.copy()
        self._slots = np.empty(0, np.int32)

    def _grow(self, capacity: int) -> None:
        n = self._pairs.size  # it is full
        if n > _MOST:
            raise OverflowError(f"more than {_MOST:,} different n-grams; lower ngram_range, or take fewer documents")
        pairs = own_memory((capacity,), np.uint64)  # [capacity]
        pairs[:n] = self._pairs
        self._pairs = pairs
        self._slots = own_memory((n_slots_for(capacity),), np.int32)  # [n_slots]
        fill_pair_slots(self._pairs, n, self._slots)
