"""What a bad file may do to the program that reads it: be of use, or be refused by name, in little time and memory.

Allowed are success, and `TextrepError`, ValueError and OSError with the file's name in the message; or, of a word that
bad bytes have made another one, `UnknownWordError`. Findings are all else: other errors, warnings that are not
textrep's own, more than some seconds of processor time, and memory out of proportion to the file. Memory that is only
asked for is bounded by a limit on the address space, under which the case gets a MemoryError; memory that is used, by
the peak of the process while the case runs. What costs too much is run again, and is a finding if it costs as much
then: a first case may import a library, or compile a kernel. Clocks on the wall are not looked at, since machines are
shared; a case that never ends is stopped by a timer of processor time.
"""

from __future__ import annotations

import os
import random
import re
import resource
import signal
import threading
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import pytest

from textrep.errors import TextrepError, UnknownWordError

__all__ = ["LAST_RESORT", "MOST", "Case", "Judge", "few_or_many", "some"]

MOST = int(os.environ.get("TEXTREP_CASES", "500"))  # cases of a long test; of more ways to spoil a file, so many
LAST_RESORT = 7200  # seconds of a clock on the wall, for a test of many cases
SECONDS = 5.0  # of processor time, a case
_STOPPED_AFTER = 60.0  # seconds of processor time; a kernel that never returns is left to pytest's timeout
ADDRESSES = 2 << 30  # bytes that a case may ask for; threads and libraries take hundreds of MiB of addresses
CONSTANT, TIMES = 96 << 20, 64  # bytes that a case may use: so many, and so many times the size of its file
_WRONG = (UnicodeError, RecursionError)  # kinds of ValueError and RuntimeError that are nobody's message


class Case(NamedTuple):
    """A way to spoil a file."""

    name: str
    content: bytes


class _EndlessError(BaseException):
    """A case was stopped; no reader takes it for an error of its own."""


class _Run(NamedTuple):
    """What came of a case, and what it cost."""

    outcome: str
    warned: list[warnings.WarningMessage]
    seconds: float
    n_bytes: int


class Judge:
    """Runs a reader on bad files, counts what comes out, and keeps what should not.

    Parameters
    ----------
    path : Path
        Where the files are put, one at a time.
    use : callable
        Reads the file and uses what it holds; the file's path is the argument.
    """

    def __init__(self, path: Path, use: Callable[[Path], Any]) -> None:
        self.path = path
        self._use = use
        self.counts: Counter[str] = Counter()
        self.findings: dict[str, list[str]] = {}  # what it looks like -> the cases

    def warm_up(self, content: bytes) -> None:
        """Read a good file, which has to succeed; later cases find all modules imported and all kernels compiled."""
        self._put(content)
        self._use(self.path)

    def run(self, cases: Iterable[Case]) -> Judge:
        """Judge all cases."""
        for case in cases:
            self.judge(case)
        return self

    def judge(self, case: Case) -> None:
        """Judge one case."""
        found = self._run(case)
        limit = CONSTANT + TIMES * len(case.content)
        if found.seconds > SECONDS or found.n_bytes > limit:
            again = self._run(case)
            found = found._replace(seconds=min(found.seconds, again.seconds), n_bytes=min(found.n_bytes, again.n_bytes))
        self.counts[found.outcome] += 1
        for warning in found.warned:
            if not (issubclass(warning.category, UserWarning) and self.path.name in str(warning.message)):
                self._find(
                    f"{warning.category.__name__}: {warning.message} ({warning.filename}:{warning.lineno})", case
                )
        if found.seconds > SECONDS:
            self._find(f"more than {SECONDS} s", case, f"{found.seconds:.1f} s")
        if found.n_bytes > limit:
            self._find("much memory", case, f"{found.n_bytes >> 20} MiB")

    def _run(self, case: Case) -> _Run:
        self._put(case.content)
        before = _reset_peak()  # what led here, as making the file did, is not the case's
        started = time.process_time()
        with warnings.catch_warnings(record=True) as warned, _few_addresses(), _stopped_at_last():
            warnings.simplefilter("always")
            try:
                self._use(self.path)
                outcome = "used"
            except BaseException as error:
                outcome = self._outcome(error, case)
                error.__traceback__ = None
        return _Run(outcome, warned, time.process_time() - started, _peak() - before)

    def check(self) -> None:
        """Raise AssertionError if there is any finding, with the first cases of each; and forget them."""
        lines = [f"{len(cases)} times {what}: {'; '.join(cases[:3])}" for what, cases in self.findings.items()]
        self.findings.clear()
        assert not lines, "\n".join([f"of {sum(self.counts.values()):,} cases", *lines])

    def _put(self, content: bytes) -> None:
        self.path.unlink(missing_ok=True)  # what maps the one before keeps its bytes
        self.path.write_bytes(content)

    def _outcome(self, error: BaseException, case: Case) -> str:
        if isinstance(error, KeyboardInterrupt):
            raise error
        message = str(error)
        if isinstance(error, UnknownWordError):
            return "refused"
        is_textreps = isinstance(error, TextrepError)
        is_allowed = is_textreps or (isinstance(error, ValueError | OSError) and not isinstance(error, _WRONG))
        if is_allowed and self.path.name in message and "\n" not in message.strip():
            return "refused"
        places = traceback.extract_tb(error.__traceback__)
        where = ", ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places[-3:])
        shown = re.sub(r"\d+", "#", message[:100])
        self._find(f"{type(error).__name__}: {shown} [{where}]", case, message[:200])
        return "found"

    def _find(self, what: str, case: Case, more: str = "") -> None:
        self.findings.setdefault(what, []).append(f"{case.name} {more}".strip())


def some(cases: list[Any] | Iterator[Any], n: int, seed: int = 0) -> list[Any]:
    """Return `n` of the cases, always the same, in their order; all if there are no more."""
    cases = list(cases)
    if len(cases) <= n:
        return cases
    return [cases[i] for i in sorted(random.Random(seed).sample(range(len(cases)), n))]


def few_or_many(few: int, many: int) -> pytest.MarkDecorator:
    """Give a test its number of cases, `n`: a few, and where long tests are run, many."""
    slow = [pytest.mark.slow, pytest.mark.timeout(LAST_RESORT)]
    return pytest.mark.parametrize("n", [pytest.param(few, id="few"), pytest.param(many, id="many", marks=slow)])


@contextmanager
def _few_addresses() -> Iterator[None]:
    """Let the process ask for little more memory than it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + ADDRESSES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@contextmanager
def _stopped_at_last() -> Iterator[None]:
    """Stop what does not end of itself, at the next instruction of Python's."""
    if threading.current_thread() is not threading.main_thread():  # only there signals arrive
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise _EndlessError(f"stopped after {_STOPPED_AFTER:.0f} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, _STOPPED_AFTER)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _reset_peak() -> int:
    """Forget the peak of this process's memory, and return what it uses now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) << 10
