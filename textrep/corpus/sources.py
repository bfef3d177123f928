"""Paths, folders, globs and ``-`` -> the files to read, in a fixed order, each with its format.

Nothing is opened here; everything that a look at the file system can tell is checked.
"""

from __future__ import annotations

import errno
import glob
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BufferedReader, FileIO
from pathlib import Path, PurePath
from typing import Any

from textrep.corpus.compression import SUFFIXES
from textrep.corpus.streams import BUFFER_SIZE, buffered
from textrep.errors import CorpusError, CorpusNotFoundError
from textrep.shown import shown

__all__ = ["FORMATS", "Reader", "Source", "find_sources", "incoming", "io_errors_named"]

FORMATS = ("txt", "jsonl", "csv", "tsv", "parquet")
STDIN = "-"
_PIECE = 4096  # bytes at either end of a file that tell one that was appended to from one that was written anew


@dataclass(frozen=True)
class Reader:
    """What a function reads, for finding its files and for what errors say.

    Attributes
    ----------
    function : str
        Its name.
    formats : tuple of str
        What its parameter ``format`` may be.
    endings : mapping of str to str
        Ending of a file's name, in lower case without the dot -> format.
    otherwise : str
        Format of files without an ending, and of standard input.
    unknown : str
        What to do about another ending.
    in_memory : str
        What to do with what is no file but the data itself: ``"Texts themselves ...: pass a list of str on"``.
    """

    function: str
    formats: tuple[str, ...]
    endings: Mapping[str, str]
    otherwise: str
    unknown: str
    in_memory: str

    @property
    def known(self) -> str:
        """The endings, as errors list them."""
        return ", ".join(f".{name}" for name in self.endings) + ", each also with " + " ".join(SUFFIXES)


_CORPUS = Reader(
    "read_corpus",
    FORMATS,
    {name: name for name in FORMATS},
    "txt",
    'format="txt" reads a document a line, format="jsonl" a JSON object a line',
    "Texts themselves need no read_corpus: pass a list of str on",
)


@dataclass(frozen=True)
class Source:
    """One file to read.

    Attributes
    ----------
    path : Path or None
        Where it is; None is standard input.
    format : str
        One of those of its reader.
    size : int or None
        Bytes on disk; None for what is no regular file and so can be read only once: standard input, a pipe.
    """

    path: Path | None
    format: str
    size: int | None

    @property
    def name(self) -> str:
        """What messages call it."""
        return "standard input" if self.path is None else str(self.path)

    def state(self) -> tuple[int, ...]:
        """Return what is different when the file has been written to or replaced; of what is read once, nothing."""
        if self.path is None or self.size is None:
            return ()
        try:
            status = self.path.stat()
        except OSError:
            return ()
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    @contextmanager
    def open(self) -> Iterator[BufferedReader[Any]]:
        """Open its bytes, as they are on disk; standard input is not closed afterwards.

        Raises
        ------
        CorpusError
            At the end, if the file was written to meanwhile and not only appended to.
        """
        if self.path is not None:
            with BufferedReader(FileIO(self.path), BUFFER_SIZE) as file:
                descriptor = file.fileno()
                before = os.fstat(descriptor)
                pieces = _pieces(descriptor, before)
                yield file
                if self.size is not None:
                    after, n_read = os.fstat(descriptor), file.tell()
                    only_grew = after.st_size > before.st_size <= n_read and _pieces(descriptor, before) == pieces
                    _check_unchanged(self.name, before, after, only_grew=only_grew)
            return
        with buffered(iter(partial(_stdin().read, BUFFER_SIZE), b"")) as file:
            yield file


def incoming() -> Iterator[bytes]:
    """Yield the bytes of standard input as they come in, without waiting for more.

    Raises
    ------
    CorpusError
        If it has none, as when it is closed.
    """
    return iter(partial(_stdin().read1, BUFFER_SIZE), b"")


