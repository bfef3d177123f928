"""textrep where something is missing or forbidden: extras, a place to write, a locale."""

from __future__ import annotations

import ctypes
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_helpers import environment, run
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from several import parted, run_several, write_files

import textrep

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = {"textrep": ROOT / "textrep", "textrep_cli": ROOT / "cli"}

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
    folder = tmp_path_factory.mktemp("work")
    write_files(folder)
    return folder


# What needs an extra: the feature as the message calls it, the package that is missing, the extra.
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
CALLS = {
    'Word2VecVectorizer(engine="gensim").fit(["the cat"])': ("engine='gensim'", "gensim", "gensim"),
    'store("words.textrep").to_gensim()': ("Conversion to gensim", "gensim", "gensim"),
    'get_tokenizer("kiwi")("king")': ("The tokenizer 'kiwi'", "kiwipiepy", "korean"),
    'TfidfVectorizer(tokenizer="kiwi").fit(["the cat"])': ("The tokenizer 'kiwi'", "kiwipiepy", "korean"),
    'list(read_corpus("corpus.parquet"))': ("Reading .parquet", "pyarrow", "parquet"),
    'list(read_corpus("corpus.txt.zst"))': ("Reading .zst", "zstandard", "zstd"),
    'EmbeddingStore.load("words.vec.zst")': ("Reading .zst", "zstandard", "zstd"),
    'store("words.textrep").export("out.vec.zst")': ("Writing .zst", "zstandard", "zstd"),
    'store("words.textrep").build_index()': ("build_index", "usearch", "ann"),
    'store("indexed.textrep").similar("king", approximate=True)': ("similar(approximate=True)", "usearch", "ann"),
    'plot.word_map(store("words.textrep"))': ("Drawing a picture", "matplotlib", "plot"),
    "textrep.FeedForwardClassifier": ("textrep.FeedForwardClassifier", "torch", "torch"),
    "textrep.RecurrentClassifier": ("textrep.RecurrentClassifier", "torch", "torch"),
    "textrep.RecurrentTagger": ("textrep.RecurrentTagger", "torch", "torch"),
    'classifiers.load("reviews-classifier.textrep")': ("Opening a classifier", "torch", "torch"),
}
ENOUGH = [
    "embed corpus.txt --sample 0 --vector-size 4 -o trained.textrep",
    "embed corpus.txt --method tfidf --documents -o fitted.textrep",
    "similar fitted.textrep --text cat",
    "similar indexed.textrep king",
    "analogy words.textrep king man queen",
    "vector words.textrep king",
    "info indexed.textrep --verify",
    "info reviews-classifier.textrep",
    "convert words.textrep out.vec",
    "score words.textrep pairs.tsv",
]
if sys.version_info >= (3, 14):  # which reads and writes .zst by itself
    NEEDING, CALLS = ({use: needs for use, needs in uses.items() if needs[2] != "zstd"} for uses in (NEEDING, CALLS))
EXTRAS = set(PROJECT["optional-dependencies"]) - {"all", "dev"} - ({"zstd"} if sys.version_info >= (3, 14) else set())


def message(feature: str, package: str, extra: str) -> str:
    return f"{feature} needs {package}. Install it with: pip install {package} (textrep's extra '{extra}')"


@posix
def test_without_extras_their_commands_name_them_and_all_others_work(bare: Path, folder: Path) -> None:
    files = {path.name for path in folder.iterdir()}
    commands = [*NEEDING, *ENOUGH]
    done = run_several(commands, folder, "-S", PYTHONPATH=f"{bare}{os.pathsep}{ROOT}")
    expected = {command: (1, f"textrep: {message(*needs)}\n") for command, needs in NEEDING.items()}
    assert parted(done.stderr, commands) == expected | dict.fromkeys(ENOUGH, (0, ""))
    assert {path.name for path in folder.iterdir()} - files == {"trained.textrep", "fitted.textrep", "out.vec"}
    assert {extra for _, _, extra in NEEDING.values()} == EXTRAS


