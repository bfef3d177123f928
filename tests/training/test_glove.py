"""GloVe as a whole: repeatable whatever the threads, true losses, learns topics, refuses what cannot be trained."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from counted_pairs import as_matrix

from textrep import EmbeddingStore, GloVeVectorizer, embed
from textrep.encoded import encode_corpus
from textrep.errors import EmptyCorpusError, StoreMismatchError, TrainingError
from textrep.spool import Spool
from textrep.training.cooccurrence import count_cooccurrences


def topics(n=3000, seed=0):
    """Texts that each draw their words from one of four topics of 25 words."""
    random = np.random.default_rng(seed)
    return [" ".join(f"t{topic}w{i}" for i in random.integers(0, 25, 12)) for topic in random.integers(0, 4, n)]


def many_words(n=2000, seed=0):
    random = np.random.default_rng(seed)
    return [" ".join(f"w{i}" for i in random.zipf(1.3, 12) % 900) for _ in range(n)]


def objective(vectorizer, texts):
    """Return the sum that the paper minimises, in float64, with counts made one pair after the other."""
    counts = {}
    for text in texts:
        words = [w for w in text.split() if w in vectorizer.vocabulary_.tokens]
        ids = [vectorizer.vocabulary_.tokens.find(w) for w in words]
        for i, word in enumerate(ids):
            for j in range(max(0, i - vectorizer.window), i):
                for pair in {(word, ids[j], "left"), (ids[j], word, "right")}:
                    if pair[2] == "left" or vectorizer.symmetric:
                        counts[pair[:2]] = counts.get(pair[:2], 0) + 1 / (i - j)
    contexts = vectorizer.context_vectors_.astype(np.float64)
    words = vectorizer.vectors_.astype(np.float64) - contexts
    total = 0.0
    for (i, j), count in counts.items():
        weight = min(1, (count / vectorizer.x_max) ** vectorizer.alpha)
        estimate = words[i] @ contexts[j] + vectorizer.biases_[i] + vectorizer.context_biases_[j]
        total += weight * (estimate - np.log(count)) ** 2
    return total, len(counts)


def test_topics_are_learned():
    vectorizer = GloVeVectorizer(vector_size=20, epochs=15, x_max=10, random_state=0).fit(topics())
    unit = vectorizer.vectors_ / np.linalg.norm(vectorizer.vectors_, axis=1, keepdims=True)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -2)
    of = np.array([word[:2] for word in vectorizer.vocabulary_.to_list()])
    nearest = np.argsort(-scores, axis=1)[:, :10]
    assert (of[nearest] == of[:, None]).mean() > 0.99


@pytest.mark.parametrize("symmetric", [True, False])
def test_losses_are_the_papers_objective_and_fall(symmetric):
    texts = topics(300)
    made = {"vector_size": 10, "epochs": 6, "window": 4, "symmetric": symmetric, "x_max": 5.0, "alpha": 0.6}
    vectorizer = GloVeVectorizer(**made, random_state=1).fit(texts)
    expected, n_pairs = objective(vectorizer, texts)
    assert vectorizer.history_[-1]["objective"] == pytest.approx(expected, rel=1e-4)
    assert vectorizer.history_[-1]["loss"] == pytest.approx(expected / n_pairs, rel=1e-4)
    losses = [epoch["loss"] for epoch in vectorizer.history_]
    assert losses == sorted(losses, reverse=True)
    assert [epoch["epoch"] for epoch in vectorizer.history_] == [1, 2, 3, 4, 5, 6]
    first = GloVeVectorizer(**{**made, "epochs": 1}, random_state=1).fit(texts)
    assert first.history_[0]["objective"] == vectorizer.history_[0]["objective"]


def test_threads_change_no_bit():
    def trained(n_jobs, seed=4):
        vectorizer = GloVeVectorizer(vector_size=10, epochs=3, min_count=1, n_jobs=n_jobs, random_state=seed)
        return vectorizer.fit(many_words()).vectors_

    one = trained(1)
    assert len(one) > 700  # many blocks
    np.testing.assert_array_equal(trained(3), one)
    assert not np.array_equal(trained(1, seed=5), one)


def test_temporary_files_change_the_order_of_training_only(monkeypatch):
    spilled = []
    spill = Spool.spill
    monkeypatch.setattr(Spool, "spill", lambda spool: (spilled.append(spool), spill(spool)))
    texts = many_words()
    losses = []
    for limit in (1 << 30, 50_000):
        vectorizer = GloVeVectorizer(vector_size=10, epochs=4, min_count=1, memory_limit=limit, random_state=4)
        losses.append(vectorizer.fit(texts).history_[-1]["objective"])
        assert bool(spilled) == (limit < 1 << 30)
    assert losses[0] == pytest.approx(losses[1], rel=0.05)
    assert all(spool.closed for spool in spilled)


def test_a_word_and_its_context_are_not_the_same():
    """``b`` always follows ``a``: with contexts to the left only, the matrix is not symmetric."""
    vocabulary, corpus = encode_corpus(["a b", "a b", "b"])
    with corpus, count_cooccurrences(corpus, len(vocabulary), 1, symmetric=False) as counts:
        a, b = (vocabulary.tokens.find(word) for word in "ab")
        matrix = as_matrix(counts)
    assert matrix[b, a] == 2
    assert matrix.sum() == 2


def test_embed_and_the_vectorizer_give_the_same_store(tmp_path):
    parameters = {"vector_size": 8, "epochs": 2, "window": 3, "random_state": 2}
    store = embed(topics(100), "glove", **parameters)
    vectorizer = GloVeVectorizer(**parameters).fit(topics(100))
    np.testing.assert_array_equal(store.vectors, vectorizer.vectors_)
    np.testing.assert_array_equal(store.context_vectors, vectorizer.context_vectors_)
    store.save(tmp_path / "s.textrep")
    made = EmbeddingStore.open(tmp_path / "s.textrep").metadata
    assert made["method"] == "glove"
    assert made["parameters"]["x_max"] == 100
    assert [epoch["loss"] for epoch in made["history"]] == [epoch["loss"] for epoch in vectorizer.history_]


def test_a_saved_vectorizer_keeps_its_biases(tmp_path):
    vectorizer = GloVeVectorizer(vector_size=8, epochs=2, random_state=2).fit(topics(100))
    vectorizer.save(tmp_path / "v.textrep")
    loaded = GloVeVectorizer.load(tmp_path / "v.textrep")
    for name in ("vectors_", "context_vectors_", "biases_", "context_biases_"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(vectorizer, name))


def test_nothing_to_train_on_is_refused():
    with pytest.raises(EmptyCorpusError, match=r"no two words stand near each other.*min_count=1"):
        GloVeVectorizer(min_count=1).fit(["one", "two", "one"])


def test_divergence_is_an_error():
    with (
        np.errstate(all="ignore"),
        pytest.raises(TrainingError, match=r"learning_rate=1; pass a lower one, for example learning_rate=0\.25"),
    ):
        GloVeVectorizer(learning_rate=1.0, epochs=60, vector_size=300, x_max=0.01, random_state=0).fit(topics(50))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"x_max": 0}, "x_max must be a number above 0"),
        ({"alpha": -1}, "alpha must be a number at least 0"),
        ({"symmetric": 1}, "symmetric must be True or False; got 1"),
        ({"memory_limit": 0}, "memory_limit must be an integer of at least 1; got 0, in bytes"),
        ({"window": 0}, "window must be an integer of at least 1"),
        ({"window": 10**20}, "window must be at most 100,000; got 100000000000000000000"),
        ({"vector_size": 10**20}, "vector_size must be at most 2,147,483,647; got"),
    ],
)
def test_parameters_out_of_range(parameters, message):
    with pytest.raises(ValueError, match=message):
        GloVeVectorizer(**parameters).fit(topics(10))


def test_there_is_no_going_on():
    store = embed(topics(50), "glove", vector_size=8, epochs=1)
    with pytest.raises(ValueError, match="initial= is for word2vec and fasttext; glove starts anew each time"):
        embed(topics(50), "glove", initial=store)
    with pytest.raises(StoreMismatchError, match="glove starts anew each time: the counts it is made of are not kept"):
        GloVeVectorizer(vector_size=8).fit(topics(50), initial=store)
    with pytest.raises(StoreMismatchError, match="sums of GloVe's word and context vectors"):
        embed(topics(50), "word2vec", initial=store)


def test_an_interruption_ends_all_threads():
    def interrupt(progress):
        if progress.stage == "training":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed(many_words(), "glove", min_count=1, n_jobs=3, on_progress=interrupt)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("textrep-")]
