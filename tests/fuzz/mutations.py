"""Ways to spoil a file: bytes, lengths, every field of a header, every tensor."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from judging import Case

from textrep.container import open_container, write_container

__all__ = ["cut_files", "each_byte_flipped", "flipped_bytes", "forged_header", "header_cases", "tensor_cases"]

Later = Callable[[], Case]  # made when its turn comes

_NESTED: list[Any] = []
for _ in range(200):
    _NESTED = [_NESTED]
VALUES = {
    "null": None, "true": True, "false": False, "empty text": "", "text": "x", "0": 0, "-1": -1, "1": 1, "7": 7,
    "1.5": 1.5, "2**31": 2**31, "2**62": 2**62, "10**30": 10**30, "-10**30": -(10**30), "10**400": 10**400,
    "1e308": 1e308,
    "NaN": float("nan"), "infinity": float("inf"),
    "no list": [], "a list": [1], "a list of text": ["a", "b"],
    "an object": {"a": 1}, "no object": {}, "long text": "가" * 100_000, "nested": _NESTED, "a surrogate": "\ud800",
    "a null character": "a\0b",
}  # fmt: skip
_REMOVED = object()


def flipped_bytes(content: bytes, masks: tuple[int, ...] = (0x01, 0x80)) -> Iterator[Later]:
    """Yield the file with one byte changed, for every byte, by each of the masks."""

    for place in range(len(content)):
        for mask in masks:
            yield partial(_flipped, content, place, mask)


def _flipped(content: bytes, place: int, mask: int) -> Case:
    changed = bytearray(content)
    changed[place] ^= mask
    return Case(f"byte {place} xor {mask:#x}", bytes(changed))


def each_byte_flipped(content: bytes) -> Iterator[Later]:
    """Yield the file with one bit changed, for every byte once: the lowest, the second and the highest in turn."""
    masks = (0x01, 0x40, 0x80)
    for place in range(len(content)):
        yield partial(_flipped, content, place, masks[place % 3])


def cut_files(content: bytes) -> Iterator[Later]:
    """Yield the file cut at every length, and with a byte more."""
    for length in range(len(content)):
        yield lambda length=length: Case(f"cut to {length} bytes", content[:length])
    yield lambda: Case("a byte more", content + b"\0")


def forged_header(content: bytes, change: Callable[[dict[str, Any], dict[str, Any]], Any]) -> bytes:
    """Return a saved file with another header, whose checksum is right; `change` gets the outer and the inner one."""
    (size,) = struct.unpack("<Q", content[:8])
    outer = json.loads(content[8 : 8 + size])
    inner = json.loads(outer["__metadata__"]["textrep"])
    change(outer, inner)
    metadata = {"textrep": json.dumps(inner), "textrep.crc32": "0" * 8}
    raw = json.dumps({**outer, "__metadata__": metadata}, separators=(",", ":")).encode()
    raw += b" " * (-(8 + len(raw)) % 64)
    raw = raw.replace(b'"textrep.crc32":"00000000"', f'"textrep.crc32":"{zlib.crc32(raw):08x}"'.encode())
    return struct.pack("<Q", len(raw)) + raw + content[8 + size :]


def header_cases(content: bytes) -> Iterator[Later]:
    """Yield the file with every field of its header removed and replaced by each of `VALUES`."""
    (size,) = struct.unpack("<Q", content[:8])
    outer = json.loads(content[8 : 8 + size])
    inner = json.loads(outer.pop("__metadata__")["textrep"])
    for is_inner, part in ((True, inner), (False, outer)):
        for place in _places(part):
            before = _at(part, place)
            for name, value in {"removed": _REMOVED, **VALUES, **_near(before)}.items():
                if value is _REMOVED or value != before or type(value) is not type(before):
                    label = f"{'header' if is_inner else 'tensors'} {'.'.join(map(str, place))} = {name}"
                    yield partial(_replaced, content, is_inner, place, value, label)


def _near(value: Any) -> dict[str, Any]:
    """Return values of the same type that are wrong by little, as offsets and sizes that overlap are."""
    if type(value) is int:
        return {"one less": value - 1, "one more": value + 1, "64 more": value + 64, "negative": -value}
    if isinstance(value, list) and value:
        return {"backwards": value[::-1], "one item less": value[:-1], "an item twice": [*value, value[-1]]}
    if isinstance(value, dict) and value:
        return {"one key more": {**value, "unknown": 1}}
    if isinstance(value, str) and value:
        return {"a letter less": value[:-1]}
    return {}


def _places(part: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where there is a value: ("metadata", "history", 0, "loss"); of long lists only the first two."""
    items: list[tuple[Any, Any]] = []
    if isinstance(part, dict):
        items = list(part.items())
    elif isinstance(part, list):
        items = list(enumerate(part[:2]))
    for key, value in items:
        yield (*place, key)
        yield from _places(value, (*place, key))


def _at(part: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        part = part[key]
    return part


def _replaced(content: bytes, is_inner: bool, place: tuple[Any, ...], value: Any, label: str) -> Case:
    def change(outer: dict[str, Any], inner: dict[str, Any]) -> None:
        part = _at(inner if is_inner else outer, place[:-1])
        if value is _REMOVED:
            del part[place[-1]]
        else:
            part[place[-1]] = deepcopy(value)

    return Case(label, forged_header(content, change))


def tensor_cases(path: Path, work: Path) -> Iterator[Later]:
    """Yield the file with every tensor altered, and checksums that are right; `work` is a file to write to."""
    container = open_container(path)
    for name, tensor in container.tensors.items():
        for label, changed in _changed(np.array(tensor)):
            yield partial(_with_tensor, path, work, name, changed, f"tensor {name}: {label}")


def _changed(tensor: np.ndarray) -> Iterator[tuple[str, np.ndarray | None]]:
    yield "removed", None
    yield "empty", tensor[:0]
    yield "a row less", tensor[:-1]
    yield "twice as long", np.concatenate([tensor, tensor])
    yield "one axis more", tensor[None]
    yield "float64", tensor.astype(np.float64)
    yield "int16", tensor.astype(np.float64).clip(-99, 99).astype(np.int16)
    yield "backwards", tensor[::-1]
    kind = tensor.dtype.kind
    values = {"f": (np.nan, np.inf, -np.inf, 3e38, 1e-45, -1)}.get(kind)
    if kind in "iu":
        info = np.iinfo(tensor.dtype)
        values = (info.min, info.max, info.max // 2, 1, 0)
    for value in values or ():
        yield f"all {value}", np.full_like(tensor, value)
        for index in {0, tensor.size // 2, tensor.size - 1} if tensor.size else ():
            changed = tensor.copy()
            changed.reshape(-1)[index] = value
            yield f"[{index}] = {value}", changed


def _with_tensor(path: Path, work: Path, name: str, changed: np.ndarray | None, label: str) -> Case:
    container = open_container(path)
    tensors = dict(container.tensors)
    if changed is None:
        del tensors[name]
    else:
        tensors[name] = changed
    work.unlink(missing_ok=True)
    write_container(work, kind=container.kind, header=container.header, tensors=tensors)
    return Case(label, work.read_bytes())
