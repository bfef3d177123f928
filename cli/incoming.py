"""Standard input: that there is one, that something comes of it, and that it is text in UTF-8.

One rule for all commands: where standard input is closed, the message says what is missing and how to give it, and the
exit code is 1; on a terminal, where nobody expects to have to type, it is wrong usage. Where it is empty, data that are
needed are refused in the same way; of no questions the answers are none, as for the end of a pipeline that found none.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from textrep.errors import TextrepError

from .console import AnsweredError, is_terminal, say

__all__ = ["NoInputError", "announce", "anything", "check_open", "saying_how_to_give_data", "utf8_lines"]

_Batch = TypeVar("_Batch")
_DATA = "name a file in place of -, or send the data to standard input"
_NO_DATA = re.compile(r": no (?:document|sentence|word pair)\b")


class NoInputError(TextrepError):
    """Standard input was to be read, and is closed, or holds nothing where something is needed."""


class _OtherEncodingError(TextrepError):
    """Standard input is in another encoding."""


def check_open(what: str, remedy: str) -> None:
    """Refuse a standard input that the shell closed (``<&-``).

    Parameters
    ----------
    what : str
        What was to come of it: ``"word"``.
    remedy : str
        How to give it.
    """
    if sys.stdin is None:
        raise NoInputError(f"no {what} given: standard input is closed; {remedy}")


def anything(batches: Iterable[_Batch], what: str, remedy: str, *, needed: bool = False) -> Iterator[_Batch]:
    """Yield what comes of standard input; if that is nothing, say so, or refuse it.

    Parameters
    ----------
    batches : iterable
        What comes of it.
    what, remedy : str
        As for `check_open`.
    needed : bool
        Whether to refuse a standard input that holds none.
    """
    check_open(what, remedy)
    found = False
    for batch in batches:
        found = found or bool(batch)
        yield batch
    if found:
        return
    if needed:
        raise NoInputError(f"no {what} given: there is none on standard input; {remedy}")
    say(f"there is no {what} on standard input")


def announce(files: Sequence[str]) -> None:
    """Before data are read: refuse ``-`` where standard input is closed, and tell a person at a terminal to type."""
    if "-" in files:
        check_open("data", _DATA)
        if is_terminal(sys.stdin):
            say("Reading what is typed here; Ctrl-D ends.", prefix="")


@contextlib.contextmanager
def saying_how_to_give_data(files: Sequence[str]) -> Iterator[None]:
    """Where the library finds no data in any of the files, and standard input is among them, say how to give some."""
    try:
        yield
    except TextrepError as error:
        if "-" not in files or not _NO_DATA.search(str(error)):
            raise
        raise NoInputError(f"{error}; {_DATA}") from error


def utf8_lines() -> Iterator[list[str]]:
    """Yield the lines of standard input as they come in, without those that are not UTF-8.

    Raises
    ------
    AnsweredError
        At the end, if there were such lines: names the first, and its byte.
    TextrepError
        If the input begins as UTF-16 does.
    """
    from textrep.corpus import incoming

    line, offset = 1, 0  # of what comes next: its number, and its first byte
    wrong, n_wrong = "", 0
    for raw_lines in _raw_lines(incoming()):
        lines = []
        for raw in raw_lines:
            text = raw.removeprefix(codecs.BOM_UTF8) if line == 1 else raw
            try:
                lines.append(text.decode().removesuffix("\n").removesuffix("\r"))
            except UnicodeDecodeError as error:
                wrong = wrong or _named(error, line, offset + len(raw) - len(text))
                n_wrong += 1
                if line == 1 and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    raise _OtherEncodingError(f"{wrong}. Turn it into UTF-8 first: iconv -f utf-16 -t utf-8") from None
            line += 1
            offset += len(raw)
        yield lines
    if n_wrong:
        left_out = "a line was left out" if n_wrong == 1 else f"{n_wrong:,} lines were left out"
        raise AnsweredError(f"{wrong}; {left_out}. Turn it into UTF-8 first: iconv -f cp949 -t utf-8, for one")


def _raw_lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines that end in a chunk, with their ends; the last may have none."""
    parts: list[bytes] = []  # what there is of the next line, joined once it ends: it may be long
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if cut:
            *lines, _ = b"".join([*parts, chunk[:cut]]).split(b"\n")
            yield [each + b"\n" for each in lines]
            parts = []
        parts.append(chunk[cut:])
    if rest := b"".join(parts):
        yield [rest]


def _named(error: UnicodeDecodeError, line: int, offset: int) -> str:
    wrong = error.object[error.start : min(error.end, error.start + 4)]
    return f"standard input, line {line}: not valid utf-8 at byte {offset + error.start}: {wrong!r} ({error.reason})"
