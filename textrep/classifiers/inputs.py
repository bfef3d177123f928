"""Documents as a recurrent network reads them: batches of numbers of words, and of characters for a tagger.

The same for training and for prediction.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from textrep.classifiers.alphabet import Alphabet
from textrep.classifiers.batches import PaddedBatch, Plan, pad_documents, plan_batches, plan_epoch
from textrep.classifiers.characters import CharacterBatch, take_characters
from textrep.classifiers.tokens import Tokens
from textrep.classifiers.words import Words

__all__ = ["DocumentSource", "SentenceSource"]


class DocumentSource:
    """Documents, as a `textrep.classifiers.learners.Source`.

    Parameters
    ----------
    tokens : Tokens
        The documents.
    words : Words
        What the network knows of their words.
    batch_size : int
        Documents in a batch, at most.
    device : torch.device
        Where the network is. Vectors of words that are not in its table are brought there once.

    Attributes
    ----------
    lengths : ndarray of int64, shape (n_documents,)
        How many tokens each document has.
    """

    def __init__(self, tokens: Tokens, words: Words, batch_size: int, device: torch.device) -> None:
        numbered = words.number(tokens)
        self._tokens = tokens
        self._ids = numbered.ids
        self._others = None if numbered.others is None else torch.from_numpy(numbered.others).to(device)
        self._batch_size = batch_size
        self.lengths = tokens.lengths

    def __len__(self) -> int:
        return len(self._tokens)

    def take(self, rows: NDArray[np.int64]) -> PaddedBatch:
        """Return some documents as a batch."""
        return pad_documents(self._ids, self._tokens.offsets, rows, self._others)

    def plan(self, rows: NDArray[np.int64]) -> Plan:
        """Share documents out into batches of like lengths, always in the same way."""
        return [rows[places] for places in plan_batches(self.lengths[rows], self._batch_size)]

    def plan_epoch(self, rows: NDArray[np.int64], generator: np.random.Generator) -> Plan:
        """Share documents out into batches of like lengths at random."""
        return [rows[places] for places in plan_epoch(self.lengths[rows], self._batch_size, generator)]


class SentenceSource(DocumentSource):
    """Sentences, with the characters of their tokens.

    Parameters
    ----------
    tokens, words, batch_size, device
        As `DocumentSource` has them.
    alphabet : Alphabet, optional
        The characters that the network knows, if it looks at them.
    """

    def __init__(
        self, tokens: Tokens, words: Words, batch_size: int, device: torch.device, alphabet: Alphabet | None = None
    ) -> None:
        super().__init__(tokens, words, batch_size, device)
        self._characters = None if alphabet is None else alphabet.number(tokens.distinct)

    def take_characters(self, rows: NDArray[np.int64]) -> CharacterBatch | None:
        """Return the characters of some sentences' tokens; None without an alphabet."""
        if self._characters is None:
            return None
        return take_characters(self._tokens.ids, self._tokens.offsets, rows, *self._characters)
