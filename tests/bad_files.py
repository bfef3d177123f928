"""Bad files, and what every test of them asks of the error: that it names the file and the byte where it is wrong."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from textrep import FormatError
from textrep.container import open_container, write_container

__all__ = [
    "Change",
    "forged",
    "header_of",
    "place_in",
    "put",
    "read_or_refused",
    "rewrite",
    "shortened",
    "with_parameters",
    "with_tensor",
    "with_values",
    "without",
    "worse_by_a_byte",
]

_Result = TypeVar("_Result")
Change = Callable[[dict[str, Any], dict[str, Any]], Any]  # of a header and tensors, in place


def place_in(path: Path) -> str:
    """Return a regular expression for messages that name a file, and after it a byte."""
    return rf"(?s){re.escape(path.name)}.*\bbyte [0-9,]+"


def read_or_refused(path: Path, read: Callable[[], _Result]) -> _Result | None:
    """Return what a reader gives; None if it refuses the file, where only a FormatError that says where is allowed."""
    try:
        return read()
    except FormatError as error:
        assert re.search(place_in(path), str(error)), str(error)  # noqa: PT017
        return None


def header_of(path: Path) -> tuple[int, dict[str, Any]]:
    """Return how long the header of a file of textrep's is, N, and what its N bytes say."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    return size, json.loads(data[8 : 8 + size])


def rewrite(
    path: Path,
    change_outer: Callable[[dict[str, Any]], Any] | None = None,
    change_inner: Callable[[dict[str, Any]], Any] | None = None,
) -> None:
    """Change a file's header and make its checksum right again: what only a forger would do, or a newer version."""
    data = path.read_bytes()
    size, outer = header_of(path)
    inner = json.loads(outer["__metadata__"]["textrep"])
    if change_inner:
        change_inner(inner)
    outer["__metadata__"] = {"textrep": json.dumps(inner), "textrep.crc32": "0" * 8}
    if change_outer:
        change_outer(outer)
    raw = json.dumps(outer, separators=(",", ":")).encode()
    raw += b" " * (-(8 + len(raw)) % 64)
    crc = f'"textrep.crc32":"{zlib.crc32(raw):08x}"'.encode()
    raw = raw.replace(b'"textrep.crc32":"00000000"', crc)
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + data[8 + size :])


def shortened(whole: Path, n: int) -> Iterator[bytes]:
    """Yield about `n` beginnings of a file, none of them all of it."""
    data = whole.read_bytes()
    for length in {*range(0, len(data), 1 + len(data) // n), *range(20), len(data) - 1}:
        yield data[:length]


def worse_by_a_byte(whole: Path, n: int) -> Iterator[bytes]:
    """Yield a file with a byte cut out, and with one put in, at about `n` places."""
    data = whole.read_bytes()
    for place in range(0, len(data), 1 + len(data) // n):
        for changed in (data[:place] + data[place + 1 :], data[:place] + b"\0" + data[place:]):
            if changed != data:
                yield changed


def forged(whole: Path, path: Path, change: Change) -> None:
    """Save the same once more, with its header and tensors changed, and checksums that are right."""
    container = open_container(whole)
    header, tensors = dict(container.header), {name: np.array(tensor) for name, tensor in container.tensors.items()}
    change(header, tensors)
    path.unlink(missing_ok=True)
    write_container(path, kind=container.kind, header=header, tensors=tensors)


def without(name: str) -> Change:
    return lambda header, tensors: (header if name in header else tensors).pop(name)


def with_values(**values: Any) -> Change:
    return lambda header, tensors: header.update(values)


def with_parameters(**values: Any) -> Change:
    return lambda header, tensors: header["parameters"].update(values)


def with_tensor(name: str, change: Callable[[Any], Any]) -> Change:
    return lambda header, tensors: tensors.update({name: change(tensors[name])})


def put(index: Any, value: Any) -> Callable[[Any], Any]:
    """Return what changes an array: ``array[index] = value``."""

    def change(array: Any) -> Any:
        array[index] = value
        return array

    return change
