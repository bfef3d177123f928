"""`summarize`: a table of a network's layers, the shapes of what they give, and their numbers of parameters.

A network is run on two examples of different size: sizes that are the same in both are numbers, the others have names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["LayerSummary", "ModelSummary", "summarize"]

_UNNAMED = "?"


@dataclass(frozen=True)
class LayerSummary:
    """A layer.

    Attributes
    ----------
    name : str
        Where it is in the network: ``"encoder.to_right.0"``.
    kind : str
        Its class.
    output_shape : tuple of int and str
        Sizes, and names of those that depend on the input; empty for a layer that gives no tensor by itself.
    parameters : int
        How many numbers it has, without those of layers within it.
    """

    name: str
    kind: str
    output_shape: tuple[int | str, ...]
    parameters: int


@dataclass(frozen=True)
class ModelSummary:
    """The layers of a network; its str() is a table.

    Attributes
    ----------
    layers : tuple of LayerSummary
        In the order in which they work.
    trainable, frozen : int
        How many numbers training changes, and how many it does not.
    """

    layers: tuple[LayerSummary, ...]
    trainable: int
    frozen: int

    @property
    def total(self) -> int:
        """How many numbers the network has."""
        return self.trainable + self.frozen

    def __str__(self) -> str:
        rows = [("layer", "output shape", "parameters")]
        for layer in self.layers:
            shape = " × ".join(str(size) if isinstance(size, str) else f"{size:,}" for size in layer.output_shape)
            rows.append((f"{layer.name} ({layer.kind})", shape, f"{layer.parameters:,}" if layer.parameters else ""))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
        rule = "─" * len(lines[0])
        totals = f"{self.total:,} parameters: {self.trainable:,} trainable, {self.frozen:,} frozen"
        return "\n".join([lines[0], rule, *lines[1:], rule, totals])


def summarize(
    network: nn.Module,
    example: tuple[Any, ...],
    larger: tuple[Any, ...],
    names: Mapping[tuple[int, int], str],
) -> ModelSummary:
    """Return the layers of a network.

    Parameters
    ----------
    network : Module
        In evaluation mode.
    example, larger : tuple
        What it is called with.
    names : mapping
        From a size in the one and in the other to its name: ``{(2, 3): "batch"}``.
    """
    numbers = {name: _own_numbers(layer) for name, layer in network.named_modules() if name}
    found = [
        LayerSummary(name, type(network.get_submodule(name)).__name__, _named(shape, other, names), sum(numbers[name]))
        for (name, shape), (_, other) in zip(_run(network, example), _run(network, larger), strict=True)
    ]
    seen = {layer.name for layer in found}
    found += [
        LayerSummary(name, type(network.get_submodule(name)).__name__, (), sum(own))
        for name, own in numbers.items()
        if sum(own) and name not in seen
    ]
    trainable, frozen = (sum(own[i] for own in numbers.values()) + _own_numbers(network)[i] for i in (0, 1))
    return ModelSummary(tuple(found), trainable, frozen)


def _run(network: nn.Module, example: tuple[Any, ...]) -> list[tuple[str, tuple[int, ...]]]:
    """Return the layers that are called, in order, each with the shape of what it gives the last time."""
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = []

    def watch(name: str, layer: nn.Module) -> None:
        def note(_layer: nn.Module, _inputs: Any, output: Any) -> None:
            tensor = output[0] if isinstance(output, tuple) else output
            if isinstance(tensor, Tensor):
                shapes[name] = tuple(tensor.shape)

        hooks.append(layer.register_forward_hook(note))

    for name, layer in network.named_modules():
        is_leaf = not any(True for _ in layer.children())
        if name and (is_leaf or sum(_own_numbers(layer))):
            watch(name, layer)
    try:
        with torch.no_grad():
            network(*example)
    finally:
        for hook in hooks:
            hook.remove()
    return list(shapes.items())


def _own_numbers(layer: nn.Module) -> tuple[int, int]:
    """Return how many numbers of a layer, without layers within it, are trainable and frozen."""
    parameters = list(layer.parameters(recurse=False))
    trainable = sum(parameter.numel() for parameter in parameters if parameter.requires_grad)
    frozen = sum(parameter.numel() for parameter in parameters if not parameter.requires_grad)
    return trainable, frozen + sum(buffer.numel() for buffer in layer.buffers(recurse=False))


def _named(
    shape: tuple[int, ...], other: tuple[int, ...], names: Mapping[tuple[int, int], str]
) -> tuple[int | str, ...]:
    return tuple(a if a == b else names.get((a, b), _UNNAMED) for a, b in zip(shape, other, strict=True))
