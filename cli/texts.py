"""``textrep similar --text``: the documents nearest to a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textrep.errors import TextrepError, UnknownWordError

from .console import JsonList, bold, columns, printable, put, say
from .outcome import DONE, FAILED

if TYPE_CHECKING:
    from textrep import EmbeddingStore, Neighbour

__all__ = ["answer_texts"]

_WIDTH = 80  # characters of a document that are shown


class _NoDocumentsError(TextrepError):
    """The store cannot answer texts."""


def answer_texts(store: EmbeddingStore, texts: Sequence[str], k: int, *, as_json: bool) -> int:
    """Answer all texts, and return the exit code."""
    if store.vectorizer is None:
        raise _NoDocumentsError(
            f"{store.path} holds vectors of words, not of documents; textrep embed CORPUS --documents makes a store "
            "that --text can ask"
        )
    if as_json:
        with JsonList() as results:
            return _answer(store, texts, k, lambda text, found: results.add(_as_json(store, text, found)))

    def show(text: str, found: list[Neighbour]) -> None:
        if len(texts) > 1:
            put(bold(printable(text)))
        rows = [(key, f"{score:.4f}  {_shown(store, key)}") for key, score in found]
        for line in columns(rows, indent="  "):
            put(line)

    return _answer(store, texts, k, show)


def _answer(store: EmbeddingStore, texts: Sequence[str], k: int, show: Any) -> int:
    code = DONE
    for text in texts:
        try:
            found = store.similar_to_text(text, k)
        except UnknownWordError:
            say(f"no word of {text!r} is in the documents")
            code = FAILED
        else:
            show(text, found)
    return code


def _text_of(store: EmbeddingStore, key: str) -> str:
    return "" if store.texts is None else store.texts[store.keys.find(key)]


def _shown(store: EmbeddingStore, key: str) -> str:
    text = " ".join(printable(_text_of(store, key)).split())
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


def _as_json(store: EmbeddingStore, query: str, found: list[Neighbour]) -> dict[str, Any]:
    neighbours = [{"key": key, "score": score, "text": _text_of(store, key)} for key, score in found]
    return {"query": query, "neighbours": neighbours}
