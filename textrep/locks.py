"""Locks for what threads share, and attributes that are computed once however many threads ask for them.

A forked process has only the thread that forked it: a lock that another one held would never be released there. So
these locks are free in a forked process, whoever held them in its parent.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar, overload
from weakref import WeakSet

if TYPE_CHECKING:
    from typing import Self

__all__ = ["ProcessLock", "computed_once"]

_Value = TypeVar("_Value")


class ProcessLock:
    """A lock that a thread may take several times, and that is free in a forked process, whoever held it."""

    def __init__(self) -> None:
        self._lock = RLock()
        _locks.add(self)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock within the block, after waiting for it."""
        with self._lock:  # the same at the end of the block, also if there was a fork within it
            yield

    def renew(self) -> None:
        """Have a lock that nobody holds."""
        self._lock = RLock()


_locks: WeakSet[ProcessLock] = WeakSet()


def _renew_all() -> None:
    for lock in _locks:
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)


class computed_once(cached_property[_Value]):  # noqa: N801
    """A `functools.cached_property` that one thread computes while others wait: it may take as much memory as a store.

    The lock is one for all objects of the class, so that objects hold none and can be pickled.
    """

    def __init__(self, function: Callable[[Any], _Value]) -> None:
        super().__init__(function)
        self._computing = ProcessLock()

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> _Value: ...
    def __get__(self, instance: object | None, owner: type[Any] | None = None) -> Any:
        """Return the value, computed if it is not there yet."""
        if instance is None:
            return self
        values, name = instance.__dict__, str(self.attrname)
        with self._computing.held():
            if name not in values:
                values[name] = self.func(instance)
            return values[name]

    def forget(self, instance: object) -> None:
        """Have the value computed anew, also where a thread is computing it now: of what was there before."""
        with self._computing.held():
            instance.__dict__.pop(str(self.attrname), None)
