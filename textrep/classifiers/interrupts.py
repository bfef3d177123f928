"""Ctrl-C that ends training in good order: the first is noted, the second raises KeyboardInterrupt.

Only Python's own handler is replaced, and only in the main thread, for signals are handled there and nowhere else. A
program that handles SIGINT itself, or ignores it, goes on doing so.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interrupt", "deferred_interrupt"]


class Interrupt:
    """Whether Ctrl-C has been pressed.

    Attributes
    ----------
    asked : bool
        It has; what is running should end soon.
    """

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT."""
        if self.asked:
            signal.default_int_handler(number, frame)
        self.asked = True


@contextmanager
def deferred_interrupt() -> Iterator[Interrupt]:
    """Note the first Ctrl-C within the block instead of raising KeyboardInterrupt."""
    interrupt = Interrupt()
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupt
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        if signal.getsignal(signal.SIGINT) is interrupt:
            signal.signal(signal.SIGINT, signal.default_int_handler)
