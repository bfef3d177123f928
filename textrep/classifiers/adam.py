"""`Adam`: steps of optimization, for parameters with dense gradients and for those with sparse ones.

A sparse gradient changes the rows that it names and no others: neither the rows nor their moments, as in
`torch.optim.SparseAdam`. A step then costs as much as the batch has different words, not as much as there are words.
The classes of `torch.optim` are not used: the first of them that is made imports PyTorch's compiler, for two seconds.

Reference
---------
D. P. Kingma, J. Ba: Adam: A Method for Stochastic Optimization. ICLR 2015.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

__all__ = ["Adam"]

_BETAS = (0.9, 0.999)
_EPSILON = 1e-8


@dataclass
class _Moments:
    """The running means of a parameter's gradient and of its square, and how many steps they have seen."""

    first: Tensor
    second: Tensor
    steps: Tensor  # float32, one number, where the parameter is; the same as `n_steps`
    n_steps: int = 0  # which can be read without waiting for a GPU

    @classmethod
    def of(cls, parameter: nn.Parameter) -> _Moments:
        """Return the moments of a parameter before its first step."""
        zeros = torch.zeros_like(parameter)
        return cls(zeros, zeros.clone(), torch.zeros((), device=parameter.device))


class Adam:
    """Adam over some parameters; which of them have sparse gradients shows when the gradients come.

    Parameters
    ----------
    parameters : iterable of Parameter
        What is learned, on a CPU or a CUDA device.
    learning_rate : float
        Of the first step and all others.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], learning_rate: float) -> None:
        self._moments = {parameter: _Moments.of(parameter) for parameter in parameters}
        self._learning_rate = learning_rate

    def clear(self) -> None:
        """Forget all gradients."""
        for parameter in self._moments:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change the parameters by their gradients; those without one stay as they are."""
        dense: list[tuple[nn.Parameter, Tensor, _Moments]] = []
        for parameter, moments in self._moments.items():
            if parameter.grad is None:
                continue
            moments.n_steps += 1
            if parameter.grad.is_sparse:
                self._step_rows(parameter, parameter.grad.coalesce(), moments)
            else:
                dense.append((parameter, parameter.grad, moments))
        if dense:
            self._step_dense(dense)

    def _step_dense(self, parts: list[tuple[nn.Parameter, Tensor, _Moments]]) -> None:
        """Change whole parameters, all in one kernel."""
        adam(
            [parameter for parameter, _, _ in parts],
            [gradient for _, gradient, _ in parts],
            [moments.first for _, _, moments in parts],
            [moments.second for _, _, moments in parts],
            [],
            [moments.steps for _, _, moments in parts],
            fused=True,
            amsgrad=False,
            beta1=_BETAS[0],
            beta2=_BETAS[1],
            lr=self._learning_rate,
            weight_decay=0.0,
            eps=_EPSILON,
            maximize=False,
        )

    def _step_rows(self, parameter: nn.Parameter, gradient: Tensor, moments: _Moments) -> None:
        """Change the rows that a sparse gradient (coalesced) names."""
        moments.steps += 1
        rows, values = gradient.indices()[0], gradient.values()  # [n], [n, size]
        first = moments.first.index_select(0, rows).lerp_(values, 1 - _BETAS[0])
        second = moments.second.index_select(0, rows).mul_(_BETAS[1]).addcmul_(values, values, value=1 - _BETAS[1])
        moments.first.index_copy_(0, rows, first)
        moments.second.index_copy_(0, rows, second)
        # The paper's step, with moments corrected for having begun as 0, in its more efficient order of computation.
        correction = math.sqrt(1 - _BETAS[1] ** moments.n_steps)
        rate = self._learning_rate * correction / (1 - _BETAS[0] ** moments.n_steps)
        changes = first.div_(second.sqrt_().add_(_EPSILON * correction))
        parameter.index_add_(0, rows, changes, alpha=-rate)
