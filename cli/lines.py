"""Texts to classify or tag: lines of files or standard input, records of files; some at a time, in their order.

Unlike the readers of training data, these keep blank lines: so there is a result for every line.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator, Sequence
from io import BufferedReader
from itertools import chain, islice
from typing import TYPE_CHECKING, NoReturn, cast

from textrep.errors import CorpusError, EmptyCorpusError, EncodingError

from .console import say

if TYPE_CHECKING:
    from textrep.corpus.sources import Source

__all__ = ["batches_of_lines", "batches_of_texts"]

_READ = 1 << 16  # bytes of standard input at a time; what is there is answered, however little
_RECORDS = 4096  # at a time


def batches_of_texts(
    paths: Sequence[str],
    format: str | None,  # noqa: A002
    field: str | int,
    encoding: str,
    errors: str,
) -> Iterator[list[str]]:
    """Yield the texts of files, those that are read together as one list.

    Parameters
    ----------
    paths : sequence of str
        Files, folders, globs; ``-`` is standard input.
    format, field, encoding, errors
        As `textrep.read_corpus` takes them.
    """
    from textrep.corpus.decoding import check_encoding
    from textrep.corpus.sources import find_sources

    encoding = check_encoding(encoding, errors)
    for source in find_sources(tuple(paths), format):
        if source.format == "txt":
            for _, lines in batches_of_lines(source, encoding, errors):
                yield lines
        else:
            yield from _records(source, encoding, errors, field)


def batches_of_lines(source: Source, encoding: str, errors: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a file, or of standard input as they come in: some, and the number of the first of them."""
    return _lines_of_stdin(encoding, errors) if source.path is None else _lines_of_file(source, encoding, errors)


def _records(source: Source, encoding: str, errors: str, field: str | int) -> Iterator[list[str]]:
    from textrep.corpus import Corpus

    if source.format == "tsv" and isinstance(field, int):
        records = _column(source, encoding, errors, field)
    else:
        records = iter(Corpus([source], encoding, errors, field))
    try:
        while batch := list(islice(records, _RECORDS)):
            yield batch
    except EmptyCorpusError:  # no text, no result
        return


def _column(source: Source, encoding: str, errors: str, field: int) -> Iterator[str]:
    """Yield a column of a TSV file, less a first line that the readers of training data take for a header."""
    from textrep.corpus.records import TSV_REMEDY, documents_in, tsv_rows
    from textrep.labelled.files import pieces_of
    from textrep.labelled.layouts import is_header

    rows = tsv_rows(pieces_of(source, encoding, errors))
    for line, cells in islice(rows, 1):
        if is_header(cells):
            say(f"{source.name}, line {line}: taken for a header, it names columns: {', '.join(cells)}")
        else:
            rows = chain([(line, cells)], rows)
    return documents_in(rows, source.name, field, TSV_REMEDY)


def _lines_of_file(source: Source, encoding: str, errors: str) -> Iterator[tuple[int, list[str]]]:
    from textrep.corpus.lines import numbered_lines
    from textrep.labelled.files import pieces_of

    for piece in pieces_of(source, encoding, errors):
        yield piece.first_line, [line for _, line in numbered_lines([piece])]


def _lines_of_stdin(encoding: str, errors: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that have come in, without waiting for more."""
    if getattr(sys.stdin, "buffer", None) is None:
        raise CorpusError("standard input is closed or has no bytes to read; name a file")
    stream = cast(BufferedReader, sys.stdin.buffer)
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)(errors)
    line, rest = 1, ""  # number of the line that is being read, and what there is of it
    while True:
        data = stream.read1(_READ)
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            _refuse(error, encoding, line)
        first = line
        *lines, rest = (rest + text).split("\n")
        line += len(lines)
        if not data and rest:
            lines.append(rest)
        if lines:
            yield first, [each.removesuffix("\r") for each in lines]
        if not data:
            return


def _refuse(error: UnicodeDecodeError, encoding: str, line: int) -> NoReturn:
    line += error.object[: error.start].count(b"\n")
    raise EncodingError(
        f"standard input, line {line}: not valid {encoding}: {error.object[error.start : error.end]!r} "
        f'({error.reason}). Pass its encoding (encoding="cp949", for one), or encoding_errors="replace"'
    ) from error