def _stdin() -> BufferedReader:
    stdin: BufferedReader | None = getattr(sys.stdin, "buffer", None)
    if stdin is None:
        raise CorpusError("standard input is closed or has no bytes to read; name a file")
    return stdin


def _pieces(descriptor: int, status: os.stat_result) -> list[bytes]:
    """Return the first bytes of a file and the last that it had once; nothing of what is read once, or on Windows."""
    if not stat.S_ISREG(status.st_mode) or not hasattr(os, "pread"):
        return []
    n_bytes = min(_PIECE, status.st_size)  # what was appended to a shorter file is not of its first bytes
    return [os.pread(descriptor, n_bytes, at) for at in (0, status.st_size - n_bytes)]


def _check_unchanged(name: str, before: os.stat_result, after: os.stat_result, *, only_grew: bool) -> None:
    """Refuse what was read of a file that was cut or written anew meanwhile: it may be half of one and half of another.

    A file that only grew, as logs do, was read at least to where it ended before.
    """
    if after.st_mtime_ns != before.st_mtime_ns and not only_grew:
        raise CorpusError(
            f"{name}: changed while it was read: {before.st_size:,} bytes became {after.st_size:,}. "
            "Read it again when nothing writes to it, or read a copy"
        )


def find_sources(
    paths: tuple[str | os.PathLike[str], ...],
    format: str | None,  # noqa: A002
    reader: Reader = _CORPUS,
) -> list[Source]:
    """Find the files that `paths` stand for.

    Parameters
    ----------
    paths : tuple of str or path
        As `read_corpus` takes them.
    format : str or None
        Read every file as this; None goes by the names.
    reader : Reader
        Which files there can be; by default those of `read_corpus`.

    Returns
    -------
    list of Source
        In the order of `paths`; files of a folder or glob sorted by the parts of their path, in code point
        order.

    Raises
    ------
    CorpusNotFoundError
        If a path names nothing, or a folder or glob holds no file to read.
    CorpusError
        If a folder cannot be listed, a file's format is unknown, or ``-`` is given twice.
    """
    if format is not None and format not in reader.formats:
        raise CorpusError(f"format={format!r} is not known. Known: {', '.join(map(repr, reader.formats))}")
    if not paths:
        raise TypeError(
            f"{reader.function}() needs at least one path: a file, a folder, a glob, or '-' for standard input"
        )
    if paths.count(STDIN) > 1:
        raise CorpusError("'-' is given twice, but standard input can be read only once")
    sources = []
    for path in paths:
        if path == STDIN:
            sources.append(Source(None, format or reader.otherwise, None))
        else:
            files = _files(path, reader)
            sources.extend(_source(file, format, reader, is_named=files == [Path(path)]) for file in files)
    return sources


def _files(path: str | os.PathLike[str], reader: Reader) -> list[Path]:
    if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):
        raise TypeError(
            f"{reader.function}() takes paths as str or Path, not {type(path).__name__}. Pass several as separate "
            f"arguments: {reader.function}(*paths). {reader.in_memory}"
        )
    text = os.fspath(path)
    status = _status(text)
    if status is None:
        return _matches(text, reader)
    if stat.S_ISDIR(status.st_mode):
        files = list(_walk(Path(text), frozenset(), reader))
        if not files:
            raise CorpusNotFoundError(
                f"{text}: the folder holds no file that is known by its ending ({reader.known}). Name other "
                "files by a glob and say what they are: "
                f'{reader.function}("{PurePath(text) / "*"}", format="{reader.formats[0]}")'
            )
        return files
    return [Path(text)]


def _status(path: str) -> os.stat_result | None:
    """Return what the file system knows about `path`; None if it can be no file's name or there is none."""
    try:
        return os.stat(path)  # noqa: PTH116 - Path(path) would forgive the last slash of "corpus.txt/"
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return None
        raise CorpusError(f"{path}: cannot be read: {error.strerror}") from error


