"""Functions that are Python when interpreted and given LLVM instructions when compiled."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from numba import types
from numba.core.typing.templates import infer, infer_global, make_intrinsic_template, signature

__all__ = ["Codegen", "compiled_as"]

Codegen = Callable[[Any, Any, Any, Any], Any]  # context, builder, signature, arguments -> LLVM value
_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled_as(codegen: Codegen, result: Any, *arguments: Any) -> Callable[[_Function], _Function]:
    """Give a Python function a compiled form; an argument type of None stands for the caller's array type.

    This is what ``numba.extending.intrinsic`` does, but leaves the function callable from Python, and unlike
    ``overload`` it compiles no wrapper for every combination of argument types.
    """

    def register(function: _Function) -> _Function:
        def define(typing_context: Any, *given: Any) -> tuple[Any, Codegen]:  # noqa: ARG001
            chosen = [type_ if wanted is None else wanted for wanted, type_ in zip(arguments, given, strict=True)]
            return signature(result, *chosen), codegen

        parameters = inspect.signature(function).parameters.values()
        first = inspect.Parameter("typing_context", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        define.__signature__ = inspect.Signature([first, *parameters])  # type: ignore[attr-defined]
        template = make_intrinsic_template(function, define, function.__name__)
        infer(template)
        infer_global(function, types.Function(template))
        return function

    return register
