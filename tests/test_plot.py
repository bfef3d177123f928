"""Pictures: what the drawn lines, cells and labels say, and the files."""

from __future__ import annotations

import importlib.util
import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import textrep
from textrep import EmbeddingStore, MissingExtraError, OneHotVectorizer, StoreNotFoundError, Word2VecVectorizer
from textrep.classifiers.overfitting import overfitting_sentence
from textrep.plot import check_picture, confusion_matrix, learning_curve
from textrep.plot.figures import label_text

LOSSES = {"train_loss": [0.7, 0.5, 0.3, 0.2], "validation_loss": [0.6, 0.4, 0.4, 0.9]}
SCORES = {"train_score": [0.5, 0.7, 0.8, 0.9], "validation_score": [0.6, 0.8, 0.7, 0.7]}
HISTORY = [{"epoch": i + 1, **{name: values[i] for name, values in (LOSSES | SCORES).items()}} for i in range(4)]
LABELS = ["b", "a", "c"]
TRUE, PREDICTED = ["a", "a", "a", "b", "b", "c"], ["a", "a", "b", "b", "c", "b"]


class Model(BaseEstimator):
    """What `learning_curve` asks of an estimator."""

    def fit(self, X, y=None):
        self.history_ = HISTORY
        return self


def curves_of(axes):
    """Name -> (epochs, values) of the drawn lines."""
    return {line.get_label(): tuple(np.asarray(data).tolist() for data in line.get_data()) for line in axes.get_lines()}


def texts_of(axes):
    """The numbers in the cells of a matrix, as it is drawn."""
    shape = axes.images[0].get_array().shape
    cells = np.full(shape, -1)
    for text in axes.texts:
        j, i = text.get_position()
        cells[i, j] = int(text.get_text())
    return cells.tolist()


def names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


# ------------------------------------------------------------------------------------------------- learning curves


@pytest.mark.parametrize(
    "model",
    [
        HISTORY,
        tuple(HISTORY),
        Model().fit(None),
        make_pipeline(StandardScaler(), Model()),
        GridSearchCV(make_pipeline(StandardScaler(), Model()), {}, cv=2, scoring=lambda *_: 0.0),
    ],
    ids=["list", "tuple", "model", "pipeline", "search"],
)
def test_curves_are_those_of_the_history(model):
    if not isinstance(model, list | tuple | Model):
        model.fit(np.eye(4), [0, 1, 0, 1])
    figure = learning_curve(model)
    assert isinstance(figure, Figure)
    loss, score = figure.axes
    drawn = curves_of(loss)
    assert drawn["training"] == ([1, 2, 3, 4], [0.7, 0.5, 0.3, 0.2])
    assert drawn["validation"] == ([1, 2, 3, 4], [0.6, 0.4, 0.4, 0.9])
    assert curves_of(score)["training"] == ([1, 2, 3, 4], [0.5, 0.7, 0.8, 0.9])
    assert curves_of(score)["validation"] == ([1, 2, 3, 4], [0.6, 0.8, 0.7, 0.7])
    assert (loss.get_ylabel(), score.get_ylabel(), score.get_xlabel()) == ("loss", "score", "epoch")


def test_the_lowest_validation_loss_is_marked_of_equal_ones_the_first():
    figure = learning_curve(HISTORY)
    for axes in figure.axes:
        assert curves_of(axes)["lowest validation loss: epoch 2"][0] == [2, 2]


def test_overfitting_is_shaded_and_said():
    figure = learning_curve(HISTORY)
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == ["training", "validation", "lowest validation loss: epoch 2"]
    assert " ".join(figure.get_suptitle().split()) == overfitting_sentence(HISTORY)
    for axes in figure.axes:
        (shade,) = axes.patches
        assert (shade.get_x(), shade.get_x() + shade.get_width()) == (2, 4)
    figure = learning_curve(HISTORY[:3])  # the validation loss has not risen
    assert not figure.get_suptitle()
    assert not any(axes.patches for axes in figure.axes)


def test_without_a_validation_part_only_training_is_drawn():
    figure = learning_curve([{name: epoch[name] for name in ("epoch", "train_loss")} for epoch in HISTORY])
    (loss,) = figure.axes
    assert list(curves_of(loss)) == ["training"]


def test_values_that_are_not_known_leave_gaps():
    history = [dict(HISTORY[0]), {"epoch": 2, "train_loss": 0.5, "validation_loss": None}, dict(HISTORY[2])]
    loss, score = learning_curve(history).axes
    np.testing.assert_array_equal(curves_of(loss)["validation"][1], [0.6, np.nan, 0.4])
    np.testing.assert_array_equal(curves_of(score)["training"][1], [0.5, np.nan, 0.8])
    assert "lowest validation loss: epoch 3" in curves_of(loss)


