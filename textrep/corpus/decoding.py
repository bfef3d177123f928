"""Bytes of a text file -> pieces of valid UTF-8 that hold whole lines.

UTF-8 is checked a piece at a time, at the speed of ``bytes.decode``; where a byte is wrong is looked for only
once one is. Other encodings are turned into UTF-8 first, so that the rest of the package knows only one.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from textrep.checks import check_type
from textrep.corpus.block import PADDING
from textrep.corpus.sniffing import SAMPLE_SIZE, refuse_binary
from textrep.corpus.streams import BUFFER_SIZE, buffered
from textrep.errors import CorpusError, EncodingError

__all__ = ["Piece", "check_encoding", "incoming_lines", "pieces"]

_NEWLINE = 10
_REMEDY = 'Pass its encoding (encoding="{}", for one), or encoding_errors="replace" to read on with U+FFFD there'
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Piece(NamedTuple):
    """Some whole lines of a file, with their terminators; only the last line of a file may lack one."""

    data: npt.NDArray[np.uint8]  # [n_bytes + 8], valid UTF-8, then 8 zero bytes
    newlines: npt.NDArray[np.int64]  # [n_newlines], where in `data` the lines end
    first_line: int  # number of the first line, counted from 1

    @property
    def n_bytes(self) -> int:
        """Bytes of text, the padding left out."""
        return len(self.data) - len(PADDING)

    @property
    def text(self) -> str:
        """The same as a str."""
        return self.data[: self.n_bytes].tobytes().decode()


def check_encoding(encoding: str, errors: str) -> str:
    """Return the encoding's canonical name.

    Raises
    ------
    CorpusError
        If Python knows no such text encoding or error handler, or the handler leaves what UTF-8 cannot
        express.
    """
    for name, value in (("encoding", encoding), ("encoding_errors", errors)):
        check_type(name, value, str, "a str")
    try:
        "a".encode(encoding)  # refuses what codecs.lookup would let through: "base64", "rot13"
        name = codecs.lookup(encoding).name
        codecs.getincrementaldecoder(name)
    except LookupError as error:
        raise CorpusError(
            f'encoding={encoding!r}: {error}. Common ones: "utf-8", "utf-16", "cp949", "latin-1"'
        ) from None
    try:
        codecs.lookup_error(errors)
    except LookupError as error:
        raise CorpusError(f'encoding_errors={errors!r}: {error}. Use "strict", "replace" or "ignore"') from None
    if errors in {"surrogateescape", "surrogatepass"}:
        raise CorpusError(
            f"encoding_errors={errors!r} makes lone surrogates, which no UTF-8 file can hold afterwards. "
            'Use "replace", "ignore" or "backslashreplace"'
        )
    if errors in {"xmlcharrefreplace", "namereplace"}:
        raise CorpusError(f'encoding_errors={errors!r} works for writing only. Use "replace" or "backslashreplace"')
    return "utf-8" if name == "utf-8-sig" else name


def pieces(stream: io.BufferedReader[Any], name: str, encoding: str, errors: str, size: int) -> Iterator[Piece]:
    """Read a text file in pieces of about `size` bytes, more only where a line is longer.

    A byte order mark at the beginning of the file is dropped.

    Parameters
    ----------
    stream : binary stream
        The decompressed file, at its beginning.
    name : str
        What errors call it.
    encoding, errors : str
        As `check_encoding` accepts them.
    size : int
        Bytes to read at a time.

    Yields
    ------
    Piece
        Together the whole file; never an empty piece.

    Raises
    ------
    CorpusError
        If the file is no text.
    EncodingError
        If it holds bytes that the encoding and the error handler do not allow.
    """
    refuse_binary(stream.peek(SAMPLE_SIZE)[:SAMPLE_SIZE], name, encoding)
    if encoding != "utf-8":
        chunks = iter(partial(stream.read, BUFFER_SIZE), b"")
        stream = buffered(_transcoded(chunks, name, encoding, errors))
    line, offset = 1, 0
    for parts in _whole_lines(stream, size):
        piece = _piece(parts, name, errors, line, offset)
        line += len(piece.newlines)
        offset += sum(map(len, parts))
        parts.clear()  # they may be a line of gigabytes
        if piece.n_bytes:
            yield piece


def incoming_lines(chunks: Iterator[bytes], name: str, encoding: str, errors: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a text while it comes in, blank ones too: those that end in a chunk, without waiting for more.

    Parameters
    ----------
    chunks : iterator of bytes
        The text, never an empty part of it.
    name, encoding, errors
        As for `pieces`, which also says what is raised.

    Yields
    ------
    tuple of (int, list of str)
        The number of the first of some lines, counted from 1, and these, without their terminators.
    """
    line, begun = 1, False
    parts: list[str] = []  # what there is of that line, joined once it ends: it may be long
    for data in _transcoded(chunks, name, encoding, errors):
        text = data.decode()
        if text and not begun:
            text, begun = text.removeprefix("\ufeff"), True
        parts.append(text)
        if "\n" in text:
            *lines, rest = "".join(parts).split("\n")
            parts = [rest]
            yield line, [each.removesuffix("\r") for each in lines]
            line += len(lines)
    if rest := "".join(parts):
        yield line, [rest]


