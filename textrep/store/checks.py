"""What `EmbeddingStore.from_vectors` and the searches accept, and the errors for what they do not."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textrep.available import check_memory
from textrep.checks import as_list, check_type
from textrep.keytable import KeyTable
from textrep.store.subwords import SubwordTable

__all__ = [
    "ascends_below",
    "checked_counts",
    "checked_k",
    "checked_keys",
    "checked_lengths",
    "checked_rows",
    "checked_subwords",
    "checked_vectors",
    "norms_of",
    "too_long",
]

_FLOATS_AT_ONCE = 1 << 20
_LONGEST = 3e38  # a norm that float32 can hold, with room for rounding


def checked_keys(keys: Iterable[str] | KeyTable) -> KeyTable:
    """Return the keys as a table. Raises TypeError or ValueError naming the key that is wrong.

    A KeyTable is taken as it is: its keys are distinct by construction.
    """
    if isinstance(keys, KeyTable):
        return keys
    strings = [str(key) if type(key) is np.str_ else key for key in as_list("keys", keys, "str")]
    for i, key in enumerate(strings):
        if not isinstance(key, str):
            raise TypeError(f"key {i} is {key!r} of type {type(key).__name__}; keys must be str")
    return KeyTable.from_strings(strings)


def checked_vectors(vectors: ArrayLike, keys: KeyTable, *, copy: bool) -> NDArray[np.float32]:
    """Return the vectors as read-only float32 [n_keys, dim] in C order."""
    given = _matrix(vectors, "vectors", "n_keys")
    if len(given) != len(keys):
        raise ValueError(f"{len(keys):,} keys, but {len(given):,} vectors: every key needs one vector")
    return _as_float32(given, copy=copy)


def checked_rows(context_vectors: ArrayLike, dim: int, *, copy: bool) -> NDArray[np.float32]:
    """Return the context vectors as read-only float32 [n, dim] in C order."""
    given = _matrix(context_vectors, "context_vectors", "any")
    if given.shape[1] != dim:
        raise ValueError(f"context_vectors have {given.shape[1]} dimensions, but the vectors have {dim}")
    return _as_float32(given, copy=copy)


def checked_subwords(subwords: SubwordTable | None, dim: int) -> SubwordTable | None:
    """Return the subwords, if their arrays fit together and fit vectors of `dim` dimensions."""
    if subwords is None:
        return None
    check_type("subwords", subwords, SubwordTable, "a SubwordTable, such as another store's subwords")
    present = subwords.present
    n = subwords.rule.n_rows if present is None else len(present)
    if subwords.rows.shape != (n, dim):
        raise ValueError(f"subwords have rows of shape {subwords.rows.shape}, not {(n, dim)}")
    if present is not None and not ascends_below(present, subwords.rule.n_rows):
        raise ValueError(f"subwords.present must be whole numbers, ascending, from 0 to {subwords.rule.n_rows - 1:,}")
    return replace(subwords, rows=_as_float32(subwords.rows, copy=False), present=_read_only(present))


def ascends_below(numbers: NDArray[Any], limit: int) -> bool:
    """Whether numbers are whole, rise, and lie from 0 to below a limit."""
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
        return False
    rises = bool((numbers[1:] > numbers[:-1]).all())
    return rises and (not len(numbers) or (int(numbers[0]) >= 0 and int(numbers[-1]) < limit))


def _read_only(array: NDArray[Any] | None) -> NDArray[Any] | None:
    if array is None:
        return None
    view = array.view()
    view.flags.writeable = False
    return view


def _matrix(values: ArrayLike, name: str, n: str) -> NDArray[Any]:
    try:
        given = np.asarray(values)
    except ValueError as error:  # rows of several lengths
        raise ValueError(f"{name} must have shape ({n}, dim), all rows of one length: {error}") from None
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be numbers, not {given.dtype}; pass an array of shape ({n}, dim)")
    if given.ndim != 2 or given.shape[1] < 1:
        raise ValueError(f"{name} must have shape ({n}, dim), not {given.shape}")
    return given


def _as_float32(given: NDArray[Any], *, copy: bool) -> NDArray[np.float32]:
    if copy or given.dtype != np.float32 or not given.flags.c_contiguous:
        check_memory(4 * given.size, f"copies of {given.shape[0]:,} vectors of {given.shape[1]:,} numbers")
    with np.errstate(over="ignore"):  # what becomes infinite is refused by `norms_of`
        rows: NDArray[Any] = np.array(given, np.float32, order="C", copy=True if copy else None)
    rows = rows.view(np.ndarray)
    rows.flags.writeable = False
    return rows


def norms_of(vectors: NDArray[np.float32], keys: KeyTable) -> NDArray[np.float32]:
    """Return the lengths of the vectors (float32 [n_keys], read-only).

    Raises
    ------
    ValueError
        If a vector is not finite or too long for float32; names its key.
    """
    norms = np.empty(len(vectors), np.float32)  # [n_keys]
    for start, lengths in _lengths(vectors):
        norms[start : start + len(lengths)] = checked_lengths(
            lengths, keys, lambda i: bool(np.isfinite(vectors[i]).all()), first=start
        )
    norms.flags.writeable = False
    return norms


def checked_lengths(
    lengths: NDArray[np.float64], keys: KeyTable, is_finite: Callable[[int], bool], *, first: int = 0
) -> NDArray[np.float32]:
    """Return the lengths of vectors as read-only float32 [n].

    Raises
    ------
    ValueError
        If float32 cannot hold one; names its key. `is_finite` says whether the numbers in the vector are.
    """
    if not (lengths <= _LONGEST).all():
        i = first + int(np.flatnonzero(~(lengths <= _LONGEST))[0])
        what = "is too long for float32" if is_finite(i) else "holds NaN, infinity, or what float32 cannot hold"
        raise ValueError(f"the vector of {keys[i]!r} (number {i}) {what}")
    norms = lengths.astype(np.float32)  # [n]
    norms.flags.writeable = False
    return norms


def too_long(vectors: NDArray[np.float32]) -> int | None:
    """Return the number of the first vector that is not finite or too long for float32; None if all can be kept."""
    for start, lengths in _lengths(vectors):
        wrong = np.flatnonzero(~(lengths <= _LONGEST))
        if len(wrong):
            return start + int(wrong[0])
    return None


def _lengths(vectors: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield the lengths of some vectors at a time (float64 [rows]), and the number of the first of them."""
    step = max(1, _FLOATS_AT_ONCE // vectors.shape[1])
    for start in range(0, len(vectors), step):
        with np.errstate(invalid="ignore"):  # a NaN that signals
            rows = vectors[start : start + step].astype(np.float64)
        yield start, np.sqrt(np.square(rows, out=rows).sum(axis=1))


def checked_counts(counts: ArrayLike, n_keys: int) -> NDArray[np.int64]:
    """Return the counts as read-only int64 [n_keys]."""
    given = np.asarray(counts)
    if given.size and given.dtype.kind not in "iu":
        raise TypeError(f"counts must be whole numbers, not {given.dtype}")
    if given.shape != (n_keys,):
        raise ValueError(f"{n_keys:,} keys, but counts of shape {given.shape}: every key needs one count")
    array = given.astype(np.int64)
    if (array < 0).any():
        raise ValueError(f"count {int(np.flatnonzero(array < 0)[0])} is negative")
    array.flags.writeable = False
    return array


def checked_k(k: Any) -> int:
    """Return the number of neighbours asked for. Raises ValueError if it is less than 1."""
    try:
        if isinstance(k, bool | np.bool_):
            raise TypeError
        number = operator.index(k)
    except TypeError:
        raise TypeError(f"k must be a whole number, not {k!r}") from None
    if number < 1:
        raise ValueError(f"k is the number of neighbours and must be at least 1, not {number}")
    return number
