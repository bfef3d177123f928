"""`Spool`: the same array in memory and in a file."""

import errno
import gc
import os
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textrep.errors import TextrepError
from textrep.spool import Spool, TemporaryFileError


@given(
    pieces=st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=700), max_size=6), spill_at=st.integers(0, 7)
)
def test_like_a_list(pieces, spill_at):
    spool, expected = Spool(np.int32), []
    for i, piece in enumerate(pieces):
        if i == spill_at:
            spool.spill()
        spool.append(np.array(piece, np.int32))
        expected += piece
    assert spool.in_file == (spill_at < len(pieces))
    assert (len(spool), spool.nbytes) == (len(expected), 4 * len(expected))
    n = len(expected)
    for start, stop in ((0, n), (n // 3, n // 2), (n, n), (n // 2, n + 5)):
        assert spool.read(start, stop).tolist() == expected[start:stop]
    assert spool.whole().tolist() == expected
    assert not spool.whole().flags.writeable
    spool.write(n // 2, np.array(expected[: n // 3], np.int32))
    expected[n // 2 : n // 2 + n // 3] = expected[: n // 3]
    assert spool.read(0, n).tolist() == expected
    spool.truncate(n // 2)
    assert spool.read(0, n).tolist() == spool.whole().tolist() == expected[: n // 2]
    spool.close()


def test_what_is_read_can_be_written_and_is_a_copy():
    for spill in (False, True):
        spool = Spool(np.int64)
        spool.append(np.arange(5))
        if spill:
            spool.spill()
        part = spool.read(1, 3)
        part[:] = 9
        assert spool.read(0, 5).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere an open file keeps its name")
def test_the_file_has_no_name_and_is_closed_with_its_spool(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spool = Spool(np.int32)
    spool.append(np.arange(10, dtype=np.int32))
    spool.spill()
    assert list(tmp_path.iterdir()) == []
    file = spool._file
    view = spool.whole()
    del spool
    gc.collect()
    assert file.closed
    assert view.tolist() == list(range(10))  # a mapping lives on for whoever holds it


def test_closed():
    for spill in (False, True):
        spool = Spool(np.int32)
        if spill:
            spool.spill()
        assert not spool.closed
        spool.close()
        spool.close()
        assert spool.closed
        with pytest.raises(ValueError, match="closed"):
            spool.read(0, 1)


def test_read_by_many_threads():
    spool = Spool(np.int32)
    spool.append(np.arange(100_000, dtype=np.int32))
    spool.spill()
    wrong = []

    def read(seed):
        rng = np.random.default_rng(seed)
        for start in rng.integers(0, 99_000, 300).tolist():
            if not np.array_equal(spool.read(start, start + 1000), np.arange(start, start + 1000)):
                wrong.append(start)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_disk_full_names_the_folder_and_a_remedy(monkeypatch):
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **options: open("/dev/full", "r+b", 0))  # noqa: PTH123, SIM115
    monkeypatch.setattr("tempfile.tempdir", "/some/folder")
    spool = Spool(np.int32)
    spool.append(np.arange(10, dtype=np.int32))
    with pytest.raises(TemporaryFileError, match=r"/some/folder, failed: No space left on device.*TMPDIR") as caught:
        spool.spill()
    assert isinstance(caught.value, TextrepError)
    assert caught.value.errno == errno.ENOSPC


def test_no_folder_for_the_file(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    with pytest.raises(TemporaryFileError, match="/no/such/folder, failed: No such file or directory"):
        Spool(np.int32).spill()


def test_a_file_that_something_has_cut():
    spool = Spool(np.int32)
    spool.append(np.arange(10, dtype=np.int32))
    spool.spill()
    spool._file.truncate(8)
    with pytest.raises(TemporaryFileError, match="ends too early"):
        spool.read(0, 10)
