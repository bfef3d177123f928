"""The CRF against an enumeration of all sequences of tags, and against pytorch-crf."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from textrep.classifiers.crf import NO_TAG, LinearChainCRF
from textrep.classifiers.tags import TagConstraints, allowed_transitions

SHAPES = st.tuples(
    st.integers(1, 4),  # tags
    st.lists(st.integers(0, 4), min_size=0, max_size=4),  # lengths
    st.integers(0, 2),  # columns of padding beyond the longest
    st.integers(0, 2**32 - 1),  # seed
)


def random_case(
    n_tags: int, lengths: list[int], extra: int, seed: int
) -> tuple[LinearChainCRF, Tensor, Tensor, Tensor]:
    """A CRF, emissions, tags and lengths in float64; what follows a sequence is NaN, and no tag."""
    generator = torch.Generator().manual_seed(seed)
    crf = LinearChainCRF(n_tags).double()
    for parameter in crf.parameters():
        parameter.data.normal_(std=2, generator=generator)
    time = max([0, *lengths]) + extra
    emissions = torch.randn(len(lengths), time, n_tags, dtype=torch.float64, generator=generator) * 3
    tags = torch.randint(n_tags, (len(lengths), time), generator=generator)
    for row, length in enumerate(lengths):
        emissions[row, length:] = torch.nan
        tags[row, length:] = -100
    return crf, emissions, tags, torch.tensor(lengths, dtype=torch.int64)


def all_paths(crf: LinearChainCRF, emissions: Tensor) -> tuple[list[tuple[int, ...]], NDArray[np.float64]]:
    """Every sequence of tags for one sequence's emissions, and the scores, computed one by one."""
    start, end = crf.start.tolist(), crf.end.tolist()
    transitions, own = crf.transitions.tolist(), emissions.tolist()
    paths = list(product(range(crf.n_tags), repeat=len(own)))
    scores = []
    for path in paths:
        score = sum(own[t][tag] for t, tag in enumerate(path))
        score += sum(transitions[a][b] for a, b in pairwise(path))
        scores.append(score + (start[path[0]] + end[path[-1]] if path else 0))
    return paths, np.array(scores)


def log_sum(scores: NDArray[np.float64]) -> float:
    return float(np.log(np.exp(scores - scores.max()).sum()) + scores.max())


@settings(deadline=None)
@given(SHAPES)
def test_sums_likelihoods_and_marginals_are_those_of_all_paths(shape: tuple[int, list[int], int, int]) -> None:
    crf, emissions, tags, lengths = random_case(*shape)
    partition = crf.log_partition(emissions, lengths)
    likelihood = crf.log_likelihood(emissions, tags, lengths)
    marginals = crf.marginals(emissions, lengths)
    assert partition.shape == likelihood.shape == lengths.shape
    assert marginals.shape == emissions.shape
    for row, length in enumerate(lengths.tolist()):
        paths, scores = all_paths(crf, emissions[row, :length])
        total = log_sum(scores)
        assert partition[row].item() == pytest.approx(total, abs=1e-9)
        index = paths.index(tuple(tags[row, :length].tolist()))
        assert likelihood[row].item() == pytest.approx(scores[index] - total, abs=1e-9)
        expected = np.zeros((length, crf.n_tags))
        for path, probability in zip(paths, np.exp(scores - total), strict=True):
            expected[range(length), path] += probability
        np.testing.assert_allclose(marginals[row, :length].numpy(), expected, atol=1e-9)
        assert not marginals[row, length:].any()


@settings(deadline=None)
@given(SHAPES, st.booleans())
def test_decoding_finds_the_best_of_all_paths(shape: tuple[int, list[int], int, int], constrained: bool) -> None:
    crf, emissions, _, lengths = random_case(*shape)
    n = crf.n_tags
    random = np.random.default_rng(shape[-1])
    allowed = TagConstraints(random.random(n) < 0.6, random.random((n, n)) < 0.6, random.random(n) < 0.6)
    decoded = crf.decode(emissions, lengths, allowed if constrained else None)
    assert decoded.shape == emissions.shape[:2]
    assert decoded.dtype == torch.int64
    for row, length in enumerate(lengths.tolist()):
        paths, scores = all_paths(crf, emissions[row, :length])
        possible = [
            bool(
                allowed.start[path[0]]
                and allowed.end[path[-1]]
                and all(allowed.transitions[a, b] for a, b in pairwise(path))
            )
            for path in paths
            if path
        ]
        if constrained and any(possible):
            scores = np.where(possible, scores, -np.inf)
        assert tuple(decoded[row, :length].tolist()) == paths[int(scores.argmax())]
        assert (decoded[row, length:] == NO_TAG).all()


def test_a_row_without_an_allowed_path_is_decoded_freely_and_others_are_not() -> None:
    tags = ["B-X", "I-X", "E-X"]
    crf = LinearChainCRF(3)
    emissions = torch.zeros(3, 2, 3)
    emissions[:, :, 1] = 9
    constraints = allowed_transitions(tags, "BIOES")
    decoded = crf.decode(emissions, torch.tensor([2, 1, 0]), constraints)
    assert decoded.tolist() == [[0, 2], [1, NO_TAG], [NO_TAG, NO_TAG]]


