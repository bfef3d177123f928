"""From rows read to a store: words checked and made distinct, without making a Python string of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError
from textrep.keytable import KeyTable, encode_strings, read_only
from textrep.store.checks import too_long
from textrep.store.file import StoreParts
from textrep.store.formats.words import first_of_equal, is_utf8
from textrep.store.store import EmbeddingStore

__all__ = ["GrowingRows", "RawRows", "store_of"]

_AT_ONCE = 1 << 12  # rows moved at a time
_HARMLESS = 1e18


class RawRows(NamedTuple):
    """Words as bytes, and their vectors."""

    vectors: NDArray[np.float32]  # [n, dim]
    blob: NDArray[np.uint8]  # the words, end to end
    offsets: NDArray[np.int64]  # [n + 1], where each begins and ends in `blob`
    origins: NDArray[np.int64]  # [n], where each begins in the decompressed file


class GrowingRows:
    """Rows as they come.

    Parameters
    ----------
    dim : int
        Numbers in a row.
    n_promised : int, optional
        How many rows the file says there are; believed as far as its size justifies.
    n_bytes : int, optional
        How many bytes the rows have in the file, if that is known.
    """

    def __init__(self, dim: int, n_promised: int | None, n_bytes: int | None) -> None:
        self.n_rows = 0
        self._n_promised = n_promised
        self._n_bytes = n_bytes
        self._vectors = np.empty((0, dim), np.float32)  # [capacity, dim]
        self._blobs: list[NDArray[np.uint8]] = []
        self._words: list[NDArray[np.int64]] = []

    def reserve(self, blob: NDArray[np.uint8], words: NDArray[np.int64], n_read: int) -> NDArray[np.float32]:
        """Add words; return where their vectors go (float32 [len(words), dim]).

        Parameters
        ----------
        blob : ndarray of uint8
            The words, end to end.
        words : ndarray of int64, shape (n, 2)
            Where they begin and end in the file.
        n_read : int
            How many bytes of rows have been read by now.
        """
        first, self.n_rows = self.n_rows, self.n_rows + len(words)
        if self.n_rows > len(self._vectors):
            grown = np.empty((self._capacity(n_read), self._vectors.shape[1]), np.float32)  # [capacity, dim]
            grown[:first] = self._vectors[:first]
            self._vectors = grown
        self._blobs.append(blob)
        self._words.append(words)
        return self._vectors[first : self.n_rows]

    def _capacity(self, n_read: int) -> int:
        """Return how many rows to have room for: all, as far as can be told. Room that is not used takes no memory."""
        if self._n_bytes is None:
            wanted = self.n_rows + self.n_rows // 2
        else:  # as many as there would be if all were like those read, and some more
            wanted = int(1.05 * self.n_rows * self._n_bytes / n_read)
        if self._n_promised is not None:
            wanted = min(wanted, self._n_promised)
        return max(self.n_rows, wanted)

    def word(self, number: int) -> bytes:
        """Return a word."""
        at = number
        for blob, words in zip(self._blobs, self._words, strict=True):
            if at < len(words):
                start = int((words[:at, 1] - words[:at, 0]).sum())
                return blob[start : start + int(words[at, 1] - words[at, 0])].tobytes()
            at -= len(words)
        raise IndexError(number)

    def origin(self, number: int) -> int:
        """Return where a word begins in the file."""
        return int(np.concatenate(self._words)[number, 0])

    def finished(self) -> RawRows:
        """Return all rows."""
        words = np.concatenate([np.empty((0, 2), np.int64), *self._words])  # [n, 2]
        offsets = np.zeros(self.n_rows + 1, np.int64)  # [n + 1]
        np.cumsum(words[:, 1] - words[:, 0], out=offsets[1:])
        blob = np.concatenate([np.empty(0, np.uint8), *self._blobs])  # [n_bytes]
        return RawRows(self._vectors[: self.n_rows], blob, offsets, words[:, 0].copy())


def store_of(path: Path, format_name: str, rows: RawRows, encoding_errors: str) -> EmbeddingStore:
    """Return a store of rows; of words that come several times, it keeps the first, as gensim does.

    A word of which `encoding_errors` leaves nothing is left out.

    Parameters
    ----------
    path : Path
        What they were read from.
    format_name : str
        Its format, for the metadata.
    rows : RawRows
        At least 1 dimension.
    encoding_errors : str
        What to do with words that are not UTF-8, as in ``bytes.decode``.

    Raises
    ------
    FormatError
        If a word is not UTF-8, or a vector not finite.
    """
    is_checked = _is_harmless(rows.vectors)
    if not is_checked:
        _check_finite(path, rows)
    blob, offsets, vanished = _as_utf8(path, rows, encoding_errors)
    vectors = rows.vectors
    metadata: dict[str, Any] = {"source": {"format": format_name, "path": path.name}}
    if len(vanished):
        metadata["undecodable_dropped"] = len(vanished)
        vectors = _moved_up(vectors, np.delete(np.arange(len(vectors)), vanished))
        offsets = np.delete(offsets, vanished)
    keys, kept = _distinct(blob, offsets)
    if kept is not None:
        metadata["duplicates_dropped"] = len(vectors) - len(kept)
        vectors = _moved_up(vectors, kept)
    if is_checked:
        vectors.flags.writeable = False
        return EmbeddingStore(StoreParts(keys, vectors, None, None, None, metadata))
    return EmbeddingStore.from_vectors(keys, vectors, metadata=metadata, copy=False)


def _as_utf8(path: Path, rows: RawRows, errors: str) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Return the words in valid UTF-8, and the numbers of those that became empty.

    All are checked together, one by one only if something is wrong.
    """
    if is_utf8(rows.blob, rows.offsets):
        return rows.blob, rows.offsets, np.empty(0, np.int64)
    data, ends = rows.blob.tobytes(), rows.offsets.tolist()
    words = []
    for i in range(len(ends) - 1):
        word = data[ends[i] : ends[i + 1]]
        try:
            words.append(word.decode("utf-8", errors))
        except UnicodeDecodeError as error:
            at = int(rows.origins[i]) + error.start
            raise FormatError(
                f"{path}: word {i + 1:,}, {word[:100]!r}, is not valid UTF-8 at byte {at:,} ({error.reason}). "
                'word2vec cuts long words within a character; encoding_errors="replace" reads on with U+FFFD there'
            ) from error
    blob, offsets = encode_strings(words)
    return blob, offsets, np.flatnonzero((np.diff(offsets) == 0) & (np.diff(rows.offsets) > 0))