@posix
def test_without_extras_what_needs_them_in_python_names_them(bare: Path, folder: Path) -> None:
    files = {path.name for path in folder.iterdir()}
    script = f"""if True:
        import textrep
        from textrep import *
        from textrep import classifiers, plot
        store = EmbeddingStore.open
        for call in {list(CALLS)}:
            try:
                print(call, "gives", eval(call))
            except MissingExtraError as error:
                assert isinstance(error, ImportError) and isinstance(error, TextrepError)
                print(error)"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=folder,
        env=environment(PYTHONPATH=f"{bare}{os.pathsep}{ROOT}"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [message(*needs) for needs in CALLS.values()]
    assert {path.name for path in folder.iterdir()} == files
    assert {extra for _, _, extra in CALLS.values()} == EXTRAS


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
@pytest.mark.parametrize(
    ("gib", "given", "threads"), [(3, None, "1"), (3, "2", "2"), (5, None, "None")], ids=["few", "as told", "enough"]
)
def test_with_few_addresses_the_blas_has_one_thread(gib: int, given: str | None, threads: str) -> None:
    """Each takes some, and where there are none it asks the system for them without end."""
    script = f"""if True:
        import os, resource
        from textrep_cli.main import main
        resource.setrlimit(resource.RLIMIT_AS, ({gib << 30}, {gib << 30}))
        try:
            main(["--version"])
        except SystemExit:
            print(os.environ.get("OPENBLAS_NUM_THREADS"))"""
    env = environment(OPENBLAS_NUM_THREADS=given)
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert (done.stdout.splitlines()[1:], done.stderr) == ([threads], "")


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


# What the C locale is: Python takes UTF-8 for it in two ways, which can be switched off; what is left is ASCII.
C_LOCALE = {
    "as it is": {},
    "not coerced": {"PYTHONCOERCECLOCALE": "0"},
    "without UTF-8 mode": {"PYTHONUTF8": "0"},
    "without either": {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@posix
@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=[pytest.mark.slow] if way.startswith("not ") else []) for way in C_LOCALE]
)
def test_korean_in_a_c_locale(korean_animals: Path, way: str) -> None:
    """Names of files, words as arguments, words on standard input, and what is written."""
    unset = dict.fromkeys(("PYTHONUTF8", "PYTHONIOENCODING", "PYTHONCOERCECLOCALE", "LC_CTYPE", "LANG"))
    env = {**unset, "LC_ALL": "C", **C_LOCALE[way]}

    def answers(*args: str, stdin: str = "") -> tuple[int, str, str]:
        done = run(*args, cwd=korean_animals, env=env, stdin=stdin.encode())
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    code, found, said = answers("similar", "동물.textrep", "고양이", "-k", "1", "--json")
    (answer,) = json.loads(found)
    assert (code, said, answer["query"], answer["neighbours"][0]["key"]) == (0, "", "고양이", "토끼")
    unknown = "textrep: '고양' is not in the vocabulary. Close: 고양이.\n"
    vectors = "토끼 1.0 0.4\n고양이 1.0 0.2\n"
    assert answers("vector", "동물.textrep", stdin="토끼\n고양\n고양이\n") == (1, vectors, unknown)
    if way == "without either":
        assert answers("info", "없다.textrep") == (1, "", "textrep: there is no file 없다.textrep\n")


@pytest.fixture(scope="module")
def korean_animals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("animals")
    vectors = [[1, 0.2], [1, 0.4], [0.2, 1]]
    textrep.EmbeddingStore.from_vectors(["고양이", "토끼", "강아지"], vectors).save(folder / "동물.textrep")
    return folder


@posix
def test_a_korean_corpus_in_a_c_locale(tmp_path: Path) -> None:
    (tmp_path / "동물.txt").write_text("고양이 강아지 토끼\n토끼 고양이\n" * 5, encoding="utf-8")
    unset = dict.fromkeys(("PYTHONIOENCODING", "PYTHONCOERCECLOCALE", "LC_CTYPE", "LANG"))
    quick = ("--vector-size", 4, "--epochs", 1, "--sample", 0)
    done = run("embed", "동물.txt", *quick, cwd=tmp_path, env={**unset, "LC_ALL": "C", "PYTHONUTF8": "0"})
    assert done.returncode == 0, done.stderr
    assert re.search(r"^store +동물.textrep, ", done.stdout.decode(), re.M)
    assert re.search(r"^Next: textrep similar 동물.textrep (고양이|토끼|강아지)$", done.stdout.decode(), re.M)
    assert set(textrep.EmbeddingStore.open(tmp_path / "동물.textrep").keys) == {"고양이", "토끼", "강아지"}
