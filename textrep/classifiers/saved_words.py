"""`Words` in a file: the table, the store with which words beyond it are looked up, and the tokenizer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.classifiers.words import Words
from textrep.store import EmbeddingStore
from textrep.store.file import Saved, saved_parts
from textrep.store.form import SavedForm
from textrep.text.tokenizers import check_can_be_saved, tokenizer_from_dict

__all__ = ["restored_words", "saved_words"]


def saved_words(words: Words) -> Saved:
    """Return what a file holds of words: of the store, what predictions and a new `fit` need.

    Raises
    ------
    ValueError
        If the tokenizer is a Python function.
    """
    if words.tokenizer is not None:
        check_can_be_saved(words.tokenizer)
    header: dict[str, Any] = {
        "tokenizer": None if words.tokenizer is None else words.tokenizer.to_dict(),
        "has_store": words.store is not None,
    }
    table = words.table
    tensors: dict[str, NDArray[Any]] = {
        "table.blob": table.blob,
        "table.offsets": table.offsets,
        "table.slots": table.slots,
        "counts": words.counts,
    }
    if words.store is None:
        return Saved(header, tensors)
    store = saved_parts(words.store.parts().for_lookup()).below("store")
    return Saved({**header, **store.header}, {**tensors, **store.tensors})


def restored_words(form: SavedForm) -> Words:
    """Return the words that a part of a file holds."""
    table = form.table("table")
    tokenizer = None
    if form.header.get("tokenizer") is not None:
        tokenizer = tokenizer_from_dict(form.value("tokenizer", dict))
    store = EmbeddingStore(form.store_parts("store")) if form.value("has_store", bool) else None
    if store is not None and store.is_sparse:
        raise form.refusal("its store is sparse")
    counts = np.array(form.counts("counts", len(table)))  # a copy, in memory
    return Words(table, counts, store, tokenizer)
