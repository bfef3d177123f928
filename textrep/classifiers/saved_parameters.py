"""The parameters of an estimator in the header of a file: as they were given, but for the store."""

from __future__ import annotations

from typing import Any

import numpy as np

from textrep.classifiers.typed_json import from_typed_json, to_typed_json
from textrep.text.tokenizers import MissingCallable, check_can_be_saved, tokenizer_from_dict

__all__ = ["restored_parameters", "saved_parameters"]

_TOKENIZER = "tokenizer_object"  # what a tokenizer is kept as that was given ready-made, and not by its name


def saved_parameters(estimator: Any) -> dict[str, Any]:
    """Return parameters as JSON, without the store.

    A generator of random numbers becomes None: the numbers it would draw next are not those that were drawn.

    Raises
    ------
    ValueError
        If one of them is a Python function; says what to do.
    """
    parameters = {}
    for name, value in estimator.get_params(deep=False).items():
        if name == "store":
            continue
        try:
            parameters[name] = _saved(name, value)
        except ValueError as error:
            raise ValueError(f"the parameter {name} of this {type(estimator).__name__}: {error}") from None
    return parameters


def restored_parameters(saved: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters.

    Raises
    ------
    ValueError
        If a value is none that is known.
    """
    return {name: _restored(value) for name, value in saved.items()}


def _saved(name: str, value: Any) -> Any:
    if name == "random_state" and isinstance(value, np.random.RandomState | np.random.Generator):
        return None
    if name == "device" and value is not None:
        return str(value)  # also of a torch.device
    if name == "tokenizer" and value is not None and not isinstance(value, str):
        check_can_be_saved(value)
        return {_TOKENIZER: value.to_dict()}
    return to_typed_json(value.tolist() if isinstance(value, np.ndarray) else value)


def _restored(value: Any) -> Any:
    if isinstance(value, dict) and _TOKENIZER in value:
        tokenizer = tokenizer_from_dict(value[_TOKENIZER])
        if isinstance(tokenizer, MissingCallable):
            raise ValueError(f"{value} is no tokenizer that textrep knows by name")
        return tokenizer
    return from_typed_json(value)
