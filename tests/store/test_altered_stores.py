"""A store whose vectors were altered is not written anew: the copy would have checksums that fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from textrep import EmbeddingStore, FormatError, embed


@pytest.fixture
def altered(tmp_path: Path) -> Path:
    """A saved store of which one bit of one vector is another."""
    path = tmp_path / "altered.textrep"
    embed(["the cat sat on the mat"] * 9, vector_size=4, epochs=1, min_count=1, sample=0, n_jobs=1).save(path)
    content = bytearray(path.read_bytes())
    n = int.from_bytes(content[:8], "little")
    content[8 + n + json.loads(content[8 : 8 + n])["vectors"]["data_offsets"][0] + 2] ^= 1
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "write",
    [
        lambda store, folder: store.save(folder / "x.textrep"),
        lambda store, folder: store.save(store.path),
        *(
            lambda store, folder, name=name: store.export(folder / name)
            for name in ("x.textrep", "x.vec", "x.w2v", "x.txt")
        ),
        lambda store, folder: store.export(folder / "static", "static"),
        lambda store, folder: embed(["the cat"] * 9, initial=store).save(folder / "x.textrep"),
    ],
    ids=["save", "save in place", "export", "word2vec", "word2vec binary", "text", "static", "train on"],
)
def test_it_is_written_nowhere(altered: Path, write: Callable[[EmbeddingStore, Path], None]) -> None:
    before = altered.read_bytes()
    store = EmbeddingStore.open(altered)
    with pytest.raises(FormatError, match=r"altered\.textrep is damaged .*: checksums differ for vectors \(bytes"):
        write(store, altered.parent)
    assert [path.name for path in altered.parent.iterdir()] == [altered.name]
    assert altered.read_bytes() == before


def test_it_is_asked_all_the_same(altered: Path) -> None:
    assert len(EmbeddingStore.open(altered).similar("cat", 3)) == 3
