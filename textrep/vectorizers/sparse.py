"""What one-hot, count and TF-IDF vectorizers share: documents in, one sparse row of features a document out.

The matrices are scikit-learn's [1]_: parameters of the same names mean the same, columns are in the order of the
features' code points. Different on purpose are the defaults of two of them: words of one character are words, and texts
are brought into NFC; ``min_token_length=2`` and ``normalization=None`` give scikit-learn's.

.. [1] `sklearn.feature_extraction.text`, scikit-learn 1.9.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from textrep.bags.counting import Known, count_known, known_features, learn
from textrep.bags.features import NGrams
from textrep.bags.matrix import Change, Rows, matrix_of
from textrep.bags.seen import Limits, LimitsError, Seen
from textrep.bags.terms import Terms
from textrep.documents import can_be_read_again, tags_of_texts
from textrep.errors import EmptyCorpusError
from textrep.locks import ProcessLock
from textrep.parallel import n_threads
from textrep.shown import shown
from textrep.store.file import Saved
from textrep.store.form import SavedForm
from textrep.text.analyzers import Analyzer
from textrep.vectorizers.checks import analyzer_of, check_limits, given_terms, warn_of_unmatched
from textrep.vectorizers.parameters import described_parameters
from textrep.vectorizers.saved import SavedVectorizer
from textrep.vectorizers.sparse_output import SparseOutput
from textrep.vectorizers.sparse_saved import restored_sparse, saved_sparse

if TYPE_CHECKING:
    from typing import Self

    from textrep.store import EmbeddingStore

__all__ = ["SparseVectorizer"]

_MADE_AGAIN = ("_documents", "_known", "_ngrams")  # not pickled
_at_first_use = ProcessLock()  # of a vectorizer that several threads may have


class SparseVectorizer(SavedVectorizer, SparseOutput, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[misc, call-arg]
    """Base of the vectorizers whose features are n-grams; a subclass has the parameters."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # no frame of pandas' can be sparse; scikit-learn asks for this again in each subclass
        super().__init_subclass__(**{**kwargs, "auto_wrap_output_keys": None})

    vocabulary_: Terms
    vocabulary: Any
    fixed_vocabulary_: bool
    document_frequency_: NDArray[np.int64]
    n_documents_: int
    _analyzer: Analyzer
    _seen: Seen | None  # all features so far, if none has been forgotten
    _known: Known | None  # `vocabulary_`, made ready for counting when it is first needed
    _ngrams: NGrams | None  # `vocabulary_`, taken apart, until then
    _documents: Any  # what was fitted last, if it can be read again

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn the vocabulary.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The documents. What can be read again is remembered, not copied, for `to_store`.
        y : ignored
            There for pipelines.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range, or no term is left.
        DocumentError
            If X is a single str, or a document is neither a str nor a list of tokens.
        CorpusError
            If the corpus cannot be read.
        """
        self._fit(X, wants_rows=False)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> sparse.csr_matrix:  # noqa: ARG002
        """Learn the vocabulary and return the matrix of the same documents, which are read once.

        Returns
        -------
        csr_matrix, shape (n_documents, n_features)
            As `transform` returns it. Raises what `fit` raises.
        """
        rows = self._fit(X, wants_rows=True)
        return self._output(self._matrix(rows, self._change()), X)

    def partial_fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn from more documents: batches in any split give what `fit` gives for all of them at once.

        Limits such as `min_df` are applied to all documents so far, so that no term is forgotten in between.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The next documents.
        y : ignored
            There for pipelines.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As `fit`; or if `fit` left terms out, which cannot be gone on from.
        """
        if not hasattr(self, "vocabulary_") and getattr(self, "_seen", None) is None:
            self._begin()
        elif self._seen is None and not self.fixed_vocabulary_:
            raise ValueError(
                "partial_fit cannot go on from this fit: it forgot the terms that min_df, max_df or max_features left "
                "out; begin with partial_fit on a new vectorizer"
            )
        self._documents = None
        if self.fixed_vocabulary_:
            self._count_fixed(X, before=getattr(self, "document_frequency_", 0), n_before=self.n_documents_)
            return self
        jobs = n_threads(self.n_jobs)
        seen = Seen.of(learn(X, self._analyzer, jobs, wants_rows=False, with_occurrences=True))
        seen = seen.select(np.flatnonzero(seen.documents))
        merged = seen if self._seen is None else self._seen.merged(seen)
        if not self._is_binary:
            merged.check_counted(self.max_features)
        self._seen = merged
        self._have_no_vocabulary()
        # More documents may mend these; until then `transform` says what is wrong.
        with suppress(EmptyCorpusError, LimitsError):
            self._settle()
        return self

    def transform(self, X: Any) -> sparse.csr_matrix:
        """Return one row a document.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The documents. Terms that are not in the vocabulary are left out.

        Returns
        -------
        csr_matrix, shape (n_documents, n_features)
            Of `dtype`, with sorted indices. A document without a known term is a row without values, and no documents
            are no rows, where scikit-learn's TF-IDF raises an error.

        Raises
        ------
        DocumentError
            If X is a single str, or a document is neither a str nor a list of tokens.
        """
        self._check_vocabulary()
        return self._output(self._transformed(X), X)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the terms in the order of the columns (ndarray of object)."""
        self._check_vocabulary()
        return np.asarray(self.vocabulary_.to_list(), dtype=object)

    def inverse_transform(self, X: Any) -> list[NDArray[np.object_]]:
        """Return the terms of each row that have a value other than 0, in the order of the columns."""
        names = self.get_feature_names_out()
        try:
            rows = sparse.csr_matrix(X, copy=True)
        except (TypeError, ValueError):
            raise TypeError(f"X must be a matrix of numbers, as transform returns it, not {shown(X)}") from None
        if rows.shape[1] != len(names):
            raise ValueError(f"X has {rows.shape[1]:,} columns, but the vocabulary has {len(names):,} terms")
        rows.eliminate_zeros()
        rows.sort_indices()
        return [names[part] for part in np.split(rows.indices, rows.indptr[1:-1])] if rows.shape[0] else []

    def build_analyzer(self) -> Callable[[Any], list[str]]:
        """Return what turns one document into the list of its features: the definition of what is counted."""
        return analyzer_of(self)

    def to_store(self, X: Any = None) -> EmbeddingStore:
        """Return the terms with their vectors, the columns of the matrix of documents, as a sparse store.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists, optional
            The documents, by default those of the last `fit`, as they are now.

        Raises
        ------
        ValueError
            If the documents of the last `fit` could only be read once.
        """
        self._check_vocabulary()
        documents = self._documents if X is None else X
        if documents is None:
            raise ValueError(
                "the documents are gone: they came from partial_fit or from something that can be read only once, or "
                "the vectorizer was saved; pass them again: to_store(documents)"
            )
        return self._store_of(self._transformed(documents).T)

    def saved(self) -> Saved:
        """Return what a file holds of the fitted vectorizer; see `save`."""
        self._check_vocabulary()
        return saved_sparse(self)

    @classmethod
    def from_saved(cls, form: SavedForm) -> Self:
        """Return the vectorizer that a file holds; see `load`."""
        return restored_sparse(cls, form)

    def _store_of(self, vectors: Any) -> EmbeddingStore:
        """Make a store of one vector a term."""
        from textrep.store import EmbeddingStore

        return EmbeddingStore.from_vectors(
            self.vocabulary_.table,
            sparse.csr_matrix(vectors, dtype=np.float32),
            tokenizer=self._analyzer.tokenizer.to_dict() if self._analyzer.kind == "word" else None,
            metadata={"method": self._method, "parameters": described_parameters(self)},
        )

    def _fit(self, documents: Any, *, wants_rows: bool) -> list[Rows]:
        """Learn from documents; return their rows, none if they are not wanted and not needed."""
        self._begin()
        self._documents = documents if can_be_read_again(documents) else None
        if self.fixed_vocabulary_:
            return self._count_fixed(documents)
        jobs = n_threads(self.n_jobs)
        with_occurrences = self.max_features is not None and not self._is_binary
        learned = learn(documents, self._analyzer, jobs, wants_rows=wants_rows, with_occurrences=with_occurrences)
        seen = Seen.of(learned)
        kept = self._kept(seen)
        self._keep(seen, kept)
        everything = kept.size == len(seen.terms) or kept.size == np.count_nonzero(seen.documents)
        self._seen = seen.select(kept) if everything else None
        if not wants_rows:
            return []
        columns = learned.features.numbers
        if kept.size < len(seen.terms):
            column = np.full(len(seen.terms) + 1, -1, np.int32)  # [n + 1]: the last for what is no feature
            column[kept] = np.arange(kept.size, dtype=np.int32)
            columns = [[column[ids] for ids in found] for found in columns]
        del seen, kept
        return learned.rows(columns, len(self.vocabulary_), jobs)

    def _begin(self) -> None:
        """Check the parameters and forget what was learned."""
        analyzer = analyzer_of(self, warns=True)
        check_limits(self)
        n_threads(self.n_jobs)
        self._forget(analyzer)
        if self.fixed_vocabulary_:
            self.vocabulary_ = given_terms(self.vocabulary)
            warn_of_unmatched(self.vocabulary_, analyzer, lowercase=self.lowercase)

    def _forget(self, analyzer: Analyzer) -> None:
        """Be as before any document."""
        self._have_no_vocabulary()
        self._analyzer = analyzer
        self._seen = self._known = self._documents = self._ngrams = None
        self.fixed_vocabulary_ = self.vocabulary is not None
        self.n_documents_ = 0

    def _have_no_vocabulary(self) -> None:
        for name in ("vocabulary_", "document_frequency_", "_idf"):
            if hasattr(self, name):
                delattr(self, name)

    def _settle(self) -> None:
        """Make a vocabulary of what has been seen."""
        assert self._seen is not None
        self._keep(self._seen, self._kept(self._seen))

    def _kept(self, seen: Seen) -> NDArray[np.int64]:
        limits = Limits(self.min_df, self.max_df, self.max_features)
        return seen.kept(limits, self.dtype, binary=self._is_binary)

    def _keep(self, seen: Seen, kept: NDArray[np.int64]) -> None:
        selected = seen.select(kept)
        self.vocabulary_ = selected.terms
        self.document_frequency_ = selected.documents
        self.n_documents_ = seen.n_documents
        self._ngrams = selected.ngrams
        self._known = None  # it was for another vocabulary
        self._learned()

    def _count_fixed(self, documents: Any, before: Any = 0, n_before: int = 0) -> list[Rows]:
        """Count a vocabulary that was given."""
        rows = self._rows(documents)
        n = len(self.vocabulary_)
        found = sum((np.bincount(part.indices, minlength=n) for part in rows), np.zeros(n, np.int64))
        self.document_frequency_ = before + found
        self.n_documents_ = n_before + sum(part.sizes.size for part in rows)
        self._learned()
        return rows

    def _rows(self, documents: Any) -> list[Rows]:
        known = self._made_ready() if self._known is None else self._known
        return count_known(documents, self._analyzer, self.vocabulary_, known, n_threads(self.n_jobs))

    def _made_ready(self) -> Known:
        with _at_first_use.held():
            if self._known is None:
                frequency = getattr(self, "document_frequency_", None)
                self._known = known_features(self.vocabulary_, self._analyzer, self._ngrams, frequency)
                self._ngrams = None
            return self._known

    def _transformed(self, documents: Any) -> sparse.csr_matrix:
        change = self._change()  # first: it raises if values cannot be made
        return self._matrix(self._rows(documents), change)

    def _matrix(self, rows: list[Rows], change: Change | None) -> sparse.csr_matrix:
        n, jobs = len(self.vocabulary_), n_threads(self.n_jobs)
        return matrix_of(rows, n, self._value_type, change, is_binary=self._is_binary, n_threads=jobs)

    def _change(self) -> Change | None:
        """Return what makes the values of the matrix of counts, in place; None: counts are values."""
        return None

    def _learned(self) -> None:
        """Derive what depends on document frequencies."""

    @property
    def _method(self) -> str:
        """What ``--method`` calls it."""
        raise NotImplementedError

    @property
    def _is_binary(self) -> bool:
        return bool(self.binary)

    @property
    def _value_type(self) -> DTypeLike:
        return self.dtype  # type: ignore[no-any-return]

    def _check_vocabulary(self) -> None:
        """A vocabulary that was given needs no fit."""
        if not hasattr(self, "vocabulary_"):
            with _at_first_use.held():
                self._have_vocabulary()
        check_is_fitted(self, "vocabulary_")

    def _have_vocabulary(self) -> None:
        if not hasattr(self, "vocabulary_") and self.vocabulary is not None:
            self._begin()
        if not hasattr(self, "vocabulary_") and getattr(self, "_seen", None) is not None:
            self._settle()  # raises: the limits leave no term of the batches so far

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        return {name: value for name, value in state.items() if name not in _MADE_AGAIN}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "vocabulary_" in state or "_analyzer" in state:
            for name in _MADE_AGAIN:
                setattr(self, name, None)

    def __sklearn_tags__(self) -> Any:
        tags = tags_of_texts(super().__sklearn_tags__())
        tags.requires_fit = self.vocabulary is None
        return tags
