"""Vectorizer classes by name, textrep's own and those of plug-ins: loaded, checked, and run to a store.

What such a class must have is ``fit(documents)``, and ``to_store()``, which returns an `EmbeddingStore`. Its parameters
are the arguments of its ``__init__``. `textrep.vectorizers.registry` knows the names.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from textrep.checks import check_type
from textrep.corpus import Corpus, read_corpus
from textrep.corpus.watched import WatchedCorpus
from textrep.documents import refuse_one_text
from textrep.errors import PluginError
from textrep.progress import Progress, ProgressCallback, silent
from textrep.store import EmbeddingStore
from textrep.vectorizers.parameters import described_parameters
from textrep.vectorizers.registry import (
    METHODS,
    TRAINED,
    VECTORIZERS,
    described,
    method_names,
    plugin,
    settings_class_of,
)

__all__ = [
    "check_parameters",
    "embed_with",
    "fitted_matrix",
    "made",
    "parameters_of",
    "vectorizer_class",
]

_NEEDED = {"fit": "fit(documents)", "to_store": "to_store()"}


def vectorizer_class(method: str, *, trained: bool = False) -> type[Any]:
    """Import the vectorizer class of a method; with `trained` also of one that `textrep.embed` runs without its class.

    Raises
    ------
    ValueError
        If there is no such method; names them all.
    PluginError
        If a plug-in cannot be imported, or is no vectorizer.
    """
    check_type("method", method, str, "the name of a method, such as 'tfidf'")
    point = plugin(method)
    own_classes = {**VECTORIZERS, **TRAINED} if trained else VECTORIZERS
    if method in own_classes:
        module, _, name = own_classes[method].partition(":")
        own: type[Any] = getattr(importlib.import_module(module), name)
        return own
    if point is None:
        raise ValueError(f"method must be one of {', '.join(map(repr, method_names()))}; got {method!r}")
    try:
        loaded = point.load()
    except Exception as error:  # whatever the plug-in's own code raises
        reason = " ".join(str(error).split())
        raise PluginError(f"{described(point)} cannot be imported: {type(error).__name__}: {reason}") from error
    if not isinstance(loaded, type):
        raise PluginError(f"{described(point)} is {loaded!r:.80}; the entry point must name a class")
    if missing := [call for name, call in _NEEDED.items() if not callable(getattr(loaded, name, None))]:
        raise PluginError(f"{described(point)} has no {' and no '.join(missing)}, which a vectorizer needs")
    return loaded


def parameters_of(vectorizer: type[Any]) -> list[str] | None:
    """Return the names of a class' parameters, in order; None if it takes any."""
    parameters = inspect.signature(vectorizer).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [parameter.name for parameter in parameters if parameter.kind in named]


def made(vectorizer: type[Any], method: str, parameters: Mapping[str, Any]) -> Any:
    """Return an instance of a method's class.

    Raises
    ------
    ValueError
        If it does not take one of the parameters; names those that it takes.
    """
    known = parameters_of(vectorizer)
    if known is not None and (unknown := sorted(set(parameters) - set(known))):
        raise ValueError(f"unknown parameter {unknown[0]!r}; {method} takes {', '.join(known) or 'none'}")
    return vectorizer(**parameters)


def check_parameters(method: str, parameters: Mapping[str, Any]) -> None:
    """Refuse what a method of textrep's own would refuse in ``fit``, before there are documents.

    Parameters
    ----------
    method : str
        The name of any method; of plug-ins nothing is known.
    parameters : mapping
        Arguments for the class.

    Raises
    ------
    ValueError, TypeError
        If a parameter cannot be what it is. Of those that have no effect `fit` warns.
    """
    if method in METHODS:
        settings = settings_class_of(method)
        settings(**{name: value for name, value in parameters.items() if name in settings.__dataclass_fields__})
    if method not in VECTORIZERS:
        return
    from textrep.vectorizers.sparse import SparseVectorizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vectorizer = vectorizer_class(method)(**parameters)
        if isinstance(vectorizer, SparseVectorizer):
            vectorizer._begin()


def embed_with(
    method: str,
    documents: Any,
    parameters: Mapping[str, Any],
    on_progress: ProgressCallback = silent,
) -> EmbeddingStore:
    """Fit the vectorizer of a method and return its store.

    Parameters
    ----------
    method : str
        A name of `VECTORIZERS`, or of a plug-in.
    documents : Corpus, path, iterable of str, or iterable of token lists
        Given to ``fit`` as they are; a path as the corpus that it names.
    parameters : mapping
        Arguments for the class.
    on_progress : callable
        Given a `textrep.progress.Progress` now and then, while a corpus of files is read.

    Returns
    -------
    EmbeddingStore
        That of the vectorizer; its metadata say method and parameters, where they did not yet.

    Raises
    ------
    ValueError
        If the method or a parameter is unknown.
    DocumentError
        If `documents` is a single str.
    PluginError
        If a plug-in cannot be imported or is no vectorizer.
    """
    vectorizer = vectorizer_class(method)
    fitted = made(vectorizer, method, parameters)
    with _compiling_told(vectorizer, on_progress):
        fitted.fit(_watched(documents, on_progress))
        store = fitted.to_store()
    if not isinstance(store, EmbeddingStore):
        raise PluginError(
            f"to_store() of the vectorizer {method!r} returned a {type(store).__name__}; it must return a "
            "textrep.EmbeddingStore, as EmbeddingStore.from_vectors(keys, vectors) makes it"
        )
    store.metadata.setdefault("method", method)
    store.metadata.setdefault("parameters", described_parameters(fitted, parameters))
    return store


def fitted_matrix(vectorizer: Any, documents: Any, on_progress: ProgressCallback) -> Any:
    """Fit a vectorizer, and return the matrix of the same documents."""
    with _compiling_told(type(vectorizer), on_progress):
        if callable(getattr(vectorizer, "fit_reporting", None)):
            return vectorizer.fit_reporting(documents, on_progress).transform(documents)
        if callable(getattr(vectorizer, "fit_transform", None)):
            return vectorizer.fit_transform(_watched(documents, on_progress))
        return vectorizer.fit(_watched(documents, on_progress)).transform(documents)


def _watched(documents: Any, on_progress: ProgressCallback) -> Any:
    """Return documents as every vectorizer takes them: no str, whose characters would be documents, and no path."""
    refuse_one_text(documents)
    if isinstance(documents, os.PathLike):
        documents = read_corpus(documents)
    if isinstance(documents, Corpus) and on_progress is not silent:
        return WatchedCorpus(documents, on_progress)
    return documents


@contextlib.contextmanager
def _compiling_told(vectorizer: type[Any], on_progress: ProgressCallback) -> Iterator[None]:
    """Report when kernels are compiled, which only vectorizers of textrep are known to use."""
    if not vectorizer.__module__.startswith("textrep."):
        yield
        return
    from textrep.kernels.jit import on_first_compile

    with on_first_compile(lambda: on_progress(Progress("compiling"))):
        yield
