"""`Terms`: the features of a vectorizer and their columns, a mapping that builds no dict."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.errors import UnknownWordError
from textrep.keytable import KeyTable
from textrep.locks import computed_once
from textrep.order import gathered_strings

__all__ = ["Terms"]


class Terms(Mapping[str, int]):
    """Terms by column, and columns by term; equal to a dict of the same pairs.

    Parameters
    ----------
    blob : ndarray of uint8
        The terms in UTF-8, end to end, in the order of their columns.
    offsets : ndarray of int64, shape (n + 1,)
        Where each begins and ends.
    table : KeyTable, optional
        The same terms with their index, if there is one; otherwise it is made when a term is looked up.
    """

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64], table: KeyTable | None = None) -> None:
        self.blob = blob
        self.offsets = offsets
        self._is_checked = table is None or not table.source
        if table is not None:
            self.__dict__["table"] = table

    @classmethod
    def from_table(cls, table: KeyTable) -> Terms:
        """Make one of keys that stand in the order of their columns."""
        return cls(table.blob, table.offsets, table)

    @classmethod
    def gathered(
        cls,
        blob: NDArray[np.uint8],
        starts: NDArray[np.int64],
        sizes: NDArray[np.int64],
        order: NDArray[np.int64],
        n_threads: int = 1,
    ) -> Terms:
        """Make one of some of the strings ``blob[starts[i]:starts[i] + sizes[i]]``, in the given order."""
        return cls(*gathered_strings(blob, starts, sizes, order, n_threads))

    @computed_once
    def table(self) -> KeyTable:
        """The terms as a table of keys."""
        return KeyTable.from_arrays(self.blob, self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, term: str) -> int:
        """Return the column of a term.

        Raises
        ------
        UnknownWordError
            If there is none (a KeyError); names terms that are spelled alike.
        """
        found = self.table.find(term) if isinstance(term, str) else -1
        if found < 0:
            raise UnknownWordError(term, lambda: self._close_to(term))
        return found

    def __contains__(self, term: object) -> bool:
        return isinstance(term, str) and self.table.find(term) >= 0

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_list())

    def __repr__(self) -> str:
        return f"Terms({len(self)} terms)"

    def get(self, term: str, default: Any = None) -> Any:
        """Return the column of a term, `default` if there is none."""
        found = self.table.find(term) if isinstance(term, str) else -1
        return default if found < 0 else found

    def items(self) -> ItemsView[str, int]:
        """Return the terms with their columns."""
        return dict(zip(self.to_list(), range(len(self)), strict=True)).items()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Terms):
            return np.array_equal(self.blob, other.blob) and np.array_equal(self.offsets, other.offsets)
        return isinstance(other, Mapping) and len(other) == len(self) and dict(self.items()) == dict(other.items())

    __hash__ = None  # type: ignore[assignment]

    def check(self) -> None:
        """Raise FormatError unless terms that lie in a file are UTF-8; nothing decodes them before."""
        if not self._is_checked:
            self.table.check_utf8()
            self._is_checked = True

    def term(self, column: int) -> str:
        """Return the term of a column."""
        self.check()
        return self.blob[self.offsets[column] : self.offsets[column + 1]].tobytes().decode()

    def to_list(self) -> list[str]:
        """Return all terms in the order of their columns."""
        self.check()
        text = self.blob.tobytes()
        if text.isascii():
            whole = text.decode()
            return [whole[start:end] for start, end in pairwise(self.offsets.tolist())]
        return [text[start:end].decode() for start, end in pairwise(self.offsets.tolist())]

    def _close_to(self, term: str) -> list[str]:
        from textrep.spelling import close_keys  # not needed unless somebody reads the error

        return close_keys(term, self.table) if isinstance(term, str) else []
