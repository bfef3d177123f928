"""How neighbours are shown: tables for people, of documents with how each begins, and JSON for programs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .console import bold, columns, is_terminal, printable, put

if TYPE_CHECKING:
    from textrep import EmbeddingStore, Neighbour

__all__ = ["Tables", "as_json", "show"]

_WIDTH = 80  # cells of a document's text, where no terminal says what fits
_LEAST = 20


class Tables:
    """Shows the neighbours of one query after the other, with an empty line between them.

    Parameters
    ----------
    store : EmbeddingStore
        The store that is asked.
    headings : bool
        Whether each query stands above its neighbours.
    """

    def __init__(self, store: EmbeddingStore, *, headings: bool) -> None:
        self._store = store
        self._headings = headings
        self._shown = 0

    def __call__(self, query: str, neighbours: Sequence[Neighbour]) -> None:
        """Show those of a query."""
        if self._shown:
            put()
        self._shown += 1
        if self._headings:
            put(bold(printable(query)))
        show(self._store, neighbours)


def show(store: EmbeddingStore, neighbours: Sequence[Neighbour]) -> None:
    """Write neighbours as a table; those that are documents with how each begins."""
    lines = columns([(key, f"{score:.4f}") for key, score in neighbours], indent="  ", numbers=True)
    if store.texts is not None:
        lines = _beside(lines, [_text(store, key) for key, _ in neighbours])
    for line in lines:
        put(line)


def _beside(lines: list[str], texts: list[str]) -> list[str]:
    """Put a text at the end of each line, as much of it as fits into a line of the terminal."""
    from rich.cells import cell_len

    left = _WIDTH
    if lines and is_terminal(sys.stdout):
        left = max(_LEAST, shutil.get_terminal_size().columns - cell_len(lines[0]) - 3)
    shown = (printable(" ".join(text.split())) for text in texts)
    return [f"{line}  {_cut(text, left)}".rstrip() for line, text in zip(lines, shown, strict=True)]


def _cut(text: str, width: int) -> str:
    """Return how a text begins, in a number of cells of a terminal: Korean letters take two."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 3).rstrip()}..."


def as_json(store: EmbeddingStore, query: str | list[str], neighbours: Sequence[Neighbour]) -> dict[str, Any]:
    """Return a query and its neighbours as JSON values; of documents also how each begins."""
    found: list[dict[str, Any]] = [{"key": key, "score": score} for key, score in neighbours]
    if store.texts is not None:
        for each in found:
            each["text"] = _text(store, each["key"])
    return {"query": query, "neighbours": found}


def _text(store: EmbeddingStore, key: str) -> str:
    assert store.texts is not None
    return store.texts[store.keys.find(key)]
