"""What a store may be asked with: a word, a vector, or several of them."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textrep.shown import shown
from textrep.store.sparse import canonical_csr, is_sparse

if TYPE_CHECKING:
    from scipy.sparse import csr_array, sparray, spmatrix

__all__ = ["QueryItem", "query_items", "query_row", "query_vector", "word_list"]

QueryItem: TypeAlias = Union[str, ArrayLike, "sparray", "spmatrix"]  # a word or a vector


def query_items(query: Any, name: str = "query") -> tuple[list[Any], bool]:
    """Return words and vectors as a list, and whether it was only one, outside a list; messages call it `name`.

    ``"king"`` → ``(["king"], True)``; ``["king", [0.1, 0.9]]`` → the same list and False; ``[0.1, 0.9]``, a
    vector, → ``([[0.1, 0.9]], True)``; an empty list holds no queries. A matrix, sparse or not, is a list of its
    rows, even if it has only one.

    Raises
    ------
    TypeError, ValueError
        If it is nothing of that kind.
    """
    if isinstance(query, str):
        return [query], True
    if is_sparse(query):
        if query.ndim not in (1, 2):
            raise ValueError(f"expected a vector or a matrix, not an array of {query.ndim} dimensions")
        if query.ndim == 1:
            return [query], True
        rows = canonical_csr(query)
        return [rows[i : i + 1] for i in range(rows.shape[0])], False
    if isinstance(query, bytes | bytearray | Mapping) or not isinstance(query, Iterable):
        raise TypeError(f"{name}: expected a word, a vector, or a list of them, not {shown(query)}")
    if hasattr(query, "__array__"):
        array = np.asarray(query)
        if array.ndim not in (1, 2):
            raise ValueError(f"expected a vector or a matrix, not an array of {array.ndim} dimensions")
        if array.ndim == 1 and array.size and array.dtype.kind in "biuf":
            return [array], True
        return (array if array.ndim == 2 else array.tolist()), False  # type: ignore[return-value]
    items = list(query)
    if items and isinstance(query, list | tuple) and all(isinstance(item, numbers.Real) for item in items):
        return [items], True
    return items, False


def query_vector(item: Any, dim: int) -> NDArray[np.float64]:
    """Return one vector, sparse or not, as float64 [dim], checked.

    Raises
    ------
    TypeError
        If it is not made of numbers.
    ValueError
        If it is of another length or not finite.
    """
    if is_sparse(item):
        vector: NDArray[np.float64] = query_row(item, dim).toarray()[0]
        return vector
    try:
        vector = np.asarray(item)
        if vector.dtype.kind not in "biuf":
            raise TypeError
    except (TypeError, ValueError):
        raise TypeError(f"expected a word or a vector of {dim} numbers, not {item!r}") from None
    if vector.shape != (dim,):
        found = f"{vector.size} dimensions" if vector.ndim == 1 else f"shape {vector.shape}"
        raise ValueError(f"the vector asked for has {found}, but the store's vectors have {dim} dimensions")
    vector = vector.astype(np.float64)  # [dim]
    if not np.isfinite(vector).all():
        place = int(np.flatnonzero(~np.isfinite(vector))[0])
        raise _not_finite(vector[place], place)
    return vector


def query_row(item: Any, dim: int) -> csr_array:
    """Return one vector, sparse or not, as a row (float64 [1, dim]), checked as `query_vector` does."""
    from scipy.sparse import csr_array

    if not is_sparse(item):
        return csr_array(query_vector(item, dim)[None])
    if item.dtype.kind not in "biuf":
        raise TypeError(f"expected a word or a vector of {dim} numbers, not a sparse array of {item.dtype}")
    if item.ndim == 1:
        item = item.reshape((1, -1))
    if item.shape[0] != 1:
        raise ValueError(f"expected one vector, not a sparse matrix of shape {item.shape}")
    if item.shape[1] != dim:
        found = f"{item.shape[1]} dimensions"
        raise ValueError(f"the vector asked for has {found}, but the store's vectors have {dim} dimensions")
    row = canonical_csr(item).astype(np.float64)  # [1, dim]
    if not np.isfinite(row.data).all():
        place = int(np.flatnonzero(~np.isfinite(row.data))[0])
        raise _not_finite(row.data[place], int(row.indices[place]))
    return row


def _not_finite(number: float, place: int) -> ValueError:
    return ValueError(f"the vector asked for has {number} in dimension {place}; it must be finite")


def word_list(words: Any) -> list[str]:
    """Return several words as a list; refuse a single word, which would be taken letter by letter."""
    if isinstance(words, str):
        raise TypeError(f"expected a list of words, not the one word {words!r}; pass [{words!r}]")
    try:
        items = list(words)
    except TypeError:
        raise TypeError(f"expected a list of words, not {shown(words)}") from None
    for i, word in enumerate(items):
        if not isinstance(word, str):
            raise TypeError(f"expected words, but number {i} is {word!r} of type {type(word).__name__}")
    return items
