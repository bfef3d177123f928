"""Training by gensim: the very vectors that gensim gives when it is called directly, in a store of textrep's."""

from __future__ import annotations

import importlib.util
import json
import math
import threading
from collections import Counter

import numpy as np
import pytest

from textrep import (
    EmbeddingStore,
    EmptyCorpusError,
    FastTextVectorizer,
    MissingExtraError,
    StoreMismatchError,
    TrainingError,
    Word2VecVectorizer,
    embed,
)
from textrep.encoded import EncodedCorpus
from textrep.progress import epoch_printer
from textrep.training import gensim_engine
from textrep.training.run import train, train_corpus
from textrep.training.settings import FastTextSettings, Word2VecSettings

models = pytest.importorskip("gensim.models")

SMALL = {"vector_size": 12, "epochs": 2, "min_count": 3, "random_state": 5, "engine": "gensim"}
THEIRS = {"vector_size": 12, "epochs": 2, "min_count": 3, "seed": 5, "workers": 1}


def documents():
    """Documents of words with many ties, rare words and empty documents among them."""
    random = np.random.default_rng(1)
    stems, ends = ["walk", "talk", "jump", "sing", "read", "왕", "여왕"], ["", "ed", "ing", "s", "er", "은"]
    lists = [
        [stems[i] + ends[j] for i, j in zip(*random.integers(0, (7, 6), (n, 2)).T, strict=True)] for n in range(90)
    ]
    for i, tokens in enumerate(lists[::7]):
        tokens.insert(len(tokens) // 2, f"rare{i // 2}")
    return [*lists, [], *lists[50:]]


DOCUMENTS = documents()


def vectors_of(model, words):
    return np.stack([model.wv[word] for word in words])


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["negative_sampling", "hierarchical_softmax"])
def test_word2vec_is_gensims_bit_by_bit(architecture, loss):
    hierarchical = loss == "hierarchical_softmax"
    theirs = models.Word2Vec(
        DOCUMENTS, sg=int(architecture == "skipgram"), hs=int(hierarchical), negative=0 if hierarchical else 5, **THEIRS
    )
    trained, corpus = train_corpus(DOCUMENTS, Word2VecSettings(architecture=architecture, loss=loss, **SMALL))
    words = trained.vocabulary.to_list()
    assert set(words) == set(theirs.wv.index_to_key) != words
    np.testing.assert_array_equal(trained.vectors, vectors_of(theirs, words))
    if hierarchical:
        np.testing.assert_array_equal(trained.context_vectors, theirs.syn1[: len(words) - 1])
    else:
        places = [theirs.wv.key_to_index[word] for word in words]
        np.testing.assert_array_equal(trained.context_vectors, theirs.syn1neg[places])
    with corpus:
        known = [[words.index(token) for token in tokens if token in words] for tokens in DOCUMENTS]
        assert corpus.ids.tolist() == [i for ids in known for i in ids]
        assert np.diff(corpus.offsets).tolist() == [len(ids) for ids in known]


def test_words_are_ordered_as_textrep_orders_them():
    counts = Counter(token for tokens in DOCUMENTS for token in tokens)
    ordered = sorted((word for word in counts if counts[word] >= 3), key=lambda word: (-counts[word], word))
    vectorizer = Word2VecVectorizer(**SMALL).fit(DOCUMENTS)
    assert vectorizer.vocabulary_.to_list() == ordered
    assert vectorizer.vocabulary_.counts.tolist() == [counts[word] for word in ordered]
    assert vectorizer.vocabulary_.total_tokens == sum(counts.values())
    assert len(set(vectorizer.vocabulary_.counts.tolist())) < len(ordered), "there are ties"


def test_parameters_are_gensims():
    ours = embed(
        DOCUMENTS, window=2, negative=3, sample=0.01, learning_rate=0.07, **{**SMALL, "min_count": 1, "epochs": 3}
    )
    theirs = models.Word2Vec(
        DOCUMENTS, sg=1, window=2, negative=3, sample=0.01, alpha=0.07, **{**THEIRS, "min_count": 1, "epochs": 3}
    )
    np.testing.assert_array_equal(ours.vectors, vectors_of(theirs, ours.keys))
    assert ours.metadata["parameters"]["learning_rate"] == 0.07
    assert embed(DOCUMENTS, **SMALL).metadata["parameters"]["learning_rate"] == theirs.__class__().alpha


