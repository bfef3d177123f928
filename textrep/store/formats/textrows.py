"""Rows of text, a word and its numbers each: read and written in threads, for word2vec's and GloVe's text files.

The two formats differ only in the header; see `textrep.store.formats.word2vec_text` and
`textrep.store.formats.glove`. Numbers are parsed and written by `textrep.kernels.floats` and
`textrep.kernels.decimals`.
"""

from __future__ import annotations

import queue
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError
from textrep.kernels import decimals, floats
from textrep.kernels.rows import copy_words
from textrep.keytable import read_only
from textrep.parallel import in_threads, n_threads
from textrep.shown import shown
from textrep.store.formats.files import Block, Source, Writer
from textrep.store.formats.loaded import GrowingRows, RawRows
from textrep.store.formats.sniffing import dimensions, is_not_finite, is_number

if TYPE_CHECKING:
    from textrep.store.store import EmbeddingStore

__all__ = ["check_readable", "check_unambiguous", "check_words", "in_order", "read_rows", "write_rows"]

_BLOCK = 1 << 22  # bytes of text parsed by one thread at a time
_HARD = 1024  # numbers left to Python at a time
_WRITTEN = 1 << 22  # bytes of text written by one thread at a time, about
_SHOWN = 40  # characters of a file shown in a message
_LAST_OF_NUMBERS = np.frombuffer(b"0123456789.nNfFyY", np.uint8)  # nan, inf and infinity count as numbers

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


# ---------------------------------------------------------------------------------------------------- reading


class _Parsed(NamedTuple):
    """The rows of a block."""

    vectors: NDArray[np.float32]  # [at least n_rows, dim], to be given back
    blob: NDArray[np.uint8]  # the words, end to end
    words: NDArray[np.int64]  # [n_rows, 2], where they begin and end in the file
    n_lines: int
    end: int  # of the block, in the file
    error: tuple[int, int, str] | None  # byte, line of the block, and what is wrong there


def read_rows(source: Source, start: int, first_line: int, dim: int, n_wanted: int | None) -> RawRows:
    """Read all rows of a file.

    Parameters
    ----------
    source : Source
        The file.
    start : int
        Where the rows begin, in its head.
    first_line : int
        The number of their first line.
    dim : int
        How many numbers a row has, at least 1.
    n_wanted : int, optional
        How many rows there have to be.

    Raises
    ------
    FormatError
        If a line is no row, or there are more or fewer rows; names the line.
    """
    size = None if source.mapped is None else len(source.mapped) - start
    if size is not None and 2 * dim > max(size, 1) and n_wanted != 0:
        raise FormatError(
            f"{source.path}, byte {start:,}: {dim:,} dimensions do not fit into the {size:,} bytes of its rows"
        )
    rows = GrowingRows(dim, n_wanted, size)
    line, end = first_line, start
    buffers: queue.SimpleQueue[NDArray[np.float32]] = queue.SimpleQueue()

    def parse(block: Block) -> _Parsed:
        return _parsed(block, dim, buffers)

    for parsed in in_order(parse, source.lines(start, _BLOCK)):
        rows.reserve(parsed.blob, parsed.words, parsed.end - start)[:] = parsed.vectors[: len(parsed.words)]
        buffers.put(parsed.vectors)
        if n_wanted is not None and rows.n_rows > n_wanted:
            raise FormatError(
                f"{source.path}: its first line promises {n_wanted:,} words, but there are more: "
                f"{_shown(rows.word(n_wanted))} at byte {rows.origin(n_wanted):,} is number {n_wanted + 1:,}"
            )
        if parsed.error is not None:
            at, lines_before, what = parsed.error
            raise FormatError(f"{source.path}, line {line + lines_before:,}, byte {at:,}: {what}")
        line += parsed.n_lines
        end = parsed.end
    if n_wanted is not None and rows.n_rows < n_wanted:
        raise FormatError(
            f"{source.path}: its first line promises {n_wanted:,} words, but there are {rows.n_rows:,} "
            f"when it ends at byte {end:,}; the file is cut short, or the number wrong: fetch it again"
        )
    return rows.finished()


