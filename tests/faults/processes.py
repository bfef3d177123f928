"""Commands as processes that can be killed: forks of a process that has imported everything, or new processes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FORKED = Path(__file__).with_name("forked.py")
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))
from textrep_cli.main import main
main()
"""


@dataclass(frozen=True)
class End:
    """How a command ended; `code` is negative if a signal ended it."""

    code: int
    stdout: str
    stderr: str
    seconds: float  # from its beginning to when it was done, or killed


class Forks:
    """A process that runs commands in forks of itself, one after the other."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, str(FORKED)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # a pipe, too, as the forks have: Python notes whether a stream can be sought
            env=environment({}),
            start_new_session=True,
        )
        assert self._line() == "ready"

    def start(
        self,
        args: Sequence[object],
        cwd: Path,
        variables: dict[str, str],
        file_size: int | None = None,
        *,
        at_once: bool = True,
    ) -> Running:
        """Begin a command; `file_size` is how long a file may grow.

        A process ends `at_once` when the command has, or as others do, with a second or two of taking itself apart.
        """
        request = {
            "args": [*map(str, args)],
            "cwd": str(cwd),
            "variables": variables,
            "file_size": file_size,
            "at_once": at_once,
        }
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(request).encode() + b"\n")
        self._server.stdin.flush()
        return Running(int(self._line()), self)

    def ended(self) -> tuple[dict, float]:
        """Wait for the end of the command that runs; return how it ended, and when it was done."""
        line, done = self._line(), time.monotonic()
        if line == "done":
            line = self._line()
        return json.loads(line), done

    def close(self) -> None:
        self._server.communicate(timeout=60)

    def _line(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().decode().strip()


class Running:
    """A command that runs in a fork."""

    def __init__(self, pid: int, forks: Forks) -> None:
        self.pid = pid
        self._forks = forks
        self._start = time.monotonic()

    def kill_after(self, seconds: float, number: signal.Signals) -> None:
        """Send a signal at a moment; that is nothing to a command which has ended, and not been waited for."""
        time.sleep(max(0.0, self._start + seconds - time.monotonic()))
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def end(self) -> End:
        answer, done = self._forks.ended()
        return End(answer["code"], answer["stdout"], of_command(answer["stderr"]), seconds=done - self._start)


def of_command(stderr: str) -> str:
    """Leave out what is said of kernels that are compiled for the first time: that depends on other tests."""
    return re.sub(r"^Compiling kernels .*\n", "", stderr, flags=re.M)


def environment(variables: dict[str, str]) -> dict[str, str]:
    """This process's environment with changes, and without what changes the output of programs."""
    left_out = ("FORCE_COLOR", "TEXTREP_DEBUG", "TEXTREP_MEMORY_CHECK")
    return {name: value for name, value in os.environ.items() if name not in left_out} | variables


def run_new(
    args: Sequence[object],
    cwd: Path,
    variables: dict[str, str],
    kill: tuple[float, signal.Signals] | None = None,
    file_size: int | None = None,
) -> End:
    """Run a command in a process of its own, and kill it after some seconds."""
    start = time.monotonic()
    process = start_new(args, cwd, variables, file_size)
    if kill is not None:
        time.sleep(kill[0])
        process.send_signal(kill[1])
    stdout, stderr = process.communicate(timeout=120)
    return End(process.returncode, stdout, of_command(stderr), time.monotonic() - start)


def start_new(
    args: Sequence[object], cwd: Path, variables: dict[str, str], file_size: int | None = None
) -> subprocess.Popen[str]:
    """Begin a command in a process of its own; `file_size` is how long a file may grow."""
    options = ["-B", "-c", LIMITED.format(file_size)] if file_size is not None else ["-m", "textrep"]
    return subprocess.Popen(
        [sys.executable, *options, *map(str, args)],
        cwd=cwd,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
