"""textrep where nobody reads all it writes, and on terminals that are narrow or take no colours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from cli_helpers import environment
from rich.cells import cell_len
from several import parted, run_several, write_files
from textrep_cli.app import textrep as app

import textrep

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose answers do not fit into a pipe, and the words to ask it."""
    folder = tmp_path_factory.mktemp("large")
    words = [f"w{i}" for i in range(3000)]
    vectors = np.random.default_rng(1).normal(size=(len(words), 8)).astype(np.float32)
    textrep.EmbeddingStore.from_vectors(words, vectors).save(folder / "large.textrep")
    (folder / "words.txt").write_text("\n".join(words))
    return folder


@posix
@pytest.mark.parametrize(
    ("command", "first"),
    [
        ("similar large.textrep w1 -k 2999", r" *w\d+ +0\.\d{4}"),
        ("similar large.textrep < words.txt", "w0"),
        pytest.param("similar large.textrep --json < words.txt", r"\[", marks=pytest.mark.slow),
        ("vector large.textrep < words.txt", r"w0( -?\d[\d.e-]*){8}"),
        ("--help", r"Usage: textrep \[OPTIONS\] .*"),
    ],
)
def test_head_has_its_line_and_nobody_complains(large: Path, command: str, first: str) -> None:
    script = f"{sys.executable} -m textrep {command} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=large, env=environment(), capture_output=True, text=True)
    line, code = done.stdout.splitlines()
    assert re.fullmatch(first, line)
    assert (code, done.stderr) == ("0", "")


