"""`SavedForm`: what a file, or a part of one, holds of something saved, checked as it is asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from textrep.container import Container
from textrep.errors import FormatError
from textrep.keytable import KeyTable
from textrep.shown import shown
from textrep.store.file import StoreParts, parts_of

__all__ = ["SavedForm"]

_MOST = int(np.iinfo(np.int64).max)  # a count that is not damaged


class SavedForm:
    """What a file, or a part of one, holds, checked as it is asked for.

    Parameters
    ----------
    container : Container
        The file, or the part.
    verified : bool
        Whether its checksums have been compared already.
    """

    def __init__(self, container: Container, *, verified: bool = False) -> None:
        self._container = container
        self._verified = verified
        self.header = container.header
        self.tensors = container.tensors

    def refusal(self, reason: str, tensor: str | None = None) -> FormatError:
        """Return the error for something wrong with a tensor, or else with the header."""
        return self._container.damaged(reason, tensor)

    def value(self, name: str, kind: type | tuple[type, ...]) -> Any:
        """Return a value of the header that has to be there."""
        value = self.header.get(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise self.refusal(f"its header has {value!r} for {name!r}")
        return value

    def count(self, name: str) -> int:
        """Return a number of the header that has to be there, 0 or more."""
        value = self.value(name, int)
        if not 0 <= value <= _MOST:
            raise self.refusal(f"its header has {shown(value)} for {name!r}")
        return int(value)

    def counts(self, name: str, n: int, most: int | None = None) -> NDArray[np.int64]:
        """Return a tensor of `n` numbers from 0 to `most`."""
        found: NDArray[np.int64] = self.tensor(name, np.int64, (n,))
        if n and (found.min() < 0 or (most is not None and found.max() > most)):
            limit = "" if most is None else f", and none is above {most:,}"
            raise self.refusal(
                f"its tensor {name!r} has {found.min():,} to {found.max():,}; counts begin at 0{limit}", name
            )
        return found

    def history(self) -> list[dict[str, Any]]:
        """Return the epochs of a training: of each its number, its loss or None, and what else is kept."""
        history: list[dict[str, Any]] = self.value("history", list)
        for epoch in history:
            known = epoch if isinstance(epoch, dict) else {}
            if type(known.get("epoch")) is not int or not isinstance(known.get("loss", ""), float | None):
                raise self.refusal(f"its header has {shown(epoch)} in 'history'")
        return history

    def tensor(self, name: str, dtype: DTypeLike, shape: tuple[int | None, ...]) -> NDArray[Any]:
        """Return a tensor that has to be there; None stands for any length."""
        found = self.tensors.get(name)
        if found is None or found.ndim != len(shape):
            return self._container.tensor(name, dtype, tuple(n or 0 for n in shape))  # which says what is wrong
        wanted = tuple(m if n is None else n for n, m in zip(shape, found.shape, strict=True))
        return self._container.tensor(name, dtype, wanted)

    def strings(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return strings, end to end, and where each begins and ends; whether they are UTF-8 has not been checked."""
        blob: NDArray[np.uint8] = self.tensor(f"{name}.blob", np.uint8, (None,))
        offsets: NDArray[np.int64] = self.tensor(f"{name}.offsets", np.int64, (None,))
        if not offsets.size or offsets[0] != 0 or offsets[-1] != blob.size or np.any(offsets[1:] < offsets[:-1]):
            where = f"{name}.offsets"
            raise self.refusal(f"its tensor {where!r} does not ascend from 0 to {blob.size:,}", where)
        return blob, offsets

    def table(self, name: str) -> KeyTable:
        """Return strings with their index, of which every entry is one of them or free."""
        blob, offsets = self.strings(name)
        slots: NDArray[np.int32] = self.tensor(f"{name}.slots", np.int32, (None,))
        where = f"{name}.slots"
        try:
            table = KeyTable(blob, offsets, slots, f"{self._container.path}, byte {self._container.start_of(where):,}")
        except FormatError as error:
            raise self.refusal(str(error), where) from None
        if slots.max() >= len(table) or slots.min() >= 0:
            raise self.refusal(f"its tensor {where!r} is no index of {len(table):,} terms", where)
        return table

    def verify(self, skipped: Collection[str] = ()) -> None:
        """Compare all tensors, or all but some, with their checksums, unless that has been done."""
        if not self._verified:
            self._container.verify(skipped)

    def section(self, name: str) -> SavedForm:
        """Return what a part of it holds."""
        return SavedForm(self._container.section(name))

    def store_parts(self, name: str) -> StoreParts:
        """Return the store in a part of it, whose keys and counts kernels may use: what is small is looked through."""
        section = self._container.section(name)
        parts = parts_of(section)
        parts.keys.check_offsets()
        slots, n = parts.keys.slots, len(parts.keys)
        if slots.max() >= n or slots.min() >= 0:
            raise section.damaged(f"its index is none of {n:,} keys", "keys.slots")
        if parts.counts is not None and np.any(parts.counts < 0):
            raise section.damaged("a count is negative", "counts")
        return parts
