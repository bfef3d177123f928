"""CoNLL-U files, as Universal Dependencies defines them: ten columns, numbered words, comments before a sentence.

References
----------
https://universaldependencies.org/format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from textrep.corpus.lines import is_blank
from textrep.errors import CorpusError
from textrep.labelled.sentences import Column, Columns, OpenSentence, TaggedSentence, column_number

__all__ = ["conllu_sentences", "is_conllu_row"]

_COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_WORD = re.compile("[1-9][0-9]*")
_NO_WORD = re.compile(r"[1-9][0-9]*-[1-9][0-9]*|[0-9]+\.[1-9][0-9]*")  # a multiword token, an empty node
_TAGS = ("upos", "xpos")  # where "_" is a tag that is missing


def is_conllu_row(line: str) -> bool:
    """Whether a line can only be a row of CoNLL-U, or of CoNLL-X, whose words and tags stand in the same columns."""
    cells = line.split("\t")
    return len(cells) == len(_COLUMNS) and bool(_WORD.fullmatch(cells[0]) or _NO_WORD.fullmatch(cells[0]))


def conllu_sentences(lines: Iterator[tuple[int, str]], name: str, columns: Columns) -> Iterator[TaggedSentence]:
    """Yield the sentences of a file.

    Parameters
    ----------
    lines : iterator of (int, str)
        The file: numbers and lines.
    name : str
        What errors call it.
    columns : Columns
        Which hold token and tag.
    """
    token = _number(columns.token, "form", "token_column", name)
    tag = _number(columns.tag, "upos", "tag_column", name) if columns.tagged else None
    if token == tag:
        raise CorpusError(f"{name}: tokens and tags are both from column {_COLUMNS[token]!r}. Pass another tag_column=")
    sentence = OpenSentence(name)
    begun = 0  # where the current sentence begins, its comments included; 0 between sentences
    for number, line in lines:
        if is_blank(line):
            if begun:
                yield _closed(sentence, f"{name}, line {begun}")
            sentence, begun = OpenSentence(name), 0
            continue
        begun = begun or number
        if line[0] == "#":
            continue
        where = f"{name}, line {number}"
        cells = _cells(line, where)
        if _NO_WORD.fullmatch(cells[0]):
            continue
        _check_id(cells[0], len(sentence) + 1, where)
        word = _filled(cells, token, "token_column", where)
        sentence.add(word, None if tag is None else _filled(cells, tag, "tag_column", where), number)
    if begun:
        yield _closed(sentence, f"{name}, line {begun}")


def _number(column: Column, default: str, option: str, name: str) -> int:
    if column is None:
        column = default
    if isinstance(column, int):
        return column_number(column, len(_COLUMNS), option, name)
    if column not in _COLUMNS:
        raise CorpusError(
            f"{name}: {option}={column!r} is no column of CoNLL-U. These are {', '.join(map(repr, _COLUMNS))}"
        )
    return _COLUMNS.index(column)


def _closed(sentence: OpenSentence, where: str) -> TaggedSentence:
    if not sentence:
        raise CorpusError(f"{where}: a sentence without tokens. Leave it out, with its comments")
    return sentence.closed()


def _cells(line: str, where: str) -> list[str]:
    cells = line.split("\t")
    if len(cells) != len(_COLUMNS):
        raise CorpusError(
            f"{where}: columns: {len(cells)}, but CoNLL-U has {len(_COLUMNS)}, separated by TABs. Mend the row; files "
            'of other columns are read with format="conll"'
        )
    return cells


def _check_id(found: str, expected: int, where: str) -> None:
    if found == str(expected):
        return
    if not _WORD.fullmatch(found):
        raise CorpusError(
            f"{where}: {found!r} is no ID of a word (1), a multiword token (1-2) or an empty node (1.1). Mend the row; "
            'files of other columns are read with format="conll"'
        )
    remedy = "Put a blank line between sentences" if found == "1" else "Number the words of a sentence from 1 on"
    raise CorpusError(f"{where}: word {found}, where word {expected} of the sentence is expected. {remedy}")


def _filled(cells: list[str], column: int, option: str, where: str) -> str:
    cell, name = cells[column], _COLUMNS[column]
    if not cell.strip() or (cell == "_" and name in _TAGS):
        raise CorpusError(
            f"{where}: no {name}: the column {name!r} of word {cells[0]} is {repr(cell) if cell.strip() else 'empty'}. "
            f"Pass another column, {option}=NAME, or leave the sentence out"
        )
    return cell
