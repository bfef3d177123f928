"""`RecurrentTagger`: grammars that need each of its parts, schemes kept to, and results of a sentence's own."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from textrep import DocumentError, EmbeddingStore, TagSchemeError, get_tokenizer
from textrep.classifiers import recurrent_tagger
from textrep.classifiers.batches import FIRST_WORD
from textrep.classifiers.recurrent_tagger import RecurrentTagger
from textrep.classifiers.tags import allowed_transitions
from textrep.evaluation import tagging_scores
from textrep.store.subwords import SubwordTable
from textrep.text.subwords import Subwords

WORD = get_tokenizer("word")
Sentences = list[list[str]]


def made(store: EmbeddingStore | None = None, **options: Any) -> RecurrentTagger:
    small = {
        "hidden_size": 16, "vector_size": 8, "learning_rate": 0.03, "batch_size": 16, "max_epochs": 8, "dropout": 0.1,
        "random_state": 0,
    }  # fmt: skip
    return RecurrentTagger(store, **(small | options))


def people_and_places(n: int, seed: int = 0) -> tuple[Sentences, Sentences]:
    """BIO: names of one or two words, whose kind the word before tells."""
    random = np.random.default_rng(seed)
    sentences, tags = [], []
    for _ in range(n):
        words, marks = [], []
        for _ in range(random.integers(1, 4)):
            kind, cue = [("PER", "mr"), ("LOC", "in")][random.integers(2)]
            length = random.integers(1, 3)
            words += [cue, *(f"n{random.integers(6)}" for _ in range(length)), "w"]
            marks += ["O", *[f"B-{kind}", f"I-{kind}"][:length], "O"]
        sentences.append(words)
        tags.append(marks)
    return sentences, tags


SENTENCES, TAGS = people_and_places(80)


@pytest.fixture(scope="module")
def fitted() -> RecurrentTagger:
    return made().fit(SENTENCES, TAGS)


@pytest.mark.parametrize(
    "options",
    [{"cell": "gru", "num_layers": 2}, {"crf": False, "char_features": False, "cell": "rnn"}],
    ids=str,
)
def test_it_learns(options: dict[str, Any], device: str) -> None:
    model = made(**({"max_epochs": 12, "device": device} | options)).fit(SENTENCES, TAGS)
    sentences, tags = people_and_places(30, seed=1)
    assert model.scheme_ == "IOB2"
    assert model.score(sentences, tags) > 0.95
    assert model.score(sentences, tags) == tagging_scores(tags, model.predict(sentences)).f1
    assert model.classes_.tolist() == ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]
    assert model.history_[-1]["validation_score"] > 0.9


def test_the_chain_learns_what_no_token_tells() -> None:
    """Each sentence is all X or all Y, at random: which one, nobody can know, but the tags agree."""
    random = np.random.default_rng(0)
    sentences = [[f"w{i}" for i in random.integers(0, 5, 6)] for _ in range(120)]
    tags = [[str(random.choice(["X", "Y"]))] * 6 for _ in sentences]
    model = made(max_epochs=12, early_stopping=False).fit(sentences, tags)
    chain = model.network_.head.chain.transitions.detach()
    assert chain.diagonal().min() > chain.flip(0).diagonal().max() + 1
    assert all(len(set(path)) == 1 for path in model.predict(sentences))
    assert np.abs(np.concatenate(model.predict_proba(sentences)) - 0.5).mean() < 0.25, "one by one they are uncertain"
    no_chain = made(max_epochs=1, crf=False).fit(sentences, tags).network_.head.chain
    assert not any(scores.any() or scores.requires_grad for scores in no_chain.parameters())


def test_characters_tell_what_words_do_not() -> None:
    """Words that training had not, whose endings give them away; and capitals."""
    random = np.random.default_rng(0)

    def stem() -> str:
        return "".join(random.choice(list("abdfgklmno"), 4))

    def made_sentence() -> tuple[list[str], list[str]]:
        kinds = random.choice(["VERB", "NOUN", "NAME"], 4)
        return [{"VERB": f"{stem()}ed", "NOUN": f"{stem()}er", "NAME": stem().title()}[kind] for kind in kinds], [
            *kinds
        ]

    sentences, tags = zip(*(made_sentence() for _ in range(200)), strict=True)
    with_characters = made(max_epochs=10).fit(sentences[:150], tags[:150])
    without = made(max_epochs=3, char_features=False).fit(sentences[:150], tags[:150])
    assert with_characters.score(sentences[150:], tags[150:]) > 0.97
    assert without.score(sentences[150:], tags[150:]) < 0.6
    assert with_characters.scheme_ is None
    assert without.alphabet_ is None
    assert set("edrA") < set(with_characters.alphabet_.characters)


@pytest.mark.parametrize("crf", [True, False])
@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("IOB2", ["O", "B-A", "I-A", "B-B", "I-B"]),
        ("BIOES", ["O", "B-A", "I-A", "E-A", "S-A", "B-B", "E-B", "S-B"]),
        ("BILOU", ["O", "B-A", "I-A", "L-A", "U-A"]),
        ("BMES", ["B", "M", "E", "S"]),
    ],
)
def test_a_scheme_is_kept_to(scheme: str, tags: list[str], crf: bool) -> None:
    """Tags at random teach nothing, and a network that knows nothing would break any rule; most of them are inside."""
    random = np.random.default_rng(0)
    inside = np.array([tag[0] in "IM" for tag in tags])
    shares = np.where(inside, 0.6 / inside.sum(), 0.4 / (~inside).sum())
    sentences = [[f"w{i}" for i in random.integers(0, 9, n)] for n in random.integers(1, 9, 60)]
    noise = [[str(tag) for tag in random.choice(tags, len(sentence), p=shares)] for sentence in sentences]
    with pytest.raises(TagSchemeError, match=rf"^y\[\d+\]\[\d+\]: .* (cannot begin a span|without an end) in {scheme}"):
        made(scheme=scheme).fit(sentences, noise)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recurrent_tagger, "told_scheme", lambda given, _: given)
        model = made(max_epochs=2, crf=crf, scheme=scheme).fit(sentences, noise)
    allowed = allowed_transitions(model.classes_.tolist(), scheme)
    number = {tag: i for i, tag in enumerate(model.classes_.tolist())}
    paths = model.predict(sentences)
    assert [len(path) for path in paths] == [len(sentence) for sentence in sentences]
    for path in paths:
        numbers = [number[tag] for tag in path]
        assert allowed.start[numbers[0]]
        assert allowed.end[numbers[-1]]
        assert all(allowed.transitions[i, j] for i, j in pairwise(numbers))
    free = made(max_epochs=2, crf=crf, scheme=None).fit(sentences, noise)
    assert free.scheme_ is None
    assert not all(allowed.start[number[path[0]]] for path in free.predict(sentences)), "it would not by itself"


def test_the_scheme_is_told_by_the_tags() -> None:
    sentences = [["a", "b", "c"]] * 12
    for tags, scheme in (
        (["I-A", "I-A", "O"], "IOB1"),
        (["B-A", "E-A", "O"], "BIOES"),
        (["NOUN", "VERB", "X"], None),
        ([1, 2, (3,)], None),
    ):
        assert made(max_epochs=1).fit(sentences, [tags] * 12).scheme_ == scheme
    with pytest.raises(TagSchemeError, match=r"^y\[11\]\[1\]: the tag 'X-A' belongs to no known scheme together with"):
        made().fit(sentences, [["B-A", "O", "O"]] * 11 + [["O", "X-A", "O"]])
    with pytest.raises(TagSchemeError, match=r"^y\[0\]\[1\]: the tag is 'E-A', no tag of the scheme IOB2"):
        made(scheme="BIO").fit(sentences, [["B-A", "E-A", "O"]] * 12)
    with pytest.raises(TagSchemeError, match=r"^scheme='BIOS' is unknown\. Known schemes"):
        made(scheme="BIOS").fit(sentences, [["B-A", "E-A", "O"]] * 12)


@pytest.mark.parametrize("scheme", ["IOB2", "bioes"])
def test_tags_that_a_scheme_would_never_give_are_refused(scheme: str) -> None:
    iob1 = [["O", "O"], ["O", "I-A"]] * 6
    with pytest.raises(
        TagSchemeError, match=r"^y\[1\]\[1\]: I-A cannot begin a span in \w+; the tags look like IOB1\."
    ):
        made(scheme=scheme).fit([["a", "b"]] * 12, iob1)
    with pytest.raises(TagSchemeError, match=r"^y\[0\]\[0\]: the tag is 1, no tag of the scheme"):
        made(scheme=scheme).fit([["a", "b"]] * 12, [[1, 2]] * 12)
    for scheme_kept in ("iob1", "auto", None):
        assert made(scheme=scheme_kept, max_epochs=1).fit([["a", "b"]] * 12, iob1).history_


def test_a_scheme_that_is_told_is_checked_too() -> None:
    slip = [["B-A", "I-A"]] * 11 + [["O", "I-A"]]
    with pytest.raises(
        TagSchemeError,
        match=r"^y\[0\]\[0\]: B-A cannot begin .* in IOB1, .*; y\[11\]\[1\]: I-A cannot begin .* in IOB2\.",
    ):
        made().fit([["a", "b"]] * 12, slip)
    assert made(scheme=None, max_epochs=1).fit([["a", "b"]] * 12, slip).scheme_ is None


def test_line_ends_behind_a_token_do_not_count(fitted: RecurrentTagger) -> None:
    with_ends = [[f"{token}{end}" for token, end in zip(s, ["\n", "\r\n", ""] * 9, strict=False)] for s in SENTENCES]
    assert with_ends != SENTENCES
    for one, other in zip(fitted.predict_proba(with_ends), fitted.predict_proba(SENTENCES), strict=True):
        np.testing.assert_array_equal(one, other)
    assert made(max_epochs=1).fit(with_ends, TAGS).words_.table.to_list() == fitted.words_.table.to_list()
    with pytest.raises(ValueError, match=r"^X\[0\] holds an empty token"):
        fitted.predict([["\n"]])


def test_tags_of_any_type_come_back_as_they_were() -> None:
    sentences, tags = [["one", "two", "three"]] * 20, [[1, None, ("a", "b")]] * 20
    model = made(max_epochs=10).fit(sentences, tags)
    assert model.predict([["one", "two", "three"]]) == [[1, None, ("a", "b")]]
    assert model.score(sentences, tags) == 1.0
    numbers = made(max_epochs=1).fit(np.array(sentences), np.array([[3, 1, 2]] * 20))
    assert numbers.classes_.tolist() == [1, 2, 3]
    assert numbers.words_.table.to_list() == ["one", "three", "two"]
    assert all(type(tag) is int for tag in numbers.predict(sentences)[0])


@pytest.mark.parametrize("options", [{}, {"crf": False, "char_features": False, "num_layers": 2}], ids=str)
def test_a_sentence_has_the_same_result_alone_and_in_company(options: dict[str, Any]) -> None:
    store = EmbeddingStore.from_vectors(["mr", "n1", "n2", "seen"], np.random.default_rng(1).normal(size=(4, 8)))
    with pytest.warns(UserWarning, match="^the store has vectors for"):
        model = made(store, max_epochs=2, **options).fit(SENTENCES, TAGS)
    sentences = [["mr", "n1"], [], ["zzz"], ["q!", "Ünknöwn"], ["in", "n2", "n3", "w"] * 12, ["seen"]]
    together = model.predict_proba(sentences)
    emissions = model.decision_function(sentences)
    assert [p.shape for p in together] == [e.shape for e in emissions] == [(len(s), 5) for s in sentences]
    for sentence, expected, scores in zip(sentences, together, emissions, strict=True):
        np.testing.assert_allclose(model.predict_proba([sentence])[0], expected, atol=1e-5)
        np.testing.assert_allclose(model.decision_function([sentence])[0], scores, atol=1e-5)
        np.testing.assert_allclose(expected.sum(1), 1, atol=1e-5)
        assert model.predict([sentence]) == model.predict([[], sentence, ["a"] * 40])[1:2]
    assert model.predict(sentences)[1] == []
    assert model.predict([]) == []
    assert model.predict([[]]) == [[]]


def test_tags_and_probabilities_come_of_one_run(fitted: RecurrentTagger) -> None:
    runs = []
    handle = fitted.network_.register_forward_hook(lambda *_: runs.append(1))
    tags, probabilities = fitted.predict_with_proba(SENTENCES)
    handle.remove()
    assert len(runs) == 1  # they are one batch
    assert tags == fitted.predict(SENTENCES)
    for found, expected in zip(probabilities, fitted.predict_proba(SENTENCES), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_predictions_are_made_some_at_a_time(fitted: RecurrentTagger, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = fitted.predict_proba(SENTENCES)
    monkeypatch.setattr(recurrent_tagger, "PREDICTED_AT_ONCE", 7)
    monkeypatch.setattr(recurrent_tagger, "PREDICTED_IN_A_BATCH", 3)
    for found, one in zip(fitted.predict_proba(SENTENCES), expected, strict=True):
        np.testing.assert_allclose(found, one, atol=1e-6)


def test_sentences_without_tokens_teach_nothing(fitted: RecurrentTagger) -> None:
    model = made(validation_fraction=0, max_epochs=2).fit(SENTENCES, TAGS)
    with_empty = made(validation_fraction=0, max_epochs=2).fit([*SENTENCES, [], []], [*TAGS, [], []])
    assert np.isfinite([record["train_loss"] for record in with_empty.history_]).all()
    assert len(with_empty.words_) == len(model.words_)


def table_of(model: RecurrentTagger) -> dict[str, np.ndarray]:
    rows = model.network_.embedding.words.detach().numpy()[FIRST_WORD:]
    return dict(zip(model.words_.table, rows, strict=True))


def test_tokens_are_looked_up_as_the_store_spells_them() -> None:
    rule = Subwords(min_n=4, max_n=4, buckets=100)
    table = SubwordTable(rule, np.array([rule.row_of("<see")], np.int32), np.ones((1, 4), np.float32))
    keys = ["mr", "café", "u", "s", "w"]
    store = EmbeddingStore.from_vectors(keys, np.arange(20).reshape(5, 4), tokenizer=WORD, subwords=table)
    sentences = [["Mr", "CAFE\u0301", "U.S.", "seen", "W", "..."]] * 12
    model = made(store, fine_tune=False, max_epochs=2).fit(sentences, [["O", "B-X", "I-X", "O", "O", "O"]] * 12)
    known = {"mr": store["mr"], "café": store["café"], "w": store["w"], "seen": store["seen"]}
    known["u.s."] = (store["u"] + store["s"]) / 2
    assert table_of(model).keys() == known.keys()
    for word, vector in known.items():
        np.testing.assert_array_equal(table_of(model)[word], vector)
    frozen = model.network_.embedding.words
    assert not frozen.requires_grad
    upper, lower = (
        made(store, char_features=False, max_epochs=1)
        .fit(sentences, [["Y"] * 6] * 11 + [["X"] * 6])
        .predict_proba([["MR", "sees"], ["mr", "seek"]])
    )
    np.testing.assert_allclose(upper, lower, atol=1e-6)


def test_fine_tuned_vectors_change() -> None:
    names = [f"n{i}" for i in range(6)]
    store = EmbeddingStore.from_vectors([*names, "mr", "in", "w"], np.random.default_rng(1).normal(size=(9, 8)))
    before = store.vectors.copy()
    model = made(store, max_epochs=2).fit(SENTENCES, TAGS)
    assert all((row != store[word]).any() for word, row in table_of(model).items())
    np.testing.assert_array_equal(store.vectors, before)
    frozen = made(store, max_epochs=2, fine_tune=False).fit(SENTENCES, TAGS)
    assert all((row == store[word]).all() for word, row in table_of(frozen).items())


def test_seeded_runs_repeat_exactly_and_leave_other_randomness_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = made(max_epochs=2, dropout=0.3).fit(SENTENCES, TAGS)
    assert torch.equal(torch.rand(3), expected)
    other = made(max_epochs=2, dropout=0.3).fit(SENTENCES, TAGS)
    third = made(max_epochs=2, dropout=0.3, random_state=1).fit(SENTENCES, TAGS)
    found = [np.concatenate(model.predict_proba(SENTENCES)) for model in (one, other, third)]
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()
    assert [{**record, "seconds": 0} for record in one.history_] == [
        {**record, "seconds": 0} for record in other.history_
    ]


def test_it_is_an_estimator_of_scikit_learn(fitted: RecurrentTagger) -> None:
    assert clone(fitted).get_params() == fitted.get_params()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        made().predict(SENTENCES)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        made().summary()
    summary = fitted.summary()
    assert summary.total == summary.trainable == sum(p.numel() for p in fitted.network_.parameters())
    shapes = {layer.name: layer.output_shape for layer in summary.layers}
    assert shapes["head.linear"] == ("batch", "words", 5)
    assert shapes["characters.characters"] == ("characters", 25)
    assert shapes["characters.convolution"] == (1, 50, "characters")
    assert "characters" not in str(made(char_features=False, max_epochs=1).fit(SENTENCES, TAGS).summary())


def test_what_cannot_be_learned_is_refused() -> None:
    for X, message in (
        ("a b", r"^X is 'a b', a str; pass a list of sentences, each a list of tokens"),
        (["a b"], r"^X\[0\] is 'a b', a str; a sentence is a list of tokens"),
        ([["a"], ["b", None]], r"^X\[1\] holds None among its tokens; every token must be a str"),
    ):
        with pytest.raises(DocumentError, match=message):
            made().fit(X, [["O"], ["O", "O"]])
    X = [["a"], ["b", "c"]]
    for y, message in (
        ([["O"]], r"^X has 2 sentences, but y has 1; pass the tags of each$"),
        ([["O"], ["O"]], r"^y\[1\] has 1 tags, but X\[1\] has 2 tokens; pass one tag a token$"),
        (None, r"^y is None; pass the tags of each sentence, a list for each$"),
    ):
        with pytest.raises(ValueError, match=message):
            made().fit(X, y)
    with pytest.raises(TypeError, match=r"^y\[0\] is 'O', a str; pass a list with a tag for each token$"):
        made().fit(X, ["O", "OO"])
    with pytest.raises(ValueError, match=r"^there is no token to learn from: 2 sentences, all without tokens$"):
        made().fit([[], []], [[], []])
    with pytest.raises(ValueError, match=r"^cell must be one of 'rnn', 'gru', 'lstm'; got 'cnn'$"):
        made(cell="cnn").fit(SENTENCES, TAGS)
    with pytest.raises(ValueError, match=r"^fine_tune=False freezes the vectors of a store"):
        made(fine_tune=False).fit(SENTENCES, TAGS)
    with pytest.raises(ValueError, match=r"^y\[0\] has 1 tags, but X\[0\] has 2 tokens"):
        made(max_epochs=1).fit(SENTENCES, TAGS).score([["a", "b"]], [["O"]])
