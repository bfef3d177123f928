"""What all tests share: signals as a shell leaves them, and no process left behind.

And what keeps them quick: garbage collections look at little, nobody waits for a disk, modules are compiled once and
not by each program that a test starts, and the libraries of NumPy and PyTorch compute in one thread: arrays are small
here, and the processes of a test run share the cores.
"""

from __future__ import annotations

import functools
import gc
import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from click.testing import CliRunner

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when PyTorch is imported, also by programs that tests start
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

sys.path.append(str(Path(__file__).parent))  # for `bad_files`; pytest's importlib mode leaves it out

if "mix_stderr" in inspect.signature(CliRunner).parameters:  # before click 8.2, which keeps stdout and stderr apart
    CliRunner.__init__ = functools.partialmethod(CliRunner.__init__, mix_stderr=False)

_COMPILE = """
import textrep
texts = [f"word{i} of {i + 1} tokens, d\u2019abord {i % 77}" for i in range(50_000)]
textrep.embed(texts, vector_size=4, epochs=1, min_count=1, n_jobs=2).similar("of")
textrep.TfidfVectorizer().fit_transform(texts)
"""
_COMPILING = pytest.StashKey[subprocess.Popen]()

# HYPOTHESIS_PROFILE=thorough searches longer.
# No deadline: a first example may compile a kernel or import a library, and machines are busy.
hypothesis.settings.register_profile("normal", max_examples=15, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "normal"))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile what nearly all tests need while the workers collect theirs: else each would, and all at once."""
    if getattr(session.config.option, "numprocesses", None):  # it has workers, and is none
        session.stash[_COMPILING] = subprocess.Popen([sys.executable, "-c", _COMPILE])


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _COMPILING in session.stash:
        session.stash[_COMPILING].wait(300)


def pytest_collection_finish() -> None:
    """Spare garbage collections what stays anyway: they would look through PyTorch and thousands of tests each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)  # rarely: what tests make is small


@pytest.fixture(autouse=True, scope="session")
def signals_of_a_terminal() -> Iterator[None]:
    """Heed signals that ``nohup`` or a shell's ``&`` had this process ignore: programs started here inherit that."""
    ignored = {}
    for name in ("SIGINT", "SIGHUP", "SIGQUIT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            ignored[number] = signal.SIG_IGN
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
    yield
    for number, handler in ignored.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True, scope="session")
def no_waiting_for_the_disk() -> Iterator[None]:
    """Of thousands of small files none has to outlive a power cut; a closed descriptor fails all the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", _noted)
        yield


def _noted(descriptor: int) -> None:
    os.fstat(descriptor)


@pytest.fixture(autouse=True)
def no_process_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kill what a failing test has started and not waited for."""
    started: list[subprocess.Popen] = []
    real = subprocess.Popen.__init__

    def noting(self: subprocess.Popen, *args: object, **options: object) -> None:
        started.append(self)
        real(self, *args, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", noting)
    yield
    for process in started:
        if getattr(process, "returncode", 0) is None and process.poll() is None:
            process.kill()
            process.wait()
