"""What dense vectorizers share: word vectors in, one pooled vector a document out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from textrep.documents import readable_again, tags_of_texts
from textrep.encoded import encode_corpus
from textrep.pooling import Pooling, pool
from textrep.text import Tokenizer

if TYPE_CHECKING:
    from textrep.store import EmbeddingStore
    from textrep.vocabulary import Vocabulary

__all__ = ["DenseVectorizer"]


class DenseVectorizer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Base of the vectorizers whose documents are pooled word vectors.

    A subclass defines ``fit``, which sets `vocabulary_`, `vectors_`, `_tokenizer` and `_pooling`;
    and ``to_store``.
    """

    vocabulary_: Vocabulary
    vectors_: NDArray[np.float32]
    _tokenizer: Tokenizer
    _pooling: Pooling
    _name: str

    def to_store(self) -> EmbeddingStore:
        """Return the word vectors as a store."""
        raise NotImplementedError

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, then return the vectors of the same documents.

        What can be read only once, a generator or standard input, is read into memory first.
        """
        return super().fit_transform(readable_again(X), y, **fit_params)

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return one vector a document, pooled from the vectors of its known words as `pooling` says.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The documents.

        Returns
        -------
        ndarray of float32, shape (n_documents, vector_size)
            A document without a known word is a row of zeros.

        Raises
        ------
        DocumentError
            If X is a single str, or a document is neither a str nor a list of tokens.
        """
        check_is_fitted(self, "vectors_")
        _, corpus = encode_corpus(X, self._tokenizer, vocabulary=self.vocabulary_, n_jobs=self.n_jobs)
        with corpus:
            return pool(corpus, self.vectors_, self._pooling, name=self._name)

    @property
    def _n_features_out(self) -> int:
        return int(self.vectors_.shape[1])

    def __sklearn_tags__(self) -> Any:
        return tags_of_texts(super().__sklearn_tags__())
