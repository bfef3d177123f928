"""A vectorizer of another project: built and installed by pip, and used by its name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from textrep import EmbeddingStore

sys.path.append(str(Path(__file__).parents[1]))  # pytest's importlib mode leaves it out

from plugins import SOURCE

PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "word-looks"
version = "0.3"
dependencies = ["textrep"]

[project.entry-points."textrep.vectorizers"]
looks = "word_looks:LooksVectorizer"

[tool.setuptools]
py-modules = ["word_looks"]
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip has installed the project."""
    project = tmp_path_factory.mktemp("project")
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "word_looks.py").write_text(SOURCE)
    target = tmp_path_factory.mktemp("installed")
    flags = ("--disable-pip-version-check", "--no-deps", "--no-index", "--no-build-isolation", "--target", target)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", *flags, project], cwd=project, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return target


def run(target: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python where both textrep and the project are installed."""
    path = os.pathsep.join(filter(None, (str(target), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONUTF8": "1"}
    (folder / "corpus.txt").write_text("one two three\ntwo three\nthree\n")
    return subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)


def test_the_command_knows_it(target: Path, tmp_path: Path) -> None:
    command = ("-m", "textrep", "embed", "corpus.txt", "--method", "looks", "--min-count", "2")
    done = run(target, tmp_path, *command, "--set", "weights=[1, 0.5]", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["documents"] == 3
    store = EmbeddingStore.open(tmp_path / "corpus.textrep")
    assert {key: store[key].tolist() for key in store.keys} == {"three": [5, 1], "two": [3, 0.5]}
    asked = run(target, tmp_path, "-m", "textrep", "similar", "corpus.textrep", "two")
    assert asked.stdout.split()[0] == "three"
    assert "by plug-ins: looks" in " ".join(run(target, tmp_path, "-m", "textrep", "embed", "-h").stdout.split())


def test_the_function_knows_it(target: Path, tmp_path: Path) -> None:
    script = (
        "import textrep; store = textrep.embed(['one two three', 'two'], 'looks'); "
        "print(list(store.keys), store['three'].tolist(), store.metadata['method'])"
    )
    done = run(target, tmp_path, "-c", script)
    assert (done.returncode, done.stdout) == (0, "['one', 'three', 'two'] [5.0, 2.0] looks\n"), done.stderr


def test_without_it_there_is_no_such_method(target: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    done = run(tmp_path / "nothing", tmp_path, "-m", "textrep", "embed", "corpus.txt", "--method", "looks")
    assert done.returncode == 2
    assert "'looks' is not one of 'word2vec', 'fasttext', 'glove', 'onehot', 'count', 'tfidf'." in done.stderr
