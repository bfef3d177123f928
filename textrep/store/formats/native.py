"""textrep's own files, as one format among others: `EmbeddingStore.open` and `EmbeddingStore.save`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textrep.errors import FormatError
from textrep.store.formats.base import Format, Head

if TYPE_CHECKING:
    from textrep.store.store import EmbeddingStore

__all__ = ["TEXTREP"]


def _matches(head: Head) -> bool:
    if head.path.name.lower().endswith(TEXTREP.suffixes) and not head.path.is_dir():
        return True  # `open` knows best what is wrong with it
    return head.data[8:9] == b"{" and b'{"__metadata__":{"textrep":' in head.data[8:64]


def _read(path: Path, encoding_errors: str) -> EmbeddingStore:  # noqa: ARG001
    from textrep.store.formats.files import check_regular
    from textrep.store.store import EmbeddingStore

    check_regular(path)
    with path.open("rb") as file:
        is_plain = file.read(9)[8:] == b"{"
    if not is_plain and _compressed(path):
        raise FormatError(
            f"{path} is a compressed store, as byte 0 shows: textrep maps stores into memory, so decompress it first"
        )
    return EmbeddingStore.open(path)


def _write(store: EmbeddingStore, path: Path) -> None:
    if not path.name.lower().endswith(TEXTREP.suffixes) and _compressed(path):
        raise FormatError(f"{path}: a store is mapped into memory, so it cannot be compressed; leave that ending away")
    store.save(path)


def _compressed(path: Path) -> bool:
    from textrep.store.formats.files import plain_name

    return plain_name(path) != path.name.lower()


TEXTREP = Format("textrep", "textrep store", (".textrep",), _matches, _read, _write, keeps_subwords=True, is_own=True)
