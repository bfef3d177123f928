"""Training as a whole: reproducible, true losses, every variant learns, divergence is an error."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from textrep.encoded import encode_corpus
from textrep.errors import EmptyCorpusError, TrainingError
from textrep.parallel import n_threads
from textrep.progress import epoch_printer
from textrep.training import word2vec
from textrep.training.matrices import initial_model, keep_thresholds, make_outputs
from textrep.training.run import train
from textrep.training.settings import Word2VecSettings

CORPORA = Path(__file__).parents[2] / "corpora"
VARIANTS = [
    ("skipgram", "negative_sampling"),
    ("skipgram", "hierarchical_softmax"),
    ("cbow", "negative_sampling"),
    ("cbow", "hierarchical_softmax"),
]


def clustered_texts(n=4000, seed=0):
    """Texts that each draw their words from one of four topics of 25 words."""
    random = np.random.default_rng(seed)
    return [" ".join(f"t{topic}w{i}" for i in random.integers(0, 25, 12)) for topic in random.integers(0, 4, n)]


def digest(trained):
    whole = hashlib.sha256(trained.vectors.tobytes())
    whole.update(trained.context_vectors.tobytes())
    return whole.hexdigest()


@pytest.fixture(scope="module")
def texts():
    return clustered_texts()


@pytest.fixture(scope="module")
def english():
    with (CORPORA / "en_wiki.txt").open(encoding="utf-8") as lines:
        return [line for _, line in zip(range(4000), lines, strict=False)]


@pytest.mark.parametrize("variant", VARIANTS, ids="-".join)
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_every_variant_learns_topics(texts, variant, n_jobs):
    settings = Word2VecSettings(
        architecture=variant[0], loss=variant[1], vector_size=20, sample=0, random_state=3, n_jobs=n_jobs
    )
    trained = train(texts, settings)
    unit = trained.vectors / np.linalg.norm(trained.vectors, axis=1, keepdims=True)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -2)
    topics = np.array([word[:2] for word in trained.vocabulary.to_list()])
    nearest = np.argsort(-scores, axis=1)[:, :10]
    assert (topics[nearest] == topics[:, None]).mean() > 0.99
    losses = [epoch["loss"] for epoch in trained.history]
    assert losses[-1] < losses[0]
    assert [epoch["epoch"] for epoch in trained.history] == [1, 2, 3, 4, 5]
    assert all(1e3 < epoch["words_per_second"] < 1e9 for epoch in trained.history)


@pytest.mark.parametrize("variant", VARIANTS, ids="-".join)
def test_one_thread_repeats_bit_by_bit(texts, variant):
    def trained(**more):
        settings = Word2VecSettings(architecture=variant[0], loss=variant[1], vector_size=20, epochs=2, **more)
        return digest(train(texts[:500], settings))

    first = trained(random_state=1)
    assert trained(random_state=1) == first
    assert trained(random_state=1, n_jobs=1) == first
    assert trained(random_state=2) != first


@pytest.mark.slow  # the normal run has encoding with another seed than ours: tests/test_encoded.py
def test_hash_seed_does_not_matter():
    program = """
import hashlib
from textrep.training.settings import Word2VecSettings
from textrep.training.run import train
texts = ["b a c a d", "a b a c e", "x y z x b"] * 30
for tokenizer in ("word", str.split):
    trained = train(texts, Word2VecSettings(vector_size=10, random_state=4, tokenizer=tokenizer))
    print(trained.vocabulary.to_list(), hashlib.sha256(trained.vectors.tobytes()).hexdigest())
