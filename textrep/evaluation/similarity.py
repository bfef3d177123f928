"""How well the cosines of word vectors agree with what people say of the same pairs of words.

The numbers are those of gensim's ``KeyedVectors.evaluate_word_pairs``, with two differences: words are looked up as the
store's tokenizer writes them, where gensim compares upper-case forms; and all words of a store count, where gensim
takes the first 300,000. Cosines that are equal to 12 decimals tie.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textrep.evaluation.gold import SimilarityGold, WordPair, gold_of
from textrep.evaluation.words import check_words, spelled_as_in
from textrep.store import EmbeddingStore

__all__ = ["Correlation", "SimilarityScores", "evaluate_similarity"]


@dataclass(frozen=True)
class Correlation:
    """How two lists of scores of the same word pairs agree.

    Attributes
    ----------
    n_covered : int
        Pairs of which both words have a vector; the others are left out.
    spearman, pearson : float
        Spearman's rank correlation, ties with average ranks, and Pearson's correlation; NaN with fewer than two pairs,
        or if all scores are equal.
    """

    n_covered: int
    spearman: float
    pearson: float

    def to_dict(self) -> dict[str, Any]:
        """Return all of it by name, for JSON: None stands for NaN."""
        return {
            "n_covered": self.n_covered,
            "spearman": None if math.isnan(self.spearman) else self.spearman,
            "pearson": None if math.isnan(self.pearson) else self.pearson,
        }


@dataclass(frozen=True)
class SimilarityScores:
    """What `evaluate_similarity` finds.

    Attributes
    ----------
    name : str
        The gold set.
    n_pairs : int
        Pairs in it.
    n_covered, spearman, pearson
        As in `Correlation`: of the pairs whose words are both in the vocabulary.
    with_subwords : Correlation or None
        Of all pairs that have vectors when those of unseen words are made up of subwords; None without subwords.
    """

    name: str
    n_pairs: int
    n_covered: int
    spearman: float
    pearson: float
    with_subwords: Correlation | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return all of it by name, for JSON: None stands for NaN."""
        own = Correlation(self.n_covered, self.spearman, self.pearson).to_dict()
        more = None if self.with_subwords is None else self.with_subwords.to_dict()
        return {"n_pairs": self.n_pairs, **own, "with_subwords": more}


def evaluate_similarity(
    store: EmbeddingStore, gold: SimilarityGold | str | os.PathLike[str], subwords: bool = True
) -> SimilarityScores:
    """Compare the cosines of a store with scores that people gave pairs of words.

    Parameters
    ----------
    store : EmbeddingStore
        Vectors of words, dense or sparse.
    gold : SimilarityGold or path-like
        What `read_gold` returns, or the file itself.
    subwords : bool
        Whether to score also with vectors of unseen words, if the store has subwords.

    Returns
    -------
    SimilarityScores

    Raises
    ------
    CorpusError
        If the file is malformed.
    StoreMismatchError
        If the store holds vectors of documents, or its tokenizer cannot be made again.
    TypeError
        If `store` is no store, or `gold` neither word pairs nor a path.
    """
    check_words(store)
    gold = gold_of(gold, SimilarityGold)
    words = spelled_as_in(store, (word for pair in gold.pairs for word in pair[:2]))
    keys = {word: key for word, key in words.items() if key is not None and key in store}
    seen = _correlation(store, gold.pairs, keys)
    with_subwords = None
    if subwords and store.subwords is not None:
        others = {word: spelled for word, spelled in words.items() if spelled is not None and word not in keys}
        has_vector = store.vectors_where_known(list(others.values()))[1]  # [n_others]
        made_up = {word: others[word] for word, known in zip(others, has_vector.tolist(), strict=True) if known}
        with_subwords = _correlation(store, gold.pairs, keys | made_up)
    return SimilarityScores(
        gold.name, len(gold.pairs), seen.n_covered, seen.spearman, seen.pearson, with_subwords=with_subwords
    )


def _correlation(store: EmbeddingStore, pairs: Sequence[WordPair], known: dict[str, str]) -> Correlation:
    """Compare the cosines of the words that are known, by how the store spells them."""
    covered = [pair for pair in pairs if pair.first in known and pair.second in known]
    gold = [pair.score for pair in covered]
    cosines = [store.similarity(known[pair.first], known[pair.second]) for pair in covered]
    if _is_constant(gold) or _is_constant(cosines):
        return Correlation(len(covered), math.nan, math.nan)
    from scipy import stats

    spearman = np.corrcoef(stats.rankdata(gold), stats.rankdata(cosines))[0, 1]
    return Correlation(len(covered), float(spearman), float(np.corrcoef(gold, cosines)[0, 1]))


def _is_constant(values: Collection[float]) -> bool:
    """Whether there are no two different values, and so nothing to compare."""
    return len(set(values)) < 2
