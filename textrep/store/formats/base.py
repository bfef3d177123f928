"""What a format is: how it is recognised, read and written. One file a format, each with one `Format`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textrep.store.store import EmbeddingStore

__all__ = ["HEAD_SIZE", "Format", "Head"]

HEAD_SIZE = 1 << 16  # bytes of a file that may be looked at to tell what it is


@dataclass(frozen=True)
class Head:
    """The beginning of a file, by which its format is told.

    Parameters
    ----------
    path : Path
        The file or folder.
    name : str
        Its name in lower case, without the ending of a compression.
    data : bytes
        Its first `HEAD_SIZE` bytes, decompressed; empty for a folder.
    """

    path: Path
    name: str
    data: bytes


def _always(store: EmbeddingStore | None) -> bool:  # noqa: ARG001
    return True


@dataclass(frozen=True)
class Format:
    """A way to keep vectors in files.

    Parameters
    ----------
    name : str
        What ``format=`` and ``--to`` call it.
    title : str
        What messages call it.
    suffixes : tuple of str
        How names of such files end, without the ending of a compression.
    matches : callable
        Whether a file's head can only be of this format; decided by content, before names are looked at.
    read : callable, optional
        ``read(path, encoding_errors)`` returns the store. None if textrep only writes it.
    write : callable, optional
        ``write(store, path)`` writes the file whole or not at all. None if textrep only reads it.
    read_only_suffixes : tuple of str
        Those of the suffixes that it reads and does not write.
    fits : callable
        Whether a store can be of this format, as far as its kind tells; of None, whether most can.
    is_folder : bool
        Whether it is a folder rather than a file.
    keeps_subwords : bool
        Whether what is written still gives vectors for words that are no keys.
    is_own : bool
        Whether it is textrep's own, which keeps all of a store.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    matches: Callable[[Head], bool]
    read: Callable[[Path, str], EmbeddingStore] | None = None
    write: Callable[[EmbeddingStore, Path], None] | None = None
    read_only_suffixes: tuple[str, ...] = ()
    fits: Callable[[EmbeddingStore | None], bool] = _always
    is_folder: bool = False
    keeps_subwords: bool = False
    is_own: bool = False
