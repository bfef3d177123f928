"""Four or eight bytes at a time, in and out of arrays of bytes, wherever they lie; nothing is checked."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from textrep.kernels.intrinsic import Codegen, compiled_as

__all__ = ["MARGIN", "load_eight", "load_four", "store_eight", "store_four"]

MARGIN = 8  # bytes that an array has behind its strings, where a load may read


def _load(width: int) -> Codegen:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = builder.load(_place(context, builder, signature, arguments, width), align=1)
        if sys.byteorder == "big":
            value = builder.bswap(value)
        return builder.zext(value, ir.IntType(64))

    return generate


def _store(width: int) -> Codegen:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = builder.trunc(arguments[2], ir.IntType(8 * width))
        if sys.byteorder == "big":
            value = builder.bswap(value)
        builder.store(value, _place(context, builder, signature, arguments, width), align=1)
        return context.get_dummy_value()

    return generate


def _place(context: Any, builder: Any, signature: Any, arguments: Any, width: int) -> Any:
    """Return where in the array, the first argument, the second one points."""
    view = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.bitcast(builder.gep(view.data, [arguments[1]]), ir.IntType(8 * width).as_pointer())


@compiled_as(_load(8), types.uint64, None, types.int64)
def load_eight(array: Any, first: int) -> Any:
    """Return ``array[first:first + 8]`` (uint8, contiguous) as a uint64, the first byte lowest."""
    return array[first : first + 8].copy().view("<u8")[0]


@compiled_as(_load(4), types.int64, None, types.int64)
def load_four(array: Any, first: int) -> int:
    """Return ``array[first:first + 4]`` (uint8, contiguous) as an int64, the first byte lowest."""
    return int(array[first : first + 4].copy().view("<u4")[0])


@compiled_as(_store(4), types.none, None, types.int64, types.int64)
def store_four(array: Any, first: int, value: int) -> None:
    """Write the lowest four bytes of a number to ``array[first:first + 4]`` (uint8, contiguous), the lowest first."""
    array[first : first + 4] = np.array([value], "<u4").view(np.uint8)


@compiled_as(_store(8), types.none, None, types.int64, types.uint64)
def store_eight(array: Any, first: int, value: Any) -> None:
    """Write a uint64 to ``array[first:first + 8]`` (uint8, contiguous), the lowest byte first."""
    array[first : first + 8] = np.array([value], "<u8").view(np.uint8)
