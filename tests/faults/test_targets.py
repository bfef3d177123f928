"""Targets that are no file to replace: folders, other files, links, pipes, devices, what cannot be written to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from commands import COMMANDS, Command, Place, check_whole
from processes import End, Forks

WRITERS = ["embed", "classify", "tag", "index"]  # fastText, GloVe and documents are written as `embed` writes


def run(name: str, target: Path, forks: Forks, place: Place) -> End:
    args = list(COMMANDS[name].args)
    if name == "index":
        args[1:] = ["{data}/vectors.textrep", "{target}", "--index", "--to", "textrep"]
    command = Command(tuple(args), COMMANDS[name].kind, COMMANDS[name].old)
    return forks.start(command.on(place.data, target), place.work, place.variables).end()


def check_refused(end: End, target: Path, why: str) -> None:
    assert (end.code, end.stdout) == (1, "")
    assert end.stderr.startswith(f"textrep: {target}")
    assert why in end.stderr
    assert end.stderr.count("\n") == 1


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_no_file_to_replace(name: str, forks: Forks, place: Place) -> None:
    folder, notes, pipe, other = (place.work / each for each in ("folder", "notes.textrep", "pipe", "other.textrep"))
    folder.mkdir()
    notes.write_text("important")
    os.mkfifo(pipe)
    other.write_bytes(
        (place.data / ("old.textrep" if name in ("classify", "tag") else "old-tagger.textrep")).read_bytes()
    )
    before = other.read_bytes()
    check_refused(run(name, folder, forks, place), folder, "exists and is not" if name == "index" else "is a folder")
    check_refused(run(name, notes, forks, place), notes, "is not a file that textrep saved")
    check_refused(run(name, pipe, forks, place), pipe, "no regular file")
    check_refused(run(name, other, forks, place), other, " is a ")
    for device in ("/dev/null", "/dev/full"):
        check_refused(run(name, Path(device), forks, place), Path(device), "no regular file")
        assert Path(device).is_char_device()
    assert (notes.read_text(), other.read_bytes()) == ("important", before)
    assert place.left("folder", "notes.textrep", "pipe", "other.textrep") == []


@pytest.mark.parametrize("name", WRITERS)
def test_folders_that_cannot_be_written_to(name: str, forks: Forks, place: Place) -> None:
    file = place.work / "file"
    file.write_text("no folder")
    for target in (file / "x.textrep", place.work / "none" / "x.textrep", Path("/proc/x.textrep")):
        end = run(name, target, forks, place)
        assert (end.code, end.stdout) == (1, "")
        assert end.stderr.startswith(f"textrep: {target}")
        assert "cannot be written" in end.stderr
        assert end.stderr.count("\n") == 1
    assert place.left("file") == []


@pytest.mark.parametrize("name", WRITERS)
def test_a_read_only_folder(name: str, forks: Forks, place: Place) -> None:
    command = COMMANDS[name]
    old = place.put_old(command)
    with read_only(place.work):
        end = run(name, place.target, forks, place)
    assert (end.code, end.stdout) == (1, "")
    assert end.stderr.startswith(f"textrep: {place.target}")
    assert "cannot be written" in end.stderr
    assert end.stderr.count("\n") == 1
    assert place.target.read_bytes() == old
    assert place.left() == []


@pytest.mark.parametrize("format_name", ["word2vec", "static"])
def test_other_formats(format_name: str, forks: Forks, place: Place) -> None:
    """What `convert` writes of a store: no foreign file is replaced, and nothing is left behind."""
    notes, folder, file = (place.work / each for each in ("notes.txt", "folder", "file"))
    notes.write_text("important")
    folder.mkdir()
    (folder / "notes.txt").write_text("important")
    file.write_text("no folder")

    def converted(target: Path) -> End:
        args = ["convert", place.data / "vectors.textrep", target, "--to", format_name]
        return forks.start(args, place.work, place.variables).end()

    for target in (notes, folder):
        check_refused(converted(target), target, "exists and is not overwritten")
    for target in (file / "new", place.work / "none" / "new", Path("/proc/new")):
        check_refused(converted(target), target, "cannot be written")
    with read_only(folder):
        check_refused(converted(folder / "new"), folder / "new", "cannot be written")
    assert (notes.read_text(), (folder / "notes.txt").read_text()) == ("important", "important")
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert place.left("notes.txt", "folder", "file") == []


class read_only:  # noqa: N801
    """A folder that nobody may write to, not even root: an immutable one, where the file system knows such."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        self._folder.chmod(0o555)
        if os.geteuid() == 0:
            try:
                done = subprocess.run(["chattr", "+i", self._folder], capture_output=True)
            except FileNotFoundError:
                pytest.skip("root may write anywhere, and there is no chattr")
            if done.returncode:
                pytest.skip("root may write anywhere, and this file system has no other way")

    def __exit__(self, *_: object) -> None:
        if os.geteuid() == 0:
            subprocess.run(["chattr", "-i", self._folder], capture_output=True, check=True)
        self._folder.chmod(0o755)


@pytest.mark.parametrize("exists", [True, False], ids=["link", "dangling-link"])
def test_links_are_written_through(exists: bool, forks: Forks, place: Place) -> None:
    command = COMMANDS["documents"]
    real = place.tmp / "real.textrep"
    place.target.symlink_to(real)
    if exists:
        place.put_old(command)
    end = run("documents", place.target, forks, place)
    assert (end.code, end.stderr) == (0, "")
    assert place.target.is_symlink()
    check_whole(real, command)
    assert place.left("real.textrep") == []


def test_a_link_to_itself(forks: Forks, place: Place) -> None:
    place.target.symlink_to(place.target)
    check_refused(run("documents", place.target, forks, place), place.target, "cannot be written")
    assert place.target.is_symlink()
    assert place.left() == []
