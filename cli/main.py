"""Where the console script begins: signals, then the command.

Imports next to nothing at the top, so that Ctrl-C is answered in one line even while Click is being imported.
"""

from __future__ import annotations

import atexit
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

_SOON = 0.01  # seconds until a signal that was lost comes again
_SIGNALLED = 128  # exit codes above it stand for signals


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with its code.

    Parameters
    ----------
    args : sequence of str, optional
        What follows ``textrep`` on the command line; by default that of this process.
    """
    try:
        _catch_signals()
        from .app import textrep

        textrep.main(args, prog_name="textrep")
    except (Exception, KeyboardInterrupt, _Signalled) as error:  # outside of what Click and `app` guard
        from .outcome import report

        code = report(error)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    _heed_no_signal(code)
    if code > _SIGNALLED:
        _leave(code)
    sys.exit(code)


class _Signalled(SystemExit):
    """A signal other than Ctrl-C; nothing has been said of it yet."""


def _leave(code: int) -> NoReturn:
    """Exit now: everything is cleaned up, and threads that are still compiling are not worth waiting for."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _heed_no_signal(code: int) -> None:
    """Let signals change nothing of what has been said and done: they only end the waiting for threads."""

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        _leave(code)

    def ignore() -> None:
        for number in caught:
            signal.signal(number, signal.SIG_IGN)

    caught = [number for number in _numbers() if signal.getsignal(number) is not signal.SIG_IGN]
    for number in caught:
        signal.signal(number, leave)
    atexit.register(ignore)  # from then on Python takes itself apart, and would print what a handler raises


def _numbers() -> list[int]:
    """Return the signals that end the program in good order, as far as this system has them."""
    return [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


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
        raise _Signalled(_SIGNALLED + number)

    def raise_again(unraisable: sys.UnraisableHookArgs) -> None:
        """Take a signal that came within ``__del__`` or a callback of C, where Python drops exceptions, for another."""
        error = unraisable.exc_value
        if not isinstance(error, KeyboardInterrupt | _Signalled):
            if not last:  # else it comes of what a signal has cut short, and the program ends
                sys.__unraisablehook__(unraisable)
            return
        number = signal.SIGINT if isinstance(error, KeyboardInterrupt) else int(str(error.code)) - _SIGNALLED
        last.pop(number, None)
        _send_soon(number)

    sys.unraisablehook = raise_again
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def _send_soon(number: int) -> None:
    """Send this process a signal when what runs now has ended."""
    import threading

    def send() -> None:
        if hasattr(signal, "pthread_kill"):  # ends waiting, too
            signal.pthread_kill(threading.main_thread().ident or 0, number)
        else:
            signal.raise_signal(number)

    timer = threading.Timer(_SOON, send)
    timer.daemon = True
    timer.start()
