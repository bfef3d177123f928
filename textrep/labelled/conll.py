"""CoNLL files: a token and its tags a line, columns separated by TABs or by spaces, a blank line after a sentence.

What is a comment is the one thing that these files have no rule for; `_Layout` has the one used here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from textrep.corpus.lines import ASCII_SPACE, is_blank
from textrep.errors import CorpusError
from textrep.labelled.sentences import Columns, OpenSentence, TaggedSentence, column_number

__all__ = ["conll_sentences", "first_row"]

_COMMENT = re.compile("#+(?: |$)|#begin document|#end document")
_SPACES = re.compile(f"[{ASCII_SPACE}]+")  # no other white space: a token may hold U+00A0
_DOCSTART = re.compile(f"-DOCSTART-(?=[{ASCII_SPACE}]|$)")

_Lines = Iterator[tuple[int, str]]  # number, line


def first_row(lines: _Lines, comment_prefix: str | None) -> tuple[tuple[int, str] | None, _Lines]:
    """Return the number and text of the first line that must be a row, None if there is none, and all the lines."""
    held = []
    for number, line in lines:
        held.append((number, line))
        if not is_blank(line) and not _DOCSTART.match(line) and not _may_be_comment(line, comment_prefix):
            return held[-1], chain(held, lines)
    return None, iter(held)


def _may_be_comment(line: str, prefix: str | None) -> bool:
    if prefix is None:
        return bool(_COMMENT.match(line))
    return prefix != "" and line.startswith(prefix)


def conll_sentences(lines: _Lines, name: str, columns: Columns, comment_prefix: str | None) -> Iterator[TaggedSentence]:
    """Yield the sentences of a file.

    Parameters
    ----------
    lines : iterator of (int, str)
        The file.
    name : str
        What errors call it.
    columns : Columns
        Which hold token and tag.
    comment_prefix : str or None
        What comments begin with; None goes by what they look like, ``""`` says that there are none.
    """
    row, lines = first_row(lines, comment_prefix)
    if row is None:
        return
    layout = _Layout(row, name, columns, comment_prefix)
    sentence = OpenSentence(name)
    for number, line in lines:
        if is_blank(line) or _DOCSTART.match(line):
            if sentence:
                yield sentence.closed()
                sentence = OpenSentence(name)
        elif cells := layout.cells(number, line):
            sentence.add(*layout.chosen(cells, f"{name}, line {number}"), number)
    if sentence:
        yield sentence.closed()


class _Layout:
    """How the rows of a file are cut into columns, and which are wanted: told by its first row."""

    def __init__(self, row: tuple[int, str], name: str, columns: Columns, comment_prefix: str | None) -> None:
        self._name = name
        self._comment_prefix = comment_prefix
        self._first_line, line = row
        self._has_tabs = "\t" in line
        self._width = len(self._cut(line))
        self._tagged = columns.tagged
        where = f"{name}, line {self._first_line}"
        self._token = self._number(columns.token, 0, "token_column", where)
        self._tag = self._number(columns.tag, -1, "tag_column", where) if columns.tagged else 0
        if columns.tagged and self._token == self._tag:
            raise CorpusError(
                f"{where}: no tag: {'one column only' if self._width == 1 else f'both from column {self._tag}'}. "
                "A row is a token and its tag, with a TAB or spaces between; other columns: token_column=, tag_column="
            )

    def _number(self, column: int | str | None, default: int, option: str, where: str) -> int:
        if isinstance(column, str):
            raise CorpusError(
                f"{where}: {option}={column!r} is a name, and columns of CoNLL have numbers: 0 is the first, -1 the "
                'last. If the file is CoNLL-U, pass format="conllu"'
            )
        return column_number(default if column is None else column, self._width, option, where)

    def _cut(self, line: str) -> list[str]:
        return line.split("\t") if self._has_tabs else _SPACES.split(line.strip(ASCII_SPACE))

    def cells(self, number: int, line: str) -> list[str]:
        """Return the cells of a row, none for a comment."""
        cells = self._cut(line)
        if self._is_comment(line, len(cells)):
            return []
        if len(cells) != self._width:
            raise CorpusError(
                f"{self._name}, line {number}: columns: {len(cells)}, but {self._width} in line {self._first_line}, "
                f"separated by {'TABs' if self._has_tabs else 'spaces'}. Mend the row, or pass what comments begin "
                'with, comment_prefix="#"'
            )
        return cells

    def _is_comment(self, line: str, width: int) -> bool:
        if not _may_be_comment(line, self._comment_prefix):
            return False
        # In "# NN B-NP" the token is a hash; "# id 7<TAB>domain=en" is a comment, for spaces separate the columns.
        return self._comment_prefix is not None or self._has_tabs or "\t" in line or width != self._width

    def chosen(self, cells: list[str], where: str) -> tuple[str, str | None]:
        """Return the token and the tag of a row."""
        token = cells[self._token]
        if not token:
            raise CorpusError(f"{where}: no token: column {self._token} is empty. Mend the row, or leave it out")
        if not self._tagged:
            return token, None
        tag = cells[self._tag]
        if not tag.strip():
            raise CorpusError(f"{where}: no tag: column {self._tag} of {token!r} is empty. Give it a tag")
        return token, tag
