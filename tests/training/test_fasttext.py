"""Training with subwords as a whole: what is kept, reproducible, goes on from a store, usual rates stay finite."""

from __future__ import annotations

import numpy as np
import pytest

from textrep import EmbeddingStore, EmptyCorpusError, StoreMismatchError, Word2VecVectorizer, embed
from textrep.keytable import KeyTable
from textrep.store.subwords import SubwordTable
from textrep.text.pruned import PrunedSubwords
from textrep.text.subwords import Subwords
from textrep.training.parts import make_parts
from textrep.training.run import train
from textrep.training.settings import FastTextSettings

TINY = {"vector_size": 16, "min_count": 1, "epochs": 2, "random_state": 3, "sample": 0}


def texts(n=400, seed=0):
    random = np.random.default_rng(seed)
    stems = ["walk", "talk", "jump", "sing", "read"]
    ends = ["", "ed", "ing", "s", "er"]
    return [" ".join(stems[i] + ends[j] for i, j in random.integers(0, 5, (8, 2))) for _ in range(n)]


def test_parts_of_a_vocabulary():
    rule = Subwords(min_n=2, max_n=3, buckets=50)
    words = ["ab", "abc", "</s>", "b"]
    parts = make_parts(KeyTable.from_strings(words), rule)
    for i, word in enumerate(words):
        rows = parts.rows[parts.offsets[i] : parts.offsets[i + 1]]
        assert rows[0] == i, "a word's own row comes first"
        assert [parts.buckets[row - len(words)] for row in rows[1:]] == [rule.row_of(part) for part in rule(word)]
    assert len(set(parts.buckets.tolist())) == len(parts.buckets)
    first = [rule.row_of(part) for part in rule("ab")]
    assert parts.buckets[: len(set(first))].tolist() == list(dict.fromkeys(first)), "in the order of their first use"


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["negative_sampling", "hierarchical_softmax"])
def test_every_variant_learns_and_repeats(architecture, loss):
    settings = FastTextSettings(architecture=architecture, loss=loss, **{**TINY, "epochs": 5})
    one, other = train(texts(), settings), train(texts(), settings)
    np.testing.assert_array_equal(one.vectors, other.vectors)
    np.testing.assert_array_equal(one.buckets.vectors, other.buckets.vectors)
    assert one.history[-1]["loss"] < one.history[0]["loss"]


def test_only_rows_of_the_vocabulary_are_kept():
    rule = FastTextSettings().subword_rule
    store = embed(["cat dog cat dog"] * 20, "fasttext", **TINY)
    used = {rule.row_of(part) for word in ("cat", "dog") for part in rule(word)}
    assert store.subwords.present.tolist() == sorted(used)
    assert store.subwords.rows.shape == (len(used), 16)


def test_vectors_are_means_of_their_rows():
    store = embed(texts(), "fasttext", **TINY)
    table, rule = store.subwords, store.subwords.rule
    own = table.own_rows(store.keys, store.vectors)
    row_of = dict(zip(table.present.tolist(), table.rows, strict=True))
    for i, word in enumerate(store.keys):
        rows = [own[i], *(row_of[rule.row_of(part)] for part in rule(word))]
        np.testing.assert_allclose(np.mean(rows, axis=0), store.vectors[i], atol=1e-6)
    unseen = [row_of[rule.row_of(p)] if rule.row_of(p) in row_of else np.zeros(16) for p in rule("walkings")]
    np.testing.assert_allclose(store["walkings"], np.mean(unseen, axis=0), atol=1e-6)
    assert store.similar("walkings", 1)[0].key == "walking"


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_without_ngrams_it_is_word2vec_with_other_noise(monkeypatch, architecture):
    options = {**TINY, "architecture": architecture}
    monkeypatch.setattr(FastTextSettings, "noise_power", 0.75)  # word2vec's
    store, other = embed(texts(), "fasttext", max_n=0, **options), embed(texts(), "word2vec", **options)
    assert len(store.subwords.rows) == 0
    np.testing.assert_allclose(store.vectors, other.vectors, atol=1e-6)
    monkeypatch.undo()
    assert not np.allclose(embed(texts(), "fasttext", max_n=0, **options).vectors, other.vectors, atol=1e-3)


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["negative_sampling", "hierarchical_softmax"])
def test_usual_rates_stay_finite(architecture, loss, rate):
    """fastText 0.9.3 stops with "Encountered NaN" from .05 on."""
    settings = FastTextSettings(
        architecture=architecture, loss=loss, learning_rate=rate, **{**TINY, "epochs": 10, "min_count": 1}
    )
    trained = train(["same word again and again"] * 300 + texts(), settings)
    assert np.isfinite(trained.vectors).all()
    assert trained.history[-1]["loss"] < trained.history[0]["loss"]
    assert np.linalg.norm(trained.vectors, axis=1).max() < 1000


