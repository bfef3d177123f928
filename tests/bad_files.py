"""What every test of bad files asks of the error: that it names the file and the byte where something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from textrep import FormatError

__all__ = ["place_in", "read_or_refused"]

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
