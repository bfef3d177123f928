"""`Spool`: a growing array of numbers that moves from memory to a temporary file when told to.

The file has no name for longer than it takes to open it (on POSIX; elsewhere it is deleted when closed), so nothing is
left behind after an exception or Ctrl-C. It is read by position into fresh arrays, not mapped: pages of a mapping
would count as this process's memory for as long as it lives.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import weakref
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from textrep.errors import TextrepError
from textrep.locks import ProcessLock

__all__ = ["Spool", "TemporaryFileError", "temporary_folder"]


class TemporaryFileError(TextrepError, OSError):
    """A temporary file that holds the ids of a corpus, or counts of pairs, cannot be made, written or read."""

    def __str__(self) -> str:
        """Leave out the number that other errors of the system begin with."""
        return self.strerror or super().__str__()


def temporary_folder() -> str:
    """Return where temporary files are made; what ``TMPDIR`` names if none can be made anywhere."""
    try:
        return tempfile.gettempdir()
    except OSError:
        return os.environ.get("TMPDIR", "the system's folder of them")


class Spool:
    """A growing one-dimensional array of `dtype`, in memory until `spill` is called, in a temporary file from then on.

    What it `holds` and how much room that `needs` are for messages.

    Reading and writing are thread-safe once the array lies in a file; in memory, appending is for one thread.
    """

    def __init__(
        self,
        dtype: type[np.integer[Any]] | type[np.floating[Any]],
        holds: str = "the corpus's ids",
        needs: str = "four bytes a token and eight a document",
    ) -> None:
        self.dtype = np.dtype(dtype)
        self._failure = f"the temporary file for {holds}, in {{folder}}, failed: {{reason}}. It needs {needs}"
        self._length = 0
        self._memory: NDArray[Any] | None = np.empty(1024, self.dtype)  # [capacity]
        self._file: IO[bytes] | None = None
        self._lock = ProcessLock()

    def __len__(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        """Bytes of all items."""
        return self._length * self.dtype.itemsize

    @property
    def in_file(self) -> bool:
        """Whether the items lie in a temporary file."""
        return self._file is not None

    @property
    def closed(self) -> bool:
        """Whether the items are gone."""
        return self._memory is None and (self._file is None or self._file.closed)

    def append(self, items: NDArray[Any]) -> None:
        """Add items at the end."""
        first, self._length = self._length, self._length + len(items)
        if self._memory is not None and self._length > len(self._memory):
            grown = np.empty(max(self._length, 2 * len(self._memory)), self.dtype)  # [capacity]
            grown[:first] = self._memory[:first]
            self._memory = grown
        self.write(first, items)

    def write(self, start: int, items: NDArray[Any]) -> None:
        """Overwrite items from `start` on."""
        if self._memory is not None:
            self._memory[start : start + len(items)] = items
            return
        view = memoryview(np.ascontiguousarray(items, self.dtype).view(np.uint8).data)
        place = start * self.dtype.itemsize
        with self._held() as file:
            while view:
                n_written = _write_at(file, view, place)
                view, place = view[n_written:], place + n_written

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return a copy of the items from `start` to `stop`."""
        if self._memory is not None:
            return self._memory[start : min(stop, self._length)].copy()
        items = np.empty(max(0, min(stop, self._length) - start), self.dtype)  # [n]
        view = items.view(np.uint8).data
        place = start * self.dtype.itemsize
        with self._held() as file:
            while view:
                n_read = _read_at(file, view, place)
                if not n_read:
                    raise OSError("it ends too early; something has cut it")
                view, place = view[n_read:], place + n_read
        return items

    def truncate(self, length: int) -> None:
        """Forget the items from `length` on."""
        self._length = length
        if self._file is not None:
            with self._held() as file:
                file.truncate(self.nbytes)

    def spill(self) -> None:
        """Move the items to a temporary file, where they stay."""
        if self._memory is None:
            return
        held = self._memory[: self._length]
        with self._explained():
            # Closed by `close`, or when nothing refers to this spool any more.
            file: IO[bytes] = tempfile.TemporaryFile(prefix="textrep-", buffering=0)  # noqa: SIM115
        self._file = file
        weakref.finalize(self, file.close)
        self._memory = None
        self.write(0, held)

    def whole(self) -> NDArray[Any]:
        """Return all items without copying them: read-only, and mapped where they lie in a file."""
        if self._memory is None and self._length:
            with self._held() as file:
                return np.memmap(file, self.dtype, mode="r", shape=(self._length,))
        memory = np.empty(0, self.dtype) if self._memory is None else self._memory
        view = memory[: self._length]
        view.flags.writeable = False
        return view

    def close(self) -> None:
        """Free the memory, or delete the file."""
        self._memory = None
        if self._file is not None:
            self._file.close()

    @contextlib.contextmanager
    def _held(self) -> Iterator[IO[bytes]]:
        """Give the file to one thread at a time."""
        if self._file is None or self._file.closed:
            raise ValueError("the encoded corpus is closed")
        with self._lock.held(), self._explained():
            yield self._file

    @contextlib.contextmanager
    def _explained(self) -> Any:
        """Say which folder an error of the operating system is about, and what to do."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            failure = self._failure.format(folder=temporary_folder(), reason=reason)
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            remedy = "free space there, or set TMPDIR to a folder that has it"
            if not full:
                remedy = "set TMPDIR to a folder that has so much space and can be written to"
            raise TemporaryFileError(error.errno or errno.EIO, f"{failure}: {remedy}") from error


def _write_at(file: IO[bytes], data: memoryview, place: int) -> int:
    """Write bytes from `place` on, or some of them; return how many."""
    if hasattr(os, "pwrite"):  # where processes are forked, which have one position in a file with their parent
        return os.pwrite(file.fileno(), data, place)
    file.seek(place)
    return file.write(data)


def _read_at(file: IO[bytes], data: memoryview, place: int) -> int:
    """Read bytes from `place` on, or some of them; return how many."""
    if hasattr(os, "preadv"):
        return os.preadv(file.fileno(), [data], place)
    file.seek(place)
    return int(file.readinto(data))  # type: ignore[attr-defined]
