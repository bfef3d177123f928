"""Items handed out to workers, one a thread, each with memory of its own; `in_threads` is for functions that have none.

Either the calling thread reads the items, or the workers read them as well, which is faster. However many workers there
are, another thread is started only when those that there are have an item each; and a worker's memory is
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
    free = list(reversed(workers))  # `pop` and `append` are atomic; the one that has worked is the next to work

    def work(item: _Item) -> _Result:
        worker = free.pop()  # there is one, for there are no more threads than workers
        try:
            return worker(item)
        finally:
            free.append(worker)

    return in_threads(work, items, len(workers))


def shared_out(items: Iterator[_Item], workers: Sequence[Callable[[_Item], _Result]]) -> Generator[_Result, None, None]:
    """Yield what workers, one a thread, make of items, in order; each takes the next item when it is free.

    So the threads that compute also read. A thread that only reads would fight them for Python's lock.

    The end of it may run anywhere: Ctrl-C may come there once more, and a worker may be the one that collects it as
    garbage, whatever it does at that time. So no lock is taken there, and all that it says to the threads is said
    before it can be interrupted. To put something into a `SimpleQueue` is safe anywhere.
    """
    taking = threading.Lock()
    room: queue.SimpleQueue[None] = queue.SimpleQueue()  # for items under way, or made and not asked for
    results: queue.SimpleQueue[Future[_Result] | None] = queue.SimpleQueue()  # None: a thread has ended
    computing: set[threading.Thread] = set()
    started: list[threading.Thread] = []
    most = len(workers)
    ended = False

    def start_another() -> None:
        nonlocal most
        if ended or len(started) == most:
            return
        thread = threading.Thread(target=work, args=(workers[len(started)],), name="textrep-worker", daemon=True)
        started.append(thread)  # before: Ctrl-C may come while it starts
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads
            started.pop()
            most = len(started)
            if not most:
                raise
            return
        room.put(None)  # one item under way, and one that waits
        room.put(None)

    def taken() -> tuple[_Item, Future[_Result]] | None:
        nonlocal ended
        room.get()
        with taking:
            if ended:
                return None
            result: Future[_Result] = Future()
            try:
                item = next(items)
                if len(started) == len(computing) + 1:  # with this one all compute
                    start_another()
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
                result.set_result(worker(item))
            except BaseException as error:
                result.set_exception(error)
            computing.discard(threading.current_thread())
            del task, item, result  # which would stay in memory until there is room for the next
        results.put(None)
        room.put(None)  # so that the others end as well

    try:
        room.put(None)
        start_another()
        n_ended = 0
        while n_ended < len(started):  # who has ended has started the next one before
            result = results.get()
            if result is None:
                n_ended += 1
                continue
            yield result.result()
            room.put(None)
    finally:
        ended = True
        room.put(None)  # who ends lets the next one end
        for thread in started:
            if thread is threading.current_thread():
                continue
            while thread in computing:
                thread.join(_PATIENCE)
            if thread.is_alive():  # it may not have started yet, or wait for more text, which may never come: that one
                thread.join(_PATIENCE)  # is left behind
