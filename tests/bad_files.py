"""Bad files, and what every test of them asks of the error: that it names the file and the byte where it is wrong."""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import strategies as st

from textrep import FormatError
from textrep.container import open_container, write_container
from textrep.layout import AGAIN

__all__ = [
    "Change",
    "any_value_in_the_header",
    "check_altered_bytes",
    "check_bytes_cut_out_or_put_in",
    "check_shortened",
    "forged",
    "header_of",
    "place_in",
    "put",
    "read_or_refused",
    "rewrite",
    "with_parameters",
    "with_tensor",
    "with_values",
    "without",
]

_Result = TypeVar("_Result")
Change = Callable[[dict[str, Any], dict[str, Any]], Any]  # of a header and tensors, in place
_NOT_READ_AT_FIRST = (".vectors", ".context_vectors", ".subwords.rows")


def place_in(path: Path) -> str:
    """Return a regular expression for messages that name a file, and after it a byte; of a damaged one, a remedy."""
    return rf"(?s){re.escape(path.name)}(?! is damaged (?!.*; {AGAIN}$)).*\bbyte [0-9,]+"


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


def check_shortened(whole: Path, n: int, path: Path, read: Callable[[Path], Any]) -> None:
    """Fail unless about `n` beginnings of a file are refused, each of them put at `path`."""
    data = whole.read_bytes()
    for length in {*range(0, len(data), 1 + len(data) // n), *range(20), len(data) - 1}:
        path.write_bytes(data[:length])
        with pytest.raises(FormatError, match=place_in(path)):
            read(path)


def check_bytes_cut_out_or_put_in(whole: Path, n: int, path: Path, read: Callable[..., Any]) -> None:
    """Fail unless a reader that verifies refuses a file with a byte less, and with one more, at about `n` places."""
    data = whole.read_bytes()
    for place in range(0, len(data), 1 + len(data) // n):
        for changed in (data[:place] + data[place + 1 :], data[:place] + b"\0" + data[place:]):
            if changed != data:
                path.write_bytes(changed)
                assert read_or_refused(path, lambda: read(path, verify=True)) is None, place


def check_altered_bytes(data: st.DataObject, whole: Path, path: Path, read: Callable[..., Any]) -> None:
    """Fail unless a change of any bytes is noticed: in vectors, which are not read at first, if that is asked for."""
    raw = bytearray(whole.read_bytes())
    places = data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4, unique=True))
    for place in places:
        raw[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(raw)
    assert read_or_refused(path, lambda: read(path, verify=True)) is None
    if read_or_refused(path, lambda: read(path)) is not None:
        container = open_container(whole)
        extents = [container._extents[tensor] for tensor in container.tensors if tensor.endswith(_NOT_READ_AT_FIRST)]
        assert all(any(begin <= place < end for begin, end in extents) for place in places)


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


def any_value_in_the_header(
    data: st.DataObject, words: tuple[str, ...], keys: tuple[str, ...], spared: tuple[str, ...] = ()
) -> Change:
    """Return a change that puts another value somewhere into a header, as Hypothesis draws it.

    `words` and `keys` are such as mean something in the file; what `spared` names is left as it is.
    """

    def change(header: dict[str, Any], tensors: dict[str, Any]) -> None:
        part = header
        key = data.draw(st.sampled_from(sorted(part)))
        while isinstance(part[key], dict) and part[key] and data.draw(st.integers(0, 3)):
            part = part[key]
            key = data.draw(st.sampled_from(sorted(part)))
        if key not in spared:
            part[key] = data.draw(_values(words, keys))

    return change


@cache
def _values(words: tuple[str, ...], keys: tuple[str, ...]) -> st.SearchStrategy[Any]:
    numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(
        st.none() | st.booleans() | numbers | st.sampled_from(words),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=2),
        max_leaves=4,
    )
