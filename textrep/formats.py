"""Formats of vector files: which one a file has, which one a name asks for, and what may be replaced.

`EmbeddingStore.load` and `EmbeddingStore.export` are enough to read and write; this is for programs that, as
``textrep convert`` does, tell their users beforehand what will happen.
"""

from __future__ import annotations

from textrep.store.formats.base import Format
from textrep.store.formats.registry import (
    check_replaceable,
    detect,
    format_for_writing,
    format_named,
    not_read,
    undecided,
)
from textrep.store.formats.static import sizes_of

__all__ = [
    "Format",
    "check_replaceable",
    "detect",
    "format_for_writing",
    "format_named",
    "not_read",
    "sizes_of",
    "undecided",
]
