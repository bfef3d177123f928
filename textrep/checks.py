"""What a parameter may be: each check raises an error that names the parameter, what it may be, and what it is.

It is a ValueError where a parameter of an estimator is wrong, as scikit-learn has it, and a TypeError where an argument
of a function is of a type that cannot be meant.
"""

from __future__ import annotations

import math
import numbers
import os
from typing import Any

import numpy as np

from textrep.shown import shown

__all__ = [
    "as_list",
    "check_callable",
    "check_choice",
    "check_count",
    "check_path",
    "check_real",
    "check_switch",
    "check_type",
]


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


def check_type(name: str, value: Any, kinds: type | tuple[type, ...], wanted: str) -> None:
    """Raise TypeError unless `value` is of one of these types; `wanted` is what they are, and what to pass."""
    if not isinstance(value, kinds):
        raise TypeError(f"{name} must be {wanted}, not {shown(value)}")


def check_path(name: str, value: Any) -> None:
    """Raise TypeError unless `value` is the path of a file, and ValueError if no file can have it."""
    check_type(name, value, (str, os.PathLike), "the path of a file, a str or a Path")
    text = os.fsdecode(value)
    if not text or "\0" in text:
        raise ValueError(f"{name} is {shown(text)}; pass the name of a file")


def check_callable(name: str, value: Any) -> None:
    """Raise TypeError unless `value` can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, not {shown(value)}")


def as_list(name: str, value: Any, items: str) -> list[Any]:
    """Return what is in `value` as a list; raise TypeError if it is nothing to go through, or one str."""
    try:
        found = None if isinstance(value, str | bytes) else iter(value)
    except TypeError:
        found = None
    if found is None:
        raise TypeError(f"{name} must be a list of {items}, not {shown(value)}")
    return list(found)
