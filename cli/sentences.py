"""Sentences to tag: lines of text split into tokens, or CoNLL files; some at a time, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

from textrep.errors import CorpusError, EmptyCorpusError

from .lines import LINES, batches_of_texts

__all__ = ["batches_of_sentences", "splitter"]

CHARACTERS, TEXT = "characters", "text"
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
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
    token_column: int | str | None,
    comment_prefix: str | None,
    encoding: str,
    encoding_errors: str,
) -> Iterator[list[list[str]]]:
    """Yield the sentences of files, those that are read together as one list.

    Parameters
    ----------
    files : sequence of str
        Files, folders, globs; ``-`` is standard input.
    format : {"text", "characters", "conll", "conllu"}, optional
        What they are; by default their names tell.
    token_column, comment_prefix, encoding, encoding_errors
        As `textrep.labelled.read_sequences` takes them.
    """
    for file in files:
        if format in (TEXT, CHARACTERS) or (format is None and _is_text(file)):
            split = splitter(format)
            for lines in batches_of_texts([file], LINES, "text", encoding, encoding_errors):
                if format is None:
                    _refuse_columns(lines, file)
                yield [split(line) for line in lines]
        else:
            options: dict[str, Any] = {"token_column": token_column, "comment_prefix": comment_prefix}
            yield from _read(file, format, encoding=encoding, encoding_errors=encoding_errors, **options)


def _is_text(file: str) -> bool:
    """Whether a file is taken for lines of text by its name: ``"a.txt.gz"``, ``"-"``, a name without an ending."""
    name = PurePath(file).name.lower()
    for ending in _COMPRESSED:
        name = name.removesuffix(ending)
    return PurePath(name).suffix in ("", ".txt") and not Path(file).is_dir()


def _refuse_columns(lines: Sequence[str], file: str) -> None:
    found = next((line for line in lines if "\t" in line), None)
    if found is not None:
        name = "standard input" if file == "-" else file
        shown = repr(found if len(found) <= 40 else f"{found[:37]}...")
        raise CorpusError(
            f"{name}: the line {shown} has a TAB. If each line is a token, give --format conll (or conllu); if each "
            "is a sentence, --format text"
        )


def _read(file: str, format: str | None, **options: Any) -> Iterator[list[list[str]]]:  # noqa: A002
    from textrep.labelled import read_sequences

    try:
        tokens = read_sequences(file, format=format, tagged=False, **options).tokens
    except EmptyCorpusError:  # no sentence, no tags
        return
    for begin in range(0, len(tokens), _AT_ONCE):
        yield tokens[begin : begin + _AT_ONCE]