def test_epochs_are_whole_numbers_even_if_there_is_one():
    for history in (HISTORY[:1], HISTORY):
        axes = learning_curve(history).axes[-1]
        assert [tick % 1 for tick in axes.get_xticks()] == [0] * len(axes.get_xticks())


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (Model(), NotFittedError, "this Model has no learning curve yet: call fit first"),
        (make_pipeline(StandardScaler(), LogisticRegression()), NotFittedError, "this LogisticRegression has no"),
        (GridSearchCV(Model(), {}), NotFittedError, "this GridSearchCV has no learning curve yet: call fit first"),
        (LogisticRegression().fit([[0], [1]], [0, 1]), TypeError, "^a LogisticRegression keeps no history, so it has"),
        ([], ValueError, "the history is empty: no epoch was trained"),
        ([{"epoch": 1, "speed": 3.0}], ValueError, "neither losses nor scores: pass history_ of a fitted classifier"),
        ([{"epoch": 1, "loss": math.nan}], ValueError, "no loss but NaN: gensim, which trains with engine=\"gensim\""),
        (Word2VecVectorizer(), NotFittedError, "this Word2VecVectorizer has no learning curve yet: call fit first"),
        (EmbeddingStore.from_vectors(["a"], [[1.0]]), ValueError, "this store keeps no losses.*: it was not trained"),
        (OneHotVectorizer().fit(["a b"]).to_store(), ValueError, "made by onehot; .*fasttext or glove have one"),
        ("history", TypeError, "a str keeps no history.*: pass .*, tagger, Word2Vec.* or GloVeVectorizer of textrep"),
        ([1, 2], TypeError, "a list keeps no history"),
    ],
)  # fmt: skip
def test_what_has_no_curve(model, error, message):
    with pytest.raises(error, match=message):
        learning_curve(model)


@pytest.mark.parametrize("kind", [Word2VecVectorizer, textrep.GloVeVectorizer])
def test_curves_of_word_vectors_and_of_their_saved_store(kind, tmp_path):
    vectorizer = kind(vector_size=8, epochs=3, min_count=1, random_state=0).fit(["a b c d", "b a d c"] * 50)
    losses = [epoch["loss"] for epoch in vectorizer.history_]
    vectorizer.to_store().save(tmp_path / "s.textrep")
    saved = EmbeddingStore.open(tmp_path / "s.textrep")
    for model in (vectorizer, vectorizer.history_, vectorizer.to_store(), saved, make_pipeline(vectorizer)):
        (axes,) = learning_curve(model).axes
        assert curves_of(axes) == {"training": ([1, 2, 3], losses)}
        assert (axes.get_ylabel(), axes.get_xlabel()) == ("loss", "epoch")


def test_an_epoch_without_a_loss_leaves_a_gap():
    (axes,) = learning_curve([{"epoch": 1, "loss": None}, {"epoch": 2, "loss": 3.0}]).axes
    np.testing.assert_array_equal(curves_of(axes)["training"][1], [np.nan, 3])


# ------------------------------------------------------------------------------------------------------- matrices


def test_cells_are_counts_and_colours_are_shares_of_rows():
    figure = confusion_matrix(TRUE, PREDICTED, LABELS)
    axes = figure.axes[0]
    assert texts_of(axes) == [[1, 0, 1], [1, 2, 0], [1, 0, 0]]
    shares = [[1 / 2, 0, 1 / 2], [1 / 3, 2 / 3, 0], [1, 0, 0]]
    np.testing.assert_allclose(axes.images[0].get_array(), shares)
    assert names(axes.yaxis) == names(axes.xaxis) == LABELS
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "predicted")
    assert axes.get_title() == "accuracy 0.500, macro F1 0.400, n = 6"


def test_classes_are_in_order_without_labels_and_a_class_that_is_never_true_has_an_empty_row():
    axes = confusion_matrix([2, 10, 2], [2, 10, 11]).axes[0]
    assert names(axes.yaxis) == ["2", "10", "11"]
    assert texts_of(axes) == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert axes.images[0].get_array()[2].tolist() == [0, 0, 0]


def test_several_labels_a_document():
    axes = confusion_matrix([["a", "b"], ["a"], [], ["b"]], [["a"], ["a", "b"], ["c"], ["b"]]).axes[0]
    assert names(axes.yaxis) == ["a", "b", "c"]
    assert names(axes.xaxis) == ["found", "missed", "given wrongly"]
    assert texts_of(axes) == [[2, 0, 0], [1, 1, 1], [0, 0, 1]]


