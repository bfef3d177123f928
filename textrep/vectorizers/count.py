"""`CountVectorizer`: term counts as a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from textrep.vectorizers.sparse import SparseVectorizer

__all__ = ["CountVectorizer"]


class CountVectorizer(SparseVectorizer):
    """How often each n-gram occurs in each document: the matrix of scikit-learn's CountVectorizer [1]_.

    The definition of a document's features is ``build_analyzer()``; they are counted in compiled code, in threads.

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
    binary : bool
        Whether values are 1 instead of counts.
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

    References
    ----------
    .. [1] `sklearn.feature_extraction.text.CountVectorizer`, scikit-learn 1.9.

    Examples
    --------
    >>> from textrep import CountVectorizer
    >>> vectorizer = CountVectorizer()
    >>> vectorizer.fit_transform(["a cat", "a dog and a cat"]).toarray()
    array([[1, 0, 1, 0],
           [2, 1, 1, 1]])
    >>> vectorizer.get_feature_names_out().tolist()
    ['a', 'and', 'cat', 'dog']
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
        binary: bool = False,
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
        self.binary = binary
        self.dtype = dtype
        self.n_jobs = n_jobs

    @property
    def _method(self) -> str:
        return "count"
