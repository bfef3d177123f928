"""Where machine code is kept, who may write there, and when compiling is announced."""

import errno
import os
import re
import stat
import tempfile
import time
from pathlib import Path

import numba
import pytest

from textrep.kernels import jit
from textrep.kernels.jit import cache_folder, on_first_compile

DAY = 24 * 3600

needs_owners = pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owners here")


@pytest.fixture(autouse=True)
def temporary(monkeypatch, tmp_path):
    """The system's temporary directory; nothing is chosen by the environment, nothing remembered."""
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    cache_folder.cache_clear()
    yield folder
    cache_folder.cache_clear()


@pytest.fixture
def no_cache(monkeypatch, tmp_path):
    """A cache folder that cannot be made: a file is in its place."""
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    return file


def own(temporary):
    return temporary / f"textrep-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


@pytest.mark.parametrize(("variable", "below"), [("XDG_CACHE_HOME", "textrep"), ("NUMBA_CACHE_DIR", ".")])
def test_the_folder_is_named_after_a_digest(monkeypatch, tmp_path, capsys, variable, below):
    monkeypatch.setenv(variable, str(tmp_path / "cache"))
    folder = cache_folder()
    assert folder.parent == tmp_path / "cache" / below
    assert re.fullmatch("kernels-[0-9a-f]{16}", folder.name)
    assert folder.is_dir()
    assert list(folder.iterdir()) == []
    cache_folder.cache_clear()
    monkeypatch.setattr(jit, "_sources_digest", lambda: "0" * 16)  # a kernel has changed
    assert cache_folder() == folder.parent / f"kernels-{'0' * 16}"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "NUMBA_CACHE_DIR"])
def test_numba_is_pointed_there_only_while_a_kernel_is_declared(monkeypatch, tmp_path, variable):
    monkeypatch.setenv(variable, str(tmp_path / "cache"))
    before = numba.config.CACHE_DIR
    with jit._numba_cache_dir():
        assert str(cache_folder()) == numba.config.CACHE_DIR
    assert before == numba.config.CACHE_DIR


def test_the_fallback_is_named_on_stderr(temporary, no_cache, capsys):
    folder = cache_folder()
    assert folder == own(temporary) / f"kernels-{jit._sources_digest()}"
    assert folder.is_dir()
    message = capsys.readouterr().err
    assert message.startswith(f"textrep: {no_cache / 'textrep'} is not writable (")
    assert message.endswith(f"; compiled kernels are kept in {folder}\n")
    if hasattr(os, "getuid"):
        assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (folder, folder.parent)} == {0}
    cache_folder.cache_clear()
    assert cache_folder() == folder


def test_without_a_home(monkeypatch, temporary, capsys):
    def expanduser(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", expanduser)
    folder = cache_folder()
    assert folder.parent == own(temporary)
    assert capsys.readouterr().err == (
        f"textrep: there is no home directory to keep a cache in; compiled kernels are kept in {folder}\n"
    )


def linked_parent(parent, elsewhere):
    parent.symlink_to(elsewhere)


def linked_folder(parent, elsewhere):
    parent.mkdir(mode=0o700)
    (parent / f"kernels-{jit._sources_digest()}").symlink_to(elsewhere)


def writable_parent(parent, elsewhere):
    parent.mkdir()
    parent.chmod(0o770)


def writable_folder(parent, elsewhere):
    parent.mkdir(mode=0o700)
    folder = parent / f"kernels-{jit._sources_digest()}"
    folder.mkdir()
    folder.chmod(0o702)


def file_as_parent(parent, elsewhere):
    parent.touch()


@needs_owners
@pytest.mark.usefixtures("no_cache")
@pytest.mark.parametrize(
    "prepare",
    [linked_parent, linked_folder, writable_parent, writable_folder, file_as_parent],
    ids=lambda f: f.__name__,
)
def test_the_fallback_is_nobody_elses(temporary, tmp_path, capsys, prepare):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    prepare(own(temporary), elsewhere)
    folder = cache_folder()
    assert folder.parent == temporary
    assert folder.name.startswith("textrep-")
    assert folder != own(temporary)
    assert not folder.is_symlink()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(elsewhere.iterdir()) == []
    assert capsys.readouterr().err.endswith(f"are kept in {folder}\n")


@needs_owners
@pytest.mark.usefixtures("no_cache")
def test_the_fallback_of_another_user_is_refused(monkeypatch, temporary):
    user = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: user + 1)
    assert cache_folder().parent == temporary


