"""Vectorizers as files: arrays and JSON, nothing pickled; opening one maps its arrays and reads few of them.

A class says what it consists of by ``saved``, and is made again by ``from_saved``; this module does what is common.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from textrep.container import Container, open_container, write_container
from textrep.errors import FormatError, TextrepError
from textrep.keytable import KeyTable
from textrep.layout import HEADER_START
from textrep.store.file import Saved, StoreParts, parts_of
from textrep.vectorizers.registry import OF_STORES, TRAINED, VECTORIZERS

if TYPE_CHECKING:
    from typing import Self

__all__ = ["SavedForm", "SavedVectorizer", "restored"]

_KIND = "vectorizer"


class SavedForm:
    """What a file, or a part of one, holds of a vectorizer, checked as it is asked for.

    Parameters
    ----------
    container : Container
        The file, or the part.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
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
        if value < 0:
            raise self.refusal(f"its header has {value!r} for {name!r}")
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
        """Compare all tensors, or all but some, with their checksums."""
        self._container.verify(skipped)

    def section(self, name: str) -> SavedForm:
        """Return what a part of it holds."""
        return SavedForm(self._container.section(name))

    def store_parts(self, name: str) -> StoreParts:
        """Return the store in a part of it."""
        return parts_of(self._container.section(name))


class SavedVectorizer:
    """Mixin of vectorizers that can be saved."""

    def saved(self) -> Saved:
        """Return what a file holds of a fitted vectorizer.

        Raises
        ------
        ValueError
            If a parameter is a Python function, which only pickle could keep.
        """
        raise NotImplementedError

    @classmethod
    def from_saved(cls, form: SavedForm) -> Self:
        """Return the vectorizer that a file holds."""
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the fitted vectorizer as one file, whole or not at all; nothing is pickled.

        Parameters
        ----------
        path : path-like
            By custom ``NAME.textrep``. An existing file of a vectorizer is replaced in one step; anything else is left
            alone.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        ValueError
            If a parameter is a Python function, which only pickle could keep.
        StoreExistsError
            If `path` names something that is no vectorizer.
        """
        header, tensors = self.saved()
        write_container(path, kind=_KIND, header=header, tensors=tensors)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, verify: bool = False) -> Self:
        """Open a saved vectorizer of this class. Nothing in the file is run, and nothing is unpickled.

        Parameters
        ----------
        path : path-like
            The file.
        verify : bool
            Whether word vectors, too, are compared with their checksums, as all else is. They are mapped otherwise,
            and read when they are used.

        Raises
        ------
        FormatError
            If the file is no vectorizer of this class, truncated or altered; says where.
        StoreNotFoundError
            If there is no such file.
        """
        container = open_container(path, _KIND)
        if verify:
            container.verify()
        found = restored(container)
        if not isinstance(found, cls):
            raise FormatError(
                f"{path}, byte {HEADER_START}: it holds a {type(found).__name__}, not a {cls.__name__}; "
                f"open it with {type(found).__name__}.load"
            )
        return found


def restored(container: Container) -> Any:
    """Return the vectorizer that a file, or a part of one, holds.

    Raises
    ------
    FormatError
        If it is damaged, or of a method that this textrep does not know.
    MissingExtraError
        If its tokenizer needs a package that is not installed.
    """
    form = SavedForm(container)
    method = form.value("method", str)
    classes = {**VECTORIZERS, **TRAINED, **OF_STORES}
    if method not in classes:
        raise form.refusal(f"its vectorizer is of the method {method!r}, which this textrep does not know")
    try:
        module, _, name = classes[method].partition(":")
        return getattr(importlib.import_module(module), name).from_saved(form)
    except TextrepError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise form.refusal(f"its vectorizer cannot be made again: {error}") from error
