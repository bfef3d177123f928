"""How many threads a user asks for, and work shared out among them."""

from __future__ import annotations

import numbers
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

__all__ = ["in_parts", "in_threads", "n_parts", "n_threads", "processors"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_LEAST = 1 << 14  # items of a part: fewer are done before another thread has begun


def n_parts(n_items: int, n_threads: int) -> int:
    """Return into how many parts to cut a list for so many threads."""
    return max(1, min(n_threads, n_items // _LEAST))


def in_parts(work: Callable[[int, int], None], bounds: Sequence[int]) -> None:
    """Call ``work(first, last)`` for each stretch between two bounds, each in a thread of its own, and wait."""
    parts = list(pairwise(bounds))
    if len(parts) == 1:
        work(*parts[0])
        return
    with ThreadPoolExecutor(len(parts), "textrep-part") as pool:
        for done in [pool.submit(work, *part) for part in parts]:
            done.result()


def in_threads(
    function: Callable[[_Item], _Result],
    items: Iterable[_Item],
    n_threads: int,
    room_for: Callable[[_Result], int] | None = None,
) -> Iterator[_Result]:
    """Yield `function` of each item, in order; the calling thread reads `items`, no further than others can follow.

    Parameters
    ----------
    function : callable
        Called in the threads.
    items : iterable
        What it is given, one at a time.
    n_threads : int
        How many threads; with 1 it is the calling one.
    room_for : callable, optional
        Given a result, how many of its size there is memory for: more are not under way, or waiting to be taken, but
        always one, and two until the first result is known. By default there is room for all that threads can do.
    """
    if n_threads == 1:
        yield from map(function, items)
        return
    most = enough = 2 * n_threads + 1
    if room_for is not None:
        most = 2
    under_way: deque[Future[_Result]] = deque()
    pool = ThreadPoolExecutor(n_threads, "textrep-worker")
    try:
        for item in items:
            under_way.append(pool.submit(function, item))
            while len(under_way) >= most:
                result = under_way.popleft().result()
                if room_for is not None:
                    most = min(max(1, room_for(result)), enough)
                yield result
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def n_threads(n_jobs: int | None) -> int:
    """Return how many threads `n_jobs` asks for, as scikit-learn counts.

    Parameters
    ----------
    n_jobs : int or None
        None is 1; -1 is all processors this process may use, -2 all but one, and so on.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If `n_jobs` is 0 or neither None nor an integer.
    """
    if n_jobs is None:
        return 1
    if not isinstance(n_jobs, numbers.Integral) or isinstance(n_jobs, bool) or n_jobs == 0:
        raise ValueError(f"n_jobs must be None, a positive number of threads, or -1 for all processors; got {n_jobs!r}")
    if n_jobs > 0:
        return int(n_jobs)
    return max(1, processors() + 1 + int(n_jobs))


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
