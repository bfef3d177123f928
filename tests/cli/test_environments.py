"""textrep where something is missing or forbidden: extras, a place to write, a wide terminal, a locale, a reader."""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from cli_helpers import environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rich.cells import cell_len
from textrep_cli.app import textrep as app

import textrep

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = {"textrep": ROOT / "textrep", "textrep_cli": ROOT / "cli"}
CORPUS = "the cat sat on the mat\nthe dog sat on the cat\n"

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


def required(names: list[str]) -> Iterator[importlib.metadata.Distribution]:
    """What some requirements install, and what that requires."""
    todo, seen = [Requirement(name) for name in names], set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if name not in seen and (not requirement.marker or requirement.marker.evaluate({"extra": ""})):
            seen.add(name)
            found = importlib.metadata.distribution(name)
            todo += [Requirement(line) for line in found.requires or ()]
            yield found


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages as ``pip install textrep`` makes it: links to what is required, without any extra.

    textrep itself is imported from the checkout, of which compiled kernels are kept.
    """
    site = tmp_path_factory.mktemp("bare")
    (site / "textrep_cli").symlink_to(PACKAGES["textrep_cli"])
    for distribution in required(PROJECT["dependencies"]):
        for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            (site / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())
    return site


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What commands work on, made with all extras."""
    folder = tmp_path_factory.mktemp("work")
    for name in ("corpus.txt", "corpus.parquet", "corpus.txt.zst"):
        (folder / name).write_text(CORPUS * 10)
    (folder / "reviews.tsv").write_text("good\ta good film\nbad\ta bad film\n" * 5)
    (folder / "names.conll").write_text("Ann B-PER\nsees O\n\n" * 5)
    (folder / "pairs.tsv").write_text("king\tqueen\t9\nman\twoman\t8\nking\tman\t1\n")
    vectors = [[1, 0.2], [1, 0.4], [0.2, 1], [0.4, 1]]
    store = textrep.EmbeddingStore.from_vectors(["king", "queen", "man", "woman"], vectors)
    store.save(folder / "words.textrep")
    store.build_index()
    store.save(folder / "indexed.textrep")
    quick = {"max_epochs": 1, "validation_fraction": 0.0, "vector_size": 2, "hidden_size": 2}
    classifier = textrep.RecurrentClassifier(**quick).fit(["a good film", "a bad film"] * 2, ["good", "bad"] * 2)
    classifier.save(folder / "reviews-classifier.textrep")
    tagger = textrep.RecurrentTagger(**quick).fit([["Ann", "sees"]] * 2, [["B-PER", "O"]] * 2)
    tagger.save(folder / "names-tagger.textrep")
    return folder


SCRIPT = """if True:
    import sys
    from textrep_cli.main import main
    for line in sys.argv[1:]:
        try:
            main(line.split())
        except SystemExit as end:
            print(f"[{end.code or 0}]", flush=True, file=sys.stderr)
"""


def without_extras(bare: Path, folder: Path, commands: list[str]) -> list[tuple[int, str]]:
    """Run commands in one process that sees no extra; exit code and stderr of each."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", SCRIPT, *commands],
        cwd=folder,
        env=environment(PYTHONPATH=f"{bare}{os.pathsep}{ROOT}"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    ends = re.findall(r"((?:.*\n)*?)\[(\d+)\]\n", done.stderr)
    assert len(ends) == len(commands), done.stderr
    return [(int(code), re.sub(r"^Compiling kernels .*\n", "", said, flags=re.M)) for said, code in ends]


NEEDING = {
    "embed corpus.txt --engine gensim": ("--engine gensim", "gensim", "gensim"),
    "embed corpus.txt --tokenizer kiwi": ("The tokenizer 'kiwi'", "kiwipiepy", "korean"),
    "embed corpus.parquet": ("Reading .parquet", "pyarrow", "parquet"),
    "embed corpus.txt.zst": ("Reading .zst", "zstandard", "zstd"),
    "convert words.textrep out.vec.zst": ("Writing .zst", "zstandard", "zstd"),
    "convert words.textrep out.textrep --index": ("--index", "usearch", "ann"),
    "similar indexed.textrep king --approximate": ("--approximate", "usearch", "ann"),
    "plot words.textrep": ("Drawing a picture", "matplotlib", "plot"),
    "plot words.textrep --neighbours king": ("Drawing a picture", "matplotlib", "plot"),
    "classify train reviews.tsv --model feedforward": ("textrep classify", "torch", "torch"),
    "classify train reviews.tsv --plot curve.png": ("textrep classify", "torch", "torch"),
    "classify predict reviews-classifier.textrep --text film": ("textrep classify", "torch", "torch"),
    "classify predict reviews-classifier.textrep corpus.parquet": ("textrep classify", "torch", "torch"),
    "classify evaluate reviews-classifier.textrep reviews.tsv": ("textrep classify", "torch", "torch"),
    "tag train names.conll": ("textrep tag", "torch", "torch"),
    "tag predict names-tagger.textrep --text Ann": ("textrep tag", "torch", "torch"),
    "tag evaluate names-tagger.textrep names.conll": ("textrep tag", "torch", "torch"),
}
ENOUGH = [
    "embed corpus.txt --sample 0 --vector-size 4 -o trained.textrep",
    "embed corpus.txt --method tfidf --documents -o documents.textrep",
    "similar documents.textrep --text cat",
    "similar indexed.textrep king",
    "analogy words.textrep king man queen",
    "vector words.textrep king",
    "info indexed.textrep --verify",
    "info reviews-classifier.textrep",
    "convert words.textrep out.vec",
    "score words.textrep pairs.tsv",
]


@posix
def test_without_extras_their_commands_name_them_and_all_others_work(bare: Path, folder: Path) -> None:
    files = {path.name for path in folder.iterdir()}
    answers = dict(zip([*NEEDING, *ENOUGH], without_extras(bare, folder, [*NEEDING, *ENOUGH]), strict=True))
    for command, (feature, package, extra) in NEEDING.items():
        cure = f"Install it with: pip install {package} (textrep's extra '{extra}')"
        assert answers[command] == (1, f"textrep: {feature} needs {package}. {cure}\n"), command
    assert {command: answers[command] for command in ENOUGH} == dict.fromkeys(ENOUGH, (0, ""))
    assert {path.name for path in folder.iterdir()} - files == {
        *("trained.textrep", "documents.textrep", "out.vec"),
    }
    extras = set(PROJECT["optional-dependencies"]) - {"all", "dev"}
    assert {extra for _, _, extra in NEEDING.values()} == extras - ({"zstd"} if sys.version_info >= (3, 14) else set())


def no_override() -> None:
    """Let file permissions bind root, too: drop CAP_DAC_OVERRIDE (1) from what a program may have."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
