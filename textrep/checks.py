"""What a parameter may be: each check raises a ValueError that names the parameter, what it may be, and what it is."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

__all__ = ["check_choice", "check_count", "check_real", "check_switch"]


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise ValueError unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}")


def check_switch(name: str, value: Any) -> None:
    """Raise ValueError unless `value` is True or False; 1 and 0 are neither, as in scikit-learn."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False; got {value!r}")  # noqa: TRY004


def check_count(name: str, value: Any, hint: str = "", most: int = 2**31 - 1) -> None:
    """Raise ValueError unless `value` is an integer from 1 to `most`."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be an integer of at least 1; got {value!r}{hint}")
    if int(value) > most:
        raise ValueError(f"{name} must be at most {most:,}; got {value!r}{hint}")


def check_real(name: str, value: Any, low: float, high: float, hint: str, *, open_below: bool = False) -> None:
    """Raise ValueError unless ``low <= value <= high`` (``low < value`` with `open_below`)."""
    ok = isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    if not ok or not low <= value <= high or (open_below and value == low):
        least = "above" if open_below else "at least"
        raise ValueError(f"{name} must be a number {least} {low:g} and at most {high:g} ({hint}); got {value!r}")
