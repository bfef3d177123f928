"""From documents to padded batches: which documents make a batch, and what a batch holds.

Documents of like length share a batch, so that little is spent on padding: of the 67,349 sentences of SST-2 in batches
of 64, 73 % of the places are padding in the order of the file, and 3 % here.

Numbers of words are shifted by two in a batch, so that `PADDING` and `UNKNOWN` have numbers of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = [
    "FIRST_WORD",
    "PADDING",
    "UNKNOWN",
    "PaddedBatch",
    "Plan",
    "inverse_order",
    "pad_documents",
    "pad_values",
    "plan_batches",
    "plan_epoch",
]

PADDING = 0
UNKNOWN = 1  # a word that is not in the vocabulary, -1 in a document
FIRST_WORD = 2  # word 0 of the vocabulary

_POOL = 100  # batches whose documents are sorted by length together
_MAX_PLACES = 1 << 18  # 64 documents of 4,096 words; 100 MB for vectors of 100 numbers

Plan = list[NDArray[np.int64]]


@dataclass(frozen=True)
class PaddedBatch:
    """Documents side by side.

    Attributes
    ----------
    ids : Tensor of int64, shape (batch, longest)
        Numbers of words, shifted; `PADDING` after the end of a document. At least one column.
    lengths : Tensor of int64, shape (batch,)
        How many words each document has.
    others : Tensor of float32, shape (n_others, vector_size), or None
        Vectors of words whose numbers are beyond the vocabulary, in the order of these numbers.
    """

    ids: Tensor
    lengths: Tensor
    others: Tensor | None = None

    def to(self, device: torch.device | str) -> PaddedBatch:
        """Return the batch on a device."""
        others = None if self.others is None else self.others.to(device)
        return PaddedBatch(self.ids.to(device), self.lengths.to(device), others)


def plan_batches(lengths: NDArray[np.int64], batch_size: int, max_places: int = _MAX_PLACES) -> Plan:
    """Share documents out into batches by length, always in the same way; for prediction.

    Parameters
    ----------
    lengths : ndarray of int64, shape (n_documents,)
        How many words each document has.
    batch_size : int
        Documents in a batch, at most.
    max_places : int
        Batches of long documents hold fewer, so that a batch has at most so many places, padding included. A document
        that is longer has a batch of its own; none is cut.

    Returns
    -------
    list of ndarray of int64
        Which documents each batch holds, the shortest first. Each document is in one batch.
    """
    if batch_size < 1 or max_places < 1:
        raise ValueError(f"batch_size={batch_size} and max_places={max_places}: both must be 1 or more")
    return _cut(np.argsort(lengths, kind="stable"), np.asarray(lengths), batch_size, max_places)


def plan_epoch(
    lengths: NDArray[np.int64],
    batch_size: int,
    generator: np.random.Generator,
    *,
    pool: int = _POOL,
    max_places: int = _MAX_PLACES,
) -> Plan:
    """Share documents out into batches by length at random, each document once; for an epoch of training.

    Documents are shuffled and put into pools of ``pool * batch_size``. Each pool is sorted by length and cut into
    batches, and then all batches are shuffled.

    Parameters
    ----------
    lengths : ndarray of int64, shape (n_documents,)
        How many words each document has.
    batch_size : int
        Documents in a batch, at most.
    generator : numpy.random.Generator
        Where the randomness comes from.
    pool : int
        How many batches are sorted together. The more, the less padding, and the less do documents of unlike length
        meet in a batch.
    max_places : int
        As `plan_batches` has it.

    Returns
    -------
    list of ndarray of int64
        Which documents each batch holds.
    """
    if batch_size < 1 or pool < 1 or max_places < 1:
        raise ValueError(f"batch_size={batch_size}, pool={pool} and max_places={max_places}: all must be 1 or more")
    lengths = np.asarray(lengths)
    shuffled = generator.permutation(len(lengths))
    plan: Plan = []
    for begin in range(0, len(shuffled), pool * batch_size):
        documents = shuffled[begin : begin + pool * batch_size]
        by_length = documents[np.argsort(lengths[documents], kind="stable")]
        plan += _cut(by_length, lengths, batch_size, max_places)
    return [plan[i] for i in generator.permutation(len(plan))]


def inverse_order(plan: Plan) -> NDArray[np.int64]:
    """Return where each document's result is when those of all batches are put one after another.

    ``np.concatenate(results)[inverse_order(plan)]`` has them in the order of the documents.
    """
    order = np.concatenate([np.empty(0, np.int64), *plan])
    inverse = np.empty(len(order), np.int64)  # [n_documents]
    inverse[order] = np.arange(len(order))
    return inverse


def pad_documents(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    documents: NDArray[np.int64],
    others: Tensor | None = None,
) -> PaddedBatch:
    """Put documents into a batch.

    Parameters
    ----------
    ids : ndarray of int32, shape (n_tokens,)
        The words of all documents: numbers from 0, and -1 for an unknown word.
    offsets : ndarray of int64, shape (n_documents + 1,)
        Document ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.
    documents : ndarray of int64, shape (batch,)
        Which documents the batch is to hold.
    others : Tensor of float32, shape (n_others, vector_size), optional
        As `PaddedBatch` has it.
    """
    padded, lengths = pad_values(ids, offsets, documents, PADDING - FIRST_WORD)
    return PaddedBatch(torch.from_numpy(padded + FIRST_WORD), torch.from_numpy(lengths), others)


def pad_values(
    values: NDArray[Any], offsets: NDArray[np.int64], documents: NDArray[np.int64], padding: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put one number for each word of some documents into a table: tags, for example.

    Parameters
    ----------
    values : ndarray of int, shape (n_tokens,)
        The numbers of all documents.
    offsets : ndarray of int64, shape (n_documents + 1,)
        Document ``i`` has ``values[offsets[i]:offsets[i + 1]]``.
    documents : ndarray of int64, shape (batch,)
        Which documents the table is to hold.
    padding : int
        What comes after the end of a document.

    Returns
    -------
    table : ndarray of int64, shape (batch, longest)
        At least one column.
    lengths : ndarray of int64, shape (batch,)
        How many words each document has.
    """
    begins = offsets[documents]  # [batch]
    lengths = np.asarray(offsets[documents + 1] - begins, np.int64)  # [batch]
    places = np.arange(max(1, lengths.max(initial=0)))  # [longest]
    inside = places < lengths[:, None]  # [batch, longest]
    table = np.full(inside.shape, padding, np.int64)
    table[inside] = values[(begins[:, None] + places)[inside]]
    return table, lengths


def _cut(documents: NDArray[np.int64], lengths: NDArray[np.int64], batch_size: int, max_places: int) -> Plan:
    """Cut documents, the shortest first, into batches."""
    plan = []
    begin = 0
    while begin < len(documents):
        chosen = documents[begin : begin + batch_size]
        places = lengths[chosen] * np.arange(1, len(chosen) + 1)  # of a batch that ends here; they rise
        chosen = chosen[: max(1, int(np.searchsorted(places, max_places, side="right")))]
        plan.append(chosen)
        begin += len(chosen)
    return plan
