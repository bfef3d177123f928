"""Gold sets of word vectors: files of word pairs that people scored, and files of analogies; told apart by content.

A file of word pairs has two words and a score a line, between TABs, semicolons, commas or white space, whichever its
first line has; further columns, such as the scores of single people, are not looked at. A first line whose third cell
begins with a letter is a header, unless white space is between its cells and one of them is a number. A file of
analogies has lines ``: section`` and lines of four words, as word2vec's questions-words.txt. In both, blank lines and
lines that begin with ``#`` are skipped. Files are unpacked and decoded as those of a corpus are: UTF-8 unless another
encoding is named, with or without a byte order mark.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from textrep.corpus.sources import Reader, Source, find_sources
from textrep.errors import CorpusError, EmptyCorpusError
from textrep.shown import shown

__all__ = [
    "FORMATS",
    "AnalogyGold",
    "Question",
    "SimilarityGold",
    "WordPair",
    "gold_of",
    "read_gold",
    "read_gold_files",
]

FORMATS = ("similarity", "analogies")
_BY_CONTENT = "by content"
_GOLD = Reader(
    "read_gold",
    FORMATS,
    dict.fromkeys(("txt", "csv", "tsv", "tab"), _BY_CONTENT),
    _BY_CONTENT,
    'format="similarity" reads two words and a score a line, format="analogies" four words',
    "Word pairs and analogies themselves need no read_gold: make a SimilarityGold or an AnalogyGold of them",
)
_SEPARATORS = {"\t": "TABs", ";": "semicolons", ",": "commas", "": "white space"}  # the first that is in a line counts

_LONGEST_NUMBER = 400  # characters: more than any float has, and few enough to be read at once

_Lines = Iterable[tuple[int, str]]  # number, line


class WordPair(NamedTuple):
    """Two words and how alike people find them."""

    first: str
    second: str
    score: float


class Question(NamedTuple):
    """`a` is to `b` as `c` is to `d`, which is asked for."""

    a: str
    b: str
    c: str
    d: str


@dataclass(frozen=True)
class SimilarityGold:
    """Word pairs that people scored.

    Attributes
    ----------
    name : str
        The file.
    pairs : tuple of WordPair
        In the order of the file.
    header : tuple of str, or None
        The names of the columns, if the file has them.
    """

    name: str
    pairs: tuple[WordPair, ...]
    header: tuple[str, ...] | None = None


@dataclass(frozen=True)
class AnalogyGold:
    """Questions of the kind "Athens is to Greece as Baghdad is to ...".

    Attributes
    ----------
    name : str
        The file.
    sections : dict of str to tuple of Question
        In the order of the file; questions before the first section are in one called ``""``.
    """

    name: str
    sections: dict[str, tuple[Question, ...]]


_Gold = TypeVar("_Gold", SimilarityGold, AnalogyGold)
_ASKED_BY = {SimilarityGold: "evaluate_similarity", AnalogyGold: "evaluate_analogies"}


def gold_of(gold: Any, kind: type[_Gold]) -> _Gold:
    """Return a gold set of one kind: what is given, or what the file given holds.

    Raises
    ------
    TypeError
        If it is neither; a gold set of the other kind is told where it belongs.
    CorpusError
        As `read_gold` does.
    """
    if isinstance(gold, kind):
        return gold
    if not _is_path(gold):
        told = f"an {kind.__name__}" if kind is AnalogyGold else f"a {kind.__name__}"
        others = [f"; {function} takes one" for other, function in _ASKED_BY.items() if isinstance(gold, other)]
        raise TypeError(f"gold must be {told}, or the path of a file, not {type(gold).__name__}{''.join(others)}")
    read = read_gold(gold, "analogies" if kind is AnalogyGold else "similarity")
    assert isinstance(read, kind)
    return read


def read_gold(
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    *,
    encoding: str = "utf-8",
    encoding_errors: str = "strict",
) -> SimilarityGold | AnalogyGold:
    """Read a gold set: word pairs with the scores of people, or analogies.

    The first line of a file of word pairs, blank lines and comments aside, is taken for a header if its third cell
    begins with a letter: ``word1,word2,score``, but also ``tiger,cat,high``. `SimilarityGold.header` holds it. One with
    an empty third cell, or with none, is malformed, as any other line is; so is one like ``New York city 5``, with
    white space between cells and a number behind the third.

    Parameters
    ----------
    path : path-like
        The file, plain or compressed; ``-`` is standard input.
    format : {"similarity", "analogies"}, optional
        What it is; by default what its first line shows.
    encoding, encoding_errors : str
        As `textrep.read_corpus` takes them.

    Returns
    -------
    SimilarityGold or AnalogyGold

    Raises
    ------
    CorpusError
        If a line is malformed, or a score is no number; names the file, the line and what is there.
    EmptyCorpusError
        If the file holds no pair and no question.
    CorpusNotFoundError
        If there is no such file.
    TypeError
        If `path` is no path.
    """
    golds = read_gold_files(path, format=format, encoding=encoding, encoding_errors=encoding_errors)
    if len(golds) > 1:
        raise CorpusError(f"{os.fspath(path)}: {len(golds)} files, and read_gold reads one; use read_gold_files")
    return golds[0]


def read_gold_files(
    *paths: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    encoding: str = "utf-8",
    encoding_errors: str = "strict",
    on_error: Callable[[CorpusError], None] | None = None,
) -> list[SimilarityGold | AnalogyGold]:
    """Read several gold sets; a folder or glob is all its ``.txt``, ``.csv``, ``.tsv`` and ``.tab`` files.

    Parameters, results and errors are those of `read_gold`; besides, with `on_error` a file that cannot be read is left
    out, and its error given to that function.
    """
    for path in paths:
        if not _is_path(path):
            raise TypeError(
                f"paths of gold sets are str or Path, not {type(path).__name__}; several are separate arguments: "
                "read_gold_files(*paths)"
            )
    golds = []
    for source in find_sources(paths, format, _GOLD):
        try:
            golds.append(_read(source, encoding, encoding_errors))
        except CorpusError as error:
            if on_error is None:
                raise
            on_error(error)
    return golds


def _is_path(value: Any) -> bool:
    return isinstance(value, str | os.PathLike) and isinstance(os.fspath(value), str)


def _read(source: Source, encoding: str, encoding_errors: str) -> SimilarityGold | AnalogyGold:
    from textrep.corpus.lines import numbered_lines
    from textrep.labelled.files import pieces_of

    lines = _content(numbered_lines(pieces_of(source, encoding, encoding_errors)), source.name)
    first = next(lines, None)
    if first is None:
        raise EmptyCorpusError(f"{source.name}: no word pair and no question in it")
    every = chain([first], lines)
    kind = _told_format(first[1]) if source.format == _BY_CONTENT else source.format
    return _analogies(every, source.name) if kind == "analogies" else _similarity(every, source.name)


def _content(lines: _Lines, name: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are neither blank nor a comment, without white space around them."""
    for number, line in lines:
        stripped = line.strip(" \r\v\f") if "\t" in line else line.strip()  # a TAB at an end bounds an empty cell
        if stripped.strip() and not stripped.startswith("#"):
            if "\r" in stripped:
                raise CorpusError(
                    f"{name}, line {number}: {shown(stripped)} has a carriage return within it. If lines end with "
                    "carriage returns alone, save the file with line feeds"
                )
            yield number, stripped