@pytest.mark.parametrize("width", [1, 60, 300])
def test_help_fits_into_terminals_of_any_width(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Click takes 50 columns at least; choices stay together, and examples are whole lines to be copied."""
    monkeypatch.setenv("COLUMNS", str(width))
    for path, command in commands(app):
        text, _, _ = command.get_help(click.Context(command, **app.context_settings)).partition("\n  Example")
        options = {option for param in command.params for option in param.opts if option[0] == "-"}
        assert options <= set(re.findall(r"(?<![\w-])--?\w[\w-]*", text)), path
        too_long = [line for line in text.splitlines() if len(line) > max(50, min(width, 100))]
        assert [line for line in too_long if not re.fullmatch(r"  --?[\w-]+ \S+", line)] == [], path


@posix
def test_the_progress_bar_stays_on_the_line_of_a_narrow_terminal(tmp_path: Path) -> None:
    import pty

    (tmp_path / "corpus.txt").write_text("the cat sat on the mat and the dog sat on the cat\n" * 30_000)
    master, end = pty.openpty()
    command = [sys.executable, "-m", "textrep", "embed", "corpus.txt", "--epochs", "3", "--vector-size", "10"]
    env = environment(TERM="xterm", COLUMNS="30", NO_COLOR="1")
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=end, env=env) as process:
        os.close(end)
        shown = b""
        try:
            while data := os.read(master, 1 << 16):
                shown += data
        except OSError:  # the other end is closed
            pass
    os.close(master)
    assert process.returncode == 0
    assert not re.search(rb"\x1b\[[0-9;]*m", shown)  # NO_COLOR: the cursor is moved, and nothing coloured
    lines = re.split(r"[\r\n]+", re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown).decode())
    bars = [line for line in lines if "words/s" in line]
    assert bars
    assert max(map(cell_len, bars)) <= 30


QUICK = "--jobs 1 --seed 1"
PRINTING = [
    f"embed corpus.txt --sample 0 --vector-size 4 --epochs 1 {QUICK} -o trained.textrep",
    "similar words.textrep king",
    "similar words.textrep king man",
    "similar words.textrep king --json",
    "similar documents.textrep --text cat",
    "analogy words.textrep king man queen",
    "vector words.textrep king man",
    "vector words.textrep king --json",
    "info words.textrep",
    "info reviews-classifier.textrep",
    "convert words.textrep out.vec",
    "score words.textrep pairs.tsv",
    "score words.textrep pairs.tsv --json",
    "classify train reviews.tsv --max-epochs 1 --vector-size 2 --hidden-size 2 --device cpu",
    "classify predict reviews-classifier.textrep --text film",
    "classify evaluate reviews-classifier.textrep reviews.tsv",
    "tag train names.conll --max-epochs 1 --vector-size 2 --hidden-size 2 --device cpu",
    "tag predict names-tagger.textrep --text Ann",
    "tag evaluate names-tagger.textrep names.conll",
]
WITHOUT_TORCH = [line for line in PRINTING if not line.startswith(("classify", "tag"))]  # which takes long to import


FEW = ["similar words.textrep king man", "vector words.textrep king man", "info words.textrep"]
some_and_all = pytest.mark.parametrize(
    "lines", [WITHOUT_TORCH, pytest.param(PRINTING, marks=pytest.mark.slow)], ids=["some", "all"]
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_files(folder)
    return folder


@pytest.fixture
def folder(files: Path, tmp_path: Path) -> Path:
    shutil.copytree(files, tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def piped(files: Path, tmp_path: Path, lines: list[str]) -> tuple[Path, subprocess.CompletedProcess]:
    """What commands print into a pipe that is read, and a folder with what they made."""
    made = tmp_path / "made"
    shutil.copytree(files, made)
    return made, run_several(lines, made)


def test_every_command_that_prints_is_tried_here() -> None:
    names = {" ".join(path) for path, command in commands(app) if not isinstance(command, click.Group)}
    tried = {name for name in names if any(line.startswith(f"{name} ") for line in PRINTING)}
    assert names - tried == {"plot"}, "which writes a file and nothing else"


@posix
@some_and_all
def test_with_nobody_reading_commands_end_well_and_make_their_files(
    lines: list[str], piped: tuple[Path, subprocess.CompletedProcess], folder: Path
) -> None:
    """As ``| head -1`` does with them when it is quicker than they are."""
    made, read = piped
    assert [line for line, (code, said) in parted(read.stdout, lines).items() if code or not said] == []
    unread = run_several(lines, folder, PIPE="closed")
    assert parted(unread.stderr, lines) == parted(read.stderr, lines)
    names = {path.name for path in made.iterdir()}
    assert {path.name for path in folder.iterdir()} == names >= {"trained.textrep", "out.vec"}


def on_a_terminal(columns: int, lines: list[str], folder: Path, **env: str | None) -> str:
    """What commands print on a terminal of some columns."""
    import pty
    import termios

    master, end = pty.openpty()
    termios.tcsetwinsize(end, (24, columns))
    shown = []

    def read() -> None:
        try:
            while data := os.read(master, 1 << 16):
                shown.append(data)
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    try:
        run_several(lines, folder, stdout=end, **{"TERM": "xterm", "COLUMNS": None, "NO_COLOR": None} | env)
    finally:
        os.close(end)
        reader.join()
        os.close(master)
    return b"".join(shown).decode().replace("\r\n", "\n")


@posix
@pytest.mark.parametrize("lines", [FEW, pytest.param(PRINTING, marks=pytest.mark.slow)], ids=["few", "all"])
def test_a_narrow_terminal_shows_all_that_a_pipe_gets(
    lines: list[str], piped: tuple[Path, subprocess.CompletedProcess], folder: Path
) -> None:
    """Nothing is wrapped or cut by textrep, and nothing coloured with NO_COLOR."""
    assert parted(on_a_terminal(20, lines, folder, NO_COLOR="1"), lines) == parted(piped[1].stdout, lines)


@posix
def test_headings_are_bold_on_a_terminal_that_can_show_it(folder: Path) -> None:
    lines = ["similar words.textrep king man"]
    assert "\x1b[1mking\x1b[0m\n" in on_a_terminal(80, lines, folder)
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": None}):
        assert "\x1b" not in on_a_terminal(80, lines, folder, **plain)


@pytest.mark.slow
@posix
def test_long_texts_are_cut_to_the_terminal_and_words_never(tmp_path: Path) -> None:
    texts = ["고양이와 강아지가 함께 마당에서 뛰어놀았다 " * 3, "a" * 70, "the cat sat on the mat " * 4]
    textrep.embed_documents(texts).save(tmp_path / "documents.textrep")
    word = "incomprehensibilities" * 2
    textrep.EmbeddingStore.from_vectors(["cat", word], np.eye(2)).save(tmp_path / "words.textrep")
    lines = ["similar documents.textrep --text cat", "similar words.textrep cat"]
    found = parted(on_a_terminal(20, lines, tmp_path), lines)
    neighbours = found[lines[0]][1].splitlines()
    assert len(neighbours) == 3
    assert all(line.endswith("...") for line in neighbours)
    assert max(map(cell_len, neighbours)) <= 40, "as many cells as a text has at least, and its number and score"
    assert found[lines[1]] == (0, f"  {word}  0.0000\n")
