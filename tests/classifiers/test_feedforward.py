"""Rows of matrices, and the feedforward network over dense and sparse ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from textrep.classifiers.feedforward import ACTIVATIONS, FeedForward, InputLayer
from textrep.classifiers.rows import SparseBatch, check_fits_float32, is_well_filled, take_rows


def random_matrix(n_columns: int, density: float, seed: int = 0) -> sparse.csr_array:
    """Twelve rows, of which some are empty."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(12, n_columns)) * (random.random((12, n_columns)) < density)
    X[[3, 11]] = 0
    return sparse.csr_array(X)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("value", [1e300, -3.5e38])
def test_numbers_beyond_float32_are_refused(kind: Callable[[np.ndarray], Any], value: float) -> None:
    X = random_matrix(300, 0.05).toarray()
    check_fits_float32(kind(X))
    X[7, 123] = 3.4e38
    check_fits_float32(kind(X))
    X[7, 123] = value
    with pytest.raises(
        ValueError, match=rf"^X\[7, 123\] is {re.escape(f'{value:g}')}, beyond float32, .* scale the in"
    ):
        check_fits_float32(kind(X))
    check_fits_float32(kind(np.zeros((0, 3))))
    check_fits_float32(kind(np.full((2, 3), 2**62)))


@settings(deadline=None)
@given(st.lists(st.integers(0, 11), max_size=6), st.integers(0, 50))
def test_sparse_rows_are_those_of_the_matrix(rows: list[int], seed: int) -> None:
    X = random_matrix(300, 0.005, seed)
    batch = take_rows(X, np.array(rows, np.int64))
    assert isinstance(batch, SparseBatch)
    assert batch.columns.dtype == batch.offsets.dtype == torch.int64
    assert batch.values.dtype == torch.float32
    ends = np.append(batch.offsets.numpy(), len(batch.columns))
    found = sparse.csr_array((batch.values.numpy(), batch.columns.numpy(), ends), (len(rows), 300))
    np.testing.assert_array_equal(found.toarray(), X.toarray()[rows].astype(np.float32))


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array, sparse.csr_matrix])
def test_rows_that_are_well_filled_become_dense(kind: Callable[[np.ndarray], object]) -> None:
    X = np.arange(12.0).reshape(4, 3)
    assert is_well_filled(kind(X))
    rows = take_rows(kind(X), np.array([2, 0, 2]), dense=True)
    assert rows.dtype == torch.float32
    assert rows.tolist() == X[[2, 0, 2]].tolist()


def test_a_fortieth_makes_a_matrix_well_filled() -> None:
    for n_entries, expected in ((1, True), (0, False)):
        assert is_well_filled(sparse.csr_array(np.arange(40).reshape(1, 40) < n_entries)) is expected


def test_other_sparse_formats_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^a sparse matrix must be CSR to be taken apart by rows, not csc; pass X\.tocsr"
    ):
        take_rows(sparse.csc_array(np.eye(3)), np.array([0]))


@pytest.mark.parametrize("sparse_gradient", [False, True])
def test_sparse_rows_give_what_dense_ones_give_and_the_same_gradients(sparse_gradient: bool) -> None:
    X = random_matrix(200, 0.005)
    rows = np.array([3, 0, 11, 5, 3, 1])
    batch = take_rows(X, rows)
    assert isinstance(batch, SparseBatch)
    network = FeedForward(200, 3, (5,), "tanh", sparse_gradient=sparse_gradient)
    results = []
    for given_rows in (batch, torch.from_numpy(X.toarray()[rows]).float()):
        network.zero_grad()
        logits = network(given_rows)
        logits.square().sum().backward()
        results.append((logits.detach(), network.first.weight.grad.to_dense(), network.first.bias.grad.clone()))
    for ours, expected in zip(*results, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-6)
    assert results[0][1].any()


def test_only_the_layer_that_is_asked_has_a_sparse_gradient() -> None:
    batch = take_rows(random_matrix(200, 0.005), np.arange(12))
    for asked in (False, True):
        layer = InputLayer(200, 2, sparse_gradient=asked)
        layer(batch).sum().backward()
        assert layer.weight.grad.is_sparse == asked


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (7,), (6, 5, 4)])
def test_it_computes_what_its_weights_say(activation: str, hidden: tuple[int, ...]) -> None:
    network = FeedForward(4, 3, hidden, activation).double()
    X = np.random.default_rng(0).normal(size=(9, 4))
    apply = {
        "relu": lambda x: np.maximum(x, 0),
        "tanh": np.tanh,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "identity": lambda x: x,
    }[activation]
    layers = [(network.first.weight, network.first.bias)]
    layers += [(layer.weight.T, layer.bias) for layer in network.rest if isinstance(layer, torch.nn.Linear)]
    assert [weight.shape[1] for weight, _ in layers] == [*hidden, 3]
    expected = X
    for i, (weight, bias) in enumerate(layers):
        bias.data.normal_()
        expected = (apply(expected) if i else expected) @ weight.detach().numpy() + bias.detach().numpy()
    np.testing.assert_allclose(network(torch.from_numpy(X)).detach().numpy(), expected, rtol=1e-9)


def test_dropout_is_for_training_only() -> None:
    network = FeedForward(4, 3, (50,), dropout=0.5)
    X = torch.randn(2, 4)
    assert not torch.equal(network(X), network(X))
    network.eval()
    assert torch.equal(network(X), network(X))


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^activation must be one of 'relu', 'tanh', 'sigmoid', 'identity'; got 'gelu'$"
    ):
        FeedForward(2, 2, activation="gelu")


def test_a_sparse_batch_goes_to_a_device() -> None:
    batch = take_rows(random_matrix(200, 0.005), np.arange(2)).to("meta")
    assert {part.device.type for part in (batch.columns, batch.values, batch.offsets)} == {"meta"}
