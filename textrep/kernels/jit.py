"""The one place that decides how kernels are compiled and where the machine code is kept.

Machine code is cached per user in a folder named after a digest of every kernel's source: a kernel is recompiled when
*any* kernel file changes, since Numba itself notices only changes of the file a kernel stands in, not of its callees.
Folders of other digests are removed when nobody has used them for 90 days.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import re
import shutil
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numba
from numba.core import config, event
from numba.core.compiler_lock import global_compiler_lock

__all__ = ["FAST_MATH", "cache_folder", "inlined", "kernel", "leaf", "on_first_compile"]

# What a leaf loop may reorder. "nnan" and "ninf" are absent: they would turn every isnan into False.
FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}
_FOLDER_NAME = re.compile("kernels-[0-9a-f]{16}")
_KEPT_UNUSED = 90 * 24 * 3600  # seconds
_declaring = threading.RLock()  # where Numba's cache lies is set for the whole process

if hasattr(os, "register_at_fork"):  # a fork waits for what other threads compile: their locks would stay locked in it
    for _lock in (_declaring, global_compiler_lock):
        os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on first call, keep the machine code on disk, run without the GIL."""
    return _compile(function, cache=True)


def leaf(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile as `kernel` does, with sums and products that may be reordered (and so vectorised).

    Never cached on its own: a leaf is compiled into the kernels that call it.
    """
    return _compile(function, cache=False, fastmath=FAST_MATH, forceinline=True)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a helper of a few lines into its callers."""
    return _compile(function, cache=False, inline="always")


def _compile(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    with _numba_cache_dir():
        compiled: Any = numba.njit(nogil=True, error_model="numpy", **options)(function)
    if options["cache"] and hasattr(compiled, "_cache"):  # not where Numba is told to compile nothing
        _seal(compiled._cache._cache_file)
        compiled._cache.save_overload = _saving(compiled._cache.save_overload)
        compiled._cache.load_overload = _loading(compiled._cache)
    return compiled


def _seal(file: Any) -> None:
    """Let Numba's files end in a checksum, which unpickling passes over, and compare that of machine code first."""
    dump, load = file._dump, file._load_data

    def checksum(content: bytes) -> bytes:
        return hashlib.blake2b(content, digest_size=16).digest()

    def dump_with_checksum(data: Any) -> bytes:
        content: bytes = dump(data)
        return content + checksum(content)

    def load_if_the_same(name: str) -> Any:
        content = Path(file._data_path(name)).read_bytes()
        if content[-16:] != checksum(content[:-16]):
            raise ValueError(f"{name} has changed")
        return load(name)

    file._dump, file._load_data = dump_with_checksum, load_if_the_same


def _loading(cache: Any) -> Callable[[Any, Any], Any]:
    """Return what loads machine code, or forgets it if its files are spoiled, as by a power cut; then it is made anew.

    Numba would load what it finds, and LLVM ends the process over some of that.
    """
    load = cache.load_overload

    def load_if_it_is_whole(signature: Any, target_context: Any) -> Any:
        try:
            return load(signature, target_context)
        except (MemoryError, OSError):
            raise
        except Exception:  # of pickle, of what it calls, and of LLVM: there is no end of them
            cache.flush()
            _say_spoiled()
            return None

    return load_if_it_is_whole


@functools.cache
def _say_spoiled() -> None:
    print(f"textrep: {cache_folder()}: spoiled kernels are compiled anew", file=sys.stderr)  # noqa: T201


def _saving(save: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Return what keeps machine code if there is room for it, and says so once if there is none."""

    def save_if_there_is_room(signature: Any, data: Any) -> None:
        try:
            save(signature, data)
        except OSError as error:
            _say_not_kept(error.strerror)

    return save_if_there_is_room


@functools.cache
def _say_not_kept(why: str) -> None:
    print(f"textrep: {cache_folder()}: compiled kernels cannot be kept ({why}); free space there", file=sys.stderr)  # noqa: T201


@contextmanager
def _numba_cache_dir() -> Iterator[None]:
    """Point Numba at our cache folder while a kernel is being declared, and back again for everybody else."""
    settings: Any = config  # a module whose settings are made when it is imported
    with _declaring:
        before = settings.CACHE_DIR
        settings.CACHE_DIR = str(cache_folder())
        try:
            yield
        finally:
            settings.CACHE_DIR = before


@functools.cache
def cache_folder() -> Path:
    """The folder that holds this user's compiled kernels, made if absent.

    It lies in ``NUMBA_CACHE_DIR`` where that is set, else in ``$XDG_CACHE_HOME/textrep``, else in ``~/.cache/textrep``;
    where that is not writable, or there is no home, in the system's temporary directory, which a message on stderr
    says. There it is used only if nobody else can write to it; otherwise it is made anew, for this process alone.
    """
    name = f"kernels-{_sources_digest()}"
    parent = Path()
    try:
        parent = _parent()
        return _made(parent / name)
    except OSError as error:
        why = f"{parent} is not writable ({error.strerror})"
    except RuntimeError:  # of Path.expanduser
        why = "there is no home directory to keep a cache in"
    fallback = _fallback(name)
    print(f"textrep: {why}; compiled kernels are kept in {fallback}", file=sys.stderr)  # noqa: T201
    return fallback


def _parent() -> Path:
    """Where the folder should lie."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "textrep"


def _made(folder: Path) -> Path:
    """Make a folder, or mark it as used; raise OSError where nothing can be written to it."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryFile(dir=folder):
        os.utime(folder)
    if is_new:
        _remove_unused(folder.parent)
    return folder


def _remove_unused(parent: Path) -> None:
    """Remove what older versions have compiled, as far as possible; links are left alone, and what they point to."""
    with suppress(OSError):
        for folder in list(parent.iterdir()):
            if _FOLDER_NAME.fullmatch(folder.name):
                status = folder.lstat()
                if stat.S_ISDIR(status.st_mode) and status.st_mtime < time.time() - _KEPT_UNUSED:
                    shutil.rmtree(folder, ignore_errors=True)


def _fallback(name: str) -> Path:
    """Make a folder in the system's temporary directory, where others may have put one of that name."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"textrep-{user}" / name
    try:
        folder.parent.mkdir(exist_ok=True, mode=0o700)
        _check_private(folder.parent)
        _made(folder)
        _check_private(folder)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="textrep-"))
    return folder


def _check_private(folder: Path) -> None:
    """Raise PermissionError if somebody else could put machine code here for us to run."""
    if not hasattr(os, "getuid"):
        return
    status = folder.lstat()
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or shared:
        raise PermissionError(errno.EACCES, "others can write to it", str(folder))


def _sources_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class _FirstCompile(event.Listener):
    """Calls back once, when Numba begins to compile (loading from the cache is no compilation)."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._called = False

    def on_start(self, event: Any) -> None:  # noqa: ARG002
        if not self._called:
            self._called = True
            self._callback()

    def on_end(self, event: Any) -> None:
        """Nothing to do: only the beginning is announced."""


@contextmanager
def on_first_compile(callback: Callable[[], None]) -> Iterator[None]:
    """Within this context, call `callback` once if a kernel has to be compiled.

    Parameters
    ----------
    callback : callable
        Called without arguments, from the thread that compiles, before compilation starts.
    """
    with event.install_listener("numba:compile", _FirstCompile(callback)):
        yield
