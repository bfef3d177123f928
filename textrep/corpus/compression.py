"""Compressed files: which kind a file is, and its decompressed bytes.

The kind is told by the file's first bytes, whatever its name; the ending of the name only says what to
expect. One loop serves all kinds, and is stricter than the standard library's file objects: data cut short,
damaged, or followed by anything but zero padding is refused rather than ignored.
"""

from __future__ import annotations

import importlib.util
import io
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from textrep.corpus.streams import buffered
from textrep.errors import CorpusError, MissingExtraError

__all__ = ["SUFFIXES", "decompressed", "require_zstd"]


class _Decompressor(Protocol):
    """What zlib, bz2, lzma, compression.zstd and zstandard have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


_Codec = tuple[Callable[[], _Decompressor], type[Exception]]  # makes a decompressor; what that raises


@dataclass(frozen=True)
class _Kind:
    name: str
    suffix: str
    magic: re.Pattern[bytes]
    step: int  # compressed bytes taken at a time: few, since a kilobyte can stand for many megabytes
    open: Callable[[], _Codec]


def _gzip() -> _Codec:
    import zlib

    return lambda: zlib.decompressobj(wbits=16 + zlib.MAX_WBITS), zlib.error


def _bzip2() -> _Codec:
    import bz2

    return bz2.BZ2Decompressor, OSError


def _xz() -> _Codec:
    import lzma

    return lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ), lzma.LZMAError


def _zstd() -> _Codec:
    """Accept windows of up to 2 GiB, which ``zstd --long=31`` writes; only such a file takes the memory."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        options = {zstd.DecompressionParameter.window_log_max: 31}
        return lambda: zstd.ZstdDecompressor(options=options), zstd.ZstdError
    require_zstd()
    import zstandard

    return lambda: zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj(), zstandard.ZstdError


_KINDS = (
    _Kind("gzip", ".gz", re.compile(rb"\x1f\x8b"), 4096, _gzip),
    _Kind("bzip2", ".bz2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), 256, _bzip2),
    _Kind("xz", ".xz", re.compile(rb"\xfd7zXZ\x00"), 128, _xz),
    # Zstandard may begin with a frame to be skipped
    _Kind("Zstandard", ".zst", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), 1024, _zstd),
)

SUFFIXES = tuple(kind.suffix for kind in _KINDS)


def require_zstd() -> None:
    """Raise MissingExtraError unless Zstandard files can be read."""
    if sys.version_info < (3, 14) and not importlib.util.find_spec("zstandard"):
        raise MissingExtraError("Reading .zst", "zstandard", "zstd")


def decompressed(file: io.BufferedReader[Any], name: str) -> io.BufferedReader[Any]:
    """Return `file` itself if it is not compressed, else a stream of its decompressed bytes.

    Parameters
    ----------
    file : binary stream
        At its beginning. It stays the caller's to close.
    name : str
        What errors call it; its ending must not promise a compression that is not there.

    Raises
    ------
    CorpusError
        If the name ends like a compressed file and the content is none; while reading, if the data are
        damaged.
    """
    head = file.peek(16)
    for kind in _KINDS:
        if kind.magic.match(head):
            return buffered(_decompressed(file, kind, name))
    for kind in _KINDS:
        if name.lower().endswith(kind.suffix):
            found = f"it begins with {head[:8]!r}" if head else "it is empty"
            raise CorpusError(
                f"{name}: named {kind.suffix}, but not {kind.name} data at byte 0: {found}. Rename it if it is not "
                "compressed, else fetch or compress it again"
            )
    return file


def _decompressed(file: io.BufferedReader[Any], kind: _Kind, name: str) -> Iterator[bytes]:
    new, failure = kind.open()
    decompressor = new()
    n_read = 0  # counted, since a pipe cannot tell
    while data := file.read(kind.step):
        n_read += len(data)
        while data:
            if decompressor.eof:  # a file may be several compressed streams, one after the other
                data = data.lstrip(b"\0")
                if not data:
                    break
                decompressor = new()
            try:
                chunk = decompressor.decompress(data)
            except failure as error:
                raise CorpusError(
                    f"{name}: damaged {kind.name} data before byte {n_read:,}: {error}. Fetch or compress it again"
                ) from error
            yield chunk
            data = decompressor.unused_data if decompressor.eof else b""
    if not decompressor.eof:
        raise CorpusError(
            f"{name}: the {kind.name} data end too early, at byte {n_read:,}; the file is cut short. "
            "Fetch or compress it again"
        )
