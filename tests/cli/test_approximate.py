"""Indexes on the command line: ``textrep convert --index``, ``textrep similar --approximate``, ``textrep info``."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import invoke

from textrep import EmbeddingStore, embed_documents
from textrep.container import open_container, write_container

pytest.importorskip("usearch", reason="the extra ann is not installed")

RANDOM = np.random.default_rng(0)
WORDS = [f"word{i}" for i in range(500)]
VECTORS = RANDOM.standard_normal((20, 16))[RANDOM.integers(0, 20, 500)] + RANDOM.standard_normal((500, 16))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    EmbeddingStore.from_vectors(WORDS, VECTORS).save(tmp_path / "plain.textrep")
    return tmp_path / "plain.textrep"


@pytest.fixture
def indexed(tmp_path: Path, plain: Path) -> Path:
    assert invoke("convert", plain, tmp_path / "indexed.textrep", "--index").exit_code == 0
    return tmp_path / "indexed.textrep"


def refused(*arguments: object, code: int = 1) -> str:
    done = invoke(*arguments)
    assert (done.exit_code, done.stdout) == (code, ""), done.output
    return re.fullmatch(r"textrep: (.*)\n", done.stderr)[1]


def test_an_index_is_added_in_place(plain: Path) -> None:
    done = invoke("convert", plain, plain, "--index", "--jobs", 1)
    assert (done.exit_code, done.stderr) == (0, "")
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line]
    assert [line[0] for line in lines] == ["read", "words", "time", "index", "written", "Next:"]
    assert re.fullmatch(r"[\d.]+ \w+, made in .+ s", lines[3][1])
    assert lines[4][1].endswith(", replaces the one before")
    assert lines[5][1].endswith(" --approximate")
    store = EmbeddingStore.open(plain)
    np.testing.assert_array_equal(store.vectors, VECTORS.astype(np.float32))
    assert store.index["n_indexed"] == 500


def test_json_says_what_was_made(tmp_path: Path, plain: Path) -> None:
    done = invoke("convert", plain, tmp_path / "new.textrep", "--index", "--json")
    assert json.loads(done.stdout)["index"] == EmbeddingStore.open(tmp_path / "new.textrep").index
    assert "index" not in json.loads(invoke("convert", plain, tmp_path / "other.textrep", "--json").stdout)


def test_a_copy_keeps_the_index(tmp_path: Path, indexed: Path) -> None:
    assert invoke("convert", indexed, tmp_path / "copy.textrep").exit_code == 0
    assert EmbeddingStore.open(tmp_path / "copy.textrep").index == EmbeddingStore.open(indexed).index


def test_similar_asks_the_index(indexed: Path) -> None:
    exact, found = (
        json.loads(invoke("similar", indexed, "word1", "word2", "--json", *option).stdout)
        for option in ((), ("--approximate",))
    )
    assert [each["query"] for each in found] == ["word1", "word2"]
    assert found == exact  # 500 words: nothing is missing
    tables = [invoke("similar", indexed, "word3", "-k", 4, *option).stdout for option in ((), ("--approximate",))]
    assert tables[0] == tables[1] != ""
    done = invoke("similar", indexed, "--approximate", "-k", 1, stdin="word1\nnone\n")
    assert done.exit_code == 1
    assert "'none' is not in the vocabulary" in done.stderr
    assert found[0]["neighbours"][0]["key"] in done.stdout


def test_it_is_the_index_that_is_asked(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    real = EmbeddingStore.similar

    def noting(store: EmbeddingStore, query: object, k: int = 10, *, approximate: bool = False) -> object:
        if query != []:  # which only opens the index
            asked.append(approximate)
        return real(store, query, k, approximate=approximate)

    monkeypatch.setattr(EmbeddingStore, "similar", noting)
    invoke("similar", indexed, "word1", "--approximate")
    invoke("similar", indexed, "word1")
    assert asked == [True, False]


def test_texts_ask_it_too(tmp_path: Path) -> None:
    texts = [f"{a} {b}" for a in ("red", "green", "blue") for b in ("cars", "birds", "stones", "rivers")] * 3
    store = embed_documents(texts, "word2vec", vector_size=8, min_count=1, epochs=1, sample=0, random_state=1)
    store.save(tmp_path / "d.textrep")
    path = tmp_path / "d.textrep"
    assert "has no index" in refused("similar", path, "--text", "red birds", "--approximate")
    assert invoke("convert", path, path, "--index").exit_code == 0
    exact, found = (invoke("similar", path, "--text", "red birds", *option) for option in ((), ("--approximate",)))
    assert (found.exit_code, found.stdout) == (0, exact.stdout)


def test_info_tells_of_it(plain: Path, indexed: Path) -> None:
    assert re.search(r"\nindex +HNSW, .+, made by usearch [\d.]+, for similar --appr", invoke("info", indexed).stdout)
    assert json.loads(invoke("info", indexed, "--json").stdout)["index"] == EmbeddingStore.open(indexed).index
    assert "index" not in invoke("info", plain).stdout
    assert "match" in invoke("info", indexed, "--verify").stdout


def test_without_an_index_the_command_that_makes_one_is_named(plain: Path) -> None:
    message = refused("similar", plain, "word1", "--approximate")
    command = f"textrep convert {plain} {plain} --index"
    assert message == f"{plain} has no index, which --approximate asks. Add one, once: {command}"


def test_what_has_no_place_for_an_index_is_refused(tmp_path: Path, plain: Path) -> None:
    from scipy.sparse import eye_array

    assert "word2vec text has no place" in refused("convert", plain, tmp_path / "v.txt", "--index", code=2)
    assert "no effect without --index" in refused("convert", plain, tmp_path / "n.textrep", "--jobs", 2, code=2)
    assert "choose another name" in refused("convert", plain, plain)
    sparse = tmp_path / "sparse.textrep"
    EmbeddingStore.from_vectors(["a", "b", "c"], eye_array(3, format="csr")).save(sparse)
    assert "sparse" in refused("convert", sparse, tmp_path / "n.textrep", "--index")
    assert "sparse" in refused("similar", sparse, "a", "--approximate")
    assert not (tmp_path / "n.textrep").exists()


def test_an_index_of_other_vectors_is_left_out_with_a_line(indexed: Path) -> None:
    container = open_container(indexed)
    tensors = {name: tensor.copy() for name, tensor in container.tensors.items()}
    tensors["vectors"][0] += 1
    write_container(indexed, kind="store", header=container.header, tensors=tensors)
    for command in (("similar", indexed, "word1"), ("info", indexed)):
        done = invoke(*command)
        assert done.exit_code == 0
        assert re.fullmatch(r"textrep: the index in \S+ is left out.*checksums differ.*--index\n", done.stderr)
    done = invoke("similar", indexed, "word1", "--approximate")
    assert done.exit_code == 1
    assert "has no index" in done.stderr
    assert invoke("convert", indexed, indexed, "--index").exit_code == 0
    assert invoke("similar", indexed, "word1", "--approximate").stderr == ""


def test_without_usearch_the_extra_is_named(plain: Path, indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: name != "usearch" and real(name, *rest))
    wanted = "needs usearch. Install it with: pip install usearch (textrep's extra 'ann')"
    assert refused("similar", indexed, "word1", "--approximate") == f"--approximate {wanted}"
    assert refused("convert", plain, plain, "--index") == f"--index {wanted}"
    assert invoke("similar", indexed, "word1").exit_code == 0
