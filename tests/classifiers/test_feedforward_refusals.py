"""What `FeedForwardClassifier` refuses, and what it says then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from textrep import DocumentError, FeedForwardClassifier, TrainingError

ROWS = np.random.default_rng(0).normal(size=(200, 10))
CLASSES = np.arange(200) % 3


@pytest.mark.parametrize(
    "X",
    [["good film"] * 4, np.array(["good film"] * 4), [["good film", "x"], ["y"]], "good film"],
    ids=["list", "array", "tokens", "one"],
)
def test_texts_are_refused_with_what_is_missing(X: Any) -> None:
    message = (
        r"^X(\[0\])? is .*'good film'.* takes a matrix, not texts; put a vectorizer before it: make_pipeline\(Tfidf"
    )
    fitted = FeedForwardClassifier((), max_epochs=1, validation_fraction=0).fit([[0.0], [1.0]], ["a", "b"])
    for refuse in (lambda: FeedForwardClassifier().fit(X, [0, 1] * 2), lambda: fitted.predict(X)):
        with pytest.raises(DocumentError, match=message):
            refuse()


def test_it_is_not_fitted_before_fit() -> None:
    for method in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(NotFittedError, match=r"This FeedForwardClassifier instance is not fitted yet"):
            getattr(FeedForwardClassifier(), method)([[0.0]])
    with pytest.raises(NotFittedError, match=r"This FeedForwardClassifier instance is not fitted yet"):
        FeedForwardClassifier().summary()


def test_a_rate_that_diverges_is_named() -> None:
    with pytest.raises(TrainingError, match=r"NaN or infinite values at learning_rate=10; pass a lower one"):
        FeedForwardClassifier((8,), learning_rate=10.0, batch_size=32, random_state=0).fit(ROWS * 3e37, CLASSES)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hidden_layer_sizes": (8, 0)}, r"^hidden_layer_sizes must be a tuple of integers of at least 1.*\(8, 0\)$"),
        ({"hidden_layer_sizes": 8}, r"^hidden_layer_sizes must be a tuple of integers.* got 8$"),
        ({"activation": "gelu"}, r"^activation must be one of 'relu', 'tanh', 'sigmoid', 'identity'; got 'gelu'$"),
        ({"dropout": 1.0}, r"^dropout must be a number at least 0 and at most 0\.99"),
        ({"learning_rate": 0}, r"^learning_rate must be a number above 0"),
        ({"batch_size": 0}, r"^batch_size must be an integer of at least 1; got 0"),
        ({"max_epochs": 2.5}, r"^max_epochs must be an integer of at least 1; got 2\.5"),
        ({"patience": 0}, r"^patience must be an integer of at least 1; got 0"),
        ({"validation_fraction": 1.0}, r"^validation_fraction must be a number at least 0 and at most 0\.9"),
        ({"l1": -1}, r"^l1 must be a number at least 0"),
        ({"l2": "much"}, r"^l2 must be a number at least 0.* got 'much'$"),
        ({"clip_gradient": 0}, r"^clip_gradient must be a number above 0"),
        ({"early_stopping": "yes"}, r"^early_stopping must be True or False; got 'yes'$"),
        ({"class_weight": "heavy"}, r"^class_weight must be None, 'balanced', or a dict .* got 'heavy'$"),
        ({"class_weight": {7: 1.0}}, r"^class_weight names 7, which is not among the labels 0, 1, 2$"),
        ({"class_weight": {1: 0}}, r"^class_weight\[1\] must be a number above 0; got 0$"),
        ({"multilabel": "no"}, r"^multilabel must be True or False; got 'no'$"),
        ({"multilabel": True}, r"^multilabel=True needs a list or set of labels for each row"),
        ({"device": "abacus"}, r"^device must be 'auto', 'cpu', 'cuda' or 'cuda:NUMBER'; got 'abacus'$"),
        ({"device": "cuda:77"}, r"^device is 'cuda:77', but PyTorch finds (no GPU|\d+ GPUs); pass device='auto'"),
    ],
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FeedForwardClassifier(**wrong).fit(ROWS, CLASSES)


@pytest.mark.parametrize(
    ("y", "weights", "message"),
    [
        (["a"] * 200, None, r"^y has one class only, 'a', in n_samples=200 rows that count; a classifier needs two"),
        (["a"] * 199, None, r"^X has 200 rows, but y has 199; pass a label for each row$"),
        ("abc", None, r"^y is the single str 'abc'; pass a list of labels"),
        (None, None, r"^FeedForwardClassifier requires y to be passed, but the target y is None$"),
        ([["a"]] * 199 + ["b"], None, r"^labels must be hashable"),
        (["a", "b"] * 100, [1.0], r"^sample_weight has shape \(1,\), but 200 rows need \(200,\)$"),
        (["a", "b"] * 100, [-1.0] * 200, r"^sample_weight must be numbers of at least 0"),
        (["a", "b"] * 100, [0.0] * 200, r"^sample_weight is all zero"),
        (["a", "b"] * 100, [0, 1] * 100, r"^y has one class only, 'b', in n_samples=100 rows that count"),
        ([float("nan"), "b"] * 100, None, r"^y contains NaN, which is no label"),
        (np.array([np.nan, 1.0] * 100), None, r"^y contains NaN or infinity, which are no labels"),
        (np.full((200, 2), 2), None, r"^a matrix y must hold 0 and 1 only"),
    ],
)
def test_labels_and_weights_that_do_not_fit_are_refused(y: Any, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FeedForwardClassifier().fit(ROWS, y, weights)