def test_constraints_of_bio_are_kept() -> None:
    tags = ["O", "B-X", "I-X", "B-Y", "I-Y"]
    crf = LinearChainCRF(5)
    emissions = torch.randn(200, 7, 5) * 5
    constraints = allowed_transitions(tags, "BIO")
    lengths = torch.full((200,), 7)
    broken = 0
    for constraint in (None, constraints):
        paths = crf.decode(emissions, lengths, constraint).numpy()
        broken = int(
            (~constraints.start[paths[:, 0]]).sum() + (~constraints.transitions[paths[:, :-1], paths[:, 1:]]).sum()
        )
        assert (broken == 0) == (constraint is not None)


@settings(deadline=None)
@given(SHAPES)
def test_a_sequence_gives_the_same_alone(shape: tuple[int, list[int], int, int]) -> None:
    crf, emissions, tags, lengths = random_case(*shape)
    likelihood, decoded = crf.log_likelihood(emissions, tags, lengths), crf.decode(emissions, lengths)
    for row, length in enumerate(lengths.tolist()):
        own = emissions[row : row + 1, :length], tags[row : row + 1, :length], lengths[row : row + 1]
        torch.testing.assert_close(crf.log_likelihood(*own)[0], likelihood[row], rtol=1e-9, atol=1e-9)
        assert crf.decode(own[0], own[2])[0].tolist() == decoded[row, :length].tolist()


@pytest.mark.parametrize("lengths", [[3, 1, 0, 2], [2, 2], [0], [1]])
def test_gradients_are_right(lengths: list[int]) -> None:
    crf, emissions, tags, lengths_ = random_case(3, lengths, 1, 5)
    emissions = emissions.nan_to_num(7.0).requires_grad_()

    def likelihood(emissions: Tensor, *_: Tensor) -> Tensor:  # gradcheck changes the parameters where they are
        return crf.log_likelihood(emissions, tags, lengths_)

    assert torch.autograd.gradcheck(likelihood, (emissions, *crf.parameters()))


def test_padding_gets_no_gradient_even_if_it_is_nan() -> None:
    crf, emissions, tags, lengths = random_case(3, [3, 0, 1], 2, 1)
    emissions.requires_grad_()
    crf.log_likelihood(emissions, tags, lengths).sum().backward()
    inside = torch.arange(5) < lengths[:, None]
    assert not emissions.grad[~inside].any()
    assert emissions.grad[inside].all()
    assert all(parameter.grad.isfinite().all() for parameter in crf.parameters())


def test_long_sequences_with_great_scores_do_not_overflow() -> None:
    crf = LinearChainCRF(3)
    emissions = torch.randn(2, 2000, 3) * 1e4
    lengths = torch.tensor([2000, 1999])
    best = crf.decode(emissions, lengths)
    likelihood = crf.log_likelihood(emissions, best, lengths)
    assert likelihood.isfinite().all()
    assert crf.marginals(emissions, lengths).isfinite().all()


@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_pytorch_crf(seed: int) -> None:
    torchcrf = pytest.importorskip("torchcrf")
    generator = torch.Generator().manual_seed(seed)
    n_tags = 1 + seed * 3
    lengths = torch.randint(1, 20, (8,), generator=generator)  # it refuses empty sequences
    emissions = torch.randn(8, 20, n_tags, generator=generator)
    tags = torch.randint(n_tags, (8, 20), generator=generator)
    ours, theirs = LinearChainCRF(n_tags), torchcrf.CRF(n_tags, batch_first=True)
    theirs.load_state_dict(
        {
            "start_transitions": ours.start.data,
            "transitions": ours.transitions.data,
            "end_transitions": ours.end.data,
        }
    )
    mask = torch.arange(20) < lengths[:, None]
    expected = theirs(emissions, tags, mask, reduction="none")
    torch.testing.assert_close(ours.log_likelihood(emissions, tags, lengths), expected, rtol=1e-4, atol=1e-4)
    decoded = ours.decode(emissions, lengths)
    assert [row[row != NO_TAG].tolist() for row in decoded] == theirs.decode(emissions, mask)


def test_what_does_not_fit_is_refused() -> None:
    crf = LinearChainCRF(3)
    emissions = torch.zeros(2, 4, 3)
    with pytest.raises(ValueError, match=r"^n_tags=0: a CRF needs at least one tag$"):
        LinearChainCRF(0)
    with pytest.raises(ValueError, match=r"^emissions have 2 scores for each token, but there are 3 tags$"):
        crf.decode(emissions[:, :, :2], torch.tensor([4, 4]))
    for lengths in ([4, 5], [4, -1], [4]):
        with pytest.raises(ValueError, match=r"^lengths must be 2 numbers from 0 to 4; got \["):
            crf.log_partition(emissions, torch.tensor(lengths))
    with pytest.raises(ValueError, match=r"^tags must be from 0 to 2 within a sequence; got 3$"):
        crf.score(emissions, torch.tensor([[0, 0, 0, 3], [0, 0, 0, 0]]), torch.tensor([4, 4]))
