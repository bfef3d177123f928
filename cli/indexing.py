"""Indexes of stores: ``textrep convert --index`` makes one, ``textrep similar --approximate`` asks it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from textrep.errors import MissingExtraError, TextrepError

from .declaring import count_of, flag
from .hint import quoted
from .progress import TerminalBar
from .units import count

if TYPE_CHECKING:
    from textrep import EmbeddingStore

__all__ = ["approximate_option", "check_index", "index_options", "make_index"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

approximate_option: Callable[[_Function], _Function] = flag(
    "--approximate",
    "Ask the index of the store: many times as fast where there are many words, but a neighbour may be missing.",
)
_index = flag("--index", "Add an index, which textrep similar --approximate asks (needs the extra ann).")
_OF_DENSE = "is sparse, and an index is of dense vectors"
_jobs = count_of("--jobs", None, "Threads that make the index.", "all cores")


class _IndexError(TextrepError, ValueError):
    """There is no index where one is asked for, or there cannot be one."""


class _IndexBar(TerminalBar):
    """Shows how many vectors are in the index."""

    _beginning = "Indexing"

    def __call__(self, done: int, total: int) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, detail=f"{done:,} of {count(total, 'vector')}")


def index_options(command: _Function) -> _Function:
    """Add the options that make an index."""
    options: _Function = _index(_jobs(command))
    return options


def check_index(store: EmbeddingStore) -> None:
    """Refuse a store without an index, or with one that cannot be asked, before anything is asked."""
    if store.is_sparse:
        raise _IndexError(f"{store.path} {_OF_DENSE}; leave --approximate away: every search of it is exact")
    if store.index is None:
        path = quoted(str(store.path))
        raise _IndexError(
            f"{store.path} has no index, which --approximate asks. Add one, once: textrep convert {path} {path} --index"
        )
    with _needed_by("--approximate"):
        store.similar([], approximate=True)  # opens the index


def make_index(store: EmbeddingStore, jobs: int | None) -> float:
    """Make the index of a store; return how many seconds that took."""
    if store.is_sparse:
        raise _IndexError(f"this store {_OF_DENSE}; leave --index away")
    start = time.monotonic()
    with _needed_by("--index"), _IndexBar() as bar:
        store.build_index(n_jobs=jobs if jobs is not None else -1, on_progress=bar)
    return time.monotonic() - start


@contextlib.contextmanager
def _needed_by(option: str) -> Iterator[None]:
    """Let the error for a missing extra name the option that needs it."""
    try:
        yield
    except MissingExtraError as error:
        raise MissingExtraError(option, error.package, error.extra) from error
