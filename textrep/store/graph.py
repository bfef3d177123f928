"""The bytes of an index, looked through before usearch follows them: a forged graph would end the process.

usearch [1]_ writes, little-endian and unaligned::

    rows, columns        uint32, and after them the vectors: rows * columns bytes
    a head of 64 bytes   "usearch", versions, four kinds, how many vectors, how many removed, dimensions, ...
    five numbers         uint64: nodes, connectivity, connectivity at the bottom, highest level, where searches begin
    levels               int16, one a node
    nodes                key uint64, level int16, and for each level from the bottom on: how many neighbours, uint32,
                         and room for as many as may be, uint32

.. [1] https://github.com/unum-cloud/usearch, ``index.hpp`` and ``index_dense.hpp``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fault_in"]

_BYTES_A_NUMBER = 2  # bfloat16
_KINDS = (ord("c"), 4, 14, 15)  # cosine, bfloat16, keys of uint64, neighbours of uint32
_SHAPE, _HEAD, _NUMBERS = struct.Struct("<2I"), struct.Struct("<7s6x4B3QB22x"), struct.Struct("<5Q")
_KEY, _LEVEL, _COUNT = 8, 2, 4  # bytes
_NODES_AT_ONCE = 4096


def fault_in(data: NDArray[np.uint8], header: dict[str, Any]) -> str:
    """Return what is wrong with a graph, empty if nothing is: nothing in it leads out of it.

    Parameters
    ----------
    data : ndarray of uint8, shape (n_bytes,)
        The graph as usearch writes it.
    header : dict
        What textrep says of the index: ``n_keys``, ``n_indexed``, ``dim`` and ``connectivity``.
    """
    n, columns = header["n_indexed"], _BYTES_A_NUMBER * header["dim"]
    start = _SHAPE.size + n * columns  # of the head
    levels_at = start + _HEAD.size + _NUMBERS.size
    if n < 0 or len(data) < levels_at + _LEVEL * n or _SHAPE.unpack(data[:8].data) != (n, columns):
        return "its sizes are not those that the header says"
    magic, *kinds, present, removed, dim, is_multi = _HEAD.unpack(data[start : start + _HEAD.size].data)
    if (magic, *kinds) != (b"usearch", *_KINDS) or (present, removed, dim, is_multi) != (n, 0, header["dim"], 0):
        return "it is not of the kind that the header says"
    size, upper, bottom, top, entry = _NUMBERS.unpack(data[start + _HEAD.size : levels_at].data)
    levels = data[levels_at : levels_at + _LEVEL * n].view("<i2").astype(np.int64)  # [n]
    wanted = n, header["connectivity"], 2 * header["connectivity"]
    if (size, upper, bottom) != wanted or np.any(levels < 0) or not _is_entry(levels, top, entry):
        return "it does not begin as the header says"
    lists = _COUNT * (1 + bottom), _COUNT * (1 + upper)  # bytes of a list at the bottom, and of one above
    sizes = _KEY + _LEVEL + lists[0] + levels * lists[1]  # int64 [n]
    ends = levels_at + _LEVEL * n + np.cumsum(sizes)  # int64 [n]
    if n and ends[-1] != len(data):
        return "it has other levels than its nodes"
    return _fault_in_nodes(data, ends - sizes, levels, lists, header["n_keys"])


def _is_entry(levels: NDArray[np.int64], top: int, entry: int) -> bool:
    """Whether searches begin at a node of the highest level."""
    return not len(levels) or (entry < len(levels) and int(levels[entry]) == int(levels.max()) == top)


def _fault_in_nodes(
    data: NDArray[np.uint8], starts: NDArray[np.int64], levels: NDArray[np.int64], lists: tuple[int, int], n_keys: int
) -> str:
    keys = np.empty(len(starts), np.uint64)  # [n]
    for part in _runs(len(starts)):
        keys[part] = _gathered(data, starts[part], _KEY, "<u8")[:, 0]
        if np.any(_gathered(data, starts[part] + _KEY, _LEVEL, "<i2")[:, 0] != levels[part]):
            return "it has other levels than its nodes"
        if _leads_out(_gathered(data, starts[part] + _KEY + _LEVEL, lists[0], "<u4"), levels, 0):
            return "its nodes have neighbours that there are not"
    if len(keys) and (keys.max() >= n_keys or len(np.unique(keys)) < len(keys)):
        return "it holds vectors that the store has not, or one twice"
    above = starts + _KEY + _LEVEL + lists[0]  # where the lists of the first level above the bottom begin
    for level in range(1, int(levels.max(initial=0)) + 1):
        nodes = np.flatnonzero(levels >= level)
        for part in _runs(len(nodes)):
            places = above[nodes[part]] + (level - 1) * lists[1]
            if _leads_out(_gathered(data, places, lists[1], "<u4"), levels, level):
                return "its nodes have neighbours that there are not"
    return ""


def _runs(n: int) -> Iterator[slice]:
    return (slice(first, first + _NODES_AT_ONCE) for first in range(0, n, _NODES_AT_ONCE))


def _gathered(data: NDArray[np.uint8], places: NDArray[np.int64], size: int, dtype: str) -> NDArray[Any]:
    """Return `size` bytes from each place on, as numbers."""
    found: NDArray[Any] = data[places[:, None] + np.arange(size)].view(dtype)  # [n_places, size // itemsize]
    return found


def _leads_out(lists: NDArray[np.uint32], levels: NDArray[np.int64], level: int) -> bool:
    """Whether lists [n, 1 + most], each a count and so many nodes, name a node that does not reach their level."""
    counts, nodes = lists[:, :1], lists[:, 1:]
    if np.any(counts > nodes.shape[1]):
        return True
    named = nodes[np.arange(nodes.shape[1]) < counts]
    return bool(np.any(named >= len(levels)) or np.any(levels[named] < level))
