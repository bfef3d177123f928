"""`RecurrentEstimator`: what the recurrent classifier and the tagger share: words, their vectors, and the encoder."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from textrep.checks import check_choice, check_count, check_real, check_switch
from textrep.classifiers.batches import PaddedBatch
from textrep.classifiers.embeddings import TokenEmbedding
from textrep.classifiers.estimator import NetworkEstimator
from textrep.classifiers.recurrent import CELLS, RecurrentEncoder
from textrep.classifiers.saved_words import restored_words, saved_words
from textrep.classifiers.tokens import Tokens
from textrep.classifiers.word_dropout import WordDropout
from textrep.classifiers.words import Words, check_store, learn_words
from textrep.documents import tags_of_texts
from textrep.store import EmbeddingStore
from textrep.store.file import Saved
from textrep.store.form import SavedForm
from textrep.text.tokenizers import Tokenizer
from textrep.warning import warn

__all__ = ["PREDICTED_AT_ONCE", "PREDICTED_IN_A_BATCH", "RecurrentEstimator"]

PREDICTED_AT_ONCE = 1 << 14  # documents whose unseen words have vectors in memory together
PREDICTED_IN_A_BATCH = 256

_SPARSE_FROM = 1 << 20  # numbers in the table of words, from which sparse gradients make a step faster


class RecurrentEstimator(NetworkEstimator):
    """Base of the estimators that read words; a subclass has the parameters.

    Attributes
    ----------
    words_ : Words
        The words that the network knows, and where vectors of others come from.
    """

    words_: Words

    _architecture_parameters: ClassVar[tuple[str, ...]] = (
        "cell", "hidden_size", "num_layers", "bidirectional", "fine_tune", "vector_size", "dropout"
    )  # fmt: skip

    store: EmbeddingStore | None
    cell: str
    hidden_size: int
    num_layers: int
    bidirectional: bool
    fine_tune: bool
    vector_size: int
    min_count: int
    dropout: float

    def _check_network(self) -> None:
        """Refuse parameters that no network can be built with."""
        check_store(self.store)
        self._check_counts()
        if self.store is None and not self.fine_tune:
            raise ValueError(
                "fine_tune=False freezes the vectors of a store, and without one there is nothing to freeze; pass "
                "store=, or fine_tune=True"
            )

    def _check_counts(self) -> None:
        check_choice("cell", self.cell, tuple(CELLS))
        for name in ("hidden_size", "num_layers", "vector_size"):
            check_count(name, getattr(self, name))
        for name in ("bidirectional", "fine_tune"):
            check_switch(name, getattr(self, name))
        check_real("dropout", self.dropout, 0.0, 0.99, "0 is none, 0.5 is usual")

    def _learn_words(
        self, tokens: Tokens, training: NDArray[np.int64], tokenizer: Tokenizer | None = None
    ) -> NDArray[np.float32] | None:
        """Set `words_` to those of the documents trained on; return their vectors in the store."""
        self.words_, vectors = learn_words(tokens, training, self.store, self.min_count, tokenizer)
        n_tokens = int(tokens.lengths[training].sum())
        known = int(self.words_.counts.sum())
        if self.store is not None and 2 * known < n_tokens:
            name = self.store.path or "the store"
            warn(
                f"{name} has vectors for {known:,} of the {n_tokens:,} words trained on; all others are one unknown "
                "word. Was it made of texts in another language, or by another tokenizer?"
            )
        return vectors

    def _embedding(self, vectors: NDArray[np.float32] | None) -> TokenEmbedding:
        """Return the table of `words_`; without vectors, they are random."""
        words, store = self.words_, self.words_.store
        size = self.vector_size if store is None else store.dim
        return TokenEmbedding(
            len(words),
            size,
            vectors,
            self.fine_tune,
            sparse_gradient=len(words) * size >= _SPARSE_FROM,
            word_dropout=WordDropout(words.counts),
        )

    def _encoder(self, input_size: int) -> RecurrentEncoder:
        return RecurrentEncoder(
            input_size, self.hidden_size, self.cell, self.num_layers, self.bidirectional, self.dropout
        )

    def _state(self) -> Saved:
        state, words = super()._state(), saved_words(self.words_).below("words")
        return Saved({**state.header, **words.header}, {**state.tensors, **words.tensors})

    def _restore(self, form: SavedForm) -> None:
        super()._restore(form)
        self._check_counts()
        self.words_ = restored_words(form.section("words"))
        self.store = self.words_.store

    def _placeholders(self) -> NDArray[np.float32] | None:
        """Return vectors of words for a network that is to be filled later; what is frozen is not made without."""
        store = self.words_.store
        if self.fine_tune or store is None:
            return None
        return np.broadcast_to(np.float32(0), (len(self.words_), store.dim))

    def _examples(self, device: torch.device) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        few, more = (
            PaddedBatch(torch.ones(n, longest, dtype=torch.int64), torch.full((n,), longest)).to(device)
            for n, longest in ((2, 4), (3, 5))
        )
        return (few,), (more,)

    def __sklearn_tags__(self) -> Any:
        return tags_of_texts(super().__sklearn_tags__())
