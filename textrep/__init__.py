"""Text to vectors, and vectors put to work.

Public names load on first use, so that ``import textrep`` and ``textrep --help`` cost a few milliseconds and import
neither Numba nor scikit-learn nor PyTorch. Classifiers need PyTorch (extra ``torch``), and without it are missing from
``__all__``.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# public name -> module that defines it
_LAZY = {
    "CorpusError": "textrep.errors",
    "CorpusNotFoundError": "textrep.errors",
    "CountVectorizer": "textrep.vectorizers.count",
    "DocumentError": "textrep.errors",
    "EmbeddingStore": "textrep.store",
    "EmptyCorpusError": "textrep.errors",
    "EncodedCorpus": "textrep.encoded",
    "EncodingError": "textrep.errors",
    "FastTextVectorizer": "textrep.vectorizers.fasttext",
    "FeedForwardClassifier": "textrep.classifiers.feedforward_classifier",
    "FormatError": "textrep.errors",
    "GloVeVectorizer": "textrep.vectorizers.glove",
    "MissingExtraError": "textrep.errors",
    "Neighbour": "textrep.store",
    "OneHotVectorizer": "textrep.vectorizers.onehot",
    "PluginError": "textrep.errors",
    "RecurrentClassifier": "textrep.classifiers.recurrent_classifier",
    "RecurrentTagger": "textrep.classifiers.recurrent_tagger",
    "StoreExistsError": "textrep.errors",
    "StoreMismatchError": "textrep.errors",
    "StoreNotFoundError": "textrep.errors",
    "TagSchemeError": "textrep.errors",
    "TextrepError": "textrep.errors",
    "TfidfVectorizer": "textrep.vectorizers.tfidf",
    "TrainingError": "textrep.errors",
    "UnknownTextError": "textrep.errors",
    "UnknownWordError": "textrep.errors",
    "Vocabulary": "textrep.vocabulary",
    "Word2VecVectorizer": "textrep.vectorizers.word2vec",
    "classification_scores": "textrep.evaluation",
    "embed": "textrep.embedding",
    "embed_documents": "textrep.vectorizers.documents",
    "get_tokenizer": "textrep.text",
    "read_corpus": "textrep.corpus",
    "read_labelled": "textrep.labelled",
    "read_sequences": "textrep.labelled",
    "tagging_scores": "textrep.evaluation",
}

_MODULES = ("classifiers", "plot")  # parts whose functions go by their name: textrep.plot.learning_curve

_NEED_TORCH = {name for name, module in _LAZY.items() if module.startswith("textrep.classifiers.")}

__all__ = ["__version__", *sorted(_LAZY if importlib.util.find_spec("torch") else _LAZY.keys() - _NEED_TORCH)]

if TYPE_CHECKING:
    from textrep.classifiers.feedforward_classifier import FeedForwardClassifier as FeedForwardClassifier
    from textrep.classifiers.recurrent_classifier import RecurrentClassifier as RecurrentClassifier
    from textrep.classifiers.recurrent_tagger import RecurrentTagger as RecurrentTagger
    from textrep.corpus import read_corpus as read_corpus
    from textrep.embedding import embed as embed
    from textrep.encoded import EncodedCorpus as EncodedCorpus
    from textrep.errors import CorpusError as CorpusError
    from textrep.errors import CorpusNotFoundError as CorpusNotFoundError
    from textrep.errors import DocumentError as DocumentError
    from textrep.errors import EmptyCorpusError as EmptyCorpusError
    from textrep.errors import EncodingError as EncodingError
    from textrep.errors import FormatError as FormatError
    from textrep.errors import MissingExtraError as MissingExtraError
    from textrep.errors import PluginError as PluginError
    from textrep.errors import StoreExistsError as StoreExistsError
    from textrep.errors import StoreMismatchError as StoreMismatchError
    from textrep.errors import StoreNotFoundError as StoreNotFoundError
    from textrep.errors import TagSchemeError as TagSchemeError
    from textrep.errors import TextrepError as TextrepError
    from textrep.errors import TrainingError as TrainingError
    from textrep.errors import UnknownTextError as UnknownTextError
    from textrep.errors import UnknownWordError as UnknownWordError
    from textrep.evaluation import classification_scores as classification_scores
    from textrep.evaluation import tagging_scores as tagging_scores
    from textrep.labelled import read_labelled as read_labelled
    from textrep.labelled import read_sequences as read_sequences
    from textrep.store import EmbeddingStore as EmbeddingStore
    from textrep.store import Neighbour as Neighbour
    from textrep.text import get_tokenizer as get_tokenizer
    from textrep.vectorizers.count import CountVectorizer as CountVectorizer
    from textrep.vectorizers.documents import embed_documents as embed_documents
    from textrep.vectorizers.fasttext import FastTextVectorizer as FastTextVectorizer
    from textrep.vectorizers.glove import GloVeVectorizer as GloVeVectorizer
    from textrep.vectorizers.onehot import OneHotVectorizer as OneHotVectorizer
    from textrep.vectorizers.tfidf import TfidfVectorizer as TfidfVectorizer
    from textrep.vectorizers.word2vec import Word2VecVectorizer as Word2VecVectorizer
    from textrep.vocabulary import Vocabulary as Vocabulary


def __getattr__(name: str) -> Any:
    """Import the module behind a public name the first time it is asked for (PEP 562)."""
    if name in _MODULES:
        return importlib.import_module(f"textrep.{name}")
    if name not in _LAZY:
        raise AttributeError(f"module 'textrep' has no attribute {name!r}")
    if name in _NEED_TORCH:
        from textrep.classifiers import require_torch

        require_torch(f"textrep.{name}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_MODULES})
