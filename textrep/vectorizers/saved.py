"""Vectorizers as files: arrays and JSON, nothing pickled; opening one maps its arrays and reads few of them.

A class says what it consists of by ``saved``, and is made again by ``from_saved``; this module does what is common.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from textrep.container import Container, open_container, write_container
from textrep.errors import FormatError, TextrepError
from textrep.layout import HEADER_START
from textrep.parallel import n_threads
from textrep.shown import shown
from textrep.store.file import Saved
from textrep.store.form import SavedForm
from textrep.vectorizers.registry import OF_STORES, TRAINED, VECTORIZERS

if TYPE_CHECKING:
    from typing import Self

__all__ = ["SavedVectorizer", "restored"]

_KIND = "vectorizer"
_MOST_THREADS = 1024


class SavedVectorizer:
    """Mixin of vectorizers that can be saved."""

    _name = "this vectorizer"  # what messages call it; the file's path if it comes from one

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
        found = restored(container, verified=verify)
        if not isinstance(found, cls):
            raise FormatError(
                f"{path}, byte {HEADER_START}: it holds a {type(found).__name__}, not a {cls.__name__}; "
                f"open it with {type(found).__name__}.load"
            )
        return found


def restored(container: Container, *, verified: bool = False) -> Any:
    """Return the vectorizer that a file, or a part of one, holds.

    Parameters
    ----------
    container : Container
        The file, or the part.
    verified : bool
        Whether its checksums have been compared already; else those of all but word vectors are, as far as it has any.

    Raises
    ------
    FormatError
        If it is damaged, or of a method that this textrep does not know.
    MissingExtraError
        If its tokenizer needs a package that is not installed.
    """
    form = SavedForm(container, verified=verified)
    method = form.value("method", str)
    classes = {**VECTORIZERS, **TRAINED, **OF_STORES}
    if method not in classes:
        raise form.refusal(f"its vectorizer is of the method {method!r}, which this textrep does not know")
    try:
        module, _, name = classes[method].partition(":")
        vectorizer = getattr(importlib.import_module(module), name).from_saved(form)
        if (n_jobs := n_threads(vectorizer.n_jobs)) > _MOST_THREADS:  # each of which takes memory
            raise form.refusal(f"its vectorizer wants {shown(n_jobs)} threads")
        vectorizer._name = str(container.path)
    except TextrepError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise form.refusal(f"its vectorizer cannot be made again: {str(error)[:300]}") from error
    return vectorizer
