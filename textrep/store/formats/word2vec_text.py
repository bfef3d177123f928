r"""word2vec's text format, which fastText's ``.vec`` files have too: ``V D\n``, then ``word f f ...\n`` V times.

Written without a space at the end of a line, as gensim does; the original program and fastText put one there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textrep.errors import FormatError
from textrep.store.formats.base import HEAD_SIZE, Format, Head
from textrep.store.formats.sniffing import is_number
from textrep.store.formats.writable import has_words

if TYPE_CHECKING:
    from textrep.store.store import EmbeddingStore

__all__ = ["WORD2VEC_TEXT", "Header", "checked_header", "is_row", "read_header"]

_BOM = rb"(?:\xef\xbb\xbf)?"
_HEADER = re.compile(_BOM + rb"[ \t]*([0-9]{1,18})[ \t]+([0-9]{1,18})[ \t]*\r?(?:\n|\Z)")


class Header(NamedTuple):
    """The first line, of the text and of the binary format."""

    n_words: int
    dim: int
    size: int  # bytes, its newline included


def read_header(data: bytes) -> Header | None:
    """Return what a file begins with, if it is the first line of a word2vec file."""
    match = _HEADER.match(data)
    return Header(int(match[1]), int(match[2]), match.end()) if match else None


def is_row(head: bytes, start: int, dim: int) -> bool:
    """Whether a word and `dim` numbers stand in a line, as far as the head holds it."""
    line, newline, _ = head[start:].partition(b"\n")
    parts = line.split()
    if newline or len(head) < HEAD_SIZE:
        return len(parts) >= dim and all(map(is_number, parts[-dim:]))
    return len(parts) > 2 and all(map(is_number, parts[1:-1]))  # a line of more than `HEAD_SIZE` bytes


def _matches(head: Head) -> bool:
    header = read_header(head.data)
    if header is None:
        return False
    rest = head.data[header.size :].strip()
    return not rest if not header.n_words else header.dim > 0 and is_row(head.data, header.size, header.dim)


def _read(path: Path, encoding_errors: str) -> EmbeddingStore:
    from textrep.store.formats.files import Source
    from textrep.store.formats.loaded import store_of
    from textrep.store.formats.textrows import check_words, read_rows

    with Source(path) as source:
        header = checked_header(path, source.head, "a word2vec text file")
        rows = read_rows(source, header.size, 2, header.dim, header.n_words)
        check_words(path, rows, header.dim)
    return store_of(path, WORD2VEC_TEXT.name, rows, encoding_errors)


def checked_header(path: Path, head: bytes, what: str) -> Header:
    """Return the first line, or raise FormatError."""
    header = read_header(head)
    if header is None:
        line = head[:40].partition(b"\n")[0].decode("utf-8", "replace")
        found = f"it begins with {line!r}" if head else "it is empty"
        raise FormatError(
            f"{path} is not {what}: its first line, at byte 0, should hold the numbers of words and of dimensions, "
            f"but {found}"
        )
    if not header.dim:
        raise FormatError(
            f"{path}, byte 0: its first line says that vectors have 0 dimensions; there must be at least 1"
        )
    return header


def _write(store: EmbeddingStore, path: Path) -> None:
    from textrep.store.formats.files import writing
    from textrep.store.formats.textrows import check_unambiguous, write_rows
    from textrep.store.formats.writable import check_has_words

    check_has_words(store, WORD2VEC_TEXT.title)
    check_unambiguous(store, WORD2VEC_TEXT.title)
    with writing(path) as file:
        file.write(f"{len(store)} {store.dim}\n".encode("ascii"))
        write_rows(store, file, WORD2VEC_TEXT.title)


WORD2VEC_TEXT = Format("word2vec", "word2vec text", (".txt", ".vec"), _matches, _read, _write, fits=has_words)
