"""What a run leaves: a Markdown table (also within README.md) and a JSON file with the machine and the versions."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from .rows import Row

__all__ = ["machine", "markdown_table", "rewritten", "versions"]

_HEAD = ("", "textrep", "peer", "ratio or difference", "target", "met")
_PACKAGES = ("textrep", "numpy", "numba", "scipy", "scikit-learn", "gensim", "fasttext", "faiss-cpu", "torch")


def markdown_table(rows: Iterable[Row], notes: Sequence[str] = ()) -> str:
    """Return a table of rows, numbers to the right, and the notes as paragraphs below it."""
    lines = [_line(_HEAD), _line(("---", "---:", "---:", "---:", "---:", "---"))]
    lines += [_line(row.cells()) for row in rows]
    return "\n".join(lines) + "\n" + "".join(f"\n{note}\n" for note in notes)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def rewritten(text: str, name: str, content: str) -> str:
    """Return a document with new content between ``<!-- benchmark:NAME begin -->`` and ``<!-- benchmark:NAME end -->``.

    Raises
    ------
    ValueError
        Unless each of the two markers is there once, in this order.
    """
    begin, end = f"<!-- benchmark:{name} begin -->", f"<!-- benchmark:{name} end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"the markers {begin} and {end} must be there once each, in this order")
    return f"{text[: text.index(begin)]}{begin}\n{content.strip()}\n{text[text.index(end) :]}"


def machine() -> dict[str, object]:
    """Return what the speeds depend on."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": _cpu(),
        "cores": affinity,
        "memory_gib": round(memory, 1),
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that take part."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