def _is_harmless(vectors: NDArray[np.float32]) -> bool:
    """Whether all numbers are finite, and so small that no length can be too large. NaN is neither."""
    parts = (vectors[first : first + _AT_ONCE] for first in range(0, len(vectors), _AT_ONCE))
    return all(part.max() < _HARMLESS and part.min() > -_HARMLESS for part in parts)


def _check_finite(path: Path, rows: RawRows) -> None:
    """Raise FormatError if a vector holds NaN or infinity, or its length is infinite in float32."""
    row = too_long(rows.vectors)
    if row is None:
        return
    vector = rows.vectors[row]
    wrong = np.flatnonzero(~np.isfinite(vector))
    what = "is too long for float32"
    if len(wrong):
        what = f"holds {vector[wrong[0]]} in dimension {wrong[0] + 1:,}; a store holds only finite numbers"
    word = rows.blob[rows.offsets[row] : rows.offsets[row + 1]].tobytes()
    raise FormatError(
        f"{path}: the vector of {word.decode('utf-8', 'replace')!r}, whose row begins at byte "
        f"{int(rows.origins[row]):,}, {what}"
    )


def _distinct(blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> tuple[KeyTable, NDArray[np.int64] | None]:
    """Return a table of the first of equal words, and the numbers of these; None for all."""
    from textrep.kernels.rows import copy_words

    kept, slots = first_of_equal(blob, offsets)
    if len(kept) == len(offsets) - 1:
        return KeyTable(blob, offsets, slots), None
    words = np.stack([offsets[kept], offsets[kept + 1]], axis=1)  # [n_kept, 2]
    ends = np.zeros(len(kept) + 1, np.int64)  # [n_kept + 1]
    np.cumsum(words[:, 1] - words[:, 0], out=ends[1:])
    own = np.empty(int(ends[-1]), np.uint8)  # [n_bytes]
    copy_words(read_only(blob), read_only(words), own)
    return KeyTable.from_arrays(own, ends), kept


def _moved_up(vectors: NDArray[np.float32], kept: NDArray[np.int64]) -> NDArray[np.float32]:
    """Move the rows kept to the front, in place: none has to move down, so none is overwritten before it has moved."""
    for first in range(0, len(kept), _AT_ONCE):
        chosen = kept[first : first + _AT_ONCE]
        vectors[first : first + len(chosen)] = vectors[chosen]
    return vectors[: len(kept)]
