"""Tables for drawing: Walker's alias table, and the Huffman tree of a vocabulary."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.jit import kernel

__all__ = ["alias_table", "huffman_parents", "huffman_paths"]


@kernel
def alias_table(weights: NDArray[np.float64], table: NDArray[np.uint32]) -> None:
    """Fill `table` so that words can be drawn in proportion to `weights` (Walker 1977, in Vose's linear form).

    A word is drawn from 64 random bits: the upper half chooses a column, the lower half below ``table[column, 0]``
    keeps it, else ``table[column, 1]`` is the word.

    Parameters
    ----------
    weights : float64 [n]
        Not negative, with a positive sum.
    table : uint32 [n, 2]
        Written.
    """
    n = weights.shape[0]
    total = 0.0
    for i in range(n):  # in loops: whole-array arithmetic takes Numba half a second more to compile
        total += weights[i]
    share = np.empty(n, np.float64)  # mean 1
    waiting = np.empty(n, np.int64)  # columns below 1 from the front, the others from the back
    low, high = 0, n
    for i in range(n):
        share[i] = weights[i] * (n / total)
        if share[i] < 1.0:
            waiting[low] = i
            low += 1
        else:
            high -= 1
            waiting[high] = i
        table[i, 0] = 0xFFFFFFFF
        table[i, 1] = i
    while low > 0 and high < n:
        low -= 1
        small, large = waiting[low], waiting[high]
        table[small, 0] = min(np.uint64(share[small] * 4294967296.0), np.uint64(0xFFFFFFFF))
        table[small, 1] = large
        share[large] += share[small] - 1.0
        if share[large] < 1.0:
            high += 1
            waiting[low] = large
            low += 1


@kernel
def huffman_parents(counts: NDArray[np.int64], parents: NDArray[np.int64], codes: NDArray[np.uint8]) -> None:
    """Build the Huffman tree of a vocabulary (two queues: `counts` descends, new nodes rise).

    Parameters
    ----------
    counts : int64 [n]
        Descending. Leaves are 0..n-1, inner nodes n..2n-2, the root is 2n-2.
    parents : int64 [2n - 1]
        Written; the root's is 0.
    codes : uint8 [2n - 1]
        Written: 1 for the larger of two siblings, 0 for the smaller.
    """
    n = counts.shape[0]
    weights = np.empty(2 * n - 1, np.int64)
    weights[:n] = counts
    leaf, inner = n - 1, n
    parents[2 * n - 2] = 0
    for node in range(n, 2 * n - 1):
        for code in range(2):
            if leaf >= 0 and (inner >= node or weights[leaf] <= weights[inner]):
                child = leaf
                leaf -= 1
            else:
                child = inner
                inner += 1
            parents[child] = node
            codes[child] = code
            weights[node] = weights[child] if code == 0 else weights[node] + weights[child]


@kernel
def huffman_paths(
    parents: NDArray[np.int64],
    codes: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    nodes: NDArray[np.int32],
    signs: NDArray[np.float32],
) -> None:
    """Write the path of each word from the root to its leaf; with empty `nodes`, only `offsets`.

    Parameters
    ----------
    parents, codes
        As `huffman_parents` wrote them.
    offsets : int64 [n + 1]
        Written: the path of word i is nodes[offsets[i]:offsets[i + 1]].
    nodes : int32 [offsets[n]] or [0]
        Written: inner nodes counted from 0 for node n.
    signs : float32 [offsets[n]] or [0]
        Written: +1 where the path turns to code 0, -1 where to code 1.
    """
    n = offsets.shape[0] - 1
    root = 2 * n - 2
    offsets[0] = 0
    for word in range(n):
        length = 0
        node = word
        while node != root:
            length += 1
            node = parents[node]
        end = offsets[word] + length
        offsets[word + 1] = end
        if nodes.shape[0] > 0:
            node = word
            while node != root:
                end -= 1
                signs[end] = 1.0 if codes[node] == 0 else -1.0
                node = parents[node]
                nodes[end] = node - n
