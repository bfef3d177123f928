"""Worker threads that take the next item when they are free: order, errors, and that no thread is left."""

from __future__ import annotations

import gc
import queue
import signal
import threading
import time
import weakref
from collections import Counter, deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.workers import MadeWhenUsed, handed_out, shared_out

pytestmark = [
    pytest.mark.timeout(60),  # what goes wrong here hangs
    pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning"),  # of generators collected as garbage
]


def running():
    return [thread for thread in threading.enumerate() if thread.name == "textrep-worker"]


def none_is_left_soon():
    deadline = time.monotonic() + 20
    while running() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not running()


@pytest.fixture(autouse=True)
def no_thread_left():
    assert not running()
    yield
    assert not running()


def doubled(item):
    return 2 * item


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 30), st.integers(1, 5), st.randoms())
def test_order_is_kept(n_items, n_workers, random):
    """Whoever is fast or slow."""
    pauses = [random.choice([0, 0, 0.001]) for _ in range(n_items)]
    done: Counter[int] = Counter()

    def work(item):
        time.sleep(pauses[item])
        done[item] += 1
        return doubled(item)

    assert list(shared_out(iter(range(n_items)), [work] * n_workers)) == [2 * i for i in range(n_items)]
    assert done == Counter(range(n_items))
    assert not running()


def test_each_worker_has_a_thread_of_its_own():
    seen = {i: set() for i in range(3)}
    everyone = threading.Barrier(3)

    def worker(i):
        def work(item):
            seen[i].add(threading.get_ident())
            if item < 3:
                everyone.wait(10)  # none can take two items before each has one
            return item

        return work

    assert list(shared_out(iter(range(50)), [worker(i) for i in range(3)])) == list(range(50))
    assert [len(threads) for threads in seen.values()] == [1, 1, 1]
    assert len(set.union(*seen.values())) == 3
    assert threading.get_ident() not in set.union(*seen.values())


@pytest.mark.parametrize("hand_out", [shared_out, handed_out])
def test_no_more_threads_are_started_than_there_is_work(monkeypatch, hand_out):
    """Each worker that is asked for takes memory."""
    started = []
    real = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: (started.append(thread), real(thread)))
    used = set()

    def worker(i):
        return lambda item: (used.add(i), doubled(item))[1]

    assert list(hand_out(iter(range(4)), [worker(i) for i in range(500)])) == [0, 2, 4, 6]
    assert 1 <= len(started) <= 5
    assert used <= set(range(5))


def test_the_worker_that_has_worked_is_the_next_to_work():
    """Those that have not may have no memory yet."""
    done, used = threading.Event(), set()

    def items():
        for i in range(20):
            yield i
            assert done.wait(10)
            done.clear()
            time.sleep(0.001)

    def worker(i):
        return lambda item: (used.add(i), done.set())

    deque(handed_out(items(), [worker(i) for i in range(20)]), maxlen=0)
    assert len(used) < 10


@pytest.mark.parametrize("n_allowed", [1, 2])
def test_the_threads_that_the_system_allows_do_the_work(monkeypatch, n_allowed):
    asked = []
    real = threading.Thread.start

    def refused(thread):
        asked.append(thread)
        if len(asked) > n_allowed:
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", refused)
    everyone = threading.Barrier(n_allowed)  # so that all compute at once, and one more is asked for

    def work(item):
        if item < n_allowed:
            everyone.wait(10)
        return doubled(item)

    assert list(shared_out(iter(range(40)), [work] * 5)) == [2 * i for i in range(40)]
    assert len(asked) == n_allowed + 1, "it does not ask again"