@pytest.mark.parametrize("sample", [0, 1, 1.0])
def test_no_word_is_skipped(sample):
    theirs = models.Word2Vec(DOCUMENTS, sg=1, sample=0, **THEIRS)
    ours = embed(DOCUMENTS, sample=sample, **SMALL)
    np.testing.assert_array_equal(ours.vectors, vectors_of(theirs, ours.keys))


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize(("min_n", "max_n"), [(1, 3), (3, 6), (2, 0)])
def test_fasttext_is_gensims_bit_by_bit(architecture, min_n, max_n):
    theirs = models.FastText(
        DOCUMENTS, sg=int(architecture == "skipgram"), min_n=min_n, max_n=max_n, bucket=30, **THEIRS
    )
    ours = embed(DOCUMENTS, "fasttext", architecture=architecture, min_n=min_n, max_n=max_n, buckets=30, **SMALL)
    np.testing.assert_array_equal(ours.vectors, vectors_of(theirs, ours.keys))
    if not max_n:
        assert len(ours.subwords.rows) == 0
        return
    used = np.unique(np.concatenate(theirs.wv.buckets_word))
    assert ours.subwords.present.tolist() == used.tolist() == list(range(30)), "else an unseen word may differ"
    np.testing.assert_array_equal(ours.subwords.rows, theirs.wv.vectors_ngrams)
    for word in ("walkings", "왕비", "unheard-of"):
        np.testing.assert_allclose(ours[word], theirs.wv[word], rtol=0, atol=1e-6)  # gensim sums in float32


def test_buckets_that_no_word_uses_are_left_out():
    theirs = models.FastText(DOCUMENTS, sg=1, bucket=100_000, **THEIRS)
    ours = embed(DOCUMENTS, "fasttext", buckets=100_000, **SMALL)
    used = np.unique(np.concatenate(theirs.wv.buckets_word))
    assert ours.subwords.present.tolist() == used.tolist()
    np.testing.assert_array_equal(ours.subwords.rows, theirs.wv.vectors_ngrams[used])
    assert theirs.wv["ݑݑݑݑ"].any(), "gensim answers with the random numbers that buckets begin with"
    assert "ݑݑݑݑ" not in ours
    np.testing.assert_allclose(ours["walke"], _by_hand(theirs.wv, "walke", set(used.tolist())), atol=1e-6)


def test_words_never_seen_are_gensims_if_the_corpus_has_their_ngrams():
    from gensim.models.fasttext import ft_ngram_hashes

    theirs = models.FastText(DOCUMENTS, sg=1, min_n=2, max_n=3, bucket=100_000, **THEIRS)
    ours = embed(DOCUMENTS, "fasttext", min_n=2, max_n=3, buckets=100_000, **SMALL)
    used = set(ours.subwords.present.tolist())
    unseen = [
        a + b for a in ("walk", "talks", "singer", "jumped", "왕") for b in ("ed", "er", "은", "ings", "q", "xyz")
    ]
    n_whole = 0
    for word in set(unseen) - set(ours.keys):
        rows = ft_ngram_hashes(word, 2, 3, 100_000)
        noise = sum((theirs.wv.vectors_ngrams[row] for row in rows if row not in used), np.zeros(12)) / len(rows)
        n_whole += not noise.any()
        np.testing.assert_allclose(ours[word], theirs.wv[word] - noise, rtol=0, atol=1e-6)
    assert 2 <= n_whole <= len(unseen) - 6


@pytest.mark.parametrize("kind", [models.Word2Vec, models.FastText])
def test_the_default_learning_rate_is_gensims(kind):
    settings = {models.Word2Vec: Word2VecSettings, models.FastText: FastTextSettings}[kind]
    assert settings(engine="gensim").rate == kind().alpha != settings().rate


def _by_hand(vectors, word, used):
    from gensim.models.fasttext import ft_ngram_hashes

    rows = ft_ngram_hashes(word, vectors.min_n, vectors.max_n, vectors.bucket)
    assert 0 < len(used & set(rows)) < len(set(rows))
    return sum(vectors.vectors_ngrams[row] for row in rows if row in used) / len(rows)


