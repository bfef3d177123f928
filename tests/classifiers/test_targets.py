"""Labels as numbers and back, weights of classes, losses, and the rows kept for validation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.class_weight import compute_class_weight

from textrep.classifiers.labels import LabelCoder, in_order
from textrep.classifiers.overfitting import overfitting_sentence
from textrep.classifiers.splitting import split_rows
from textrep.classifiers.targets import ClassTargets, class_weights

LABELS = st.one_of(st.text(max_size=3), st.integers(-9, 9), st.none(), st.binary(max_size=2), st.booleans())


@settings(deadline=None)
@given(st.lists(LABELS, min_size=1))
def test_labels_of_any_kind_go_to_numbers_and_come_back(labels: list[Any]) -> None:
    coder = LabelCoder.learn(labels)
    classes = coder.classes.tolist()
    assert set(classes) == set(labels)
    assert len(classes) == len(set(labels))
    codes = coder.encode(labels)
    assert coder.classes[codes].tolist() == labels
    assert LabelCoder.learn(labels[::-1]).classes.tolist() == classes or len(set(map(type, labels))) > 1


@pytest.mark.parametrize(
    ("labels", "classes", "dtype"),
    [
        (["b", "a", "b"], ["a", "b"], "<U1"),
        ([3, 1, 2], [1, 2, 3], "int64"),
        (np.array([3, 1], np.uint8), [1, 3], "uint8"),
        ([2.0, 1.0], [1.0, 2.0], "float64"),
        ([True, False], [False, True], "bool"),
        ([np.int64(2), np.int64(1)], [1, 2], "int64"),
        (np.array(["b", "a"], object), ["a", "b"], "<U1"),
        (["b", 1, "a", 2], [1, 2, "a", "b"], "object"),  # int before str
        ([None, "x"], [None, "x"], "object"),  # NoneType before str
        (["a\0", "a"], ["a", "a\0"], "object"),  # which NumPy would take for the same
        ([2, 1.5], [1.5, 2], "object"),
    ],
)
def test_classes_are_in_order_and_of_a_type_that_keeps_them(labels: Any, classes: list[Any], dtype: str) -> None:
    found = LabelCoder.learn(labels).classes
    assert found.tolist() == classes
    assert [type(label) for label in found.tolist()] == [type(label) for label in classes]
    assert found.dtype == dtype


def test_labels_that_are_no_classes_are_minus_one() -> None:
    coder = LabelCoder.learn(["a", "b"])
    assert coder.encode(["b", "c", "a"]).tolist() == [1, -1, 0]
    assert coder.encode(np.array(["b", "c", "a"], object)).tolist() == [1, -1, 0]
    assert coder.encode([1, "a"]).tolist() == [-1, 0]


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_several_labels_a_row(kind: type) -> None:
    rows = [kind(["b", "a"]), kind([]), kind(["c"])]
    coder = LabelCoder.learn(rows)
    assert (coder.kind, coder.classes.tolist(), coder.n_logits) == ("lists", ["a", "b", "c"], 3)
    assert coder.encode(rows).astype(int).tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert coder.decide(np.array([[1.0, 2, -1], [-1, -1, 0], [-1, -1, 1]])) == [("a", "b"), (), ("c",)]


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, lambda y: y.tolist(), list])
def test_a_matrix_of_0_and_1(kind: Any) -> None:
    Y = np.array([[0, 1, 1], [1, 0, 0]])
    coder = LabelCoder.learn(kind(Y))
    assert (coder.kind, coder.classes.tolist()) == ("indicators", [0, 1, 2])
    np.testing.assert_array_equal(coder.encode(kind(Y)), Y)
    np.testing.assert_array_equal(coder.decide(Y - 0.5), Y)
    with pytest.raises(ValueError, match=r"^y has 2 columns, but there are 3 classes$"):
        coder.encode(kind(Y[:, :2]))


def test_lists_of_numbers_are_labels_unless_they_are_rows_of_bits() -> None:
    assert LabelCoder.learn([[0], [1], [0]]).kind == "lists"
    assert LabelCoder.learn([[0, 2], [1, 2]]).kind == "lists"
    assert LabelCoder.learn([[0, 1], [1]]).kind == "lists"
    assert LabelCoder.learn([{0, 1}, {0, 1}]).kind == "lists"
    assert LabelCoder.learn([(0, 1), (1, 1)]).kind == "indicators"


def test_tuples_may_be_labels() -> None:
    rows = [("a", 1), ("b", 2), ("a", 1)]
    coder = LabelCoder.learn(rows, multilabel=False)
    assert coder.kind == "single"
    assert coder.classes[coder.encode(rows)].tolist() == rows
    assert LabelCoder.learn(rows).kind == "lists"


def test_tuples_of_0_and_1_may_be_labels_but_rows_of_a_matrix_are_none() -> None:
    rows = [(0, 1), (1, 1), (0, 1)]
    coder = LabelCoder.learn(rows, multilabel=False)
    assert coder.kind == "single"
    assert coder.classes.tolist() == [(0, 1), (1, 1)]
    assert coder.encode(rows).tolist() == [0, 1, 0]
    for matrix in (np.array(rows), sparse.csr_array(rows)):
        with pytest.raises(ValueError, match=r"^multilabel=False, but y is a matrix of shape \(3, 2\); pass one label"):
            LabelCoder.learn(matrix, multilabel=False)


def test_a_column_is_a_row_of_labels_with_a_warning() -> None:
    with pytest.warns(DataConversionWarning, match=r"A column-vector y was passed when a 1d array was expected"):
        assert LabelCoder.learn(np.array([["b"], ["a"]])).classes.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], r"^there is no label in y$"),
        ([[], []], r"^there is no label in y$"),
        ([{"a": 1}, "b"], r"^labels must be hashable"),
        (["a", float("nan")], r"^y contains NaN, which is no label"),
        (
            [4.0, 0.5, 0.125],
            r"^Unknown label type: continuous: y\[1\] is 0\.5, a measurement .* pass classes as str or int",
        ),
    ],
)
def test_what_are_no_labels(labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LabelCoder.learn(labels)


def test_what_pandas_has_for_a_missing_label_is_none() -> None:
    pandas = pytest.importorskip("pandas")
    for y, shown in (
        (["a", pandas.NA], "<NA>, which is no label"),
        (pandas.Series(["a", None], dtype="string"), "<NA>, which is no label"),
        (pandas.Series([1, None], dtype="Int64"), "NaN or infinity, which are no labels"),
    ):
        with pytest.raises(ValueError, match=rf"^y contains {shown}; label those rows, or leave them out$"):
            LabelCoder.learn(y)


@pytest.mark.parametrize(
    ("classes", "logits", "probabilities", "chosen"),
    [
        (["a", "b"], [[0.0], [2.0]], [[0.5, 0.5], [0.1192, 0.8808]], ["a", "b"]),
        (
            ["a", "b", "c"],
            [[0.0, 0.0, np.log(2)], [1.0, 1.0, 0.0]],
            [[0.25, 0.25, 0.5], [0.4223, 0.4223, 0.1554]],
            "ca",
        ),
    ],
)
def test_logits_to_probabilities_and_classes(classes: Any, logits: Any, probabilities: Any, chosen: Any) -> None:
    coder = LabelCoder(in_order(classes), "single")
    np.testing.assert_allclose(coder.probabilities(np.array(logits, np.float32)), probabilities, atol=1e-4)
    assert coder.decide(np.array(logits, np.float32)).tolist() == list(chosen)


def test_probabilities_of_large_logits_are_finite() -> None:
    for coder in (LabelCoder(np.arange(2), "single"), LabelCoder(np.arange(3), "single")):
        logits = np.full((2, coder.n_logits), 1e30, np.float32) * np.array([[1], [-1]], np.float32)
        found = coder.probabilities(logits)
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found.sum(1), 1)


def test_balanced_weights_are_scikit_learns() -> None:
    y = ["a"] * 10 + ["b"] * 5 + ["c"]
    coder = LabelCoder.learn(y)
    expected = compute_class_weight("balanced", classes=coder.classes, y=np.array(y))
    np.testing.assert_allclose(class_weights("balanced", coder, coder.encode(y)), expected)


def test_balanced_weights_of_several_labels_make_presence_and_absence_count_the_same() -> None:
    y = [{"a"}, {"a", "b"}, {"a"}, set()]
    coder = LabelCoder.learn(y)
    weights = class_weights("balanced", coder, coder.encode(y))
    present = np.array([3, 1])
    np.testing.assert_allclose(weights * present, 4 - present)
    y[3] = {"a"}  # now in every row; and b in none of the first
    np.testing.assert_allclose(class_weights("balanced", coder, coder.encode(y)), [1, 3])
    np.testing.assert_allclose(class_weights("balanced", coder, coder.encode(y[:1])), [1, 1])


def losses_written_out(logits: np.ndarray, codes: np.ndarray, of_class: np.ndarray, kind: str) -> np.ndarray:
    """Each row's loss, weighted by classes, in float64."""
    if kind == "several":
        p = 1 / (1 + np.exp(-logits))
        return -np.where(codes, np.log(p) * of_class, np.log(1 - p)).mean(1)
    if kind == "two":
        p = 1 / (1 + np.exp(-logits[:, 0]))
        return -np.log(np.where(codes == 1, p, 1 - p)) * of_class[codes]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return -np.log(p[np.arange(len(codes)), codes]) * of_class[codes]


