"""Product-quantised matrices, as fastText's ``.ftz`` files have them [1]_.

A row is cut into parts of a few numbers, and a byte says for each part which of 256 centroids it is nearest to. The
norm of the row may be quantised on its own.

.. [1] Joulin, Grave, Bojanowski, Douze, Jégou, Mikolov: FastText.zip. 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textrep.store.formats.binary import ByteReader

__all__ = ["ProductQuantizer", "QuantizedMatrix", "read_quantized"]

_CENTROIDS = 256
# A file may say that few bytes stand for very many numbers: what is beyond any use is refused before it is expanded.
_EXPANSION = 64
_SMALL = 1 << 24  # bytes that may be expanded to in any case


@dataclass(frozen=True, eq=False)
class ProductQuantizer:
    """Centroids of parts of a row.

    Parameters
    ----------
    dim : int
        Numbers in a row.
    part_size : int
        Numbers in a part; the last one may have fewer.
    centroids : ndarray of float32, shape (256 * dim,)
        256 centroids of the first part, then of the second, ...
    """

    dim: int
    part_size: int
    centroids: NDArray[np.float32]

    @property
    def n_parts(self) -> int:
        """Parts of a row, and bytes of its code."""
        return -(-self.dim // self.part_size)

    def decode(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the rows (float32 [n, dim]) that codes (uint8 [n, n_parts]) stand for."""
        rows = np.empty((len(codes), self.dim), np.float32)  # [n, dim]
        for part in range(self.n_parts):
            start = part * self.part_size
            stop = min(start + self.part_size, self.dim)
            centroids = self.centroids[_CENTROIDS * start : _CENTROIDS * stop].reshape(_CENTROIDS, stop - start)
            rows[:, start:stop] = centroids[codes[:, part]]
        return rows


@dataclass(frozen=True, eq=False)
class QuantizedMatrix:
    """A matrix of float32 in few bytes.

    Parameters
    ----------
    codes : ndarray of uint8, shape (n_rows, n_parts)
        Which centroids a row consists of.
    quantizer : ProductQuantizer
        Has them.
    norm_codes : ndarray of uint8, shape (n_rows,), optional
        Which norm a row has; then `codes` stand for rows of length 1.
    norms : ndarray of float32, shape (256,), optional
        The norms.
    """

    codes: NDArray[np.uint8]
    quantizer: ProductQuantizer
    norm_codes: NDArray[np.uint8] | None = None
    norms: NDArray[np.float32] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.codes), self.quantizer.dim

    def decode(self) -> NDArray[np.float32]:
        """Return the matrix (float32 [n_rows, n_columns])."""
        rows = self.quantizer.decode(self.codes)
        if self.norm_codes is not None and self.norms is not None:
            rows *= self.norms[self.norm_codes][:, None]
        return rows


def read_quantized(reader: ByteReader, what: str) -> QuantizedMatrix:
    """Read a matrix.

    Parameters
    ----------
    reader : ByteReader
        At the first byte after the one that says that it is quantised.
    what : str
        What errors call it.

    Raises
    ------
    FormatError
        If its sizes do not fit together or not into the file.
    """
    start = reader.at
    has_norms = reader.flag(f"whether norms of {what} are quantised")
    n_rows, dim, n_codes = reader.numbers("<qqi", f"the sizes of {what}")
    if n_rows < 0 or dim < 1 or n_codes < 0:
        raise reader.error(f"{what} cannot have {n_rows:,} rows of {dim:,} numbers in {n_codes:,} bytes", start)
    codes = reader.array("<u1", (n_codes,), f"the {n_codes:,} codes of {what}")
    quantizer = _read_quantizer(reader, dim, f"the centroids of {what}")
    if n_codes != n_rows * quantizer.n_parts:
        raise reader.error(
            f"{what} has {n_codes:,} codes, not {quantizer.n_parts:,} for each of {n_rows:,} rows", start
        )
    if 4 * n_rows * dim > max(_EXPANSION * len(reader.data), _SMALL):
        raise reader.error(
            f"{what} of {n_rows:,} rows of {dim:,} numbers would be over {_EXPANSION} times as large as the file", start
        )
    codes = codes.reshape(n_rows, quantizer.n_parts)
    if not has_norms:
        return QuantizedMatrix(codes, quantizer)
    norm_codes = reader.array("<u1", (n_rows,), f"the codes of the norms of {what}")
    norms = _read_quantizer(reader, 1, f"the norms of {what}")
    return QuantizedMatrix(codes, quantizer, norm_codes, norms.centroids)


def _read_quantizer(reader: ByteReader, dim: int, what: str) -> ProductQuantizer:
    start = reader.at
    found_dim, n_parts, part_size, last_size = reader.numbers("<iiii", what)
    fits = found_dim == dim and 0 < part_size <= dim
    fits = fits and n_parts == -(-dim // part_size) and last_size == dim - (n_parts - 1) * part_size
    if not fits:
        raise reader.error(
            f"{what} are of {n_parts:,} parts of {part_size:,} numbers, the last of {last_size:,}, "
            f"which does not make rows of {dim:,}",
            start,
        )
    return ProductQuantizer(dim, part_size, reader.array("<f4", (_CENTROIDS * dim,), what))
