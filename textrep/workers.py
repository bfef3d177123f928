"""Items handed out to workers, one a thread, each with memory of its own; `in_threads` is for functions that have none.

Either the calling thread reads the items, or the workers read them as well, which is faster. However many workers there
are, no more threads are started than there are items, and one that waits for more; and a worker's memory is
`MadeWhenUsed`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from textrep.parallel import in_threads

__all__ = ["MadeWhenUsed", "handed_out", "shared_out"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_PATIENCE = 0.1  # seconds, for threads that have nothing to compute


class MadeWhenUsed(Generic[_Result]):
    """A sequence of `n` things, one for each worker, that are made when they are first asked for, by number.

    Each may be asked for by one thread at a time.
    """

    def __init__(self, make: Callable[[int], _Result], n: int) -> None:
        self._make = make
        self._made: dict[int, _Result] = {}
        self._n = n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, number: int) -> _Result:
        if number not in self._made:
            self._made[number] = self._make(number)
        return self._made[number]

    def used(self) -> list[_Result]:
        """Return them up to the last one that was asked for, at least one."""
        return [self[number] for number in range(max(self._made, default=0) + 1)]


def handed_out(items: Iterable[_Item], workers: Sequence[Callable[[_Item], _Result]]) -> Iterator[_Result]:
    """Yield what workers make of items, in order; the calling thread reads the items."""
    free: queue.LifoQueue[Callable[[_Item], _Result]] = queue.LifoQueue()  # one that has worked is the next to work
    for worker in reversed(workers):
        free.put(worker)

    def work(item: _Item) -> _Result:
        worker = free.get()
        try:
            return worker(item)
        finally:
            free.put(worker)

    return in_threads(work, items, len(workers))


def shared_out(items: Iterator[_Item], workers: Sequence[Callable[[_Item], _Result]]) -> Generator[_Result, None, None]:
    """Yield what workers, one a thread, make of items, in order; each takes the next item when it is free.

    So the threads that compute also read. A thread that only reads would fight them for Python's lock.
    """
    taking = threading.Lock()
    room = threading.Semaphore(2 * len(workers) + 1)  # items under way, or waiting to be asked for
    results: queue.SimpleQueue[Future[_Result] | None] = queue.SimpleQueue()  # None: a thread has ended
    computing: set[threading.Thread] = set()
    starting = threading.Lock()
    started: list[threading.Thread] = []
    ended = False

    def start_another() -> None:
        with starting:
            if ended or len(started) == len(workers):
                return
            thread = threading.Thread(target=work, args=(workers[len(started)],), name="textrep-worker", daemon=True)
            started.append(thread)
            thread.start()

    def taken() -> tuple[_Item, Future[_Result]] | None:
        nonlocal ended
        room.acquire()
        with taking:
            if ended:
                return None
            result: Future[_Result] = Future()
            try:
                item = next(items)
            except StopIteration:
                ended = True
                return None
            except BaseException as error:  # it is raised where the results are read
                ended = True
                result.set_exception(error)
                results.put(result)
                return None
            computing.add(threading.current_thread())  # before anyone can wait for the result
            if ended:
                computing.discard(threading.current_thread())
                return None
            results.put(result)
            return item, result

    def work(worker: Callable[[_Item], _Result]) -> None:
        while (task := taken()) is not None:
            item, result = task
            try:
                start_another()
                result.set_result(worker(item))
            except BaseException as error:
                result.set_exception(error)
            computing.discard(threading.current_thread())
            del task, item, result  # which would stay in memory until there is room for the next
        results.put(None)
        room.release()  # so that the others end as well

    try:
        start_another()
        n_ended = 0
        while n_ended < len(started):  # who has ended has started the next one before
            result = results.get()
            if result is None:
                n_ended += 1
                continue
            yield result.result()
            room.release()
    finally:
        with starting:
            ended = True
        for _ in started:
            room.release()
        for thread in started:
            while thread in computing:
                thread.join(_PATIENCE)
            if thread.ident is not None:  # Ctrl-C may come before it has started, and while one waits for more text,
                thread.join(_PATIENCE)  # which may never come: that one is left behind