def _matches(pattern: str, reader: Reader) -> list[Path]:
    """Return the files that a glob matches."""
    found: set[Path] = set()
    if glob.has_magic(pattern):
        _check_folders(pattern)
        found = {Path(match) for match in glob.glob(pattern, recursive=True)}  # noqa: PTH207 - may be absolute
    files = sorted((path for path in found if not path.is_dir() and not _loops(path)), key=lambda path: path.parts)
    if not files:
        folders = f" It matches {len(found)} folders only; write **/* for the files below." if found else ""
        raise CorpusNotFoundError(
            f"{shown(pattern, 100)} is {_what_is_there(pattern)} "
            f"(relative paths start at {Path.cwd()}).{folders} "
            f"{reader.in_memory}"
        )
    return files


def _check_folders(pattern: str) -> None:
    """Refuse folders on the way of a glob that may not be looked into; `glob` passes over them in silence."""
    parts = PurePath(pattern).parts
    magic = [glob.has_magic(part) for part in parts]
    for i in range(magic.index(True), len(parts)):
        above = parts[: i + 1] if parts[i] == "**" else parts[:i]
        for match in glob.glob(str(PurePath(*above)), recursive=True):  # noqa: PTH207 - may be absolute
            try:
                if not magic[i]:
                    os.lstat(PurePath(match) / parts[i])
                elif os.path.isdir(match):  # noqa: PTH112
                    os.scandir(match).close()
            except PermissionError as error:
                raise CorpusError(
                    f"{match}: cannot be read: {error.strerror}; {shown(pattern, 100)} looks there"
                ) from error
            except OSError:
                continue


def _what_is_there(pattern: str) -> str:
    if os.path.lexists(pattern):
        return "a link that leads nowhere"
    return "no file, no folder, and no glob that matches a file"


def _loops(path: Path) -> bool:
    """Whether a path goes through a folder twice, by way of a link to a folder above."""
    seen = set()
    for folder in path.parents:
        try:
            status = folder.stat()
        except OSError:  # too many links, for one
            return True
        if (status.st_dev, status.st_ino) in seen:
            return folder.resolve() != Path(path.anchor).resolve()
        seen.add((status.st_dev, status.st_ino))
    return False


def _walk(folder: Path, above: frozenset[tuple[int, int]], reader: Reader) -> Iterator[Path]:
    """Yield the files of known form; `above` are the folders on the way here, so that a link cannot loop."""
    with io_errors_named(folder):
        status = folder.stat()
        here = (status.st_dev, status.st_ino)
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    if here in above:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(folder / entry.name, above | {here}, reader)
        elif _ending(entry.name) in reader.endings:
            yield folder / entry.name


def _source(path: Path, format: str | None, reader: Reader, *, is_named: bool) -> Source:  # noqa: A002
    with io_errors_named(path):
        status = path.stat()
    size = status.st_size if stat.S_ISREG(status.st_mode) else None
    if size is None and not is_named:
        raise CorpusError(
            f"{path}: a pipe, socket or device, which might be waited for without end. "
            "Remove it, or name the files to read"
        )
    ending = _ending(path.name)
    if format is None and ending == "textrep":
        raise CorpusError(
            f"{path}: named as stores and models of textrep are, which hold no text to read; name another file"
        )
    if format is None and ending and ending not in reader.endings:
        raise CorpusError(
            f'{path}: files ending in ".{ending}" are not known ({reader.known}, or no ending for text). '
            f"Pass the format: {reader.unknown}"
        )
    return Source(path, format or reader.endings.get(ending, reader.otherwise), size)


def _ending(name: str) -> str:
    """'a.TXT.gz' -> 'txt'; 'text8.gz' -> ''."""
    name = name.lower()
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return PurePath(name).suffix.removeprefix(".")


@contextmanager
def io_errors_named(name: str | Path) -> Iterator[None]:
    """Turn an OSError into a CorpusError that names the file."""
    try:
        yield
    except CorpusError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CorpusNotFoundError(f"{name}: no such file, or a link that leads nowhere") from error
    except OSError as error:
        raise CorpusError(f"{name}: cannot be read: {error.strerror or error}") from error
