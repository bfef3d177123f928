"""Indexes of stores: ``textrep convert --index`` makes one, ``textrep similar --approximate`` asks it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from textrep.errors import TextrepError

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
    """Refuse a store without an index, before anything is asked."""
    from textrep.store.index import require_usearch

    if store.is_sparse:
        raise _IndexError(f"{store.path} {_OF_DENSE}; leave --approximate away: every search of it is exact")
    if store.index is None:
        path = quoted(str(store.path))
        raise _IndexError(
            f"{store.path} has no index, which --approximate asks. Add one, once: textrep convert {path} {path} --index"
        )
    require_usearch("--approximate")


def make_index(store: EmbeddingStore, jobs: int | None) -> float:
    """Make the index of a store; return how many seconds that took."""
    from textrep.store.index import require_usearch

    require_usearch("--index")
    if store.is_sparse:
        raise _IndexError(f"this store {_OF_DENSE}; leave --index away")
    start = time.monotonic()
    with _IndexBar() as bar:
        store.build_index(n_jobs=jobs if jobs is not None else -1, on_progress=bar)
    return time.monotonic() - start
