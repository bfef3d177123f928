"""A row of a benchmark: ours, the peer's, how they compare, and whether that meets the target.

`Row` is what a suite measures; as JSON values it goes to a file, and `cells` makes texts of it, now or years later.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Row", "cells", "difference_row", "growth_row", "limit_row", "rate_row", "score_row", "time_row"]

_DIGITS = {  # unit -> decimals shown
    "words/s": 0,
    "sentences/s": 0,
    "documents/s": 0,
    "MB/s": 2,
    "s": 2,
    "ms": 3,
    "MiB": 0,
    "correlation": 4,
    "share": 4,
    "questions": 0,
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison.

    Parameters
    ----------
    name, unit : str
        What was measured, and in what.
    ours, peer : float
        The values compared; no peer where an absolute value has a limit.
    peer_name : str
        Whose value `peer` is.
    measure : {"ratio", "difference", "value"}
        What `result` is.
    result : float
        What the target is held against.
    at_least, at_most : float, optional
        The target; neither for a row without one.
    method : str
        How the values came about.
    runs : dict of list of float
        All single values behind `ours` and `peer`.
    """

    name: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str = ""
    measure: str
    result: float
    at_least: float | None = None
    at_most: float | None = None
    method: str = ""
    runs: dict[str, list[float]] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target. NaN meets none."""
        if self.at_least is not None:
            return self.result >= self.at_least
        return None if self.at_most is None else self.result <= self.at_most

    @property
    def target(self) -> str:
        """The target as text: ``>= 8x``."""
        if self.at_least is not None:
            return f">= {self._wanted(self.at_least)}"
        return "" if self.at_most is None else f"<= {self._wanted(self.at_most)}"

    def cells(self) -> list[str]:
        """Return the row as texts: name, ours, peer, result, target, met."""
        return cells(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON values: NaN becomes None."""
        values: dict[str, Any] = {
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "peer": self.peer,
            "peer_name": self.peer_name or None,
            "measure": self.measure,
            "ratio": self.result if self.measure == "ratio" else None,
            "difference": self.result if self.measure == "difference" else None,
            "target": self.target or None,
            "met": self.met,
            "method": self.method,
        }
        plain = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
        runs = {who: [v if math.isfinite(v) else None for v in run] for who, run in self.runs.items()}
        return plain | {"runs": runs}

    def _wanted(self, value: float) -> str:
        after = {"ratio": "x", "difference": ""}.get(self.measure, f" {self.unit}")
        return f"{value:g}{after}"


def cells(values: Mapping[str, Any]) -> list[str]:
    """Return a row, as `Row.to_dict` gives it, as texts: name, ours, peer, result, target, met."""

    def number(value: float | None, form: str) -> str:
        return "nan" if value is None else f"{value:{form}}"

    form = f",.{_DIGITS[values['unit']]}f"
    peer_name = values["peer_name"]
    result = {
        "ratio": lambda: f"{number(values['ratio'], '.2f')}x",
        "difference": lambda: number(values["difference"], "+.4f"),
        "value": lambda: "",
    }[values["measure"]]()
    return [
        f"{values['name']}, {values['unit']}",
        number(values["ours"], form),
        f"{number(values['peer'], form)} ({peer_name})" if peer_name else "",
        result,
        values["target"] or "",
        {True: "yes", False: "no", None: ""}[values["met"]],
    ]


def rate_row(name: str, ours: Sequence[float], peer: Sequence[float], *, unit: str = "words/s", **rest: Any) -> Row:
    """Compare the medians of speeds, where more is better."""
    return _compared(name, unit, ours, peer, statistics.median(ours) / statistics.median(peer), **rest)


def time_row(name: str, ours: Sequence[float], peer: Sequence[float], *, unit: str = "s", **rest: Any) -> Row:
    """Compare the medians of durations: the ratio says how many times longer the peer takes."""
    return _compared(name, unit, ours, peer, statistics.median(peer) / statistics.median(ours), **rest)


def growth_row(name: str, ours: Sequence[float], peer: Sequence[float], *, unit: str = "MiB", **rest: Any) -> Row:
    """Compare the medians of sizes: the ratio says how many times the peer's size ours is."""
    return rate_row(name, ours, peer, unit=unit, **rest)


def _compared(name: str, unit: str, ours: Sequence[float], peer: Sequence[float], ratio: float, **rest: Any) -> Row:
    return Row(
        name=name,
        unit=unit,
        ours=statistics.median(ours),
        peer=statistics.median(peer),
        measure="ratio",
        result=ratio,
        runs={"ours": list(ours), "peer": list(peer)},
        **rest,
    )


def difference_row(name: str, ours: Sequence[float], peer: Sequence[float], *, unit: str, **rest: Any) -> Row:
    """Compare the means of scores: ours minus the peer's."""
    a, b = statistics.fmean(ours), statistics.fmean(peer)
    runs = {"ours": list(ours), "peer": list(peer)}
    return Row(name=name, unit=unit, ours=a, peer=b, measure="difference", result=a - b, runs=runs, **rest)


def limit_row(name: str, ours: Sequence[float], *, unit: str = "s", **rest: Any) -> Row:
    """Hold the median of values against a limit."""
    value = statistics.median(ours)
    return Row(name=name, unit=unit, ours=value, measure="value", result=value, runs={"ours": list(ours)}, **rest)


def score_row(name: str, ours: Sequence[float], *, unit: str, **rest: Any) -> Row:
    """Hold the mean of scores against a limit."""
    value = statistics.fmean(ours)
    return Row(name=name, unit=unit, ours=value, measure="value", result=value, runs={"ours": list(ours)}, **rest)