def test_many_classes_have_names_but_no_numbers():
    y = [f"class {i:02}" for i in range(40)]
    axes = confusion_matrix(y, y).axes[0]
    assert names(axes.yaxis) == y
    assert not axes.texts
    np.testing.assert_array_equal(axes.images[0].get_array(), np.eye(40))


ODD = {
    "$a_{$": "$a_{$",  # no formula
    "two\nlines\tand \x00": r"two\nlines\tand \x00",
    "\ud800": r"\ud800",
    "<&>": "<&>",
    "x" * 33: "x" * 31 + "…",
    "x" * 32: "x" * 32,
    ("a", 1): "('a', 1)",
    None: "None",
}


def test_labels_of_any_kind_are_drawn_on_one_line(tmp_path):
    labels = list(ODD)
    for ending in (".png", ".svg"):
        axes = confusion_matrix(labels, labels, labels, tmp_path / f"m{ending}", multilabel=False).axes[0]
        assert names(axes.yaxis) == list(ODD.values())
    words = {element.text for element in ET.parse(tmp_path / "m.svg").iter() if element.tag.endswith("text")}
    assert set(ODD.values()) <= words


@given(label=st.text(max_size=50))
def test_what_is_shown_of_a_label(label):
    text = label_text(label)
    assert text.isprintable()
    assert len(text) <= 32
    assert text == label or not label.isprintable() or label.startswith(text[:-1])
    end = label_text(label, from_end=True)
    assert len(end) == len(text)
    assert end == label or not label.isprintable() or label.endswith(end[1:])


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="y_true has 2 documents, y_pred 1"):
        confusion_matrix(["a", "b"], ["a"])
    with pytest.raises(ValueError, match=r"y_pred\[0\] has the label 'b', which is not among labels"):
        confusion_matrix(["a"], ["b"], ["a"])


# ---------------------------------------------------------------------------------------------------------- files

DRAWINGS = {
    "curve": lambda path: learning_curve(HISTORY, path),
    "matrix": lambda path: confusion_matrix(TRUE, PREDICTED, path=path),
}


@pytest.mark.parametrize(
    ("draw", "name"), [(d, n) for d in DRAWINGS for n in ("p.png", "p.svg")] + [("curve", "p.PNG")]
)
def test_files_are_pictures_and_repeat_exactly(draw, name, tmp_path):
    path = tmp_path / name
    DRAWINGS[draw](str(path))
    first = path.read_bytes()
    if path.suffix == ".svg":
        assert ET.fromstring(first).tag == "{http://www.w3.org/2000/svg}svg"
    else:
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert min(picture.size) > 300
            colours = np.asarray(picture.convert("L"))
        assert colours.std() > 10  # not blank
        edges = (colours[0], colours[-1], colours[:, 0], colours[:, -1])
        assert all((edge == 255).all() for edge in edges)  # nothing is cut off
    DRAWINGS[draw](path)
    assert path.read_bytes() == first
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("draw", [*DRAWINGS.values(), check_picture], ids=[*DRAWINGS, "check"])
def test_where_no_picture_can_be_written(draw, tmp_path):
    for name in ("picture", "picture.jpg", "picture.png.gz"):
        with pytest.raises(ValueError, match=re.escape(f"{name}' names no kind of picture: give it the ending .png")):
            draw(tmp_path / name)
    with pytest.raises(StoreNotFoundError, match=r"missing.p\.png cannot be written: there is no folder .*missing"):
        draw(tmp_path / "missing" / "p.png")
    assert not list(tmp_path.iterdir())
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ValueError, match=r"folder\.png' is no file, and not replaced by one"):
        draw(tmp_path / "folder.png")


def test_a_failed_write_leaves_the_old_picture(tmp_path, monkeypatch):
    path = tmp_path / "p.png"
    learning_curve(HISTORY, path)
    before = path.read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match=r"No space left on device.*p\.png"):
        learning_curve(HISTORY[:2], path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["p.png"]


@pytest.mark.parametrize("draw", [*DRAWINGS.values(), check_picture], ids=[*DRAWINGS, "check"])
def test_the_extra_is_named(draw, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *args: None if name == "matplotlib" else find(name))
    with pytest.raises(MissingExtraError, match=r"needs matplotlib. Install it with: .* \(textrep's extra 'plot'\)"):
        draw(None)


def test_no_figure_is_kept_and_matplotlib_waits_until_it_is_needed():
    script = """if True:
        import sys, textrep.plot
        assert "matplotlib" not in sys.modules
        textrep.plot.learning_curve([{"epoch": 1, "train_loss": 1.0}])
        assert "matplotlib" in sys.modules
        print("matplotlib.pyplot" in sys.modules, "torch" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("False False", 0), done.stderr


def test_it_goes_by_the_name_of_the_package():
    assert textrep.plot.learning_curve is learning_curve
