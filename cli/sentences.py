"""Sentences to tag: lines of text split into tokens, or CoNLL files; some at a time, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textrep.errors import CorpusError, EmptyCorpusError

from .lines import batches_of_lines

if TYPE_CHECKING:
    from textrep.corpus.sources import Reader, Source

__all__ = ["CHARACTERS", "batches_of_sentences", "splitter"]

CHARACTERS, TEXT = "characters", "text"
_AT_ONCE = 1024  # sentences


def splitter(format: str | None) -> Callable[[str], list[str]]:  # noqa: A002
    """Return what splits a line into tokens."""
    if format == CHARACTERS:
        return list
    from textrep import get_tokenizer

    return get_tokenizer("whitespace")


def batches_of_sentences(
    files: Sequence[str],
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
    files : sequence of str
        Files, folders, globs; ``-`` is standard input.
    format : {"text", "characters", "conll", "conllu"}, optional
        What they are; by default the name of each tells: .txt, names without an ending and standard input are text.
    tab_remedy : str, optional
        What to do about a TAB among characters, if it cannot be a token.
    encoding, encoding_errors, **columns
        As `textrep.labelled.read_sequences` takes them.
    """
    from textrep.corpus.decoding import check_encoding
    from textrep.corpus.sources import find_sources

    encoding = check_encoding(encoding, encoding_errors)
    remedy = tab_remedy if format == CHARACTERS else _COLUMNS_REMEDY if format is None else None
    split = splitter(format)
    for source in find_sources(tuple(files), format, _reader()):
        if source.format in (TEXT, CHARACTERS):
            for first, lines in batches_of_lines(source, encoding, encoding_errors):
                if remedy is not None:
                    _refuse_tabs(lines, first, source.name, remedy)
                yield [split(line) for line in lines]
        else:
            yield from _read(source, encoding=encoding, encoding_errors=encoding_errors, **columns)


_COLUMNS_REMEDY = (
    "If each line is a token, give --format conll (or conllu); if each is a sentence, --format text"  # which has no TAB
)


def _reader() -> Reader:
    """Return which files there are: those of sequences, of which some are text."""
    from textrep.labelled.files import SEQUENCES

    return replace(
        SEQUENCES,
        formats=(TEXT, CHARACTERS, *SEQUENCES.formats),
        endings={**SEQUENCES.endings, "txt": TEXT},
        otherwise=TEXT,
        unknown='format="text" reads a sentence a line, format="conll" a token a line',
    )


def _refuse_tabs(lines: Sequence[str], first: int, name: str, remedy: str) -> None:
    for number, line in enumerate(lines, first):
        if "\t" in line:
            shown = repr(line if len(line) <= 40 else f"{line[:37]}...")
            raise CorpusError(f"{name}, line {number}: {shown} has a TAB. {remedy}")


def _read(source: Source, **options: Any) -> Iterator[list[list[str]]]:
    from textrep.labelled import read_sequences
    from textrep.labelled.files import BY_CONTENT

    told = None if source.format == BY_CONTENT else source.format
    try:
        tokens = read_sequences(
            "-" if source.path is None else source.path, format=told, tagged=False, **options
        ).tokens
    except EmptyCorpusError:  # no sentence, no tags
        return
    for begin in range(0, len(tokens), _AT_ONCE):
        yield tokens[begin : begin + _AT_ONCE]
