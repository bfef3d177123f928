"""The one file format: everything textrep saves is a safetensors file with a JSON header in its metadata.

    8 bytes   N, little-endian
    N bytes   JSON: name -> {dtype, shape, data_offsets}, "__metadata__" -> {"textrep", "textrep.crc32"};
              padded with spaces so that the data begins at a multiple of 64
    the data  laid out by `textrep.layout`

"textrep" is a JSON string: format version, kind of file, textrep's version, a CRC-32 for every tensor, and
what the writer of that kind adds. "textrep.crc32" is the CRC-32 of the N bytes with these eight digits as
zeros. Opening a file reads the N bytes only, checks them against the file's length, and maps the tensors;
`Container.verify` reads the data.
"""

from __future__ import annotations

import json
import mmap
import os
import stat
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from textrep import layout
from textrep.atomic import replacing
from textrep.checks import check_path
from textrep.errors import FormatError, StoreExistsError, StoreNotFoundError
from textrep.layout import AGAIN, HEADER_START, Array, TensorStream, damaged, is_padding

__all__ = ["FORMAT_VERSION", "Container", "TensorStream", "open_container", "to_json", "write_container"]

FORMAT_VERSION = 1

_MAX_HEADER = 100_000_000  # bytes: the limit of the safetensors library
_CHUNK = 1 << 22  # bytes checked at a time
_CRC_KEY = "textrep.crc32"
# What this module writes into the header; the rest belongs to the kind.
_OWN_KEYS = ("format_version", "kind", "textrep_version", "crc32")


@dataclass(frozen=True, eq=False)
class Container:
    """A file opened by `open_container`.

    Attributes
    ----------
    path : Path
        The file.
    kind : str
        What it holds: ``"store"``, ...
    header : dict
        What the writer of this kind put into the header.
    tensors : dict of str to ndarray
        The tensors, read-only, mapped from the file: nothing is read before it is used.
    """

    path: Path
    kind: str
    header: dict[str, Any]
    tensors: dict[str, Array] = field(repr=False)
    _mapped: mmap.mmap = field(repr=False)
    _extents: dict[str, tuple[int, int]] = field(repr=False)  # name -> first byte and end; padding too
    _crcs: dict[str, str] = field(repr=False)  # name -> eight hexadecimal digits

    def tensor(self, name: str, dtype: Any, shape: tuple[int, ...]) -> Array:
        """Return a tensor that has to be there, of this type and shape.

        Raises
        ------
        FormatError
            If it is not.
        """
        array = self.tensors.get(name)
        if array is None:
            raise self.damaged(f"it has no tensor {name!r}")
        if array.dtype != np.dtype(dtype) or array.shape != shape:
            found = f"{array.dtype} {list(array.shape)}"
            raise self.damaged(f"its tensor {name!r} is {found}, not {np.dtype(dtype)} {list(shape)}", name)
        return array

    @classmethod
    def in_memory(cls, kind: str, header: dict[str, Any], tensors: dict[str, Array], name: str) -> Container:
        """Return what a file of this kind would hold; `name` stands for the file in messages."""
        extents, crcs = dict.fromkeys(tensors, (0, 0)), dict.fromkeys(tensors, "0" * 8)  # of no byte
        return cls(Path(name), kind, header, tensors, mmap.mmap(-1, 1), extents, crcs)

    def section(self, name: str) -> Container:
        """Return what a part of the file holds: the header below `name`, and the tensors ``name.*``.

        Raises
        ------
        FormatError
            If there is no such part.
        """
        header = self.header.get(name)
        if not isinstance(header, dict):
            raise self.damaged(f"its header has no part {name!r}")
        prefix = f"{name}."

        def inside(of_all: dict[str, Any]) -> dict[str, Any]:
            return {key.removeprefix(prefix): value for key, value in of_all.items() if key.startswith(prefix)}

        return replace(
            self,
            header=header,
            tensors=inside(self.tensors),
            _extents=inside(self._extents),
            _crcs=inside(self._crcs),
        )

    def start_of(self, name: str) -> int:
        """Return the byte of the file at which a tensor begins."""
        return self._extents[name][0]

    def crc_of(self, name: str) -> str:
        """Return the checksum of a tensor: eight hexadecimal digits."""
        return self._crcs[name]

    def damaged(self, reason: str, name: str | None = None, offset: int = 0) -> FormatError:
        """Return the error for something wrong with a tensor, at an offset in bytes, or else with the header."""
        return damaged(self.path, HEADER_START if name is None else self.start_of(name) + offset, reason)

    def verify(self, skipped: Collection[str] = ()) -> None:
        """Read all data, but that of some tensors, and compare it with the checksums.

        Raises
        ------
        FormatError
            Names the file and every tensor that was altered.
        """
        altered = []  # in the order of the file
        with memoryview(self._mapped) as data:
            for name, (begin, end) in self._extents.items():
                if name in skipped:
                    continue
                crc = 0
                for start in range(begin, end, _CHUNK):
                    with data[start : min(start + _CHUNK, end)] as chunk:
                        crc = zlib.crc32(chunk, crc)
                wanted = f"{zlib.crc32(bytes(end - begin)):08x}" if is_padding(name) else self._crcs[name]
                if f"{crc:08x}" != wanted:
                    altered.append((name, begin, end))
        if altered:
            names = ", ".join(f"{name} (bytes {begin:,} to {end - 1:,})" for name, begin, end in altered)
            raise damaged(self.path, altered[0][1], f"checksums differ for {names}")


