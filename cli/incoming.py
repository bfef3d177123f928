"""Standard input: that there is one, that something comes of it, and that it is text in UTF-8.

One rule for all commands: where nothing is given on standard input, the message says what is missing and how to give
it, and the exit code is 1; on a terminal, where nobody expects to have to type, it is wrong usage.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from textrep.errors import EncodingError, TextrepError

from .console import is_terminal, say

__all__ = ["NoInputError", "announce", "anything", "check_open", "nothing_said", "utf8_lines"]

_Batch = TypeVar("_Batch")
_DATA = "name a file in place of -, or send the data to standard input"


class NoInputError(TextrepError):
    """Standard input was to be read, and is closed, or holds nothing."""


class _NotUtf8Error(TextrepError):
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


def anything(batches: Iterable[_Batch], what: str, remedy: str) -> Iterator[_Batch]:
    """Yield what comes of standard input; refuse it if that is nothing. The parameters are those of `check_open`."""
    check_open(what, remedy)
    found = False
    for batch in batches:
        found = found or bool(batch)
        yield batch
    if not found:
        raise NoInputError(f"no {what} given: there is none on standard input; {remedy}")


def announce(files: Sequence[str]) -> None:
    """Before data are read: refuse ``-`` where standard input is closed, and tell a person at a terminal to type."""
    if "-" in files:
        check_open("data", _DATA)
        if is_terminal(sys.stdin):
            say("Reading what is typed here; Ctrl-D ends.", prefix="")


@contextlib.contextmanager
def nothing_said() -> Iterator[None]:
    """Say how to give data where the library finds none on standard input."""
    try:
        yield
    except TextrepError as error:
        if not str(error).startswith("standard input: no "):
            raise
        raise NoInputError(f"{error}; {_DATA}") from error


def utf8_lines() -> Iterator[list[str]]:
    """Yield the lines of standard input as they come in.

    Raises
    ------
    TextrepError
        If it is not UTF-8: names the line and the byte.
    """
    from textrep.corpus import incoming, incoming_lines

    try:
        for _, lines in incoming_lines(incoming(), "standard input", "utf-8", "strict"):
            yield lines
    except EncodingError as error:
        # The library's remedy is to name the encoding, which these commands have no option for.
        where = str(error).partition(". Pass its encoding")[0].replace(" of the file", "")
        raise _NotUtf8Error(f"{where}. Turn it into UTF-8 first: iconv -f cp949 -t utf-8, for one") from error
