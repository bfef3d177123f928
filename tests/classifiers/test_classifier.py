"""What both classifiers do with labels, weights of rows and scores; tried with the quicker one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from saved_models import ROWS, SIGNS, SMALL, TOPICS, fitted
from scipy import sparse
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score

from textrep import FeedForwardClassifier
from textrep.classifiers import feedforward_classifier


def made(**parameters: Any) -> FeedForwardClassifier:
    return FeedForwardClassifier(**{"hidden_layer_sizes": (4,), **SMALL, **parameters})


@pytest.mark.parametrize("name", ["feedforward", "several labels", "indicators"])
@pytest.mark.parametrize("n", [1, 3, 23, 25])
def test_a_score_needs_a_label_for_each_row(name: str, n: int) -> None:
    y = {"feedforward": SIGNS, "several labels": TOPICS, "indicators": np.eye(3, dtype=int)[[0, 1, 2] * 8]}[name]
    labels = [*y, y[0]][:n]
    with pytest.raises(ValueError, match=rf"^X has 24 rows, but y has {n}; pass a label for each row$"):
        fitted(name).score(ROWS, np.array(labels) if name == "indicators" else labels)
    assert 0 <= fitted(name).score(ROWS, y if name == "indicators" else iter(y)) <= 1


@pytest.mark.parametrize(
    ("name", "expected"), [("feedforward", False), ("LSTM", False), ("several labels", True), ("indicators", True)]
)
def test_whether_a_row_may_have_several_labels(name: str, expected: bool) -> None:
    assert fitted(name).multilabel_ is expected


def test_tuples_of_0_and_1_may_be_labels() -> None:
    corners = [(0, 0), (0, 1), (1, 1)] * 8
    X = np.array(corners, float)
    model = made(multilabel=False, max_epochs=200, learning_rate=0.05).fit(X, corners)
    assert not model.multilabel_
    assert model.classes_.tolist() == [(0, 0), (0, 1), (1, 1)]
    assert model.predict(X).tolist() == corners
    assert model.score(X, corners) == 1.0
    with pytest.raises(ValueError, match=r"^multilabel=False, but y is a matrix of shape \(24, 2\)"):
        made(multilabel=False).fit(X, np.array(corners))


def test_lists_of_labels_are_validated_in_folds_that_know_no_classes() -> None:
    folds = KFold(2)
    assert cross_val_score(made(), ROWS, TOPICS, cv=folds, error_score="raise").shape == (2,)
    search = GridSearchCV(made(), {"hidden_layer_sizes": [(), (3,)]}, cv=folds, error_score="raise").fit(ROWS, TOPICS)
    assert search.best_estimator_.multilabel_
    assert cross_val_score(made(), ROWS, np.eye(3, dtype=int)[[0, 1, 2] * 8], cv=2, error_score="raise").shape == (2,)


def test_labels_of_rows_that_do_not_count_are_classes_all_the_same() -> None:
    y = ["never", *SIGNS[1:]]
    model = made().fit(ROWS, y, sample_weight=[0, *[1] * 23])
    assert model.classes_.tolist() == ["+", "-", "0", "never"]


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_rows_beyond_float32_are_refused(kind: Any) -> None:
    X = ROWS.copy()
    X[5, 2] = 1e300
    message = r"^X\[5, 2\] is 1e\+300, beyond float32, which networks compute in; scale the inputs$"
    with pytest.raises(ValueError, match=message):
        made().fit(kind(X), SIGNS)
    for use in (fitted("feedforward").predict, fitted("feedforward").predict_proba):
        with pytest.raises(ValueError, match=message):
            use(kind(X))


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_dense_rows_are_predicted_a_few_at_a_time(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model, sizes = fitted("feedforward"), []
    expected = model.predict_proba(ROWS)
    take = feedforward_classifier.take_rows
    monkeypatch.setattr(
        feedforward_classifier, "take_rows", lambda X, rows, dense: [sizes.append(len(rows)), take(X, rows, dense)][1]
    )
    monkeypatch.setattr(feedforward_classifier, "_MAX_PLACES", 37)
    np.testing.assert_allclose(model.predict_proba(kind(ROWS)), expected, rtol=1e-5)
    assert sizes == [7, 7, 7, 3]
    sizes.clear()
    monkeypatch.setattr(feedforward_classifier, "_MAX_PLACES", 1)
    model.predict_proba(kind(ROWS[:3]))
    assert sizes == [1, 1, 1]
