"""What one-hot, count and TF-IDF vectorizers keep in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textrep.bags.seen import Seen
from textrep.bags.terms import Terms
from textrep.store.file import Saved
from textrep.text.analyzers import Analyzer
from textrep.vectorizers.checks import analyzer_of, check_limits
from textrep.vectorizers.parameters import parameters_as_json
from textrep.vectorizers.saved import SavedForm, SavedVectorizer

if TYPE_CHECKING:
    from typing import Self

__all__ = ["SavedSparse"]


class SavedSparse(SavedVectorizer):
    """Mixin of `SparseVectorizer`: its fitted state, and how that is saved and restored.

    What is seen is written only where it is more than the vocabulary.
    """

    vocabulary_: Terms
    fixed_vocabulary_: bool
    document_frequency_: NDArray[np.int64]
    n_documents_: int
    _analyzer: Analyzer
    _seen: Seen | None  # all features so far, if none has been forgotten

    def saved(self) -> Saved:
        """Return what a file holds of the fitted vectorizer; see `save`."""
        self._check_vocabulary()
        given = self.get_params(deep=False)  # type: ignore[attr-defined]
        del given["vocabulary"]
        seen = self._seen
        header: dict[str, Any] = {
            "method": self._method,
            "parameters": parameters_as_json(self, given),
            "fixed_vocabulary": self.fixed_vocabulary_,
            "n_documents": self.n_documents_,
            "goes_on": seen is not None,
        }
        table = self.vocabulary_.table
        tensors: dict[str, NDArray[Any]] = {
            "terms.blob": table.blob,
            "terms.offsets": table.offsets,
            "terms.slots": table.slots,
        }
        if hasattr(self, "document_frequency_"):
            tensors["document_frequency"] = self.document_frequency_
        if seen is not None:
            if len(seen.terms) > len(table):
                tensors |= {
                    "seen.blob": seen.terms.blob,
                    "seen.offsets": seen.terms.offsets,
                    "seen.documents": seen.documents,
                }
            if seen.occurrences is not None:
                tensors["seen.occurrences"] = seen.occurrences
        return Saved(header, tensors)

    @classmethod
    def from_saved(cls, form: SavedForm) -> Self:
        """Return the vectorizer that a file holds; see `load`."""
        form.verify()
        parameters = dict(form.value("parameters", dict))
        parameters["dtype"] = np.dtype(parameters.get("dtype")).type
        parameters["ngram_range"] = tuple(parameters.get("ngram_range", ()))
        vectorizer = cls(**parameters)
        terms = Terms.from_table(form.table("terms"))
        if form.value("fixed_vocabulary", bool):
            vectorizer.vocabulary = terms  # type: ignore[attr-defined]
        check_limits(vectorizer)
        vectorizer._forget(analyzer_of(vectorizer))
        vectorizer.vocabulary_ = terms
        n_documents = vectorizer.n_documents_ = form.count("n_documents")
        if "document_frequency" in form.tensors:
            vectorizer.document_frequency_ = form.counts("document_frequency", len(terms), n_documents)
            vectorizer._learned()
        if form.value("goes_on", bool):
            if "seen.blob" in form.tensors:
                seen = Terms(*form.strings("seen"))
                documents = form.counts("seen.documents", len(seen), n_documents)
            else:
                seen, documents = terms, form.counts("document_frequency", len(terms), n_documents)
            occurrences = form.counts("seen.occurrences", len(seen)) if "seen.occurrences" in form.tensors else None
            vectorizer._seen = Seen(seen, documents, occurrences, n_documents)
        return vectorizer

    # What the vectorizer itself has to have.

    @property
    def _method(self) -> str:
        """What ``--method`` calls it."""
        raise NotImplementedError

    def _check_vocabulary(self) -> None:
        raise NotImplementedError

    def _forget(self, analyzer: Analyzer) -> None:
        raise NotImplementedError

    def _learned(self) -> None:
        """Derive what depends on document frequencies."""