def test_read_only_packages_and_home(folder: Path, tmp_path: Path) -> None:
    """Kernels are kept in the temporary folder, which is said each time; nothing is written elsewhere."""
    site, home, temporary = (tmp_path / name for name in ("site", "home", "tmp"))
    for name, source in PACKAGES.items():
        shutil.copytree(source, site / name, ignore=shutil.ignore_patterns("__pycache__"))
    home.mkdir()
    temporary.mkdir()
    folders = [path for path in (site, *site.rglob("*"), home) if path.is_dir()]
    for path in folders:
        path.chmod(0o555)
    env = {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONPATH": str(site), "NUMBA_CACHE_DIR": None}

    def ask() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "textrep", "convert", str(folder / "words.textrep"), "words.vec"],
            cwd=tmp_path,
            env=environment(XDG_CACHE_HOME=None, **env),
            preexec_fn=no_override,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr.splitlines()

    try:
        lines = [ask(), ask()]
    finally:
        for path in folders:
            path.chmod(0o755)
    kept = temporary / f"textrep-{os.getuid()}"
    (cache,) = kept.iterdir()
    why = f"{home / '.cache' / 'textrep'} is not writable (Permission denied)"
    message = f"textrep: {why}; compiled kernels are kept in {cache}"
    assert [line for line in lines[0] if not line.startswith("Compiling")] == lines[1] == [message]
    assert list(cache.rglob("*.nbc"))
    assert list(home.iterdir()) == []
    assert list(site.rglob("__pycache__")) == []


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
        ("similar large.textrep --json < words.txt", r"\["),
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


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


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


@posix
@pytest.mark.parametrize("coerced", [None, "0"])
def test_korean_in_a_c_locale(tmp_path: Path, coerced: str | None) -> None:
    """Names of files, words as arguments, words on standard input, and what is written."""
    (tmp_path / "동물.txt").write_text("고양이 강아지 토끼\n토끼 고양이\n" * 5, encoding="utf-8")
    lines = (
        "embed 동물.txt --vector-size 4 --epochs 1 --sample 0",
        *("similar 동물.textrep 고양이 -k 2", "similar 동물.textrep 고양", "vector 동물.textrep"),
    )
    unset = dict.fromkeys(("PYTHONUTF8", "PYTHONIOENCODING", "LC_CTYPE", "LANG"))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *lines],
        cwd=tmp_path,
        env=environment(LC_ALL="C", PYTHONCOERCECLOCALE=coerced, **unset),
        input="토끼\n".encode(),
        capture_output=True,
    )
    stdout, stderr = done.stdout.decode(), done.stderr.decode()
    assert (
        re.sub(r"^Compiling kernels .*\n", "", stderr)
        == "[0]\n[0]\ntextrep: '고양' is not in the vocabulary. Close: 고양이.\n[1]\n[0]\n"
    )
    assert "동물.textrep" in stdout
    assert re.search(r"^  토끼 +-?[01]\.\d{4}\n", stdout, re.M)
    assert re.search(r"^토끼( -?\d[\d.e-]*){4}$", stdout.splitlines()[-1])
