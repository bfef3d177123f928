"""`embed`: from a corpus to a store in one call. What ``textrep embed`` runs."""

from __future__ import annotations

from typing import Any

from textrep.progress import ProgressCallback, epoch_printer, silent
from textrep.store import EmbeddingStore
from textrep.text import get_tokenizer
from textrep.training.settings import Word2VecSettings
from textrep.training.word2vec import Documents, Trained, train_word2vec
from textrep.vectorizers.registry import METHODS

__all__ = ["embed", "store_of"]


def embed(
    documents: Documents,
    method: str = "word2vec",
    *,
    on_progress: ProgressCallback | None = None,
    verbose: int = 0,
    **parameters: Any,
) -> EmbeddingStore:
    """Train word vectors on a corpus and return them as a store.

    The same as ``Word2VecVectorizer(**parameters).fit(documents).to_store()``, bit for bit, but scikit-learn is not
    imported, which takes longer than a small corpus.

    Parameters
    ----------
    documents : Corpus, path, iterable of str, or iterable of token lists
        Read once.
    method : str
        ``"word2vec"``.
    on_progress : callable, optional
        Given a `textrep.progress.Progress` now and then.
    verbose : int
        Above 0, and without `on_progress`, a line an epoch goes to stderr.
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
    CorpusError
        If the corpus cannot be read, or holds no word often enough.
    TrainingError
        If training diverges.

    Examples
    --------
    >>> from textrep import embed, read_corpus
    >>> store = embed(read_corpus("corpora/en_wiki.txt"), vector_size=50, random_state=1)
    >>> store.similar("king", k=3)  # doctest: +SKIP
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, METHODS))}; got {method!r}")
    known = Word2VecSettings.__dataclass_fields__
    if unknown := sorted(set(parameters) - set(known)):
        raise ValueError(f"unknown parameter {unknown[0]!r}; {method} takes {', '.join(known)}")
    settings = Word2VecSettings(**parameters)
    report = on_progress or (epoch_printer() if verbose > 0 else silent)
    return store_of(train_word2vec(documents, settings, report), settings, copy=False)


def store_of(trained: Trained, settings: Word2VecSettings, *, copy: bool = True) -> EmbeddingStore:
    """Make a store of what training left, which remembers how it was made; without `copy` it shares the vectors."""
    return EmbeddingStore.from_vectors(
        trained.vocabulary.tokens,
        trained.vectors,
        copy=copy,
        counts=trained.vocabulary.counts,
        tokenizer=get_tokenizer(settings.tokenizer, settings.min_token_length),
        metadata={
            "method": "word2vec",
            "parameters": settings.to_dict(),
            # no speeds: the same training makes the same file
            "history": [{"epoch": epoch["epoch"], "loss": epoch["loss"]} for epoch in trained.history],
            "total_tokens": trained.vocabulary.total_tokens,
        },
    )
