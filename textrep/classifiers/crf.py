"""A linear-chain conditional random field over a batch of sequences.

The score of a sequence of tags is the sum of the emissions of its tags, of the transitions between neighbours, and of
how well the first tag begins and the last one ends it (Lafferty, McCallum, Pereira: Conditional Random Fields.
ICML 2001). Sums over all sequences of tags are computed by the forward algorithm, in logarithms.

Sequences lie at the beginning of their rows; what follows them in a row, whatever it is, changes no result and gets a
gradient of zero.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from textrep.classifiers.tags import TagConstraints

__all__ = ["NO_TAG", "LinearChainCRF"]

NO_TAG = -1  # what follows a sequence in a row of tags


class LinearChainCRF(nn.Module):
    """Scores of tags in a chain, learned.

    Parameters
    ----------
    n_tags : int
        How many tags there are.

    Attributes
    ----------
    start, end : Parameter of shape (n_tags,)
        Scores of the first and of the last tag of a sequence.
    transitions : Parameter of shape (n_tags, n_tags)
        ``transitions[i, j]``: the score of tag `j` after tag `i`.
    """

    def __init__(self, n_tags: int) -> None:
        super().__init__()
        if n_tags < 1:
            raise ValueError(f"n_tags={n_tags}: a CRF needs at least one tag")
        self.n_tags = n_tags
        self.start = nn.Parameter(torch.empty(n_tags).uniform_(-0.1, 0.1))
        self.transitions = nn.Parameter(torch.empty(n_tags, n_tags).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(n_tags).uniform_(-0.1, 0.1))

    def log_likelihood(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Return the logarithm of the probability of a sequence of tags, for each row.

        Parameters
        ----------
        emissions : Tensor, shape (batch, time, n_tags)
            Scores of each tag at each place.
        tags : Tensor of int64, shape (batch, time)
            The sequences; only the first `lengths` of each row are looked at.
        lengths : Tensor of int64, shape (batch,)
            How long each sequence is; 0 is allowed.

        Returns
        -------
        Tensor, shape (batch,)
            Zero for an empty sequence.
        """
        return self.score(emissions, tags, lengths) - self.log_partition(emissions, lengths)

    def score(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Return the score of a sequence of tags, for each row; parameters as `log_likelihood` has them."""
        inside = self._inside(emissions, lengths)  # bool [batch, time]
        if not emissions.shape[1]:
            return emissions.new_zeros(len(emissions))
        tags = tags.masked_fill(~inside, 0)
        wrong = (tags < 0) | (tags >= self.n_tags)
        if bool(wrong.any()):
            raise ValueError(f"tags must be from 0 to {self.n_tags - 1} within a sequence; got {int(tags[wrong][0])}")
        own = emissions.gather(2, tags[:, :, None])[:, :, 0]  # [batch, time]
        steps = self.transitions[tags[:, :-1], tags[:, 1:]]  # [batch, time - 1]
        last = tags.gather(1, _last(lengths)[:, None])[:, 0]  # [batch]
        ends = self.start[tags[:, 0]] + self.end[last]
        return (
            own.masked_fill(~inside, 0).sum(1)
            + steps.masked_fill(~inside[:, 1:], 0).sum(1)
            + ends.masked_fill(lengths == 0, 0)
        )

    def log_partition(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the logarithm of the sum of ``exp(score)`` over all sequences of tags, for each row.

        Parameters
        ----------
        emissions : Tensor, shape (batch, time, n_tags)
            Scores of each tag at each place.
        lengths : Tensor of int64, shape (batch,)
            How long each sequence is; 0 is allowed.

        Returns
        -------
        Tensor, shape (batch,)
            Zero for an empty sequence.
        """
        if not emissions.shape[1]:
            return emissions.new_zeros(len(emissions))
        forward = self._forward(emissions, lengths)  # [batch, time, n_tags]
        final = _at_last(forward, lengths) + self.end  # [batch, n_tags]
        return torch.logsumexp(final, 1).masked_fill(lengths == 0, 0)

    @torch.no_grad()
    def marginals(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return the probability of each tag at each place, whatever the other tags are.

        Parameters
        ----------
        emissions : Tensor, shape (batch, time, n_tags)
            Scores of each tag at each place.
        lengths : Tensor of int64, shape (batch,)
            How long each sequence is; 0 is allowed.

        Returns
        -------
        Tensor, shape (batch, time, n_tags)
            Within a sequence, rows that sum to 1; zeros after it.
        """
        inside = self._inside(emissions, lengths)
        if not emissions.shape[1]:
            return torch.zeros_like(emissions)
        forward, backward = self._forward(emissions, lengths), self._backward(emissions, lengths)
        return torch.softmax(forward + backward, 2) * inside[:, :, None]

    @torch.no_grad()
    def decode(self, emissions: Tensor, lengths: Tensor, constraints: TagConstraints | None = None) -> Tensor:
        """Return the sequence of tags with the highest score, for each row (the Viterbi algorithm).

        Parameters
        ----------
        emissions : Tensor, shape (batch, time, n_tags)
            Scores of each tag at each place.
        lengths : Tensor of int64, shape (batch,)
            How long each sequence is; 0 is allowed.
        constraints : TagConstraints, optional
            Only sequences that it allows are looked at. If it allows none of the length of a row (one token, and no
            tag may both begin and end), the row is decoded without it.

        Returns
        -------
        Tensor of int64, shape (batch, time)
            The tags, and `NO_TAG` after the end of a sequence.
        """
        inside = self._inside(emissions, lengths)
        if not emissions.numel():
            return torch.full(inside.shape, NO_TAG, device=emissions.device)
        scores, before = self._best_scores(emissions, lengths, constraints)  # [batch, n_tags], [time - 1] x the same
        if constraints is not None:
            impossible = (scores.amax(1) == -torch.inf) & (lengths > 0)  # [batch]
            if bool(impossible.any()):
                paths = self.decode(emissions, lengths.masked_fill(impossible, 0), constraints)
                free = self.decode(emissions[impossible], lengths[impossible])
                return paths.index_put((impossible,), free)
        tag = scores.argmax(1)  # [batch]
        path = [tag]
        for t in range(emissions.shape[1] - 2, -1, -1):
            came_from = before[t].gather(1, tag[:, None])[:, 0]
            tag = torch.where(t + 1 < lengths, came_from, tag)
            path.append(tag)
        return torch.stack(path[::-1], 1).masked_fill(~inside, NO_TAG)

    def _inside(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return which places belong to a sequence (bool [batch, time]); refuse what does not fit together."""
        batch, time, n_tags = emissions.shape
        if n_tags != self.n_tags:
            raise ValueError(f"emissions have {n_tags} scores for each token, but there are {self.n_tags} tags")
        if lengths.shape != (batch,) or bool(((lengths < 0) | (lengths > time)).any()):
            raise ValueError(f"lengths must be {batch} numbers from 0 to {time}; got {lengths.tolist()}")
        return torch.arange(time, device=emissions.device) < lengths[:, None]

    def _forward(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return log-sums over all beginnings that end in each tag at each place ([batch, time, n_tags]).

        What stands after a sequence is finite and means nothing.
        """
        emissions = emissions.masked_fill(~self._inside(emissions, lengths)[:, :, None], 0)
        sums = [self.start + emissions[:, 0]]  # each [batch, n_tags]
        for emission in emissions.unbind(1)[1:]:
            sums.append(torch.logsumexp(sums[-1][:, :, None] + self.transitions, 1) + emission)
        return torch.stack(sums, 1)

    def _backward(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """Return log-sums over all endings after each tag at each place ([batch, time, n_tags])."""
        sums = [self.end.expand(len(emissions), -1)]
        for t in range(emissions.shape[1] - 1, 0, -1):
            endings = torch.logsumexp(self.transitions + (emissions[:, t] + sums[-1])[:, None, :], 2)
            sums.append(torch.where((t < lengths)[:, None], endings, self.end))
        return torch.stack(sums[::-1], 1)

    def _best_scores(
        self, emissions: Tensor, lengths: Tensor, constraints: TagConstraints | None
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the best score of whole sequences by their last tag, and for each step which tag was before."""
        start: Tensor = self.start
        transitions: Tensor = self.transitions
        end: Tensor = self.end
        if constraints is not None:
            start = _only(start, constraints.start)
            transitions = _only(transitions, constraints.transitions)
            end = _only(end, constraints.end)
        scores = start + emissions[:, 0]  # [batch, n_tags]
        before = []  # int64 [batch, n_tags] each
        for t in range(1, emissions.shape[1]):
            best, came_from = (scores[:, :, None] + transitions).max(1)
            scores = torch.where((t < lengths)[:, None], best + emissions[:, t], scores)
            before.append(came_from)
        return scores + end, before


def _only(scores: Tensor, allowed: NDArray[np.bool_]) -> Tensor:
    """Return scores with minus infinity where something is not allowed."""
    return scores.masked_fill(~torch.as_tensor(allowed, device=scores.device), -torch.inf)


def _last(lengths: Tensor) -> Tensor:
    """Return the place of the last token; 0 for an empty sequence."""
    return (lengths - 1).clamp(min=0)


def _at_last(values: Tensor, lengths: Tensor) -> Tensor:
    """Return of ``values`` ([batch, time, n_tags]) those at the last token ([batch, n_tags])."""
    return values[torch.arange(len(values), device=values.device), _last(lengths)]
