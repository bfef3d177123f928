"""Writing to people and programs: messages on stderr, results on stdout, whatever these are connected to."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, TextIO

from textrep.errors import TextrepError

__all__ = [
    "AnsweredError",
    "ClosedOutputError",
    "JsonList",
    "bold",
    "check_output",
    "columns",
    "flush",
    "is_terminal",
    "prepare_streams",
    "printable",
    "put",
    "put_json",
    "put_table",
    "say",
    "warnings_said",
]

_WIDEST = 60  # cells of a column; what is wider moves the rest of its own line alone


class AnsweredError(TextrepError):
    """Something is wrong with what was asked, and all the rest is answered: a list of results ends as it should."""


class ClosedOutputError(TextrepError):
    """The shell closed standard output (``>&-``), and results would be lost."""


class _ClosedOutput(io.TextIOBase):
    """In place of a standard output that is closed: refuses what is written to it; `place` takes anything."""

    encoding = "utf-8"

    def __init__(self, place: TextIO) -> None:
        self.place = place

    def write(self, text: str) -> int:  # noqa: ARG002
        raise ClosedOutputError(
            "standard output is closed, and results go there; send them to a file (> FILE), or away (> /dev/null)"
        )


def check_output(*, is_report: bool = False) -> None:
    """Refuse a standard output that is closed before any work is done; a mere report of what is done goes nowhere."""
    if isinstance(sys.stdout, _ClosedOutput):
        if not is_report:
            sys.stdout.write("")
        sys.stdout = sys.stdout.place


def prepare_streams() -> None:
    """Make stdout and stderr take any text, what the encoding lacks as an escape; and stdin any bytes."""
    _hold_descriptors()
    stdin: Any = sys.stdin
    if hasattr(stdin, "reconfigure"):
        with contextlib.suppress(OSError, ValueError):  # read from already, or closed
            stdin.reconfigure(errors="surrogateescape")  # the prompt says so of a line that is not valid
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell: >&-
            nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
            setattr(sys, name, _ClosedOutput(nowhere) if name == "stdout" else nowhere)
        elif hasattr(stream, "reconfigure"):
            if os.name == "nt" and not stream.isatty():
                stream.reconfigure(encoding="utf-8")
            stream.reconfigure(errors="backslashreplace")


def _hold_descriptors() -> None:
    """Open what the shell closed of descriptors 0 to 2, to nowhere.

    The next files to be opened would have these otherwise, and libraries in C write to 1 and 2 what they print.
    """
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # there may be no such device, as after chroot
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(descriptor, True)
        os.close(descriptor)


def say(message: str, *, prefix: str = "textrep: ") -> None:
    """Write one line to stderr. Nobody listening is no reason to fail."""
    line = " ".join(message.splitlines())
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"{prefix}{printable(line)}\n")
        sys.stderr.flush()


@contextlib.contextmanager
def warnings_said() -> Iterator[None]:
    """Say on stderr, in a line each, what the library warns of within the block, unless it ends with an exception."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        yield
    for message in dict.fromkeys(str(warning.message) for warning in warned if warning.category is UserWarning):
        say(message)


def put(text: str = "") -> None:
    """Write a line to stdout."""
    _write(f"{text}\n")


def flush() -> None:
    """Hand what was written to stdout to whoever reads it."""
    with _naming_stdout():
        sys.stdout.flush()


def _write(text: str) -> None:
    with _naming_stdout():
        sys.stdout.write(text)


@contextlib.contextmanager
def _naming_stdout() -> Iterator[None]:
    """Let an error say what it is about: a full disk behind ``> results.txt``, for one."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def put_json(value: Any) -> None:
    """Write a value as JSON to stdout."""
    put(_json(value, indent=2))


class JsonList:
    """Writes a JSON list to stdout, an item a line, each as soon as it is known.

    Used as a context; the list is closed when it ends without an exception, or with an `AnsweredError`.
    """

    def __init__(self) -> None:
        self._separator = "["

    def __enter__(self) -> JsonList:
        return self

    def add(self, item: Any) -> None:
        """Write an item."""
        _write(f"{self._separator}\n{_json(item)}")
        self._separator = ","

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None or issubclass(kind, AnsweredError):
            put("[]" if self._separator == "[" else "\n]")


def _json(value: Any, indent: int | None = None) -> str:
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "").replace("_", "")
    return json.dumps(value, ensure_ascii=encoding != "utf8", allow_nan=False, indent=indent)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees this stream."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def bold(text: str) -> str:
    """Return `text` in bold if stdout is a terminal that takes colours and styles."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb" or os.name == "nt"
    return text if plain or not is_terminal(sys.stdout) else f"\x1b[1m{text}\x1b[0m"


def printable(text: str) -> str:
    r"""Return `text` with control characters escaped, so that data cannot command a terminal: ``"\n" -> r"\n"``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode() for c in text)


def columns(rows: Iterable[tuple[str, str]], *, indent: str = "", gap: str = "  ", numbers: bool = False) -> list[str]:
    """Return printable lines with the second parts aligned, in cells of a terminal: Korean letters take two.

    Parameters
    ----------
    rows : iterable of (str, str)
        First and second part of each line.
    indent, gap : str
        What to put before, and at least between them.
    numbers : bool
        Whether second parts are aligned at their right.
    """
    from rich.cells import cell_len

    table = [(printable(first), printable(second)) for first, second in rows]
    width = min(_WIDEST, max((cell_len(first) for first, _ in table), default=0))
    right = max((len(second) for _, second in table), default=0) if numbers else 0
    padded = ((f"{first}{' ' * (width - cell_len(first))}", f"{second:>{right}}") for first, second in table)
    return [f"{indent}{first}{gap}{second}".rstrip() for first, second in padded]


def put_table(rows: Sequence[Sequence[str]], *, left: int = 1) -> None:
    """Write lines with their cells in columns, as wide as they are on a terminal; the first line is a heading.

    Parameters
    ----------
    rows : sequence of sequences of str
        The cells of each line, as many in each.
    left : int
        How many columns are aligned at their left; the others, which hold numbers, at their right.
    """
    from rich.cells import cell_len

    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [min(_WIDEST, max(map(cell_len, column))) for column in zip(*cells, strict=True)]

    def padded(i: int, cell: str) -> str:
        space = " " * (widths[i] - cell_len(cell))
        return cell + space if i < left else space + cell

    for row_number, row in enumerate(cells):
        line = "  ".join(padded(i, cell) for i, cell in enumerate(row)).rstrip()
        put(line if row_number else bold(line))
