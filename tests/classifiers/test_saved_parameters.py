"""Models whose parameters no longer build their network are not saved: what is opened would answer otherwise."""

from __future__ import annotations

import pickle

import pytest
from saved_models import ROWS, SIGNS, fitted, reopened
from sklearn.base import clone

CHANGES = [
    ("feedforward", {"hidden_layer_sizes": (9,)}, r"hidden_layer_sizes was \(4,\) in fit and is \(9,\) now"),
    ("feedforward", {"activation": "tanh"}, r"activation was 'relu' in fit and is 'tanh' now"),
    ("LSTM", {"cell": "gru"}, r"cell was 'lstm' in fit and is 'gru' now"),
    ("LSTM", {"pooling": "mean"}, r"pooling was 'max' in fit and is 'mean' now"),
    ("tagger", {"crf": False}, r"crf was True in fit and is False now"),
    ("tagger", {"char_features": False}, r"char_features was True in fit and is False now"),
]


@pytest.mark.parametrize("is_loaded", [False, True], ids=["fitted", "loaded"])
@pytest.mark.parametrize(
    ("name", "changes", "message"), CHANGES, ids=[next(iter(changes)) for _, changes, _ in CHANGES]
)
def test_parameters_changed_since_fit(name, changes, message, is_loaded, path):
    model = reopened(fitted(name), path) if is_loaded else pickle.loads(pickle.dumps(fitted(name)))
    before = model.get_params()
    with pytest.raises(ValueError, match=rf"^parameters of this .* were changed after fit, .*: {message}; set it back"):
        model.set_params(**changes).save(path)
    model.set_params(**{name: before[name] for name in changes}, learning_rate=0.5)  # of no weight for predictions
    assert reopened(model, path).learning_rate == 0.5


def test_sizes_given_as_a_list_that_grows(path):
    model = clone(fitted("feedforward")).set_params(hidden_layer_sizes=[4]).fit(ROWS, SIGNS)
    assert reopened(model, path).hidden_layer_sizes == [4]
    model.hidden_layer_sizes.append(4)
    with pytest.raises(ValueError, match=r"hidden_layer_sizes was \(4,\) in fit and is \(4, 4\) now"):
        model.save(path)


def test_another_network(path):
    model = pickle.loads(pickle.dumps(fitted("feedforward")))
    model.network_ = fitted("sparse rows, deep").network_
    with pytest.raises(
        ValueError, match=r"^the network of this FeedForwardClassifier is not the one that its parameter"
    ):
        model.save(path)
