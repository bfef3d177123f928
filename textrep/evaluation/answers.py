"""Which analogies vectors answer right, for many questions at once.

A question has few words, and all questions together have not many different ones: their cosines with every word of the
vocabulary are one matrix product, made some words of the vocabulary at a time. What a question gives a word is
arithmetic on three rows of it. The right answer must beat all words but those of the question; a question that has lost
is not looked at again.

Products in float32 are right up to a known rounding error. Words nearer than that to the right answer are compared with
it in float64, so that the outcome depends neither on blocks nor on threads; where they tie, the earlier key wins, as in
`EmbeddingStore.analogy`.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from textrep.parallel import in_parts
from textrep.store import EmbeddingStore
from textrep.store.neighbours import DECIMALS, cosines, unit

__all__ = ["METHODS", "right_answers"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ids = NDArray[np.int64]

METHODS = ("3cosadd", "3cosmul")
SHIFT = 1e-6  # what keeps 3CosMul from dividing by 0

_EPSILON = 2.0**-24  # relative rounding error of one float32 operation
_COSINES_AT_ONCE = 1 << 20  # float32, of words of questions with words of the vocabulary: 4 MiB
_BLOCK = (128, 2048)  # words of the vocabulary at a time, at least and at most
_SCORES_AT_ONCE = 1 << 17  # of questions, and as many to compute with: they stay in the cache
_LEAST = 1 << 10  # questions that another thread is worth
_RESCORED = 1 << 11  # words at a time that are compared in float64


class _Rows(Protocol):
    """Vectors of all words of a vocabulary, and the cosines of some of them, the words of questions, with all."""

    error: float  # of a cosine in float32

    def block(self, start: int, stop: int) -> Floats:
        """Return the cosines of the words of questions with some words (float32 [n_words, stop - start])."""

    def exact(self, words: Ids, ids: Ids) -> Doubles:
        """Return the cosine of each word of a question, by its number among these, with the word beside it."""


class _Dense:
    def __init__(self, vectors: Floats, words: Ids) -> None:
        self._vectors = vectors
        self._units = unit(vectors[words])  # [n_words, dim]
        self._products = self._units.astype(np.float32)
        self.error = (vectors.shape[1] + 8) * _EPSILON

    def block(self, start: int, stop: int) -> Floats:
        found: Floats = self._products @ unit(self._vectors[start:stop]).astype(np.float32).T
        return found

    def exact(self, words: Ids, ids: Ids) -> Doubles:
        return cosines(self._vectors[ids], self._units[words])


class _Sparse:
    def __init__(self, vectors: Any, words: Ids) -> None:
        from textrep.store.sparse_neighbours import SparseNeighbours

        self._units = SparseNeighbours.unit(vectors)  # CSR of float64 [n_vocabulary, dim]
        self._words = words
        self._products = self._units[words]
        self.error = 8 * _EPSILON  # products are float64

    def block(self, start: int, stop: int) -> Floats:
        found: Floats = (self._products @ self._units[start:stop].T).toarray().astype(np.float32)
        return found

    def exact(self, words: Ids, ids: Ids) -> Doubles:
        products = self._units[self._words[words]] * self._units[ids]
        found: Doubles = np.asarray(products.sum(axis=1)).ravel().round(DECIMALS) + 0.0
        return found


def right_answers(
    store: EmbeddingStore, questions: Ids, method: str, n_words: int, n_threads: int = 1
) -> NDArray[np.bool_]:
    """Return which questions are answered right (bool [n_questions]).

    Parameters
    ----------
    store : EmbeddingStore
        Vectors of words.
    questions : ndarray of int64, shape (n_questions, 4)
        Numbers of keys: a is to b as c is to d, which is asked for.
    method : {"3cosadd", "3cosmul"}
        How a word is scored.
    n_words : int
        Only the first so many words count as answers.
    n_threads : int
        How many threads compare answers, at most.
    """
    if not len(questions):
        return np.zeros(0, np.bool_)
    words, places = np.unique(questions, return_inverse=True)  # [n_words_asked], [n_questions * 4]
    rows: _Rows = (_Sparse if store.is_sparse else _Dense)(store.vectors, words)
    contest = _Contest(rows, questions, places.reshape(questions.shape), method, n_threads)
    step = min(max(_COSINES_AT_ONCE // len(words), _BLOCK[0]), _BLOCK[1])
    for start in range(0, n_words, step):
        if contest.lost.all():
            break
        contest.compare(rows.block(start, min(start + step, n_words)), start)
    right: NDArray[np.bool_] = ~contest.lost
    return right


class _Contest:
    """The right answer of each question against all other words.

    Parameters
    ----------
    rows : _Rows
        Where cosines come from.
    questions : ndarray of int64, shape (n_questions, 4)
        Numbers of keys.
    places : ndarray of int64, shape (n_questions, 4)
        The same, by their number among the words of questions.
    method : str
        How a word is scored.
    n_threads : int
        How many threads compare, at most.
    """

    def __init__(self, rows: _Rows, questions: Ids, places: Ids, method: str, n_threads: int) -> None:
        self._rows = rows
        self._questions = questions
        self._places = places
        self._adds = method == "3cosadd"
        self._n_threads = n_threads
        self.lost = (questions[:, :3] == questions[:, 3:]).any(axis=1)  # [n_questions] words asked with are no answers
        self._target = np.empty(len(questions))  # [n_questions] what the right answer scores
        for start in range(0, len(questions), _RESCORED):
            part = np.arange(start, min(start + _RESCORED, len(questions)))
            self._target[part] = self._exact(part, questions[part, 3])
        bar = self._target if self._adds else np.zeros_like(self._target)  # [n_questions] what others must not reach
        if self._adds:  # three cosines, and sums below 6
            margin = np.full_like(bar, 3 * rows.error + 32 * _EPSILON)  # [n_questions]
        else:  # products of numbers from 0 to 1; one of them is the target times such a number
            margin = (1 + self._target) * (rows.error + 16 * _EPSILON)
        self._low, self._high = bar - margin, bar + margin  # [n_questions] what is between them needs a closer look

    def compare(self, here: Floats, start: int) -> None:
        """Compare right answers with the words from `start` on, of which `here` has the cosines; it is written to."""
        if not self._adds:
            here += 1
            here *= 0.5
        open_ = np.flatnonzero(~self.lost)  # [n_open]
        n_parts = min(self._n_threads, 1 + len(open_) // _LEAST)
        bounds = np.linspace(0, len(open_), n_parts + 1).astype(int).tolist()
        in_parts(lambda first, last: self._compare_some(here, start, open_[first:last]), bounds)

    def _compare_some(self, here: Floats, start: int, open_: Ids) -> None:
        size = here.shape[1]
        step = max(1, _SCORES_AT_ONCE // size)
        buffer = np.empty((2, step, size), np.float32)  # [2, step, size]
        for first in range(0, len(open_), step):
            part = open_[first : first + step]
            scores = self._scores(here, part, *buffer[:, : len(part)])  # [n_part, size]
            columns = self._questions[part] - start  # [n_part, 4]
            rows, own = np.nonzero((columns >= 0) & (columns < size))
            scores[rows, columns[rows, own]] = -np.inf  # the question's own words
            most = scores.max(axis=1)  # [n_part]
            beaten = most > self._high[part]
            self.lost[part[beaten]] = True
            for i in np.flatnonzero(~beaten & (most >= self._low[part])).tolist():
                question = int(part[i])
                self._settle(question, start + np.flatnonzero(scores[i] >= self._low[question]))

    def _scores(self, here: Floats, part: Ids, scores: Floats, spare: Floats) -> Floats:
        """Return what words score; with 3CosMul by how much a word beats the right answer, times a positive number."""
        a, b, c = self._places[part, :3].T  # each [n_part]
        np.take(here, b, axis=0, out=scores, mode="clip")
        np.take(here, c, axis=0, out=spare, mode="clip")
        if self._adds:
            scores += spare
            np.take(here, a, axis=0, out=spare, mode="clip")
        else:  # b * c / a > target, without the division
            scores *= spare
            np.take(here, a, axis=0, out=spare, mode="clip")
            spare += np.float32(SHIFT)
            spare *= self._target[part, None].astype(np.float32)
        scores -= spare
        return scores

    def _settle(self, question: int, ids: Ids) -> None:
        """Compare in float64 words that score about as much as the right answer of a question."""
        answer, target = self._questions[question, 3], self._target[question]
        for start in range(0, len(ids), _RESCORED):
            rivals = ids[start : start + _RESCORED]
            scores = self._exact(np.full(len(rivals), question), rivals)
            if ((scores > target) | ((scores == target) & (rivals < answer))).any():
                self.lost[question] = True
                return

    def _exact(self, questions: Ids, ids: Ids) -> Doubles:
        """Return what a word scores as the answer to the question beside it (float64 [n])."""
        a, b, c = (self._rows.exact(words, ids) for words in self._places[questions, :3].T)
        if self._adds:
            sums: Doubles = (b - a + c).round(DECIMALS)
            return sums
        return ((1 + b) / 2 * ((1 + c) / 2) / ((1 + a) / 2 + SHIFT)).round(DECIMALS)
