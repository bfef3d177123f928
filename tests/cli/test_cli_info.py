"""``textrep info``: what is in a store, or in a saved vectorizer, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_helpers import invoke

import textrep


def test_info_for_programs(english: Path) -> None:
    store = textrep.EmbeddingStore.open(english)
    facts = json.loads(invoke("info", english, "--json").stdout)
    assert store.counts is not None
    assert facts == {
        "path": str(english),
        "kind": "store",
        "format": "textrep",
        "bytes": english.stat().st_size,
        "words": len(store),
        "dimensions": 30,
        "tokenizer": {"name": "word", "min_token_length": 1},
        "method": "word2vec",
        "parameters": store.metadata["parameters"],
        "total_words": store.metadata["total_tokens"],
        "history": store.metadata["history"],
        "most_frequent": [{"key": key, "count": int(store.counts[i])} for i, key in enumerate(store.keys[:10])],
    }
    assert [epoch["epoch"] for epoch in facts["history"]] == [1, 2]
    assert facts["history"][1]["loss"] < facts["history"][0]["loss"]


def test_info_for_people(english: Path) -> None:
    facts = json.loads(invoke("info", english, "--json").stdout)
    lines = dict(line.split("  ", 1) for line in invoke("info", english).stdout.splitlines() if line[0] != " ")
    shown = {name: value.strip() for name, value in lines.items()}
    assert shown["words"] == f"{facts['words']:,}"
    assert shown["dimensions"] == "30"
    assert shown["corpus"] == f"{facts['total_words']:,} words"
    assert shown["loss, by epoch"] == ", ".join(f"{epoch['loss']:.4f}" for epoch in facts["history"])
    assert shown["most frequent"].startswith("the ")
    assert "checksums" not in shown


def test_info_of_a_bare_store(tmp_path: Path) -> None:
    textrep.EmbeddingStore.from_vectors(["rare", "often"], np.eye(2), counts=[1, 5]).save(tmp_path / "s")
    result = invoke("info", tmp_path / "s")
    assert result.exit_code == 0
    assert "most frequent  often 5, rare 1\n" in result.stdout
    facts = json.loads(invoke("info", tmp_path / "s", "--json").stdout)
    assert [facts[name] for name in ("method", "parameters", "total_words", "history", "tokenizer")] == [None] * 5


def test_verify(english: Path, tmp_path: Path) -> None:
    result = invoke("info", english, "--verify")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].split() == ["checksums", "match"]
    assert json.loads(invoke("info", english, "--verify", "--json").stdout)["verified"] is True
    altered = bytearray(english.read_bytes())
    altered[len(altered) // 2] ^= 1
    (tmp_path / "altered.textrep").write_bytes(altered)
    assert invoke("info", tmp_path / "altered.textrep").exit_code == 0  # reads no vector
    result = invoke("info", tmp_path / "altered.textrep", "--verify")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"textrep: {tmp_path}/altered.textrep is damaged or was altered at byte ")
    assert ": checksums differ for " in result.stderr


TEXTS = ["the cat sat", "a cat ran", "the dog"]


@pytest.mark.parametrize(
    ("vectorizer", "method", "dimensions"),
    [
        (textrep.TfidfVectorizer(min_df=2), "tfidf", 2),
        (textrep.FastTextVectorizer(min_count=1, vector_size=5, epochs=1, sample=0), "fasttext", 5),
    ],
    ids=["tfidf", "fasttext"],
)
def test_info_of_a_vectorizer(tmp_path: Path, vectorizer: Any, method: str, dimensions: int) -> None:
    path = tmp_path / "v.textrep"
    vectorizer.fit(TEXTS).save(path)
    facts = json.loads(invoke("info", path, "--json").stdout)
    assert (facts["kind"], facts["method"], facts["dimensions"]) == ("vectorizer", method, dimensions)
    assert facts["words"] == len(vectorizer.vocabulary_)
    assert facts["bytes"] == path.stat().st_size
    assert facts["parameters"]["tokenizer"] == "word"
    assert set(facts) == set(json.loads(invoke("info", _a_store(tmp_path), "--json").stdout))
    shown = dict(line.split(None, 1) for line in invoke("info", path).stdout.splitlines())
    assert (shown["kind"], shown["method"], shown["dimensions"]) == ("vectorizer", method, str(dimensions))

    assert invoke("info", path, "--verify").stdout.splitlines()[-1].split() == ["checksums", "match"]
    altered = bytearray(path.read_bytes())
    altered[-1] ^= 1
    path.write_bytes(altered)
    result = invoke("info", path, "--verify")
    assert result.exit_code == 1
    assert "v.textrep is damaged or was altered at byte " in result.stderr


def _a_store(folder: Path) -> Path:
    textrep.EmbeddingStore.from_vectors(["a"], np.eye(1)).save(folder / "store.textrep")
    return folder / "store.textrep"
