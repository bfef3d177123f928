"""Gold sets: how well similarities of word vectors agree with people's, and how many analogies they solve.

Written for the benchmarks alone, so that what is measured does not judge itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Score", "read_pairs", "read_questions", "score_analogies", "score_folder", "score_similarity", "spearman"]

ANALOGY_WORDS = 30_000  # analogies are asked and answered among so many of the most frequent words
_BATCH = 512  # questions answered by one matrix product


@dataclass(frozen=True)
class Score:
    """What a gold set gives.

    Parameters
    ----------
    value : float
        Spearman's rank correlation, or the share of analogies solved; NaN where nothing could be asked.
    n : int
        Pairs or questions whose words all have vectors.
    of : int
        Pairs or questions of the gold set.
    """

    value: float
    n: int
    of: int


def spearman(a: ArrayLike, b: ArrayLike) -> float:
    """Return the rank correlation of two samples, equal values sharing the mean of their ranks."""
    x, y = _ranks(np.asarray(a, float)), _ranks(np.asarray(b, float))
    x, y = x - x.mean() if x.size else x, y - y.mean() if y.size else y
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else float("nan")


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1: ``[3., 5., 3.] -> [1.5, 3., 1.5]``."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    highest = np.cumsum(counts)  # [n distinct]
    ranks: NDArray[np.float64] = (highest - (counts - 1) / 2)[place]
    return ranks


def score_similarity(
    words: Sequence[str], vectors: NDArray[np.float32], pairs: Sequence[tuple[str, str, float]]
) -> Score:
    """Correlate the cosines of pairs of words with the scores people gave them; pairs without vectors are left out."""
    row, unit = _rows(words), _normalised(vectors)
    known = [(row[a], row[b], score) for a, b, score in pairs if a in row and b in row]
    cosines = [float(unit[a] @ unit[b]) for a, b, _ in known]
    return Score(spearman([score for _, _, score in known], cosines), len(known), len(pairs))


def score_analogies(
    words: Sequence[str],
    vectors: NDArray[np.float32],
    questions: Sequence[Sequence[str]],
    most: int = ANALOGY_WORDS,
) -> Score:
    """Return the share of questions (a, b, c, d) where d is nearest to b - a + c, a, b and c themselves left out.

    Words are given most frequent first; questions with a word beyond the first `most` are not asked.
    """
    row, unit = _rows(words[:most]), _normalised(vectors[:most])
    known = [[row[word] for word in question] for question in questions if all(word in row for word in question)]
    asked = np.array(known, np.int64).reshape(-1, 4)  # [n_asked, 4]
    right = 0
    for start in range(0, len(asked), _BATCH):
        a, b, c, d = asked[start : start + _BATCH].T
        cosines = (unit[b] - unit[a] + unit[c]) @ unit.T  # [batch, most]
        cosines[np.arange(len(a))[:, None], np.stack([a, b, c], axis=1)] = -np.inf
        right += int(np.count_nonzero(cosines.argmax(axis=1) == d))
    return Score(right / len(asked) if len(asked) else float("nan"), len(asked), len(questions))


def _rows(words: Sequence[str]) -> dict[str, int]:
    return {word: i for i, word in reversed(list(enumerate(words)))}  # the first of equal words counts


def _normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit


def read_pairs(path: Path) -> list[tuple[str, str, float]]:
    """Read word pairs with scores: three columns parted by white space, or a ``.csv`` file with a header."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [(row[0], row[1], float(row[2])) for row in list(csv.reader(file))[1:]]
    return [(a.lower(), b.lower(), float(score)) for a, b, score, *_ in _columns(path, 3)]


def read_questions(path: Path) -> list[list[str]]:
    """Read analogies, four words a line; lines that begin with a colon are headers."""
    lines = [line for line in _columns(path, 1) if not line[0].startswith(":")]
    if wrong := next((line for line in lines if len(line) != 4), None):
        raise ValueError(f"{path}: a question has four words, not {' '.join(wrong)!r}")
    return [[word.lower() for word in line] for line in lines]


def _columns(path: Path, least: int) -> Iterator[list[Any]]:
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if len(columns := line.split()) >= least:
            yield columns


def score_folder(words: Sequence[str], vectors: NDArray[np.float32], folder: Path) -> dict[str, Score]:
    """Score every gold set of a folder, told by its name; return file name -> score."""
    scores = {}
    for path in sorted(folder.iterdir()):
        if "questions" in path.name or "analogy" in path.name:
            scores[path.name] = score_analogies(words, vectors, read_questions(path))
        elif path.suffix in (".txt", ".csv"):
            scores[path.name] = score_similarity(words, vectors, read_pairs(path))
    return scores