def test_a_largest_vocabulary_keeps_exactly_so_many():
    every = Word2VecVectorizer(**SMALL).fit(DOCUMENTS).vocabulary_
    counts = every.counts.tolist()
    n = next(i for i in range(1, len(counts)) if counts[i - 1] == counts[i])  # between words of one count
    store = embed(DOCUMENTS, max_vocabulary=n, **SMALL)
    assert list(store.keys) == every.to_list()[:n]
    assert embed(DOCUMENTS, max_vocabulary=10_000, **SMALL).counts.tolist() == counts


def test_long_documents_are_not_cut():
    words = [f"w{i % 30}" for i in range(25_000)] + ["last"] * 5
    pieces = [words[i : i + 10_000] for i in range(0, len(words), 10_000)]
    theirs = models.Word2Vec([*pieces, ["w1"]], sg=1, **THEIRS)
    ours = embed([words, ["w1"]], **SMALL)
    np.testing.assert_array_equal(ours.vectors, vectors_of(theirs, ours.keys))
    cut = models.Word2Vec([words, ["w1"]], sg=1, **THEIRS)
    assert not np.array_equal(cut.wv["last"], theirs.wv["last"]), "gensim itself never trains what comes last"


@pytest.mark.parametrize(("kind", "method"), [(Word2VecVectorizer, "word2vec"), (FastTextVectorizer, "fasttext")])
@pytest.mark.parametrize("pooling", ["mean", "max", "tfidf", "sif"])
def test_the_estimator_and_its_store(kind, method, pooling):
    vectorizer = kind(pooling=pooling, **SMALL, **({"buckets": 500} if method == "fasttext" else {}))
    rows = vectorizer.fit_transform(DOCUMENTS)
    assert rows.shape == (len(DOCUMENTS), 12)
    assert rows.dtype == np.float32
    assert not rows[90].any()
    np.testing.assert_allclose(rows, vectorizer.transform(DOCUMENTS), atol=1e-6)
    store = vectorizer.to_store()
    np.testing.assert_array_equal(store.vectors, embed(DOCUMENTS, **_without(vectorizer, "pooling", "verbose")).vectors)
    assert store.metadata["method"] == method
    assert store.metadata["parameters"]["engine"] == "gensim"
    if pooling == "mean":
        np.testing.assert_allclose(rows[3], np.mean(store.vectors_for(DOCUMENTS[3]), axis=0), atol=1e-6)


def _without(vectorizer, *names):
    parameters = {name: value for name, value in vectorizer.get_params().items() if name not in names}
    return {"method": "fasttext" if "min_n" in parameters else "word2vec", **parameters}


def test_history_has_what_gensim_tells(tmp_path, capsys):
    reports = []
    store = embed(DOCUMENTS, on_progress=reports.append, **SMALL)
    assert store.metadata["history"] == [{"epoch": 1, "loss": None}, {"epoch": 2, "loss": None}]
    ended = [report for report in reports if report.ended]
    assert [report.epoch for report in ended] == [1, 2]
    assert ended[-1].done == ended[-1].total == 2 * store.metadata["total_tokens"]
    trained = train(DOCUMENTS, Word2VecSettings(**SMALL), epoch_printer())
    assert all(math.isnan(epoch["loss"]) and epoch["words_per_second"] > 0 for epoch in trained.history)
    assert "epoch 2/2  " in (shown := capsys.readouterr().err)
    assert "nan" not in shown
    store.save(tmp_path / "s.textrep")
    opened = EmbeddingStore.open(tmp_path / "s.textrep")
    assert json.loads(json.dumps(opened.metadata, allow_nan=False)) == store.metadata
    assert opened.tokenizer("Walk ON") == ["walk", "on"]


def test_textrep_goes_on_from_what_gensim_has_trained():
    first = embed(DOCUMENTS, "fasttext", buckets=500, **SMALL)
    still = embed(
        [["walking", "talking", "leaping"]] * 9,
        initial=first,
        method="fasttext",
        learning_rate=1e-9,
        sample=0,
        random_state=1,
    )
    np.testing.assert_allclose(still.vectors_for(list(first.keys)), first.vectors, atol=2e-6)
    assert still.metadata["parameters"]["engine"] == "textrep"


def test_gensim_does_not_go_on():
    first = embed(DOCUMENTS, **SMALL)
    for go_on in (
        lambda: embed(DOCUMENTS, initial=first, engine="gensim"),
        lambda: Word2VecVectorizer(**SMALL).fit(DOCUMENTS, initial=first),
    ):
        with pytest.raises(StoreMismatchError, match="gensim starts anew each time; pass engine=textrep"):
            go_on()


