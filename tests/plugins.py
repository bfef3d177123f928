"""Distributions that register vectorizers, made for tests: the source of one, and folders that look installed."""

from __future__ import annotations

from pathlib import Path

# A vectorizer as another project would write it: words by their length and their vowels.
SOURCE = '''\
"""Words by what they look like."""

from collections import Counter

import numpy as np

from textrep import EmbeddingStore


class LooksVectorizer:
    """One dimension for the length, one for the vowels; `weights` scales both."""

    def __init__(self, *, weights=(1.0, 1.0), min_count=1, vowels="aeiou", n_jobs=None):
        self.weights = weights
        self.min_count = min_count
        self.vowels = vowels
        self.n_jobs = n_jobs

    def fit(self, documents):
        counts = Counter(word for document in documents for word in document.split())
        self.counts_ = {word: n for word, n in counts.items() if n >= self.min_count}
        if not self.counts_:
            raise ValueError(f"no word is seen {self.min_count} times")
        return self

    def to_store(self):
        words = sorted(self.counts_)
        looks = [[len(word), sum(map(word.count, self.vowels))] for word in words]
        return EmbeddingStore.from_vectors(words, np.array(looks) * np.array(self.weights))
'''


def installed(folder: Path, distribution: str, entry_points: dict[str, str], **modules: str) -> Path:
    """Lay out a folder of a path as pip leaves it: modules, and what a distribution says of itself."""
    info = folder / f"{distribution}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
    lines = ["[textrep.vectorizers]", *(f"{name} = {value}" for name, value in entry_points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    return folder
