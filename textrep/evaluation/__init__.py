"""Scores: how good predicted classes and tags are, and how well word vectors agree with gold sets.

`classification` scores the classes of documents, `tagging` the tags of tokens and the spans that they mark; `schemes`
knows how tags mark spans. `gold` reads pairs of words that people scored and analogies; `similarity` and `analogies`
score a store of word vectors with these. scikit-learn is imported when documents are scored, not before.
"""

from textrep.evaluation.analogies import AnalogyScores, SectionScores, evaluate_analogies
from textrep.evaluation.classification import ClassificationScores, ClassScores, classification_scores
from textrep.evaluation.gold import AnalogyGold, Question, SimilarityGold, WordPair, read_gold, read_gold_files
from textrep.evaluation.schemes import SCHEMES, Span, detect_scheme, parse_tag, spans
from textrep.evaluation.similarity import Correlation, SimilarityScores, evaluate_similarity
from textrep.evaluation.tagging import SpanScores, TaggingScores, tagging_scores

__all__ = [
    "SCHEMES",
    "AnalogyGold",
    "AnalogyScores",
    "ClassScores",
    "ClassificationScores",
    "Correlation",
    "Question",
    "SectionScores",
    "SimilarityGold",
    "SimilarityScores",
    "Span",
    "SpanScores",
    "TaggingScores",
    "WordPair",
    "classification_scores",
    "detect_scheme",
    "evaluate_analogies",
    "evaluate_similarity",
    "parse_tag",
    "read_gold",
    "read_gold_files",
    "spans",
    "tagging_scores",
]
