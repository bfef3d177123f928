"""Vectors of `LANES` floats as values inside kernels: load, multiply-add, sum, store.

LLVM's loop vectoriser gives up on loops over several rows of several arrays (it cannot prove that they do not overlap)
and falls back to scalar code. Here the vector instructions are written down instead. Every function has two forms:
interpreted, it works on NumPy arrays of shape ``[LANES]``, so that a kernel's ``py_func`` runs as plain Python;
compiled, it is one LLVM instruction or a handful.

Arrays handed to `load` and `store` are float32, 2-D and C-contiguous, and ``column + LANES`` must not exceed the length
of a row: nothing is checked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model

from textrep.kernels.intrinsic import compiled_as

__all__ = [
    "LANES",
    "exp_of_minus",
    "inverse_root",
    "load",
    "multiply_add",
    "prefetch_row",
    "six_totals",
    "splat",
    "store",
    "total",
    "where_negative",
]

# Rows are padded to 64 bytes whatever the machine, so 16 divides every row; 8 suits machines without AVX-512.
_FEATURES = llvm.get_host_cpu_features()
LANES = 16 if _FEATURES.get("avx512f") else 8

_F32, _I32, _I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_F32, LANES)
_INT_VECTOR = ir.VectorType(_I32, LANES)
_UNDEFINED = ir.Constant(_VECTOR, ir.Undefined)


class FloatVector(types.Type):
    """Numba's type of a value of `LANES` floats."""

    def __init__(self) -> None:
        super().__init__(name=f"FloatVector{LANES}")


float_vector = FloatVector()


@register_model(FloatVector)
class _FloatVectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: Any) -> None:
        super().__init__(manager, fe_type, _VECTOR)


def _binary_operator(operation: Callable[[Any, Any], Any], instruction: str) -> None:
    """Let an operator between two vectors be one instruction."""

    class Template(ConcreteTemplate):
        cases = [signature(float_vector, float_vector, float_vector)]  # noqa: RUF012

    infer_global(operation)(Template)

    @lower_builtin(operation, float_vector, float_vector)
    def _lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        return getattr(builder, instruction)(*arguments)


_binary_operator(operator.add, "fadd")
_binary_operator(operator.sub, "fsub")
_binary_operator(operator.mul, "fmul")
_binary_operator(operator.truediv, "fdiv")


def _constant(value: float) -> ir.Constant:
    return ir.Constant(_VECTOR, [float(np.float32(value))] * LANES)


def _int_constant(value: int) -> ir.Constant:
    return ir.Constant(_INT_VECTOR, [value] * LANES)


def _call(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    function_type = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), arguments)


def _math(builder: Any, name: str, *arguments: Any) -> Any:
    """Call LLVM's intrinsic of this name for vectors."""
    return _call(builder, f"llvm.{name}.v{LANES}f32", _VECTOR, list(arguments))


# ---------------------------------------------------------------------------------------------- memory


def _row_address(context: Any, builder: Any, array_type: Any, array: Any, row: Any) -> tuple[Any, Any]:
    """Return the address of array[row] and the length of a row in bytes."""
    view = context.make_array(array_type)(context, builder, array)
    stride = cgutils.unpack_tuple(builder, view.strides)[0]
    return builder.add(builder.ptrtoint(view.data, _I64), builder.mul(row, stride)), stride


