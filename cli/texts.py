"""Texts asked with ``textrep similar``: the documents nearest to each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from textrep.errors import TextrepError, UnknownTextError

from .console import JsonList, flush, is_terminal, say
from .neighbours import Tables, as_json, show
from .outcome import DONE, FAILED
from .units import count
from .words import batches

if TYPE_CHECKING:
    from textrep import EmbeddingStore, Neighbour

__all__ = ["answer_texts"]


_REMEDY = "give one with --text, or send texts to standard input, one a line"


class _NoVectorizerError(TextrepError):
    """The store cannot make a vector of a text."""


def answer_texts(store: EmbeddingStore, texts: Sequence[str], k: int, *, approximate: bool, in_json: bool) -> int:
    """Answer texts, or else what is typed at a prompt, or the lines of standard input; return the exit code."""
    if store.vectorizer is None:
        raise _NoVectorizerError(f"{store.path} cannot make a vector of a text: {_why(store)}")
    nearest = partial(store.similar_to_text, k=k, approximate=approximate)
    if not texts and is_terminal(sys.stdin):
        if in_json:
            raise click.UsageError(f"no text given: {_REMEDY}")
        from .prompt import ask

        about = f"{count(len(store), 'document')} of {store.path}"
        ask(about, lambda text: show(store, nearest(text)), what="text")
        return DONE
    if in_json:
        with JsonList() as results:
            return _answer(texts, nearest, lambda text, found: results.add(as_json(store, text, found)))
    return _answer(texts, nearest, Tables(store, headings=len(texts) != 1))


def _why(store: EmbeddingStore) -> str:
    made = store.metadata
    if store.is_of_documents:
        return f"{made.get('method')}, which made those of its documents, is a plug-in, and not kept in the store"
    of_words = "it was converted" if made.get("source") else "it holds vectors of words"
    return f"{of_words}; textrep embed CORPUS --documents makes a store that --text can ask"


def _answer(
    texts: Sequence[str],
    nearest: Callable[[str], list[Neighbour]],
    write: Callable[[str, list[Neighbour]], None],
) -> int:
    code = DONE
    for batch in batches(texts, "text", _REMEDY):
        for text in batch:
            try:
                write(text, nearest(text))
            except UnknownTextError as error:
                say(str(error))
                code = FAILED
        flush()
    return code