def test_a_system_that_allows_no_thread_is_an_error(monkeypatch):
    def refused(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        list(shared_out(iter(range(9)), [doubled] * 3))


def test_a_slow_reader_finds_few_results_waiting():
    """However many threads there may be."""
    read = []
    results = shared_out((read.append(i) or i for i in range(2000)), [doubled] * 1000)
    next(results)
    n_read = -1
    while n_read < len(read):
        n_read = len(read)
        time.sleep(0.05)
    assert n_read < 200
    assert list(results) == [2 * i for i in range(1, 2000)]


def test_another_thread_is_started_when_all_others_compute():
    everyone = threading.Barrier(6)
    assert list(shared_out(iter(range(6)), [lambda _: everyone.wait(10) >= 0] * 6)) == [True] * 6


def test_what_workers_have_is_made_when_it_is_used():
    made = []
    every = MadeWhenUsed(lambda i: (made.append(i), [i])[1], 500)
    assert len(every) == 500
    assert every[2] is every[2]
    assert made == [2]
    assert every.used() == [[0], [1], [2]], "what comes before has a number, too"
    assert MadeWhenUsed(str, 3).used() == ["0"]


def test_items_are_read_by_one_thread_at_a_time():
    reading = threading.Lock()

    def items():
        for i in range(40):
            assert reading.acquire(blocking=False), "two threads are in the generator"
            time.sleep(0.0005)
            reading.release()
            yield i

    assert list(shared_out(items(), [doubled] * 4)) == [2 * i for i in range(40)]


@pytest.mark.parametrize("n_workers", [1, 2, 4])
@pytest.mark.parametrize("where", ["worker", "items"])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_is_raised_once_where_its_result_would_be(n_workers, where, kind):
    error = kind("wrong")
    made = 0

    def items():
        nonlocal made
        for i in range(50):
            if where == "items" and i == 7:
                raise error
            made += 1
            yield i

    def work(item):
        if where == "worker" and item >= 7:
            raise error
        return item

    results = shared_out(items(), [work] * n_workers)
    assert [next(results) for _ in range(7)] == list(range(7))
    with pytest.raises(kind, match="wrong") as raised:
        next(results)
    assert raised.value is error
    assert not running()
    with pytest.raises(StopIteration):
        next(results)
    assert made <= 7 + 2 * n_workers + 1, "nothing more is read for nobody"


def test_a_slow_item_before_the_error_is_not_lost():
    failed = threading.Event()

    def work(item):
        if item == 1:
            failed.set()
            raise ValueError("of the second")
        assert failed.wait(10)
        return item

    results = shared_out(iter(range(2)), [work] * 2)
    assert next(results) == 0
    with pytest.raises(ValueError, match="of the second"):
        next(results)


@pytest.mark.parametrize("n_results", [1, 5])
def test_whoever_stops_asking_stops_the_threads(n_results):
    read = 0

    def items():
        nonlocal read
        while True:
            read += 1
            yield read

    results = shared_out(items(), [doubled] * 3)
    for _ in range(n_results):
        next(results)
    results.close()
    assert not running()
    assert read <= n_results + 2 * 3 + 1

    results = shared_out(items(), [doubled] * 3)
    next(results)
    del results
    gc.collect()
    assert not running(), "or forgets to close"


def test_nothing_runs_before_the_first_result_is_asked_for():
    results = shared_out(iter([1]), [doubled])
    assert not running()
    assert list(results) == [2]


def test_it_waits_with_room_for_a_few():
    read = []
    items = (read.append(i) or i for i in range(100))
    results = shared_out(items, [doubled] * 2)
    next(results)
    for _ in range(200):
        time.sleep(0.001)
        assert len(read) <= 2 * 2 + 2
    assert list(results) == [2 * i for i in range(1, 100)]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals for threads")
@pytest.mark.parametrize("busy", ["worker", "items"])
def test_ctrl_c_while_waiting(busy):
    """It reaches the one who waits, and every thread ends with the item that it has."""
    is_reading, begun, goes_on = (threading.Event() for _ in range(3))

    def held(item):
        if item == 3:
            assert is_reading.wait(10)
            begun.set()
            assert goes_on.wait(10)
        return item

    def interrupt():
        assert begun.wait(10)
        signal.pthread_kill(main, signal.SIGINT)
        time.sleep(0.05)
        goes_on.set()

    main = threading.get_ident()
    other = threading.Thread(target=interrupt)
    items = map(held, range(1000)) if busy == "items" else iter(range(1000))
    results = shared_out(items, [held if busy == "worker" else doubled] * 2)
    other.start()
    found = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        for result in results:
            found.append(result)
            is_reading.set()
    other.join()
    wanted = range(3) if busy == "worker" else range(0, 6, 2)
    assert found == list(wanted)[: len(found)]
    assert not running()
    assert next(items) < 20, "nothing was read in vain"


def test_ctrl_c_before_all_have_started(monkeypatch):
    """None waits for items for ever, which would keep the process from ending."""
    real = threading.Thread.start

    def interrupted(thread):
        if len(running()) == 1:
            raise KeyboardInterrupt
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(shared_out(iter(range(1000)), [doubled] * 3))
    assert not running()


def test_ctrl_c_twice(monkeypatch):
    """The second comes at the first moment at which the end of it waits for anything, be it for a lock."""
    interrupted = False
    main = threading.current_thread()

    def checked(wait):
        def waits(*arguments, **options):
            if interrupted and threading.current_thread() is main:
                raise KeyboardInterrupt("the second")
            return wait(*arguments, **options)

        return waits

    class Lock:
        def __init__(self):
            lock = real()
            self.acquire, self.release, self.locked = checked(lock.acquire), lock.release, lock.locked

        def __enter__(self):
            return self.acquire()

        def __exit__(self, *_):
            self.release()

    real = threading.Lock
    begun, goes_on = threading.Event(), threading.Event()

    def work(item):
        if item == 2:  # there is room for three
            begun.set()
            assert goes_on.wait(10)
        return item

    with monkeypatch.context() as patch:
        patch.setattr(threading, "Lock", Lock)
        patch.setattr(threading.Thread, "join", checked(threading.Thread.join))
        results = shared_out(iter(range(1000)), [work] * 4)
        next(results)
        assert begun.wait(10)
        interrupted = True
        with pytest.raises(KeyboardInterrupt, match="the second"):
            results.throw(KeyboardInterrupt("the first"))
        interrupted = False
    goes_on.set()
    assert none_is_left_soon()


def test_a_worker_that_starts_another_may_be_the_one_that_collects_it(monkeypatch):
    """The garbage collector runs in whichever thread it likes: the end of `shared_out` may not wait for that one."""
    starting, dropped = threading.Event(), threading.Event()
    collected_by = []
    real = threading.Thread.start

    def start(thread):
        if len(running()) == 2:  # one computes, and this one
            starting.set()
            assert dropped.wait(10)
            gc.collect()
        real(thread)

    def work(item):
        if item == 1:
            assert dropped.wait(10)
        return item

    monkeypatch.setattr(threading.Thread, "start", start)
    cycle = [shared_out(iter(range(100)), [work] * 4)]
    cycle.append(cycle)
    gone = weakref.ref(cycle[0], lambda _: collected_by.append(threading.current_thread().name))
    gc.disable()
    try:
        assert next(cycle[0]) == 0
        assert starting.wait(10)
        del cycle
        dropped.set()
        assert none_is_left_soon()
    finally:
        gc.enable()
    assert gone() is None
    assert collected_by == ["textrep-worker"]


def test_two_at_once_do_not_meet():
    one, two = (shared_out(iter(range(30)), [doubled] * 2) for _ in range(2))
    assert list(zip(one, two, strict=True)) == [(2 * i, 2 * i) for i in range(30)]


def test_ctrl_c_while_more_is_waited_for():
    """Nothing may ever come, as from a pipe that is left open: the reader is left behind, and it does not go on."""
    come = threading.Event()
    taken, worked = [], []

    def items():
        for i in range(100):
            taken.append(i)
            if i == 5:
                come.wait(60)
            yield i

    def work(item):
        worked.append(item)
        return doubled(item)

    results = shared_out(items(), [work] * 2)
    assert [next(results) for _ in range(5)] == [0, 2, 4, 6, 8]
    while len(taken) < 6:
        time.sleep(0.001)
    begin = time.monotonic()
    results.close()
    assert time.monotonic() - begin < 20, "it did not wait for what it read"
    come.set()
    assert none_is_left_soon()
    assert len(taken) == 6
    assert sorted(worked) == [0, 1, 2, 3, 4], "what came after the end is not worked on"


def test_what_has_been_taken_is_waited_for_however_soon_it_is_closed(monkeypatch):
    """Between taking an item and computing lies a moment in which nothing of the thread is to be seen."""
    real = queue.SimpleQueue

    class Slow:
        def __init__(self):
            self.queue = real()

        def put(self, value):
            self.queue.put(value)
            if value is not None:  # an item has been taken
                time.sleep(0.05)

        def get(self):
            return self.queue.get()

    monkeypatch.setattr(queue, "SimpleQueue", Slow)
    done = []

    def work(item):
        time.sleep(0.4)
        done.append(item)
        return item

    results = shared_out(iter(range(4)), [work] * 2)
    assert next(results) == 0
    results.close()
    assert not running()
    n_done = len(done)
    time.sleep(0.5)
    assert len(done) == n_done
