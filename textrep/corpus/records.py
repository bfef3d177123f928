"""Files of records: one field of every JSON object, CSV row or TSV row is a document.

A record's text is taken as it is, empty or not, so that documents stay aligned with records. CSV is quoted as
RFC 4180 has it and may hold line ends inside quotes; TSV knows no quoting (IANA text/tab-separated-values),
so that a stray quotation mark in a text swallows nothing. Where more than one field is wanted, `json_objects` and
`columns` give them.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from textrep.corpus.decoding import Piece
from textrep.corpus.lines import numbered_lines
from textrep.errors import CorpusError, EncodingError
from textrep.locks import ProcessLock

__all__ = [
    "CSV_REMEDY",
    "TSV_REMEDY",
    "Field",
    "column_of",
    "columns",
    "csv_documents",
    "csv_rows",
    "documents_in",
    "json_objects",
    "json_text",
    "json_type",
    "json_value",
    "jsonl_documents",
    "same_width",
    "tsv_documents",
    "tsv_rows",
    "without_surrogates",
]

CSV_REMEDY = "Mend the row; in CSV a text that holds a comma stands in quotation marks"
TSV_REMEDY = "Mend the row: in TSV a text holds no TAB"
_JSON_TYPES = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}

_Rows = Iterator[tuple[int, list[str]]]  # number of the line, cells


class Field(NamedTuple):
    """A field that is wanted, and what to say where there is none of this name."""

    name: str
    remedy: str


def jsonl_documents(pieces: Iterable[Piece], name: str, field: str | int, errors: str) -> Iterator[str]:
    """Yield `field` of the JSON object on every line that is not blank."""
    if not isinstance(field, str):
        raise CorpusError(f"{name}: field={field}: JSON has fields by name, not by number. Pass field=NAME")
    wanted = Field(field, "Pass the one that holds the text, field=NAME")
    for number, record in json_objects(pieces, name, f'{{"{field}": "the text"}}'):
        yield json_text(record, wanted, f"{name}, line {number}", errors)


def json_objects(pieces: Iterable[Piece], name: str, example: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the JSON object on every line that is not blank, and the number of the line.

    Parameters
    ----------
    pieces : iterable of Piece
        The file.
    name : str
        What errors call it.
    example : str
        An object such as is expected, for the error that there is none.
    """
    for number, line in numbered_lines(pieces):
        if not line or line.isspace():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise CorpusError(
                f"{name}, line {number}, column {error.colno}: malformed JSON: {error.msg}. "
                "A .jsonl file holds one JSON object a line"
            ) from error
        except RecursionError as error:
            raise CorpusError(f"{name}, line {number}: arrays or objects are nested too deep; mend the line") from error
        except ValueError as error:  # of int
            limit = sys.get_int_max_str_digits()
            raise CorpusError(
                f"{name}, line {number}: a number has more than {limit:,} digits; mend the line"
            ) from error
        if not isinstance(record, dict):
            raise CorpusError(
                f"{name}, line {number}: {json_type(record)} where an object is expected, such as {example}"
            )
        yield number, record


def json_text(record: dict[str, Any], field: Field, where: str, errors: str) -> str:
    """Return a field that holds a text; `errors` is the error handler for lone surrogates."""
    value = json_value(record, field, where)
    if not isinstance(value, str):
        raise CorpusError(
            f"{where}: field {field.name!r} holds {json_type(value)}, not a string. "
            "Leave such records out of the file, or give them a text"
        )
    return value if value.isascii() else without_surrogates(value, where, errors)


def json_value(record: dict[str, Any], field: Field, where: str) -> object:
    """Return a field, whatever it holds."""
    if field.name not in record:
        raise CorpusError(f"{where}: no field {field.name!r}. {_choose(list(record), 'fields', field)}")
    return record[field.name]


def json_type(value: object) -> str:
    """Say what kind of JSON a value is: ``None -> "null"``."""
    return _JSON_TYPES.get(type(value), "a number")


