"""A sentence with its tags, and what CoNLL and CoNLL-U have in common: which columns are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from textrep.errors import CorpusError

__all__ = ["Column", "Columns", "OpenSentence", "TaggedSentence", "column_number"]

Column: TypeAlias = int | str | None


class TaggedSentence(NamedTuple):
    """The tokens of a sentence and their tags."""

    tokens: list[str]
    tags: list[str]  # one for each token, or none where only tokens were read
    file: str
    lines: Sequence[int]  # where each token stands, counted from 1

    @property
    def line(self) -> int:
        """Where the first token stands."""
        return self.lines[0]


class Columns(NamedTuple):
    """Which columns are wanted; None is the default of a format."""

    token: Column
    tag: Column
    tagged: bool


class OpenSentence:
    """A sentence that is being read."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._tokens: list[str] = []
        self._tags: list[str] = []
        self._lines: list[int] = []

    def __len__(self) -> int:
        return len(self._tokens)

    def add(self, token: str, tag: str | None, line: int) -> None:
        """Add a token; without a tag where only tokens are read."""
        self._tokens.append(token)
        self._lines.append(line)
        if tag is not None:
            self._tags.append(tag)

    def closed(self) -> TaggedSentence:
        """Return the sentence."""
        first, last = self._lines[0], self._lines[-1]
        follow = last - first + 1 == len(self._lines)  # as nearly always: a range takes no memory
        lines = range(first, last + 1) if follow else tuple(self._lines)
        return TaggedSentence(self._tokens, self._tags, self._file, lines)


def column_number(column: int, width: int, option: str, where: str) -> int:
    """Return the number of a column, counted from the first: ``-1 -> 3``.

    Raises
    ------
    CorpusError
        If there are not so many.
    """
    if not -width <= column < width:
        raise CorpusError(f"{where}: {option}={column}, but the columns are 0 to {width - 1}. Pass one of these")
    return column % width
