"""What a training kernel works on: aligned matrices, tables of outputs, and the working memory of a thread."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.available import check_memory
from textrep.kernels.products import TILE
from textrep.kernels.sampling import alias_table, huffman_parents, huffman_paths
from textrep.kernels.simd import LANES
from textrep.kernels.window import PIECE, Model, Outputs, Scratch
from textrep.training.parts import WordParts
from textrep.training.settings import Word2VecSettings

__all__ = [
    "aligned_zeros",
    "all_finite",
    "initial_model",
    "keep_thresholds",
    "make_outputs",
    "make_scratch",
    "margin",
    "padded",
    "without_padding",
]

_ROWS_AT_ONCE = 1024  # they stay in the cache
_MOST_PADDING = 4  # a row may be padded by a quarter of it, and be kept so
_FLOATS_A_LINE = 16  # rows are padded to 64 bytes, a cache line


def aligned_zeros(shape: tuple[int, ...], dtype: type[np.generic] = np.float32) -> NDArray[Any]:
    """Return zeros whose first byte stands at a multiple of 64."""
    n_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(n_bytes + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + n_bytes].view(dtype).reshape(shape)


def padded(size: int) -> int:
    """Return how many floats a row of `size` has in memory: it ends with a cache line."""
    return _rounded_up(size, _FLOATS_A_LINE)


def _rounded_up(n: int, multiple: int) -> int:
    return -(-n // multiple) * multiple


def initial_model(n_words: int, settings: Word2VecSettings, seed: int, parts: WordParts | None = None) -> Model:
    """Return input vectors uniform in +-1 / vector_size and output vectors of zeros, as gensim and fastText start."""
    width = padded(settings.vector_size)
    n_rows = n_words if parts is None else n_words + len(parts.buckets)
    n_outputs = n_words if settings.loss == "negative_sampling" else max(1, n_words - 1)
    what = "words" if parts is None else "words and their subwords"
    kept = 0 if parts is None else n_rows * settings.vector_size  # numbers that are put together of both matrices
    check_memory(
        4 * ((n_rows + n_outputs) * width + kept),
        f"the two matrices of training, {settings.vector_size:,} numbers for each of {n_rows:,} {what},",
    )
    inputs = aligned_zeros((n_rows, width))
    random = np.random.default_rng(seed)
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        part = random.random((min(_ROWS_AT_ONCE, n_rows - start), settings.vector_size), np.float32)
        part *= np.float32(2 / settings.vector_size)
        part -= np.float32(1 / settings.vector_size)
        inputs[start : start + len(part), : settings.vector_size] = part
    outputs = aligned_zeros((n_outputs, width))
    return Model(inputs, outputs) if parts is None else Model(inputs, outputs, parts.offsets, parts.rows)


def without_padding(matrix: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the first `size` columns, C-contiguous, where they are: `matrix` must not be used afterwards.

    A copy is made where the padding is much, so that no store keeps that memory.
    """
    n, width = matrix.shape
    if _MOST_PADDING * (width - size) > width:
        return matrix[:, :size].copy()
    flat = matrix.reshape(-1)  # [n * width]
    for start in range(0, n, _ROWS_AT_ONCE):
        rows = matrix[start : start + _ROWS_AT_ONCE, :size]
        flat[start * size : (start + len(rows)) * size] = rows.ravel()
    return flat[: n * size].reshape(n, size)


def all_finite(*matrices: NDArray[np.float32]) -> bool:
    """Return whether no value is infinite or NaN; needs no memory to speak of."""
    return all(
        np.isfinite(matrix[start : start + _ROWS_AT_ONCE]).all()
        for matrix in matrices
        for start in range(0, len(matrix), _ROWS_AT_ONCE)
    )


def keep_thresholds(counts: NDArray[np.int64], sample: float) -> NDArray[np.uint32]:
    """Return the probability that an occurrence of each word survives subsampling, in units of 2**-32.

    ``sqrt(sample / f) + sample / f`` for a word of relative frequency f, as word2vec's program computes it (the paper
    has the first term only); 1 where `sample` is 0.
    """
    if sample == 0:
        return np.full(len(counts), 0xFFFFFFFF, np.uint32)  # [n_words]
    ratio = sample * counts.sum() / counts  # [n_words]
    keep = np.minimum(1.0, np.sqrt(ratio) + ratio)
    thresholds: NDArray[np.uint32] = np.minimum(keep * 2.0**32, 0xFFFFFFFF).astype(np.uint32)
    return thresholds


def make_outputs(counts: NDArray[np.int64], loss: str, noise_power: float = 0.75) -> Outputs:
    """Return the table of noise words, or the Huffman paths; the other is empty."""
    n = len(counts)
    alias = np.zeros((1, 2), np.uint32)  # [1, 2] never drawn from
    offsets = np.zeros(n + 1, np.int64)  # [n_words + 1]
    nodes = np.zeros(0, np.int32)  # [n_nodes]
    signs = np.zeros(0, np.float32)  # [n_nodes]
    if loss == "negative_sampling":
        alias = np.empty((n, 2), np.uint32)  # [n_words, 2]
        alias_table(counts**noise_power, alias)
    else:
        parents = np.zeros(2 * n - 1, np.int64)  # [2 n_words - 1]
        codes = np.zeros(2 * n - 1, np.uint8)  # [2 n_words - 1]
        huffman_parents(counts, parents, codes)
        huffman_paths(parents, codes, offsets, nodes, signs)
        nodes, signs = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.float32)
        huffman_paths(parents, codes, offsets, nodes, signs)
    return Outputs(alias, offsets, nodes, signs)


def margin(window: int) -> int:
    """Return how many tokens beside a span are looked at for context: subsampling may drop half of them and more."""
    return 4 * window


def make_scratch(width: int, settings: Word2VecSettings, outputs: Outputs) -> Scratch:
    """Allocate one thread's working memory."""
    window = settings.window
    most = settings.negative + 1
    if settings.loss != "negative_sampling":
        most = max(1, int(np.diff(outputs.path_offsets).max()))
    most = _rounded_up(most, TILE)
    ring = 1 << (2 * window + 1).bit_length()  # a power of two above 2 * window + 1
    columns = most // TILE * LANES
    tally = aligned_zeros((2, LANES))
    tally[0] = 1
    return Scratch(
        slots=aligned_zeros((ring + 1, width)),
        entered=aligned_zeros((ring + 1, width)),
        stripe=aligned_zeros((2 * window, LANES)),
        errors=aligned_zeros((2 * window, columns)),
        signs=aligned_zeros((1, columns)),
        tally=tally,
        chosen=np.zeros((2, most), np.int64),
        drawn=np.zeros(most, np.uint64),
        contexts=np.zeros((2, 2 * window), np.int64),
        n_parts=np.ones(ring, np.float32),
        random=np.zeros(1, np.uint64),
        tokens=np.zeros(PIECE + 2 * margin(window), np.int32),
    )
