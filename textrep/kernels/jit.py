"""The one place that decides how kernels are compiled and where the machine code is kept.

Machine code is cached per user in a folder named after a digest of every kernel's source: a kernel is recompiled when
*any* kernel file changes, since Numba itself notices only changes of the file a kernel stands in, not of its callees.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
from numba.core import config, event

__all__ = ["FAST_MATH", "cache_folder", "inlined", "kernel", "leaf", "on_first_compile"]

# What a leaf loop may reorder. "nnan" and "ninf" are absent: they would turn every isnan into False.
FAST_MATH = {"reassoc", "contract", "nsz", "arcp"}


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
        compiled: Callable[..., Any] = numba.njit(nogil=True, error_model="numpy", **options)(function)
    return compiled


@contextmanager
def _numba_cache_dir() -> Iterator[None]:
    """Point Numba at our cache folder while a kernel is being declared, and back again for everybody else."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        yield
        return
    settings: Any = config  # a module whose settings are made when it is imported
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(cache_folder())
    try:
        yield
    finally:
        settings.CACHE_DIR = before


@functools.cache
def cache_folder() -> Path:
    """The folder that holds this user's compiled kernels, made if absent.

    ``NUMBA_CACHE_DIR`` where it is set, else ``$XDG_CACHE_HOME/textrep``, else ``~/.cache/textrep``; where that is not
    writable, a folder of the system's temporary directory, which a message on stderr names.
    """
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(chosen)
    name = f"kernels-{_sources_digest()}"
    home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    try:
        return _writable(home / "textrep" / name)
    except OSError as error:
        user = os.getuid() if hasattr(os, "getuid") else "user"
        fallback = _writable(Path(tempfile.gettempdir()) / f"textrep-{user}" / name)
        print(  # noqa: T201
            f"textrep: {home} is not writable ({error.strerror}); compiled kernels are kept in {fallback}",
            file=sys.stderr,
        )
        return fallback


def _writable(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryFile(dir=folder):
        return folder


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
