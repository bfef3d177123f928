"""`FeedForwardClassifier` as scikit-learn's users meet it, against scikit-learn's own logistic regression."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from textrep import FeedForwardClassifier, TfidfVectorizer
from textrep.classifiers.progress import FittingProgress

# Batches and the rows for validation are drawn from the rows there are: repeated rows are not the same as heavier ones.
# scikit-learn expects the same of SGDClassifier. What holds is tested below, with all rows in one batch.
STOCHASTIC = {
    f"check_sample_weight_equivalence_on_{kind}_data": "training draws batches of rows" for kind in ("dense", "sparse")
}
WHOLE = {"batch_size": 10_000, "validation_fraction": 0, "random_state": 0}  # one batch an epoch, no validation

GOOD = ["a good film", "good acting and a good plot", "what a fine film", "fine, and good fun"]
BAD = ["a bad film", "bad acting and a dull plot", "what a dull film", "dull, and bad fun"]
TEXTS, SENTIMENTS = (GOOD + BAD) * 8, (["pos"] * 4 + ["neg"] * 4) * 8


def small(**parameters: Any) -> FeedForwardClassifier:
    """A network that is trained in no time."""
    chosen = {"hidden_layer_sizes": (8,), "learning_rate": 0.02, "max_epochs": 10, "random_state": 0, "batch_size": 32}
    return FeedForwardClassifier(**{**chosen, **parameters})


def data(n_classes: int = 3, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    return make_classification(
        n, 10, n_informative=6, n_classes=n_classes, n_clusters_per_class=1, class_sep=2.0, random_state=0
    )


@parametrize_with_checks(
    [FeedForwardClassifier((16,), learning_rate=0.05, max_epochs=15)], expected_failed_checks=lambda _: STOCHASTIC
)
def test_scikit_learns_checks(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


@pytest.mark.slow
def test_scikit_learns_checks_with_the_defaults() -> None:
    check_estimator(FeedForwardClassifier(), expected_failed_checks=STOCHASTIC)


def test_in_a_pipeline_with_a_grid_search() -> None:
    model = make_pipeline(TfidfVectorizer(), small())
    assert cross_val_score(model, TEXTS, SENTIMENTS, cv=3).tolist() == [1.0, 1.0, 1.0]
    search = GridSearchCV(model, {"feedforwardclassifier__hidden_layer_sizes": [(), (8, 4)]}, cv=2)
    search.fit(TEXTS, SENTIMENTS)
    assert search.score(["good film", "dull film"], ["pos", "neg"]) == 1.0
    assert search.best_estimator_.classes_.tolist() == ["neg", "pos"]


@pytest.mark.parametrize(("kind", "n_classes"), [(np.asarray, 2), (np.asarray, 3), (sparse.csr_array, 3)])
def test_without_hidden_layers_it_is_logistic_regression(
    n_classes: int, kind: Callable[[Any], Any], device: str
) -> None:
    X, y = data(n_classes, n=100)
    model = FeedForwardClassifier((), learning_rate=0.1, max_epochs=600, l2=0.03, device=device, **WHOLE)
    model.fit(kind(X), y)
    # scikit-learn: 1/2 |w|^2 / C + the sum over rows
    expected = LogisticRegression(C=1 / (2 * 0.03 * len(X)), tol=1e-8, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), expected.predict_proba(X), atol=1e-3)
    if n_classes == 2:  # for three, logits are free up to a constant
        np.testing.assert_allclose(model.decision_function(X), expected.decision_function(X), atol=1e-2)
    assert (model.predict(X) == expected.predict(X)).all()
    assert model.score(X, y) == expected.score(X, y)


def test_weights_count_as_repeated_rows() -> None:
    X, y = data()
    weights = np.random.default_rng(0).integers(0, 4, len(X))
    repeated = np.repeat(np.arange(len(X)), weights)
    weighted = small(**WHOLE).fit(X, y, sample_weight=weights)
    expected = small(**WHOLE).fit(X[repeated], y[repeated])
    np.testing.assert_allclose(weighted.predict_proba(X), expected.predict_proba(X), atol=1e-4)
    assert np.abs(small(**WHOLE).fit(X, y).predict_proba(X) - expected.predict_proba(X)).max() > 1e-3
    assert weighted.history_[-1]["train_loss"] == pytest.approx(expected.history_[-1]["train_loss"], rel=1e-4)
    assert weighted.score(X, y, weights) == expected.score(X[repeated], y[repeated])


def test_weights_of_classes_count_as_weights_of_their_rows() -> None:
    X, y = data()
    y = np.array(["a", "b", "c"])[y]
    of_classes = {"a": 3.0, "c": 0.5}
    ours = small(**WHOLE, class_weight=of_classes).fit(X, y)
    expected = small(**WHOLE).fit(X, y, sample_weight=[of_classes.get(label, 1.0) for label in y])
    np.testing.assert_allclose(ours.predict_proba(X), expected.predict_proba(X), atol=1e-5)


def test_balanced_classes_are_found_where_one_is_rare() -> None:
    random = np.random.default_rng(0)
    y = (np.arange(400) % 20 == 0).astype(int)
    X = random.normal(size=(400, 3)) + y[:, None]
    plain, balanced = (small(class_weight=given).fit(X, y).predict(X) for given in (None, "balanced"))
    assert balanced[y == 1].mean() > plain[y == 1].mean() + 0.2


def test_a_sparse_matrix_is_never_dense_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    n, columns = 300, 2_000_000  # 2.4 GB, if it were dense
    random = np.random.default_rng(0)
    y = random.integers(0, 2, n)
    entries = np.stack([random.integers(2, columns, n), y])  # one column at random, and one that tells the class
    X = sparse.csr_matrix((np.ones(2 * n), entries.T.ravel(), np.arange(0, 2 * n + 1, 2)), (n, columns))
    for name in ("toarray", "todense"):
        monkeypatch.setattr(sparse.csr_matrix, name, lambda *_: pytest.fail("made dense"))
    model = small(hidden_layer_sizes=(2,), max_epochs=6, learning_rate=0.1).fit(X, y)
    assert model.score(X, y) == 1.0
    assert model.network_.first.sparse_gradient


def test_well_filled_sparse_rows_are_dense_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data(n=2000)
    X = sparse.csr_matrix(X)
    shapes = []
    toarray = sparse.csr_matrix.toarray
    monkeypatch.setattr(sparse.csr_matrix, "toarray", lambda self: [shapes.append(self.shape), toarray(self)][1])
    small(max_epochs=1).fit(X, y)
    assert 32 in {n for n, _ in shapes}
    assert max(n for n, _ in shapes) <= 512


@pytest.mark.parametrize("penalty", [{}, {"l2": 1e-4}])
def test_penalties_need_gradients_of_all_weights(penalty: dict[str, float]) -> None:
    texts = [" ".join([text, *(f"w{i}x{j}" for j in range(20))]) for i, text in enumerate(TEXTS)]
    X = TfidfVectorizer().fit_transform(texts)
    model = small(**penalty, max_epochs=1).fit(X, SENTIMENTS)
    assert model.network_.first.sparse_gradient == (not penalty)


def test_the_best_weights_are_kept() -> None:
    X, y = data(n=120)
    noisy = np.where(np.random.default_rng(0).random(len(y)) < 0.3, 0, y)  # soon learned by heart
    model = small(hidden_layer_sizes=(64,), max_epochs=60, patience=4).fit(X, noisy)
    losses = [epoch["validation_loss"] for epoch in model.history_]
    assert model.best_epoch_ == np.argmin(losses) + 1
    assert len(losses) == model.best_epoch_ + 4 < 60
    again = clone(model).set_params(max_epochs=model.best_epoch_, early_stopping=False).fit(X, noisy)
    np.testing.assert_array_equal(model.decision_function(X), again.decision_function(X))
    longer = clone(model).set_params(max_epochs=len(losses), early_stopping=False).fit(X, noisy)
    assert longer.best_epoch_ == len(losses)
    assert not np.array_equal(model.decision_function(X), longer.decision_function(X))


def test_validation_rows_are_not_trained_on() -> None:
    X, y = data(n=100)
    model = small(hidden_layer_sizes=(64,), max_epochs=100, learning_rate=0.05, early_stopping=False)
    model.fit(X, np.random.default_rng(0).permutation(y))  # nothing to learn but by heart
    assert model.history_[-1]["train_score"] == 1.0
    assert model.history_[-1]["validation_score"] < 0.9


def test_without_validation_there_is_nothing_of_it_in_the_history() -> None:
    X, y = data()
    model = small(validation_fraction=0).fit(X, y)
    assert set(model.history_[0]) == {"epoch", "train_loss", "train_score", "seconds"}
    assert (len(model.history_), model.best_epoch_) == (10, 10)


def test_rows_that_are_all_needed_are_not_validated_on() -> None:
    with pytest.warns(UserWarning, match=r"^no row of 2 can be spared for validation, so training does not stop early"):
        model = small(max_epochs=40).fit([[0.0], [1.0]], ["a", "b"])
    assert "validation_loss" not in model.history_[0]


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_a_seed_repeats_training_and_leaves_torchs_generator_alone(dropout: float) -> None:
    X, y = data()
    found = []
    for state in (1, 2):
        torch.manual_seed(state)
        before = torch.get_rng_state()
        model = small(dropout=dropout).fit(X, y)
        assert torch.equal(torch.get_rng_state(), before)
        found.append((model.decision_function(X), [epoch["train_loss"] for epoch in model.history_]))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]
    other = small(dropout=dropout, random_state=1).fit(X, y)
    assert not np.array_equal(other.decision_function(X), found[0][0])


def test_a_generator_goes_on_and_none_is_another_each_time() -> None:
    X, y = data()
    state = np.random.RandomState(0)
    for given in (state, None):
        first, second = (small(random_state=given).fit(X, y).decision_function(X) for _ in range(2))
        assert not np.array_equal(first, second)


def test_ctrl_c_keeps_the_best_weights_and_warns() -> None:
    X, y = data()

    class Pressed(FeedForwardClassifier):
        def _reporter(self) -> Callable[[FittingProgress], None]:
            return lambda progress: os.kill(os.getpid(), signal.SIGINT) if progress.epoch == 3 else None

    with pytest.warns(UserWarning, match=r"^training was interrupted after 3 epochs; the weights of epoch 3 are kept"):
        model = Pressed(hidden_layer_sizes=(8,), learning_rate=0.02, batch_size=32, random_state=0).fit(X, y)
    assert model.interrupted_
    assert len(model.history_) == 3
    np.testing.assert_array_equal(
        model.decision_function(X), small(max_epochs=3, early_stopping=False).fit(X, y).decision_function(X)
    )
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


TOPICS = [("sport",), ("sport", "money"), (), ("money",)]


def test_lists_of_labels_give_lists_of_labels() -> None:
    X, rows = np.tile(np.array([[1.0, 0], [1, 1], [0, 0], [0, 1]]), (20, 1)), TOPICS * 20
    model = small(max_epochs=60).fit(X, rows)
    assert model.classes_.tolist() == ["money", "sport"]
    assert model.predict(X[:4]) == [("sport",), ("money", "sport"), (), ("money",)]
    probabilities = model.predict_proba(X)
    assert probabilities.shape == model.decision_function(X).shape == (80, 2)
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-model.decision_function(X).astype(float))))
    assert model.score(X, rows) == 1.0
    assert model.score(X, [*rows[:-1], ("money", "unheard of")]) == 79 / 80
    as_sets = small(max_epochs=60).fit(X, [set(row) for row in rows])
    np.testing.assert_array_equal(as_sets.predict_proba(X), probabilities)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, lambda y: y.tolist()])
def test_a_matrix_of_labels_gives_a_matrix_of_labels(kind: Callable[[Any], Any]) -> None:
    X = np.tile(np.array([[1.0, 0], [1, 1], [0, 0], [0, 1]]), (20, 1))
    Y = X[:, ::-1].astype(int)
    model = small(max_epochs=60).fit(X, kind(Y))
    np.testing.assert_array_equal(model.predict(X), Y)
    assert model.score(X, kind(Y)) == 1.0


@pytest.mark.parametrize(
    "labels",
    [["a", "b"], [True, False], [None, "b"], [1, "1"], [2.0, 3.0], [b"x", b"y"], [("a", 1), ("b", 2)]],
    ids=repr,
)
def test_labels_come_back_as_they_were(labels: list[Any]) -> None:
    X = np.tile([[0.0], [1.0]], (20, 1))
    model = small(max_epochs=40, multilabel=False).fit(X, labels * 20)
    found = model.predict(X).tolist()
    assert found == labels * 20
    assert [type(label) for label in found] == [type(label) for label in labels] * 20
    assert model.score(X, labels * 20) == 1.0


@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_are_those_of_the_logits(n_classes: int) -> None:
    X, y = data(n_classes)
    model = small().fit(X, y)
    logits = model.decision_function(X).astype(float)
    if n_classes == 2:
        assert logits.shape == (200,)
        expected = np.stack([1 / (1 + np.exp(logits)), 1 / (1 + np.exp(-logits))], 1)
    else:
        expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-6)
    np.testing.assert_array_equal(model.predict(X), expected.argmax(1))


def test_pickles_predict_the_same() -> None:
    X, y = data()
    model = small().fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), model.predict_proba(X))


def test_names_of_columns_are_checked() -> None:
    pandas = pytest.importorskip("pandas")
    X, y = data()
    frame = pandas.DataFrame(X, columns=[f"c{i}" for i in range(10)])
    model = small().fit(frame, pandas.Series(y).map({0: "x", 1: "y", 2: "z"}))
    assert set(model.predict(frame)) == {"x", "y", "z"}
    with pytest.raises(ValueError, match=r"feature names should match"):
        model.predict(frame.rename(columns={"c0": "other"}))


def test_verbose_writes_a_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = data()
    model = small(verbose=1, max_epochs=2).fit(X, y)
    first, second, end = capsys.readouterr().err.splitlines()[:3]
    loss = model.history_[0]["train_loss"]
    assert first.startswith(f"epoch 1/2  loss {loss:.4f}, score ")
    assert "; validation: loss " in first
    assert first.endswith(" s left at most")
    assert second.startswith("epoch 2/2  loss ")
    assert end == "trained 2 epochs; the weights of epoch 2 are kept"


def test_the_summary_has_layers_shapes_and_totals() -> None:
    X, y = data()
    summary = FeedForwardClassifier((8, 4), dropout=0.1, max_epochs=1).fit(X, y).summary()
    assert [(layer.name, layer.kind, layer.output_shape, layer.parameters) for layer in summary.layers] == [
        ("first", "InputLayer", ("batch", 8), 88),
        ("rest.0", "ReLU", ("batch", 8), 0),
        ("rest.1", "Dropout", ("batch", 8), 0),
        ("rest.2", "Linear", ("batch", 4), 36),
        ("rest.3", "ReLU", ("batch", 4), 0),
        ("rest.4", "Dropout", ("batch", 4), 0),
        ("rest.5", "Linear", ("batch", 3), 15),
    ]
    assert (summary.trainable, summary.frozen, summary.total) == (139, 0, 139)
    lines = str(summary).splitlines()
    assert lines[0].split() == ["layer", "output", "shape", "parameters"]
    assert lines[2].split() == ["first", "(InputLayer)", "batch", "×", "8", "88"]
    assert lines[-1] == "139 parameters: 139 trainable, 0 frozen"
