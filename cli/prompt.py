"""Questions typed at a terminal, one after the other."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

from textrep.errors import UnknownWordError
from textrep.shown import shown

from .console import flush, is_terminal, say
from .words import QueryError

__all__ = ["ask"]

_PROMPT = "> "


def ask(about: str, answer: Callable[[str], None], *, what: str = "word") -> None:
    """Answer words until an empty line or Ctrl-D; what is wrong with a word is said, and the next one awaited.

    Parameters
    ----------
    about : str
        What is being asked, for the greeting.
    answer : callable
        Given a word, writes the answer to stdout.
    what : str
        What to type.
    """
    with contextlib.suppress(ImportError):  # not on every system: line editing, and earlier words by arrow up
        import readline  # noqa: F401
    say(f"{about}. Type a {what}; an empty line or Ctrl-D ends.", prefix="")
    while True:
        try:
            word = _read()
        except EOFError:
            say("", prefix="")
            return
        except KeyboardInterrupt:
            say("", prefix="")  # ends the line of the prompt
            raise
        if not word:
            return
        if not word.isascii() and any("\udc80" <= letter <= "\udcff" for letter in word):
            encoding = getattr(sys.stdin, "encoding", None) or "utf-8"
            line = word.encode(encoding, "surrogateescape")
            say(f"The line is not valid {encoding.upper()}, and not asked: {shown(line)}.", prefix="")
            continue
        try:
            answer(word)
        except (QueryError, UnknownWordError) as error:
            say(str(error), prefix="")
        flush()


def _read() -> str:
    if is_terminal(sys.stdout):
        return input(_PROMPT).strip()
    # `input` would write the prompt among the results.
    sys.stderr.write(_PROMPT)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()