@pytest.mark.parametrize("method", ["word2vec", "fasttext"])
def test_going_on_from_a_store(method, tmp_path):
    first = embed(texts(), method, **TINY)
    first.save(tmp_path / "first.textrep")
    opened = EmbeddingStore.open(tmp_path / "first.textrep")
    more = [text.replace("jump", "leap") for text in texts(seed=1)]
    still = embed(more, method, initial=opened, learning_rate=1e-9, epochs=1, random_state=1)
    assert set(still.keys) == set(first.keys) | {word for text in more for word in text.split()}
    np.testing.assert_allclose(still.vectors_for(list(first.keys)), first.vectors, atol=2e-6)
    assert still.metadata["total_tokens"] == first.metadata["total_tokens"] + 400 * 8
    assert still.counts.tolist() == sorted(still.counts.tolist(), reverse=True)
    both = dict(zip(still.keys, still.counts.tolist(), strict=True))
    assert both["jump"] == first.counts[list(first.keys).index("jump")], "counts of before stay"
    assert still.metadata["parameters"]["vector_size"] == 16, "parameters are the store's"
    trained = embed(more, method, initial=opened, random_state=1)
    plain = embed(more, method, **TINY)
    assert trained.metadata["history"][0]["loss"] < plain.metadata["history"][0]["loss"], (
        "it has begun where the first ended"
    )


def test_a_rare_word_of_the_store_is_trained_on():
    first = embed(texts(), "word2vec", **{**TINY, "min_count": 5})
    more = ["walked talked"] + ["new words here"] * 10
    store = embed(more, initial=first)
    assert store.metadata["initial"] == {"words": len(first), "total_tokens": first.metadata["total_tokens"]}
    assert "walked" in store
    assert "here" in store
    counts = dict(zip(store.keys, store.counts.tolist(), strict=True))
    assert counts["walked"] == first.counts[list(first.keys).index("walked")] + 1


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        (
            "word2vec",
            {"vector_size": 5},
            r"go on from the initial store: it has vectors of 16 dimensions; pass vector_size=16",
        ),
        ("fasttext", {}, r"it has no subwords; pass method=word2vec"),
        ("word2vec", {"loss": "hierarchical_softmax"}, r"the Huffman tree; pass loss=negative_sampling"),
    ],
)
def test_a_store_that_does_not_fit_is_refused(method, options, message):
    first = embed(texts(), "word2vec", **TINY)
    with pytest.raises(StoreMismatchError, match=message):
        embed(texts(), method, initial=first, **options)


def test_a_store_with_a_huffman_tree_is_refused():
    first = embed(texts(), loss="hierarchical_softmax", **TINY)
    for options in ({}, {"loss": "negative_sampling"}):
        with pytest.raises(StoreMismatchError, match="trained with hierarchical softmax, whose tree new words change"):
            embed(texts(), initial=first, **options)


def test_a_value_of_ones_own_that_is_wrong_is_not_the_stores_fault():
    first = embed(texts(), **TINY)
    with pytest.raises(ValueError, match="epochs") as raised:
        embed(texts(), initial=first, epochs=0)
    assert not isinstance(raised.value, StoreMismatchError)
    first.metadata["parameters"]["window"] = -1
    with pytest.raises(StoreMismatchError, match=r"cannot go on from the initial store: window"):
        embed(texts(), initial=first)


def test_rows_of_pruned_subwords_are_not_in_the_message():
    rule = PrunedSubwords(Subwords(buckets=100), np.arange(100))
    rows = np.ones((rule.n_rows, 16), np.float32)
    table = SubwordTable(rule, None, rows)
    store = EmbeddingStore.from_vectors(["a"], rows[:1], subwords=table, context_vectors=rows[:1])
    with pytest.raises(StoreMismatchError, match=r"of a kind that is not trained here, pruned$") as raised:
        embed(texts(), "fasttext", initial=store, vector_size=16)
    assert len(str(raised.value)) < 500


