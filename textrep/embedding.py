"""`embed`: from a corpus to a store in one call. What ``textrep embed`` runs."""

from __future__ import annotations

from typing import Any

from textrep.checks import check_callable, check_type
from textrep.errors import StoreMismatchError
from textrep.progress import ProgressCallback, epoch_printer, silent
from textrep.store import EmbeddingStore
from textrep.training.run import Documents, train
from textrep.training.stores import inherited, initial_of, store_of
from textrep.vectorizers.registry import CONTINUED, METHODS, plugin, settings_class_of

__all__ = ["embed", "method_going_on"]


def embed(
    documents: Documents,
    method: str = "word2vec",
    *,
    initial: EmbeddingStore | None = None,
    on_progress: ProgressCallback | None = None,
    verbose: int = 0,
    **parameters: Any,
) -> EmbeddingStore:
    """Make word vectors of a corpus and return them as a store.

    The same as ``Word2VecVectorizer(**parameters).fit(documents).to_store()``, or the vectorizer of another method, bit
    for bit; but for ``"word2vec"``, ``"fasttext"`` and ``"glove"`` scikit-learn is not imported, which takes longer
    than a small corpus.

    Parameters
    ----------
    documents : Corpus, path, iterable of str, or iterable of token lists
        Read once by ``"word2vec"``, ``"fasttext"`` and ``"glove"``.
    method : str
        ``"word2vec"``, ``"fasttext"``, ``"glove"``, ``"onehot"``, ``"count"``, ``"tfidf"``, or a name that an installed
        distribution registers under the entry-point group ``textrep.vectorizers``.
    initial : EmbeddingStore, optional
        A store of the same method to go on from: its words are kept and trained on, new ones are added, and parameters
        that are not given are its own, except ``engine``, ``epochs``, ``learning_rate``, ``max_vocabulary``, ``n_jobs``
        and ``random_state``. For ``"word2vec"`` and ``"fasttext"`` with textrep's own engine.
    on_progress : callable, optional
        Given a `textrep.progress.Progress` now and then.
    verbose : int
        Above 0, and without `on_progress`, a line an epoch of training goes to stderr.
    **parameters
        Those of the method's vectorizer, by name, less ``pooling``; ``random_state`` is an int or None.

    Returns
    -------
    EmbeddingStore
        In memory; ``store.save(path)`` writes it.

    Raises
    ------
    ValueError
        If the method or a parameter is unknown, or a value is out of range.
    StoreMismatchError
        If training cannot go on from `initial`.
    PluginError
        If the vectorizer of another distribution cannot be imported, or is none.
    CorpusError
        If the corpus cannot be read, or holds no word often enough.
    TrainingError
        If training diverges.
    MemoryError
        If the matrices of training need more than is available, where the system tells; says how much, and what needs
        less.

    Examples
    --------
    >>> from textrep import embed, read_corpus
    >>> store = embed(read_corpus("corpora/en_wiki.txt"), vector_size=50, random_state=1)
    >>> store.similar("king", k=3)  # doctest: +SKIP
    """
    check_type("method", method, str, "the name of a method, such as 'word2vec'")
    if on_progress is not None:
        check_callable("on_progress", on_progress)
    if method not in METHODS:
        return _embed_with_class(documents, method, initial, on_progress, parameters)
    plugin(method)  # warns of one that has this name
    settings_class = settings_class_of(method)
    known = settings_class.__dataclass_fields__
    if unknown := sorted(set(parameters) - set(known)):
        raise ValueError(f"unknown parameter {unknown[0]!r}; {method} takes {', '.join(known)}")
    if initial is not None:
        if method not in CONTINUED:
            raise _starts_anew(method)
        parameters = {**inherited(initial, settings_class), **parameters}
    settings = settings_class(**parameters)
    report = on_progress or (epoch_printer() if verbose > 0 else silent)
    start = None if initial is None else initial_of(initial, settings)
    return store_of(train(documents, settings, report, start), settings, copy=False)


def _embed_with_class(
    documents: Documents,
    method: str,
    initial: EmbeddingStore | None,
    on_progress: ProgressCallback | None,
    parameters: dict[str, Any],
) -> EmbeddingStore:
    """Do what `embed` does with the vectorizer class of a method."""
    from textrep.vectorizers.plugged import embed_with, vectorizer_class

    if initial is not None:
        vectorizer_class(method)  # a wrong name is the first thing to say
        raise _starts_anew(method)
    return embed_with(method, documents, parameters, on_progress or silent)


def _starts_anew(method: str) -> ValueError:
    return ValueError(f"initial= is for {' and '.join(CONTINUED)}; {method} starts anew each time")


def method_going_on(initial: EmbeddingStore, default: str) -> str:
    """Return the method that goes on from a store; `default` if the store does not say by which it was made.

    Raises
    ------
    StoreMismatchError
        If it was made by a method that starts anew each time.
    """
    method = str(initial.metadata.get("method", default))
    if method not in CONTINUED:
        raise StoreMismatchError(
            f"training cannot go on from {initial.path or 'the initial store'}: its vectors were made by {method}; "
            f"textrep goes on with {' and '.join(CONTINUED)}"
        )
    if initial.metadata.get("source"):  # it was converted: what it has counts, not what wrote the file
        return "word2vec" if initial.subwords is None else "fasttext"
    return method
