"""Corpora that are hard on memory are trained on, within the memory that README states."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from inputs import INPUTS, MIB
from textrep_cli.hint import next_command

from tests.benchmarks.processes import finished, textrep_command
from textrep import EmbeddingStore
from textrep.errors import UnknownWordError

SHARE = 400  # the normal run takes this part of each; of some, as the program alone takes a second


def embedded(name: str, n: int, folder: Path) -> EmbeddingStore:
    """Train on an input of size `n`; fail if that takes too much memory."""
    hard = INPUTS[name]
    corpus, store = folder / "corpus.txt", folder / "corpus.textrep"
    hard.write(corpus, n)
    mib = corpus.stat().st_size / MIB
    options = ["--epochs", "1", "--jobs", "2", "--vector-size", "10", *hard.options]
    done = finished(textrep_command("embed", corpus, "-o", store, *options))
    most = hard.most(n, mib)
    print(f"\n{name}: {n:,}, {mib:,.0f} MiB: {done.seconds:.0f} s, {done.peak_mib:,.0f} of {most:,.0f} MiB")  # noqa: T201
    corpus.unlink()
    assert done.peak_mib < most
    return EmbeddingStore.open(store)


whole = pytest.param(1, id="whole", marks=[pytest.mark.slow, pytest.mark.timeout(3600)])
some_and_whole = pytest.mark.parametrize("share", [pytest.param(SHARE, id="some"), whole])
some_if_asked_for = pytest.mark.parametrize("share", [pytest.param(SHARE, id="some", marks=pytest.mark.slow), whole])


class TestInputs:
    """Each input, at a part of its size and in whole."""

    @some_and_whole
    def test_shuffled(self, share: int, tmp_path: Path) -> None:
        store = embedded("shuffled", INPUTS["shuffled"].size // share, tmp_path)
        assert len(store) > 10_000
        assert store.metadata["total_tokens"] > 2_000_000_000 // share / 20

    @some_if_asked_for
    def test_types(self, share: int, tmp_path: Path) -> None:
        n = INPUTS["types"].size // share
        store = embedded("types", n, tmp_path)
        assert len(store) == n
        assert store.metadata["total_tokens"] == 6 * n
        assert f"w{n - 1:x}" in store

    @some_if_asked_for
    def test_one_line(self, share: int, tmp_path: Path) -> None:
        n = INPUTS["one line"].size // share
        store = embedded("one line", n, tmp_path)
        assert store.metadata["total_tokens"] > n
        assert {"stanbul", "ß"} < set(store.keys)  # it was brought into lower case by Python's rules

    @some_if_asked_for
    def test_empty_lines(self, share: int, tmp_path: Path) -> None:
        store = embedded("empty lines", INPUTS["empty lines"].size // share, tmp_path)
        assert sorted(store.keys) == ["and", "king", "queen", "the"]

    @some_and_whole
    def test_long_token(self, share: int, tmp_path: Path) -> None:
        n = INPUTS["long token"].size // share
        store = embedded("long token", n, tmp_path)
        assert sorted(map(len, store.keys)) == [3, 4, 5, n, n]
        asked = subprocess.run(
            textrep_command("similar", store.path, "king", "-k", "4"), capture_output=True, check=True
        )
        lines = asked.stdout.decode().splitlines()
        assert {"x" * n, "가" * n} < {line.split()[0] for line in lines}  # not cut
        assert sorted(map(len, lines))[1] < 100  # they do not push the others' scores away
        with pytest.raises(UnknownWordError) as caught:
            store["y" * n]
        assert len(str(caught.value)) < 100
        named = next_command(store, store.path)
        assert len(named) < len(str(store.path)) + 50


@pytest.mark.slow
def test_nothing_but_empty_lines(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"\n" * 1_000_000)
    done = subprocess.run(
        [sys.executable, "-m", "textrep", "embed", "empty.txt"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "textrep: empty.txt: no document: the corpus is empty or blank"
    assert [path.name for path in tmp_path.iterdir()] == ["empty.txt"]
