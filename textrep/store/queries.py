"""What a store may be asked with: a word, a vector, or several of them."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["QueryItem", "query_items", "query_vector", "word_list"]

QueryItem: TypeAlias = str | ArrayLike  # a word or a vector


def query_items(query: Any) -> tuple[list[Any], bool]:
    """Return words and vectors as a list, and whether it was only one, outside a list.

    ``"king"`` → ``(["king"], True)``; ``["king", [0.1, 0.9]]`` → the same list and False; ``[0.1, 0.9]``, a
    vector, → ``([[0.1, 0.9]], True)``; an empty list holds no queries.

    Raises
    ------
    TypeError, ValueError
        If it is nothing of that kind.
    """
    if isinstance(query, str):
        return [query], True
    if isinstance(query, bytes | bytearray | Mapping) or not isinstance(query, Iterable):
        raise TypeError(f"expected a word, a vector, or a list of them, not {query!r}")
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
    """Return one vector as float64 [dim], checked.

    Raises
    ------
    TypeError
        If it is not made of numbers.
    ValueError
        If it is of another length or not finite.
    """
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
        raise ValueError(f"the vector asked for has {vector[place]} in dimension {place}; it must be finite")
    return vector


def word_list(words: Any) -> list[str]:
    """Return several words as a list; refuse a single word, which would be taken letter by letter."""
    if isinstance(words, str):
        raise TypeError(f"expected a list of words, not the one word {words!r}; pass [{words!r}]")
    items = list(words)
    for i, word in enumerate(items):
        if not isinstance(word, str):
            raise TypeError(f"expected words, but number {i} is {word!r} of type {type(word).__name__}")
    return items
