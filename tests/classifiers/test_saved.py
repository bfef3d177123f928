"""Classifiers and taggers saved and opened: what comes back gives the same answers, to the last bit."""

from __future__ import annotations

import importlib.util
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from saved_models import OTHERS, ROWS, SIGNS, SMALL, TEXTS, VARIANTS, answers, dense_store, fitted, new_rows, reopened
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from textrep import (
    EmbeddingStore,
    FeedForwardClassifier,
    MissingExtraError,
    RecurrentClassifier,
    RecurrentTagger,
    TfidfVectorizer,
    classifiers,
    get_tokenizer,
)
from textrep.classifiers.saved import load, save
from textrep.container import Container, open_container
from textrep.text.tokenizers import WordTokenizer


@pytest.fixture(params=VARIANTS)
def model(request):
    return fitted(request.param)


def final(model):
    return model[-1] if hasattr(model, "steps") else model


def parameters_of(model):
    found = model.get_params()
    return {
        name: list(value.keys) if isinstance(value, EmbeddingStore) else repr(value) for name, value in found.items()
    }


# ------------------------------------------------------------------------------------------------ what comes back


def test_the_same_answers(model, path):
    again = reopened(model, path)
    rows = new_rows(model)
    assert type(again) is type(model)
    assert answers(again, rows) == answers(model, rows)


def test_the_same_model(model, path):
    again = reopened(model, path)
    ours, theirs = final(again), final(model)
    assert type(ours) is type(theirs)
    assert not any(module.training for module in ours.network_.modules())
    assert ours.classes_.dtype == theirs.classes_.dtype
    assert list(map(repr, ours.classes_.tolist())) == list(map(repr, theirs.classes_.tolist()))
    for name in ("history_", "best_epoch_", "interrupted_", "multilabel_", "scheme_", "n_features_in_"):
        assert getattr(ours, name, None) == getattr(theirs, name, None)
    assert (
        getattr(ours, "feature_names_in_", np.empty(0)).tolist()
        == getattr(theirs, "feature_names_in_", np.empty(0)).tolist()
    )
    assert str(ours.summary()) == str(theirs.summary())
    assert [p.requires_grad for p in ours.network_.parameters()] == [
        p.requires_grad for p in theirs.network_.parameters()
    ]


def test_the_same_parameters(model, path):
    again = reopened(model, path)
    wanted = parameters_of(model)
    for name, value in wanted.items():
        if "RandomState" in value:  # the numbers it would draw next are not those that were drawn
            wanted[name] = "None"
    found = parameters_of(again)
    if hasattr(model, "steps"):  # whose steps are shown with their stores
        assert set(found) == set(wanted)
        found, wanted = parameters_of(again[-1]), parameters_of(model[-1])
    assert found == wanted


@pytest.mark.parametrize("name", ["several labels", "frozen RNN", "tagger with subwords"])
def test_an_opened_one_can_be_fitted_cloned_and_pickled(name, path):
    model = fitted(name)
    again, rows = reopened(model, path), new_rows(model)
    assert answers(pickle.loads(pickle.dumps(again)), rows) == answers(model, rows)
    with pytest.raises(NotFittedError):
        clone(again).predict(rows)
    X, y = {
        "several labels": (ROWS, [["a"], ["b", "a"]] * 12),
        "frozen RNN": (TEXTS, SIGNS[::-1]),
        "tagger with subwords": ([["Ann", "saw"], ["Bob"]] * 8, [["x", "y"], ["x"]] * 8),
    }[name]
    refitted = clone(again).fit(X, y)
    assert answers(refitted, rows) == answers(clone(model).fit(X, y), rows)
    assert answers(again.fit(X, y), rows) == answers(refitted, rows)


def test_saved_again_it_is_the_same_file(model, path):
    """Also in place of the file that its vectors are mapped from."""
    again = reopened(model, path)
    first = path.read_bytes()
    save(again, path)
    assert path.read_bytes() == first
    rows = new_rows(model)
    assert answers(again, rows) == answers(model, rows)


