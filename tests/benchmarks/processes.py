"""Run a program and tell how long it took and how much memory it had at most.

The program is started by a small process of its own: Linux counts the memory of the process that starts a program as
the program's, and a benchmark that holds a corpus is no small process. That small process is this file run as a script.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Finished", "finished", "textrep_command"]

ROOT = Path(__file__).resolve().parents[2]  # the checkout
_FAIL_TAIL = 2000  # characters of a failed program's output to show


@dataclass(frozen=True)
class Finished:
    """A program that ended well: its wall time and the peak of its resident memory."""

    seconds: float
    peak_mib: float


def textrep_command(*arguments: str | Path) -> list[str]:
    """Return the command line of ``textrep ARGUMENTS...`` with this Python."""
    return [sys.executable, "-m", "textrep", *map(str, arguments)]


def finished(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Finished:
    """Run a program in the checkout to its end.

    Raises
    ------
    RuntimeError
        If it fails; with the end of what it wrote.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading) as report:
        try:
            starter = [sys.executable, "-S", str(Path(__file__).resolve()), str(writing), *command]
            done = subprocess.run(
                starter, cwd=ROOT, env=environment, pass_fds=[writing], capture_output=True, text=True, check=False
            )
        finally:
            os.close(writing)
        if done.returncode != 0:
            output = (done.stdout + done.stderr)[-_FAIL_TAIL:]
            raise RuntimeError(f"{' '.join(command)} ended with exit code {done.returncode}:\n{output}")
        return Finished(**json.loads(report.read()))


def _start() -> int:
    """Start the program given on the command line, wait for it, and write the report to the file descriptor given."""
    descriptor, program, *arguments = sys.argv[1:]
    os.set_inheritable(int(descriptor), False)
    start = time.perf_counter()
    pid = os.posix_spawn(program, [program, *arguments], os.environ)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024  # bytes; elsewhere KiB
    with os.fdopen(int(descriptor), "w") as report:
        json.dump({"seconds": seconds, "peak_mib": usage.ru_maxrss * unit / 2**20}, report)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(_start())