@pytest.mark.parametrize("kind", ["two", "three", "several"])
@pytest.mark.parametrize("weighted", [False, True])
def test_losses_are_those_written_out(kind: str, weighted: bool) -> None:
    random = np.random.default_rng(0)
    n_classes = 2 if kind == "two" else 3
    if kind == "several":
        coder, codes = LabelCoder(np.arange(3), "indicators"), random.random((20, 3)) < 0.5
    else:
        coder, codes = LabelCoder(np.arange(n_classes), "single"), random.integers(0, n_classes, 20)
    logits = random.normal(size=(20, coder.n_logits))
    of_rows = random.random(20) + 0.1 if weighted else np.ones(20)
    of_class = random.random(n_classes) + 0.1 if weighted else np.ones(n_classes)
    training = np.arange(3, 17)
    targets = ClassTargets(coder, codes, of_rows, training, dict(enumerate(of_class)) if weighted else None)
    rows = np.array([2, 5, 19])
    all_weights = of_rows if kind == "several" else of_rows * of_class[codes]
    scale = all_weights[training].mean()
    expected = losses_written_out(logits, codes, of_class, kind) * of_rows / scale
    found = targets.losses(torch.from_numpy(logits[rows].astype(np.float32)), rows)
    assert float(found) == pytest.approx(expected[rows].sum(), rel=1e-5)
    assert targets.weight(training) == pytest.approx(len(training), rel=1e-6)
    assert targets.weight(rows) == pytest.approx(all_weights[rows].sum() / scale, rel=1e-6)
    if kind == "several":
        right = [((logits[row] > 0) == codes[row]).all() for row in rows]
    else:
        right = [coder.choose(logits[[row]])[0] == codes[row] for row in rows]
    assert targets.n_correct(logits[rows], rows) == sum(right)


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=120), st.floats(0, 0.9), st.integers(0, 9))
def test_each_class_has_its_share_of_validation_rows_and_one_to_train_on(
    labels: list[int], fraction: float, seed: int
) -> None:
    codes = np.unique(labels, return_inverse=True)[1]
    rows = np.arange(len(codes))[len(codes) % 3 :] if len(codes) > 3 else np.arange(len(codes))
    training, validation = split_rows(rows, codes, fraction, np.random.default_rng(seed))
    np.testing.assert_array_equal(np.sort(np.concatenate([training, validation])), rows)
    assert (np.diff(training) > 0).all()
    assert (np.diff(validation) > 0).all()
    assert set(codes[training]) == set(codes[rows])
    wanted = max(round(fraction * len(rows)), int(fraction > 0))
    counts, spared = np.bincount(codes[rows]), np.bincount(codes[rows], minlength=1) - 1
    assert len(validation) == min(wanted, spared.clip(min=0).sum())
    share = len(validation) / len(rows)
    for label, count in enumerate(counts):
        own = (codes[validation] == label).sum()
        limited = (spared.clip(min=0) < fraction * counts + 1).any()  # a class that cannot give its share
        assert limited or abs(own - share * count) <= 1.01


