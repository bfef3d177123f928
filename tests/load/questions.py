"""Stores of each kind, and what is asked of them: by one thread or by many, here or in another process.

Processes that are not forked import this module by its name, so it imports neither PyTorch nor what tests with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from textrep import EmbeddingStore, FastTextVectorizer, Word2VecVectorizer, embed_documents

KINDS = ("dense", "subwords", "foreign", "sparse", "documents")
TEXTS = [
    *("a cat sat on the mat", "the dog ran after the cat", "dogs and cats run", "한국어 문서 하나", "한국어 말뭉치"),
    *("the mat was red", "a red dog sat", "cats sat on dogs", "문서 하나 더", "the end of the mat"),
] * 3
UNKNOWN = ("catdog", "고양이문서", "zzzzzz")
_N_KEYS = 3000
_SMALL = {"vector_size": 8, "min_count": 1, "epochs": 2, "sample": 0, "random_state": 0}


def made_stores() -> dict[str, EmbeddingStore]:
    """Return stores in memory; "dense" has an index, equal rows, and rows of zeros."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(_N_KEYS, 16)).astype(np.float32)  # [n_keys, dim]
    vectors[[5, 700]] = 0
    vectors[900:910] = vectors[20]
    dense = EmbeddingStore.from_vectors([f"낱말{i}" if i % 3 else f"word{i}" for i in range(_N_KEYS)], vectors)
    dense.build_index(expansion_add=32)
    return {
        "dense": dense,
        "subwords": FastTextVectorizer(buckets=200, **_SMALL).fit(TEXTS).to_store(),
        "sparse": embed_documents(TEXTS, "tfidf"),
        "documents": embed_documents(TEXTS, "word2vec", pooling="sif", **_SMALL),
    }


def write_stores(folder: Path) -> Path:
    """Write a store of each of `KINDS`, and a vectorizer."""
    stores = made_stores()
    for kind, store in stores.items():
        store.save(folder / kind)
    stores["subwords"].export(folder / "foreign", "fasttext")
    Word2VecVectorizer(**_SMALL).fit(TEXTS).save(folder / "vectorizer")
    return folder


def opened(folder: Path, kind: str) -> EmbeddingStore:
    """Open a store anew; "foreign" is fastText's file, whose vectors are composed when they are first needed."""
    return EmbeddingStore.load(folder / kind) if kind == "foreign" else EmbeddingStore.open(folder / kind)


def asked(store: EmbeddingStore, kind: str, turn: int = 0) -> list[tuple[str, Any]]:
    """Ask a store everything, beginning with question number `turn`; the answers can be compared with ``==``."""
    questions = _questions(store, kind)
    names = list(questions)
    first = turn % len(names)
    return sorted((name, questions[name]()) for name in names[first:] + names[:first])


def _questions(store: EmbeddingStore, kind: str) -> dict[str, Any]:
    words = [store.keys[i] for i in range(0, len(store), max(1, len(store) // 12))][:12]
    questions = {
        "analogy": lambda: store.analogy([words[1], words[2]], [words[3]], k=5),
        "batch": lambda: store.similar(words, k=7),
        "item": lambda: comparable(store[words[4]]),
        "norms": lambda: comparable(store.norms),
        "number": lambda: words[5] in store,
        "odd": lambda: store.odd_one_out(words[:5]),
        "one": lambda: store.similar(words[0]),
        "similarity": lambda: store.similarity(words[6], words[7]),
        "tokenizer": lambda: store.tokenizer is None or store.tokenizer("A cat, 한국어"),
        "vector": lambda: store.similar(comparable_vector(store, words[8]), k=9),
        "vectors": lambda: comparable(store.vectors_for(words)),
    }
    if kind == "dense":
        questions["approximate"] = lambda: store.similar(words, approximate=True)
        questions["approximate one"] = lambda: store.similar(words[9], approximate=True)
        questions["all"] = lambda: store.similar(list(store.keys)[:300], k=3)
    if kind in ("subwords", "foreign"):
        questions["unknown"] = lambda: comparable(store.vectors_for(UNKNOWN))
        questions["similar to unknown"] = lambda: store.similar(list(UNKNOWN))
    if kind in ("sparse", "documents"):
        questions["text"] = lambda: store.similar_to_text("a red cat, 한국어", k=4)
    return questions


def comparable_vector(store: EmbeddingStore, word: str) -> Any:
    """Return the vector of a word as a query that is no word."""
    return store.vectors_for([word]) if store.is_sparse else store[word]


def comparable(rows: Any) -> Any:
    """Return an array, or a sparse matrix, as what ``==`` compares bit by bit."""
    rows = rows.toarray() if hasattr(rows, "toarray") else np.asarray(rows)
    return rows.shape, str(rows.dtype), rows.tobytes()


def asked_by_kernels(store: EmbeddingStore, kind: str, turn: int = 0) -> list[tuple[str, Any]]:
    """Ask a store everything, with the kernels and threads that stores a thousand times as large are searched by."""
    from textrep.store import neighbours, sparse_neighbours

    neighbours._MANY_SCORES = sparse_neighbours._MANY_NONZEROS = 1
    return asked(store, kind, turn)


class Rows:
    """A data set as PyTorch's DataLoader has it: each item a document's number, and what `transform` makes of it."""

    def __init__(self, transform: Any) -> None:
        self._transform = transform

    def __len__(self) -> int:
        return len(TEXTS)

    def __getitem__(self, number: int) -> tuple[int, np.ndarray]:
        row = self._transform([TEXTS[number]])
        return number, row.toarray()[0] if hasattr(row, "toarray") else row[0]


class FirstWords:
    """The vector of the first word of a text, or of one spelled alike: a function that holds a store."""

    def __init__(self, store: EmbeddingStore) -> None:
        self._store = store

    def __call__(self, texts: list[str]) -> np.ndarray:
        near = [self._store.similar(text.split()[0], k=2)[1].key for text in texts]
        return np.asarray(self._store.vectors_for(near))
