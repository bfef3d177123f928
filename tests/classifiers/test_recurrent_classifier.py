"""`RecurrentClassifier`: what it learns, what it knows of words, and that a document's result is its own."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score

from textrep import DocumentError, EmbeddingStore, EmptyCorpusError, get_tokenizer, read_corpus
from textrep.classifiers import recurrent_classifier
from textrep.classifiers.batches import FIRST_WORD
from textrep.classifiers.poolings import POOLINGS
from textrep.classifiers.recurrent import CELLS
from textrep.classifiers.recurrent_classifier import RecurrentClassifier
from textrep.store.subwords import SubwordTable
from textrep.text.subwords import Subwords

RANDOM = np.random.default_rng(0)
FILLERS = [f"w{i}" for i in range(12)]
GOOD, BAD = ["good", "fine", "nice"], ["bad", "poor", "awful"]


def made_texts(n: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Texts of fillers with one word that tells the label."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(n) % 2)
    texts = []
    for label in labels:
        words = [*random.choice(FILLERS, random.integers(1, 7)), random.choice((BAD, GOOD)[label])]
        texts.append(" ".join(random.permutation(words)))
    return texts, ["-+"[label] for label in labels]


TEXTS, LABELS = made_texts(120)


def made(store: EmbeddingStore | None = None, **options: Any) -> RecurrentClassifier:
    small = {
        "hidden_size": 8, "vector_size": 8, "learning_rate": 0.02, "batch_size": 16, "max_epochs": 8, "random_state": 0,
        "dropout": 0.1,
    }  # fmt: skip
    return RecurrentClassifier(store, **(small | options))


def vectors_of(words: list[str]) -> np.ndarray:
    """Words of either side are near to each other."""
    side = np.array([(word in GOOD) - (word in BAD) for word in words], float)
    return np.random.default_rng(3).normal(size=(len(words), 8)) * 0.3 + side[:, None]


WORDS = [*FILLERS, *GOOD, *BAD]
STORE = EmbeddingStore.from_vectors(WORDS, vectors_of(WORDS), tokenizer=get_tokenizer("word"))


@pytest.fixture(scope="module")
def fitted() -> RecurrentClassifier:
    return made().fit(TEXTS, LABELS)


ATTENTIVE = {"cell": "gru", "pooling": "attention", "bidirectional": False}
PLAIN = {"cell": "rnn", "pooling": "mean", "hidden_layer_sizes": (8,), "activation": "tanh"}
DEEP = {"num_layers": 2, "pooling": "last", "max_epochs": 15, "random_state": 1}


@pytest.mark.parametrize(
    ("options", "store"),
    [
        ({}, STORE),
        (ATTENTIVE, None),
        (PLAIN, STORE),
        (DEEP, None),
        *(
            pytest.param(*pair, marks=pytest.mark.slow)
            for pair in [({}, None), (ATTENTIVE, STORE), (PLAIN, None), (DEEP, STORE)]
        ),
    ],
    ids=lambda value: "store" if value is STORE else str(value or "no"),
)
def test_it_learns(store: EmbeddingStore | None, options: dict[str, Any], device: str) -> None:
    model = made(store, **options, device=device).fit(TEXTS, LABELS)
    texts, labels = made_texts(60, seed=1)
    assert model.score(texts, labels) > 0.95
    assert model.classes_.tolist() == ["+", "-"]
    assert set(model.predict(texts)) == {"+", "-"}
    assert [record["epoch"] for record in model.history_] == list(range(1, len(model.history_) + 1))


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_document_has_the_same_result_alone_and_in_company(cell: str, pooling: str) -> None:
    given = EmbeddingStore.from_vectors(WORDS[:-1], vectors_of(WORDS[:-1]))
    model = made(given, cell=cell, pooling=pooling, max_epochs=1, num_layers=2).fit(TEXTS[:60], LABELS[:60])
    texts = ["", "good", "zzz yyy", "w1 w2 bad", " ".join(FILLERS * 9), "!!", "awful w1", "fine zzz"]
    together = model.predict_proba(texts)
    for text, expected in zip(texts, together, strict=True):
        np.testing.assert_allclose(model.predict_proba([text])[0], expected, atol=1e-6)
    np.testing.assert_allclose(model.predict_proba(texts[::-1]), together[::-1], atol=1e-6)
    assert np.isfinite(together).all()
    assert together[0].tolist() == together[5].tolist() != together[2].tolist(), "no word is not an unknown word"


def test_unknown_words_are_one_word(fitted: RecurrentClassifier) -> None:
    one, other, known = fitted.predict_proba(["zzz yyy", "brand new", "w1 w2"])
    np.testing.assert_allclose(one, other, atol=1e-6)
    assert abs(one[0] - known[0]) > 1e-6


@pytest.mark.parametrize("tokenizer", ["word", "whitespace", "char", lambda text: [t for t in text.split(" ") if t]])
def test_a_trailing_newline_changes_nothing(tokenizer: Any) -> None:
    texts = TEXTS[:40]
    plain = made(tokenizer=tokenizer, max_epochs=2).fit(texts, LABELS[:40])
    ended = made(tokenizer=tokenizer, max_epochs=2).fit([f"{text}\n" for text in texts], LABELS[:40])
    np.testing.assert_array_equal(ended.predict_proba(texts), plain.predict_proba(texts))
    np.testing.assert_array_equal(plain.predict_proba([f"{text}\r\n" for text in texts]), plain.predict_proba(texts))


def table_of(model: RecurrentClassifier) -> dict[str, np.ndarray]:
    rows = model.network_.embedding.words.detach().numpy()[FIRST_WORD:]
    return dict(zip(model.words_.table, rows, strict=True))


def test_frozen_vectors_stay_those_of_the_store() -> None:
    model = made(STORE, fine_tune=False).fit(TEXTS, LABELS)
    assert set(table_of(model)) == set(WORDS)
    for word, row in table_of(model).items():
        np.testing.assert_array_equal(row, STORE[word])
    unknown = model.network_.embedding.unknown.detach().numpy()
    assert (unknown != STORE.vectors.mean(0)).all(), "learned all the same"
    assert model.summary().frozen == (len(WORDS) + 2) * 8


def test_fine_tuned_vectors_change_and_the_store_does_not() -> None:
    before = STORE.vectors.copy()
    model = made(STORE).fit(TEXTS, LABELS)
    assert all((row != STORE[word]).any() for word, row in table_of(model).items())
    np.testing.assert_array_equal(STORE.vectors, before)
    assert model.summary().frozen == 0


def test_a_prediction_knows_words_of_the_store_that_training_had_not() -> None:
    texts, labels = zip(
        *((t, y) for t, y in zip(TEXTS, LABELS, strict=True) if not {"nice", "awful"} & set(t.split())), strict=True
    )
    model = made(STORE).fit(texts, labels)
    assert "nice" not in model.words_.table
    assert model.predict(["w1 nice", "awful w2", "nice", "awful"]).tolist() == ["+", "-", "+", "-"]
    one, other = model.predict_proba(["w1 nice w2", "w1 unseen w2"])
    assert abs(one[0] - other[0]) > 0.1


def test_words_without_a_key_have_the_vectors_of_their_subwords() -> None:
    rule = Subwords(min_n=4, max_n=4, buckets=1000)
    parts = {"<goo": 1.0, "<bad": -1.0}
    numbers = sorted(rule.row_of(part) for part in parts)
    rows = np.array([[{rule.row_of(part): x for part, x in parts.items()}[n]] * 8 for n in numbers], np.float32)
    table = SubwordTable(rule, np.array(numbers, np.int32), rows)
    given = EmbeddingStore.from_vectors(FILLERS, vectors_of(FILLERS), subwords=table)
    texts, labels = made_texts(80)
    texts = [t.replace("fine", "goodish").replace("nice", "goody") for t in texts]
    texts = [t.replace("poor", "badder").replace("awful", "badly") for t in texts]
    model = made(given).fit(texts, labels)
    assert {"good", "goodish", "bad", "badly"} < set(model.words_.table)
    assert "goodness" not in model.words_.table
    assert model.predict(["w1 goodness", "baddest w2", "goods", "badge"]).tolist() == ["+", "-", "+", "-"]
    frozen = made(given, fine_tune=False, max_epochs=1).fit(texts, labels)
    np.testing.assert_array_equal(table_of(frozen)["goodish"], given["goodish"])


def test_a_vocabulary_beyond_the_training_part_is_not_learned() -> None:
    """Words of validation documents alone are as unknown as they will be in a prediction."""
    texts = [f"{text} only{i}" for i, text in enumerate(TEXTS)]
    model = made(max_epochs=1, validation_fraction=0.5).fit(texts, LABELS)
    assert sum(word.startswith("only") for word in model.words_.table) == 60


def test_min_count_makes_rare_words_unknown() -> None:
    model = made(max_epochs=1, min_count=2).fit([*TEXTS, "once bad"], [*LABELS, "-"])
    assert "once" not in model.words_.table
    np.testing.assert_allclose(*model.predict_proba(["once", "never"]), atol=1e-6)


def test_seeded_runs_repeat_exactly_and_leave_other_randomness_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = made(max_epochs=3, dropout=0.3).fit(TEXTS, LABELS)
    assert torch.equal(torch.rand(3), expected)
    torch.manual_seed(6)
    np.random.seed(7)  # noqa: NPY002
    other = made(max_epochs=3, dropout=0.3).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(one.predict_proba(TEXTS), other.predict_proba(TEXTS))
    assert [{**record, "seconds": 0} for record in one.history_] == [
        {**record, "seconds": 0} for record in other.history_
    ]
    third = made(max_epochs=3, dropout=0.3, random_state=1).fit(TEXTS, LABELS)
    assert (one.predict_proba(TEXTS) != third.predict_proba(TEXTS)).any()


def test_two_classes(fitted: RecurrentClassifier) -> None:
    logits, probabilities = fitted.decision_function(TEXTS), fitted.predict_proba(TEXTS)
    assert logits.shape == (120,)
    assert probabilities.shape == (120, 2)
    np.testing.assert_allclose(probabilities.sum(1), 1)
    np.testing.assert_allclose(probabilities[:, 1], 1 / (1 + np.exp(-logits.astype(float))), rtol=1e-6)
    np.testing.assert_array_equal(fitted.predict(TEXTS), np.where(logits > 0, "-", "+"))


def test_three_classes_of_mixed_types() -> None:
    labels: list[Any] = [{"+": 1, "-": "no"}[label] for label in LABELS]
    labels[:30] = [None] * 30
    model = made(max_epochs=1).fit([*["only fillers"] * 30, *TEXTS[30:]], labels)
    assert model.classes_.tolist() == [None, 1, "no"]
    assert model.decision_function(TEXTS).shape == model.predict_proba(TEXTS).shape == (120, 3)
    np.testing.assert_allclose(model.predict_proba(TEXTS).sum(1), 1)


def test_several_labels_a_document() -> None:
    """Lists of labels, some of them empty; and the same as a matrix of 0 and 1."""
    labels = [
        [name for name, words in (("bad", BAD), ("good", GOOD), ("w1", ["w1"])) if set(words) & set(text.split())]
        for text in TEXTS
    ]
    labels[0], texts = [], ["w2 w3", *TEXTS[1:]]
    model = made(max_epochs=20).fit(texts, labels)
    assert model.classes_.tolist() == ["bad", "good", "w1"]
    assert model.predict_proba(texts).shape == model.decision_function(texts).shape == (120, 3)
    assert model.predict(["w1 good", "bad", "w2 w3"]) == [("good", "w1"), ("bad",), ()]
    assert model.score(texts, labels) > 0.9
    matrix = np.array([[name in row for name in ("bad", "good", "w1")] for row in labels], int)
    same = made(max_epochs=20).fit(texts, matrix)
    np.testing.assert_array_equal(same.predict_proba(texts), model.predict_proba(texts))
    assert same.predict(["w1 good", "w2 w3"]).tolist() == [[0, 1, 1], [0, 0, 0]]


def test_documents_come_in_many_forms(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("".join(f"{text}\n" for text in TEXTS))
    expected = made(max_epochs=1).fit(TEXTS, LABELS).predict_proba(TEXTS)
    for given in (path, read_corpus(path), iter(TEXTS), np.array(TEXTS), [text.split() for text in TEXTS]):
        model = made(max_epochs=1).fit(given, iter(LABELS))
        np.testing.assert_array_equal(model.predict_proba(TEXTS), expected)
    np.testing.assert_array_equal(model.predict_proba(path), expected)
    np.testing.assert_array_equal(model.predict_proba([text.split() for text in TEXTS]), expected)


def test_predictions_are_made_some_at_a_time(fitted: RecurrentClassifier, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = fitted.predict_proba(TEXTS)
    monkeypatch.setattr(recurrent_classifier, "PREDICTED_AT_ONCE", 7)
    monkeypatch.setattr(recurrent_classifier, "PREDICTED_IN_A_BATCH", 3)
    np.testing.assert_allclose(fitted.predict_proba(TEXTS), expected, atol=1e-6)


def test_no_documents_have_no_results(fitted: RecurrentClassifier) -> None:
    assert fitted.predict([]).tolist() == []
    assert fitted.predict_proba(iter([])).shape == (0, 2)


def test_the_tokenizer_is_that_of_the_store_unless_another_is_given() -> None:
    split = get_tokenizer("whitespace")
    given = EmbeddingStore.from_vectors(["Good!", "good"], np.eye(2, 8), tokenizer=split)
    texts = ["Good! good", "good good"] * 10
    assert made(given, max_epochs=1).fit(texts, [0, 1] * 10).words_.table.to_list() == ["good", "Good!"]
    word = made(given, max_epochs=1, tokenizer="word").fit(texts, [0, 1] * 10)
    assert word.words_.table.to_list() == ["good"]
    assert word.tokenizer_ == get_tokenizer("word")
    assert made(max_epochs=1).fit(texts, [0, 1] * 10).tokenizer_ == get_tokenizer("word")


def test_it_is_an_estimator_of_scikit_learn() -> None:
    model = made(STORE, max_epochs=2)
    copied = clone(model)
    assert copied.store.keys is STORE.keys
    assert copied.get_params() | {"store": None} == model.get_params() | {"store": None}
    assert cross_val_score(made(max_epochs=6), TEXTS, LABELS, cv=2).mean() > 0.8
    search = GridSearchCV(made(), {"max_epochs": [1, 2]}, cv=2, refit=False).fit(TEXTS, LABELS)
    assert len(search.cv_results_["mean_test_score"]) == 2
    with pytest.raises(NotFittedError, match="not fitted yet"):
        model.predict(TEXTS)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        model.summary()


def test_the_summary_has_all_layers(fitted: RecurrentClassifier) -> None:
    summary = fitted.summary()
    n_words = len(fitted.words_)
    assert summary.total == sum(p.numel() for p in fitted.network_.parameters())
    shapes = {layer.name: layer.output_shape for layer in summary.layers}
    assert shapes["embedding"] == ("batch", "words", 8)
    assert shapes["encoder.to_right.0"] == ("words", "batch", 8)
    assert shapes["pooling"] == ("batch", 16)
    assert {layer.name: layer.parameters for layer in summary.layers}["embedding"] == (n_words + 3) * 8


def test_a_store_that_hardly_knows_the_documents_is_told() -> None:
    given = EmbeddingStore.from_vectors(["w1", "das"], np.eye(2, 8))
    with pytest.warns(
        UserWarning, match=r"^the store has vectors for \d+ of the \d+ words trained on; .* another lang"
    ):
        made(given, max_epochs=1).fit(TEXTS, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made(STORE, max_epochs=1).fit(TEXTS, LABELS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "lstmm"}, r"^cell must be one of 'rnn', 'gru', 'lstm'; got 'lstmm'$"),
        ({"pooling": "sum"}, r"^pooling must be one of 'max', 'mean', 'last', 'attention'; got 'sum'$"),
        ({"activation": "elu"}, r"^activation must be one of 'relu', .*; got 'elu'$"),
        ({"hidden_size": 0}, r"^hidden_size must be an integer of at least 1; got 0"),
        ({"num_layers": 1.5}, r"^num_layers must be an integer of at least 1; got 1.5"),
        ({"vector_size": -1}, r"^vector_size must be an integer of at least 1; got -1"),
        ({"hidden_layer_sizes": (0,)}, r"^hidden_layer_sizes must be a tuple of integers of at least 1"),
        ({"dropout": 1.0}, r"^dropout must be a number at least 0 and at most 0.99 .*; got 1.0$"),
        ({"learning_rate": 0}, r"^learning_rate must be a number above 0"),
        ({"batch_size": 0}, r"^batch_size must be an integer of at least 1; got 0"),
        ({"min_count": 0}, r"^min_count must be an integer of 1 or more, not 0$"),
        ({"min_count": 1000}, r"^min_count=1000 leaves no word: the most frequent occurs \d+ times; lower min_count$"),
        ({"tokenizer": "words"}, r"^unknown tokenizer 'words'; known are 'word'"),
        ({"fine_tune": False}, r"^fine_tune=False freezes the vectors of a store, .*; pass store=, or fine_tune=True$"),
    ],
    ids=str,
)
def test_parameters_that_mean_nothing_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**options).fit(TEXTS, LABELS)


def test_what_cannot_be_learned_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^documents is one str, 'a good film'"):
        made().fit("a good film", ["+"])
    with pytest.raises(DocumentError, match=r"^documents\[1\] is 3, a int"):
        made().fit(["a", 3], ["+", "-"])
    with pytest.raises(ValueError, match=r"^X has 2 rows, but y has 3; pass a label for each row$"):
        made().fit(["a", "b"], ["+", "-", "+"])
    with pytest.raises(ValueError, match=r"^y has one class only, '\+', in n_samples=2 rows"):
        made().fit(["a", "b"], ["+", "+"])
    with pytest.raises(EmptyCorpusError, match=r"^the documents for training hold not one token"):
        made(validation_fraction=0).fit(["", "!"], ["+", "-"])
    with pytest.raises(TypeError, match=r"^store must be an EmbeddingStore, not 'v.textrep'"):
        made("v.textrep").fit(TEXTS, LABELS)
    from scipy import sparse

    with pytest.raises(ValueError, match=r"has sparse vectors, .*; a recurrent network takes dense vectors of words"):
        made(EmbeddingStore.from_vectors(["good"], sparse.csr_array([[1.0]]))).fit(TEXTS, LABELS)
    model = made(max_epochs=1).fit(TEXTS, LABELS)
    with pytest.raises(DocumentError, match=r"^documents is one str, 'good'"):
        model.predict("good")
