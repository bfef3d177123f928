"""How tensors lie in a safetensors file: described when it is written, mapped when it is opened.

Tensors follow one another without holes, as safetensors demands, and each begins at a multiple of 64 bytes,
as vector instructions like it: tensors of zeros named "_pad1", "_pad3", ... fill the gaps. This module
knows nothing of what the tensors mean; `textrep.container` does.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from textrep.errors import FormatError

__all__ = [
    "AGAIN",
    "ALIGNMENT",
    "HEADER_START",
    "Array",
    "TensorStream",
    "chunks_of",
    "damaged",
    "is_padding",
    "lay_out",
    "map_tensors",
]

Array = np.ndarray[Any, Any]

HEADER_START = 8  # byte of the file: before it stands the header's length
AGAIN = "copy it again from where it is whole, or make it anew"  # what to do about a damaged file
ALIGNMENT = 64  # bytes: a cache line, and the widest vector register
_CHUNK = 1 << 22  # bytes written at a time
_PADDING = "_pad"

# safetensors' name of a type -> NumPy's
_DTYPES = {
    "BOOL": np.dtype("bool"),
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
    "U16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "U32": np.dtype("<u4"),
    "I32": np.dtype("<i4"),
    "U64": np.dtype("<u8"),
    "I64": np.dtype("<i8"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


@dataclass(frozen=True)
class TensorStream:
    """A tensor to be written that is never in memory as a whole.

    Parameters
    ----------
    shape : tuple of int
        The shape of the whole.
    dtype : dtype-like
        The type of every chunk.
    chunks : iterable of ndarray
        Consecutive runs of rows: arrays of shape ``(any, *shape[1:])``, together ``shape[0]`` rows.
    """

    shape: tuple[int, ...]
    dtype: Any
    chunks: Iterable[Array]


def is_padding(name: str) -> bool:
    """Whether a tensor of this name only fills a gap."""
    return name.startswith(_PADDING)


def lay_out(tensors: Mapping[str, Array | TensorStream]) -> dict[str, dict[str, Any]]:
    """Return safetensors' description of every tensor, padding included, in the order of the data."""
    entries: dict[str, dict[str, Any]] = {}
    position = 0
    for name, tensor in tensors.items():
        if is_padding(name) or name == "__metadata__":
            raise ValueError(f"a tensor cannot be called {name!r}")
        dtype = np.dtype(tensor.dtype).newbyteorder("<")
        if dtype not in _NAMES:
            raise TypeError(f"tensor {name!r} cannot be saved as {dtype}; known types: {', '.join(map(str, _NAMES))}")
        end = position + prod(tensor.shape) * dtype.itemsize
        entries[name] = _entry(_NAMES[dtype], list(tensor.shape), position, end)
        position = end
        if gap := -end % ALIGNMENT:
            entries[f"{_PADDING}{len(entries)}"] = _entry("U8", [gap], end, end + gap)
            position = end + gap
    return entries


def _entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def chunks_of(name: str, tensor: Array | TensorStream) -> Iterator[Array]:
    """Yield the data of a tensor as flat byte arrays of bounded size.

    Raises
    ------
    ValueError
        If a stream does not yield what it announced.
    """
    dtype, shape = np.dtype(tensor.dtype), tensor.shape
    rows = 0
    for chunk in tensor.chunks if isinstance(tensor, TensorStream) else _rows_in_chunks(tensor):
        if chunk.dtype != dtype or chunk.shape[1:] != shape[1:]:
            found = f"{chunk.dtype} {list(chunk.shape)}"
            raise ValueError(f"a chunk of tensor {name!r} is {found}; rows of {dtype} {list(shape)} were announced")
        rows += len(chunk) if shape else 1
        yield np.ascontiguousarray(chunk, dtype.newbyteorder("<")).reshape(-1).view(np.uint8)
    if rows != (shape[0] if shape else 1):
        raise ValueError(f"tensor {name!r} was announced with {shape[0]:,} rows, but {rows:,} came")


def _rows_in_chunks(array: Array) -> Iterator[Array]:
    if array.ndim == 0:
        yield array
        return
    rows = max(1, _CHUNK // max(1, array[:1].nbytes))
    for start in range(0, len(array), rows):
        yield array[start : start + rows]


def map_tensors(
    path: Path, mapped: mmap.mmap, entries: Mapping[str, Any], start: int
) -> tuple[dict[str, Array], dict[str, tuple[int, int]]]:
    """Return read-only arrays over a mapped file, after checking their description against its length.

    Parameters
    ----------
    path : Path
        The file, for messages.
    mapped : mmap
        Its bytes; none of them is read here.
    entries : mapping
        safetensors' description of every tensor. Nothing about it is trusted.
    start : int
        Where the data begins.

    Returns
    -------
    tensors : dict of str to ndarray
        Without padding.
    extents : dict of str to (int, int)
        First byte and end of every tensor in the file, padding included.
    """
    extents, expected = {}, start
    for name, entry in sorted(entries.items(), key=lambda item: _offsets(path, *item)):
        begin, end = (start + offset for offset in _offsets(path, name, entry))
        if begin != expected:
            raise damaged(path, expected, f"its tensor {name!r} begins at byte {begin:,} instead")
        if is_padding(name) and end - begin >= ALIGNMENT:
            raise damaged(path, begin, f"its padding {name!r} has {end - begin:,} bytes")
        extents[name] = (begin, end)
        expected = end
    if expected != len(mapped):
        found = f"it has {len(mapped):,} bytes, but its header describes {expected:,}"
        raise damaged(path, min(len(mapped), expected), found)
    tensors = {
        name: _map_tensor(path, mapped, name, entries[name], *extent)
        for name, extent in extents.items()
        if not is_padding(name)
    }
    return tensors, extents


def _offsets(path: Path, name: str, entry: Any) -> tuple[int, int]:
    with contextlib.suppress(TypeError, KeyError, ValueError):
        begin, end = entry["data_offsets"]
        if type(begin) is int and type(end) is int and 0 <= begin <= end:
            return begin, end
    raise damaged(path, HEADER_START, f"its tensor {name!r} has no valid offsets")


def _map_tensor(path: Path, mapped: mmap.mmap, name: str, entry: dict[str, Any], begin: int, end: int) -> Array:
    dtype, shape = entry.get("dtype"), entry.get("shape")
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise damaged(path, begin, f"its tensor {name!r} is of the unknown type {dtype!r}")
    if not isinstance(shape, list) or not all(type(n) is int and 0 <= n < 1 << 40 for n in shape) or len(shape) > 8:
        raise damaged(path, begin, f"its tensor {name!r} has no valid shape")
    if prod(shape) * _DTYPES[dtype].itemsize != end - begin:
        raise damaged(path, begin, f"its tensor {name!r} is {dtype} {shape}, but has {end - begin:,} bytes")
    if begin % ALIGNMENT:
        raise damaged(path, begin, f"its tensor {name!r} is not aligned to {ALIGNMENT} bytes")
    try:
        if begin == end:
            array = np.empty(shape, _DTYPES[dtype])
            array.setflags(write=False)
            return array
        return np.frombuffer(mapped, _DTYPES[dtype], prod(shape), begin).reshape(shape)
    except ValueError:  # an empty array of absurd extent
        raise damaged(path, begin, f"its tensor {name!r} has no valid shape") from None


def damaged(path: Path, at: int, reason: str) -> FormatError:
    """Return the error for a file of textrep's that, at a byte, is not as it was written."""
    return FormatError(f"{path} is damaged or was altered at byte {at:,}: {reason}; {AGAIN}")
