"""`check_dense`: the refusal of stores that have no dense vectors of words."""

from __future__ import annotations

from typing import Any

from textrep.store.store import EmbeddingStore

__all__ = ["check_dense"]


def check_dense(store: Any, user: str) -> None:
    """Refuse anything but a store of dense vectors; `user` is what they are for, as the subject of a sentence.

    Raises
    ------
    TypeError
        If it is no store.
    ValueError
        If it is sparse.
    """
    if not isinstance(store, EmbeddingStore):
        raise TypeError(f"store must be an EmbeddingStore, not {store!r}; EmbeddingStore.open opens a saved one")
    if store.is_sparse:
        raise ValueError(
            f"{store!r} has sparse vectors, one column a document; {user} takes dense vectors of words, as word2vec, "
            "fasttext and GloVe have them"
        )
