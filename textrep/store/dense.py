"""`check_store` and `check_dense`: the refusal of what is no store, and of stores without dense vectors of words."""

from __future__ import annotations

from typing import Any

from textrep.shown import shown
from textrep.store.store import EmbeddingStore

__all__ = ["check_dense", "check_store"]


def check_store(store: Any, name: str = "store") -> None:
    """Raise TypeError unless `store`, a parameter of this name, is a store."""
    if not isinstance(store, EmbeddingStore):
        raise TypeError(f"{name} must be an EmbeddingStore, not {shown(store)}; EmbeddingStore.open opens a saved one")


def check_dense(store: Any, user: str) -> None:
    """Refuse anything but a store of dense vectors; `user` is what they are for, as the subject of a sentence.

    Raises
    ------
    TypeError
        If it is no store.
    ValueError
        If it is sparse.
    """
    check_store(store)
    if store.is_sparse:
        raise ValueError(
            f"{store!r} has sparse vectors, one column a document; {user} takes dense vectors of words, as word2vec, "
            "fasttext and GloVe have them"
        )