def without_surrogates(text: str, where: str, errors: str) -> str:
    r"""Treat lone surrogates, which JSON can write as ``"\ud83d"``, as wrong bytes would be."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        try:
            mended = text.encode("utf-8", "surrogatepass").decode("utf-8", errors)
            mended.encode()
        except UnicodeError:
            raise EncodingError(
                f"{where}: character {error.start} of the text is {text[error.start]!r}, half of a surrogate "
                'pair, which is no character. Mend the file, or pass encoding_errors="replace"'
            ) from None
        return mended
    return text


def tsv_documents(pieces: Iterable[Piece], name: str, field: str | int) -> Iterator[str]:
    """Yield the column `field` of every row; a first row names the columns, unless `field` is a number.

    Empty lines are skipped.
    """
    return documents_in(tsv_rows(pieces), name, field, TSV_REMEDY)


def csv_documents(pieces: Iterable[Piece], name: str, field: str | int) -> Iterator[str]:
    """Yield the same of CSV."""
    return documents_in(csv_rows(pieces, name), name, field, CSV_REMEDY)


def documents_in(rows: _Rows, name: str, field: str | int, remedy: str) -> Iterator[str]:
    """Yield the column `field` of rows, which are a header and a record each, or records alone if it is a number."""
    if isinstance(field, str):
        wanted = Field(
            field, "Pass the one that holds the text, field=NAME; a file without a header has numbers: field=1"
        )
        for _, (cell,) in columns(rows, name, (wanted,), remedy):
            yield cell
        return
    first = next(rows, None)
    if first is None:
        return
    line, cells = first
    if not -len(cells) <= field < len(cells):
        raise CorpusError(
            f"{name}, line {line}: field={field}, but the columns are 0 to {len(cells) - 1}. Pass one of these"
        )
    for _, row in same_width(chain([first], rows), name, len(cells), f"line {line}", remedy):
        yield row[field]


def columns(rows: _Rows, name: str, fields: tuple[Field, ...], remedy: str) -> _Rows:
    """Yield some cells of every row, and the number of its line; the first row names the columns.

    Parameters
    ----------
    rows : iterator of (int, list of str)
        Line number and cells of each row, as `csv_rows` and `tsv_rows` give them.
    name : str
        What errors call the file.
    fields : tuple of Field
        The columns that are wanted, in this order.
    remedy : str
        What to do about a row with other columns than the header.
    """
    line, header = next(rows, (1, [field.name for field in fields]))  # an empty file holds no documents
    chosen = [column_of(header, field, f"{name}, line {line}") for field in fields]
    for number, row in same_width(rows, name, len(header), "the header", remedy):
        yield number, [row[column] for column in chosen]


def column_of(header: list[str], field: Field, where: str) -> int:
    """Return the number of the column with this name.

    Raises
    ------
    CorpusError
        If there is none, or more than one.
    """
    if header.count(field.name) != 1:
        what = "no column" if field.name not in header else "more than one column"
        raise CorpusError(f"{where}: {what} {field.name!r} in the header. {_choose(header, 'columns', field)}")
    return header.index(field.name)


def same_width(rows: _Rows, name: str, width: int, said_by: str, remedy: str) -> _Rows:
    """Pass rows on, and refuse one that has not the `width` cells that `said_by` has."""
    for number, row in rows:
        if len(row) != width:
            raise CorpusError(f"{name}, line {number}: columns: {len(row)}, but {width} in {said_by}. {remedy}")
        yield number, row


def tsv_rows(pieces: Iterable[Piece]) -> _Rows:
    """Yield the line number and the cells of each line that is not empty; nothing is quoted."""
    return ((number, line.split("\t")) for number, line in numbered_lines(pieces) if line)


def csv_rows(pieces: Iterable[Piece], name: str) -> _Rows:
    """Yield the number of the line each row begins on, and its cells; empty lines are skipped."""
    lines = (line for piece in pieces for line in io.StringIO(piece.text, newline="\n"))
    reader = csv.reader(lines, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            with _fields_of_any_length:
                row = next(reader, None)
        except csv.Error as error:
            raise CorpusError(
                f"{name}, line {number}: malformed CSV: {error}. A text with commas, line ends or quotation "
                "marks stands in quotation marks, those inside it doubled"
            ) from error
        if row is None:
            return
        if row:
            yield number, row


class _FieldsOfAnyLength:
    """Lifts the csv module's limit of 128 KiB a field, which is process-wide, while a row is being read."""

    def __init__(self) -> None:
        self._lock = ProcessLock()
        self._readers = 0  # threads inside
        self._limit = 0  # as it was before the first of them

    def __enter__(self) -> None:
        with self._lock.held():
            if self._readers == 0:
                self._limit = csv.field_size_limit((1 << 31) - 1)  # the most a C long holds on every platform
            self._readers += 1

    def __exit__(self, *_: object) -> None:
        with self._lock.held():
            self._readers -= 1
            if self._readers == 0:
                csv.field_size_limit(self._limit)


_fields_of_any_length = _FieldsOfAnyLength()


def _choose(names: list[str], what: str, field: Field) -> str:
    shown = ", ".join(repr(name) for name in names[:20]) + (", ..." if len(names) > 20 else "")
    return f"Its {what}: {shown or 'none'}. {field.remedy}"
