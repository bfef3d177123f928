"""`embed_documents`: from a corpus to a store of its documents. What ``textrep embed --documents`` runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from textrep.corpus import Corpus, read_corpus
from textrep.documents import given_documents
from textrep.errors import PluginError
from textrep.progress import ProgressCallback, epoch_printer, silent
from textrep.store import EmbeddingStore
from textrep.strings import StringArray
from textrep.vectorizers.base import readable_again
from textrep.vectorizers.plugged import described_parameters, fitted_matrix, parameters_of, vectorizer_class
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
        Names of the documents. By default the file and the number of the document in it, ``"news.txt:17"``, or the
        number alone where there is no file.
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
        If the method or a parameter is unknown, a value is out of range, or there are not as many keys as documents.
    CorpusError
        If the corpus cannot be read, or holds no term.

    Examples
    --------
    >>> from textrep import embed_documents
    >>> store = embed_documents(["a cat sat", "a dog ran", "the cat ran"])
    >>> store.similar_to_text("cats and a cat", k=1)[0].key
    '1'
    """
    cls = vectorizer_class(method, trained=True)
    known = parameters_of(cls)
    if known is not None and (unknown := sorted(set(parameters) - set(known))):
        raise ValueError(f"unknown parameter {unknown[0]!r}; {method} takes {', '.join(known) or 'none'}")
    if not callable(getattr(cls, "transform", None)):
        raise PluginError(f"the vectorizer {method!r} has no transform(documents), which vectors of documents need")
    if isinstance(documents, os.PathLike):
        documents = read_corpus(documents)
    documents = readable_again(documents)
    vectorizer = cls(**parameters)
    report = on_progress or (epoch_printer() if verbose > 0 else silent)
    vectors = fitted_matrix(vectorizer, documents, report)
    names, texts = _names_and_texts(documents, keys)
    if len(names) != vectors.shape[0]:
        raise ValueError(f"there are {len(names):,} keys for {vectors.shape[0]:,} documents; pass one for each")
    return EmbeddingStore.from_vectors(
        names,
        vectors,
        texts=texts,
        vectorizer=vectorizer if isinstance(vectorizer, SavedVectorizer) else None,
        metadata={
            "method": method,
            "of": "documents",
            "parameters": described_parameters(vectorizer, parameters),
        },
        copy=False,
    )


def _names_and_texts(documents: Any, keys: Iterable[str] | None) -> tuple[list[str], StringArray]:
    """Return the keys of documents, and how each begins."""
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
    return names if keys is None else list(keys), StringArray.from_strings(texts)
