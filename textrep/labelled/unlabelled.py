"""Texts to classify: lines of files or of standard input, records of files; some at a time, in their order.

Unlike the readers of training data, these keep blank lines: so there is a result for every line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from textrep.corpus import Corpus
from textrep.corpus.decoding import check_encoding, incoming_lines
from textrep.corpus.lines import numbered_lines
from textrep.corpus.records import TSV_REMEDY, documents_in, tsv_rows
from textrep.corpus.sources import Source, find_sources, incoming
from textrep.errors import EmptyCorpusError
from textrep.labelled.files import pieces_of
from textrep.labelled.layouts import is_header

__all__ = ["batches_of_lines", "batches_of_texts"]

_RECORDS = 4096  # at a time


def batches_of_texts(
    paths: Sequence[str | os.PathLike[str]],
    format: str | None,  # noqa: A002
    field: str | int,
    encoding: str,
    errors: str,
    tell: Callable[[str], None],
) -> Iterator[list[str]]:
    """Yield the texts of files, those that are read together as one list.

    Parameters
    ----------
    paths : sequence of str or path
        Files, folders, globs; ``-`` is standard input, whose lines are yielded as they come in.
    format, field, encoding, errors
        As `textrep.read_corpus` takes them.
    tell : callable
        Given a sentence about a first line that is taken for a header.

    Raises
    ------
    CorpusError
        As `textrep.read_corpus` does.
    """
    encoding = check_encoding(encoding, errors)
    for source in find_sources(tuple(paths), format):
        if source.format == "txt":
            for _, lines in batches_of_lines(source, encoding, errors):
                yield lines
        else:
            yield from _records(source, encoding, errors, field, tell)


def batches_of_lines(source: Source, encoding: str, errors: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a file, or of standard input as they come in: some, and the number of the first of them."""
    if source.path is None:
        yield from incoming_lines(incoming(), source.name, encoding, errors)
        return
    for piece in pieces_of(source, encoding, errors):
        yield piece.first_line, [line for _, line in numbered_lines([piece])]


def _records(
    source: Source, encoding: str, errors: str, field: str | int, tell: Callable[[str], None]
) -> Iterator[list[str]]:
    if source.format == "tsv" and isinstance(field, int):
        records = _column(source, encoding, errors, field, tell)
    else:
        records = iter(Corpus([source], encoding, errors, field))
    try:
        while batch := list(islice(records, _RECORDS)):
            yield batch
    except EmptyCorpusError:  # no text, no result
        return


def _column(source: Source, encoding: str, errors: str, field: int, tell: Callable[[str], None]) -> Iterator[str]:
    """Yield a column of a TSV file, less a first line that the readers of training data take for a header."""
    rows = tsv_rows(pieces_of(source, encoding, errors))
    for line, cells in islice(rows, 1):
        if is_header(cells):
            tell(f"{source.name}, line {line}: taken for a header, it names columns: {', '.join(cells)}")
        else:
            rows = chain([(line, cells)], rows)
    return documents_in(rows, source.name, field, TSV_REMEDY)
