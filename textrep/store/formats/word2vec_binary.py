r"""word2vec's binary format: ``V D\n``, then a word, a space and D little-endian float32, V times.

The original program puts a newline after each vector and gensim does not; both are read, and the first is written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError
from textrep.keytable import read_only
from textrep.parallel import n_threads
from textrep.store.formats.base import HEAD_SIZE, Format, Head
from textrep.store.formats.sniffing import is_text
from textrep.store.formats.word2vec_text import Header, checked_header, is_row, read_header
from textrep.store.formats.writable import has_words

if TYPE_CHECKING:
    from textrep.store.formats.files import Source
    from textrep.store.formats.loaded import GrowingRows
    from textrep.store.store import EmbeddingStore

__all__ = ["WORD2VEC_BINARY"]

_STEP = 1 << 23  # bytes of a compressed file read at a time
_LONGEST_WORD = 1 << 20  # bytes; what has no space for longer is no such file
_WRITTEN = 1 << 22  # bytes written at a time, about
_FEW = 1 << 24  # bytes of vectors that one thread copies


def _matches(head: Head) -> bool:
    header = read_header(head.data)
    if header is None or not header.n_words or not header.dim or is_row(head.data, header.size, header.dim):
        return False
    rest = head.data[header.size :]
    if not is_text(rest):
        return True
    # Numbers that happen to look like text: then all of a small file has to fit.
    return len(head.data) < HEAD_SIZE and _fits(rest, header)


def _fits(data: bytes, header: Header) -> bool:
    at = 0
    for _ in range(header.n_words):
        space = data.find(b" ", at)
        if space < 0 or space + 1 + 4 * header.dim > len(data):
            return False
        at = space + 1 + 4 * header.dim
    return not data[at:].strip(b"\n")


def _read(path: Path, encoding_errors: str) -> EmbeddingStore:
    from textrep.store.formats.files import Source
    from textrep.store.formats.loaded import GrowingRows, store_of

    with Source(path) as source:
        header = checked_header(path, source.head, "a word2vec binary file")
        size = None if source.mapped is None else len(source.mapped) - header.size
        if size is not None and header.n_words and size < 4 * header.dim + 1:
            raise FormatError(
                f"{path}, byte {header.size:,}: its first line says {header.dim:,} dimensions, but only {size:,} bytes "
                f"follow; a word and its vector take at least {4 * header.dim + 1:,}"
            )
        rows = GrowingRows(header.dim, header.n_words, size)
        end = _read_rows(source, header, rows)
    if rows.n_rows < header.n_words:
        raise FormatError(
            f"{path}: its first line promises {header.n_words:,} words, but the file ends at byte {end:,} within or "
            f"after word {rows.n_rows + 1:,}; it is cut short, or the number wrong: fetch it again"
        )
    return store_of(path, WORD2VEC_BINARY.name, rows.finished(), encoding_errors)


def _read_rows(source: Source, header: Header, rows: GrowingRows) -> int:
    """Read all rows, and return how many bytes the file has. Raises FormatError if there is more than promised."""
    from textrep.kernels.rows import copy_words, find_rows

    row_bytes = 4 * header.dim
    end = header.size
    for data, offset in _pieces(source, header.size, row_bytes + 1):
        n_wanted = min(header.n_words - rows.n_rows, len(data.array) // (row_bytes + 1))
        words = np.empty((n_wanted, 2), np.int64)  # [n_wanted, 2]
        n_found, used = find_rows(read_only(data.array), row_bytes, words)
        if n_found:
            words = words[:n_found]
            blob = np.empty(int((words[:, 1] - words[:, 0]).sum()), np.uint8)  # [n_bytes]
            copy_words(read_only(data.array), read_only(words), blob)
            _copy(data.array, words, rows.reserve(blob, words + offset, offset + used - header.size))
        data.used = used
        end = offset + len(data.array)
        rest = data.array[used:]
        if rows.n_rows == header.n_words:
            extra = np.flatnonzero(rest != ord("\n"))
            if len(extra):
                raise FormatError(
                    f"{source.path}: its first line promises {header.n_words:,} words of {header.dim:,} dimensions, "
                    f"but more follows after them, at byte {offset + used + int(extra[0]):,}"
                )
            data.used = len(data.array)
        elif len(rest) > row_bytes + _LONGEST_WORD:
            raise FormatError(
                f"{source.path}: there is no word at byte {offset + used:,}: no space within {_LONGEST_WORD:,} bytes"
            )
    return end


class _Piece:
    """Bytes of a file, and how many of them have been used."""

    def __init__(self, array: NDArray[np.uint8]) -> None:
        self.array = array
        self.used = 0


def _pieces(source: Source, start: int, least: int) -> Iterator[tuple[_Piece, int]]:
    """Yield pieces and where they begin in the file; what one leaves unused begins the next."""
    held: list[NDArray[np.uint8]] = []
    n_held = 0
    for data, offset in source.chunks(start, _STEP):
        held.append(data)
        n_held += len(data)
        start = offset + len(data) - n_held
        if n_held >= least:
            piece = _Piece(np.concatenate(held) if len(held) > 1 else data)
            yield piece, start
            held = [piece.array[piece.used :]]
            n_held = len(held[0])
            start += piece.used
    if n_held and n_held < least:
        yield _Piece(np.concatenate(held)), start


def _copy(data: NDArray[np.uint8], words: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
    """Copy the vectors that follow words to where they belong, in threads."""
    from textrep.kernels.rows import copy_vectors

    found, starts = read_only(data), read_only(words)
    out = vectors.view(np.uint8)  # [len(words), 4 * dim]
    threads = n_threads(-1) if out.nbytes > _FEW else 1
    shares = np.linspace(0, len(words), threads + 1).astype(int).tolist()
    copy_vectors(found, starts, 0, min(1, shares[1]), out)  # compiles, where Ctrl-C interrupts it
    with ThreadPoolExecutor(threads, "textrep-format") as pool:
        done = [pool.submit(copy_vectors, found, starts, *share, out) for share in pairwise(shares)]
    for each in done:
        each.result()
    if sys.byteorder == "big":  # pragma: no cover
        vectors.byteswap(inplace=True)


def _write(store: EmbeddingStore, path: Path) -> None:
    from textrep.kernels.rows import pack_rows
    from textrep.store.formats.files import writing
    from textrep.store.formats.writable import check_finite, check_has_words

    keys = store.keys

    def name_of(row: int) -> str:
        return f"the vector of {keys[row]!r}"

    check_has_words(store, WORD2VEC_BINARY.title)
    _check_words(store)
    vectors = read_only(np.asarray(store.vectors, "<f4")).view(np.uint8)  # [n, 4 * dim]
    keys.check_offsets()
    blob, offsets = read_only(keys.blob), read_only(keys.offsets)
    n_at_once = max(1, _WRITTEN // (vectors.shape[1] + 16))
    with writing(path) as file:
        file.write(f"{len(store)} {store.dim}\n".encode("ascii"))
        for first in range(0, len(keys), n_at_once):
            last = min(first + n_at_once, len(keys))
            check_finite(store.vectors[first:last], first, name_of, WORD2VEC_BINARY.title)
            n_bytes = int(offsets[last] - offsets[first]) + (last - first) * (vectors.shape[1] + 2)
            out = np.empty(n_bytes, np.uint8)  # [n_bytes]
            pack_rows(vectors, first, last, blob, offsets, out)
            file.write(out.data)


def _check_words(store: EmbeddingStore) -> None:
    """Refuse words that the format cannot express: it ends a word with a space, and skips newlines before it."""
    blob = np.asarray(store.keys.blob)
    if not ((blob == ord(" ")) | (blob == ord("\n"))).any():
        return
    for key in store.keys:
        if " " in key or key.startswith("\n"):
            what = "a space" if " " in key else "a newline in front"
            raise FormatError(
                f"{key!r} holds {what}, which a {WORD2VEC_BINARY.title} file cannot express; "
                ".textrep files can hold any word, word2vec text all without a newline"
            )


WORD2VEC_BINARY = Format(
    "word2vec-binary", "word2vec binary", (".bin", ".w2v"), _matches, _read, _write, fits=has_words
)
