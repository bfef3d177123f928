"""The commands that write files, on small data, and what must hold of the file whatever becomes of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import textrep
from textrep.container import open_container

CORPORA = Path(__file__).parents[2] / "corpora"
N_WORDS, N_DIMENSIONS = 3000, 40  # of the store that is given an index


@dataclass(frozen=True)
class Command:
    """A command that writes a file.

    Attributes
    ----------
    args : tuple of str
        Its arguments, in which ``{data}`` is the folder of the data and ``{target}`` the file.
    kind : str
        What the file holds.
    old : str
        The file of the data that lies at the target's place before.
    not_written : str
        What Ctrl-C says of a target that is not written.
    """

    args: tuple[str, ...]
    kind: str
    old: str
    not_written: str = "no store was written"

    def on(self, data: Path, target: Path) -> list[str]:
        """Return the arguments with names of files."""
        return [arg.format(data=data, target=target) for arg in self.args]


_MODEL = "no model was written"
COMMANDS = {
    "embed": Command(
        ("embed", "{data}/en.txt", "-o", "{target}", "--vector-size", "20", "--epochs", "10", "--jobs", "2"),
        "store",
        "old.textrep",
    ),
    "glove": Command(
        (
            *("embed", "{data}/en.txt", "-o", "{target}", "--method", "glove", "--vector-size", "20", "--epochs", "10"),
            *("--memory-limit", "1"),
        ),
        "store",
        "old.textrep",
    ),
    "fasttext": Command(
        ("embed", "{data}/ko.txt", "-o", "{target}", "--method", "fasttext", "--vector-size", "20", "--epochs", "3"),
        "store",
        "old.textrep",
    ),
    "documents": Command(
        ("embed", "{data}/en.txt", "-o", "{target}", "--method", "tfidf", "--documents"), "store", "old.textrep"
    ),
    "index": Command(
        ("convert", "{target}", "{target}", "--index", "--jobs", "2"), "store", "vectors.textrep", "was not written"
    ),
    "classify": Command(
        (
            *("classify", "train", "{data}/topics.tsv", "-o", "{target}", "--model", "feedforward", "--jobs", "1"),
            *("--max-epochs", "20", "--no-early-stopping"),
        ),
        "classifier",
        "old-classifier.textrep",
        _MODEL,
    ),
    "tag": Command(
        (
            *("tag", "train", "{data}/tags.conll", "-o", "{target}", "--hidden-size", "8", "--vector-size", "8"),
            *("--max-epochs", "6", "--no-early-stopping", "--jobs", "1", "--no-char-features"),
        ),
        "tagger",
        "old-tagger.textrep",
        _MODEL,
    ),
}


@dataclass(frozen=True)
class Place:
    """Where a command runs: in the folder `work`, with `tmp` for temporary files."""

    data: Path
    work: Path
    tmp: Path

    @classmethod
    def made(cls, folder: Path, data: Path) -> Place:
        place = cls(data, folder / "work", folder / "tmp")
        place.work.mkdir()
        place.tmp.mkdir()
        return place

    @property
    def target(self) -> Path:
        return self.work / "target.textrep"

    @property
    def variables(self) -> dict[str, str]:
        return {"TMPDIR": str(self.tmp), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def put_old(self, command: Command) -> bytes:
        """Put a file at the target's place; return its bytes."""
        old = (self.data / command.old).read_bytes()
        self.target.write_bytes(old)
        return old

    def left(self, *expected: str) -> list[str]:
        """Names of all files that should not be there."""
        names = [path.name for folder in (self.work, self.tmp) for path in folder.iterdir()]
        return sorted(set(names) - {self.target.name, *expected})


def check_whole(path: Path, command: Command) -> None:
    """Fail unless a command wrote all of this file."""
    open_container(path, command.kind).verify()
    if command.kind == "store":
        store = textrep.EmbeddingStore.open(path)
        store.verify()
        assert command.args[0] != "convert" or store.index is not None
        return
    from textrep.classifiers import load

    load(path)


def write_data(folder: Path) -> Path:
    """Write what the commands read, and the files that they replace."""
    for name in ("en", "ko"):
        (folder / f"{name}.txt").write_bytes(_head(CORPORA / f"{name}_wiki.txt", 60_000))
    (folder / "topics.tsv").write_bytes(_head(CORPORA / "labelled" / "en_topics.train.tsv", 12_000))
    sentences = (CORPORA / "labelled" / "en_tags.train.conll").read_bytes().split(b"\n\n")
    (folder / "tags.conll").write_bytes(b"\n\n".join(sentences[:60]) + b"\n")
    vectors = np.random.default_rng(1).standard_normal((N_WORDS, N_DIMENSIONS), np.float32)  # [n_words, dim]
    textrep.EmbeddingStore.from_vectors([f"w{i}" for i in range(N_WORDS)], vectors).save(folder / "vectors.textrep")
    textrep.EmbeddingStore.from_vectors(["old"], [[1.0]]).save(folder / "old.textrep")
    for kind in ("classifier", "tagger"):
        open_and_save(kind, folder / f"old-{kind}.textrep")
    return folder


def open_and_save(kind: str, path: Path) -> None:
    """Write a file of a kind that holds nothing: enough to be replaced, and told from a new one."""
    from textrep.container import write_container

    write_container(path, kind=kind, header={}, tensors={})


def _head(path: Path, n_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(n_bytes).rpartition(b"\n")[0] + b"\n"


def moments(seconds: float, n: int, random_state: random.Random) -> Sequence[float]:
    """Return when to kill a command that takes some seconds: anywhere, and as often near its end, when it writes."""
    early = [random_state.uniform(0, 1.05 * seconds) for _ in range(n - n // 2)]
    return [*early, *(random_state.uniform(0.75 * seconds, 1.02 * seconds) for _ in range(n // 2))]
