"""Two ways to run textrep: in this process, and in one of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result
from textrep_cli.app import textrep as app

CORPORA = Path(__file__).parents[2] / "corpora"
COMMAND = [sys.executable, "-m", "textrep"]


def environment(**changes: str | None) -> dict[str, str]:
    """This process's environment without what changes the output of programs."""
    plain = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "TEXTREP_DEBUG")}
    changed = {**plain, **changes}
    return {name: value for name, value in changed.items() if value is not None}


def run(*args: object, cwd: Path | None = None, env: dict[str, str | None] | None = None, stdin: bytes = b""):
    """Run textrep in a process; stdout and stderr are bytes."""
    return subprocess.run(
        [*COMMAND, *map(str, args)],
        cwd=cwd,
        env=environment(**(env or {})),
        input=stdin,
        capture_output=True,
        timeout=120,
    )


def invoke(*args: object, stdin: str | bytes | None = None) -> Result:
    """Run textrep in this process."""
    return CliRunner().invoke(app, [str(arg) for arg in args], input=stdin, prog_name="textrep")


def narrow(report: str) -> str:
    """A report whose columns have two spaces between them."""
    return re.sub(" {2,}", "  ", report)


def head(name: str, n_bytes: int) -> str:
    """The first lines of a corpus."""
    return (CORPORA / name).read_bytes()[:n_bytes].rpartition(b"\n")[0].decode() + "\n"


def names_in(folder: Path) -> list[str]:
    """Names of all that lies in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())
