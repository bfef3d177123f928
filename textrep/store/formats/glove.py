r"""GloVe's text format: ``word f f ...\n`` without a first line, and mostly ``<unk>`` last.

Words may hold spaces, so that how many numbers a row has is told by what most of the first rows look like.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textrep.errors import FormatError
from textrep.store.formats.base import Format, Head
from textrep.store.formats.sniffing import dimensions, first_lines, is_text
from textrep.store.formats.word2vec_text import is_row, read_header
from textrep.store.formats.writable import has_words

if TYPE_CHECKING:
    from textrep.store.formats.files import Source
    from textrep.store.store import EmbeddingStore

__all__ = ["GLOVE"]

_LINES = 100  # from which the number of dimensions is told
_LEAST = 2  # dimensions by which the format is told from a list of words with their counts


def _matches(head: Head) -> bool:
    dim = dimensions(first_lines(head.data, _LINES))
    return is_text(head.data) and read_header(head.data) is None and dim >= _LEAST and is_row(head.data, 0, dim)


def _read(path: Path, encoding_errors: str) -> EmbeddingStore:
    from textrep.store.formats.files import Source
    from textrep.store.formats.loaded import store_of
    from textrep.store.formats.textrows import read_rows

    with Source(path) as source:
        dim = _dimensions(source)
        rows = read_rows(source, 0, 1, dim, None)
    return store_of(path, GLOVE.name, rows, encoding_errors)


def _dimensions(source: Source) -> int:
    """Return how many numbers a row has."""
    source.lengthen_head(_LINES)
    lines = source.head.split(b"\n", _LINES)[:_LINES]
    dim = dimensions(lines)
    if not any(line.strip() for line in lines):
        raise FormatError(
            f"{source.path} is empty, at byte 0 already: a GloVe file holds at least one word and its vector"
        )
    if dim < 1:
        first = next(line for line in lines if line.strip())
        raise FormatError(
            f"{source.path} is not a GloVe file: lines hold a word and numbers, "
            f"but at byte {source.head.find(first):,} it has {first[:40].decode('utf-8', 'replace')!r}"
        )
    return dim


def _write(store: EmbeddingStore, path: Path) -> None:
    from textrep.store.formats.files import writing
    from textrep.store.formats.textrows import check_readable, write_rows
    from textrep.store.formats.writable import check_has_words

    check_has_words(store, GLOVE.title)
    check_readable(store, _LINES, GLOVE.title)
    with writing(path) as file:
        write_rows(store, file, GLOVE.title)


GLOVE = Format("glove", "GloVe text", (".glove", ".txt"), _matches, _read, _write, fits=has_words)