def _whole_lines(stream: io.BufferedReader[Any], size: int) -> Iterator[list[bytes | memoryview]]:
    """Yield the stream cut after line ends, as parts to be joined: so every byte is copied once."""
    held: list[bytes | memoryview] = []
    while chunk := stream.read(size):
        cut = chunk.rfind(b"\n") + 1
        if cut:
            lines, held = [*held, memoryview(chunk)[:cut]], [chunk[cut:]]
            yield lines
        else:
            held.append(chunk)
    if any(held):
        yield held


def _piece(parts: list[bytes | memoryview], name: str, errors: str, line: int, offset: int) -> Piece:
    buffer = bytearray().join((*parts, PADDING))
    start = 3 if offset == 0 and buffer.startswith(codecs.BOM_UTF8) else 0
    content = memoryview(buffer)[start : -len(PADDING)]
    data = np.frombuffer(buffer, np.uint8)[start:]  # [n_bytes + 8]
    if not _is_utf8(content):
        text = _mended(content, name, errors, line, offset + start)
        data = np.frombuffer(bytearray(text.encode() + PADDING), np.uint8)  # [n_bytes + 8]
    newlines = np.flatnonzero(data[: -len(PADDING)] == _NEWLINE).astype(np.int64, copy=False)
    return Piece(data, newlines, line)


def _is_utf8(content: memoryview) -> bool:
    """Decode in steps that fit the processor's cache, up to three times as fast as all at once."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), BUFFER_SIZE):
            decoder.decode(content[start : start + BUFFER_SIZE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _mended(content: memoryview, name: str, errors: str, line: int, offset: int) -> str:
    """Decode with the error handler, whole lines by themselves: no UTF-8 character holds a newline byte."""
    try:
        text = str(content, "utf-8", errors)
        text.encode()
    except UnicodeDecodeError as error:
        wrong_line = line + bytes(content[: error.start]).count(b"\n")
        _refuse(name, "utf-8", wrong_line, offset + error.start, error)
    except UnicodeEncodeError as error:
        _refuse_handler(name, line + text.count("\n", 0, error.start), errors, text[error.start])
    return text


def _transcoded(chunks: Iterator[bytes], name: str, encoding: str, errors: str) -> Iterator[bytes]:
    """Yield the text in chunks, of which none is empty, as UTF-8: in chunks that end where a character does."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    line, offset = 1, 0  # offset: bytes given to the decoder so far
    for chunk in chain(chunks, (b"",)):
        state = decoder.getstate()
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            position = error.start - len(error.object) + len(chunk)  # in the chunk; < 0: before it
            decoder.setstate(state)
            before = decoder.decode(chunk[: max(position, 0)])
            _refuse(name, encoding, line + before.count("\n"), offset + position, error)
        except UnicodeError as error:  # of UTF-16 and UTF-32 without the mark that tells the order of bytes
            raise EncodingError(
                f"{name}: not valid {encoding}: {error}. Say the order of its bytes, "
                f'encoding="{encoding}-le" or encoding="{encoding}-be", or pass another encoding if it has one'
            ) from error
        try:
            yield text.encode()
        except UnicodeEncodeError as error:
            _refuse_handler(name, line + text.count("\n", 0, error.start), errors, text[error.start])
        line += text.count("\n")
        offset += len(chunk)


def _refuse(name: str, encoding: str, line: int, offset: int, error: UnicodeDecodeError) -> NoReturn:
    wrong = error.object[error.start : min(error.end, error.start + 4)]
    marked = offset == 0 and error.object[error.start : error.start + 2] in _UTF_16
    remedy = _REMEDY.format("utf-16" if marked else "cp949")
    raise EncodingError(
        f"{name}, line {line}: not valid {encoding} at byte {offset} of the file: {wrong!r} ({error.reason}). {remedy}"
    ) from error


def _refuse_handler(name: str, line: int, errors: str, character: str) -> NoReturn:
    raise EncodingError(
        f"{name}, line {line}: decoding (encoding_errors={errors!r}) gave {character!r}, a lone surrogate, "
        'which UTF-8 cannot express. Use encoding_errors="replace"'
    )
