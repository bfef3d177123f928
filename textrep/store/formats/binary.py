"""Little-endian numbers and arrays out of a mapped file, each checked against the file's end before it is believed."""

from __future__ import annotations

import errno
import mmap
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError
from textrep.store.formats.files import Source, mapped

__all__ = ["ByteReader", "map_file"]

_CHUNK = 1 << 20  # bytes decompressed at a time


def map_file(path: Path) -> mmap.mmap | bytes:
    """Return all bytes of a file, mapped; one that is compressed is decompressed to a temporary file first.

    Raises
    ------
    FormatError
        If it is no regular file, or damaged compressed data.
    StoreNotFoundError
        If there is no such file.
    TemporaryFileError
        If there is no room for what is decompressed.
    """
    with Source(path) as source:
        if source.mapped is not None:
            return source.content
        with _errors_explained(path):
            file: IO[bytes] = tempfile.TemporaryFile(prefix="textrep-", buffering=0)  # noqa: SIM115
        with file:
            for block in source.chunks(0, _CHUNK):
                _write(file, block.data.data, path)
            return mapped(file)


def _write(file: IO[bytes], data: memoryview, path: Path) -> None:
    """Write all to the temporary file that `path` is decompressed to; it has no buffer that closing would flush."""
    with _errors_explained(path):
        while data:
            data = data[file.write(data) :]


@contextmanager
def _errors_explained(path: Path) -> Iterator[None]:
    """Say of an OSError that it is of the temporary file that `path` is decompressed to."""
    try:
        yield
    except OSError as error:
        from textrep.spool import TemporaryFileError, temporary_folder

        raise TemporaryFileError(
            error.errno or errno.EIO,
            f"the temporary file that {path} is decompressed to, in {temporary_folder()}, failed: "
            f"{error.strerror or error}. Free space there, set TMPDIR to a folder that has it, or decompress the file",
        ) from error


class ByteReader:
    """Reads a file from its beginning on.

    Parameters
    ----------
    path : Path
        What errors call it.
    data : mmap or bytes
        Its content; arrays share it.

    Attributes
    ----------
    at : int
        The byte to be read next.
    """

    def __init__(self, path: Path, data: mmap.mmap | bytes) -> None:
        self.path = path
        self.data = data
        self.at = 0

    @property
    def n_left(self) -> int:
        """How many bytes there still are."""
        return len(self.data) - self.at

    def numbers(self, form: str, what: str) -> tuple[Any, ...]:
        """Return numbers of a `struct` format: ``"<ii"``."""
        size = struct.calcsize(form)
        self._check(size, what)
        found = struct.unpack(form, self.data[self.at : self.at + size])
        self.at += size
        return found

    def flag(self, what: str) -> bool:
        """Return a byte that is 0 or 1."""
        (value,) = self.numbers("<B", what)
        if value > 1:
            self.at -= 1
            raise self.error(f"{what} should be 0 or 1, not {value}")
        return bool(value)

    def array(self, dtype: str, shape: tuple[int, ...], what: str) -> NDArray[Any]:
        """Return an array, read-only and mapped; it may begin at any byte."""
        kind = np.dtype(dtype)
        n = prod(shape)
        self._check(n * kind.itemsize, what)
        found = np.frombuffer(self.data, kind, n, self.at) if n else np.empty(0, kind)
        found.flags.writeable = False
        self.at += n * kind.itemsize
        return found.reshape(shape)

    def error(self, reason: str, at: int | None = None) -> FormatError:
        """Return the error for something wrong at a byte, the next one unless told."""
        return FormatError(f"{self.path}, byte {self.at if at is None else at:,}: {reason}")

    def _check(self, size: int, what: str) -> None:
        if size > self.n_left:
            raise self.error(
                f"{what} should take {size:,} bytes here, but only {self.n_left:,} are left; "
                "the file is cut short or was altered: fetch it again"
            )
