"""`StringArray`: strings in two arrays, decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import encode_strings

__all__ = ["StringArray"]


class StringArray(Sequence[str]):
    """A sequence of strings that need not be distinct.

    Parameters
    ----------
    blob : ndarray of uint8
        The strings in UTF-8, end to end.
    offsets : ndarray of int64, shape (n + 1,)
        Where each begins and ends.
    """

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        self.blob = blob
        self.offsets = offsets

    @classmethod
    def from_strings(cls, strings: Iterable[str]) -> StringArray:
        """Make one of strings.

        Raises
        ------
        ValueError
            If a string holds a lone surrogate, which UTF-8 cannot express.
        """
        return cls(*encode_strings(list(strings)))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        i = index + len(self) if index < 0 else index
        if not 0 <= i < len(self):
            raise IndexError(f"string {index} of {len(self)}")
        return self.blob[int(self.offsets[i]) : int(self.offsets[i + 1])].tobytes().decode(errors="replace")
