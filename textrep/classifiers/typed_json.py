"""Python's plain values as JSON and back, type by type: a tuple comes back as a tuple, 1.0 as a float, 1 as an int.

None, bool, int, finite float, str and lists are what they are in JSON. Other values are objects with one entry, whose
name says what they are: ``(1, "a")`` is ``{"tuple": [1, "a"]}``, ``{2: "b"}`` is ``{"dict": [[2, "b"]]}``.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from textrep.shown import shown

__all__ = ["from_typed_json", "to_typed_json"]

_AS_THEY_ARE = (type(None), bool, int, str)


def to_typed_json(value: Any) -> Any:
    """Return the JSON form of a value. A number or string of NumPy's becomes Python's, which is equal to it.

    Raises
    ------
    ValueError
        If it has none; names it.
    """
    if isinstance(value, np.generic):
        value = value.item()
    kind = type(value)  # exactly: an enumeration's member is an int, but would not come back as one
    if kind in _AS_THEY_ARE:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is list:
        return [to_typed_json(item) for item in value]
    if kind is tuple:
        return {"tuple": [to_typed_json(item) for item in value]}
    if kind is dict:
        return {"dict": [[to_typed_json(key), to_typed_json(item)] for key, item in value.items()]}
    if kind is frozenset or kind is set:
        return {kind.__name__: sorted((to_typed_json(item) for item in value), key=json.dumps)}
    raise ValueError(
        f"{shown(value)}, a {kind.__name__}, cannot be kept in a file; "
        "a str, int, float, bool or None can, and tuples, lists, sets and dicts of these"
    )


def from_typed_json(value: Any) -> Any:
    """Return the value of a JSON form.

    Raises
    ------
    ValueError
        If it is no form that `to_typed_json` gives.
    """
    if isinstance(value, list):
        return [from_typed_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    try:
        ((kind, content),) = value.items()
        if kind == "float":
            return float(content)
        if kind == "dict":
            return {from_typed_json(key): from_typed_json(item) for key, item in content}
        make = {"tuple": tuple, "set": set, "frozenset": frozenset}[kind]
        return make([from_typed_json(item) for item in content] if isinstance(content, list) else None)
    except (LookupError, TypeError, ValueError):
        raise ValueError(f"{json.dumps(value)[:80]} stands for no value that is known") from None
