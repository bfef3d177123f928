"""Work shared out among threads: what is done where, in which order, and what becomes of errors."""

import threading
import time

import pytest

from textrep.parallel import in_parts, in_threads, n_parts


def test_long_lists_are_cut_into_a_part_a_thread_and_short_ones_are_not():
    assert [n_parts(n, 4) for n in (0, 1, 40_000, 10**6)] == [1, 1, 2, 4]
    assert n_parts(10**6, 1) == 1


def test_each_part_is_done_once_and_by_its_own_thread():
    together = threading.Barrier(3)
    done = []

    def work(first, last):
        together.wait(10)  # breaks unless three threads come
        done.append((first, last))

    in_parts(work, [0, 5, 5, 9])
    assert sorted(done) == [(0, 5), (5, 5), (5, 9)]


def test_a_single_part_needs_no_thread():
    threads = []
    in_parts(lambda *_: threads.append(threading.current_thread()), [0, 5])
    assert threads == [threading.current_thread()]


def test_an_error_in_a_part_is_raised():
    with pytest.raises(ZeroDivisionError):
        in_parts(lambda first, _: 1 // first, [0, 5, 9])


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_order(n_threads):
    assert list(in_threads(lambda i: 2 * i, iter(range(40)), n_threads)) == list(range(0, 80, 2))


@pytest.mark.parametrize("n_threads", [1, 3])
def test_items_are_read_here_and_not_far_ahead(n_threads):
    n_read, readers = 0, set()

    def items():
        nonlocal n_read
        while True:
            n_read += 1
            readers.add(threading.get_ident())
            yield n_read

    results = in_threads(str, items(), n_threads)
    assert [next(results) for _ in range(5)] == ["1", "2", "3", "4", "5"]
    results.close()
    assert readers == {threading.get_ident()}
    assert n_read <= 5 + 2 * n_threads + 1


@pytest.mark.parametrize(("room", "most"), [(0, 1), (1, 1), (3, 3), (100, 17)])
def test_no_more_are_under_way_than_there_is_room_for(room, most):
    """Results that are waiting to be taken count, and so do those that are being made."""
    begun = []
    results = in_threads(lambda i: begun.append(i) or i, range(60), 8, lambda _: room)
    taken = [next(results) for _ in range(10)]
    time.sleep(0.1)
    assert len(begun) <= 10 + max(0, most - 1)
    assert [*taken, *results] == list(range(60))
    assert sorted(begun) == list(range(60))


def test_two_are_under_way_until_the_size_of_a_result_is_known():
    begun, go = [], threading.Event()
    results = in_threads(lambda i: (begun.append(i), go.wait(10)), range(9), 4, lambda _: 9)
    threading.Timer(0.1, lambda: (begun.append("go"), go.set())).start()
    next(results)
    assert begun.index("go") == 2


def test_errors_of_items_and_of_the_work_come_out_and_no_thread_is_left():
    def cut_off():
        yield 1
        raise LookupError

    with pytest.raises(LookupError):
        list(in_threads(str, cut_off(), 2))
    with pytest.raises(ZeroDivisionError):
        list(in_threads(lambda i: 1 // i, [1, 0, 1], 2))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("textrep-")]