def test_another_version_of_the_tokenizer_is_told():
    pytest.importorskip("kiwipiepy")
    first = embed(["고양이가 잔다"] * 20, tokenizer="kiwi", **TINY)
    old = {**first.tokenizer.to_dict(), "kiwipiepy_version": "0.1"}
    store = EmbeddingStore.from_vectors(
        first.keys,
        first.vectors,
        counts=first.counts,
        tokenizer=old,
        metadata=first.metadata,
        context_vectors=first.context_vectors,
    )
    with pytest.warns(UserWarning, match=r"another version \(kiwipiepy 0\.1, now "):
        again = embed(["강아지가 잔다"] * 20, initial=store)
    assert again.tokenizer.to_dict() == first.tokenizer.to_dict()


def test_other_subwords_are_refused():
    first = embed(texts(), "fasttext", **TINY)
    with pytest.raises(ValueError, match=r"it was made with max_n=6; pass that, not max_n=4$"):
        embed(texts(), "fasttext", initial=first, max_n=4)


@pytest.mark.parametrize("method", ["word2vec", "fasttext"])
def test_what_is_no_store(method):
    with pytest.raises(TypeError, match=r"initial must be an EmbeddingStore, not 'a\.textrep'; EmbeddingStore\.open"):
        embed(texts(), method, initial="a.textrep")
    with pytest.raises(TypeError, match="initial must be an EmbeddingStore"):
        Word2VecVectorizer().fit(texts(), initial="a.textrep")


def test_a_store_of_vectors_alone_is_refused():
    store = EmbeddingStore.from_vectors(["a", "b"], np.eye(2))
    with pytest.raises(ValueError, match="no context vectors"):
        embed(texts(), initial=store, vector_size=2)


@pytest.mark.parametrize("method", ["word2vec", "fasttext"])
def test_a_corpus_without_a_word_to_train_is_empty(method):
    first = embed(texts(), method, **TINY)
    with pytest.raises(EmptyCorpusError, match=r"min_count=5 leaves no token, and none of the initial words"):
        embed(["quite other things"], method, initial=first, min_count=5)


def test_the_tokenizer_is_the_stores():
    first = embed(["The CAT sat", "the cat"] * 20, tokenizer="whitespace", **TINY)
    store = embed(["The CAT ran"] * 20, initial=first, random_state=1)
    assert set(store.keys) == {"The", "CAT", "sat", "the", "cat", "ran"}
    long = embed(["ab abc abcd"] * 20, min_token_length=3, **TINY)
    assert set(embed(["ab abc abcde"] * 20, initial=long, random_state=1).keys) == {"abc", "abcd", "abcde"}
    for other, message in (
        ({"tokenizer": "word"}, "made by the tokenizer 'whitespace'; pass tokenizer=whitespace"),
        ({"min_token_length": 2}, "its words have 1 characters or more; pass min_token_length=1"),
    ):
        with pytest.raises(StoreMismatchError, match=message):
            embed(["The CAT ran"] * 20, initial=first, **other)


def test_a_tokenizer_that_is_a_function(tmp_path):
    first = embed(texts(), tokenizer=str.split, **TINY)
    assert "leaped" in embed(["leaped jumped"] * 20, initial=first, random_state=1)
    first.save(tmp_path / "s.textrep")
    opened = EmbeddingStore.open(tmp_path / "s.textrep")
    assert "leaped" in embed(["leaped jumped"] * 20, initial=opened, tokenizer=str.split, random_state=1)
    with pytest.raises(StoreMismatchError, match=r"Python function '.*split'; pass it to embed as tokenizer="):
        embed(["leaped jumped"] * 20, initial=opened)
    with pytest.raises(StoreMismatchError, match=r"made by the tokenizer 'callable'; pass tokenizer=the same function"):
        embed(["leaped jumped"] * 20, initial=opened, tokenizer="word")


def test_a_largest_vocabulary_bounds_what_is_added():
    first = embed(texts(), **TINY)
    more = ["alpha alpha alpha beta beta gamma walked"] * 5
    store = embed(more, initial=first, min_count=1, max_vocabulary=len(first) + 2, random_state=1)
    assert set(store.keys) == {*first.keys, "alpha", "beta"}


@pytest.mark.parametrize("buckets", [1000, (1 << 31) - 1])
def test_numbers_of_buckets_by_first_use(buckets):
    rule = Subwords(min_n=2, max_n=4, buckets=buckets)
    parts = make_parts(KeyTable.from_strings(["walking", "walked", "king"]), rule)
    rows = [rule.row_of(part) for word in ("walking", "walked", "king") for part in rule(word)]
    assert parts.buckets.tolist() == list(dict.fromkeys(rows))
