"""Eight bytes at a time out of arrays of bytes, wherever they lie: strings are compared an eighth as often."""

from __future__ import annotations

import sys
from typing import Any

from llvmlite import ir
from numba import types

from textrep.kernels.intrinsic import compiled_as

__all__ = ["MARGIN", "load_eight"]

MARGIN = 8  # bytes that an array has behind its strings, where a load may read

_U64 = ir.IntType(64)


def _generate_load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    view = context.make_array(signature.args[0])(context, builder, arguments[0])
    pointer = builder.bitcast(builder.gep(view.data, [arguments[1]]), _U64.as_pointer())
    value = builder.load(pointer, align=1)
    return value if sys.byteorder == "little" else builder.bswap(value)


@compiled_as(_generate_load, types.uint64, None, types.int64)
def load_eight(array: Any, first: int) -> Any:
    """Return ``array[first:first + 8]`` (uint8, contiguous) as a uint64, the first byte lowest; nothing is checked."""
    return array[first : first + 8].copy().view("<u8")[0]