def to_json(value: Any, what: str = "header") -> str:
    """Return `value` as JSON text; NumPy numbers and small arrays become Python's.

    Raises
    ------
    TypeError, ValueError
        If something in it has no JSON form (NaN and infinity have none).
    """

    def convert(item: Any) -> Any:
        if isinstance(item, np.generic | np.ndarray):
            return item.tolist()
        if isinstance(item, os.PathLike):
            return os.fspath(item)
        raise TypeError(f"the {what} cannot hold {item!r} of type {type(item).__name__}: it is kept as JSON")

    try:
        return json.dumps(value, default=convert, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise ValueError(f"the {what} cannot be kept as JSON: {error}") from error


def write_container(
    path: str | os.PathLike[str],
    *,
    kind: str,
    header: Mapping[str, Any],
    tensors: Mapping[str, Array | TensorStream],
) -> None:
    """Write a file of one kind, whole or not at all.

    Parameters
    ----------
    path : path-like
        The file to make; the name is used as given. An existing file of the same kind is replaced in one
        step: the old one stays until the new one is complete, also if the process is killed. A symbolic
        link is written through.
    kind : str
        What the file holds: ``"store"``, ...
    header : mapping
        What else to keep in the header; a JSON object.
    tensors : mapping of str to ndarray or TensorStream
        The data, in the order in which it is written.

    Raises
    ------
    StoreExistsError
        If there is something at `path` that is not a file of this kind.
    StoreNotFoundError
        If the folder does not exist.
    ValueError
        If `path` is empty.
    """
    check_path("path", path)
    target = Path(path)
    _check_replaceable(target, kind)
    folder = Path(os.path.realpath(target)).parent
    if not folder.is_dir():
        raise StoreNotFoundError(f"{target} cannot be saved: there is no folder {folder}")
    if taken := [key for key in header if key in _OWN_KEYS]:
        raise ValueError(f"the header key {taken[0]!r} is the container's own")
    entries = layout.lay_out(tensors)
    crcs = dict.fromkeys(tensors, "0" * 8)
    size = len(_header_bytes(kind, header, entries, crcs))
    with replacing(target) as file:
        file.seek(8 + size)
        for name, entry in entries.items():
            if is_padding(name):
                file.write(bytes(entry["shape"][0]))
                continue
            crc = 0
            for data in layout.chunks_of(name, tensors[name]):
                crc = zlib.crc32(data.data, crc)
                file.write(data.data)
            crcs[name] = f"{crc:08x}"
        file.seek(0)
        file.write(size.to_bytes(8, "little") + _header_bytes(kind, header, entries, crcs))
        _check_replaceable(target, kind)  # once more: writing may have taken long


def _check_replaceable(path: Path, kind: str) -> None:
    """Refuse to overwrite anything but a file of this kind."""
    if not os.path.lexists(path) or (path.is_symlink() and not path.exists()):
        return
    try:
        open_container(path, kind)
    except FormatError as error:
        reason = str(error).removesuffix(f"; {AGAIN}")
        raise StoreExistsError(
            f"{path} exists and is not overwritten, because {_a(kind)} can replace only {_a(kind)}: {reason}. "
            "Choose another name, or remove it first."
        ) from error


def _header_bytes(kind: str, header: Mapping[str, Any], entries: Mapping[str, Any], crcs: Mapping[str, str]) -> bytes:
    """Return the N bytes; their number does not depend on the checksums' digits."""
    from textrep import __version__

    own = dict(zip(_OWN_KEYS, (FORMAT_VERSION, kind, __version__, crcs), strict=True))
    metadata = {"textrep": to_json({**own, **header}), _CRC_KEY: "0" * 8}
    blank = to_json({"__metadata__": metadata, **entries}).encode("ascii")
    blank += b" " * (-(8 + len(blank)) % layout.ALIGNMENT)
    if len(blank) > _MAX_HEADER:
        raise ValueError(f"a header of {len(blank):,} bytes is too long: keep what is large in tensors")
    return _with_crc(blank, "0" * 8, f"{zlib.crc32(blank):08x}")


def _with_crc(header: bytes, before: str, after: str) -> bytes:
    """Exchange the digits of the header's own checksum."""
    return header.replace(f'"{_CRC_KEY}":"{before}"'.encode(), f'"{_CRC_KEY}":"{after}"'.encode(), 1)


def open_container(path: str | os.PathLike[str], kind: str | None = None) -> Container:
    """Map a file that textrep saved. Reads and checks its header, and none of its data.

    Parameters
    ----------
    path : path-like
        The file.
    kind : str, optional
        The kind it must be of.

    Raises
    ------
    FormatError
        If it is foreign, truncated, altered in its header, of an unknown version, or of another kind.
    StoreNotFoundError
        If there is no such file.
    """
    check_path("path", path)
    path = Path(path)
    raw, mapped = _read_header(path)
    outer = _parse(path, raw)
    header = _own_header(path, outer.pop("__metadata__", None), raw)
    if kind is not None and header["kind"] != kind:
        what = f"{_a(header['kind'])}, not {_a(kind)}"
        raise FormatError(f"{path} is {what} (its header, at byte {HEADER_START}, says so)")
    crcs = header["crc32"]
    tensors, extents = layout.map_tensors(path, mapped, outer, HEADER_START + len(raw))
    if tensors.keys() != crcs.keys():
        names = ", ".join(sorted(map(repr, tensors.keys() ^ crcs.keys())))
        raise damaged(path, HEADER_START, f"its tensors are not those it has checksums of: {names}")
    content = {key: value for key, value in header.items() if key not in _OWN_KEYS}
    return Container(path, header["kind"], content, tensors, mapped, extents, crcs)


def _read_header(path: Path) -> tuple[bytes, mmap.mmap]:
    """Return the N bytes and the mapped file, without trust in N."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise StoreNotFoundError(f"there is no file {path}") from None
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise FormatError(f"{path} is {what}, not a file that textrep saved")
    with path.open("rb") as file:
        n_bytes = os.fstat(file.fileno()).st_size
        if n_bytes < HEADER_START:
            raise _foreign(path, n_bytes, "it ends, too short to be a safetensors file")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = int.from_bytes(mapped[:8], "little")
    if size > min(_MAX_HEADER, len(mapped) - 8):
        if mapped[8:9] == b"{" and size <= _MAX_HEADER:
            raise damaged(path, 0, f"its header is said to have {size:,} bytes, the file has {len(mapped):,}")
        raise _foreign(path, 0, "it does not begin as a safetensors file does")
    return mapped[8 : 8 + size], mapped


def _parse(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        outer = _from_json(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _foreign(path, HEADER_START + _place_in_json(error), f"its header is not JSON ({error})") from None
    if not isinstance(outer, dict):
        raise _foreign(path, HEADER_START, "its header is not a JSON object")
    return outer


def _from_json(text: str) -> Any:
    """Read JSON; NaN, infinity and numbers beyond any float, which are never written, are refused."""

    def finite(number: str) -> float:
        value = float(number)
        if not isfinite(value):
            raise ValueError(f"it holds {number}, which is no finite number")
        return value

    return json.loads(text, parse_float=finite, parse_constant=finite)


def _place_in_json(error: ValueError | RecursionError) -> int:
    """Return the byte at which JSON is wrong, as far as the error tells."""
    if isinstance(error, UnicodeDecodeError):
        return error.start
    return len(error.doc[: error.pos].encode()) if isinstance(error, json.JSONDecodeError) else 0


def _own_header(path: Path, metadata: Any, raw: bytes) -> dict[str, Any]:
    """Return what "textrep" in the metadata says, after checking its version, its checksum and its shape."""
    if not isinstance(metadata, dict) or not isinstance(metadata.get("textrep"), str):
        raise _foreign(path, HEADER_START, "it has the header of a safetensors file, without textrep's header in it")
    try:
        header = _from_json(metadata["textrep"])
    except (ValueError, RecursionError) as error:
        raise damaged(path, HEADER_START, f"textrep's header is not JSON ({error})") from None
    version = header.get("format_version") if isinstance(header, dict) else None
    if type(version) is int and version != FORMAT_VERSION:
        from textrep import __version__

        raise FormatError(
            f"{path} has, at byte {HEADER_START}, format version {version}, which textrep {__version__} does not know "
            f"(it reads version {FORMAT_VERSION}). A newer textrep may read it, unless the file is damaged."
        )
    crc = metadata.get(_CRC_KEY)
    if not isinstance(crc, str) or not crc.isalnum() or not crc.isascii():
        raise damaged(path, HEADER_START, "its header has no checksum")
    if f"{zlib.crc32(_with_crc(raw, crc, '0' * 8)):08x}" != crc:
        raise damaged(path, HEADER_START, "the checksum of its header differs")
    types = {"format_version": int, "kind": str, "textrep_version": str, "crc32": dict}
    if not isinstance(header, dict) or any(type(header.get(key)) is not kind for key, kind in types.items()):
        raise damaged(path, HEADER_START, "textrep's header is incomplete")
    return header


def _foreign(path: Path, at: int, reason: str) -> FormatError:
    return FormatError(f"{path} is not a file that textrep saved: at byte {at:,} {reason}")


def _a(kind: str) -> str:
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"
