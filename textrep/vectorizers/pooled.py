"""`StoreVectorizer`: vectors of documents from the word vectors of a store, for a classifier in a pipeline.

Unlike `TrainedVectorizer` it learns no vectors: any dense store will do, also one that was converted from another
format. What two poolings weight words by, and what SIF takes away, it learns from the documents given to `fit`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from textrep.checks import check_choice
from textrep.documents import tags_of_texts, without_line_ends
from textrep.encoded import EncodedCorpus, encode_corpus
from textrep.errors import CorpusError
from textrep.keytable import KeyTable
from textrep.parallel import n_threads
from textrep.pooling import POOLINGS, Pooling, fit_pooling, pool
from textrep.store import EmbeddingStore
from textrep.store.dense import check_dense
from textrep.store.file import Saved, saved_parts
from textrep.store.form import SavedForm
from textrep.text import get_tokenizer, tokenizer_from_dict
from textrep.text.tokenizers import BuiltinTokenizer, Tokenizer, check_can_be_saved
from textrep.vectorizers.saved import SavedVectorizer
from textrep.vocabulary import Vocabulary

if TYPE_CHECKING:
    from typing import Self

__all__ = ["StoreVectorizer"]

_LEARNED = ("tfidf", "sif")  # those that need counts of words


class StoreVectorizer(SavedVectorizer, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Make a vector of each document from the vectors that a store has of its words.

    Parameters
    ----------
    store : EmbeddingStore
        Dense vectors of words. Words that it knows by their subwords count, others do not.
    pooling : {"mean", "max", "tfidf", "sif"}
        How vectors of words become one: their mean, their maximum, the mean weighted by inverse document frequencies,
        or SIF (see `textrep.pooling`). The last two are learned from the documents that `fit` is given; a word that is
        in none of them counts as the rarest.
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

    _words: KeyTable | None  # those of the documents that the store knows
    _pooling: Pooling

    def __init__(
        self, store: EmbeddingStore, pooling: str = "mean", tokenizer: Any = None, n_jobs: int | None = None
    ) -> None:
        self.store = store
        self.pooling = pooling
        self.tokenizer = tokenizer
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn how words are weighted, if the pooling needs it; else check the parameters, and read no document.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The documents.
        y : ignored
            There for pipelines.

        Raises
        ------
        ValueError
            If the store is sparse, or a parameter is out of range.
        TypeError
            If it is no store.
        CorpusError
            If ``pooling`` is ``"tfidf"`` or ``"sif"``, and no document has a word that the store knows.
        """
        self._check()
        words, pooling = self._learned(X) if self.pooling in _LEARNED else (None, Pooling(self.pooling))
        self._words, self._pooling = words, pooling
        self._n_features_out = self.store.dim
        self._name = type(self)._name
        return self

    def _check(self) -> None:
        check_choice("pooling", self.pooling, POOLINGS)
        check_dense(self.store, type(self).__name__)
        n_threads(self.n_jobs)
        self._split()

    def _learned(self, X: Any) -> tuple[KeyTable, Pooling]:
        """Return the words of documents that the store knows, and the pooling with their weights."""
        vocabulary, corpus = self._encoded(X)
        words = vocabulary.to_list()
        with corpus:
            vectors, known = self.store.vectors_where_known(words)  # [n_seen, dim], [n_seen]
            if not known.any():
                raise CorpusError(
                    f"no document has a word that the store knows, but pooling={self.pooling!r} is learned from such; "
                    "give fit documents, or take pooling='mean', which learns nothing"
                )
            learned = fit_pooling(self.pooling, corpus, vectors, vocabulary, skipped=~known)
        assert learned.weights is not None
        table = KeyTable.from_strings(words[i] for i in np.flatnonzero(known))
        return table, replace(learned, weights=learned.weights[known])  # [n_words]

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
        vocabulary, corpus = self._encoded(X)
        words = vocabulary.to_list()
        with corpus:
            vectors, known = self.store.vectors_where_known(words)  # [n_seen, dim], [n_seen]
            return pool(corpus, vectors, self._weighting(words), ~known, str(self.store.path or self._name))

    def _encoded(self, X: Any) -> tuple[Vocabulary, EncodedCorpus]:
        tokenizer = self._split()
        documents = X if isinstance(tokenizer, BuiltinTokenizer) else without_line_ends(X)
        return encode_corpus(documents, tokenizer, n_jobs=self.n_jobs, allow_empty=True)

    def _weighting(self, words: list[str]) -> Pooling:
        """Return the pooling with the weights of these words instead of those learned."""
        learned = self._pooling
        if self._words is None or learned.weights is None:
            return learned
        weights = np.full(len(words), learned.unseen_weight, np.float32)  # [n_seen]
        numbers = self._words.find_many(words)  # [n_seen], -1 where unseen
        weights[numbers >= 0] = learned.weights[numbers[numbers >= 0]]
        return replace(learned, weights=weights)

    def saved(self) -> Saved:
        """Return what a file holds of it: the store, but for what only training needs, and the weights; see `save`."""
        check_is_fitted(self, "_n_features_out")
        tokenizer = self._split()
        check_can_be_saved(tokenizer)
        words = saved_parts(self.store.parts().for_lookup()).below("words")
        header: dict[str, Any] = {
            "method": "store",
            "pooling": self.pooling,
            "tokenizer": tokenizer.to_dict(),
            "n_jobs": None if self.n_jobs is None else int(self.n_jobs),
        }
        tensors = dict(words.tensors)
        if self._words is not None and self._pooling.weights is not None:
            header["unseen_weight"] = self._pooling.unseen_weight
            tensors |= {f"weighted.{name}": getattr(self._words, name) for name in ("blob", "offsets", "slots")}
            tensors["weights"] = self._pooling.weights
        if self._pooling.common is not None:
            tensors["common"] = self._pooling.common
        return Saved({**header, **words.header}, tensors)

    @classmethod
    def from_saved(cls, form: SavedForm) -> Self:
        """Return the vectorizer that a file holds; see `load`."""
        tokenizer = tokenizer_from_dict(form.value("tokenizer", dict))
        store = EmbeddingStore(form.store_parts("words"))
        n_jobs = form.value("n_jobs", int | None) if "n_jobs" in form.header else None  # type: ignore[arg-type]
        vectorizer = cls(store, form.value("pooling", str), tokenizer, n_jobs)
        vectorizer._check()
        vectorizer._words, vectorizer._pooling = None, Pooling(vectorizer.pooling)
        if vectorizer.pooling in _LEARNED:
            words = form.table("weighted")
            weights = form.tensor("weights", np.float32, (len(words),))
            common = form.tensor("common", np.float32, (store.dim,)) if vectorizer.pooling == "sif" else None
            unseen = float(form.value("unseen_weight", int | float))  # type: ignore[arg-type]
            vectorizer._words = words
            vectorizer._pooling = Pooling(vectorizer.pooling, weights, unseen, common)
        vectorizer._n_features_out = store.dim
        return vectorizer

    def __sklearn_tags__(self) -> Any:
        return tags_of_texts(super().__sklearn_tags__())

    def _split(self) -> Tokenizer:
        if self.tokenizer is not None:
            return get_tokenizer(self.tokenizer)
        return self.store.tokenizer or get_tokenizer("word")
