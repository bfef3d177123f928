"""Scores: how good predicted classes and tags are.

`classification` scores the classes of documents, `tagging` the tags of tokens and the spans that they mark; `schemes`
knows how tags mark spans. scikit-learn is imported when documents are scored, not before.
"""

from textrep.evaluation.classification import ClassificationScores, ClassScores, classification_scores
from textrep.evaluation.schemes import SCHEMES, Span, detect_scheme, spans
from textrep.evaluation.tagging import SpanScores, TaggingScores, tagging_scores

__all__ = [
    "SCHEMES",
    "ClassScores",
    "ClassificationScores",
    "Span",
    "SpanScores",
    "TaggingScores",
    "classification_scores",
    "detect_scheme",
    "spans",
    "tagging_scores",
]
