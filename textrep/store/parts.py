"""From what a caller gives to the parts of a store, checked; and back from a pickle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textrep.checks import as_list, check_type
from textrep.container import Container, to_json
from textrep.keytable import KeyTable
from textrep.shown import shown
from textrep.store.checks import (
    checked_counts,
    checked_keys,
    checked_rows,
    checked_subwords,
    checked_vectors,
    norms_of,
)
from textrep.store.file import StoreParts
from textrep.store.sparse import SparseRows, is_sparse, sparse_rows
from textrep.store.subwords import SubwordTable
from textrep.strings import StringArray

if TYPE_CHECKING:
    from textrep.text import Tokenizer

__all__ = ["checked_parts", "locked", "name_of"]


def checked_parts(
    keys: Iterable[str] | KeyTable,
    vectors: Any,
    *,
    counts: ArrayLike | None,
    tokenizer: Mapping[str, Any] | Tokenizer | None,
    metadata: Mapping[str, Any] | None,
    subwords: SubwordTable | None,
    context_vectors: ArrayLike | None,
    texts: Iterable[str] | None,
    copy: bool,
) -> StoreParts:
    """Return the parts of a store; see `EmbeddingStore.from_vectors`."""
    table = checked_keys(keys)
    _check_descriptions(tokenizer, metadata)
    rows: NDArray[np.float32] | SparseRows
    if is_sparse(vectors):
        if subwords is not None or context_vectors is not None:
            name = "subwords" if subwords is not None else "context_vectors"
            raise ValueError(f"{name} go with dense vectors only; pass vectors.toarray(), or leave them away")
        rows, norms = sparse_rows(vectors, table, copy=copy)
        dim = rows.dim
    else:
        rows = checked_vectors(vectors, table, copy=copy)
        norms, dim = norms_of(rows, table), rows.shape[1]
    return StoreParts(
        table,
        rows,
        norms,
        None if counts is None else checked_counts(counts, len(table)),
        None if tokenizer is None else dict(tokenizer if isinstance(tokenizer, Mapping) else tokenizer.to_dict()),
        json.loads(to_json(dict(metadata or {}), "metadata")),
        checked_subwords(subwords, dim),
        None if context_vectors is None else checked_rows(context_vectors, dim, copy=copy),
        None if texts is None else _checked_texts(texts, len(table)),
    )


def _check_descriptions(tokenizer: Any, metadata: Any) -> None:
    """Refuse what cannot say how words were split, and how vectors were made."""
    if tokenizer is not None and not isinstance(tokenizer, Mapping) and not hasattr(tokenizer, "to_dict"):
        raise TypeError(f"tokenizer must be what get_tokenizer returns, or its to_dict(), not {shown(tokenizer)}")
    check_type("metadata", {} if metadata is None else metadata, Mapping, "a dict")


def _checked_texts(texts: Iterable[str], n_keys: int) -> StringArray:
    array = texts
    if not isinstance(array, StringArray):
        strings = as_list("texts", texts, "str")
        for i, text in enumerate(strings):
            check_type(f"texts[{i}]", text, str, "a str")
        array = StringArray.from_strings(strings)
    if len(array) != n_keys:
        raise ValueError(f"there are {len(array):,} texts for {n_keys:,} keys; pass one for each")
    return array


def locked(parts: StoreParts) -> StoreParts:
    """Return parts that came out of a pickle, which may forget that arrays are read-only."""
    for array in (parts.vectors, parts.norms, parts.counts, parts.context_vectors):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return parts


def name_of(parts: StoreParts, container: Container | None) -> str:
    """Return what messages call a store: the file it came from, if any."""
    if container is not None:
        return str(container.path)
    source = parts.metadata.get("source")
    return str(source["path"]) if isinstance(source, dict) and "path" in source else "this store"