@pytest.mark.slow  # PyTorch takes long to be imported
def test_in_another_process_without_the_store(tmp_path, path):
    fitted("GRU of a store").save(path)
    script = """if True:
        import sys, json, textrep.classifiers
        model = textrep.classifiers.load(sys.argv[1])
        print(json.dumps(model.predict_proba(json.loads(sys.argv[2])).tolist()))"""
    done = subprocess.run([sys.executable, "-c", script, path, json.dumps(OTHERS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(json.loads(done.stdout), fitted("GRU of a store").predict_proba(OTHERS), rtol=1e-5)


def test_words_that_training_had_not_keep_their_vectors(path):
    model = fitted("frozen RNN")
    again = reopened(model, path)
    known, unknown = again.predict_proba(["catalogues", "qqq"])
    assert known.tolist() != unknown.tolist()
    assert again.store["catalogues"].tolist() == model.store["catalogues"].tolist()


def test_of_a_store_only_what_is_needed_is_kept(path):
    model = fitted("frozen RNN")
    assert model.store.context_vectors is not None
    again = reopened(model, path)
    assert again.store.context_vectors is None
    assert again.store.metadata == model.store.metadata
    assert again.store.tokenizer == model.store.tokenizer


def test_opening_draws_no_random_number_and_changes_no_weight(model, path):
    save(model, path)
    before = torch.random.get_rng_state()
    again = load(path)
    assert torch.equal(torch.random.get_rng_state(), before)
    for ours, theirs in zip(final(again).network_.parameters(), final(model).network_.parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert ours.data_ptr() != theirs.data_ptr()


# --------------------------------------------------------------------------------------------------------- labels

LABELS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-9, 9).map(float) | st.text(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=2),
    max_leaves=4,
)


@given(labels=st.lists(LABELS, min_size=2, max_size=5, unique=True))
def test_labels_of_any_type(tmp_path_factory, labels):
    path = tmp_path_factory.getbasetemp() / "labels.textrep"
    y = (labels * 24)[:24]
    model = FeedForwardClassifier((), multilabel=False, **{**SMALL, "max_epochs": 1}).fit(ROWS, y)
    again = reopened(model, path)
    assert again.classes_.dtype == model.classes_.dtype
    for ours, theirs in zip(again.predict(ROWS).tolist(), model.predict(ROWS).tolist(), strict=True):
        assert type(ours) is type(theirs)
        assert ours == theirs


@pytest.mark.parametrize(
    "labels",
    [
        np.array([3, 1], np.int32),
        np.array([True, False]),
        np.array([2, 3], np.uint8),
        np.array([1.0, 2.0], np.float32),
        np.array(["b", "longer"]),
        np.array([1, "1"], object),
        [np.int64(3), "x"],
    ],
    ids=repr,
)
def test_arrays_of_labels_keep_their_type(labels, path):
    y = np.tile(labels, 12) if isinstance(labels, np.ndarray) else labels * 12
    model = FeedForwardClassifier((), **{**SMALL, "max_epochs": 1}).fit(ROWS, y)
    again = reopened(model, path)
    assert again.predict(ROWS).dtype == model.predict(ROWS).dtype
    assert again.predict(ROWS).tolist() == model.predict(ROWS).tolist()
    assert again.score(ROWS, y) == model.score(ROWS, y)


class Mark:
    """A label of a class of its own."""


@pytest.mark.parametrize(("label", "named"), [(b"bytes", "b'bytes', a bytes,"), ((1, Mark), "Mark'>, a type,")])
def test_labels_that_a_file_cannot_hold(label, named, path):
    model = FeedForwardClassifier((), multilabel=False, **SMALL).fit(ROWS, [label, "a"] * 12)
    with pytest.raises(
        ValueError, match=f"the label .*{named}.* cannot be kept in a file; a str, int, .*Train with such"
    ):
        model.save(path)
    assert not path.exists()


# ------------------------------------------------------------------------------------------------ what is refused


def test_only_a_fitted_model_is_saved(path):
    for unfitted in (FeedForwardClassifier(), RecurrentClassifier(), RecurrentTagger()):
        with pytest.raises(NotFittedError, match=f"This {type(unfitted).__name__} instance is not fitted yet"):
            unfitted.save(path)
    assert not path.exists()


def test_a_file_needs_a_name():
    model = FeedForwardClassifier((), **SMALL).fit(ROWS, ["a", "b"] * 12)
    with pytest.raises(ValueError, match=r"^path is ''; pass the name of a file$"):
        model.save("")


def test_checksums_are_compared_once(path, monkeypatch):
    save(fitted("TF-IDF"), path)
    compared = []
    verify = Container.verify
    monkeypatch.setattr(Container, "verify", lambda self, skipped=(): compared.append(verify(self, skipped)))
    load(path, verify=True)
    assert compared == [None]


def test_functions_are_not_saved(path):
    model = RecurrentClassifier(tokenizer=str.split, **{**SMALL, "max_epochs": 1}, hidden_size=2).fit(TEXTS, SIGNS)
    with pytest.raises(ValueError, match=r"the tokenizer .*split.* is a Python function, which is not saved"):
        model.save(path)
    store = EmbeddingStore.from_vectors(["a", "good"], np.eye(2), tokenizer=get_tokenizer(str.split))
    model = RecurrentClassifier(store, **{**SMALL, "max_epochs": 1}, hidden_size=2).fit(["a good"] * 24, SIGNS)
    with pytest.raises(ValueError, match=r"the tokenizer .*split.* is a Python function, which is not saved"):
        model.save(path)
    model = RecurrentTagger(store, **{**SMALL, "max_epochs": 1}, hidden_size=2).fit([["a"]] * 8, [["x"]] * 7 + [["y"]])
    with pytest.raises(ValueError, match="is a Python function, which is not saved"):
        model.save(path)


def test_a_ready_made_tokenizer_comes_back(path):
    tokenizer = WordTokenizer(min_token_length=2)
    model = RecurrentClassifier(tokenizer=tokenizer, **{**SMALL, "max_epochs": 1}, hidden_size=2).fit(TEXTS, SIGNS)
    again = reopened(model, path)
    assert again.tokenizer == again.tokenizer_ == tokenizer
    assert answers(again, OTHERS) == answers(model, OTHERS)


@pytest.mark.filterwarnings("ignore:.* has vectors for:UserWarning")
def test_a_store_whose_tokenizer_is_only_named_serves_token_lists(tmp_path, path):
    """Its function is not there, so it has split nothing."""
    store = EmbeddingStore.from_vectors(["a", "good"], np.eye(2), tokenizer=get_tokenizer(str.split))
    store.save(tmp_path / "s")
    store = EmbeddingStore.open(tmp_path / "s")
    lists = [text.split() for text in TEXTS]
    model = RecurrentClassifier(store, **{**SMALL, "max_epochs": 1}, hidden_size=2).fit(lists, SIGNS)
    again = reopened(model, path)
    assert answers(again, lists) == answers(model, lists)
    with pytest.raises(TypeError, match=r"made with the tokenizer 'builtins.str.split', a Python function"):
        again.predict(TEXTS)


def test_weights_that_are_no_numbers(path):
    model = pickle.loads(pickle.dumps(fitted("feedforward")))
    with torch.no_grad():
        model.network_.first.bias[1] = float("nan")
    with pytest.raises(ValueError, match=r"weights that are NaN or infinite, in network.first.bias"):
        model.save(path)


class Own(FeedForwardClassifier):
    """A class of a user's own."""


def test_classes_of_users_are_not_saved(path):
    with pytest.raises(ValueError, match="a Own cannot be saved: FeedForwardClassifier, RecurrentClassifier, Recurr"):
        Own((), **SMALL).fit(ROWS, SIGNS).save(path)


@pytest.mark.parametrize(
    "steps",
    [(StandardScaler(), FeedForwardClassifier((), **SMALL)), (TfidfVectorizer(),)],
)
def test_pipelines_of_other_things_are_not_saved(steps, path):
    pipeline = make_pipeline(*steps)
    with pytest.raises(
        ValueError, match=r"a pipeline of (StandardScaler, Feed|TfidfV)\w+ is not saved; one of a vectori"
    ):
        save(pipeline, path)


# ---------------------------------------------------------------------------------------------------------- files


def test_nothing_is_pickled(model, path, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("pickle is used")

    wanted = answers(model, new_rows(model))
    for name in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, fail)
    for name in ("save", "load"):
        monkeypatch.setattr(torch, name, fail)
    assert answers(reopened(model, path), new_rows(model)) == wanted


def test_the_safetensors_library_reads_it(model, path):
    save(model, path)
    estimator = final(model)
    with safe_open(path, "torch") as file:
        header = json.loads(file.metadata()["textrep"])
        names = [name for name in header["crc32"] if name.startswith("network.")]
        weights = {name.removeprefix("network."): file.get_tensor(name) for name in names}
    assert header["class"] == type(estimator).__name__
    assert header["format_version"] == 1
    assert header["kind"] == ("tagger" if isinstance(estimator, RecurrentTagger) else "classifier")
    state = estimator.network_.state_dict()
    assert weights.keys() == state.keys()
    assert all(torch.equal(weights[name], state[name]) for name in state)


def test_the_door_opens_all(model, path):
    classifiers.save(model, path)
    assert type(classifiers.load(path, verify=True)) is type(model)
    if not hasattr(model, "steps"):
        assert type(type(model).load(path)) is type(model)


def test_saving_does_not_change_the_model(path):
    model = fitted("tagger")
    before = pickle.dumps(model)
    model.save(path)
    assert pickle.dumps(model) == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_model_of_a_gpu_works_without_one(path):
    model = clone(fitted("feedforward")).fit(ROWS, SIGNS).set_params(device="cuda:0")
    model.save(path)
    with pytest.warns(
        UserWarning, match=r"m\.textrep: device is 'cuda:0', but PyTorch finds no GPU; .*='auto' is used"
    ):
        again = load(path)
    assert answers(again, ROWS) == answers(fitted("feedforward"), ROWS)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_model_on_a_gpu_is_saved_from_there(path):
    model = clone(fitted("GRU of a store")).set_params(device="cuda").fit(TEXTS, SIGNS)
    model.save(path)
    again = load(path)
    np.testing.assert_allclose(again.predict_proba(OTHERS), model.predict_proba(OTHERS), rtol=1e-5)
    np.testing.assert_allclose(
        again.set_params(device="cpu").predict_proba(OTHERS), model.predict_proba(OTHERS), rtol=1e-3
    )
    assert open_container(path).kind == "classifier"
    assert list(dense_store().keys) == list(again.store.keys)


def test_the_extra_is_named(path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *args: None if name == "torch" else find(name, *args))
    for use in (lambda: classifiers.load(path), lambda: classifiers.save(fitted("LSTM"), path)):
        with pytest.raises(MissingExtraError, match=r"a classifier needs torch. Install it with: .*extra 'torch'"):
            use()