def _parsed(block: Block, dim: int, buffers: queue.SimpleQueue[NDArray[np.float32]]) -> _Parsed:
    data = read_only(block.data)
    capacity = len(data) // (2 * dim)  # a row is at least a space and a digit for each number
    vectors = _buffer(buffers, capacity, dim)
    words = np.empty((len(vectors), 2), np.int64)  # [at least capacity, 2]
    hard = np.empty((max(dim, _HARD) if capacity else 0, 4), np.int64)  # [n_hard, 4]
    state = np.zeros(floats.STATE_SIZE, np.int64)
    while True:
        status = floats.parse_rows(data, dim, vectors, words, hard, state)
        wrong = _finish_hard(data, vectors, hard[: state[floats.N_HARD]])
        if status != floats.FULL or wrong is not None:
            break
        state[floats.N_HARD] = 0
    error = None
    if wrong is not None or status != floats.DONE:
        at, what = (
            wrong if wrong is not None else (int(state[floats.AT]), _what(data, int(state[floats.AT]), dim, status))
        )
        error = block.offset + at, int(np.count_nonzero(data[:at] == ord("\n"))), what
    words = words[: state[floats.ROW]]
    blob = np.empty(int((words[:, 1] - words[:, 0]).sum()), np.uint8)  # [n_bytes]
    copy_words(data, read_only(words), blob)
    return _Parsed(vectors, blob, words + block.offset, int(state[floats.LINE]), block.offset + len(data), error)


def _buffer(buffers: queue.SimpleQueue[NDArray[np.float32]], capacity: int, dim: int) -> NDArray[np.float32]:
    """Return room for rows, used before if there is such: new memory costs more than to fill it."""
    try:
        vectors = buffers.get_nowait()
    except queue.Empty:
        vectors = np.empty((0, dim), np.float32)
    if len(vectors) < capacity:
        vectors = np.empty((capacity, dim), np.float32)  # [capacity, dim]
    return vectors


def _finish_hard(
    data: NDArray[np.uint8], vectors: NDArray[np.float32], hard: NDArray[np.int64]
) -> tuple[int, str] | None:
    """Let Python read numbers. Return where one is that float32 cannot hold, and what to say of it."""
    for row, column, start, end in hard.tolist():
        text = data[start:end].tobytes().decode("ascii")
        with np.errstate(over="ignore"):
            vectors[row, column] = float(text)
        if not np.isfinite(vectors[row, column]):
            return start, f"{_shown(text)} is too large for 32-bit floats"
    return None


def _what(data: NDArray[np.uint8], at: int, dim: int, status: int) -> str:
    """Return what is wrong where the kernel stopped."""
    text = data[at : at + (1 << 20)].tobytes().partition(b"\n")[0]
    if status == floats.TOO_FEW:
        parts = text.split()
        return (
            f"{dim:,} numbers are wanted after a word, but {_shown(text.strip())} has only {max(len(parts) - 1, 0):,}"
        )
    token = text.split()[0] if text.split() else b""
    if is_not_finite(token):
        return f"{_shown(token)} is no finite number; a store holds only finite ones"
    return f"{_shown(token)} is no number"


def _shown(text: bytes | str) -> str:
    return shown(text if isinstance(text, str) else text[: 4 * _SHOWN].decode("utf-8", "replace"), _SHOWN)


def check_words(path: Path, rows: RawRows, dim: int) -> None:
    """Refuse rows that all have more numbers than there should be: then the first line of the file is wrong.

    A word of several parts may end in a number, but not all of them do. Of a decimal fraction, as vectors hold, there
    is a warning: gensim reads a row with a number too many as such a word, and so do we.
    """
    spaces = np.flatnonzero((rows.blob == ord(" ")) | (rows.blob == ord("\t")))
    of_parts = np.unique(np.searchsorted(rows.offsets, spaces, side="right") - 1)
    may_be = np.isin(rows.blob[rows.offsets[of_parts + 1] - 1], _LAST_OF_NUMBERS)
    words = {i: rows.blob[rows.offsets[i] : rows.offsets[i + 1]].tobytes() for i in of_parts[may_be].tolist()}
    numbered = [i for i, word in words.items() if _ends_in_number(word)]
    if 1 < len(rows.vectors) == len(numbered):
        raise FormatError(
            f"{path}, byte 0: its first line says {dim:,} dimensions, but every row has more numbers than that"
        )
    fractions = [i for i in numbered if b"." in _last_part(words[i])]
    if fractions:
        warnings.warn(
            f"{path}: words that end in a number: {len(fractions):,}, the first {_shown(words[fractions[0]])} at byte "
            f"{int(rows.origins[fractions[0]]):,}; a row with a number too many is read as such a word",
            stacklevel=5,  # where EmbeddingStore.load was called
        )