def test_old_siblings_are_removed_and_young_ones_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    parent, elsewhere = tmp_path / "textrep", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    days = {
        "kernels-0123456789abcdef": 91,
        "kernels-fedcba9876543210": 89,
        "kernels-mine": 91,
        "kernels-0123456789abcdef0": 91,
        "other": 91,
    }
    for name, age in days.items():
        (parent / name / "below").mkdir(parents=True)
        (parent / name / "below" / "code.nbc").touch()
        then = time.time() - age * DAY
        os.utime(parent / name, (then, then))
    os.utime(elsewhere, (0, 0))
    (parent / "kernels-aaaaaaaaaaaaaaaa").symlink_to(elsewhere, target_is_directory=True)
    folder = cache_folder()
    kept = {path.name for path in parent.iterdir()}
    assert kept == days.keys() - {"kernels-0123456789abcdef"} | {"kernels-aaaaaaaaaaaaaaaa", folder.name}
    assert (elsewhere / "precious").exists()
    assert (parent / "kernels-fedcba9876543210" / "below" / "code.nbc").exists()


def test_a_folder_in_use_stays_young(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = cache_folder()
    os.utime(folder, (0, 0))
    cache_folder.cache_clear()
    assert cache_folder() == folder
    assert time.time() - folder.stat().st_mtime < DAY


def test_the_first_compilation_is_announced_once():
    @numba.njit
    def twice(x):
        return 2 * x

    calls = []
    with on_first_compile(lambda: calls.append("compiling")):
        assert calls == []
        assert twice(1) == 2
        assert calls == ["compiling"]
        assert twice(1.5) == 3.0  # compiled for another type
    assert calls == ["compiling"]
    with on_first_compile(lambda: calls.append("again")):
        twice(1)
        twice(1.5)
    assert calls == ["compiling"]
    assert twice(1j) == 2j  # outside: nobody is told
    assert calls == ["compiling"]


def test_without_room_kernels_work_and_it_is_said_once(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cache_folder.cache_clear()
    jit._say_not_kept.cache_clear()
    doubled, halved = jit.kernel(_doubled), jit.kernel(_halved)

    def full(name, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    for function in (doubled, halved):
        monkeypatch.setattr(function._cache._cache_file, "_save_data", full)
    assert (doubled(3), halved(3.0)) == (6, 1.5)
    assert capsys.readouterr().err == (
        f"textrep: {cache_folder()}: compiled kernels cannot be kept (No space left on device); free space there\n"
    )
    cache_folder.cache_clear()


def _cut(content):
    return content[: len(content) // 2]


def _changed_in_a_bit(content):
    return content[:2000] + bytes([content[2000] ^ 1]) + content[2001:]


@pytest.mark.parametrize(
    ("ending", "spoiled"),
    [("nbi", lambda _: b""), ("nbc", lambda _: b""), ("nbi", _cut), ("nbc", _cut), ("nbc", _changed_in_a_bit)],
)
def test_spoiled_kernels_are_compiled_anew(monkeypatch, tmp_path, capsys, ending, spoiled):
    """A power cut leaves empty files."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cache_folder.cache_clear()
    jit._say_spoiled.cache_clear()
    assert jit.kernel(_doubled)(3) == 6
    (kept,) = tmp_path.rglob(f"*.{ending}")
    kept.write_bytes(spoiled(kept.read_bytes()))
    assert jit.kernel(_doubled)(3) == 6
    assert capsys.readouterr().err == f"textrep: {cache_folder()}: spoiled kernels are compiled anew\n"
    jit._say_spoiled.cache_clear()
    again = jit.kernel(_doubled)
    assert again(3) == 6
    assert (sum(again.stats.cache_hits.values()), capsys.readouterr().err) == (1, "")
    cache_folder.cache_clear()


@pytest.mark.parametrize("error", [MemoryError, PermissionError])
def test_kernels_that_cannot_be_read_are_not_spoiled(monkeypatch, tmp_path, error):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cache_folder.cache_clear()
    assert jit.kernel(_doubled)(3) == 6
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.nb?")}

    def fail(self, *_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("numba.core.caching.IndexDataCacheFile.load", fail)
        with pytest.raises(error):
            jit.kernel(_doubled)(3)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.nb?")} == before
    cache_folder.cache_clear()


def _doubled(x):
    return 2 * x


def _halved(x):
    return x / 2
