"""Analogies answered by blocks: gensim's answers on the same vectors, and a slow oracle for ties and odd vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from textrep import EmbeddingStore, StoreMismatchError, get_tokenizer
from textrep.evaluation import (
    AnalogyGold,
    Question,
    SectionScores,
    SimilarityGold,
    answers,
    evaluate_analogies,
)
from textrep.parallel import in_parts

METHODS = pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
N_STEMS = 40


@pytest.fixture
def store() -> EmbeddingStore:
    """Stems, and the same with a suffix, which is about one direction in space; so some analogies hold, some do not."""
    random = np.random.default_rng(3)
    stems = random.standard_normal((N_STEMS, 12))
    forms = stems + random.standard_normal(12) + 0.9 * random.standard_normal((N_STEMS, 12))
    keys = [f"stem{i}" for i in range(N_STEMS)] + [f"stem{i}s" for i in range(N_STEMS)]
    return EmbeddingStore.from_vectors(keys, np.concatenate([stems, forms]).astype(np.float32))


def gold_file(tmp_path: Path) -> Path:
    path = tmp_path / "gold.txt"
    lines = [": gram1-suffix"]
    lines += [f"stem{i} stem{i}s stem{j} stem{j}s" for i in range(N_STEMS) for j in range(N_STEMS) if (i + j) % 3]
    lines += [": backwards", *(f"stem{i}s stem{i} stem{j}s stem{j}" for i in range(9) for j in range(N_STEMS))]
    lines += ["stem1 unseen stem2 stem2s", "stem1 stem1s stem2 stem1", ": unseen", "a b c d"]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("restrict", [None, 70, 1000])
def test_3cosadd_answers_as_gensim_does(store: EmbeddingStore, tmp_path: Path, restrict: int | None) -> None:
    pytest.importorskip("gensim")
    path = gold_file(tmp_path)
    accuracy, sections = store.to_gensim().evaluate_word_analogies(str(path), restrict_vocab=restrict)
    scores = evaluate_analogies(store, path, restrict_vocabulary=restrict)
    assert {name: (own.correct, own.covered) for name, own in scores.sections.items()} == {
        each["section"]: (len(each["correct"]), len(each["correct"]) + len(each["incorrect"])) for each in sections[:-1]
    }
    assert scores.total.accuracy == pytest.approx(accuracy)
    assert 0.2 < scores.syntactic.accuracy < 0.9  # some right, some wrong
    assert scores.n_words == min(restrict or 80, 80)
    assert scores.sections["unseen"] == SectionScores(0, 0, 1)
    assert math.isnan(scores.sections["unseen"].accuracy)
    assert scores.semantic == SectionScores(
        scores.sections["backwards"].correct, scores.semantic.covered, 9 * N_STEMS + 3
    )
    assert scores.total.asked == scores.semantic.asked + scores.syntactic.asked


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`")
def test_3cosmul_answers_as_gensim_does(store: EmbeddingStore, tmp_path: Path) -> None:
    pytest.importorskip("gensim")
    vectors = store.to_gensim()
    path = gold_file(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    right = 0
    for a, b, c, d in (line.split() for line in lines[1 : lines.index(": backwards")]):
        right += vectors.most_similar_cosmul(positive=[b, c], negative=[a], topn=1)[0][0] == d
    scores = evaluate_analogies(store, path, "3cosmul")
    assert scores.syntactic.correct == right
    assert 0.2 * scores.syntactic.covered < right < 0.9 * scores.syntactic.covered
    assert scores.syntactic.correct != evaluate_analogies(store, path, "3cosadd").syntactic.correct


def oracle(vectors: np.ndarray, question: list[int], method: str) -> bool:
    """Whether a question is answered right, in float64, one word after the other."""
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    units = vectors / np.where(lengths > 0, lengths, 1)[:, None]
    a, b, c = (units @ units[i] for i in question[:3])
    if method == "3cosadd":
        scores = b - a + c
    else:
        scores = (1 + b) / 2 * ((1 + c) / 2) / ((1 + a) / 2 + 1e-6)
    ranked = sorted((-score, i) for i, score in enumerate(scores.round(9)) if i not in question[:3])
    return bool(ranked) and ranked[0][1] == question[3]


@METHODS
@pytest.mark.parametrize("kind", ["dense", "sparse"])
@given(
    n=st.integers(2, 60),
    dim=st.integers(1, 4),
    values=st.sampled_from([2, 3, 1000]),
    n_questions=st.integers(1, 30),
    block=st.integers(1, 9),
    seed=st.integers(0, 2**32),
)
def test_it_answers_as_the_oracle_does(
    method: str, kind: str, n: int, dim: int, values: int, n_questions: int, block: int, seed: int
) -> None:
    """Small whole numbers: rows of zeros, rows that are equal or opposite, words that are asked with twice."""
    random = np.random.default_rng(seed)
    vectors = random.integers(-values + 1, values, (n, dim)).astype(np.float32)
    keys = [f"w{i}" for i in range(n)]
    store = EmbeddingStore.from_vectors(keys, vectors if kind == "dense" else sparse.csr_array(vectors))
    questions = random.integers(0, n, (n_questions, 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "_BLOCK", (1, block))
        patch.setattr(answers, "_SCORES_AT_ONCE", 16)
        right = answers.right_answers(store, questions, method, n)
    assert right.tolist() == [oracle(vectors, question, method) for question in questions.tolist()]


@METHODS
@pytest.mark.parametrize("scale", [1e-35, 1e-5, 1e15])
def test_lengths_of_vectors_do_not_count(store: EmbeddingStore, tmp_path: Path, method: str, scale: float) -> None:
    path = gold_file(tmp_path)
    lengths = np.where(np.arange(len(store)) % 2, scale, 1).astype(np.float32)[:, None]
    scaled = EmbeddingStore.from_vectors(store.keys, store.vectors * lengths)
    assert evaluate_analogies(scaled, path, method).sections == evaluate_analogies(store, path, method).sections


def test_equal_vectors_are_told_by_the_order_of_keys() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 3]] + np.float32(0.1)
    gold = [AnalogyGold("gold", {"x": (Question("a", "b", "c", answer),)}) for answer in ("first", "second")]
    store = EmbeddingStore.from_vectors(["a", "b", "c", "first", "second"], vectors)
    for method in ("3cosadd", "3cosmul"):
        assert [evaluate_analogies(store, each, method).total.correct for each in gold] == [1, 0]


def test_words_are_looked_up_as_the_tokenizer_writes_them() -> None:
    keys, vectors = ["athens", "greece", "oslo", "norway"], np.eye(4, dtype=np.float32)
    gold = AnalogyGold("gold", {"x": (Question("Athens", "Greece", "Oslo", "Norway"),)})
    plain = EmbeddingStore.from_vectors(keys, vectors)
    lower = EmbeddingStore.from_vectors(keys, vectors, tokenizer=get_tokenizer("word"))
    assert evaluate_analogies(plain, gold).total == SectionScores(0, 0, 1)
    assert evaluate_analogies(lower, gold).total == SectionScores(1, 1, 1)
    assert evaluate_analogies(lower, gold, restrict_vocabulary=3).total == SectionScores(0, 0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "cosmul"}, r"method='cosmul' is not known. Known: '3cosadd', '3cosmul'"),
        ({"restrict_vocabulary": 0}, "restrict_vocabulary must be None or at least 1, not 0"),
        ({"n_jobs": 0}, "n_jobs must be None, a positive number of threads, or -1 for all processors; got 0"),
    ],
)
def test_wrong_parameters_are_named(store: EmbeddingStore, tmp_path: Path, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate_analogies(store, gold_file(tmp_path), **arguments)


@pytest.mark.parametrize("sections", [{}, {"empty": (), "gram1-empty": ()}])
@METHODS
def test_a_gold_set_without_questions_scores_nothing(store: EmbeddingStore, sections: dict, method: str) -> None:
    scores = evaluate_analogies(store, AnalogyGold("gold", sections), method)
    assert scores.sections == dict.fromkeys(sections, SectionScores(0, 0, 0))
    assert math.isnan(scores.total.accuracy)


def test_documents_and_other_gold_sets_are_refused(store: EmbeddingStore) -> None:
    documents = EmbeddingStore.from_vectors(store.keys, store.vectors, texts=list(store.keys))
    with pytest.raises(StoreMismatchError, match="holds vectors of documents, and gold sets score those of words"):
        evaluate_analogies(documents, AnalogyGold("gold", {}))
    told = "^gold must be an AnalogyGold, or the path of a file, not "
    with pytest.raises(TypeError, match=f"{told}SimilarityGold; evaluate_similarity takes one$"):
        evaluate_analogies(store, SimilarityGold("gold", ()))
    with pytest.raises(TypeError, match=f"{told}dict$"):
        evaluate_analogies(store, {"x": ()})


@METHODS
@pytest.mark.parametrize(("n_jobs", "n_threads"), [(None, 1), (1, 1), (3, 3)])
def test_threads_are_those_asked_for_and_answer_alike(
    store: EmbeddingStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    n_jobs: int | None,
    n_threads: int,
) -> None:
    path = gold_file(tmp_path)
    expected = evaluate_analogies(store, path, method)
    numbers = []

    def noting(work: Callable[[int, int], None], bounds: list[int]) -> None:
        numbers.append(len(bounds) - 1)
        in_parts(work, bounds)

    monkeypatch.setattr(answers, "in_parts", noting)
    monkeypatch.setattr(answers, "_LEAST", 16)
    assert evaluate_analogies(store, path, method, n_jobs=n_jobs) == expected
    assert max(numbers) == n_threads
