"""Kernels run by Python alone: a kernel's own `py_func` still calls compiled ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

__all__ = ["interpreted"]


def interpreted(kernel: Any) -> Callable[..., Any]:
    """Return what runs a kernel, and all kernels that it calls, without compiling any."""

    def run(*arguments: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore"):  # hashes and random numbers wrap around
            _replace_kernels(kernel.py_func, patch, set())
            return kernel.py_func(*arguments)

    return run


def _replace_kernels(function: Any, patch: pytest.MonkeyPatch, seen: set[Any]) -> None:
    """Let a function, and all that it calls, find the Python form of kernels."""
    if function in seen:
        return
    seen.add(function)
    for name in function.__code__.co_names:
        plain = getattr(function.__globals__.get(name), "py_func", None)
        if plain is not None:
            _replace_kernels(plain, patch, seen)
            patch.setitem(function.__globals__, name, plain)