"""
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "77")
    }
    assert len(runs) == 1
    lines = runs.pop().splitlines()
    assert lines[0] == lines[1], "a callable tokenizer leads to the same vectors"


def test_two_threads_repeat_in_quality(english):
    def trained(n_jobs):
        settings = Word2VecSettings(vector_size=50, random_state=5, n_jobs=n_jobs, epochs=4)
        return train(english, settings)

    one, two = trained(None), trained(2)
    assert one.vocabulary.to_list() == two.vocabulary.to_list()
    assert two.history[-1]["loss"] == pytest.approx(one.history[-1]["loss"], rel=0.02)
    words = np.arange(20, 320)
    overlap = [len(set(a) & set(b)) for a, b in zip(neighbours(one, words), neighbours(two, words), strict=True)]
    other = train(english, Word2VecSettings(vector_size=50, random_state=6, epochs=4))
    by_seed = [len(set(a) & set(b)) for a, b in zip(neighbours(one, words), neighbours(other, words), strict=True)]
    assert np.mean(overlap) > np.mean(by_seed) - 1, "threads change no more than another seed does"


def neighbours(trained, words, k=10):
    unit = trained.vectors / np.linalg.norm(trained.vectors, axis=1, keepdims=True)
    scores = unit[words] @ unit.T
    scores[np.arange(len(words)), words] = -2
    return np.argsort(-scores, axis=1)[:, :k].tolist()


def test_the_first_loss_is_the_definition():
    """All output vectors are 0 at first: with (nearly) no learning every node or noise word costs log 2."""
    texts = ["a b c d", "b c d e", "e f a", "a a b"] * 50
    tiny = {"learning_rate": 1e-12, "window": 1, "sample": 0, "min_count": 1, "epochs": 1, "random_state": 0}
    hierarchical = train(texts, Word2VecSettings(loss="hierarchical_softmax", **tiny))
    vocabulary = hierarchical.vocabulary
    paths = np.diff(make_outputs(vocabulary.counts, "hierarchical_softmax").path_offsets)
    costs = [
        paths[vocabulary[word]] * np.log(2)
        for text in texts
        for i, word in enumerate(text.split())
        for j in (i - 1, i + 1)
        if 0 <= j < len(text.split())
    ]
    assert hierarchical.history[0]["loss"] == pytest.approx(np.mean(costs), rel=1e-5)
    sampling = train([" ".join(f"w{i}" for i in range(3000))], Word2VecSettings(negative=7, **tiny))
    assert sampling.history[0]["loss"] == pytest.approx(8 * np.log(2), rel=2e-3)  # noise is now and then the centre


def test_keep_thresholds_are_gensims():
    gensim = pytest.importorskip("gensim.models")
    texts = [text.split() for text in clustered_texts(300)] + [["common"] * 3000]
    model = gensim.Word2Vec(vector_size=5, min_count=1, sample=1e-3)
    model.build_vocab(texts)
    vocabulary, corpus = encode_corpus(texts)
    corpus.close()
    ours = keep_thresholds(vocabulary.counts, 1e-3) / 2**32
    theirs = [model.wv.get_vecattr(word, "sample_int") / (2**32 - 1) for word in vocabulary.to_list()]
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert ours.min() < 0.2
    assert (keep_thresholds(vocabulary.counts, 0) == 2**32 - 1).all()


def test_initial_vectors():
    settings = Word2VecSettings(vector_size=50)
    model = initial_model(100_000, settings, 1)
    assert model.inputs.shape == (100_000, 64)
    assert model.inputs.ctypes.data % 64 == 0
    inner = model.inputs[:, :50]
    assert abs(inner).max() <= 1 / 50
    assert inner.std() == pytest.approx(2 / 50 / np.sqrt(12), rel=0.01)
    assert not model.inputs[:, 50:].any()
    assert not model.outputs.any()


def test_divergence_is_an_error_with_a_remedy(texts, monkeypatch):
    real = word2vec.initial_model

    def poisoned(*args):
        model = real(*args)
        model.inputs[3, 2] = np.inf
        return model

    monkeypatch.setattr(word2vec, "initial_model", poisoned)
    for n_jobs in (None, 2):
        settings = Word2VecSettings(vector_size=20, learning_rate=0.4, n_jobs=n_jobs)
        with pytest.raises(TrainingError, match=r"NaN or infinite.*learning_rate=0\.4.*learning_rate=0\.1"):
            train(texts[:200], settings)


@pytest.mark.parametrize("rate", [0.1, 0.2, 1.0])
@pytest.mark.parametrize("variant", VARIANTS, ids="-".join)
def test_high_rates_stay_finite_or_say_so(texts, variant, rate):
    settings = Word2VecSettings(
        architecture=variant[0], loss=variant[1], vector_size=10, learning_rate=rate, sample=0, random_state=0
    )
    try:
        trained = train(texts[:500], settings)
    except TrainingError:
        assert rate == 1.0, "usual rates must not diverge"
    else:
        assert np.isfinite(trained.vectors).all()


def test_a_text_of_any_length_counts_in_full(texts):
    whole = " ".join(texts)  # one text of 48,000 words
    settings = Word2VecSettings(vector_size=16, window=1, sample=0, epochs=1, learning_rate=1e-9)
    events = []
    trained = train([whole], settings, events.append)
    assert trained.vocabulary.total_tokens == 48_000
    assert sum(trained.vocabulary.counts) == 48_000
    assert events[-1].done == events[-1].total == 48_000


def test_progress_reports_reading_and_training(texts):
    events = []
    settings = Word2VecSettings(vector_size=16, epochs=3, random_state=0)
    trained = train(texts, settings, events.append)
    stages = [event.stage for event in events if event.stage != "compiling"]
    assert stages == sorted(stages), "reading comes before training"
    training = [event for event in events if event.stage == "training"]
    assert training[-1].done == training[-1].total == 3 * trained.vocabulary.total_tokens
    assert training[-1].seconds_left == 0
    ended = [event for event in training if event.ended]
    assert [event.epoch for event in ended] == [1, 2, 3]
    assert [event.loss for event in ended] == [epoch["loss"] for epoch in trained.history]
    assert ended[-1] is training[-1]
    assert training[-1].loss == pytest.approx(trained.history[-1]["loss"])
    assert all(a.done <= b.done for a, b in itertools.pairwise(training))


def test_epoch_printer_writes_a_line_an_epoch(texts, capsys):
    settings = Word2VecSettings(vector_size=100, epochs=3, random_state=0)
    trained = train(texts[:50], settings, epoch_printer())
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = [line for line in captured.err.splitlines() if line.startswith("epoch")]
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert [line.split("  ")[1] for line in lines] == [f"loss {epoch['loss']:.4f}" for epoch in trained.history]
    assert all(line.split("  ")[2].endswith(" words/s") for line in lines)


def test_an_interruption_stops_the_threads(texts):
    def interrupt(progress):
        if progress.stage == "training":
            raise KeyboardInterrupt

    settings = Word2VecSettings(vector_size=100, epochs=1000, n_jobs=2)
    with pytest.raises(KeyboardInterrupt):
        train(texts, settings, interrupt)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("textrep-train")]


@pytest.mark.parametrize(("n_processors", "n_threads"), [(1, 4), (3, 4), (7, 7), (500, 20)])
def test_no_more_threads_are_started_than_are_of_use(monkeypatch, n_processors, n_threads):
    """As many as an epoch has spans, or as there are processors, if there are spans for them in all epochs."""
    started = []
    real = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: (started.append(thread.name), real(thread)))
    monkeypatch.setattr(word2vec, "processors", lambda: n_processors)
    texts = ["a b c d e f g h"] * 500  # 4,000 tokens: 4 spans
    train(texts, Word2VecSettings(vector_size=4, epochs=5, min_count=1, sample=0, n_jobs=5000))
    assert len([name for name in started if name.startswith("textrep-train-")]) == n_threads


def test_nothing_left_to_train():
    with pytest.raises(EmptyCorpusError, match="min_count"):
        train(["a b c"], Word2VecSettings(min_count=2))
    with pytest.raises(EmptyCorpusError):
        train([], Word2VecSettings())


def test_a_vocabulary_of_one_word():
    for loss in ("negative_sampling", "hierarchical_softmax"):
        settings = Word2VecSettings(loss=loss, vector_size=4, sample=0)
        if loss == "hierarchical_softmax":  # a tree of one leaf has nothing to learn
            with pytest.warns(UserWarning, match="5 of 5 epochs: the corpus is too small$"):
                trained = train(["a a a a a a a"], settings)
        else:
            trained = train(["a a a a a a a"], settings)
        assert trained.vectors.shape == (1, 4)
        assert np.isfinite(trained.vectors).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"architecture": "glove"}, "architecture must be one of 'skipgram', 'cbow'; got 'glove'"),
        ({"loss": "softmax"}, "loss must be one of"),
        ({"vector_size": 0}, "vector_size must be an integer of at least 1; got 0"),
        ({"vector_size": 10.0}, "vector_size must be an integer of at least 1; got 10.0"),
        ({"window": True}, "window must be an integer"),
        ({"negative": 0}, "negative must be .*hierarchical_softmax"),
        ({"epochs": -1}, "epochs must be"),
        ({"min_count": 0}, "min_count must be"),
        ({"max_vocabulary": 0}, "max_vocabulary must be"),
        ({"sample": -1e-3}, "sample must be a number at least 0"),
        ({"sample": float("nan")}, "sample must be"),
        ({"learning_rate": 0}, "learning_rate must be a number above 0"),
        ({"learning_rate": "fast"}, "learning_rate must be"),
        ({"n_jobs": 0}, "n_jobs must be"),
        ({"tokenizer": "words"}, "words"),
        ({"random_state": "x"}, "random_state must be an int"),
        ({"random_state": -1}, "random_state must be an int of at least 0, or None; got -1"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Word2VecSettings(**parameters)


def test_n_threads_counts_as_scikit_learn_does():
    every = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert [n_threads(n) for n in (None, 1, 3, -1)] == [1, 1, 3, every]
    assert n_threads(-1000) == 1


def test_numpy_numbers_are_numbers():
    settings = Word2VecSettings(vector_size=np.int64(7), learning_rate=np.float32(0.05), random_state=np.int32(3))
    assert settings.to_dict()["vector_size"] == 7
    assert isinstance(settings.to_dict()["random_state"], int)


def test_an_epoch_without_a_pair_has_no_loss_and_says_so():
    with pytest.warns(
        UserWarning, match=r"2 of 2 epochs: the corpus is too small; sample=1e-09 .* sample=0 skips none"
    ):
        trained = train(["the cat", "the dog"], Word2VecSettings(min_count=1, sample=1e-9, epochs=2, random_state=0))
    assert np.isnan([epoch["loss"] for epoch in trained.history]).all()


def test_numpy_integers_train_alike():
    names = ("vector_size", "window", "negative", "epochs", "min_count", "random_state", "n_jobs", "min_token_length")
    plain = dict(zip(names, (8, 2, 3, 1, 1, 5, 1, 1), strict=True))
    settings = Word2VecSettings(**{name: np.int64(value) for name, value in plain.items()})
    assert settings == Word2VecSettings(**plain)
    assert digest(train(["a b c d"] * 9, settings)) == digest(train(["a b c d"] * 9, Word2VecSettings(**plain)))
