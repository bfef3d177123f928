"""`TfidfVectorizer`: counts weighted by inverse document frequency, as a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.utils.validation import check_is_fitted

from textrep.bags.matrix import Change, Rows
from textrep.kernels.bags import weigh_rows
from textrep.store.file import Saved
from textrep.store.form import SavedForm
from textrep.vectorizers.checks import check_dtype, check_switches
from textrep.vectorizers.sparse import SparseVectorizer
from textrep.warning import warn

if TYPE_CHECKING:
    from typing import Self

__all__ = ["TfidfVectorizer"]

_NORMS = {None: 0, "l1": 1, "l2": 2}


class TfidfVectorizer(SparseVectorizer):
    """N-grams weighted by how few documents have them: the matrix of scikit-learn's TfidfVectorizer [1]_.

    The value of a feature in a document is its count times its IDF, ``log((1 + n) / (1 + df)) + 1`` for ``n`` documents
    of which ``df`` have it; rows are then scaled to length 1.

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
    norm : {"l2", "l1", None}
        What the values of a document are scaled to have as 1: the square root of the sum of squares, or the sum of
        absolute values; None leaves them as they are.
    use_idf : bool
        Whether counts are weighted by IDF.
    smooth_idf : bool
        Whether one is added to `n` and `df`, as if one more document had every feature; otherwise IDF is
        ``log(n / df) + 1``.
    sublinear_tf : bool
        Whether ``1 + log(count)`` stands for the count.
    dtype : {float64, float32}
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
    idf_ : ndarray of float64 or float32, shape (n_features,)
        The IDF of each feature; only with `use_idf`. It can be set.

    References
    ----------
    .. [1] `sklearn.feature_extraction.text.TfidfVectorizer`, scikit-learn 1.9.
    .. [2] Spärck Jones: A statistical interpretation of term specificity and its application in retrieval. Journal of
       Documentation 28 (1972).

    Examples
    --------
    >>> from textrep import TfidfVectorizer
    >>> vectorizer = TfidfVectorizer()
    >>> vectorizer.fit_transform(["a cat", "a dog and a cat"]).toarray().round(3)
    array([[0.707, 0.   , 0.707, 0.   ],
           [0.669, 0.47 , 0.334, 0.47 ]])
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
        norm: str | None = "l2",
        use_idf: bool = True,
        smooth_idf: bool = True,
        sublinear_tf: bool = False,
        dtype: DTypeLike = np.float64,
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
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf
        self.dtype = dtype
        self.n_jobs = n_jobs

    _idf: NDArray[Any]
    _idf_was_set = False

    @property
    def idf_(self) -> NDArray[Any]:
        """The IDF of each feature."""
        return self._idf

    @idf_.setter
    def idf_(self, value: Any) -> None:
        self._check_vocabulary()
        idf = np.array(value, self._value_type)  # [n_features]
        if idf.shape != (len(self.vocabulary_),):
            n = len(self.vocabulary_)
            raise ValueError(f"idf length = {idf.shape} must be equal to the number of features; pass {n} numbers")
        self._idf, self._idf_was_set = idf, True

    def _check_weights(self) -> None:
        if not isinstance(self.norm, str | None) or self.norm not in _NORMS:
            raise ValueError(f"norm must be 'l1', 'l2' or None; got {self.norm!r}")
        check_switches(self, "use_idf", "smooth_idf", "sublinear_tf")

    def _begin(self) -> None:
        self._check_weights()
        check_dtype(self.dtype)
        if np.dtype(self.dtype).kind != "f":
            warn(f"Only float dtypes should be used. {self.dtype} 'dtype' will be converted to np.float64.")
        super()._begin()

    def _learned(self) -> None:
        if hasattr(self, "_idf"):
            del self._idf
        self._idf_was_set = False
        if not self.use_idf:
            return
        frequency = self.document_frequency_.astype(self._value_type)  # [n_features]
        n_documents = self.n_documents_
        if self.smooth_idf:
            frequency += 1.0
            n_documents += 1
        idf = np.full_like(frequency, n_documents)
        with np.errstate(divide="ignore"):  # a vocabulary that was given may hold what is in no document
            idf /= frequency
        np.log(idf, out=idf)
        idf += 1.0
        self._idf = idf

    def _change(self) -> Change:
        check_is_fitted(self, "idf_" if self.use_idf else "document_frequency_")  # also with a vocabulary given
        is_sublinear, norm = self.sublinear_tf, self.norm
        idf = self.idf_ if self.use_idf else np.empty(0, self._value_type)
        is_infinite = np.isinf(idf) if norm is not None and not np.isfinite(idf).all() else None

        def weigh(values: NDArray[Any], rows: Rows) -> None:
            if is_sublinear:
                np.log(values, out=values)
                values += 1.0
            if is_infinite is not None and is_infinite[rows.indices].any():
                term = self.vocabulary_.term(int(rows.indices[is_infinite[rows.indices]][0]))
                raise ValueError(
                    f"Input contains infinity: the IDF of {term!r} is infinite, because no document of fit has it, and "
                    f"norm={norm!r} cannot scale that; use smooth_idf=True, norm=None, or leave it out of vocabulary"
                )
            weigh_rows(values, rows.indices, rows.sizes, idf, _NORMS[norm])

        return weigh

    def saved(self) -> Saved:
        """Return what a file holds of the fitted vectorizer; see `save`."""
        saved = super().saved()
        self._change()  # raises if there is a vocabulary, because it was given, but no fit
        if self._idf_was_set:  # otherwise it follows from the frequencies
            return Saved(saved.header, {**saved.tensors, "idf": self._idf})
        return saved

    @classmethod
    def from_saved(cls, form: SavedForm) -> Self:
        """Return the vectorizer that a file holds; see `load`."""
        vectorizer = super().from_saved(form)
        vectorizer._check_weights()  # a newer textrep may know others
        if "idf" in form.tensors:
            vectorizer.idf_ = form.tensor("idf", vectorizer._value_type, (len(vectorizer.vocabulary_),))
        return vectorizer

    @property
    def _method(self) -> str:
        return "tfidf"

    @property
    def _value_type(self) -> DTypeLike:
        return self.dtype if np.dtype(self.dtype) in (np.float32, np.float64) else np.float64

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        return tags
