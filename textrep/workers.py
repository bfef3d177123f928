"""Items handed out to workers, one a thread, each with memory of its own; `in_threads` is for functions that have none.

Either the calling thread reads the items, or the workers read them as well, which is faster.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeVar

from textrep.parallel import in_threads

__all__ = ["handed_out", "shared_out"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_PATIENCE = 0.1  # seconds, for threads that have nothing to compute


def handed_out(items: Iterable[_Item], workers: Sequence[Callable[[_Item], _Result]]) -> Iterator[_Result]:
    """Yield what workers make of items, in order; the calling thread reads the items."""
    free: queue.SimpleQueue[Callable[[_Item], _Result]] = queue.SimpleQueue()
    for worker in workers:
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
    ended = False

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
                result.set_result(worker(item))
            except BaseException as error:
                result.set_exception(error)
            computing.discard(threading.current_thread())
            del task, item, result  # which would stay in memory until there is room for the next
        results.put(None)
        room.release()  # so that the others end as well

    threads = [
        threading.Thread(target=work, args=(worker,), name="textrep-worker", daemon=True) for worker in workers
    ]  # fmt: skip
    try:
        for thread in threads:
            thread.start()
        running = len(threads)
        while running:
            result = results.get()
            if result is None:
                running -= 1
                continue
            yield result.result()
            room.release()
    finally:
        ended = True
        for _ in threads:
            room.release()
        for thread in threads:
            while thread in computing:
                thread.join(_PATIENCE)
            if thread.ident is not None:  # Ctrl-C may come before all have started, and while one waits for more text,
                thread.join(_PATIENCE)  # which may never come: that one is left behind
