"""What all three estimators do alike: fits that fail, Ctrl-C, switches, processes, threads, searches."""

from __future__ import annotations

import os
import pickle
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from saved_models import NAMES, ROWS, SENTENCES, SIGNS, SMALL, TEXTS, answers, dense_store, new_rows
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.validation import check_is_fitted

from textrep import FeedForwardClassifier, RecurrentClassifier, RecurrentTagger
from textrep.classifiers.progress import FittingProgress

SIZES = {**SMALL, "hidden_size": 3, "vector_size": 4}
ESTIMATORS = {
    "feedforward": (FeedForwardClassifier((4,), **SMALL), ROWS, SIGNS),
    "recurrent": (RecurrentClassifier(**SIZES), TEXTS, SIGNS),
    "tagger": (RecurrentTagger(**SIZES), SENTENCES * 6, NAMES * 6),
}


@pytest.fixture(params=ESTIMATORS)
def given(request: pytest.FixtureRequest) -> tuple[Any, Any, Any]:
    """An estimator that is not fitted, rows and labels."""
    estimator, X, y = ESTIMATORS[request.param]
    return clone(estimator), X, y


# ------------------------------------------------------------------------------------------------ fits that fail


class HaltError(Exception):
    """What a callback raises."""


def halt(progress: FittingProgress) -> None:
    raise HaltError(f"in epoch {progress.epoch}")


def press_twice(_progress: FittingProgress) -> None:
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("how", ["callback", "Ctrl-C", "labels", "parameter"])
def test_a_fit_that_fails_leaves_nothing_half_done(given: tuple[Any, Any, Any], how: str, tmp_path: Any) -> None:
    """An old network beside new words, tags or classes would predict without an error, and wrong."""
    model, X, y = given
    expected = answers(model.fit(X, y), new_rows(model))
    if how == "callback":
        with pytest.raises(HaltError, match=r"^in epoch 1$"):
            model.fit_reporting(X[::2], y[::2], halt)
    elif how == "Ctrl-C":
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            model.fit_reporting(X[::2], y[::2], press_twice)
    elif how == "labels":
        with pytest.raises(ValueError, match=r"^X has 24 (rows|sentences), but y has 23; pass "):
            model.fit(X, y[1:])
    else:
        with pytest.raises(ValueError, match=r"^l2 must be a number"):
            model.set_params(l2=-1).fit(X, y)
    for use in (model.predict, model.predict_proba, model.decision_function, lambda _: model.summary()):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            use(X)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        model.save(tmp_path / "m.textrep")
    with pytest.raises(NotFittedError, match="not fitted yet"):
        check_is_fitted(model)
    assert not hasattr(model, "history_")
    assert answers(model.set_params(l2=0.0).fit(X, y), new_rows(model)) == expected


