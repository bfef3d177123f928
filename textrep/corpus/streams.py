"""Raw bytes as buffered streams: an iterator of chunks turned into something with ``read`` and ``peek``.

Decompression, transcoding and standard input are each a generator of bytes; `buffered` gives all three the
interface of an open file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["BUFFER_SIZE", "buffered"]

BUFFER_SIZE = 1 << 16  # bytes; at least this much can be peeked at


def buffered(chunks: Iterator[bytes]) -> io.BufferedReader[Any]:
    """Return a binary stream that reads these chunks one after the other; closing it touches nothing else."""
    return io.BufferedReader(_Chunks(chunks), BUFFER_SIZE)


class _Chunks(io.RawIOBase):
    """The raw stream below: it fills every buffer it is given, unless the chunks end."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")  # what the current chunk still holds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target):
            if not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                self._rest = memoryview(chunk)
            n = min(len(self._rest), len(target) - filled)
            target[filled : filled + n] = self._rest[:n]
            self._rest = self._rest[n:]
            filled += n
        return filled
