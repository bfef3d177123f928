"""Files of foreign formats, plain or compressed: their head, their bytes in blocks, and writing them.

A plain file is mapped, so that its blocks are slices and nothing is copied; a compressed one is decompressed as it is
read. Everything that can go wrong with the file itself becomes a `FormatError`.
"""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from textrep.atomic import FileWriter, replacing
from textrep.corpus.compression import SUFFIXES, decompressed
from textrep.errors import CorpusError, FormatError, MissingExtraError, StoreNotFoundError
from textrep.store.formats.base import HEAD_SIZE, Head

__all__ = ["Block", "Source", "Writer", "check_regular", "mapped", "plain_name", "read_head", "writing"]


class Block(NamedTuple):
    """A piece of a file."""

    data: NDArray[np.uint8]  # [n_bytes], read-only
    offset: int  # of its first byte in the decompressed file


def plain_name(path: Path) -> str:
    """Return a file's name in lower case, without the ending of a compression: ``"A/Words.TXT.gz" -> "words.txt"``."""
    name = path.name.lower()
    return name[: -len(_compression(name))] if _compression(name) else name


def _compression(name: str) -> str:
    """Return the ending of a compression that a name has, or nothing."""
    return next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")


def read_head(path: Path) -> Head:
    """Return the beginning of a file; of a folder, no more than its name.

    Raises
    ------
    FormatError
        If it is damaged compressed data, or neither a file nor a folder.
    StoreNotFoundError
        If there is nothing of that name.
    """
    if path.is_dir():
        return Head(path, plain_name(path), b"")
    with Source(path) as source:
        return Head(path, plain_name(path), source.head)


class Source:
    """A file of vectors that is being read. Used as a context.

    Parameters
    ----------
    path : Path
        A regular file.

    Attributes
    ----------
    head : bytes
        Its first `HEAD_SIZE` bytes, decompressed.
    mapped : ndarray of uint8, or None
        All its bytes; None if it is compressed.
    content : mmap or bytes
        The same as what can be searched; empty if it is compressed.

    Raises
    ------
    FormatError
        If it is no regular file, or not compressed as its name says.
    StoreNotFoundError
        If there is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        check_regular(path)
        self._file = path.open("rb")
        self._stream: io.BufferedReader[Any] = self._file
        self.mapped: NDArray[np.uint8] | None = None
        self.content: mmap.mmap | bytes = b""
        try:
            with self._naming_damage():
                self._stream = decompressed(self._file, str(path))
                self.head = self._stream.read(HEAD_SIZE)
            if self._stream is self._file:
                self.content = mapped(self._file)
                self.mapped = np.frombuffer(self.content, np.uint8)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    @contextlib.contextmanager
    def _naming_damage(self) -> Iterator[None]:
        try:
            yield
        except CorpusError as error:
            raise FormatError(str(error)) from error

    def lengthen_head(self, n_lines: int) -> None:
        """Read on until the head holds so many lines, or the file ends."""
        parts, n_found = [self.head], self.head.count(b"\n")
        while n_found < n_lines:
            with self._naming_damage():
                data = self._stream.read(HEAD_SIZE)
            if not data:
                break
            parts.append(data)
            n_found += data.count(b"\n")
        self.head = b"".join(parts)

    def chunks(self, start: int, size: int) -> Iterator[Block]:
        """Yield the bytes from `start` on, a place in the head: a plain file in one piece, others `size` at a time."""
        if self.mapped is not None:
            if start < len(self.mapped):
                yield Block(self.mapped[start:], start)
            return
        data = self.head[start:]
        while data:
            yield Block(np.frombuffer(data, np.uint8), start)
            start += len(data)
            with self._naming_damage():
                data = self._stream.read(size)

    def lines(self, start: int, size: int) -> Iterator[Block]:
        """Yield the bytes from `start` on in pieces of whole lines, of about `size` bytes or one long line.

        Every piece ends with a newline, except the last one if the file does not.
        """
        if self.mapped is None:
            yield from self._lines_of_stream(start, size)
            return
        while start < len(self.mapped):
            cut = self.content.find(b"\n", start + size) + 1 or len(self.mapped)
            yield Block(self.mapped[start:cut], start)
            start = cut

    def _lines_of_stream(self, start: int, size: int) -> Iterator[Block]:
        held: list[NDArray[np.uint8]] = []  # what has come since the last newline
        for chunk in self.chunks(start, size):
            cut = chunk.data.tobytes().rfind(b"\n") + 1
            if not cut:
                held.append(chunk.data)
                continue
            piece = np.concatenate([*held, chunk.data[:cut]])  # [n_bytes]
            yield Block(piece, chunk.offset + cut - len(piece))
            held = [chunk.data[cut:]]
            start = chunk.offset + cut
        if sum(map(len, held)):
            yield Block(np.concatenate(held), start)


def mapped(file: IO[bytes]) -> mmap.mmap | bytes:
    """Return all bytes of a file, mapped; they outlive it."""
    is_empty = not os.fstat(file.fileno()).st_size  # and cannot be mapped
    return b"" if is_empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def check_regular(path: Path) -> None:
    """Raise StoreNotFoundError if there is nothing of a name, FormatError if it is no regular file."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise StoreNotFoundError(f"there is no file {path}") from None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise FormatError(f"{path} is {what}, not a file of vectors that can be read")


# ---------------------------------------------------------------------------------------------------- writing


class _Compressor(Protocol):
    """What zlib, bz2, lzma, compression.zstd and zstandard have in common."""

    def compress(self, data: Any, /) -> bytes: ...
    def flush(self) -> bytes: ...


def _gzip() -> _Compressor:
    import zlib

    return zlib.compressobj(6, wbits=16 + zlib.MAX_WBITS)  # writes no name and no time: same content, same file


def _bzip2() -> _Compressor:
    import bz2

    return bz2.BZ2Compressor()


def _xz() -> _Compressor:
    import lzma

    return lzma.LZMACompressor()


def _zstd() -> _Compressor:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdCompressor(options={zstd.CompressionParameter.checksum_flag: 1})
    try:
        import zstandard
    except ImportError:
        raise MissingExtraError("Writing .zst", "zstandard", "zstd") from None
    compressor: _Compressor = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    return compressor


_COMPRESSORS: dict[str, Callable[[], _Compressor]] = {".gz": _gzip, ".bz2": _bzip2, ".xz": _xz, ".zst": _zstd}


class Writer:
    """A file that is being written, compressed if its name says so."""

    def __init__(self, file: FileWriter, compressor: _Compressor | None) -> None:
        self._file = file
        self._compressor = compressor

    def write(self, data: bytes | memoryview) -> None:
        """Write all of `data`."""
        if self._compressor is None:
            self._file.write(data)
        elif compressed := self._compressor.compress(data):
            self._file.write(compressed)

    def finish(self) -> None:
        """Write what the compressor holds back."""
        if self._compressor is not None:
            self._file.write(self._compressor.flush())


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Write a file that takes the place of `path` when the context ends without an exception.

    Parameters
    ----------
    path : Path
        The file to make or replace; one that ends with ``.gz``, ``.bz2``, ``.xz`` or ``.zst`` is compressed.

    Yields
    ------
    Writer
        With a method ``write``.

    Raises
    ------
    StoreNotFoundError
        If its folder does not exist.
    MissingExtraError
        If ``.zst`` needs what is not installed.
    """
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise StoreNotFoundError(f"{path} cannot be written: there is no folder {folder}")
    make = _COMPRESSORS.get(_compression(path.name))
    compressor = make() if make is not None else None
    with replacing(path) as file:
        writer = Writer(file, compressor)
        yield writer
        writer.finish()
