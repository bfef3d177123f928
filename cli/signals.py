"""Signals: they end the program as exceptions, so that everything is cleaned up, but not where an exception does harm.

It does harm in code that C calls back and goes on without: Numba, given no machine code by its cache, writes to address
0. Within llvmlite, which frees what C has made and notes that it did in two steps: it would be freed again. And while a
module is imported: PyTorch's C++ aborts the process, other modules of C make an ImportError of it, which whoever can do
without the module ignores. There a signal waits.
"""

from __future__ import annotations

import _thread  # `threading` may be what is being imported when a signal comes
import contextlib
import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

__all__ = ["END", "SIGNALLED", "Signalled", "catch_signals", "heed_no_signal", "ignore_signals", "leave"]

SIGNALLED = 128  # exit codes above it stand for signals
END = {129: "the terminal was closed", 130: "interrupted", 143: "terminated"}  # what is said of them

_AT_ONCE = 1.0  # seconds after a signal in which no other may disturb the cleaning up
_SOON = 0.01  # seconds until a signal that was lost, or came where it must not raise, comes again
_PATIENCE = 1.0  # seconds that a signal waits for the end of an import, or of a call of llvmlite
_CALLED_BACK = "llvmlite.binding.executionengine"  # module of what C calls back
_UNDIVIDED = ("importlib._bootstrap", "_frozen_importlib", "llvmlite")  # what an exception must not cut short
_SHOW_CURSOR = "\x1b[?25h"  # a bar hides it
_caught: list[int] = []  # the signals that end the program in good order


class Signalled(SystemExit):
    """A signal other than Ctrl-C; nothing has been said of it yet."""


def catch_signals() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end the program as exceptions.

    What the parent process chose to ignore (``nohup``, a shell's ``&``) stays ignored. So is a signal that is repeated
    at once; another one that comes then waits.
    """
    last: dict[int, float] = {}  # the signal that raised -> when
    waiting: dict[int, float] = {}  # signal -> since when it waits for the end of what is undivided

    def interrupt(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if last and (rest := max(last.values()) + _AT_ONCE - now) > 0:
            if number not in last:
                _send_again(number, rest)
        elif _CALLED_BACK in (names := _modules(frame)):
            _send_again(number, _SOON)
        elif not any(map(_is_undivided, names)):
            end(number)
        elif now - waiting.setdefault(number, now) >= _PATIENCE:
            _say_and_leave(SIGNALLED + number)
        else:
            sys.setprofile(end_afterwards)
            _send_again(number, _PATIENCE)

    def end(number: int) -> NoReturn:
        waiting.clear()
        last.clear()
        last[number] = time.monotonic()
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Signalled(SIGNALLED + number)

    def end_afterwards(frame: FrameType, event: str, arg: object) -> None:  # noqa: ARG001
        """Raise where the outermost function returns of those that are not to be cut short."""
        if event == "return" and _is_undivided(_module(frame)) and not any(map(_is_undivided, _modules(frame.f_back))):
            sys.setprofile(None)
            if waiting:
                end(next(iter(waiting)))

    def raise_again(unraisable: sys.UnraisableHookArgs) -> None:
        """Take a signal that came within ``__del__`` or a callback of C, where Python drops exceptions, for another."""
        error = unraisable.exc_value
        if not isinstance(error, KeyboardInterrupt | Signalled):
            if not last:  # else it comes of what a signal has cut short, and the program ends
                sys.__unraisablehook__(unraisable)
            return
        number = signal.SIGINT if isinstance(error, KeyboardInterrupt) else int(str(error.code)) - SIGNALLED
        last.clear()
        _send_again(number, _SOON)

    sys.unraisablehook = raise_again
    _caught.clear()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            _caught.append(number)
            signal.signal(number, interrupt)


def heed_no_signal(code: int) -> None:
    """Let signals change nothing of what has been said and done: they only end the waiting for threads.

    Once Python takes itself apart they are ignored: it would print what a handler raises.
    """
    import atexit

    for number in _caught:
        signal.signal(number, lambda *_: leave(code))
    atexit.register(ignore_signals)


def ignore_signals() -> None:
    """Let the signals that `catch_signals` has caught do nothing from now on."""
    for number in _caught:
        signal.signal(number, lambda *_: None)  # of one that has come and not been handled Python would complain
        signal.signal(number, signal.SIG_IGN)


def leave(code: int) -> NoReturn:
    """Exit now: everything is cleaned up, and threads that are still compiling are not worth waiting for."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _say_and_leave(code: int) -> NoReturn:
    """Exit in the middle of an import, with nothing but what is at hand then; there is next to nothing to clean up."""
    ignore_signals()
    with contextlib.suppress(OSError, ValueError, AttributeError):
        cursor = _SHOW_CURSOR if sys.stderr.isatty() else ""
        sys.stderr.write(f"{cursor}textrep: {END[code]}\n")
    leave(code)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _is_undivided(module: str) -> bool:
    return module in _UNDIVIDED or module.startswith("llvmlite.")


def _modules(frame: FrameType | None) -> set[str]:
    """Return the modules of all functions that run."""
    names = set()
    while frame is not None:
        names.add(_module(frame))
        frame = frame.f_back
    return names


def _send_again(number: int, seconds: float) -> None:
    """Send this process a signal after some time; called in the main thread, as all that handles signals is."""
    main_thread = _thread.get_ident()

    def send() -> None:
        time.sleep(seconds)
        if hasattr(signal, "pthread_kill"):  # ends waiting, too
            signal.pthread_kill(main_thread, number)
        else:
            signal.raise_signal(number)

    _thread.start_new_thread(send, ())
