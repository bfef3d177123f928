"""What tells rows of text from other text: used on the heads of files, before anything heavy is imported."""

from __future__ import annotations

import re
from collections import Counter

from textrep.store.formats.base import HEAD_SIZE

__all__ = ["dimensions", "first_lines", "is_not_finite", "is_number", "is_text"]

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = re.compile(rb"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_CONTROL = bytes({*range(9), *range(14, 32)})


def is_text(data: bytes) -> bool:
    """Whether there are none of the control characters that no text holds."""
    return len(data.translate(None, _CONTROL)) == len(data)


def is_number(text: bytes) -> bool:
    """Whether some bytes are what the readers take for a number, or what they refuse as not finite."""
    return bool(_NUMBER.fullmatch(text)) or is_not_finite(text)


def is_not_finite(text: bytes) -> bool:
    """Whether some bytes stand for NaN or infinity."""
    return bool(_NOT_FINITE.fullmatch(text))


def dimensions(lines: list[bytes]) -> int:
    """Return how many numbers most of the lines have after a word of one part; 0 if there are no lines.

    Of equally many the smaller one: a word of several parts makes its line longer.
    """
    counts = Counter(len(line.split()) - 1 for line in lines if line.strip())
    return max(counts, key=lambda dim: (counts[dim], -dim), default=0)


def first_lines(head: bytes, most: int) -> list[bytes]:
    """Return the first lines of a file; one that the end of a full head cuts short only if there is no other."""
    *lines, rest = head.split(b"\n", most)
    if len(lines) < most and (not lines or len(head) < HEAD_SIZE):
        lines.append(rest)
    return lines
