"""Scores of tags: the counts of conlleval, its published example, and what does not fit together."""

from __future__ import annotations

import json

import pytest
from conlleval import bio_tags, bioes_tags, conlleval
from hypothesis import given
from hypothesis import strategies as st

from textrep.errors import TagSchemeError
from textrep.evaluation import SpanScores, tagging_scores


def pairs_of(tags: st.SearchStrategy) -> st.SearchStrategy:
    """Sentences with two tags a token, the second often the first."""
    token = st.tuples(tags, tags) | tags.map(lambda tag: (tag, tag))
    return st.lists(st.lists(token, max_size=8), min_size=1, max_size=4).filter(any)


@pytest.mark.parametrize(("tags", "scheme"), [(bio_tags, "IOB2"), (bio_tags, "IOB1"), (bioes_tags, "BIOES")])
def test_scores_are_those_of_conlleval(tags: st.SearchStrategy, scheme: str) -> None:
    @given(pairs_of(tags))
    def check(sentences: list[list[tuple[str, str]]]) -> None:
        y_true = [[tag for tag, _ in sentence] for sentence in sentences]
        y_pred = [[guess for _, guess in sentence] for sentence in sentences]
        scores = tagging_scores(y_true, y_pred, scheme)
        accuracy, found, guessed, correct = conlleval(y_true, y_pred)
        assert scores.accuracy == accuracy
        assert scores.per_type == {
            kind: SpanScores(found[kind], guessed[kind], correct[kind])
            for kind in sorted(found | guessed)
            if found[kind] or guessed[kind]
        }
        assert list(scores.per_type) == sorted(scores.per_type)
        assert scores.overall == SpanScores(found.total(), guessed.total(), correct.total())

    check()


def test_the_rates_are_those_of_the_published_example() -> None:
    # "processed 961 tokens with 459 phrases; found: 539 phrases; correct: 371." on conlleval's page at CoNLL-2000.
    published = {
        (459, 539, 371): (68.83, 80.83, 74.35),
        (6, 1, 0): (0.00, 0.00, 0.00),  # ADJP
        (8, 11, 5): (45.45, 62.50, 52.63),  # ADVP
        (262, 317, 206): (64.98, 78.63, 71.16),  # NP
        (90, 107, 89): (83.18, 98.89, 90.36),  # PP
        (6, 3, 2): (66.67, 33.33, 44.44),  # SBAR
        (87, 100, 69): (69.00, 79.31, 73.80),  # VP
        (0, 0, 0): (0.00, 0.00, 0.00),
    }
    for counts, rates in published.items():
        scores = SpanScores(*counts)
        assert (*(round(100 * rate, 2) for rate in (scores.precision, scores.recall, scores.f1)),) == rates


def test_a_hand_checked_example() -> None:
    # The sentences of conlleval's page, with four errors: a span too long, one of another type, one cut, one too many.
    y_true = [["B-NP", "B-NP", "I-NP", "I-NP", "O"], ["B-NP", "B-VP", "B-NP", "I-NP"]]
    y_pred = [["B-NP", "I-NP", "I-NP", "I-NP", "O"], ["B-NP", "B-NP", "B-NP", "B-NP"]]
    scores = tagging_scores(y_true, y_pred)
    assert (scores.scheme, scores.n_sentences, scores.n_tokens, scores.accuracy) == ("IOB2", 2, 9, 6 / 9)
    assert scores.per_type == {"NP": SpanScores(4, 5, 1), "VP": SpanScores(1, 0, 0)}
    assert (scores.precision, scores.recall, scores.f1) == (1 / 5, 1 / 5, pytest.approx(1 / 5))
    # of a Python version of conlleval for BIOES: North African Grand Prix
    north = tagging_scores([["B-MISC", "E-MISC", "B-MISC", "E-MISC"]], [["B-MISC", "I-MISC", "I-MISC", "E-MISC"]])
    assert (north.scheme, north.overall, north.accuracy) == ("BIOES", SpanScores(2, 1, 0), 0.5)


def test_equal_spans_of_different_sentences_are_not_the_same() -> None:
    scores = tagging_scores([["B-X"], ["O"]], [["O"], ["B-X"]])
    assert scores.overall == SpanScores(1, 1, 0)


def test_parts_of_speech_have_an_accuracy_alone() -> None:
    scores = tagging_scores([["NOUN", "VERB"], ["X"]], [["NOUN", "NOUN"], ["X"]])
    assert scores.accuracy == 2 / 3
    assert (scores.scheme, scores.overall, scores.per_type, scores.f1) == (None, None, {}, None)
    assert tagging_scores([["O", "B-X"]], [["O", "O"]], scheme=None).to_dict()["precision"] is None


def test_all_of_it_goes_into_json() -> None:
    said = json.loads(json.dumps(tagging_scores([["B-X", "O"]], [["B-X", "B-Y"]]).to_dict()))
    assert said == {
        "accuracy": 0.5,
        "precision": 0.5,
        "recall": 1.0,
        "f1": 2 / 3,
        "n_sentences": 1,
        "n_tokens": 2,
        "scheme": "IOB2",
        "per_type": {
            "X": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "n_true": 1, "n_predicted": 1, "n_correct": 1},
            "Y": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "n_true": 0, "n_predicted": 1, "n_correct": 0},
        },
    }


@pytest.mark.parametrize(
    ("y_true", "y_pred", "scheme", "error", "message"),
    [
        ([["O"]], [["O"], ["O"]], "auto", ValueError, "y_true has 1 sentences, y_pred 2"),
        ([["O"], ["O"]], [["O"], ["O", "O"]], "auto", ValueError, r"y_true\[1\] has 1 tags, y_pred\[1\] 2"),
        ([], [], "auto", ValueError, "no token to score"),
        ([[], []], [[], []], "auto", ValueError, "no token to score"),
        (["O"], ["O"], "auto", TypeError, r"y_true\[0\] must be a list of tags, not 'O'"),
        (
            [["O"], ["O"]],
            [["O"], ["S-X"]],
            "IOB2",
            TagSchemeError,
            r"y_pred\[1\]: tags\[0\] is 'S-X', no tag of .* IOB2",
        ),
        ([["O"]], [["X-X"]], "auto", TagSchemeError, r"the tag 'X-X' belongs to no known scheme"),
        ([["O"]], [["O"]], "nonsense", TagSchemeError, "scheme='nonsense' is unknown"),
    ],
)
def test_what_cannot_be_scored_is_refused(y_true, y_pred, scheme, error, message) -> None:
    with pytest.raises(error, match=message):
        tagging_scores(y_true, y_pred, scheme)
