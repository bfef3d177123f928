"""`Vocabulary`: tokens and their ids, in the one documented order.

Order: count descending, then token by code points. It depends on nothing but the counts: not on hash seeds, threads, or
where in the corpus a token stands.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from textrep.checks import check_type
from textrep.errors import UnknownWordError
from textrep.keytable import KeyTable, encode_strings
from textrep.order import eight_bytes
from textrep.shown import shown

__all__ = ["Vocabulary", "check_min_count", "frequency_order"]

_Default = TypeVar("_Default")


class Vocabulary:
    """Distinct tokens with their counts; the id of a token is its place in the order.

    Parameters
    ----------
    tokens : KeyTable
        The tokens, by count descending, then by code points.
    counts : ndarray of int64, shape (n,)
        How often each was seen.
    total_tokens : int, optional
        All tokens seen, pruned ones included; the sum of `counts` if not given.

    Raises
    ------
    ValueError
        If counts and tokens differ in number, or `counts` does not descend.
    """

    def __init__(self, tokens: KeyTable, counts: NDArray[np.int64], total_tokens: int | None = None) -> None:
        check_type("tokens", tokens, KeyTable, "a KeyTable; Vocabulary.from_counts takes a dict of tokens and counts")
        counts = np.asarray(counts)
        if counts.shape != (len(tokens),) or not np.issubdtype(counts.dtype, np.integer):
            raise ValueError(
                f"counts must be integers of shape ({len(tokens)},), one a token, not {counts.dtype} {counts.shape}"
            )
        if np.any(counts[1:] > counts[:-1]):
            raise ValueError("counts must descend; Vocabulary.from_counts puts tokens in order")
        self.tokens = tokens
        self.counts: NDArray[np.int64] = counts.astype(np.int64, copy=False)  # [n]
        self.total_tokens = int(counts.sum()) if total_tokens is None else int(total_tokens)

    @classmethod
    def from_counts(cls, counts: Mapping[str, int], min_count: int = 1, max_size: int | None = None) -> Vocabulary:
        """Make a vocabulary of counted tokens.

        Parameters
        ----------
        counts : mapping of str to int
            How often each token was seen, for example a `collections.Counter`.
        min_count : int
            Tokens seen less often are left out.
        max_size : int, optional
            Only so many are kept: the first of the order.
        """
        check_min_count(min_count, max_size)
        check_type("counts", counts, Mapping, "a dict of tokens and how often each was seen")
        tokens = list(counts)
        for token in tokens:
            if not isinstance(token, str) or not _is_integer(counts[token]):
                raise TypeError(f"counts must be whole numbers by str, not {shown({token: counts[token]})}")
        number = np.fromiter((counts[token] for token in tokens), np.int64, len(tokens))  # [n]
        if number.size and number.min() < 0:
            raise ValueError(f"the count of {tokens[int(number.argmin())]!r} is negative: {number.min()}")
        blob, offsets = encode_strings(tokens)
        order = frequency_order(blob, offsets[:-1], np.diff(offsets), number, min_count, max_size)
        kept = KeyTable.from_strings([tokens[i] for i in order])
        return cls(kept, number[order], int(number.sum()))

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, token: str) -> int:
        """Return the id of a token.

        Raises
        ------
        UnknownWordError
            If it is not in the vocabulary (a KeyError); names tokens that are spelled alike.
        """
        found = self.tokens.find(token)
        if found < 0:
            raise UnknownWordError(token, lambda: self._close_to(token))
        return found

    def __contains__(self, token: object) -> bool:
        return token in self.tokens

    def __iter__(self) -> Iterator[str]:
        return iter(self.tokens)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} tokens, {self.total_tokens} seen)"

    def get(self, token: str, default: _Default | None = None) -> int | _Default | None:
        """Return the id of a token, `default` if it is not in the vocabulary."""
        found = self.tokens.find(token)
        return default if found < 0 else found

    def token(self, index: int) -> str:
        """Return the token with this id."""
        return self.tokens[index]

    def to_list(self) -> list[str]:
        """Return all tokens in order of their ids."""
        return self.tokens.to_list()

    def _close_to(self, token: str) -> list[str]:
        from textrep.spelling import close_keys  # not needed unless somebody reads the error

        return close_keys(token, self.tokens)


def frequency_order(
    blob: NDArray[np.uint8],
    starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    counts: NDArray[np.int64],
    min_count: int = 1,
    max_size: int | None = None,
) -> NDArray[np.int64]:
    """Return which tokens stay, in order: by count descending, then by their bytes (which is by code points).

    Parameters
    ----------
    blob : ndarray of uint8
        Token ``i`` is ``blob[starts[i]:starts[i] + sizes[i]]``.
    starts, sizes, counts : ndarray of int, shape (n,)
        Where each token begins, its number of bytes, how often it was seen.
    min_count : int
        Tokens seen less often are left out.
    max_size : int, optional
        Only the first so many are returned.
    """
    kept = np.flatnonzero(counts >= min_count)  # [n_kept]
    if max_size is not None and max_size < kept.size:
        # Whoever is seen less often than the last of the kept has no chance: fewer to sort.
        least = np.partition(counts[kept], kept.size - max_size)[kept.size - max_size]
        kept = kept[counts[kept] >= least]
    starts = starts[kept].astype(np.int64)  # [n_kept]
    sizes = sizes[kept].astype(np.int64)  # [n_kept]
    rarity = -counts[kept].astype(np.int64)
    first, second = eight_bytes(blob, starts, sizes, 0), eight_bytes(blob, starts, sizes, 8)
    order = np.lexsort((second, first, rarity))  # [n_kept], stable
    same = np.ones(max(order.size - 1, 0), np.bool_)  # whether each ties with the next
    for key in (rarity, first, second):
        same &= key[order[1:]] == key[order[:-1]]
    _settle_ties(order, same, blob, starts, sizes)
    ordered: NDArray[np.int64] = kept[order][:max_size].astype(np.int64, copy=False)
    return ordered


def _settle_ties(
    order: NDArray[np.intp],
    same: NDArray[np.bool_],
    blob: NDArray[np.uint8],
    starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> None:
    """Sort, in place, the runs of `order` whose members agree in count and in their first 16 bytes."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
    for first, last in edges.reshape(-1, 2):  # members first..last, both included
        run = order[first : last + 1]
        whole = [blob[starts[i] : starts[i] + sizes[i]].tobytes() for i in run]
        order[first : last + 1] = run[sorted(range(len(whole)), key=whole.__getitem__)]


def check_min_count(min_count: int, max_size: int | None) -> None:
    """Refuse a `min_count` or `max_size` that means nothing."""
    if not _is_integer(min_count) or min_count < 1:
        raise ValueError(f"min_count must be an integer of 1 or more, not {min_count!r}")
    if max_size is not None and (not _is_integer(max_size) or max_size < 1):
        raise ValueError(f"max_size must be an integer of 1 or more, or None for no limit, not {max_size!r}")


def _is_integer(value: object) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
