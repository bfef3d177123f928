"""A store whose vectors were altered is not written anew: the copy would have checksums that fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from textrep_cli.app import textrep as app

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


@pytest.mark.parametrize(
    "command",
    [
        "embed texts.txt --from altered.textrep -o x.textrep",
        "convert altered.textrep x.textrep",
        "convert altered.textrep altered.textrep --index",
        "classify train labels.tsv --store altered.textrep -o x.textrep",
        "tag train tags.conll --store altered.textrep -o x.textrep",
    ],
)
def test_no_command_makes_a_file_of_it(altered: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    pytest.importorskip("torch" if "train" in command else "usearch" if "--index" in command else "textrep")
    monkeypatch.chdir(altered.parent)
    Path("texts.txt").write_text("the cat\n" * 9)
    Path("labels.tsv").write_text("a\tthe cat\nb\tthe mat\n" * 9)
    Path("tags.conll").write_text("the A\ncat B\n\n" * 9)
    before = altered.read_bytes()
    names = sorted(path.name for path in altered.parent.iterdir())
    result = CliRunner().invoke(app, command.split(), prog_name="textrep")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "altered.textrep is damaged or was altered at byte" in result.stderr
    assert sorted(path.name for path in altered.parent.iterdir()) == names
    assert altered.read_bytes() == before


def test_it_is_asked_all_the_same(altered: Path) -> None:
    assert len(EmbeddingStore.open(altered).similar("cat", 3)) == 3