def _told_format(line: str) -> str:
    """Return what a file is, by its first line."""
    if line.startswith(":"):
        return "analogies"
    words = line.split()
    plain = _separator(line) == "" and len(words) == 4
    return "analogies" if plain and all(_number(word) is None for word in words[2:]) else "similarity"


def _similarity(lines: _Lines, name: str) -> SimilarityGold:
    pairs: list[WordPair] = []
    header: tuple[str, ...] | None = None
    separator = ""
    for i, (number, line) in enumerate(lines):
        if i == 0:
            separator = _separator(line)
        cells = _cells(line, separator)
        where = f"{name}, line {number}"
        if len(cells) < 3 or not cells[0] or not cells[1]:
            raise CorpusError(
                f"{where}: {shown(line)} is not two words and a score, separated by {_SEPARATORS[separator]}. "
                "Mend the line, or begin it with # to leave it out"
            )
        score = _number(cells[2])
        if i == 0 and cells[2][:1].isalpha() and (separator or all(_number(cell) is None for cell in cells)):
            header = tuple(cells)
            continue
        if score is None or not math.isfinite(score):
            raise CorpusError(
                f"{where}: the score of {shown(cells[0])} and {shown(cells[1])} is {shown(cells[2])}, "
                "which is not a finite number. A line is two words and a score, in this order; decimals follow a point"
            )
        pairs.append(WordPair(cells[0], cells[1], score))
    if not pairs:
        raise EmptyCorpusError(f"{name}: no word pair in it, only a header")
    return SimilarityGold(name, tuple(pairs), header)


def _analogies(lines: _Lines, name: str) -> AnalogyGold:
    sections: dict[str, list[Question]] = {}
    section = ""
    for number, line in lines:
        where = f"{name}, line {number}"
        if line.startswith(":"):
            section = line[1:].strip()
            if not section:
                raise CorpusError(f"{where}: a section without a name. Name it after the colon: ': family'")
            sections.setdefault(section, [])
            continue
        words = line.split()
        if len(words) != 4:
            raise CorpusError(
                f"{where}: {shown(line)} is not four words. Mend the line, or begin it with # to leave it out"
            )
        sections.setdefault(section, []).append(Question(*words))
    if not any(sections.values()):
        raise EmptyCorpusError(f"{name}: no question in it, only sections")
    return AnalogyGold(name, {section: tuple(questions) for section, questions in sections.items()})


def _separator(line: str) -> str:
    return next((separator for separator in _SEPARATORS if separator and separator in line), "")


def _cells(line: str, separator: str) -> list[str]:
    """Return the cells of a line; those between commas and semicolons may stand in quotation marks."""
    if separator in (",", ";"):
        cells = next(csv.reader([line], delimiter=separator))
    else:
        cells = line.split(separator or None)
    return [cell.strip() for cell in cells]


def _number(text: str) -> float | None:
    try:
        return None if "_" in text or len(text) > _LONGEST_NUMBER else float(text)  # Python would read 1_0 as 10
    except ValueError:
        return None
