"""Labels of the data that a model cannot give: named on stderr, the first few with the place where they are first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from .console import say
from .units import count

__all__ = ["name_unknown"]

_SHOWN = 5  # labels, at most


def name_unknown(
    classes: Iterable[Any],
    labels: Iterable[tuple[str, tuple[int, ...]]],
    place: Callable[..., str],
    model: Path,
    *,
    what: tuple[str, str],
    among: tuple[str, str],
) -> None:
    """Say which labels of the data the model cannot give.

    Parameters
    ----------
    classes : iterable
        What the model can give.
    labels : iterable of (str, tuple of int)
        The labels of the data, each with what `place` takes.
    place : callable
        Says where a label stands: ``"test.tsv, line 7"``.
    model : Path
        The file of the model.
    what : (str, str)
        What one label is called, and several: ``("class", "classes")``.
    among : (str, str)
        What has a label, and the preposition before it: ``("in", "document")``.
    """
    known = set(map(str, classes))
    first: dict[str, tuple[int, ...]] = {}
    counts = Counter[str]()
    for label, at in labels:
        if label not in known:
            first.setdefault(label, at)
            counts[label] += 1
    preposition, thing = among
    for label in list(first)[:_SHOWN]:
        say(
            f"{place(*first[label])}: the {what[0]} {label!r} is none of {model}; it counts as wrong, "
            f"{preposition} {count(counts[label], thing)}"
        )
    rest = list(first)[_SHOWN:]
    if rest:
        n = count(sum(counts[label] for label in rest), thing)
        say(f"and {len(rest):,} more {what[len(rest) > 1]} unknown to {model}, {preposition} {n}")
