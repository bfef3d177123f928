"""How documents and their labels lie in a file: one generator a format, and how the format is told by content.

Each yields the number of a line, the text and the labels that begin there. Whether these are empty is not looked at
here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from textrep.corpus.decoding import Piece
from textrep.corpus.lines import ASCII_SPACE, is_blank, numbered_lines
from textrep.corpus.records import (
    CSV_REMEDY,
    TSV_REMEDY,
    Field,
    columns,
    csv_rows,
    json_objects,
    json_text,
    json_type,
    json_value,
    same_width,
    tsv_rows,
    without_surrogates,
)
from textrep.errors import CorpusError
from textrep.shown import shown

__all__ = ["PREFIX", "Fields", "Labelled", "is_header", "labelled_lines", "told_format"]

PREFIX = "__label__"
# fastText separates tokens at these, and takes every token that begins with the prefix for a label.
_SEPARATORS = ASCII_SPACE + "\0"
_LABEL = re.compile(rf"(?<![^{_SEPARATORS}]){PREFIX}([^{_SEPARATORS}]*)[{_SEPARATORS}]*")

Labelled = tuple[int, str, tuple[str, ...]]  # line, text, labels
_Rows = Iterator[tuple[int, list[str]]]  # line, cells


class Fields(NamedTuple):
    """The fields or columns that hold the text and the label, by name or by number; both the same way."""

    text: str | int
    label: str | int


_DEFAULT_FIELDS = Fields("text", "label")


def is_header(cells: list[str]) -> bool:
    """Whether the first line of a TSV file names columns, where nothing is said of these."""
    return not {*_DEFAULT_FIELDS}.isdisjoint(cells)


def told_format(pieces: Iterator[Piece], name: str) -> tuple[str, Iterator[Piece]]:
    """Look at the first line that is not blank, and return the format and all the pieces.

    Raises
    ------
    CorpusError
        If the line is of no known format.
    """
    held: list[Piece] = []
    for piece in pieces:
        held.append(piece)
        for number, line in numbered_lines([piece]):
            if not is_blank(line):
                return _format_of(line, f"{name}, line {number}"), chain(held, pieces)
    return "tsv", iter(held)


def _format_of(line: str, where: str) -> str:
    if line.lstrip(_SEPARATORS).startswith(PREFIX):
        return "fasttext"
    if line.lstrip(ASCII_SPACE).startswith("{") and _is_json(line):
        return "jsonl"
    if "\t" in line:
        return "tsv"
    if _LABEL.search(line):
        return "fasttext"
    raise CorpusError(
        f"{where}: no label: {shown(line)}. A line is a label, a TAB and a text, or {PREFIX}NAME and a text; for "
        'others pass format="csv" or format="jsonl"'
    )


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def labelled_lines(pieces: Iterable[Piece], name: str, format: str, fields: Fields, errors: str) -> Iterator[Labelled]:  # noqa: A002
    """Yield what is labelled in a file.

    Parameters
    ----------
    pieces : iterable of Piece
        The file.
    name : str
        What errors call it.
    format : {"tsv", "fasttext", "csv", "jsonl"}
        What it is.
    fields : Fields
        Where text and label are; fastText's lines have no fields.
    errors : str
        Error handler for lone surrogates in JSON.

    Yields
    ------
    tuple of (int, str, tuple of str)
        Line, text and labels.
    """
    match format:
        case "fasttext":
            return _fasttext_lines(pieces, name)
        case "jsonl":
            return _json_lines(pieces, name, fields, errors)
        case "csv":
            rows = ((line, row) for line, row in csv_rows(pieces, name) if len(row) > 1 or row[0].strip(ASCII_SPACE))
            return _table(rows, name, fields, is_tsv=False)
        case _:
            rows = ((line, row) for line, row in tsv_rows(pieces) if "".join(row).strip(ASCII_SPACE))
            return _table(rows, name, fields, is_tsv=True)


def _fasttext_lines(pieces: Iterable[Piece], name: str) -> Iterator[Labelled]:
    labelled = False  # whether a line was
    for number, line in numbered_lines(pieces):
        if not line.strip(_SEPARATORS):
            continue
        labels = tuple(dict.fromkeys(_LABEL.findall(line)))
        if not labels:
            remedy = "Label the line, or leave it out"
            if "\t" in line:
                remedy = (
                    f"{remedy}; this line has a TAB, where those above have {PREFIX}: one file is of one format"
                    if labelled
                    else 'If lines are a label, a TAB and a text, pass format="tsv"'
                )
            raise CorpusError(
                f"{name}, line {number}: no label: no word of {shown(line)} begins with {PREFIX}. {remedy}"
            )
        labelled = True
        yield number, _LABEL.sub("", line).strip(_SEPARATORS), labels


def _json_lines(pieces: Iterable[Piece], name: str, fields: Fields, errors: str) -> Iterator[Labelled]:
    text_field, label_field = _named(fields, "")
    example = json.dumps({text_field.name: "the text", label_field.name: "its class"})
    for number, record in json_objects(pieces, name, example):
        where = f"{name}, line {number}"
        yield number, json_text(record, text_field, where, errors), _json_labels(record, label_field, where, errors)


def _json_labels(record: dict[str, Any], field: Field, where: str, errors: str) -> tuple[str, ...]:
    """Return a string or a whole number as one label, a list of these as several."""
    value = json_value(record, field, where)
    labels = []
    for label in value if isinstance(value, list) else [value]:
        if not isinstance(label, str | int):
            held = f"the number {json.dumps(label)}" if isinstance(label, float) else json_type(label)
            raise CorpusError(
                f"{where}: no label: field {field.name!r} holds {held}. A label is a string or a whole "
                "number, several are a list of these. Label the record, or leave it out"
            )
        labels.append(without_surrogates(label, where, errors) if isinstance(label, str) else json.dumps(label))
    return tuple(dict.fromkeys(labels))


def _table(rows: _Rows, name: str, fields: Fields, *, is_tsv: bool) -> Iterator[Labelled]:
    """Yield the rows of a table. That a TSV file has no header is told by the names that its first line lacks."""
    first = next(rows, None)
    if first is None:
        return
    line, cells = first
    rows = chain([first], rows)
    remedy = TSV_REMEDY if is_tsv else CSV_REMEDY
    if is_tsv and fields == _DEFAULT_FIELDS and not is_header(cells):
        if len(cells) != 2:
            raise _not_two(cells, f"{name}, line {line}")
        fields = Fields(text=1, label=0)
    if isinstance(fields.text, int):
        text, label = _numbered(fields, len(cells), f"{name}, line {line}")
        rows = _without_header(rows, name, len(cells), f"line {line}") if is_tsv else rows
        chosen: _Rows = (
            (number, [row[text], row[label]])
            for number, row in same_width(rows, name, len(cells), f"line {line}", remedy)
        )
    else:
        wanted = _named(fields, "; a file without a header has numbers: label_field=0, text_field=1")
        chosen = columns(rows, name, wanted, remedy)
    for number, (text_cell, label_cell) in chosen:
        yield number, text_cell, (label_cell,)


def _without_header(rows: _Rows, name: str, width: int, said_by: str) -> _Rows:
    """Pass rows of a TSV file without a header on, and refuse what is none."""
    for number, row in rows:
        if row[0].startswith(PREFIX):
            raise CorpusError(
                f"{name}, line {number}: a label of fastText's, {shown(row[0])}, where {said_by} has a label and a "
                'TAB: a file is of one format. Split the file, or pass format="fasttext"'
            )
        if len(row) == 1 < width:
            raise _not_two(row, f"{name}, line {number}")
        yield number, row


def _named(fields: Fields, more: str) -> tuple[Field, Field]:
    text, label = fields
    if not isinstance(text, str) or not isinstance(label, str):
        raise CorpusError(
            f"text_field={text!r}, label_field={label!r}: JSON has fields by name, not by number. "
            "Pass the names, such as text_field='text', label_field='label'"
        )
    return (
        Field(text, f"Pass the one that holds the text, text_field=NAME{more}"),
        Field(label, f"Pass the one that holds the label, label_field=NAME{more}"),
    )


def _numbered(fields: Fields, width: int, where: str) -> tuple[int, int]:
    for option, column in zip(("text_field", "label_field"), fields, strict=True):
        if not isinstance(column, int) or not -width <= column < width:
            raise CorpusError(f"{where}: {option}={column!r}, but the columns are 0 to {width - 1}. Pass one of these")
    text, label = (int(column) % width for column in fields)
    if text == label:
        raise CorpusError(
            f"{where}: text_field={fields.text}, label_field={fields.label} are one column of {width}. Pass two"
        )
    return text, label


def _not_two(cells: list[str], where: str) -> CorpusError:
    if len(cells) == 1:
        return CorpusError(
            f"{where}: no label: there is no TAB in {shown(cells[0])}. A line is a label, a TAB and a text"
        )
    first = ", ".join(shown(cell) for cell in cells[:5])
    return CorpusError(
        f"{where}: columns: {len(cells)} ({first}), where a label, a TAB and a text are expected. Pass the columns "
        "that hold them: by number, label_field=0, text_field=1, or by the names in the first line"
    )
