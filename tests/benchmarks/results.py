"""The results of all suites: one JSON file, and the Markdown that it renders to, which README.md repeats.

A file of results has, for each suite, the records of the runs that its rows come from. A new record takes the place of
the rows of its sets; all others stay, so that what takes long need not be measured again: every table says when and at
which commit its rows were made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .processes import ROOT
from .report import rewritten, table_of
from .suites import SUITES

__all__ = ["JSON", "MARKDOWN", "README", "Results", "merged", "read_results", "rendered", "write_results"]

JSON = Path(__file__).with_name("results.json")
MARKDOWN = Path(__file__).with_name("results.md")
README = ROOT / "README.md"

_MARKERS = "results"

Results = dict[str, list[dict[str, Any]]]  # suite -> records, the earliest first


def read_results(path: Path) -> Results:
    """Return the results in a file; none if there is no such file."""
    results: Results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return results


def merged(results: Mapping[str, list[dict[str, Any]]], record: Mapping[str, Any]) -> Results:
    """Return results in which the rows of a record stand in place of earlier ones of the same suite and sets."""
    measured = {row["set"] for row in record["rows"]}
    kept = []
    for earlier in results.get(record["suite"], []):
        rows = [row for row in earlier["rows"] if row["set"] not in measured]
        if rows:
            seconds = {name: value for name, value in earlier["seconds"].items() if name not in measured}
            kept.append({**earlier, "seconds": seconds, "rows": rows})
    records = [*kept, dict(record)] if measured else kept
    found = {**results, record["suite"]: records}
    return {name: found[name] for name in SUITES if name in found}


def rendered(results: Mapping[str, list[dict[str, Any]]]) -> str:
    """Return results as Markdown: for each suite a heading, what it is, its table, and how the rows came about."""
    parts = [
        f"### {suite.title}\n\n{suite.text}\n\n{table_of(results[name], suite.sets)}"
        for name, suite in SUITES.items()
        if results.get(name)
    ]
    return "\n".join(parts)


def write_results(results: Results, path: Path | None, markdown: Path | None, readme: Path | None) -> None:
    """Write results as JSON, as Markdown, and between the markers of README.md, where wanted."""
    text = rendered(results)
    if path is not None:
        as_json = json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False)
        path.write_text(as_json + "\n", encoding="utf-8")
    if markdown is not None:
        markdown.write_text(text, encoding="utf-8")
    if readme is not None:
        whole = readme.read_text(encoding="utf-8")
        readme.write_text(rewritten(whole, _MARKERS, text), encoding="utf-8")
