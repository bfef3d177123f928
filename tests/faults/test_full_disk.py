"""A disk that is full: the message names the file and the reason, what was there stays, and nothing is left.

A process whose files may not grow beyond some bytes stands for the disk; its system refuses to write more, as a full
disk does.
"""

from __future__ import annotations

import re

import pytest
from commands import COMMANDS, Place
from processes import End, Forks, run_new

import textrep

# Where kernels do not lie in the cache yet: they are compiled, and there is no room for them either.
COMPILING = re.compile(r"^Compiling kernels .*\n", re.M)
NOT_KEPT = re.compile(
    r"^textrep: .*/kernels-[0-9a-f]{16}: compiled kernels cannot be kept \(File too large\); free space there\n", re.M
)


def refusal(end: End) -> str:
    """Return what a command said that failed, less what it said of kernels."""
    assert (end.code, end.stdout) == (1, "")
    return NOT_KEPT.sub("", COMPILING.sub("", end.stderr, count=1), count=1)


@pytest.mark.parametrize("name", sorted({*COMMANDS} - {"glove"}))
def test_no_room_for_the_file(name: str, forks: Forks, place: Place) -> None:
    command = COMMANDS[name]
    old = place.put_old(command)
    end = forks.start(command.on(place.data, place.target), place.work, place.variables, len(name) * 1000).end()
    assert refusal(end) == f"textrep: {place.target}: cannot be written: File too large\n"
    assert place.target.read_bytes() == old
    assert place.left() == []


@pytest.mark.parametrize(("n_bytes", "reason"), [(0, "No usable temporary directory"), (100_000, "File too large")])
def test_no_room_for_temporary_files(n_bytes: int, reason: str, forks: Forks, place: Place) -> None:
    command = COMMANDS["glove"]
    old = place.put_old(command)
    said = refusal(forks.start(command.on(place.data, place.target), place.work, place.variables, n_bytes).end())
    assert said.startswith("textrep: the temporary file for ")
    assert reason in said
    assert "set TMPDIR to a folder that has" in said
    assert said.count("\n") == 1
    assert n_bytes == 0 or str(place.tmp) in said
    assert place.target.read_bytes() == old
    assert place.left() == []


@pytest.mark.parametrize("ending", ["vec", "w2v", "glove.gz"])
def test_no_room_for_another_format(ending: str, forks: Forks, place: Place) -> None:
    target = place.work / f"vectors.{ending}"
    end = forks.start(["convert", place.data / "vectors.textrep", target], place.work, place.variables, 10_000).end()
    assert refusal(end) == f"textrep: {target}: cannot be written: File too large\n"
    assert place.left() == []


@pytest.mark.parametrize("n_bytes", [100, 50_000])
def test_no_room_for_a_folder(n_bytes: int, forks: Forks, place: Place) -> None:
    """Neither it, nor the hidden one that is written first."""
    target = place.work / "static"
    args = ["convert", place.data / "vectors.textrep", target, "--to", "static"]
    end = forks.start(args, place.work, place.variables, n_bytes).end()
    assert refusal(end) == f"textrep: {target}: cannot be written: File too large\n"
    assert place.left() == []


def test_no_room_for_kernels(place: Place) -> None:
    """What they are compiled for is done all the same; it is said once, not of each."""
    cache, vectors = place.tmp / "cache", place.work / "vectors.w2v"
    textrep.EmbeddingStore.from_vectors(["a", "b"], [[1.0, 2.0], [3.0, 4.0]]).export(vectors)
    variables = place.variables | {"NUMBA_CACHE_DIR": str(cache)}
    end = run_new(["convert", vectors, place.target], place.work, variables, file_size=10_000)
    (folder,) = cache.iterdir()
    assert end.code == 0
    assert end.stderr == (f"textrep: {folder}: compiled kernels cannot be kept (File too large); free space there\n")
    assert {path.suffix for path in folder.glob("*/*")} == {".nbi"}  # what says which there are, but none of them
    assert len([*folder.glob("*/*")]) > 1
    assert textrep.EmbeddingStore.open(place.target)["b"].tolist() == [3.0, 4.0]
