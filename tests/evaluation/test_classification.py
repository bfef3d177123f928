"""Scores of classes are scikit-learn's, whatever the labels are."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn import metrics
from sklearn.preprocessing import MultiLabelBinarizer

from textrep.evaluation import ClassScores, classification_scores

labels = st.sampled_from(["가", "b", "c d", "d"])
single = st.lists(st.tuples(labels, labels) | labels.map(lambda label: (label, label)), min_size=1, max_size=20)
label_sets = st.lists(labels, max_size=3, unique=True)
multiple = st.lists(st.tuples(label_sets, label_sets), min_size=1, max_size=12).filter(lambda some: any(map(any, some)))


def same_as_sklearn(scores, y_true, y_pred, classes) -> None:
    """Compare with what scikit-learn says of the labels themselves."""
    options = {"zero_division": 0, "labels": classes}
    assert scores.accuracy == metrics.accuracy_score(y_true, y_pred)
    assert scores.macro_f1 == metrics.f1_score(y_true, y_pred, average="macro", **options)
    assert scores.micro_f1 == metrics.f1_score(y_true, y_pred, average="micro", **options)
    columns = metrics.precision_recall_fscore_support(y_true, y_pred, average=None, **options)
    assert list(scores.per_class.values()) == [ClassScores(*row) for row in zip(*columns, strict=True)]


@given(single)
def test_one_label_a_document(pairs: list[tuple[str, str]]) -> None:
    y_true, y_pred = map(list, zip(*pairs, strict=True))
    scores = classification_scores(y_true, y_pred)
    assert list(scores.classes) == sorted({*y_true, *y_pred})
    same_as_sklearn(scores, y_true, y_pred, list(scores.classes))
    if len(scores.classes) > 1:  # scikit-learn warns about one class
        np.testing.assert_array_equal(scores.confusion_matrix, metrics.confusion_matrix(y_true, y_pred))
    assert (scores.confusion_matrix.dtype, scores.n_documents, scores.is_multilabel) == (np.int64, len(pairs), False)


@given(multiple)
def test_several_labels_a_document(pairs: list[tuple[list[str], list[str]]]) -> None:
    y_true, y_pred = map(list, zip(*pairs, strict=True))
    scores = classification_scores(y_true, y_pred)
    assert list(scores.classes) == sorted({label for some in [*y_true, *y_pred] for label in some})
    binarizer = MultiLabelBinarizer(classes=scores.classes)
    true, predicted = binarizer.fit_transform(y_true), binarizer.transform(y_pred)
    if len(scores.classes) > 1:  # one column is no multi-label target to scikit-learn
        same_as_sklearn(scores, true, predicted, np.arange(len(scores.classes)))
        np.testing.assert_array_equal(scores.confusion_matrix, metrics.multilabel_confusion_matrix(true, predicted))
    assert scores.confusion_matrix.shape == (len(scores.classes), 2, 2)
    assert (scores.n_documents, scores.is_multilabel) == (len(pairs), True)


matrices = st.integers(1, 8).flatmap(
    lambda n: st.integers(2, 5).flatmap(
        lambda k: st.tuples(
            *[st.lists(st.lists(st.sampled_from([0, 1]), min_size=k, max_size=k), min_size=n, max_size=n)] * 2
        )
    )
)


@given(matrices, st.sampled_from([np.array, sparse.csr_matrix, sparse.coo_array, pd.DataFrame]))
def test_matrices_of_0_and_1_have_a_column_for_each_class(pair: tuple[list[list[int]], list[list[int]]], make) -> None:
    y_true, y_pred = map(np.array, pair)
    n_classes = y_true.shape[1]
    scores = classification_scores(make(y_true), make(y_pred))
    assert (scores.classes, scores.is_multilabel) == (tuple(range(n_classes)), True)
    same_as_sklearn(scores, y_true, y_pred, np.arange(n_classes))
    np.testing.assert_array_equal(scores.confusion_matrix, metrics.multilabel_confusion_matrix(y_true, y_pred))
    names = list("가bcde"[:n_classes])
    label_lists = [[names[i] for i in np.flatnonzero(row)] for row in y_pred]
    mixed = classification_scores(make(y_true), label_lists, labels=names)
    assert mixed.to_dict() == classification_scores(y_true, y_pred, labels=names).to_dict()
    assert [own.f1 for own in mixed.per_class.values()] == [own.f1 for own in scores.per_class.values()]


def test_one_class_warns_of_nothing(recwarn: pytest.WarningsRecorder) -> None:
    assert classification_scores(["a", "a"], ["a", "a"]).confusion_matrix.tolist() == [[2]]
    assert classification_scores([["a"], []], [["a"], ["a"]]).micro_f1 == pytest.approx(2 / 3)
    assert [str(warning.message) for warning in recwarn] == []


def test_several_labels_by_hand() -> None:
    scores = classification_scores([["a"], ["a"], [], ["a"]], [["a"], [], ["a"], ["a", "a"]])
    assert scores.per_class == {"a": ClassScores(2 / 3, 2 / 3, pytest.approx(2 / 3), 3)}
    assert (scores.accuracy, scores.confusion_matrix.tolist()) == (0.5, [[[0, 1], [1, 2]]])


@pytest.mark.parametrize(
    "names",
    [
        [0, 1, 2],
        [-1.5, 0.5, 7.0],
        [False, True, True],
        [("a", 1), ("a", 2), ("b", 0)],
        [frozenset("ab"), "b", None],
        np.array(["x", "y", "z"]),
        np.array([3, 5, 9]),
    ],
    ids=["int", "float", "bool", "tuple", "mixed", "strings", "integers"],
)
def test_labels_may_be_anything_hashable(names) -> None:
    y_true, y_pred = [0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, 2]
    if isinstance(names, np.ndarray):
        renamed = names[y_true], names[y_pred]
    else:
        renamed = [names[i] for i in y_true], [names[i] for i in y_pred]
    scores = classification_scores(*renamed, multilabel=False)
    if len(set(names)) == 3:
        assert scores.confusion_matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
    assert scores.accuracy == np.mean([a == b for a, b in zip(*renamed, strict=True)])
    assert all(type(label).__module__ == "builtins" for label in scores.classes)


def test_classes_can_be_named_in_an_order_of_their_own() -> None:
    scores = classification_scores(["a", "b"], ["a", "a"], labels=["c", "b", "a"])
    assert scores.classes == ("c", "b", "a")
    assert scores.confusion_matrix.tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert scores.per_class["c"] == ClassScores(0, 0, 0, 0)
    assert scores.macro_f1 == pytest.approx((0 + 0 + 2 / 3) / 3)
    assert classification_scores([[]], [[]], labels=["a", "b"]).accuracy == 1


def test_all_of_it_goes_into_json() -> None:
    said = json.loads(json.dumps(classification_scores(np.array([1, 1, 2]), np.array([1, 2, 2])).to_dict()))
    assert said == {
        "accuracy": 2 / 3,
        "macro_f1": pytest.approx(2 / 3),
        "micro_f1": pytest.approx(2 / 3),
        "n_documents": 3,
        "per_class": [
            {"label": 1, "precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2},
            {"label": 2, "precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "support": 1},
        ],
        "confusion_matrix": [[1, 1], [0, 1]],
    }


@pytest.mark.parametrize(
    ("y_true", "y_pred", "options", "error", "message"),
    [
        (["a"], ["a", "b"], {}, ValueError, "y_true has 1 documents, y_pred 2"),
        ([], [], {}, ValueError, "no document to score"),
        ([[]], [[]], {}, ValueError, r"no document has a label.*labels="),
        ("ab", ["a", "b"], {}, TypeError, "y_true is a str, 'ab'"),
        (["a", "b"], "ab", {}, TypeError, "y_pred is a str, 'ab'"),
        (["a", "b"], ["a", "a"], {"labels": ["a"]}, ValueError, r"y_true\[1\] has the label 'b', which is not among"),
        ([["a"], []], [["a"], ["a", "b"]], {"labels": ["a"]}, ValueError, r"y_pred\[1\] has the label 'b'"),
        (
            np.array([[0, 2]]),
            [[0]],
            {},
            ValueError,
            "y_true is a matrix with 2 in it, where 0 and 1 are expected. Pass l",
        ),
        ([["a"]], np.array([["a"]]), {}, ValueError, "y_pred is a matrix with 'a' in it"),
        (np.eye(2), np.eye(2), {"labels": list("abc")}, ValueError, "y_true has 2 columns, but there are 3 classes"),
        (np.eye(2), np.ones((2, 3)), {}, ValueError, "y_pred has 3 columns, but there are 2 classes"),
        (np.eye(2), np.eye(2), {"multilabel": False}, ValueError, "a matrix has several labels a document"),
    ],
)
def test_what_cannot_be_scored_is_refused(y_true, y_pred, options, error, message) -> None:
    with pytest.raises(error, match=message):
        classification_scores(y_true, y_pred, **options)


def test_scikit_learn_is_imported_only_when_documents_are_scored() -> None:
    script = (
        "import sys, textrep.evaluation, textrep.labelled; "
        "textrep.evaluation.tagging_scores([['B-X']], [['O']]); "
        "print(sorted({'numba', 'scipy', 'sklearn', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"
