"""`embed_documents`: from a corpus to a store of its documents. What ``textrep embed --documents`` runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from textrep.checks import check_callable
from textrep.corpus import Corpus, read_corpus
from textrep.documents import given_documents, readable_again
from textrep.errors import CorpusError, PluginError
from textrep.keytable import KeyTable
from textrep.progress import ProgressCallback, epoch_printer, silent
from textrep.store import EmbeddingStore
from textrep.store.checks import checked_keys
from textrep.strings import StringArray
from textrep.training.stores import history_as_json
from textrep.vectorizers.parameters import described_parameters
from textrep.vectorizers.plugged import fitted_matrix, made, vectorizer_class
from textrep.vectorizers.registry import TRAINED
from textrep.vectorizers.saved import SavedVectorizer

__all__ = ["embed_documents"]

_SHOWN = 200  # characters of a document that the store keeps


def embed_documents(
    documents: Any,
    method: str = "tfidf",
    *,
    keys: Iterable[str] | None = None,
    on_progress: ProgressCallback | None = None,
    verbose: int = 0,
    **parameters: Any,
) -> EmbeddingStore:
    """Make a vector for each document, and a store of these, which is searched by texts: `similar_to_text`.

    Parameters
    ----------
    documents : Corpus, path, iterable of str, or iterable of token lists
        Read twice or more; what can be read only once is read into memory.
    method : str
        ``"tfidf"``, ``"count"``, ``"onehot"``, ``"word2vec"``, ``"fasttext"``, or that of a plug-in with ``transform``.
    keys : iterable of str, optional
        Names of the documents, distinct. By default the file and the number of the document in it, ``"news.txt:17"``,
        or the number alone where there is no file. Numbers begin with 1; blank lines of a text file do not count.
    on_progress : callable, optional
        Given a `textrep.progress.Progress` now and then.
    verbose : int
        Above 0, and without `on_progress`, methods that train write a line an epoch to stderr.
    **parameters
        Those of the method's vectorizer, by name.

    Returns
    -------
    EmbeddingStore
        Of documents; ``texts`` has the first 200 characters of each.

    Raises
    ------
    ValueError
        If the method or a parameter is unknown, a value is out of range, keys repeat, or there are not as many keys as
        documents.
    CorpusError
        If the corpus cannot be read, holds no term, or names a file twice, whose documents have no names of their own.

    Examples
    --------
    >>> from textrep import embed_documents
    >>> store = embed_documents(["a cat sat", "a dog ran", "the cat ran"])
    >>> store.similar_to_text("cats and a cat", k=1)[0].key
    '1'
    """
    if on_progress is not None:
        check_callable("on_progress", on_progress)
    cls = vectorizer_class(method, trained=True)
    vectorizer = made(cls, method, parameters)
    if not callable(getattr(cls, "transform", None)):
        raise PluginError(f"the vectorizer {method!r} has no transform(documents), which vectors of documents need")
    if isinstance(documents, os.PathLike):
        documents = read_corpus(documents)
    table = _names_given(documents, keys)
    if isinstance(documents, Corpus) and documents.total_bytes is None:  # it can be read only once
        named = list(documents.named())
        table = checked_keys(name for name, _ in named) if table is None else table
        documents = [text for _, text in named]
    documents = readable_again(documents)
    report = on_progress or (epoch_printer() if verbose > 0 else silent)
    before = documents.states() if isinstance(documents, Corpus) else []
    vectors = fitted_matrix(vectorizer, documents, report)
    if not hasattr(vectors, "shape"):  # a plug-in's list of rows
        vectors = np.asarray(vectors)
    names, texts = _names_and_texts(documents)
    if isinstance(documents, Corpus) and (name := documents.changed_since(before)) is not None:
        raise CorpusError(
            f"{name}: changed between two readings, so that vectors and texts would be of different documents. "
            "Read it again when nothing writes to it, or read a copy"
        )
    table = checked_keys(names) if table is None else table
    if len(table) != vectors.shape[0]:
        raise _other_number(len(table), vectors.shape[0])
    return EmbeddingStore.from_vectors(
        table,
        vectors,
        texts=texts,
        vectorizer=vectorizer if isinstance(vectorizer, SavedVectorizer) else None,
        metadata={
            "method": method,
            "of": "documents",
            "parameters": described_parameters(vectorizer, parameters),
            **(_training_of(vectorizer) if method in TRAINED else {}),
        },
        copy=False,
    )


def _names_given(documents: Any, keys: Iterable[str] | None) -> KeyTable | None:
    """Return the names that were given; None if documents are named by where they stand.

    What is wrong with names is found here, before the work.
    """
    if keys is not None:
        table = checked_keys(keys)
        if isinstance(documents, list | tuple) and len(documents) != len(table):
            raise _other_number(len(table), len(documents))
        return table
    if isinstance(documents, Corpus) and len(set(documents.names)) < len(documents.names):
        name = next(name for i, name in enumerate(documents.names) if name in documents.names[:i])
        raise CorpusError(f"{name} is given twice, and its documents would have the same names; give it once")
    return None


def _other_number(n_keys: int, n_documents: int) -> ValueError:
    return ValueError(f"there are {n_keys:,} keys for {n_documents:,} documents; pass one for each")


def _training_of(vectorizer: Any) -> dict[str, Any]:
    """Return what a store of words says of its training."""
    return {"history": history_as_json(vectorizer.history_), "total_tokens": vectorizer.vocabulary_.total_tokens}


def _names_and_texts(documents: Any) -> tuple[list[str], StringArray]:
    """Return how documents are called by where they stand, and how each begins."""
    names: list[str] = []
    texts: list[str] = []
    if isinstance(documents, Corpus):
        for name, text in documents.named():
            names.append(name)
            texts.append(text[:_SHOWN])
    else:
        for number, document in enumerate(given_documents(documents), 1):
            names.append(str(number))
            texts.append((document if isinstance(document, str) else " ".join(document[:_SHOWN]))[:_SHOWN])
    return names, StringArray.from_strings(texts)