def test_a_split_is_random_but_for_its_seed() -> None:
    codes = np.arange(200) % 2
    rows = np.arange(200)
    first, again, other = (split_rows(rows, codes, 0.1, np.random.default_rng(seed))[1] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.bincount(codes[first]).tolist() == [10, 10]
    assert np.ptp(first) > 100


def test_without_classes_the_share_is_of_all() -> None:
    training, validation = split_rows(np.arange(50), None, 0.2, np.random.default_rng(0))
    assert (len(training), len(validation)) == (40, 10)
    assert split_rows(np.arange(1), None, 0.2, np.random.default_rng(0))[1].tolist() == []


@settings(deadline=None)
@given(st.integers(1, 60), st.floats(0.01, 0.9), st.integers(0, 99))
def test_each_label_of_several_keeps_a_row_to_train_on(n: int, fraction: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    codes = random.random((n, 4)) < [0.9, 0.5, 0.1, 0.0]
    training, validation = split_rows(np.arange(n), codes, fraction, random)
    assert sorted([*training, *validation]) == list(range(n))
    np.testing.assert_array_equal(codes[training].any(0), codes.any(0))
    assert len(validation) <= max(1, round(fraction * n))


def curve(*losses: tuple[float, float]) -> list[dict[str, float]]:
    return [{"epoch": i + 1, "train_loss": a, "validation_loss": b} for i, (a, b) in enumerate(losses)]


def test_overfitting_is_told_where_the_curves_part() -> None:
    sentence = overfitting_sentence(curve((0.7, 0.6), (0.5, 0.5), (0.3, 0.55), (0.2, 0.625)))
    assert sentence is not None
    gaps = [{"epoch": 0, "train_loss": 0.9}, *curve((0.7, 0.6), (0.5, 0.5), (0.3, 0.55), (0.2, 0.625)), {"epoch": 5}]
    assert overfitting_sentence(gaps) == sentence
    assert sentence.startswith(
        "Overfitting: since epoch 2 the validation loss has risen from 0.5 to 0.625 while the training loss fell from "
        "0.5 to 0.2;"
    )


@pytest.mark.parametrize(
    "history",
    [
        [],
        curve((0.7, 0.6)),
        curve((0.7, 0.6), (0.5, 0.5)),
        curve((0.7, 0.6), (0.5, 0.5), (0.4, 0.503)),  # hardly
        curve((0.7, 0.6), (0.5, 0.5), (0.6, 0.7)),  # both rise: training is unsteady
        [{"epoch": i, "train_loss": 1 / i} for i in range(1, 5)],
    ],
)
def test_there_is_nothing_to_tell_of_other_curves(history: list[dict[str, float]]) -> None:
    assert overfitting_sentence(history) is None
