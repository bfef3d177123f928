"""The labelled sentences shipped in ``corpora/labelled/`` are what their README says."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from textrep import read_corpus, read_labelled, read_sequences

FOLDER = Path(__file__).parents[2] / "corpora" / "labelled"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
TOPICS, TAGS = ([path.name for path in sorted(FOLDER.glob(pattern))] for pattern in ("*.tsv", "*.conll"))


def test_the_readme_lists_every_file() -> None:
    listed = re.findall(r"^[0-9a-f]{64}  (\S+)$", README, re.M)
    assert sorted(listed) == sorted([*TOPICS, *TAGS])
    assert len(listed) == 6


def sizes(name: str) -> list[int]:
    """Bytes and sentences, by the README's table."""
    row = next(line for line in README.splitlines() if line.startswith(f"| `{name}`"))
    return [int(cell.replace(",", "")) for cell in row.strip("| ").split(" | ")[2:]]


@pytest.mark.parametrize("name", [*TOPICS, *TAGS])
def test_a_file_has_the_sizes_and_checksum_of_the_readme(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    assert f"{hashlib.sha256(data).hexdigest()}  {name}" in README
    read = read_labelled if name in TOPICS else read_sequences
    assert sizes(name) == [len(data), len(read(FOLDER / name))]


@pytest.mark.parametrize("name", TOPICS)
def test_topics_are_read_as_documents_and_as_a_corpus(name: str) -> None:
    documents = read_labelled(FOLDER / name)
    assert not documents.is_multilabel
    assert list(read_corpus(FOLDER / name)) == documents.texts


@pytest.mark.parametrize("language", ["en", "ko"])
def test_parts_share_topics_and_no_sentence(language: str) -> None:
    train, test = (read_labelled(FOLDER / f"{language}_topics.{part}.tsv") for part in ("train", "test"))
    assert train.classes == test.classes
    assert set(train.texts).isdisjoint(test.texts)
    corpus = (FOLDER.parent / f"{language}_wiki.txt").read_text(encoding="utf-8")
    assert [text for text in train.texts + test.texts if text not in corpus] == []


def test_tags_are_parts_of_speech() -> None:
    train, test = (read_sequences(FOLDER / f"en_tags.{part}.conll") for part in ("train", "test"))
    assert train.scheme() is None
    assert {tag for tags in test.tags for tag in tags} <= {tag for tags in train.tags for tag in tags}
