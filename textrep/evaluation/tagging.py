"""Scores of taggers: token accuracy, and spans as the CoNLL script conlleval scores them.

A predicted span is right if it has the type, the first and the last token of one in the data. Precision is the share of
the predicted spans that are right, recall that of the spans in the data that are found, F1 their harmonic mean; each
is 0 where it would divide by 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from textrep.checks import as_list
from textrep.errors import TagSchemeError
from textrep.evaluation.schemes import Span, detect_scheme, scheme_named, spans
from textrep.shown import shown

__all__ = ["Span", "SpanScores", "TaggingScores", "detect_scheme", "spans", "tagging_scores"]


@dataclass(frozen=True)
class SpanScores:
    """How well spans are found, of one type or of all.

    Attributes
    ----------
    n_true, n_predicted, n_correct : int
        Spans in the data, spans predicted, and those that are both.
    """

    n_true: int
    n_predicted: int
    n_correct: int

    @property
    def precision(self) -> float:
        """Share of the predicted spans that are right."""
        return self.n_correct / self.n_predicted if self.n_predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the spans in the data that are found."""
        return self.n_correct / self.n_true if self.n_true else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.n_correct / (self.n_true + self.n_predicted) if self.n_true + self.n_predicted else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return all of it by name, for JSON."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "n_true": self.n_true,
            "n_predicted": self.n_predicted,
            "n_correct": self.n_correct,
        }


@dataclass(frozen=True)
class TaggingScores:
    """What `tagging_scores` finds.

    Attributes
    ----------
    n_sentences, n_tokens : int
        What was scored.
    accuracy : float
        Share of the tokens with the right tag.
    scheme : str or None
        How the tags mark spans; None if they mark none.
    overall : SpanScores or None
        All spans; None without a scheme.
    per_type : dict of str to SpanScores
        The spans of each type, types in code point order; empty without a scheme.
    """

    n_sentences: int
    n_tokens: int
    accuracy: float
    scheme: str | None
    overall: SpanScores | None
    per_type: dict[str, SpanScores]

    @property
    def precision(self) -> float | None:
        """Of all spans; None without a scheme."""
        return self.overall.precision if self.overall else None

    @property
    def recall(self) -> float | None:
        """Of all spans; None without a scheme."""
        return self.overall.recall if self.overall else None

    @property
    def f1(self) -> float | None:
        """Of all spans; None without a scheme."""
        return self.overall.f1 if self.overall else None

    def to_dict(self) -> dict[str, Any]:
        """Return all of it by name, for JSON."""
        return {
            "accuracy": self.accuracy,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "n_sentences": self.n_sentences,
            "n_tokens": self.n_tokens,
            "scheme": self.scheme,
            "per_type": {type_: scores.to_dict() for type_, scores in self.per_type.items()},
        }


def tagging_scores(
    y_true: Sequence[Sequence[str]], y_pred: Sequence[Sequence[str]], scheme: str | None = "auto"
) -> TaggingScores:
    """Score predicted tags.

    Parameters
    ----------
    y_true, y_pred : sequence of sequences of str
        The tags of each sentence, in the data and predicted.
    scheme : str or None
        How tags mark spans, as `spans` takes it; ``"auto"`` tells it by the tags of both; None scores no spans.

    Returns
    -------
    TaggingScores

    Raises
    ------
    ValueError
        If there is no token, or the two do not fit together.
    TagSchemeError
        If the tags mark spans by no known scheme, or not by the one given.

    Examples
    --------
    >>> scores = tagging_scores([["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "I-PER", "O", "O"]])
    >>> scores.accuracy, scores.precision, scores.recall
    (0.75, 1.0, 0.5)
    """
    y_true, y_pred = _tag_lists(y_true, "y_true"), _tag_lists(y_pred, "y_pred")
    n_tokens = _n_tokens(y_true, y_pred)
    pairs = zip(chain.from_iterable(y_true), chain.from_iterable(y_pred), strict=True)
    n_right = sum(tag == predicted for tag, predicted in pairs)
    if scheme is not None:
        if wrong := [tag for tag in chain.from_iterable(chain(y_true, y_pred)) if not isinstance(tag, str)]:
            raise TypeError(f"tags of a scheme must be str, not {shown(wrong[0])}. Pass scheme=None for others")
        scheme = detect_scheme([*y_true, *y_pred]) if scheme == "auto" else scheme_named(scheme)
    per_type: dict[str, SpanScores] = {}
    if scheme is not None:
        per_type = _span_scores(_all_spans(y_true, scheme, "y_true"), _all_spans(y_pred, scheme, "y_pred"))
    overall = SpanScores(
        sum(scores.n_true for scores in per_type.values()),
        sum(scores.n_predicted for scores in per_type.values()),
        sum(scores.n_correct for scores in per_type.values()),
    )
    return TaggingScores(len(y_true), n_tokens, n_right / n_tokens, scheme, overall if scheme else None, per_type)


def _tag_lists(y: Any, name: str) -> list[list[str]]:
    """Return the tags of each sentence as a list."""
    return [as_list(f"{name}[{i}]", tags, "tags") for i, tags in enumerate(as_list(name, y, "lists of tags"))]


def _n_tokens(y_true: Sequence[Sequence[str]], y_pred: Sequence[Sequence[str]]) -> int:
    """Return the number of tokens, of two that fit together."""
    if len(y_true) != len(y_pred):
        raise ValueError(
            f"y_true has {len(y_true)} sentences, y_pred {len(y_pred)}. Pass the tags of the same sentences"
        )
    n_tokens = 0
    for i, (tags, predicted) in enumerate(zip(y_true, y_pred, strict=True)):
        if len(tags) != len(predicted):
            raise ValueError(f"y_true[{i}] has {len(tags)} tags, y_pred[{i}] {len(predicted)}. Pass one tag a token")
        n_tokens += len(tags)
    if not n_tokens:
        raise ValueError("there is no token to score. Pass the tags of one sentence at least")
    return n_tokens


def _all_spans(tag_lists: Sequence[Sequence[str]], scheme: str, name: str) -> list[tuple[int, Span]]:
    """Return the spans of all sentences, each with the number of its sentence."""
    found = []
    for i, tags in enumerate(tag_lists):
        try:
            found += [(i, span) for span in spans(tags, scheme)]
        except TagSchemeError as error:
            raise TagSchemeError(f"{name}[{i}]: {error}") from None
    return found


def _span_scores(true: list[tuple[int, Span]], predicted: list[tuple[int, Span]]) -> dict[str, SpanScores]:
    n_true, n_predicted = _by_type(true), _by_type(predicted)
    n_correct = _by_type(set(true) & set(predicted))
    return {
        type_: SpanScores(n_true[type_], n_predicted[type_], n_correct[type_]) for type_ in sorted(n_true | n_predicted)
    }


def _by_type(found: Iterable[tuple[int, Span]]) -> Counter[str]:
    return Counter(span.type for _, span in found)
