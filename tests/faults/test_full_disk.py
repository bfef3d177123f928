"""A disk that is full: the message names the file and the reason, what was there stays, and nothing is left.

A process whose files may not grow beyond some bytes stands for the disk; its system refuses to write more, as a full
disk does.
"""

from __future__ import annotations

import pytest
from commands import COMMANDS, Place
from processes import Forks


@pytest.mark.parametrize("name", sorted({*COMMANDS} - {"glove"}))
def test_no_room_for_the_file(name: str, forks: Forks, place: Place) -> None:
    command = COMMANDS[name]
    old = place.put_old(command)
    end = forks.start(command.on(place.data, place.target), place.work, place.variables, len(name) * 1000).end()
    assert (end.code, end.stdout) == (1, "")
    assert end.stderr == f"textrep: {place.target}: cannot be written: File too large\n"
    assert place.target.read_bytes() == old
    assert place.left() == []


@pytest.mark.parametrize(("n_bytes", "reason"), [(0, "No usable temporary directory"), (100_000, "File too large")])
def test_no_room_for_temporary_files(n_bytes: int, reason: str, forks: Forks, place: Place) -> None:
    command = COMMANDS["glove"]
    assert forks.start(command.on(place.data, place.target), place.work, place.variables).end().code == 0  # compiles
    old = place.put_old(command)
    end = forks.start(command.on(place.data, place.target), place.work, place.variables, n_bytes).end()
    assert (end.code, end.stdout) == (1, "")
    assert end.stderr.startswith("textrep: the temporary file for ")
    assert reason in end.stderr
    assert "set TMPDIR to a folder that has" in end.stderr
    assert end.stderr.count("\n") == 1
    assert n_bytes == 0 or str(place.tmp) in end.stderr
    assert place.target.read_bytes() == old
    assert place.left() == []


@pytest.mark.parametrize("ending", ["vec", "w2v", "glove.gz"])
def test_no_room_for_another_format(ending: str, forks: Forks, place: Place) -> None:
    target = place.work / f"vectors.{ending}"
    end = forks.start(["convert", place.data / "vectors.textrep", target], place.work, place.variables, 10_000).end()
    assert (end.code, end.stdout) == (1, "")
    assert end.stderr == f"textrep: {target}: cannot be written: File too large\n"
    assert place.left() == []


@pytest.mark.parametrize("n_bytes", [100, 50_000])
def test_no_room_for_a_folder(n_bytes: int, forks: Forks, place: Place) -> None:
    """Neither it, nor the hidden one that is written first."""
    target = place.work / "static"
    args = ["convert", place.data / "vectors.textrep", target, "--to", "static"]
    end = forks.start(args, place.work, place.variables, n_bytes).end()
    assert (end.code, end.stdout) == (1, "")
    assert end.stderr == f"textrep: {target}: cannot be written: File too large\n"
    assert place.left() == []
