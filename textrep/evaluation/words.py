"""Which key of a store a word of a gold set stands for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textrep.errors import StoreMismatchError
from textrep.store.dense import check_store

if TYPE_CHECKING:
    from textrep.store import EmbeddingStore
    from textrep.text import Tokenizer

__all__ = ["check_words", "number_of", "spelled_as_in"]


def check_words(store: Any) -> None:
    """Refuse anything but a store of words whose tokenizer is known, or that has none.

    Raises
    ------
    TypeError
        If it is no store.
    StoreMismatchError
        If it holds documents, or its tokenizer cannot be made again.
    """
    check_store(store)
    if store.is_of_documents:
        raise StoreMismatchError(
            f"{store.path or 'this store'} holds vectors of documents, and gold sets score those of words; "
            "make a store of words: textrep embed, without --documents"
        )
    try:
        store.tokenizer  # noqa: B018 - made now
    except ValueError as error:
        raise StoreMismatchError(
            f"{store.path or 'this store'}: words of a gold set cannot be split as the corpus was: {error}"
        ) from None


def spelled_as_in(store: EmbeddingStore, words: Iterable[str]) -> dict[str, str | None]:
    """Return each word as the store spells it: as it is if it is a key, or else as the store's tokenizer writes it.

    ``{"Athens": "athens"}``; a word in which the tokenizer sees none, or several, is None, unless these are together a
    key (the n-grams of a sparse store). What comes out need not be a key: its vector may be made up of subwords.
    """
    tokenizer = store.tokenizer
    if tokenizer is not None and tokenizer.to_dict().get("name") == "callable":
        tokenizer = None
    return {word: word if word in store else _as_split(store, tokenizer, word) for word in dict.fromkeys(words)}


def _as_split(store: EmbeddingStore, tokenizer: Tokenizer | None, word: str) -> str | None:
    if tokenizer is None:
        return word
    tokens = tokenizer(word)
    if len(tokens) == 1:
        return tokens[0]
    ngram = " ".join(tokens)
    return ngram if tokens and ngram in store else None


def number_of(store: EmbeddingStore, word: str | None) -> int:
    """Return the number of a key, written in NFC or not; -1 for what is none."""
    if word is None or word not in store:
        return -1
    number = store.keys.find(word)
    return number if number >= 0 else store.keys.find(unicodedata.normalize("NFC", word))