def _ends_in_number(word: bytes) -> bool:
    part = _last_part(word)
    return len(part) < len(word) and is_number(part)


def _last_part(word: bytes) -> bytes:
    return word.replace(b"\t", b" ").rpartition(b" ")[2]


# ---------------------------------------------------------------------------------------------------- writing


def check_unambiguous(store: EmbeddingStore, name: str) -> None:
    """Refuse to write what `check_words` would not read."""
    if len(store) > 1 and all(_ends_in_number(key.encode()) for key in store.keys):
        raise FormatError(
            f"every word ends in a number after a space, so that a {name} file would be taken for one with more "
            "dimensions; word2vec-binary and .textrep files keep such words apart"
        )


def check_readable(store: EmbeddingStore, n_lines: int, name: str) -> None:
    """Refuse to write rows without a first line if their number of dimensions would be taken for another."""
    numbers = b" 0" * store.dim
    lines = [key.encode() + numbers for key in store.keys[:n_lines]]
    if dimensions(lines) != store.dim:
        raise FormatError(
            f"of the first {len(lines):,} words too many hold spaces or nothing, so that a {name} file would be taken "
            "for one with other dimensions; word2vec text, which states them, keeps such words apart"
        )


def write_rows(store: EmbeddingStore, file: Writer, name: str) -> None:
    """Write all words and their vectors; `name` is what errors call the format.

    Raises
    ------
    FormatError
        If a word holds a newline, or a number is not finite.
    """
    keys = store.keys
    keys.check_offsets()
    if (np.asarray(keys.blob) == ord("\n")).any():
        word = next(key for key in keys if "\n" in key)
        raise FormatError(f"{word!r} holds a newline, which a {name} file cannot express")
    n_at_once = max(1, _WRITTEN // (decimals.MOST_BYTES * store.dim))
    shares = [(first, min(first + n_at_once, len(keys))) for first in range(0, len(keys), n_at_once)]
    vectors, blob, offsets = read_only(store.vectors), read_only(keys.blob), read_only(keys.offsets)

    def formatted(share: tuple[int, int]) -> memoryview:
        first, last = share
        n_bytes = int(offsets[last] - offsets[first]) + (last - first) * (1 + decimals.MOST_BYTES * store.dim)
        out = np.empty(n_bytes, np.uint8)  # [n_bytes]
        state = np.zeros(decimals.STATE_SIZE, np.int64)
        while decimals.format_rows(vectors, first, last, blob, offsets, out, state) == decimals.UNUSUAL:
            row, column, at = state.tolist()
            number = vectors[first + row, column]
            if not np.isfinite(number):
                raise FormatError(
                    f"the vector of {keys[first + row]!r} holds {number}; a {name} file holds only numbers"
                )
            text = f" {number!s}".encode("ascii")
            out[at : at + len(text)] = np.frombuffer(text, np.uint8)
            state[decimals.COLUMN], state[decimals.AT] = column + 1, at + len(text)
        return out[: state[decimals.AT]].data

    for text in in_order(formatted, shares):
        file.write(text)


def in_order(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """Yield the function's results in the order of the items, worked out in threads, a bounded number at a time.

    The first item is done in the calling thread: there kernels are compiled, and Ctrl-C interrupts that.
    """
    waiting = iter(items)
    for item in waiting:
        yield function(item)
        break
    yield from in_threads(function, waiting, n_threads(-1))