def test_seeds():
    def one(seed):
        return embed(DOCUMENTS, **{**SMALL, "random_state": seed}).vectors

    np.testing.assert_array_equal(one(2**40), one(2**40))
    assert not np.array_equal(one(2**40), one(2**40 + 1))
    assert not np.array_equal(one(None), one(None))


def test_several_threads():
    store = embed(DOCUMENTS, n_jobs=2, **SMALL)
    assert np.isfinite(store.vectors).all()
    assert list(store.keys) == list(embed(DOCUMENTS, **SMALL).keys)


def test_one_word_is_enough():
    for loss in ("negative_sampling", "hierarchical_softmax"):
        store = embed([["one"] * 9], loss=loss, **SMALL)
        assert list(store.keys) == ["one"]
        assert store.context_vectors.shape == (1, 12)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["one two two"], "min_count=3 leaves no token: 2 distinct tokens were seen, the most frequent 2 times; lower"),
        (["", "?"], "2 documents, but not one token in them"),
        ([], "no document"),
    ],
)
def test_nothing_to_train(texts, message):
    with pytest.raises(EmptyCorpusError, match=message):
        embed(texts, **SMALL)


def test_what_is_refused():
    with pytest.raises(ValueError, match="engine must be one of 'textrep', 'gensim'; got 'fasttext'"):
        embed(DOCUMENTS, engine="fasttext")
    with pytest.raises(ValueError, match="gensim knows no subwords='jamo'; pass subwords='char' or engine='textrep'"):
        FastTextSettings(engine="gensim", subwords="jamo")


def test_without_gensim_the_extra_is_named_before_anything_is_read(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"engine='gensim' needs gensim\. .*gensim") as raised:
        embed((1 / 0 for _ in "x"), **SMALL)
    assert raised.value.extra == "gensim"


def test_vectors_that_are_not_finite_are_refused(monkeypatch):
    class Broken(models.Word2Vec):
        def train(self, *args, **options):
            super().train(*args, **options)
            self.wv.vectors[0, 0] = np.nan

    monkeypatch.setattr(models, "Word2Vec", Broken)
    with pytest.raises(TrainingError, match=r"NaN or infinite values at learning_rate=0\.025; pass a lower one"):
        embed(DOCUMENTS, **SMALL)


@pytest.mark.parametrize("passes", [0, 1, 2])
def test_what_goes_wrong_in_reading_is_raised_and_nothing_waits(monkeypatch, passes):
    real, reads = EncodedCorpus.read_offsets, []

    def failing(self, start, stop):
        reads.append(start)
        if len(reads) > passes * len(DOCUMENTS) + 20:
            raise OSError("the disk is gone")
        return real(self, start, stop)

    monkeypatch.setattr(EncodedCorpus, "read_offsets", failing)
    with pytest.raises(OSError, match="the disk is gone"):
        embed(DOCUMENTS, **SMALL)
    assert not [thread for thread in threading.enumerate() if thread.name == "textrep-gensim"]


def test_an_error_of_gensims_is_raised(monkeypatch):
    def failing(*args, **options):
        raise RuntimeError("no")

    monkeypatch.setattr(models.Word2Vec, "train", failing)
    with pytest.raises(RuntimeError, match=r"^no$"):
        embed(DOCUMENTS, **SMALL)


def test_an_interrupt_ends_training_soon():
    def interrupt(progress):
        if progress.stage == "training":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed(DOCUMENTS * 20, on_progress=interrupt, **{**SMALL, "epochs": 100})
    assert not [thread for thread in threading.enumerate() if thread.name == "textrep-gensim"]


def test_documents_are_read_together_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(gensim_engine, "_TOKENS_AT_ONCE", 10)
    corpus = EncodedCorpus.from_arrays(np.arange(33) % 5, [0, 4, 8, 8, 30, 33])
    assert list(gensim_engine._runs_of_documents(corpus)) == [(0, 3), (3, 4), (4, 5)]
    few = gensim_engine._without_rare(corpus, 2, 5)
    assert few.ids.tolist() == [i % 5 for i in range(33) if i % 5 < 2]
    assert few.offsets.tolist() == [0, 2, 4, 4, 12, 14]
