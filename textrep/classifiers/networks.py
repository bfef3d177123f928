"""The networks of the recurrent classifier and of the tagger, put together from their parts.

That of the feedforward classifier is `textrep.classifiers.feedforward.FeedForward` alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from textrep.classifiers.batches import PaddedBatch
from textrep.classifiers.characters import CharacterBatch, CharacterFeatures
from textrep.classifiers.crf import NO_TAG, LinearChainCRF
from textrep.classifiers.embeddings import TokenEmbedding
from textrep.classifiers.feedforward import FeedForward
from textrep.classifiers.poolings import StatePooling
from textrep.classifiers.recurrent import RecurrentEncoder
from textrep.classifiers.tags import TagConstraints

__all__ = ["DocumentNetwork", "TaggingHead", "TaggingNetwork"]


class DocumentNetwork(nn.Module):
    """From words to logits of a document: embedding, recurrent encoder, pooling, feedforward network.

    Parameters
    ----------
    embedding : TokenEmbedding
        Vectors of words.
    encoder : RecurrentEncoder
        States of words; its inputs are the vectors.
    n_outputs : int
        How many logits a document has.
    pooling : {"max", "mean", "last", "attention"}
        How states become one vector.
    hidden_layer_sizes : sequence of int
        Layers between that vector and the logits.
    activation : {"relu", "tanh", "sigmoid", "identity"}
        What follows each of these layers.
    dropout : float
        The share of numbers dropped from the words' vectors, from the pooled vector and from hidden layers.
    """

    def __init__(
        self,
        embedding: TokenEmbedding,
        encoder: RecurrentEncoder,
        n_outputs: int,
        pooling: str = "max",
        hidden_layer_sizes: Sequence[int] = (),
        activation: str = "relu",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.encoder = encoder
        self.pooling = StatePooling(pooling, encoder.output_size, encoder.bidirectional)
        self.head = FeedForward(encoder.output_size, n_outputs, hidden_layer_sizes, activation, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch: PaddedBatch) -> Tensor:
        """Return logits (batch x n_outputs)."""
        vectors = self.dropout(self.embedding(batch.ids, batch.others))  # [batch, longest, vector_size]
        states = self.encoder(vectors, batch.lengths)  # [batch, longest, encoder.output_size]
        logits: Tensor = self.head(self.dropout(self.pooling(states, batch.lengths)))
        return logits


class TaggingHead(nn.Module):
    """From states of tokens to tags, each for itself or in a chain.

    Parameters
    ----------
    size : int
        How many numbers a state has.
    n_tags : int
        How many tags there are.
    crf : bool
        Whether scores of neighbouring tags are learned. Without, a tag depends on the states only, unless constraints
        are given at decoding.
    """

    def __init__(self, size: int, n_tags: int, crf: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(size, n_tags)
        self.chain = LinearChainCRF(n_tags)
        self.crf = crf
        if not crf:  # a chain in which all neighbours are equally good
            for scores in self.chain.parameters():
                nn.init.zeros_(scores)
                scores.requires_grad_(False)

    def forward(self, states: Tensor) -> Tensor:
        """Return emissions (batch x time x n_tags), scores of tags, for states (batch x time x size)."""
        emissions: Tensor = self.linear(states)
        return emissions

    def losses(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Return for each sequence the negative logarithm of the probability of its tags.

        Parameters
        ----------
        emissions : Tensor, shape (batch, time, n_tags)
            As `forward` gives them.
        tags : Tensor of int64, shape (batch, time)
            The right tags; `NO_TAG` after the end of a sequence.
        lengths : Tensor of int64, shape (batch,)
            How long each sequence is.

        Returns
        -------
        Tensor, shape (batch,)
            Sums over tokens.
        """
        if self.crf:
            return -self.chain.log_likelihood(emissions, tags, lengths)
        losses = functional.cross_entropy(emissions.transpose(1, 2), tags, ignore_index=NO_TAG, reduction="none")
        return losses.sum(1)

    def decode(self, emissions: Tensor, lengths: Tensor, constraints: TagConstraints | None = None) -> Tensor:
        """Return the best tags, as `LinearChainCRF.decode` does."""
        return self.chain.decode(emissions, lengths, constraints)

    @torch.no_grad()
    def probabilities(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the probability of each tag at each place, as `LinearChainCRF.marginals` does."""
        return self.chain.marginals(emissions, lengths)


class TaggingNetwork(nn.Module):
    """From words to scores of tags: embedding and characters, recurrent encoder, tagging head.

    Parameters
    ----------
    embedding : TokenEmbedding
        Vectors of words.
    encoder : RecurrentEncoder
        States of words; its inputs are the vectors, and the features of characters behind them.
    head : TaggingHead
        What makes tags of states.
    characters : CharacterFeatures, optional
        Features of words from their characters.
    dropout : float
        The share of numbers dropped from what the encoder reads and gives.
    """

    def __init__(
        self,
        embedding: TokenEmbedding,
        encoder: RecurrentEncoder,
        head: TaggingHead,
        characters: CharacterFeatures | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.characters = characters
        self.encoder = encoder
        self.head = head
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch: PaddedBatch, characters: CharacterBatch | None = None) -> Tensor:
        """Return emissions (batch x longest x n_tags); `characters` is needed if the network has features of them."""
        if (self.characters is None) != (characters is None):
            raise ValueError("characters must be given to a network with features of characters, and to no other")
        inputs = self.embedding(batch.ids, batch.others)  # [batch, longest, vector_size]
        if self.characters is not None:
            inputs = torch.cat([inputs, self.characters(characters)], 2)
        states = self.encoder(self.dropout(inputs), batch.lengths)  # [batch, longest, encoder.output_size]
        emissions: Tensor = self.head(self.dropout(states))
        return emissions
