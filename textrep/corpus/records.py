"""Files of records: one field of every JSON object, CSV row or TSV row is a document.

A record's text is taken as it is, empty or not, so that documents stay aligned with records. CSV is quoted as
RFC 4180 has it and may hold line ends inside quotes; TSV knows no quoting (IANA text/tab-separated-values),
so that a stray quotation mark in a text swallows nothing.
"""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterable, Iterator

from textrep.corpus.decoding import Piece
from textrep.corpus.lines import numbered_lines
from textrep.errors import CorpusError, EncodingError

__all__ = ["csv_documents", "jsonl_documents", "tsv_documents"]

_JSON_TYPES = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


def jsonl_documents(pieces: Iterable[Piece], name: str, field: str, errors: str) -> Iterator[str]:
    """Yield `field` of the JSON object on every line that is not blank."""
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
        except (ValueError, RecursionError) as error:  # a number of 5000 digits, 1000 nested arrays
            raise CorpusError(f"{name}, line {number}: JSON that Python does not read: {error}") from error
        text = _json_field(record, field, f"{name}, line {number}")
        yield text if text.isascii() else _without_surrogates(text, f"{name}, line {number}", errors)


def _json_field(record: object, field: str, where: str) -> str:
    if not isinstance(record, dict):
        raise CorpusError(
            f'{where}: {_json_type(record)} where an object is expected, such as {{"{field}": "the text"}}'
        )
    if field not in record:
        raise CorpusError(f"{where}: no field {field!r}. {_choose(list(record), 'fields')}")
    value = record[field]
    if not isinstance(value, str):
        raise CorpusError(
            f"{where}: field {field!r} holds {_json_type(value)}, not a string. "
            "Leave such records out of the file, or give them a text"
        )
    return value


def _json_type(value: object) -> str:
    return _JSON_TYPES.get(type(value), "a number")


def _without_surrogates(text: str, where: str, errors: str) -> str:
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


def tsv_documents(pieces: Iterable[Piece], name: str, field: str) -> Iterator[str]:
    """Yield the column `field` of every row; the first row names the columns, empty lines are skipped."""
    rows = ((number, line.split("\t")) for number, line in numbered_lines(pieces) if line)
    return _column(rows, name, field)


def csv_documents(pieces: Iterable[Piece], name: str, field: str) -> Iterator[str]:
    """Yield the column `field` of every row; the first row names the columns, empty lines are skipped."""
    return _column(_csv_rows(pieces, name), name, field)


def _column(rows: Iterator[tuple[int, list[str]]], name: str, field: str) -> Iterator[str]:
    """Yield one cell of every row; a row is its line number and its cells."""
    header_line, header = next(rows, (1, [field]))  # an empty file holds no documents
    if header.count(field) != 1:
        what = "no column" if field not in header else "more than one column"
        raise CorpusError(f"{name}, line {header_line}: {what} {field!r} in the header. {_choose(header, 'columns')}")
    column = header.index(field)
    for number, row in rows:
        if len(row) != len(header):
            raise CorpusError(
                f"{name}, line {number}: columns: {len(row)}, but {len(header)} in the header. "
                "Mend the row; in CSV a text that holds a comma stands in quotation marks"
            )
        yield row[column]


def _csv_rows(pieces: Iterable[Piece], name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line each row begins on, and its cells."""
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
        self._lock = threading.Lock()
        self._readers = 0  # threads inside
        self._limit = 0  # as it was before the first of them

    def __enter__(self) -> None:
        with self._lock:
            if self._readers == 0:
                self._limit = csv.field_size_limit((1 << 31) - 1)  # the most a C long holds on every platform
            self._readers += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                csv.field_size_limit(self._limit)


_fields_of_any_length = _FieldsOfAnyLength()


def _choose(names: list[str], what: str) -> str:
    shown = ", ".join(repr(name) for name in names[:20]) + (", ..." if len(names) > 20 else "")
    return f"Its {what}: {shown or 'none'}. Pass the one that holds the text, field=NAME"
