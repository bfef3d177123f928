"""One-hot, count and TF-IDF vectorizers in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from textrep.bags.seen import Seen
from textrep.bags.terms import Terms
from textrep.keytable import why_not_utf8
from textrep.order import first_unordered
from textrep.store.file import Saved
from textrep.store.form import SavedForm
from textrep.vectorizers.checks import analyzer_of, check_limits
from textrep.vectorizers.parameters import parameters_as_json

if TYPE_CHECKING:
    from textrep.vectorizers.sparse import SparseVectorizer

__all__ = ["restored_sparse", "saved_sparse"]

_Vectorizer = TypeVar("_Vectorizer", bound="SparseVectorizer")


def saved_sparse(vectorizer: SparseVectorizer) -> Saved:
    """Return what a file holds of a fitted vectorizer; what it has seen only where that is more than its vocabulary."""
    given = vectorizer.get_params(deep=False)
    del given["vocabulary"]
    seen = vectorizer._seen
    header: dict[str, Any] = {
        "method": vectorizer._method,
        "parameters": parameters_as_json(vectorizer, given),
        "fixed_vocabulary": vectorizer.fixed_vocabulary_,
        "n_documents": vectorizer.n_documents_,
        "goes_on": seen is not None,
    }
    table = vectorizer.vocabulary_.table
    tensors: dict[str, NDArray[Any]] = {
        "terms.blob": table.blob,
        "terms.offsets": table.offsets,
        "terms.slots": table.slots,
    }
    if hasattr(vectorizer, "document_frequency_"):
        tensors["document_frequency"] = vectorizer.document_frequency_
    if seen is not None:
        if len(seen.terms) > len(table):
            tensors["seen.blob"], tensors["seen.offsets"] = seen.terms.blob, seen.terms.offsets
            tensors["seen.documents"] = seen.documents
        if seen.occurrences is not None:
            tensors["seen.occurrences"] = seen.occurrences
    return Saved(header, tensors)


def restored_sparse(cls: type[_Vectorizer], form: SavedForm) -> _Vectorizer:
    """Return the vectorizer that a file holds."""
    form.verify()
    parameters = dict(form.value("parameters", dict))
    parameters["dtype"] = np.dtype(parameters.get("dtype")).type
    parameters["ngram_range"] = tuple(parameters.get("ngram_range", ()))
    vectorizer = cls(**parameters)
    terms = Terms.from_table(form.table("terms"))
    if form.value("fixed_vocabulary", bool):
        vectorizer.vocabulary = terms
    check_limits(vectorizer)
    vectorizer._forget(analyzer_of(vectorizer))
    vectorizer.vocabulary_ = terms
    n_documents = vectorizer.n_documents_ = form.count("n_documents")
    if "document_frequency" in form.tensors:
        vectorizer.document_frequency_ = form.counts("document_frequency", len(terms), n_documents)
        vectorizer._learned()
    if form.value("goes_on", bool):
        seen, documents = _seen_in(form, n_documents) or (
            terms,
            form.counts("document_frequency", len(terms), n_documents),
        )
        _check_order(form, seen)
        occurrences = form.counts("seen.occurrences", len(seen)) if "seen.occurrences" in form.tensors else None
        vectorizer._seen = Seen(seen, documents, occurrences, n_documents)
    return vectorizer


def _seen_in(form: SavedForm, n_documents: int) -> tuple[Terms, NDArray[np.int64]] | None:
    """Return the terms that were seen, and how many documents have each; None if they are the vocabulary."""
    if "seen.blob" not in form.tensors:
        return None
    blob, offsets = form.strings("seen")
    if reason := why_not_utf8(blob, offsets):
        raise form.refusal(f"its tensor 'seen.blob': {reason}", "seen.blob")
    return Terms(blob, offsets), form.counts("seen.documents", len(offsets) - 1, n_documents)


def _check_order(form: SavedForm, seen: Terms) -> None:
    """Refuse terms that are not in the order of their code points, or not all different: none would be found again."""
    tensor = "seen.blob" if "seen.blob" in form.tensors else "terms.blob"
    if (first := first_unordered(seen.blob, seen.offsets)) is not None:
        seen.check()  # says what is no UTF-8
        raise form.refusal(
            f"its tensor {tensor!r} is out of order: term {first:,} does not come after the one before", tensor
        )
