"""Sentences to tag: lines of text split into tokens, or CoNLL files; some at a time, in their order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from textrep.corpus.decoding import check_encoding
from textrep.corpus.sources import Source, find_sources
from textrep.errors import CorpusError, EmptyCorpusError
from textrep.labelled.files import BY_CONTENT, SEQUENCES
from textrep.labelled.sequences import read_sequences
from textrep.labelled.unlabelled import batches_of_lines
from textrep.shown import shown
from textrep.text import get_tokenizer

__all__ = ["batches_of_sentences", "splitter"]

_TEXT, _CHARACTERS = "text", "characters"
_AT_ONCE = 1024  # sentences
# Which files there are: those of sequences, of which some are text.
_SENTENCES = replace(
    SEQUENCES,
    formats=(_TEXT, _CHARACTERS, *SEQUENCES.formats),
    endings={**SEQUENCES.endings, "txt": _TEXT},
    otherwise=_TEXT,
    unknown='format="text" reads a sentence a line, format="conll" a token a line',
)


def splitter(format: str | None) -> Callable[[str], list[str]]:  # noqa: A002
    """Return what splits a line into tokens: at white space, or with format ``"characters"`` between any two."""
    return list if format == _CHARACTERS else get_tokenizer("whitespace")


def batches_of_sentences(
    files: Sequence[str | os.PathLike[str]],
    format: str | None,  # noqa: A002
    *,
    tab_remedy: str | None,
    encoding: str,
    encoding_errors: str,
    **columns: Any,
) -> Iterator[list[list[str]]]:
    """Yield the sentences of files, those that are read together as one list.

    Parameters
    ----------
    files : sequence of str or path
        Files, folders, globs; ``-`` is standard input, whose lines are yielded as they come in.
    format : {"text", "characters", "conll", "conllu"}, optional
        What they are; by default the name of each tells: .txt, names without an ending and standard input are text.
    tab_remedy : str, optional
        What to do about a TAB in a line of text, if that is refused.
    encoding, encoding_errors, **columns
        As `textrep.read_sequences` takes them.

    Raises
    ------
    CorpusError
        As `textrep.read_sequences` does; also if a line of text has a TAB, and `tab_remedy` says what to do about it.
    """
    encoding = check_encoding(encoding, encoding_errors)
    split = splitter(format)
    for source in find_sources(tuple(files), format, _SENTENCES):
        if source.format in (_TEXT, _CHARACTERS):
            for first, lines in batches_of_lines(source, encoding, encoding_errors):
                if tab_remedy is not None:
                    _refuse_tabs(lines, first, source.name, tab_remedy)
                yield [split(line) for line in lines]
        else:
            yield from _read(source, encoding=encoding, encoding_errors=encoding_errors, **columns)


def _refuse_tabs(lines: Sequence[str], first: int, name: str, remedy: str) -> None:
    for number, line in enumerate(lines, first):
        if "\t" in line:
            raise CorpusError(f"{name}, line {number}: {shown(line)} has a TAB. {remedy}")


def _read(source: Source, **options: Any) -> Iterator[list[list[str]]]:
    told = None if source.format == BY_CONTENT else source.format
    try:
        tokens = read_sequences(
            "-" if source.path is None else source.path, format=told, tagged=False, **options
        ).tokens
    except EmptyCorpusError:  # no sentence, no tags
        return
    for begin in range(0, len(tokens), _AT_ONCE):
        yield tokens[begin : begin + _AT_ONCE]
