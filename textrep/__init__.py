"""Text to vectors, and vectors put to work.

Public names load on first use, so that ``import textrep`` and ``textrep --help`` cost a few milliseconds and import
neither Numba nor scikit-learn nor PyTorch.
"""

from __future__ import annotations

import importlib
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
    "FormatError": "textrep.errors",
    "MissingExtraError": "textrep.errors",
    "Neighbour": "textrep.store",
    "OneHotVectorizer": "textrep.vectorizers.onehot",
    "PluginError": "textrep.errors",
    "StoreExistsError": "textrep.errors",
    "StoreMismatchError": "textrep.errors",
    "StoreNotFoundError": "textrep.errors",
    "TextrepError": "textrep.errors",
    "TfidfVectorizer": "textrep.vectorizers.tfidf",
    "TrainingError": "textrep.errors",
    "UnknownTextError": "textrep.errors",
    "UnknownWordError": "textrep.errors",
    "Vocabulary": "textrep.vocabulary",
    "Word2VecVectorizer": "textrep.vectorizers.word2vec",
    "embed": "textrep.embedding",
    "embed_documents": "textrep.vectorizers.documents",
    "get_tokenizer": "textrep.text",
    "read_corpus": "textrep.corpus",
}

__all__ = ["__version__", *sorted(_LAZY)]

if TYPE_CHECKING:
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
    from textrep.errors import TextrepError as TextrepError
    from textrep.errors import TrainingError as TrainingError
    from textrep.errors import UnknownTextError as UnknownTextError
    from textrep.errors import UnknownWordError as UnknownWordError
    from textrep.store import EmbeddingStore as EmbeddingStore
    from textrep.store import Neighbour as Neighbour
    from textrep.text import get_tokenizer as get_tokenizer
    from textrep.vectorizers.count import CountVectorizer as CountVectorizer
    from textrep.vectorizers.documents import embed_documents as embed_documents
    from textrep.vectorizers.fasttext import FastTextVectorizer as FastTextVectorizer
    from textrep.vectorizers.onehot import OneHotVectorizer as OneHotVectorizer
    from textrep.vectorizers.tfidf import TfidfVectorizer as TfidfVectorizer
    from textrep.vectorizers.word2vec import Word2VecVectorizer as Word2VecVectorizer
    from textrep.vocabulary import Vocabulary as Vocabulary


def __getattr__(name: str) -> Any:
    """Import the module behind a public name the first time it is asked for (PEP 562)."""
    try:
        module = importlib.import_module(_LAZY[name])
    except KeyError:
        raise AttributeError(f"module 'textrep' has no attribute {name!r}") from None
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
