"""`OneHotVectorizer`: each term a dimension of its own, documents as 0 and 1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from scipy import sparse

from textrep.bags.counting import check_kind
from textrep.documents import TokenLists, given_documents
from textrep.store import EmbeddingStore
from textrep.vectorizers.sparse import SparseVectorizer

__all__ = ["OneHotVectorizer"]


class OneHotVectorizer(SparseVectorizer):
    """Which n-grams are in each document: 1 where one is, 0 elsewhere.

    As `CountVectorizer` with ``binary=True``. Of sequences, `transform_tokens` gives a row for every token: rows of
    different terms are orthogonal unit vectors, and the store of the terms is the identity.

    Parameters
    ----------
    analyzer : {"word", "char", "char_wb"} or callable
        Features are n-grams of words, of characters, or of characters within words, which are padded with a space on
        each side. A callable takes a document and returns the list of its features.
    tokenizer : str or callable
        What words are, for ``analyzer="word"``: ``"word"``, ``"whitespace"``, ``"char"``, ``"kiwi"`` (Korean), or a
        function from str to list of str.
    min_token_length : int
        Shorter words are left out (characters). scikit-learn's default pattern is 2 here.
    lowercase : bool
        Whether texts are lower-cased first.
    normalization : {"NFC", None}
        Normal form that texts are brought into first; scikit-learn has None.
    stop_words : {"english"}, list of str, or None
        Words that are left out before n-grams are made; ``"english"`` is scikit-learn's list.
    ngram_range : tuple of two int
        Least and greatest length of n-grams.
    min_df, max_df : int or float
        Features in fewer, or more, documents are left out; an int is a number of documents, a float their share.
    max_features : int, optional
        Only so many features are kept, those that occur most often.
    vocabulary : list of str, mapping of str to int, or None
        The features, in the order of their columns, or with them; None learns them.
    dtype : dtype
        Of the matrix.
    n_jobs : int, optional
        Threads; None is one, -1 all processors. The result does not depend on it.

    Attributes
    ----------
    vocabulary_ : Terms
        The features, a mapping to their columns.
    fixed_vocabulary_ : bool
        Whether they were given.
    document_frequency_ : ndarray of int64, shape (n_features,)
        How many documents have each.
    n_documents_ : int
        How many documents were learned from.

    Examples
    --------
    >>> from textrep import OneHotVectorizer
    >>> vectorizer = OneHotVectorizer().fit(["a cat", "a dog"])
    >>> vectorizer.transform(["a dog and a dog"]).toarray()
    array([[1, 0, 1]])
    >>> vectorizer.transform_tokens(["dog a dog"])[0].toarray()
    array([[0, 0, 1],
           [1, 0, 0],
           [0, 0, 1]])
    """

    def __init__(
        self,
        *,
        analyzer: str | Callable[[Any], list[str]] = "word",
        tokenizer: str | Callable[[str], list[str]] = "word",
        min_token_length: int = 1,
        lowercase: bool = True,
        normalization: str | None = "NFC",
        stop_words: str | Sequence[str] | None = None,
        ngram_range: tuple[int, int] = (1, 1),
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
        vocabulary: Mapping[str, int] | Iterable[str] | None = None,
        dtype: DTypeLike = np.int64,
        n_jobs: int | None = None,
    ) -> None:
        self.analyzer = analyzer
        self.tokenizer = tokenizer
        self.min_token_length = min_token_length
        self.lowercase = lowercase
        self.normalization = normalization
        self.stop_words = stop_words
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.dtype = dtype
        self.n_jobs = n_jobs

    def transform_tokens(self, X: Any) -> list[sparse.csr_matrix]:
        """Return one matrix a document, with a row for each of its features, in the order of the document.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The documents.

        Returns
        -------
        list of csr_matrix, shape (n_features_of_the_document, n_features)
            Each row holds a single 1; a feature that is not in the vocabulary is a row of zeros, so that rows and
            features stay aligned.
        """
        self._check_vocabulary()
        analyzer, terms = self._analyzer, self.vocabulary_.table
        given = given_documents(X)
        check_kind(given, analyzer)
        by_tokens = isinstance(given, TokenLists) and analyzer.kind == "word"
        matrices = []
        for document in given:
            features = analyzer.of_tokens(document) if by_tokens else analyzer(document)
            columns = terms.find_many(features)  # [n_features_of_the_document]
            known = columns >= 0
            offsets = np.concatenate(([0], np.cumsum(known)))  # [n_features_of_the_document + 1]
            ones = np.ones(int(offsets[-1]), self.dtype)
            shape = (len(features), len(self.vocabulary_))
            matrices.append(sparse.csr_matrix((ones, columns[known], offsets), shape=shape))
        return matrices

    def to_store(self, X: Any = None) -> EmbeddingStore:  # noqa: ARG002
        """Return the terms with their vectors, the rows of the identity matrix, as a sparse store; X is not used."""
        self._check_vocabulary()
        return self._store_of(sparse.identity(len(self.vocabulary_), np.float32, "csr"))

    @property
    def _method(self) -> str:
        return "onehot"

    @property
    def _is_binary(self) -> bool:
        return True
