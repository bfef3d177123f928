"""What documents are classified by beside textrep: TF-IDF with logistic regression, and fastText supervised.

Each is given lower-cased texts, and settings that were chosen on the same validation data as ours.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

__all__ = ["FastTextPeer", "Texts", "TfidfPeer"]

_WORDS = r"(?u)\b\w+\b"  # words of one character, too, as textrep's default
_ATTEMPTS = 5


class Texts(NamedTuple):
    """Documents and their labels."""

    texts: list[str]
    labels: list[str]


@dataclass(frozen=True)
class TfidfPeer:
    """scikit-learn's TfidfVectorizer and LogisticRegression.

    Parameters
    ----------
    C : float
        Of the regression.
    parameters : dict
        Of the vectorizer, besides ``sublinear_tf``.
    """

    C: float
    parameters: dict[str, Any] = field(default_factory=dict)

    def accuracy(self, train: Texts, test: Texts) -> float:
        """Learn, and return the share of documents that are given the right label."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        words = {"token_pattern": _WORDS} if self.parameters.get("analyzer", "word") == "word" else {}
        vectorizer = TfidfVectorizer(sublinear_tf=True, **words, **self.parameters)
        model = make_pipeline(vectorizer, LogisticRegression(C=self.C, max_iter=1000))
        return float(model.fit(train.texts, train.labels).score(test.texts, test.labels))


@dataclass(frozen=True)
class FastTextPeer:
    """fastText's supervised classifier, with words between spaces, and its defaults besides `parameters`.

    Parameters
    ----------
    parameters : dict
        Of ``fasttext.train_supervised``.
    """

    parameters: dict[str, Any] = field(default_factory=dict)

    def accuracy(self, train: Texts, test: Texts, folder: Path, seed: int, threads: int) -> float:
        """Learn, and return the share of documents that are given the right label."""
        import fasttext

        file = folder / "supervised.txt"
        numbers = {label: i for i, label in enumerate(sorted(set(train.labels)))}
        with file.open("w", encoding="utf-8", newline="\n") as lines:
            for text, label in zip(_lines(train.texts), train.labels, strict=True):
                lines.write(f"__label__{numbers[label]} {text}\n")
        for attempt in range(_ATTEMPTS):
            try:
                model = fasttext.train_supervised(str(file), seed=seed, thread=threads, verbose=0, **self.parameters)
                break
            except RuntimeError as error:  # it may stop with "Encountered NaN" once, and not with the same again
                if attempt == _ATTEMPTS - 1:
                    raise
                print(f"fastText: {error}; trying again", file=sys.stderr)
        found, _ = model.predict(_lines(test.texts))
        right = [f"__label__{numbers.get(label)}" for label in test.labels]
        return float(np.mean([labels[0] == label for labels, label in zip(found, right, strict=True)]))


def _lines(texts: Sequence[str]) -> list[str]:
    """Return texts as fastText takes them: in lower case, words parted by single spaces."""
    return [" ".join(unicodedata.normalize("NFC", text).lower().split()) for text in texts]
