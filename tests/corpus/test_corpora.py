"""The corpora shipped in ``corpora/`` are what their README says."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from textrep.corpus import read_corpus

CORPORA = Path(__file__).parents[2] / "corpora"
README = (CORPORA / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_every_corpus() -> None:
    listed = re.findall(r"^[0-9a-f]{64}  (\S+)$", README, re.M)
    assert sorted(listed) == sorted(path.name for path in CORPORA.glob("*.txt"))


@pytest.mark.parametrize("name", ["en_wiki.txt", "ko_wiki.txt"])
def test_a_corpus_has_the_sizes_and_checksum_of_its_readme(name: str) -> None:
    data = (CORPORA / name).read_bytes()
    assert f"{hashlib.sha256(data).hexdigest()}  {name}" in README
    row = next(line for line in README.splitlines() if line.startswith(f"| `{name}`"))
    n_articles = data.count(b"\n\n") + 1
    sizes = [len(data), n_articles, data.count(b"\n"), len(data.split())]
    assert [int(cell.replace(",", "")) for cell in row.strip("| ").split(" | ")[2:]] == sizes
    documents = list(read_corpus(CORPORA / name))
    assert len(documents) == data.count(b"\n") - (n_articles - 1)
    assert documents == [line for line in data.decode().split("\n") if line]


def test_reading_text_imports_nothing_heavy() -> None:
    script = (
        "import sys, textrep; list(textrep.read_corpus(sys.argv[1])); "
        "print(sorted({'numba', 'scipy', 'sklearn', 'pyarrow', 'torch', 'zstandard'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script, str(CORPORA / "ko_wiki.txt")]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CORPORA.parent)
    assert result.stdout.strip() == "[]"
