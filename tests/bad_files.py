"""Bad files, and what every test of them asks of the error: that it names the file and the byte where it is wrong."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from textrep import FormatError

__all__ = ["header_of", "place_in", "read_or_refused", "rewrite"]

_Result = TypeVar("_Result")


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
