"""Where the console script begins: signals, then the command.

Imports next to nothing at the top, so that Ctrl-C is answered in one line even while Click is being imported.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

__all__ = ["main"]

_AT_ONCE = 1.0  # seconds in which a repeated signal is taken for the first: it must not disturb the cleaning up

_SIGNALLED = 128  # exit codes above it stand for signals


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with its code.

    Parameters
    ----------
    args : sequence of str, optional
        What follows ``textrep`` on the command line; by default that of this process.
    """
    _catch_signals()
    try:
        from .app import textrep

        textrep.main(args, prog_name="textrep")
    except KeyboardInterrupt as error:
        from .outcome import report

        code = report(error)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    if code > _SIGNALLED:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> NoReturn:
    """Exit now: everything is cleaned up, and threads that are still compiling are not worth waiting for."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _catch_signals() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end the program as exceptions, so that everything is cleaned up.

    What the parent process chose to ignore (``nohup``, a shell's ``&``) stays ignored. So
    is a signal that comes again at once; another one is not.
    """
    last: dict[int, float] = {}  # signal -> when it came

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        before, last[number] = last.get(number, -_AT_ONCE), time.monotonic()
        if last[number] - before < _AT_ONCE:
            return
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
