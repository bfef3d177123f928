"""How many analogies word vectors answer: Athens is to Greece as Baghdad is to ...

The numbers are those of gensim's ``KeyedVectors.evaluate_word_analogies`` with ``dummy4unknown=False``: questions with
a word that is not in the vocabulary are left out, the words of a question are no answers to it, and the first 300,000
words of the vocabulary count unless one says otherwise. There is one difference: words are looked up as the store's
tokenizer writes them, where gensim compares upper-case forms.

References
----------
- T. Mikolov, W. Yih, G. Zweig: Linguistic regularities in continuous space word representations. NAACL-HLT 2013:
  3CosAdd.
- O. Levy, Y. Goldberg: Linguistic regularities in sparse and explicit word representations. CoNLL 2014: 3CosMul.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from textrep.evaluation.answers import METHODS, right_answers
from textrep.evaluation.gold import AnalogyGold, gold_of
from textrep.evaluation.words import check_words, number_of, spelled_as_in
from textrep.parallel import n_threads
from textrep.store import EmbeddingStore

__all__ = ["METHODS", "AnalogyScores", "SectionScores", "evaluate_analogies", "is_syntactic"]

_SYNTACTIC = ("gram", "syn")  # how such sections of questions-words.txt begin, and those of the Korean questions


@dataclass(frozen=True)
class SectionScores:
    """How many questions are answered, of a section or of several.

    Attributes
    ----------
    correct, covered, asked : int
        Questions answered right, those whose four words are all in the vocabulary, and all.
    """

    correct: int
    covered: int
    asked: int

    @property
    def accuracy(self) -> float:
        """Share of the covered questions that are answered right; NaN if none is covered."""
        return self.correct / self.covered if self.covered else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Return all of it by name, for JSON: None stands for NaN."""
        return {
            "correct": self.correct,
            "covered": self.covered,
            "asked": self.asked,
            "accuracy": self.accuracy if self.covered else None,
        }


@dataclass(frozen=True)
class AnalogyScores:
    """What `evaluate_analogies` finds.

    Attributes
    ----------
    name : str
        The gold set.
    method : str
        ``"3cosadd"`` or ``"3cosmul"``.
    n_words : int
        Words of the vocabulary that counted.
    sections : dict of str to SectionScores
        In the order of the gold set.
    """

    name: str
    method: str
    n_words: int
    sections: dict[str, SectionScores]

    @property
    def total(self) -> SectionScores:
        """All sections."""
        return _sum(self.sections.values())

    @property
    def semantic(self) -> SectionScores:
        """Sections that are not syntactic."""
        return _sum(scores for name, scores in self.sections.items() if not is_syntactic(name))

    @property
    def syntactic(self) -> SectionScores:
        """Sections about forms of words, whose names begin with ``gram`` or ``syn``."""
        return _sum(scores for name, scores in self.sections.items() if is_syntactic(name))

    def to_dict(self) -> dict[str, Any]:
        """Return all of it by name, for JSON."""
        return {
            "total": self.total.to_dict(),
            "semantic": self.semantic.to_dict(),
            "syntactic": self.syntactic.to_dict(),
            "sections": {name: scores.to_dict() for name, scores in self.sections.items()},
        }


def is_syntactic(section: str) -> bool:
    """Whether a section is about forms of words, as its name has it: ``gram3-comparative``, ``syn1_case``."""
    return section.startswith(_SYNTACTIC)


def _sum(scores: Iterable[SectionScores]) -> SectionScores:
    every = list(scores)
    return SectionScores(
        sum(own.correct for own in every), sum(own.covered for own in every), sum(own.asked for own in every)
    )


def evaluate_analogies(
    store: EmbeddingStore,
    gold: AnalogyGold | str | os.PathLike[str],
    method: str = "3cosadd",
    restrict_vocabulary: int | None = 300_000,
    n_jobs: int | None = None,
) -> AnalogyScores:
    """Ask a store analogies, and count the right answers.

    Parameters
    ----------
    store : EmbeddingStore
        Vectors of words, dense or sparse.
    gold : AnalogyGold or path-like
        What `read_gold` returns, or the file itself.
    method : {"3cosadd", "3cosmul"}
        What the answer is: the word ``d`` with the largest ``cos(d, b) - cos(d, a) + cos(d, c)``, or with the largest
        ``cos(d, b) * cos(d, c) / (cos(d, a) + 1e-6)``, where cosines are moved to lie from 0 to 1.
    restrict_vocabulary : int or None
        Only so many words count, the first of the store, which are the most frequent ones: others are neither asked nor
        answers. None is all.
    n_jobs : int, optional
        Threads that compare answers, -1 for all processors; None is 1. The answers are the same with any number. Matrix
        products take the threads of NumPy's BLAS, whatever is given here.

    Returns
    -------
    AnalogyScores

    Raises
    ------
    CorpusError
        If the file is malformed.
    StoreMismatchError
        If the store holds vectors of documents, or its tokenizer cannot be made again.
    TypeError
        If `store` is no store, or `gold` neither analogies nor a path.
    ValueError
        If the method is unknown, `restrict_vocabulary` is less than 1, or `n_jobs` is 0.
    """
    check_words(store)
    if method not in METHODS:
        raise ValueError(f"method={method!r} is not known. Known: {', '.join(map(repr, METHODS))}")
    n_words = len(store)
    if restrict_vocabulary is not None:
        if operator.index(restrict_vocabulary) < 1:
            raise ValueError(f"restrict_vocabulary must be None or at least 1, not {restrict_vocabulary}")
        n_words = min(n_words, operator.index(restrict_vocabulary))
    threads = n_threads(n_jobs)
    gold = gold_of(gold, AnalogyGold)
    asked = [question for questions in gold.sections.values() for question in questions]
    spelled = spelled_as_in(store, (word for question in asked for word in question))
    numbers = {word: number_of(store, key) for word, key in spelled.items()}
    found = [[numbers[word] for word in question] for question in asked]
    questions = np.array(found, np.int64).reshape(-1, 4)  # [n_questions, 4]
    covered = np.all((questions >= 0) & (questions < n_words), axis=1)  # [n_questions]
    right = np.zeros(len(questions), np.bool_)  # [n_questions]
    right[covered] = right_answers(store, questions[covered], method, n_words, threads)
    sections, start = {}, 0
    for name, its_questions in gold.sections.items():
        own = slice(start, start + len(its_questions))
        sections[name] = SectionScores(int(right[own].sum()), int(covered[own].sum()), len(its_questions))
        start = own.stop
    return AnalogyScores(gold.name, method, n_words, sections)
