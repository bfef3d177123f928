"""The words of a question: where they come from, and which key of the store each stands for."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from textrep.errors import TextrepError, UnknownWordError
from textrep.shown import shown

from .console import is_terminal, say
from .hint import named, typed
from .incoming import anything, utf8_lines

if TYPE_CHECKING:
    from textrep import EmbeddingStore

__all__ = ["QueryError", "batches", "find_all", "find_key"]

_REMEDY = "name words as arguments, or send them to standard input, one a line"


class QueryError(TextrepError):
    """A query is not one word as the store's tokenizer sees it."""


def batches(
    words: Sequence[str], what: str = "word", remedy: str = _REMEDY, *, needed: bool = False
) -> Iterator[list[str]]:
    """Yield words to be answered together: the arguments, or else the lines of standard input as they come in.

    Parameters
    ----------
    words : sequence of str
        The arguments.
    what, remedy : str
        What they are called, and how to give some.
    needed : bool
        Whether to refuse a standard input that holds none.

    Raises
    ------
    click.UsageError
        If there are no arguments and standard input is a terminal, on which nobody expects to have to type.
    TextrepError
        If standard input is closed, or holds none and some are needed.
    AnsweredError
        At the end, if lines of it were not UTF-8.
    """
    if words:
        yield list(words)
    elif is_terminal(sys.stdin):
        raise click.UsageError(f"no {what} given: {remedy}")
    else:
        yield from anything(_lines(), what, remedy, needed=needed)


def _lines() -> Iterator[list[str]]:
    for lines in utf8_lines():
        if words := [word for line in lines if (word := line.removeprefix("\ufeff").strip())]:
            yield words


def find_key(store: EmbeddingStore, word: str) -> str:
    """Return the key that a word stands for: itself, or what the store's tokenizer makes of it.

    Raises
    ------
    UnknownWordError
        If it stands for no key; names close ones.
    QueryError
        If none is close; or the tokenizer finds no word in it, or several; or the store holds documents, and none of
        this name.
    """
    if word in store:
        return word
    if any("\udc80" <= character <= "\udcff" for character in word):  # what Python makes of bytes that are no UTF-8
        raise QueryError(f"{shown(word)} is not valid UTF-8; give words in that encoding")
    if store.texts is not None:
        raise QueryError(
            f"{shown(word)} is no document: they are called {store.keys[0]!r} and so on; "
            "textrep similar --text asks with a text"
        )
    tokens = _tokens(store, word)
    if tokens is None:
        tokens = [word]
    if not tokens:
        raise QueryError(f"{shown(word)} holds no word, as the store's tokenizer sees it")
    ngram = " ".join(tokens)
    if len(tokens) > 1 and ngram in store:  # of one-hot, count and TF-IDF vectorizers
        say(f"{shown(word)} is looked up as {shown(ngram)}, as the store's tokenizer writes it")
        return ngram
    if len(tokens) > 1:
        first = ", ".join(map(shown, tokens[:5])) + (", ..." if len(tokens) > 5 else "")
        raise QueryError(
            f"{shown(word)} is not one word but {len(tokens)}, as the store's tokenizer sees it: {first}; "
            "ask for each by itself"
        )
    _check_known(store, tokens[0])
    if tokens[0] != unicodedata.normalize("NFC", word):
        say(f"{shown(word)} is looked up as {shown(tokens[0])}, as the store's tokenizer writes it")
    return tokens[0]


def _check_known(store: EmbeddingStore, word: str) -> None:
    """Refuse a word without a vector; where no close word was found, say where to look."""
    try:
        store[word]
    except UnknownWordError as error:
        if error.close:
            raise
        path = named(Path(str(store.path)))
        raise QueryError(
            f"{shown(word)} is not in the vocabulary of {store.path}, and no close word was found; "
            f"{typed(['info', path])} shows what is there"
        ) from error


def _tokens(store: EmbeddingStore, word: str) -> list[str] | None:
    """Split a word as the corpus was split; None if how is not known."""
    try:
        tokenizer = store.tokenizer
    except ValueError as error:
        raise QueryError(f"{shown(word)} is no key, and cannot be split as the corpus was: {error}") from None
    if tokenizer is None or tokenizer.to_dict().get("name") == "callable":
        return None
    return tokenizer(word)


def find_all(store: EmbeddingStore, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words that stand for a key, and these keys; say on stderr what is wrong with the others."""
    known, keys = [], []
    for word in words:
        try:
            keys.append(find_key(store, word))
        except (QueryError, UnknownWordError) as error:
            say(str(error))
        else:
            known.append(word)
    return known, keys