def test_ctrl_c_keeps_the_best_weights_and_warns(given: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    model, X, y = given

    def press(progress: FittingProgress) -> None:
        if progress.epoch == 2 and progress.record:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(type(model), "_reporter", lambda _: press)
    with pytest.warns(UserWarning, match=r"^training was interrupted after 2 epochs; the weights of epoch \d are kept"):
        model.set_params(max_epochs=9, early_stopping=False).fit(X, y)
    losses = [epoch["validation_loss"] for epoch in model.history_]
    assert model.interrupted_
    assert (len(losses), model.best_epoch_) == (2, int(np.argmin(losses)) + 1)
    monkeypatch.undo()
    shorter = clone(model).set_params(max_epochs=model.best_epoch_).fit(X, y)
    assert answers(model, new_rows(model)) == answers(shorter, new_rows(model))


@pytest.mark.parametrize("value", ["no", 1, None], ids=repr)
@pytest.mark.parametrize(
    ("name", "switch"),
    [
        ("feedforward", "early_stopping"),
        ("recurrent", "bidirectional"),
        ("recurrent", "fine_tune"),
        ("tagger", "crf"),
        ("tagger", "char_features"),
        ("tagger", "bidirectional"),
    ],
)
def test_switches_are_true_or_false(name: str, switch: str, value: Any) -> None:
    model, X, y = ESTIMATORS[name]
    with pytest.raises(ValueError, match=rf"^{switch} must be True or False; got {re.escape(repr(value))}$"):
        clone(model).set_params(**{switch: value}).fit(X, y)


# ----------------------------------------------------------------------------------- processes, threads, searches


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_seed_repeats_training_in_two_threads(name: str) -> None:
    """With layers that are large enough to be shared out."""
    model, X, y = ESTIMATORS[name]
    sizes: dict[str, Any] = {"hidden_size": 96, "vector_size": 96}
    if name == "feedforward":
        sizes, X = {"hidden_layer_sizes": (512,)}, np.random.default_rng(0).normal(size=(len(X), 512))
    model = clone(model).set_params(**sizes, dropout=0.3, max_epochs=1)
    first, again = (clone(model).fit(X, y) for _ in range(2))
    assert [{**epoch, "seconds": 0} for epoch in first.history_] == [
        {**epoch, "seconds": 0} for epoch in again.history_
    ]
    for one, other in zip(first.network_.parameters(), again.network_.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("name", ["recurrent", "tagger"])
def test_with_a_store_it_goes_to_another_process(name: str) -> None:
    model, X, y = ESTIMATORS[name]
    model = clone(model).set_params(store=dense_store())
    sent = pickle.loads(pickle.dumps(model))
    assert list(sent.store.keys) == list(dense_store().keys)
    assert answers(sent.fit(X, y), new_rows(model)) == answers(model.fit(X, y), new_rows(model))
    assert answers(pickle.loads(pickle.dumps(model)), new_rows(model)) == answers(model, new_rows(model))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["recurrent", "tagger"])
def test_with_a_store_it_is_validated_in_processes(name: str) -> None:
    model, X, y = ESTIMATORS[name]
    model = clone(model).set_params(store=dense_store())
    alone, apart = (cross_val_score(model, X, y, cv=2, n_jobs=n, error_score="raise") for n in (1, 2))
    np.testing.assert_allclose(apart, alone)


def test_a_tagger_is_searched_for() -> None:
    model, X, y = ESTIMATORS["tagger"]
    assert cross_val_score(model, X, y, cv=2, error_score="raise").shape == (2,)
    search = GridSearchCV(model, {"crf": [True, False]}, cv=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["mean_test_score"]) == 2
    assert search.best_score_ == search.cv_results_["mean_test_score"].max()
    assert search.predict([["Ann", "saw"], []])[1] == []


# ------------------------------------------------------------------------------------------------ wrong types


def test_labels_and_callbacks_of_a_wrong_type_are_named(given: tuple[Any, Any, Any]) -> None:
    estimator, X, y = given
    lists = r"lists of tags, one for each sentence" if isinstance(estimator, RecurrentTagger) else "labels"
    for wrong in (5, Path("labels.txt")):
        with pytest.raises(TypeError, match=f"^y must be a list of {lists}.*, not {re.escape(repr(wrong))}$"):
            estimator.fit(X, wrong)
    with pytest.raises(TypeError, match=r"^on_progress must be a function, not None$"):
        estimator.fit_reporting(X, y, None)
    with pytest.raises(TypeError, match=r"^path must be the path of a file, a str or a Path, not None$"):
        type(estimator).load(None)


def test_weights_that_are_no_numbers_are_named() -> None:
    with pytest.raises(TypeError, match=r"^sample_weight must be numbers, one for each row, not 'balanced'$"):
        FeedForwardClassifier().fit(ROWS, SIGNS, sample_weight="balanced")


def test_labels_that_are_all_none_are_one_class() -> None:
    with pytest.raises(ValueError, match=r"^y has one class only, None, in n_samples=2 rows"):
        FeedForwardClassifier().fit(np.eye(2), [None, None])
