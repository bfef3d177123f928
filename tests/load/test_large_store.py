"""Stores larger than the memory a process may have: they are opened and asked all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from textrep import EmbeddingStore

resource = pytest.importorskip("resource")  # of POSIX
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA bounds private memory on Linux alone")

MIB = 1 << 20

ASK = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_DATA, ({limit}, {limit}))
from textrep import EmbeddingStore
store = EmbeddingStore.open(sys.argv[1])
keys = ["w1", "w{last}"]
answers = [
    [[(n.key, n.score) for n in found] for found in store.similar(keys, k=3)],
    [(n.key, n.score) for n in store.analogy(positive=keys, negative=["w2"], k=3)],
    store.similarity(*keys),
    store["w{last}"].tolist(),
    "w{last}" in store,
    "w" in store,
    len(store),
]
json.dump(answers, sys.stdout)
"""


@pytest.mark.parametrize(
    ("n", "dim", "data"),  # data: MiB of memory that is not a file's
    [(60_000, 1200, 250), pytest.param(3_000_000, 300, 400, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])],
)
def test_a_store_larger_than_memory(n: int, dim: int, data: int, tmp_path: Path) -> None:
    path = tmp_path / "large.textrep"
    write_store(path, n, dim)
    try:
        check_answers(path, n, dim, data)
    finally:
        path.unlink()
        path.with_suffix(".f32").unlink()


def check_answers(path: Path, n: int, dim: int, data: int) -> None:
    """Ask a process of so little memory, and compare with NumPy."""
    assert path.stat().st_size > data * MIB
    asked = subprocess.run(
        [sys.executable, "-c", ASK.format(limit=data * MIB, last=n - 1), str(path)], capture_output=True, check=False
    )
    assert asked.returncode == 0, asked.stderr.decode()[-2000:]
    similar, analogy, similarity, vector, *rest = json.loads(asked.stdout)
    rows = vectors_of(path, n, dim)
    first, last, other = (rows[i].astype(np.float64) for i in (1, n - 1, 2))
    units = [row / np.linalg.norm(row) for row in (first, last, other)]
    assert np.allclose(vector, last)
    assert similarity == pytest.approx(units[0] @ units[1], abs=1e-6)
    assert rest == [True, False, n]
    check_best(rows, [1], units[0], similar[0])
    check_best(rows, [n - 1], units[1], similar[1])
    check_best(rows, [1, n - 1, 2], units[0] + units[1] - units[2], analogy)


def write_store(path: Path, n: int, dim: int) -> None:
    """Write a store of random vectors, which lie in a file before that."""
    vectors = np.memmap(path.with_suffix(".f32"), np.float32, "w+", shape=(n, dim))  # [n, dim]
    random_state = np.random.default_rng(1)
    for start in range(0, n, 10_000):
        part = vectors[start : start + 10_000]
        part[:] = random_state.standard_normal(part.shape, np.float32)
    EmbeddingStore.from_vectors([f"w{i}" for i in range(n)], vectors, copy=False).save(path)


def vectors_of(path: Path, n: int, dim: int) -> np.memmap:
    return np.memmap(path.with_suffix(".f32"), np.float32, "r", shape=(n, dim))


def check_best(rows: np.memmap, without: list[int], query: np.ndarray, found: list[list]) -> None:
    """Fail unless these are the rows of highest cosine, by NumPy."""
    scores = np.concatenate(
        [part @ query / np.linalg.norm(part, axis=1) for part in np.split(rows, range(50_000, len(rows), 50_000))]
    ) / np.linalg.norm(query)  # [n]
    scores[without] = -2
    best = np.argsort(scores)[::-1][: len(found)]
    assert [key for key, _ in found] == [f"w{i}" for i in best]
    assert np.allclose([score for _, score in found], scores[best], atol=1e-5)
