"""Ctrl-C that ends training in good order: the first is noted, the second raises KeyboardInterrupt.

Only Python's own handler is replaced, or one that a program calls `deferrable`, and only in the main thread, for
signals are handled there and nowhere else. A program that handles SIGINT otherwise, or ignores it, goes on doing so.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["Interrupt", "deferrable", "deferred_interrupt"]

_Handler = Callable[[int, FrameType | None], Any]
_DEFERRABLE: list[_Handler] = [signal.default_int_handler]


class Interrupt:
    """Whether Ctrl-C has been pressed.

    Parameters
    ----------
    raises : callable
        The handler that is in charge again when it is pressed once more.

    Attributes
    ----------
    asked : bool
        It has; what is running should end soon.
    """

    def __init__(self, raises: _Handler = signal.default_int_handler) -> None:
        self._raises = raises
        self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT."""
        if self.asked:
            self._raises(number, frame)
        self.asked = True


@contextmanager
def deferrable(handler: _Handler) -> Iterator[None]:
    """Let `deferred_interrupt` replace a handler that does, within the block, what Python's own does: it raises."""
    _DEFERRABLE.append(handler)
    try:
        yield
    finally:
        _DEFERRABLE.remove(handler)


@contextmanager
def deferred_interrupt() -> Iterator[Interrupt]:
    """Note the first Ctrl-C within the block instead of raising KeyboardInterrupt."""
    before: Any = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before not in _DEFERRABLE:
        yield Interrupt()
        return
    interrupt = Interrupt(before)
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        if signal.getsignal(signal.SIGINT) is interrupt:
            signal.signal(signal.SIGINT, before)
