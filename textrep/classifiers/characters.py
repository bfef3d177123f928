"""`CharacterFeatures`: a vector for each word from its characters, by a convolution and a maximum; and their batches.

After Ma and Hovy: End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF. ACL 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from textrep.classifiers.batches import FIRST_WORD, PADDING, pad_values

__all__ = ["CharacterBatch", "CharacterFeatures", "take_characters"]


@dataclass(frozen=True)
class CharacterBatch:
    """The distinct words of a batch by their characters, and where each word stands.

    Attributes
    ----------
    characters : Tensor of int64, shape (n_characters_of_all_words,)
        The characters, word after word, shifted as words are in a batch.
    lengths : Tensor of int64, shape (n_words,)
        How many characters each distinct word has. Padding counts as a word without characters.
    places : Tensor of int64, shape (batch, longest)
        Which of the distinct words stands at each place.
    """

    characters: Tensor
    lengths: Tensor
    places: Tensor

    @classmethod
    def of_one_word(cls, n_characters: int, words: Tensor) -> CharacterBatch:
        """Return the characters of a batch (int64 [batch, longest]) in which all words are the same."""
        return cls(torch.ones(n_characters, dtype=torch.int64), torch.tensor([n_characters]), torch.zeros_like(words))

    def to(self, device: torch.device | str) -> CharacterBatch:
        """Return the batch on a device."""
        return CharacterBatch(self.characters.to(device), self.lengths.to(device), self.places.to(device))


def take_characters(
    words: NDArray[np.int32],
    offsets: NDArray[np.int64],
    documents: NDArray[np.int64],
    characters: NDArray[np.int32],
    character_offsets: NDArray[np.int64],
) -> CharacterBatch:
    """Return the characters of some documents' words, those of equal words once.

    Parameters
    ----------
    words : ndarray of int32, shape (n_tokens,)
        Which distinct word each token of all documents is.
    offsets : ndarray of int64, shape (n_documents + 1,)
        Document ``i`` is ``words[offsets[i]:offsets[i + 1]]``.
    documents : ndarray of int64, shape (batch,)
        Which documents the batch is to hold.
    characters : ndarray of int32, shape (n_characters_of_all_words,)
        The characters of all distinct words: numbers from 0, and -1 for an unknown one.
    character_offsets : ndarray of int64, shape (n_distinct_words + 1,)
        Word ``i`` is ``characters[character_offsets[i]:character_offsets[i + 1]]``.
    """
    table, _ = pad_values(words, offsets, documents, -1)
    distinct, places = np.unique(table, return_inverse=True)  # -1, where there is padding, is the first
    begins = character_offsets[distinct]
    lengths = np.where(distinct < 0, 0, character_offsets[distinct + 1] - begins)  # int64 [n_words]
    before = np.cumsum(lengths) - lengths  # characters of the words before
    within = np.arange(lengths.sum()) - np.repeat(before, lengths)  # place of a character in its word
    chosen = characters[np.repeat(begins, lengths) + within].astype(np.int64) + FIRST_WORD
    return CharacterBatch(
        torch.from_numpy(chosen), torch.from_numpy(lengths), torch.from_numpy(places.reshape(table.shape))
    )


class CharacterFeatures(nn.Module):
    """From the characters of words to vectors of words.

    All characters of all words lie on one line, with padding between words, so that one long word costs no more than
    its own characters.

    Parameters
    ----------
    n_characters : int
        How many characters are known.
    n_filters : int
        How many numbers a word gets.
    character_size : int
        How many numbers a character's vector has.
    width : int
        How many characters a filter sees; an odd number.

    Attributes
    ----------
    output_size : int
        `n_filters`.
    """

    def __init__(self, n_characters: int, n_filters: int = 50, character_size: int = 25, width: int = 3) -> None:
        super().__init__()
        if width < 1 or width % 2 == 0:
            raise ValueError(f"width={width}: it must be an odd number, so that a filter has a middle")
        self.output_size = n_filters
        self.characters = nn.Embedding(n_characters + 2, character_size, padding_idx=PADDING)
        self.convolution = nn.Conv1d(character_size, n_filters, width, padding=width // 2)

    def forward(self, batch: CharacterBatch) -> Tensor:
        """Return a vector for the word at each place.

        Parameters
        ----------
        batch : CharacterBatch
            The words.

        Returns
        -------
        Tensor, shape (batch, longest, n_filters)
            Zeros for padding, and for a word without characters.
        """
        characters, lengths = batch.characters, batch.lengths
        gap = self.convolution.kernel_size[0] // 2  # of padding, so that no filter sees two words
        word = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), lengths)  # [n_characters]
        places = torch.arange(len(characters), device=lengths.device) + gap * word  # [n_characters]
        line = characters.new_full((len(characters) + gap * len(lengths) + 1,), PADDING)
        line[places] = characters
        filtered = self.convolution(self.characters(line).T[None])[0].T[places]  # [n_characters, n_filters]
        words = filtered.new_zeros(len(lengths), self.output_size)
        # Zeros take part in the maximum, and after ReLU nothing is below them.
        words = words.scatter_reduce(0, word[:, None].expand_as(filtered), functional.relu(filtered), "amax")
        return functional.embedding(batch.places, words)
