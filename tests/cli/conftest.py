"""Stores trained by the command line itself. The tests import what they share from `cli_helpers`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # pytest's importlib mode leaves it out

from cli_helpers import CORPORA, head, run


@pytest.fixture(scope="session")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("english") / "en.textrep"
    done = run("embed", CORPORA / "en_wiki.txt", "-o", target, "--vector-size", 30, "--epochs", 2, cwd=target.parent)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="session")
def korean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("korean")
    (folder / "한국어 글.txt").write_text(head("ko_wiki.txt", 2_000_000), encoding="utf-8")
    done = run("embed", "한국어 글.txt", "--vector-size", 20, "--epochs", 2, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "한국어 글.textrep"


@pytest.fixture
def small_corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_text(head("en_wiki.txt", 300_000), encoding="utf-8")
    return path


@pytest.fixture
def here(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own folder to work in, with links to what is in `data`, a folder that a module makes once."""
    for path in data.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a classifier and a tagger."""
    pytest.importorskip("torch")
    from saved_models import fitted

    from textrep.classifiers import save

    folder = tmp_path_factory.mktemp("models")
    save(fitted("TF-IDF"), folder / "classifier.textrep")
    save(fitted("tagger"), folder / "tagger.textrep")
    return folder
