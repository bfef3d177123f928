"""`Unfilled`: layers made without values for their weights, for a network whose weights are in a file.

PyTorch's own way, the device "meta", imports SymPy for some operations, which takes two seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

__all__ = ["Unfilled"]

_FACTORIES = (torch.empty, torch.zeros, torch.ones, torch.full)
_KEPT = ("requires_grad_", "detach_")  # in place, but about no value


class Unfilled(TorchFunctionMode):
    """Within it, what would write to tensors does nothing: no random number is drawn, and memory stays untouched.

    What is read of the tensors is undefined.

    Parameters
    ----------
    most : float
        How many numbers tensors may have together. Who makes layers by what a file says takes no more memory than the
        file's own weights need.

    Raises
    ------
    ValueError
        Within it, if a tensor would have more.
    """

    def __init__(self, most: float = math.inf) -> None:
        super().__init__()
        self._left = most

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Call a function of PyTorch, or do nothing in its place."""
        kwargs = kwargs or {}
        if func is torch.linalg.qr:  # of which orthogonal weights are made
            return args[0], args[0]
        if _writes(func):
            return kwargs["tensor"] if "tensor" in kwargs else args[0]
        result = func(*args, **kwargs)
        if func in _FACTORIES and isinstance(result, Tensor):
            self._left -= result.numel()
            if self._left < 0:
                raise ValueError("its parameters describe more weights than there are")
        return result


def _writes(func: Callable[..., Any]) -> bool:
    name = getattr(func, "__name__", "")
    in_place = name.endswith("_") and not name.endswith("__") and name not in _KEPT
    return in_place or name == "__setitem__" or getattr(func, "__module__", "") == "torch.nn.init"
