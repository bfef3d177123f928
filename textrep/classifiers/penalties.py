"""L1 and L2 penalties on the weights of layers, and gradients cut to a length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from textrep.classifiers.crf import LinearChainCRF
from textrep.classifiers.embeddings import TokenEmbedding

__all__ = ["Penalties", "clip_gradients"]

_UNPENALISED = (TokenEmbedding, nn.Embedding, LinearChainCRF)  # vectors of words and characters, scores of tags


class Penalties:
    """``l1 * sum(abs(w)) + l2 * sum(w ** 2)`` over the weights of a network's layers, as gradients.

    Parameters
    ----------
    network : Module
        Its matrices are penalised; biases, vectors of words and characters, and the scores of a chain of tags are not.
    l1, l2 : float
        At least 0.
    """

    def __init__(self, network: nn.Module, l1: float, l2: float) -> None:
        self._weights = list(_weights(network)) if l1 or l2 else []
        self._l1, self._l2 = l1, l2

    @torch.no_grad()
    def add(self) -> None:
        """Add the penalties' gradients to those of the loss."""
        for weight in self._weights:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
            if self._l1:
                weight.grad.add_(weight.sign(), alpha=self._l1)
            if self._l2:
                weight.grad.add_(weight, alpha=2 * self._l2)


@torch.no_grad()
def clip_gradients(parameters: Iterable[nn.Parameter], most: float) -> None:
    """Shorten gradients, dense and sparse, so that all of them together are no longer than `most`."""
    values: list[Tensor] = []
    for parameter in parameters:
        if parameter.grad is None:
            continue
        if parameter.grad.is_sparse:
            parameter.grad = parameter.grad.coalesce()
            values.append(parameter.grad.values())
        else:
            values.append(parameter.grad)
    if values:
        length = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(value) for value in values]))
        factor = (most / (length + 1e-6)).clamp(max=1.0)
        torch._foreach_mul_(values, factor)


def _weights(network: nn.Module) -> Iterator[nn.Parameter]:
    for module in network.modules():
        if not isinstance(module, _UNPENALISED):
            yield from (p for p in module.parameters(recurse=False) if p.requires_grad and p.ndim > 1)
