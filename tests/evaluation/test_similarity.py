"""Cosines against scores of people: gensim's correlations on the same vectors, with and without subwords."""

from __future__ import annotations

import math
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse, stats

from textrep import EmbeddingStore, StoreMismatchError, embed, get_tokenizer
from textrep.evaluation import AnalogyGold, Correlation, SimilarityGold, WordPair, evaluate_similarity

WORDS = [f"{consonant}{vowel}" for consonant in "bcdfghklm" for vowel in "aeiou"] + ["왕", "여왕", "나라"]
RANDOM = np.random.default_rng(5)
VECTORS = RANDOM.standard_normal((len(WORDS), 7)).astype(np.float32)


def gold_of(n: int, words: list[str] = WORDS) -> SimilarityGold:
    random = np.random.default_rng(n)
    pairs = [(*random.choice(words, 2), int(random.integers(0, 6)) / 2) for _ in range(n)]  # scores tie
    return SimilarityGold("gold", tuple(WordPair(str(a), str(b), score) for a, b, score in pairs))


def test_correlations_are_those_of_gensim(tmp_path: Path) -> None:
    pytest.importorskip("gensim")
    store = EmbeddingStore.from_vectors(WORDS, VECTORS)
    gold = gold_of(60, [*WORDS, "unseen", "못본말"])
    path = tmp_path / "gold.tsv"
    path.write_text("".join(f"{a}\t{b}\t{score}\n" for a, b, score in gold.pairs), encoding="utf-8")
    pearson, spearman, oov = store.to_gensim().evaluate_word_pairs(str(path))
    scores = evaluate_similarity(store, path)
    assert scores.spearman == pytest.approx(spearman[0], abs=1e-6)
    assert scores.pearson == pytest.approx(pearson[0], abs=1e-6)
    assert (scores.name, scores.n_pairs, scores.with_subwords) == (str(path), 60, None)
    assert 40 < scores.n_covered < 60
    assert 1 - scores.n_covered / 60 == pytest.approx(oov / 100)
    assert evaluate_similarity(store, gold).spearman == scores.spearman


def test_subwords_cover_unseen_words() -> None:
    store = embed(
        ["king queen kingdom ruler"] * 9, method="fasttext", vector_size=8, epochs=1, buckets=500, min_count=1, sample=0
    )
    words = ["king", "Queen", "kingdom", "ruler", "Rulers", "queenly", "!?"]
    gold = gold_of(40, words)
    scores = evaluate_similarity(store, gold)
    for covered, own in ((words[:4], scores), (words[:6], scores.with_subwords)):
        pairs = [pair for pair in gold.pairs if {pair.first, pair.second} <= {*covered}]
        cosines = [store.similarity(pair.first.lower(), pair.second.lower()) for pair in pairs]
        assert own.n_covered == len(pairs)
        assert own.spearman == pytest.approx(stats.spearmanr([p.score for p in pairs], cosines)[0])
        assert own.pearson == pytest.approx(stats.pearsonr([p.score for p in pairs], cosines)[0])
    assert scores.n_covered < scores.with_subwords.n_covered < 40
    assert evaluate_similarity(store, gold, subwords=False).with_subwords is None


def test_words_are_looked_up_as_the_tokenizer_writes_them() -> None:
    gold = SimilarityGold(
        "gold", tuple(WordPair(*pair) for pair in (("Ba", "CE", 1), ("do", "fu", 2), ("ba do", "ce", 3)))
    )
    plain = EmbeddingStore.from_vectors(WORDS, VECTORS)
    lower = EmbeddingStore.from_vectors(WORDS, VECTORS, tokenizer=get_tokenizer("word"))
    assert evaluate_similarity(plain, gold).n_covered == 1
    assert evaluate_similarity(lower, gold).n_covered == 2
    with_capital = EmbeddingStore.from_vectors([*WORDS, "Ba"], [*VECTORS, -VECTORS[0]], tokenizer=get_tokenizer("word"))
    assert evaluate_similarity(with_capital, gold).pearson == pytest.approx(  # a key as it is written comes first
        1.0 if with_capital.similarity("Ba", "ce") < lower.similarity("do", "fu") else -1.0
    )
    decomposed = unicodedata.normalize("NFD", "여왕")
    korean = SimilarityGold("gold", (WordPair("왕", decomposed, 1), WordPair("나라", "왕", 0)))
    assert evaluate_similarity(lower, korean).n_covered == 2


def test_too_few_pairs_have_no_correlation() -> None:
    store = EmbeddingStore.from_vectors(WORDS, VECTORS)
    for pairs in ([("ba", "x", 1)], [("ba", "ce", 1), ("y", "ba", 2)], [("ba", "ce", 1), ("do", "fu", 1)]):
        scores = evaluate_similarity(store, SimilarityGold("gold", tuple(WordPair(*pair) for pair in pairs)))
        assert math.isnan(scores.spearman)
        assert math.isnan(scores.pearson)
        assert (scores.to_dict()["spearman"], scores.to_dict()["pearson"]) == (None, None)
    assert Correlation(3, 0.5, 0.25).to_dict() == {"n_covered": 3, "spearman": 0.5, "pearson": 0.25}


def test_a_sparse_store_scores_as_its_dense_form() -> None:
    thin = np.where(RANDOM.random(VECTORS.shape) < 0.6, 0, VECTORS)
    gold = gold_of(50)
    dense = evaluate_similarity(EmbeddingStore.from_vectors(WORDS, thin), gold)
    assert evaluate_similarity(EmbeddingStore.from_vectors(WORDS, sparse.csr_array(thin)), gold) == dense


def test_documents_and_other_things_are_refused() -> None:
    documents = EmbeddingStore.from_vectors(WORDS, VECTORS, texts=WORDS)
    with pytest.raises(StoreMismatchError, match="holds vectors of documents, and gold sets score those of words"):
        evaluate_similarity(documents, gold_of(3))
    with pytest.raises(TypeError, match="must be an EmbeddingStore"):
        evaluate_similarity("a.textrep", gold_of(3))
    words = EmbeddingStore.from_vectors(WORDS, VECTORS)
    told = "^gold must be a SimilarityGold, or the path of a file, not "
    with pytest.raises(TypeError, match=f"{told}AnalogyGold; evaluate_analogies takes one$"):
        evaluate_similarity(words, AnalogyGold("gold", {}))
    with pytest.raises(TypeError, match=f"{told}tuple$"):
        evaluate_similarity(words, gold_of(3).pairs)


def test_a_tokenizer_that_cannot_be_made_again_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: EmbeddingStore) -> None:
        raise ValueError("there is no tokenizer 'x'")

    monkeypatch.setattr(EmbeddingStore, "tokenizer", property(missing))
    with pytest.raises(
        StoreMismatchError, match=r"this store: words of a gold set cannot be split .*: there is no tok"
    ):
        evaluate_similarity(EmbeddingStore.from_vectors(WORDS, VECTORS), gold_of(3))
