"""gensim's `KeyedVectors` and stores, in memory: neither writes a file."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from textrep.errors import MissingExtraError
from textrep.store.sparse import check_is_dense

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

    from textrep.store.store import EmbeddingStore

__all__ = ["from_gensim", "to_gensim"]


def to_gensim(store: EmbeddingStore) -> KeyedVectors:
    """Return the words of a store as gensim's KeyedVectors; not its subwords.

    Parameters
    ----------
    store : EmbeddingStore
        At least one key.

    Returns
    -------
    gensim.models.KeyedVectors
        With a copy of the vectors, and with counts where the store has them.

    Raises
    ------
    FormatError
        If the store is sparse.
    MissingExtraError
        If gensim is not installed.
    """
    check_is_dense(store, "gensim's KeyedVectors")
    if not importlib.util.find_spec("gensim"):
        raise MissingExtraError("Conversion to gensim", "gensim", "gensim")
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(store.dim, dtype=np.float32)
    vectors.index_to_key = store.keys.to_list()
    vectors.key_to_index = {key: i for i, key in enumerate(vectors.index_to_key)}
    vectors.vectors = np.array(store.vectors, np.float32)  # [n_keys, dim]
    vectors.next_index = len(store)
    if store.counts is not None:
        vectors.expandos["count"] = np.array(store.counts, np.int64)  # [n_keys]
    return vectors


def from_gensim(keyed_vectors: KeyedVectors) -> EmbeddingStore:
    """Return a store of gensim's KeyedVectors.

    Parameters
    ----------
    keyed_vectors : gensim.models.KeyedVectors
        Whose keys are str, as a model's ``wv``. Those of a FastText model keep their subwords, so that the store has
        vectors of words never seen.

    Returns
    -------
    EmbeddingStore
        With a copy of the vectors, and with counts where gensim has them.

    Raises
    ------
    TypeError
        If it is something else, or a key is no str.
    """
    from textrep.store.store import EmbeddingStore

    for name in ("index_to_key", "vectors", "expandos"):
        if not hasattr(keyed_vectors, name):
            hint = "; pass the model's .wv" if hasattr(keyed_vectors, "wv") else ""
            raise TypeError(f"expected gensim's KeyedVectors (of gensim 4), not {type(keyed_vectors).__name__}{hint}")
    keys = list(keyed_vectors.index_to_key)
    counts = keyed_vectors.expandos.get("count")
    return EmbeddingStore.from_vectors(
        keys,
        np.asarray(keyed_vectors.vectors)[: len(keys)],
        counts=counts[: len(keys)] if counts is not None and len(counts) >= len(keys) else None,
        metadata={"source": {"format": "gensim"}},
        subwords=_subwords(keyed_vectors),
    )


def _subwords(keyed_vectors: Any) -> Any:
    """Return the subwords of FastTextKeyedVectors, which are hashed as fastText does; None of others."""
    from textrep.store.subwords import SubwordTable
    from textrep.text.subwords import Subwords

    rows = getattr(keyed_vectors, "vectors_ngrams", None)
    if rows is None or not keyed_vectors.bucket or keyed_vectors.max_n < max(keyed_vectors.min_n, 1):
        return None
    rule = Subwords(
        min_n=max(int(keyed_vectors.min_n), 1), max_n=int(keyed_vectors.max_n), buckets=int(keyed_vectors.bucket)
    )
    return SubwordTable(rule, None, np.array(rows, np.float32))
