"""What a run leaves: its rows in a Markdown table and a JSON file, with the machine, the versions and the commit.

`new_record` and `measure` are for the suites; `table_of` renders the records of one or several of their runs.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .processes import ROOT
from .rows import Row, cells

__all__ = [
    "add_output_options",
    "chosen",
    "commit",
    "machine",
    "markdown_table",
    "measure",
    "new_record",
    "refuse_missing",
    "rewritten",
    "shown_command",
    "table_of",
    "versions",
]

_HEAD = ("", "textrep", "peer", "ratio or difference", "target", "met")
_PACKAGES = (
    "textrep",
    "numpy",
    "numba",
    "scipy",
    "scikit-learn",
    "gensim",
    "fasttext",
    "faiss-cpu",
    "usearch",
    "torch",
)
_WRITTEN = ("README.md", "tests/benchmarks/results.json", "tests/benchmarks/results.md")  # by runs themselves


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Let a suite be told where its results are wanted, besides on stdout."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything here")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table here")


def chosen(parser: argparse.ArgumentParser, option: str, text: str, known: Collection[str]) -> list[str]:
    """Return the names in a list parted by commas, or end the program at one that is not known."""
    names = text.split(",")
    if unknown := [name for name in names if name not in known]:
        parser.error(f"{option} {unknown[0]!r} is not one of {', '.join(known)}")
    return names


def refuse_missing(parser: argparse.ArgumentParser, modules: Mapping[str, str]) -> None:
    """End the program if a module of a package is not installed."""
    if missing := sorted(package for module, package in modules.items() if importlib.util.find_spec(module) is None):
        parser.error(f"{', '.join(missing)} not installed, but needed; run: pip install -e '.[dev]'")


def new_record(
    suite: str, arguments: Sequence[str] | None, packages: Sequence[str], about: str, settings: Any
) -> dict[str, Any]:
    """Return what a run has to say of itself before it has measured anything, as JSON values.

    Parameters
    ----------
    suite : str
        The module.
    arguments : sequence of str, optional
        The command line, if not that of the process.
    packages : sequence of str
        Those whose versions stand below the table; the record has more.
    about : str
        Corpus, hyper-parameters and method, for below the table.
    settings : JSON values
        What everything was given.
    """
    return {
        "suite": suite,
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "command": shown_command(suite, sys.argv[1:] if arguments is None else arguments),
        "machine": machine(),
        "load_average_before": os.getloadavg(),
        "versions": versions(),
        "packages": list(packages),
        "about": about,
        "settings": settings,
        "seconds": {},
        "rows": [],
    }


def measure(record: dict[str, Any], sets: Iterable[tuple[str, Iterable[Row]]], options: argparse.Namespace) -> None:
    """Take the rows of each set as they are measured, write the files asked for after every set, and print the table.

    A file that is not there ends the program with a message.
    """
    for name, rows in sets:
        start = time.perf_counter()
        print(name, file=sys.stderr, flush=True)
        measured = []
        try:
            for row in rows:
                measured.append({"set": name, **row.to_dict()})
                print("  " + " | ".join(row.cells()), file=sys.stderr, flush=True)
        except FileNotFoundError as error:
            sys.exit(f"error: {error}")
        record["rows"] += measured
        record["seconds"][name] = round(time.perf_counter() - start, 1)
        if options.json is not None:
            text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
            options.json.write_text(text + "\n", encoding="utf-8")
        if options.markdown is not None:
            options.markdown.write_text(table_of([record]), encoding="utf-8")
    print(table_of([record]))


def table_of(records: Sequence[Mapping[str, Any]], order: Sequence[str] = ()) -> str:
    """Return a table of the rows of some records, the sets in this order, and below it how they came about.

    Records of the same machine, versions and method share a paragraph.
    """
    place = {name: i for i, name in enumerate(order)}
    rows = [row for record in records for row in record["rows"]]
    rows.sort(key=lambda row: place.get(row["set"], len(place)))
    commands: dict[tuple[str, str], list[str]] = {}  # (where, about) -> commands
    for record in records:
        commit = f", commit {record['commit']}" if record["commit"] else ""
        command = f"`{record['command']}` ({record['date']}{commit})"
        commands.setdefault((_where(record), record["about"]), []).append(command)
    notes = [f"{', '.join(made)} on {where}. {about}" for (where, about), made in commands.items()]
    return markdown_table(rows, notes)


def _where(record: Mapping[str, Any]) -> str:
    made_on, found = record["machine"], record["versions"]
    memory = f", {made_on['memory_gib']} GiB" if made_on["memory_gib"] else ""
    packages = ", ".join(f"{name} {found[name]}" for name in ("python", *record["packages"]))
    return f"{made_on['cpu']}, {made_on['cores']} cores{memory}; {packages}"


def markdown_table(rows: Iterable[Row | Mapping[str, Any]], notes: Sequence[str] = ()) -> str:
    """Return a table of rows, numbers to the right, and the notes as paragraphs below it."""
    lines = [_line(_HEAD), _line(("---", "---:", "---:", "---:", "---:", "---"))]
    lines += [_line(row.cells() if isinstance(row, Row) else cells(row)) for row in rows]
    return "\n".join(lines) + "\n" + "".join(f"\n{note}\n" for note in notes)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def shown_command(suite: str, arguments: Sequence[str]) -> str:
    """Return the command line of a suite without the folders of this machine."""
    shown = [re.sub(r"(^|=)/.*/", r"\1", part.rstrip("/")) for part in arguments]
    return shlex.join(["python", "-m", f"tests.benchmarks.{suite}", *shown])


def commit() -> str | None:
    """Return what the checkout is at, ``9e8a9c7 and changes`` if files differ from it; None outside a checkout."""
    changed = ["status", "--porcelain", "--untracked-files=no", "--", ".", *(f":(exclude){name}" for name in _WRITTEN)]
    found = []
    for arguments in (["rev-parse", "--short=7", "HEAD"], changed):
        try:
            done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        found.append(done.stdout.strip())
    return found[0] + (" and changes" if found[1] else "")


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
