"""The classes of a classifier, or the tags of a tagger, in the header of a file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.classifiers.typed_json import from_typed_json, to_typed_json

__all__ = ["restored_labels", "saved_labels"]

_STR = "str"  # NumPy's name has the length in it, which the labels have, too
_TYPES = {_STR, "object", "bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
_TYPES |= {"float16", "float32", "float64"}


def saved_labels(classes: NDArray[Any]) -> dict[str, Any]:
    """Return classes as JSON.

    Raises
    ------
    ValueError
        If a label is no str, int, float, bool or None, nor a tuple or frozenset of these.
    """
    labels = []
    for label in classes.tolist():
        try:
            labels.append(to_typed_json(label))
        except ValueError as error:
            raise ValueError(f"the label {error}. Train with such labels to save the model") from None
    return {"type": _STR if classes.dtype.kind == "U" else classes.dtype.name, "labels": labels}


def restored_labels(saved: dict[str, Any]) -> NDArray[Any]:
    """Return the classes.

    Raises
    ------
    ValueError
        If they are none.
    """
    kind, labels = saved.get("type"), saved.get("labels")
    if not isinstance(kind, str) or kind not in _TYPES or not isinstance(labels, list) or not labels:
        raise ValueError(f"its classes are {str(saved)[:80]}")
    values = from_typed_json(labels)
    if len(set(values)) != len(values):
        raise ValueError("a class is there twice")
    if kind == "object":
        classes = np.empty(len(values), object)
        classes[:] = values
    else:
        classes = np.array(values, kind)
    if list(map(repr, classes.tolist())) != list(map(repr, values)):
        raise ValueError(f"its classes are no {kind}: {str(values)[:80]}")
    return classes
