"""What tests of faults share: where commands run, and the process whose forks run them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # for `commands` and `processes`; pytest's importlib mode leaves it out

collect_ignore_glob = ["test_*.py"] if not hasattr(os, "fork") else []


@pytest.fixture(scope="session")
def forks() -> Iterator:
    from processes import Forks

    forks = Forks()
    yield forks
    forks.close()


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read-only input of all commands: pieces of the corpora, a store, a file of labels and one of tags."""
    from commands import write_data

    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture
def place(tmp_path: Path, data: Path):
    """A folder to write to and one for temporary files, both empty."""
    from commands import Place

    return Place.made(tmp_path, data)
