"""What vectorizers share that train word vectors with the kernel: `fit` and `to_store`."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from textrep.embedding import initial_of, store_of
from textrep.pooling import fit_pooling
from textrep.progress import epoch_printer, silent
from textrep.text import get_tokenizer
from textrep.training.settings import POOLINGS, Settings, check_choice
from textrep.training.word2vec import Buckets, Documents, Trained, train_corpus
from textrep.vectorizers.base import DenseVectorizer

if TYPE_CHECKING:
    from typing import Self

    from textrep.store import EmbeddingStore
    from textrep.vocabulary import Vocabulary

__all__ = ["TrainedVectorizer"]


class TrainedVectorizer(DenseVectorizer):
    """Base of the vectorizers that train word vectors; a subclass has their parameters, and names their settings."""

    _settings_class: ClassVar[type[Settings]]

    context_vectors_: NDArray[np.float32]
    history_: list[dict[str, float]]
    _settings: Settings
    _buckets: Buckets | None
    _initial_vocabulary: Vocabulary | None

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
        TypeError
            If X is a single str, or a document is neither a str nor a list of tokens.
        CorpusError
            If the corpus cannot be read, or holds no word often enough.
        TrainingError
            If training diverges; the message says what to change.
        MissingExtraError
            If ``engine="gensim"`` and gensim is not installed.
        """
        check_choice("pooling", self.pooling, POOLINGS)
        settings = self._checked_settings()
        report = epoch_printer() if self.verbose else silent
        start = None if initial is None else initial_of(initial, settings)
        trained, corpus = train_corpus(X, settings, report, start)
        with corpus:
            self._pooling = fit_pooling(self.pooling, corpus, trained.vectors, trained.vocabulary)
        self._settings = settings
        self._tokenizer = get_tokenizer(settings.tokenizer, settings.min_token_length)
        self.vocabulary_ = trained.vocabulary
        self.vectors_, self.context_vectors_ = trained.vectors, trained.context_vectors
        self.history_ = trained.history
        self._buckets, self._initial_vocabulary = trained.buckets, trained.initial_vocabulary
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
            self._initial_vocabulary,
        )
        return store_of(trained, self._settings)

    def _checked_settings(self) -> Settings:
        parameters = self.get_params(deep=False)
        for name in ("pooling", "verbose"):
            del parameters[name]
        if not isinstance(self.random_state, numbers.Integral | None):
            parameters["random_state"] = int(check_random_state(self.random_state).randint(2**31))
        return self._settings_class(**parameters)
