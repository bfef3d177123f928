"""Writing the one file format: a file is replaced whole or not at all, whatever happens to the writer."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from textrep import StoreExistsError
from textrep.atomic import replacing
from textrep.container import TensorStream, open_container, write_container

TENSORS = {
    "vectors": np.arange(15, dtype=np.float32).reshape(5, 3) / 7,
    "empty": np.zeros((0, 4), np.int32),
    "counts": np.arange(5, dtype=np.int64)[::-1],
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "x.textrep"
    write_container(path, kind="store", header={"note": "머리말"}, tensors=TENSORS)
    return path


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_only_a_file_of_the_same_kind_is_replaced(tmp_path):
    target = tmp_path / "notes.txt"
    target.write_text("important")
    with pytest.raises(StoreExistsError, match=r"notes\.txt exists and is not overwritten.*Choose another name"):
        write_container(target, kind="store", header={}, tensors={})
    assert target.read_text() == "important"
    write_container(tmp_path / "c", kind="classifier", header={}, tensors={})
    with pytest.raises(StoreExistsError, match=r"because a store can replace only a store: .* is a classifier"):
        write_container(tmp_path / "c", kind="store", header={}, tensors={})
    with pytest.raises(FileExistsError, match="is a folder"):
        write_container(tmp_path, kind="store", header={}, tensors={})
    assert names_in(tmp_path) == ["c", "notes.txt"]


def test_a_file_that_appears_while_writing_is_not_overwritten(tmp_path):
    target = tmp_path / "x"

    def chunks():
        target.write_text("mine")
        yield np.zeros(3)

    with pytest.raises(StoreExistsError, match="exists and is not overwritten"):
        write_container(target, kind="k", header={}, tensors={"a": TensorStream((3,), np.float64, chunks())})
    assert target.read_text() == "mine"
    assert names_in(tmp_path) == ["x"]


def test_a_file_can_be_replaced_by_what_is_mapped_from_it(path):
    opened = open_container(path)
    write_container(path, kind="store", header=opened.header, tensors=opened.tensors)
    again = open_container(path)
    again.verify()
    for name, array in TENSORS.items():
        np.testing.assert_array_equal(again.tensors[name], array)
        np.testing.assert_array_equal(opened.tensors[name], array)  # the old map is still whole


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions and links")
def test_permissions_follow_the_umask(path):
    path.chmod(0o600)
    before = os.umask(0o027)
    try:
        write_container(path, kind="store", header={}, tensors={})
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions and links")
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_written_through(path, tmp_path, exists):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if exists:
        path.rename(folder / "real")
    (tmp_path / "link").symlink_to(folder / "real")
    write_container(tmp_path / "link", kind="store", header={"new": True}, tensors={})
    assert (tmp_path / "link").is_symlink()
    assert open_container(folder / "real").header == {"new": True}
    assert names_in(folder) == ["real"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_a_pipe_is_not_replaced(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match=r"cannot be written: it is a pipe, socket or device.*/pipe'"), replacing(path):
        raise AssertionError
    assert path.is_fifo()
    assert [entry.name for entry in tmp_path.iterdir()] == ["pipe"]


def test_a_long_name_can_be_saved(tmp_path):
    name = "n" * 255
    write_container(tmp_path / name, kind="k", header={}, tensors={})
    assert names_in(tmp_path) == [name]


@pytest.mark.skipif(os.name == "nt", reason="needs the errors of POSIX")
def test_a_target_that_cannot_be_looked_at_is_named_as_it_was_given(tmp_path, monkeypatch):
    with (
        pytest.raises(OSError, match=r"cannot be written: File name too long.*'.*/n{300}'"),
        replacing(tmp_path / ("n" * 300)),
    ):
        raise AssertionError
    (tmp_path / "link").symlink_to(tmp_path / "real")
    real = os.stat

    def refused(path, **options):
        if str(path).endswith("real"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    monkeypatch.setattr(os, "stat", refused)
    with (
        pytest.raises(PermissionError, match=r"cannot be written: Permission denied: '.*/link'"),
        replacing(tmp_path / "link"),
    ):
        raise AssertionError
    assert names_in(tmp_path) == ["link"]


def test_a_failed_write_leaves_the_old_file_and_no_other(path, monkeypatch):
    before = path.read_bytes()
    for function in ("write", "fsync", "replace"):
        with monkeypatch.context() as patch:

            def fail(*args):
                raise OSError(28, "No space left on device")

            patch.setattr(os, function, fail)
            with pytest.raises(OSError, match="No space left"):
                write_container(path, kind="store", header={}, tensors=TENSORS)
        assert path.read_bytes() == before
        assert names_in(path.parent) == [path.name]


# ---------------------------------------------------------------------------------------------------- being killed

# Saves version 2 over version 1, and dies without a goodbye at the n-th call that changes the disk.
DIE_AT_STEP = textwrap.dedent("""
    import os, sys
    import numpy as np
    from textrep import container, atomic
    path, step = sys.argv[1], 0
    if sys.argv[2] == "named":  # as on systems where every file has a name
        atomic._create_without_name = lambda folder: -1

    def version(n):
        return {"v": np.full((1000, 30), n, np.float32), "w": np.arange(7)}

    def save_and_die_at(last):
        calls = 0
        for name in ("open", "write", "fsync", "link", "replace", "lseek"):
            def wrapped(*args, real=getattr(os, name), **kwargs):
                nonlocal calls
                calls += 1
                if calls == last:
                    if real is write and len(args[1]) > 1:
                        write(args[0], args[1][: len(args[1]) // 2])
                    os._exit(9)
                return real(*args, **kwargs)
            setattr(os, name, wrapped)
        container.write_container(path, kind="store", header={"version": 2}, tensors=version(2))
        os._exit(0)

    write = os.write
    status = 9
    while status == 9:
        step += 1
        container.write_container(path, kind="store", header={"version": 1}, tensors=version(1))
        child = os.fork()
        if not child:
            save_and_die_at(step)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        opened = container.open_container(path)
        opened.verify()
        files = [name for name in os.listdir(os.path.dirname(path))]
        print(step, status, opened.header["version"], float(opened.tensors["v"].max()), len(files), flush=True)
    container.write_container(path, kind="store", header={"version": 1}, tensors=version(1))
    print(os.listdir(os.path.dirname(path)))
""")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("files", ["named", "unnamed"])
def test_a_crash_at_any_step_leaves_the_old_file_or_the_new_one(tmp_path, files):
    if files == "unnamed" and not _has_files_without_names(tmp_path):
        pytest.skip("this file system has no files without names")
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", DIE_AT_STEP, str(tmp_path / "x.textrep"), files]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    *steps, left = done.stdout.splitlines()
    rows = [tuple(map(float, line.split())) for line in steps]
    versions = [int(version) for _, _, version, _, _ in rows]
    assert len(rows) > 8
    assert rows[-1][1] == 0  # the last one was not killed
    assert versions == sorted(versions)  # once the new file is there, it stays
    assert set(versions) == {1, 2}
    assert all(version == value for _, _, version, value, _ in rows)  # and is whole
    n_files = [int(n) for *_, n in rows]
    assert max(n_files) == 2  # leftovers of earlier crashes are gone by the next save
    if files == "unnamed":
        assert n_files.count(2) == 1  # the moment between naming and renaming
    assert left == "['x.textrep']"


def _has_files_without_names(folder):
    if not hasattr(os, "O_TMPFILE"):
        return False
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR))
    except OSError:
        return False
    return True


SAVE_FOREVER = textwrap.dedent("""
    import itertools, sys
    import numpy as np
    from textrep.container import write_container
    for i in itertools.count(int(sys.argv[2])):
        tensors = {"v": np.full(200_000, i), "w": np.full(100, i, np.int32)}
        write_container(sys.argv[1], kind="store", header={"i": i}, tensors=tensors)
        print(i, flush=True)
""")


def start_saving(path, first):
    process = subprocess.Popen(
        [sys.executable, "-c", SAVE_FOREVER, str(path), str(first)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline().strip() == str(first)
    return process


@pytest.mark.parametrize("rounds", [8, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_writer_killed_at_random_moments_never_breaks_the_file(tmp_path, rounds):
    path = tmp_path / "x.textrep"
    moments = random.Random(rounds)
    for attempt in range(rounds):
        process = start_saving(path, 100 * attempt)
        time.sleep(moments.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        rest = process.communicate()[0].split()
        opened = open_container(path, "store")
        opened.verify()
        assert (opened.tensors["v"] == opened.header["i"]).all()
        assert opened.header["i"] >= max(map(int, rest), default=100 * attempt)  # what was announced is there
        assert len(names_in(tmp_path)) <= 2
    write_container(path, kind="store", header={}, tensors={})
    assert names_in(tmp_path) == ["x.textrep"]


@pytest.mark.parametrize("rounds", [25, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_two_live_writers_do_not_disturb_each_other(tmp_path, rounds):
    path = tmp_path / "x.textrep"
    writers = [start_saving(path, first) for first in (0, 1_000_000)]
    try:
        for _ in range(rounds):
            for writer in writers:
                assert writer.stdout.readline().strip().isdigit()  # still saving
            open_container(path, "store").verify()
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    write_container(path, kind="store", header={}, tensors={})
    assert names_in(tmp_path) == ["x.textrep"]


def test_other_hidden_files_are_left_alone(tmp_path):
    for name in (".textrep-0000000000000000-00.tmp", ".x.textrep.tmp", "x.textrep.tmp"):
        (tmp_path / name).write_text("not a leftover of x")
    write_container(tmp_path / "x.textrep", kind="k", header={}, tensors={})
    assert len(names_in(tmp_path)) == 4
