"""Replace a file whole or not at all.

The new bytes go to a temporary file in the target's folder, which is synced and then renamed over the target; the
folder is synced last. A process killed at any moment leaves the old file or the new one.

On Linux the temporary file has no name until it is whole, so that a killed writer leaves nothing behind, unless it dies
in the instant between naming and renaming. Where that is not to be had the file is hidden. What a killed writer leaves
then is removed by the next writer of the same target: every live writer holds a lock on its temporary file, and the
system drops the lock with the process, so a lock that can be had belongs to nobody.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textrep.errors import TextrepError

fcntl: Any  # None on Windows, where a file that is open cannot be removed: that is lock enough
try:
    import fcntl
except ImportError:
    fcntl = None

__all__ = ["FileWriter", "cannot_write", "replacing"]

# Held by another, or unknown to this file system.
_NO_LOCK = (errno.EWOULDBLOCK, errno.EACCES, errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
_WRITE_AT_MOST = 1 << 23  # bytes in one system call, so that Ctrl-C is noticed soon


class FileWriter:
    """The temporary file while it is being written.

    Parameters
    ----------
    fd : int
        An open file descriptor; the writer does not close it.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, data: bytes | memoryview) -> None:
        """Write all of `data` at the current position."""
        view = memoryview(data)
        view = view.cast("B") if view.nbytes else view
        while view.nbytes:
            view = view[os.write(self._fd, view[:_WRITE_AT_MOST]) :]

    def seek(self, offset: int) -> None:
        """Go on writing at byte `offset`; what is skipped reads as zeros."""
        os.lseek(self._fd, offset, os.SEEK_SET)


@contextmanager
def replacing(target: Path) -> Iterator[FileWriter]:
    """Write a file that takes the place of `target` when the context ends without an exception.

    A symbolic link is written through: the file it leads to is replaced, the link stays. The new file's
    permissions follow the umask, whatever those of the old one were.

    Parameters
    ----------
    target : Path
        The file to make or replace. Its folder must exist.

    Yields
    ------
    FileWriter
        The temporary file, empty.

    Raises
    ------
    OSError
        If the file cannot be written, or there is a pipe, socket or device in its place; names `target` as it was
        given.
    """
    given, target = target, Path(os.path.realpath(target))
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        pass
    except OSError as error:
        raise cannot_write(given, error) from error
    else:
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            what = "it is a pipe, socket or device, which no file may replace"
            raise cannot_write(given, OSError(errno.EEXIST, what))
    _remove_leftovers(target)
    temporary = _temporary_path(target)
    fd = _create_without_name(target.parent)
    has_name = fd < 0
    try:
        if has_name:
            fd, temporary = _create_temporary(target)
    except OSError as error:
        raise cannot_write(given, error) from error
    try:
        yield FileWriter(fd)
        os.fsync(fd)
        if not has_name:
            _give_name(fd, temporary)
        if os.name == "nt":  # there an open file cannot be renamed
            os.close(fd)
            fd = -1
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException as error:
        if fd >= 0 and os.name == "nt":
            os.close(fd)
            fd = -1
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and _is_of(temporary, error):
            raise cannot_write(given, error) from error
        raise
    finally:
        if fd >= 0:
            os.close(fd)
    _sync_folder(target.parent)


def _is_of(temporary: Path, error: OSError) -> bool:
    """Whether the system refused to write a temporary file; write and fsync know but a number."""
    is_of_system = error.errno is not None and not isinstance(error, TextrepError)
    return is_of_system and error.filename in (None, os.fspath(temporary))


def cannot_write(target: Path, error: OSError) -> OSError:
    """Return the same error for the file that is to be written: users know nothing of a temporary one."""
    return OSError(error.errno, f"cannot be written: {error.strerror}", os.fspath(target))


def _temporary_prefix(target: Path) -> str:
    """What the names of all temporary files of `target` begin with; short, however long its own name is."""
    return f".textrep-{hashlib.blake2b(os.fsencode(target.name), digest_size=8).hexdigest()}-"


def _temporary_path(target: Path) -> Path:
    return target.parent / f"{_temporary_prefix(target)}{secrets.token_hex(8)}.tmp"


def _create_without_name(folder: Path) -> int:
    """Return a descriptor of a new file that is in no folder, locked; -1 where the system has no such files."""
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").exists():
        return -1
    try:
        fd = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666)
    except OSError:  # a file system without them; what else is wrong shows when a file with a name is made
        return -1
    _lock(fd, wait=False)
    return fd


def _give_name(fd: int, path: Path) -> None:
    folder = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
    try:  # with a descriptor of a folder, link(2) becomes linkat(2), which follows the link in /proc
        os.link(f"/proc/self/fd/{fd}", path.name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
    finally:
        os.close(folder)


def _create_temporary(target: Path) -> tuple[int, Path]:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    while True:
        path = _temporary_path(target)
        fd = os.open(path, flags, 0o666)
        try:
            _lock(fd, wait=True)
            if _is_file_at(fd, path):
                return fd, path
        except BaseException:
            os.close(fd)
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        os.close(fd)  # another writer took it for a leftover between our open and our lock: make another


def _remove_leftovers(target: Path) -> None:
    """Remove the temporary files of `target` whose writers are dead. Never fails: it is housekeeping."""
    prefix = _temporary_prefix(target)
    try:
        with os.scandir(target.parent) as entries:
            found = [Path(entry.path) for entry in entries if entry.name.startswith(prefix)]
    except OSError:
        return  # a folder that may be written but not listed
    for path in found:
        with contextlib.suppress(OSError):
            _remove_if_unlocked(path)


def _remove_if_unlocked(path: Path) -> None:
    if fcntl is None:
        path.unlink()  # fails while a writer has it open
        return
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode) and _lock(fd, wait=False) and _is_file_at(fd, path):
            path.unlink()
    finally:
        os.close(fd)


def _lock(fd: int, *, wait: bool) -> bool:
    """Take the lock of an open file. False if another holds it, or if this file system has no locks."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_LOCK:
            return False
        raise
    return True


def _is_file_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.lstat())
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """Make the rename survive a power cut."""
    if os.name == "nt":  # folders cannot be opened there
        return
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:  # a folder that may be written but not read
        return
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that cannot sync a folder
            raise
    finally:
        os.close(fd)