def _pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Return a pointer to the vector at array[row, column]; arguments begin with these three."""
    start, _ = _row_address(context, builder, signature.args[0], arguments[0], arguments[1])
    offset = builder.shl(arguments[2], ir.Constant(_I64, 2))
    return builder.inttoptr(builder.add(start, offset), _VECTOR.as_pointer())


def _generate_load(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return builder.load(_pointer(context, builder, signature, arguments), align=4)


def _generate_store(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    builder.store(arguments[3], _pointer(context, builder, signature, arguments), align=4)
    return context.get_dummy_value()


def _generate_prefetch(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    start, length = _row_address(context, builder, signature.args[0], arguments[0], arguments[1])
    flags = [ir.Constant(_I32, flag) for flag in (1, 3, 1)]  # for writing, keep in all caches, data
    with cgutils.for_range_slice(builder, ir.Constant(_I64, 0), length, ir.Constant(_I64, 64), _I64) as (
        offset,
        _,
    ):
        line = builder.inttoptr(builder.add(start, offset), ir.IntType(8).as_pointer())
        _call(builder, "llvm.prefetch.p0", ir.VoidType(), [line, *flags])
    return context.get_dummy_value()


@compiled_as(_generate_load, float_vector, None, types.int64, types.int64)
def load(array: Any, row: int, column: int) -> Any:
    """Return ``array[row, column:column + LANES]``."""
    return array[row, column : column + LANES].copy()


@compiled_as(_generate_store, types.void, None, types.int64, types.int64, float_vector)
def store(array: Any, row: int, column: int, value: Any) -> None:
    """Write a vector to ``array[row, column:column + LANES]``."""
    array[row, column : column + LANES] = value


@compiled_as(_generate_prefetch, types.void, None, types.int64)
def prefetch_row(array: Any, row: int) -> None:
    """Ask for the cache lines of ``array[row]``, which is about to be changed; no effect on values."""


# ------------------------------------------------------------------------------------------ arithmetic


def _generate_splat(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    first = builder.insert_element(_UNDEFINED, arguments[0], ir.Constant(_I32, 0))
    return builder.shuffle_vector(first, _UNDEFINED, _int_constant(0))


def _generate_multiply_add(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    return _math(builder, "fma", *arguments)


def _generate_six_totals(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    def shuffled(one: Any, other: Any, lanes: list[int]) -> Any:
        return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(_I32, len(lanes)), lanes))

    def four_lanes(vector: Any) -> Any:
        half = LANES // 2
        while half >= 4:  # add the upper half to the lower
            lower, upper = (
                shuffled(vector, vector, [*range(half)]),
                shuffled(vector, vector, [*range(half, 2 * half)]),
            )
            vector = builder.fadd(lower, upper)
            half //= 2
        return vector

    def pairs_added(one: Any, other: Any) -> Any:
        return builder.fadd(shuffled(one, other, [0, 2, 4, 6]), shuffled(one, other, [1, 3, 5, 7]))

    a, b, c, d, e, f = map(four_lanes, arguments)
    ef = pairs_added(e, f)
    four, two = pairs_added(pairs_added(a, b), pairs_added(c, d)), pairs_added(ef, ef)
    eight = shuffled(four, two, [0, 1, 2, 3, 4, 5, 4, 5])
    wide = shuffled(eight, eight, [*range(8), *[0] * (LANES - 8)])
    is_total = ir.Constant(ir.VectorType(ir.IntType(1), LANES), [1] * 6 + [0] * (LANES - 6))
    return builder.select(is_total, wide, _constant(0.0))


def _generate_where_negative(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    negative = builder.fcmp_ordered("<", arguments[0], _constant(0.0))
    return builder.select(negative, arguments[1], arguments[2])


# 2**f for -0.5 <= f <= 0.5, highest power first: reweighted least squares, relative error below 9e-08.
_EXP2 = (1.3264742e-03, 9.6715135e-03, 5.5507337e-02, 2.4022242e-01, 6.9314698e-01, 1.0)
_LARGEST = 87.0  # exp(-87) is close to the smallest normal float32
_LOG2_E = 1.4426950408889634


def _generate_exp_of_minus(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    magnitude = _math(builder, "fabs", arguments[0])
    too_large = builder.fcmp_ordered(">", magnitude, _constant(_LARGEST))
    exponent = builder.fmul(builder.select(too_large, _constant(_LARGEST), magnitude), _constant(-_LOG2_E))
    whole = _math(builder, "nearbyint", exponent)
    fraction = builder.fsub(exponent, whole)
    power = _constant(_EXP2[0])
    for coefficient in _EXP2[1:]:
        power = _math(builder, "fma", power, fraction, _constant(coefficient))
    biased = builder.add(builder.fptosi(whole, _INT_VECTOR), _int_constant(127))
    return builder.fmul(power, builder.bitcast(builder.shl(biased, _int_constant(23)), _VECTOR))


def _generate_inverse_root(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    (x,) = arguments
    if LANES == 16:
        short = ir.IntType(16)
        guess = _call(builder, "llvm.x86.avx512.rsqrt14.ps.512", _VECTOR, [x, _constant(0.0), ir.Constant(short, -1)])
    elif _FEATURES.get("avx"):
        guess = _call(builder, "llvm.x86.avx.rsqrt.ps.256", _VECTOR, [x])
    else:
        return builder.fdiv(_constant(1.0), _math(builder, "sqrt", x))
    half = builder.fmul(builder.fmul(x, guess), builder.fmul(guess, _constant(-0.5)))  # one step of Newton's
    return builder.fmul(guess, builder.fadd(half, _constant(1.5)))


def _generate_total(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
    (vector,) = arguments
    width = LANES
    while width > 1:  # add the upper half to the lower
        width //= 2
        lanes = ir.VectorType(_I32, width)
        lower, upper = (ir.Constant(lanes, [*range(start, start + width)]) for start in (0, width))
        vector = builder.fadd(*(builder.shuffle_vector(vector, vector, half) for half in (lower, upper)))
    return builder.extract_element(vector, ir.Constant(_I32, 0))


@compiled_as(_generate_splat, float_vector, types.float32)
def splat(value: Any) -> Any:
    """Return a vector whose lanes all hold `value` (float32)."""
    return np.full(LANES, value, np.float32)


@compiled_as(_generate_multiply_add, float_vector, float_vector, float_vector, float_vector)
def multiply_add(a: Any, b: Any, c: Any) -> Any:
    """Return ``a * b + c``, rounded once when compiled."""
    return a * b + c


@compiled_as(_generate_six_totals, float_vector, *[float_vector] * 6)
def six_totals(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> Any:
    """Return a vector of the sums of the lanes of six vectors, followed by zeros."""
    out = np.zeros(LANES, np.float32)
    out[:6] = [vector.sum() for vector in (a, b, c, d, e, f)]
    return out


@compiled_as(_generate_where_negative, float_vector, float_vector, float_vector, float_vector)
def where_negative(x: Any, a: Any, b: Any) -> Any:
    """Return a vector with the lanes of `a` where `x` is below zero, else those of `b`."""
    return np.where(x < 0, a, b)


@compiled_as(_generate_exp_of_minus, float_vector, float_vector)
def exp_of_minus(x: Any) -> Any:
    """Return ``exp(-abs(x))``: at least exp(-87) and at most 1, to an absolute error of 1e-6; NaN for NaN."""
    return np.exp(-np.minimum(np.abs(x), np.float32(_LARGEST)))


@compiled_as(_generate_inverse_root, float_vector, float_vector)
def inverse_root(x: Any) -> Any:
    """Return ``1 / sqrt(x)`` for normal numbers above 0, to a relative error of 1e-6."""
    return np.float32(1) / np.sqrt(x)


@compiled_as(_generate_total, types.float32, float_vector)
def total(x: Any) -> Any:
    """Return the sum of all lanes (float32)."""
    return x.sum()
