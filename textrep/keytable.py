"""`KeyTable`: distinct strings in three arrays, with a hash index, so that opening a file of keys builds no dict.

Key ``i`` is ``blob[offsets[i]:offsets[i + 1]]`` in UTF-8. `slots` holds key numbers: a key with FNV-1a 64 hash ``h``
stands at ``(h ^ (h >> 32)) & (len(slots) - 1)`` or, where that is taken, in the next free slot; -1 is a free one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError
from textrep.layout import AGAIN
from textrep.shown import shown

__all__ = ["KeyTable", "encode_strings", "n_slots_for", "read_only", "why_not_utf8"]

_FNV_OFFSET = 14695981039346656037
_FNV_PRIME = 1099511628211
_MASK = (1 << 64) - 1
_FEW = 2000  # keys that plain Python hashes before Numba has been imported
_PIECE = 1 << 16  # keys decoded at a time


class KeyTable(Sequence[str]):
    """An immutable sequence of distinct strings that finds the number of a string without a dict.

    The arrays may be memory-mapped: nothing in them is read before it is asked for.

    Parameters
    ----------
    blob : ndarray of uint8, shape (n_bytes,)
        The keys in UTF-8, end to end.
    offsets : ndarray of int64, shape (n + 1,)
        Where each key begins and ends in `blob`.
    slots : ndarray of int32, shape (a power of two, at least 8 and at least 2 n,)
        The hash index.
    source : str
        The file that the keys lie in and where, for messages: ``"a.textrep, byte 1,234"``. Empty if they lie in none.

    Raises
    ------
    FormatError
        If the shapes or types do not fit together.
    """

    def __init__(
        self, blob: NDArray[np.uint8], offsets: NDArray[np.int64], slots: NDArray[np.int32], source: str = ""
    ) -> None:
        for name, array, dtype in (("blob", blob, "u1"), ("offsets", offsets, "i8"), ("slots", slots, "i4")):
            if array.ndim != 1 or array.dtype != np.dtype(dtype):
                raise FormatError(
                    f"keys: {name} is {array.dtype} of shape {array.shape}, not one-dimensional {np.dtype(dtype)}"
                )
        if not len(offsets):
            raise FormatError("keys: offsets is empty; it must hold at least one 0")
        n, n_slots = len(offsets) - 1, len(slots)
        if n_slots < n_slots_for(n) or n_slots & (n_slots - 1):
            raise FormatError(
                f"keys: an index of {n_slots} slots does not fit {n} keys; "
                f"it must be a power of two of at least {n_slots_for(n)}"
            )
        self.blob = blob
        self.offsets = offsets
        self.slots = slots
        self.source = source

    @classmethod
    def from_strings(cls, strings: Iterable[str]) -> KeyTable:
        """Make a table of these strings, numbered in their order.

        Raises
        ------
        ValueError
            If a string occurs twice or holds a lone surrogate, which UTF-8 cannot express.
        """
        keys = list(strings)
        if len(set(keys)) != len(keys):
            raise ValueError(f"{_first_duplicate(keys)}; keys must be distinct")
        blob, offsets = encode_strings(keys)
        return cls.from_arrays(blob, offsets)

    @classmethod
    def from_arrays(cls, blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> KeyTable:
        """Make a table of keys that are known to be distinct, which is not checked; `from_strings` checks it."""
        n = len(offsets) - 1
        if n < _FEW:
            return cls(blob, offsets, _slots_of_few(blob, offsets))
        from textrep.kernels.hashing import fill_slots, hash_keys

        hashes = np.empty(n, np.uint64)  # [n]
        hash_keys(read_only(blob), read_only(offsets), hashes)
        slots = np.empty(n_slots_for(n), np.int32)  # [n_slots]
        fill_slots(hashes, slots)
        return cls(blob, offsets, slots)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            first, last, step = index.indices(len(self))
            if step == 1:
                return self._decoded(first, last)
            return [self[i] for i in range(first, last, step)]
        try:
            i = operator.index(index)
        except TypeError:
            raise TypeError(f"expected the number of a key, not {shown(index)}") from None
        if i < 0:
            i += len(self)
        if not 0 <= i < len(self):
            raise IndexError(f"key {index} of a table of {len(self)} keys")
        try:
            return self.blob[int(self.offsets[i]) : int(self.offsets[i + 1])].tobytes().decode()
        except UnicodeDecodeError as error:
            raise self._not_utf8(f"key {i:,}", error) from None

    def __iter__(self) -> Iterator[str]:
        for first in range(0, len(self), _PIECE):
            yield from self._decoded(first, min(first + _PIECE, len(self)))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.find(key) >= 0

    def __repr__(self) -> str:
        return f"KeyTable({len(self)} keys)"

    def find(self, key: str) -> int:
        """Return the number of a key, -1 if it is absent."""
        try:
            wanted = key.encode()
        except UnicodeEncodeError:  # a lone surrogate: no key holds one
            return -1
        except AttributeError:
            raise TypeError(f"expected a str, not {shown(key)}") from None
        slots, offsets, mask = self.slots, self.offsets, len(self.slots) - 1
        at = _slot_of(wanted, mask)
        for _ in range(len(slots)):  # bounded: a damaged index may hold no free slot
            i = int(slots[at])
            if i < 0:
                return -1
            if i >= len(self):
                break
            start, end = int(offsets[i]), int(offsets[i + 1])
            if end - start == len(wanted) and self.blob[start:end].tobytes() == wanted:
                return i
            at = (at + 1) & mask
        raise self._error(f"the index of {len(self)} keys is damaged; write the file again")

    def find_many(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """Return the numbers of many keys (int64 [len(keys)]), -1 where one is absent."""
        if len(keys) < _FEW:
            return np.fromiter(map(self.find, keys), np.int64, len(keys))
        from textrep.kernels.hashing import find_keys

        # A lone surrogate is in no key; nor is its encoding here, which is not valid UTF-8.
        blob, offsets = encode_strings(keys, "surrogatepass")
        found = np.empty(len(keys), np.int64)  # [len(keys)]
        table = read_only(self.blob), read_only(self.offsets), read_only(self.slots)
        find_keys(*table, read_only(blob), read_only(offsets), found)
        return found

    def to_list(self) -> list[str]:
        """Return all keys in order."""
        return list(self)

    def check_offsets(self) -> None:
        """Raise FormatError unless every key lies within the bytes, as kernels trust; in a file it is unknown."""
        offsets = self.offsets
        if offsets[0] < 0 or offsets[-1] > len(self.blob) or np.any(offsets[1:] < offsets[:-1]):
            raise self._error("the offsets of the keys do not ascend: the file was altered")

    def check_utf8(self) -> None:
        """Raise FormatError unless every key is whole characters of UTF-8; of keys that lie in a file it is unknown."""
        if reason := why_not_utf8(self.blob, self.offsets):
            raise self._error(f"{reason}: the file was altered")

    def _decoded(self, first: int, last: int) -> list[str]:
        if first >= last:
            return []
        ends = self.offsets[first : last + 1].tolist()
        data = self.blob[ends[0] : ends[-1]].tobytes()
        start = ends[0]
        try:
            return [data[a - start : b - start].decode() for a, b in pairwise(ends)]
        except UnicodeDecodeError as error:
            raise self._not_utf8(f"one of the keys {first:,} to {last - 1:,}", error) from None

    def _not_utf8(self, what: str, error: UnicodeDecodeError) -> FormatError:
        return self._error(f"{what} is not valid UTF-8 ({error.reason}): the file it comes from was altered")

    def _error(self, reason: str) -> FormatError:
        return FormatError(f"{self.source}: {reason}; {AGAIN}" if self.source else reason)


def why_not_utf8(blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> str | None:
    """Say why strings, end to end, are not whole characters of UTF-8; None if they are."""
    if blob.max(initial=0) < 0x80:
        return None
    try:
        blob.tobytes().decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start:,} of the strings is not valid UTF-8 ({error.reason})"
    begins = offsets[:-1][offsets[:-1] < blob.size]
    cut = begins[blob[begins] & 0xC0 == 0x80]
    return f"byte {cut[0]:,} of the strings, where one begins, is in the middle of a character" if cut.size else None


def n_slots_for(n_keys: int) -> int:
    """Return the smallest power of two that is at least 8 and at least twice the number of keys."""
    return max(8, 1 << (2 * n_keys - 1).bit_length()) if n_keys else 8


def encode_strings(strings: Sequence[str], errors: str = "strict") -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return strings as UTF-8 bytes end to end (uint8) and where each begins and ends (int64 [n + 1])."""
    try:
        encoded = [string.encode(errors=errors) for string in strings]
    except UnicodeEncodeError as error:
        raise ValueError(f"{error.object!r} holds a lone surrogate, which UTF-8 cannot express") from None
    offsets = np.zeros(len(encoded) + 1, np.int64)  # [n + 1]
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), offsets


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a plain read-only view in C order: the one kind of input that kernels are compiled for."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


def _slot_of(key: bytes, mask: int) -> int:
    h = _FNV_OFFSET
    for byte in key:
        h = ((h ^ byte) * _FNV_PRIME) & _MASK
    return (h ^ (h >> 32)) & mask


def _slots_of_few(blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    ends = offsets.tolist()
    data = blob.tobytes()
    slots = [-1] * n_slots_for(len(ends) - 1)
    mask = len(slots) - 1
    for i in range(len(ends) - 1):
        at = _slot_of(data[ends[i] : ends[i + 1]], mask)
        while slots[at] >= 0:
            at = (at + 1) & mask
        slots[at] = i
    return np.array(slots, np.int32)  # [n_slots]


def _first_duplicate(keys: list[str]) -> str:
    first: dict[str, int] = {}
    for i, key in enumerate(keys):
        if key in first:
            return f"key {i} repeats key {first[key]}, {key!r}"
        first[key] = i
    raise AssertionError("no duplicate")  # pragma: no cover
