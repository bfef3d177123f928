"""What tests of load share: saved stores of each kind, on paths that threads and other processes open."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # for `questions`, also in processes that a test starts


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file for each of `questions.KINDS`."""
    from questions import write_stores

    return write_stores(tmp_path_factory.mktemp("stores"))
