"""`StoreVectorizer`: vectors of documents from the word vectors of a store, for a classifier in a pipeline.

Unlike `TrainedVectorizer` it learns nothing: any dense store will do, also one that was converted from another format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from textrep.documents import without_line_ends
from textrep.encoded import encode_corpus
from textrep.parallel import n_threads
from textrep.pooling import Pooling, pool
from textrep.store import EmbeddingStore
from textrep.store.dense import check_dense
from textrep.store.file import Saved, saved_parts
from textrep.store.form import SavedForm
from textrep.text import get_tokenizer, tokenizer_from_dict
from textrep.text.tokenizers import BuiltinTokenizer, Tokenizer, check_can_be_saved
from textrep.training.settings import check_choice
from textrep.vectorizers.saved import SavedVectorizer

if TYPE_CHECKING:
    from typing import Self

__all__ = ["StoreVectorizer"]

_POOLINGS = ("mean", "max")  # those that need no counts of words


class StoreVectorizer(SavedVectorizer, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Make a vector of each document from the vectors that a store has of its words.

    Parameters
    ----------
    store : EmbeddingStore
        Dense vectors of words. Words that it knows by their subwords count, others do not.
    pooling : {"mean", "max"}
        How vectors of words become one.
    tokenizer : str or callable, optional
        By default that of the store, or ``"word"`` if it has none.
    n_jobs : int, optional
        Threads that split texts.

    Examples
    --------
    >>> from textrep import EmbeddingStore
    >>> from textrep.vectorizers.pooled import StoreVectorizer
    >>> store = EmbeddingStore.from_vectors(["a", "b"], [[1.0, 0.0], [0.0, 2.0]])
    >>> StoreVectorizer(store).fit_transform(["a b", "c", "b"]).tolist()
    [[0.5, 1.0], [0.0, 0.0], [0.0, 2.0]]
    """

    def __init__(
        self, store: EmbeddingStore, pooling: str = "mean", tokenizer: Any = None, n_jobs: int | None = None
    ) -> None:
        self.store = store
        self.pooling = pooling
        self.tokenizer = tokenizer
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Check the parameters; documents teach it nothing.

        Raises
        ------
        ValueError
            If the store is sparse, or a parameter is out of range.
        TypeError
            If it is no store.
        """
        check_choice("pooling", self.pooling, _POOLINGS)
        check_dense(self.store, type(self).__name__)
        n_threads(self.n_jobs)
        self._split()
        self._n_features_out = self.store.dim
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return a vector for each document.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The documents. Line ends behind a text do not count, whatever the tokenizer.

        Returns
        -------
        ndarray of float32, shape (n_documents, store.dim)
            A document without a known word is a row of zeros.
        """
        check_is_fitted(self, "_n_features_out")
        tokenizer = self._split()
        documents = X if isinstance(tokenizer, BuiltinTokenizer) else without_line_ends(X)
        vocabulary, corpus = encode_corpus(documents, tokenizer, n_jobs=self.n_jobs, allow_empty=True)
        with corpus:
            vectors, known = self.store.vectors_where_known(vocabulary.to_list())  # [n_seen, dim], [n_seen]
            return pool(corpus, vectors, Pooling(self.pooling), skipped=~known)

    def saved(self) -> Saved:
        """Return what a file holds of it: the store, but for what only training needs; see `save`."""
        tokenizer = self._split()
        check_can_be_saved(tokenizer)
        words = saved_parts(self.store.parts().for_lookup()).below("words")
        header = {
            "method": "store",
            "pooling": self.pooling,
            "tokenizer": tokenizer.to_dict(),
            "n_jobs": None if self.n_jobs is None else int(self.n_jobs),
        }
        return Saved({**header, **words.header}, words.tensors)

    @classmethod
    def from_saved(cls, form: SavedForm) -> Self:
        """Return the vectorizer that a file holds; see `load`."""
        tokenizer = tokenizer_from_dict(form.value("tokenizer", dict))
        store = EmbeddingStore(form.store_parts("words"))
        n_jobs = form.value("n_jobs", int | None) if "n_jobs" in form.header else None  # type: ignore[arg-type]
        return cls(store, form.value("pooling", str), tokenizer, n_jobs).fit(())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags

    def _split(self) -> Tokenizer:
        if self.tokenizer is not None:
            return get_tokenizer(self.tokenizer)
        return self.store.tokenizer or get_tokenizer("word")
