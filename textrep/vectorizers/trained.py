"""What vectorizers share that train word vectors with the kernel: `fit` and `to_store`."""

from __future__ import annotations

import math
import numbers
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from textrep.checks import check_callable, check_choice
from textrep.pooling import POOLINGS, Pooling, fit_pooling
from textrep.progress import ProgressCallback, epoch_printer, silent
from textrep.store.file import Saved, saved_parts
from textrep.store.form import SavedForm
from textrep.text import get_tokenizer
from textrep.training.run import Documents, train_corpus
from textrep.training.settings import TrainingSettings
from textrep.training.stores import history_as_json, initial_of, store_of
from textrep.training.trained import Buckets, Trained
from textrep.vectorizers.base import DenseVectorizer
from textrep.vectorizers.parameters import parameters_as_json
from textrep.vectorizers.saved import SavedVectorizer
from textrep.vocabulary import Vocabulary

if TYPE_CHECKING:
    from typing import Self

    from textrep.store import EmbeddingStore

__all__ = ["TrainedVectorizer"]

_VECTORS = ("words.vectors", "words.context_vectors", "words.subwords.rows")  # large: not read when a file is opened


class TrainedVectorizer(SavedVectorizer, DenseVectorizer):
    """Base of the vectorizers that train word vectors; a subclass has their parameters, and names their settings."""

    _settings_class: ClassVar[type[TrainingSettings]]

    context_vectors_: NDArray[np.float32]
    history_: list[dict[str, float]]
    _settings: TrainingSettings
    _buckets: Buckets | None
    _initial: dict[str, int] | None

    def fit(self, X: Documents, y: Any = None, *, initial: EmbeddingStore | None = None) -> Self:  # noqa: ARG002
        """Learn word vectors.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The documents.
        y : ignored
            There for pipelines.
        initial : EmbeddingStore, optional
            Vectors of an earlier run with the same parameters to go on from: their words are kept and trained on, and
            new ones are added.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range, or `initial` does not fit the parameters.
        DocumentError
            If X is a single str, or a document is neither a str nor a list of tokens.
        CorpusError
            If the corpus cannot be read, or holds no word often enough.
        TrainingError
            If training diverges; the message says what to change.
        MissingExtraError
            If ``engine="gensim"`` and gensim is not installed.
        """
        return self.fit_reporting(X, epoch_printer() if self.verbose else silent, initial)

    def fit_reporting(self, X: Documents, on_progress: ProgressCallback, initial: EmbeddingStore | None = None) -> Self:
        """Do what `fit` does, with `on_progress` given a `textrep.progress.Progress` now and then."""
        check_callable("on_progress", on_progress)
        check_choice("pooling", self.pooling, POOLINGS)
        settings = self._checked_settings()
        start = None if initial is None else initial_of(initial, settings)
        trained, corpus = train_corpus(X, settings, on_progress, start)
        with corpus:
            self._pooling = fit_pooling(self.pooling, corpus, trained.vectors, trained.vocabulary)
        self._settings = settings
        self._tokenizer = get_tokenizer(settings.tokenizer, settings.min_token_length)
        self._keep(trained)
        return self

    def to_store(self) -> EmbeddingStore:
        """Return the word vectors as a store, with the tokenizer and the parameters they were made with."""
        check_is_fitted(self, "vectors_")
        trained = Trained(
            self.vocabulary_,
            self.vectors_,
            self.context_vectors_,
            self.history_,
            self._buckets,
            self._initial,
        )
        return store_of(trained, self._settings)

    def saved(self) -> Saved:
        """Return what a file holds of the fitted vectorizer; see `save`."""
        words = saved_parts(self.to_store().parts()).below("words")
        pooling = self._pooling
        header = {
            "method": self._settings.method,
            "parameters": parameters_as_json(self, self.get_params(deep=False)),
            "seed": self._settings.random_state,
            "history": history_as_json(self.history_),
            "pooling": {"kind": pooling.kind, "unseen_weight": pooling.unseen_weight},
        }
        tensors = dict(words.tensors)
        if pooling.weights is not None:
            tensors["pooling.weights"] = pooling.weights
        if pooling.common is not None:
            tensors["pooling.common"] = pooling.common
        return Saved({**header, **words.header}, tensors)

    @classmethod
    def from_saved(cls, form: SavedForm) -> Self:
        """Return the vectorizer that a file holds; see `load`."""
        form.verify(skipped=_VECTORS)
        vectorizer = cls(**form.value("parameters", dict))
        check_choice("pooling", vectorizer.pooling, POOLINGS)
        settings = replace(vectorizer._checked_settings(), random_state=form.header.get("seed"))
        words = form.store_parts("words")
        if not isinstance(words.vectors, np.ndarray) or words.counts is None or words.context_vectors is None:
            raise form.refusal("its words lack vectors, counts or context vectors")
        n_words, size = words.vectors.shape
        vectorizer.vocabulary_ = Vocabulary(words.keys, words.counts, words.metadata.get("total_tokens"))
        vectorizer.vectors_, vectorizer.context_vectors_ = words.vectors, words.context_vectors
        vectorizer.history_ = [
            {**epoch, "loss": math.nan if epoch["loss"] is None else epoch["loss"]} for epoch in form.history()
        ]
        vectorizer._buckets = None
        if (words.subwords and words.subwords.rule) != settings.subword_rule:
            raise form.refusal("its subwords are not those that its parameters describe")
        if words.subwords is not None:
            rows = words.subwords.rows
            numbers = np.arange(len(rows), dtype=np.int32) if words.subwords.present is None else words.subwords.present
            vectorizer._buckets = Buckets(numbers, rows)
        for name in ("pooling.weights", "pooling.common"):
            if name in form.tensors and not np.isfinite(form.tensors[name]).all():
                raise form.refusal(f"its tensor {name!r} holds NaN or infinity", name)
        pooling = form.value("pooling", dict)
        vectorizer._pooling = Pooling(
            str(pooling["kind"]),
            form.tensor("pooling.weights", np.float32, (n_words,)) if "pooling.weights" in form.tensors else None,
            float(pooling["unseen_weight"]),
            form.tensor("pooling.common", np.float32, (size,)) if "pooling.common" in form.tensors else None,
        )
        vectorizer._settings, vectorizer._initial = settings, words.metadata.get("initial")
        vectorizer._tokenizer = get_tokenizer(settings.tokenizer, settings.min_token_length)
        return vectorizer

    def _keep(self, trained: Trained) -> None:
        """Set what is learned."""
        self.vocabulary_ = trained.vocabulary
        self.vectors_, self.context_vectors_ = trained.vectors, trained.context_vectors
        self.history_ = trained.history
        self._buckets, self._initial = trained.buckets, trained.initial

    def _checked_settings(self) -> TrainingSettings:
        parameters = self.get_params(deep=False)
        for name in ("pooling", "verbose"):
            del parameters[name]
        if not isinstance(self.random_state, numbers.Integral | None):
            parameters["random_state"] = int(check_random_state(self.random_state).randint(2**31))
        return self._settings_class(**parameters)
