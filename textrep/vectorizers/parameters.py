"""Parameters of vectorizers as JSON: exactly, for `save`, or described, for the header of a store."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

import numpy as np

from textrep.container import to_json

__all__ = ["described_parameters", "parameters_as_json"]


def parameters_as_json(vectorizer: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return parameters so that the same can be made of them again.

    Raises
    ------
    ValueError
        If one of them is a Python function; says what to do.
    """
    for name, value in given.items():
        if callable(value) and name != "dtype":
            raise ValueError(
                f"{name}={value!r} of this {type(vectorizer).__name__} is a Python function, which is not saved; "
                "pickle the vectorizer, or use one of the names that textrep knows"
            )
    parameters: dict[str, Any] = {}
    for name, value in given.items():
        if name == "dtype":
            parameters[name] = np.dtype(value).name
        elif name == "stop_words":
            parameters[name] = value if value is None or isinstance(value, str | list | tuple) else sorted(value)
        elif isinstance(value, np.random.RandomState):
            parameters[name] = None  # the numbers it would draw next are not what the vectors were made with
        else:
            parameters[name] = value
    to_json(parameters, f"parameters of this {type(vectorizer).__name__}")
    return parameters


def described_parameters(vectorizer: Any, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return all parameters as a person may read them.

    A function is its name, a vocabulary that was given only the word ``"given"``: it may be long, and the store has it.

    Parameters
    ----------
    vectorizer : object
        Of any class.
    given : mapping, optional
        What its class was given, for one that does not tell its parameters as scikit-learn's estimators do.
    """
    told = vectorizer.get_params(deep=False) if callable(getattr(vectorizer, "get_params", None)) else given
    parameters = told if isinstance(told, Mapping) else given or {}
    return {name: _described(name, value) for name, value in parameters.items()}


def _described(name: str, value: Any) -> Any:
    if name == "vocabulary" and isinstance(value, Iterable) and not isinstance(value, str):
        return "given"
    if name == "stop_words" and isinstance(value, Iterable) and not isinstance(value, str | list | tuple | Iterator):
        value = sorted(map(str, value))
    if name == "dtype" and value is not None:
        with contextlib.suppress(TypeError):
            return np.dtype(value).name
    if isinstance(value, Set):
        value = sorted(value, key=str)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a number of NumPy's
        value = value.item()
    with contextlib.suppress(TypeError, ValueError):
        return json.loads(json.dumps(value, allow_nan=False))  # a tuple becomes a list, as it will be when saved
    if hasattr(value, "__qualname__"):
        module = getattr(value, "__module__", None)  # methods of built-in classes have none
        return f"{module}.{value.__qualname__}" if module else value.__qualname__
    return repr(value)
