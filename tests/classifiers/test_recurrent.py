"""Recurrent layers against PyTorch's on packed sequences; states and pooled vectors that padding does not change."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from textrep.classifiers.poolings import POOLINGS, StatePooling
from textrep.classifiers.recurrent import CELLS, RecurrentEncoder

LENGTHS = torch.tensor([3, 7, 0, 1, 7, 2])
KINDS = [(cell, layers, both) for cell in CELLS for layers in (1, 2) for both in (False, True)]


def documents(extra: int = 0) -> Tensor:
    """Vectors of five numbers for six documents; padding is noise."""
    return torch.randn(6, 7 + extra, 5)


def torch_layers(encoder: RecurrentEncoder, cell: str, layers: int, both: bool) -> nn.RNNBase:
    """PyTorch's own layers with the encoder's weights."""
    expected = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[cell](
        5, 4, num_layers=layers, bidirectional=both, batch_first=True
    )
    state = {}
    for direction, suffix in ((encoder.to_right, ""), (encoder.to_left, "_reverse")):
        for i, layer in enumerate(direction):
            for name, value in layer.state_dict().items():
                state[name.replace("_l0", f"_l{i}{suffix}")] = value
    expected.load_state_dict(state)
    return expected


@pytest.mark.parametrize(("cell", "layers", "both"), KINDS)
def test_states_are_those_of_packed_sequences(cell: str, layers: int, both: bool) -> None:
    encoder = RecurrentEncoder(5, 4, cell, layers, both)
    inputs = documents()
    states = encoder(inputs, LENGTHS)
    assert states.shape == (6, 7, encoder.output_size)
    full = LENGTHS > 0  # PyTorch packs no empty sequence
    packed = pack_padded_sequence(inputs[full], LENGTHS[full], batch_first=True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(torch_layers(encoder, cell, layers, both)(packed)[0], batch_first=True)
    torch.testing.assert_close(states[full], expected, rtol=1e-5, atol=1e-6)
    assert not states[~full].any()


@pytest.mark.parametrize(("cell", "layers", "both"), KINDS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_document_gives_the_same_alone_and_among_longer_ones(
    cell: str, layers: int, both: bool, pooling: str
) -> None:
    encoder = RecurrentEncoder(5, 4, cell, layers, both)
    pool = StatePooling(pooling, encoder.output_size, both)
    inputs = documents(extra=3)
    states = encoder(inputs, LENGTHS)
    pooled = pool(states, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        alone = encoder(inputs[row : row + 1, : max(1, length)], LENGTHS[row : row + 1])
        torch.testing.assert_close(alone[0, :length], states[row, :length], rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(pool(alone, LENGTHS[row : row + 1])[0], pooled[row], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("cell", "layers", "both"), KINDS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_padding_takes_no_part_in_training(cell: str, layers: int, both: bool, pooling: str) -> None:
    encoder = RecurrentEncoder(5, 4, cell, layers, both)
    pool = StatePooling(pooling, encoder.output_size, both)
    inputs = documents().requires_grad_()
    pool(encoder(inputs, LENGTHS), LENGTHS).square().sum().backward()
    inside = torch.arange(7) < LENGTHS[:, None]
    assert not inputs.grad[~inside].any()
    assert inputs.grad[inside].any(1).float().mean() > 0.5  # a maximum leaves some out
    parameters = [*encoder.parameters(), *pool.parameters()]
    assert all(parameter.grad.isfinite().all() for parameter in parameters)
    gradients = [parameter.grad.clone() for parameter in parameters]
    noise = torch.where(inside[:, :, None], inputs.detach(), 100.0)
    encoder.zero_grad()
    pool.zero_grad()
    pool(encoder(noise, LENGTHS), LENGTHS).square().sum().backward()
    for before, parameter in zip(gradients, parameters, strict=True):
        torch.testing.assert_close(parameter.grad, before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("both", [False, True])
def test_pooling_is_what_its_name_says(both: bool) -> None:
    states = torch.randn(6, 9, 8)
    results = {kind: StatePooling(kind, 8, both)(states, LENGTHS) for kind in ("max", "mean", "last")}
    attention = StatePooling("attention", 8, both)
    results["attention"] = attention(states, LENGTHS)
    first, _, context = attention.attention
    for row, length in enumerate(LENGTHS.tolist()):
        own = states[row, :length].numpy()
        if not length:
            assert all(not pooled[row].any() for pooled in results.values())
            continue
        hidden = np.tanh(own @ first.weight.detach().numpy().T + first.bias.detach().numpy())
        weights = np.exp(hidden @ context.weight.detach().numpy()[0])
        last = np.concatenate([own[-1, :4], own[0, 4:]]) if both else own[-1]
        expected = {
            "max": own.max(0),
            "mean": own.mean(0),
            "last": last,
            "attention": (weights / weights.sum()) @ own,
        }
        for kind, value in expected.items():
            np.testing.assert_allclose(results[kind][row].detach().numpy(), value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_batch_of_empty_documents_gives_zeros_and_trains(pooling: str) -> None:
    encoder = RecurrentEncoder(5, 4)
    pool = StatePooling(pooling, 8, bidirectional=True)
    pooled = pool(encoder(torch.randn(2, 1, 5), torch.tensor([0, 0])), torch.tensor([0, 0]))
    assert torch.equal(pooled, torch.zeros(2, 8))
    pooled.sum().backward()
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in encoder.parameters())


@pytest.mark.parametrize("pooling", POOLINGS)
def test_gradients_of_states_are_finite_and_zero_outside_of_documents(pooling: str) -> None:
    states = torch.randn(6, 7, 8, requires_grad=True)
    StatePooling(pooling, 8, bidirectional=True)(states, LENGTHS).sum().backward()
    inside = torch.arange(7) < LENGTHS[:, None]
    assert states.grad.isfinite().all()
    assert not states.grad[~inside].any()
    assert (states.grad.sum((1, 2)) != 0).tolist() == (LENGTHS > 0).tolist()


def test_the_last_state_is_the_one_pytorch_returns() -> None:
    encoder = RecurrentEncoder(5, 4, "lstm", num_layers=2)
    inputs = documents()[1:2]
    _, (hidden, _) = torch_layers(encoder, "lstm", 2, both=True)(inputs)
    pooled = StatePooling("last", 8, bidirectional=True)(encoder(inputs, LENGTHS[1:2]), LENGTHS[1:2])
    torch.testing.assert_close(pooled[0], torch.cat([hidden[-2, 0], hidden[-1, 0]]), rtol=1e-5, atol=1e-6)


def test_dropout_is_between_layers_and_for_training_only() -> None:
    inputs = documents()
    for layers, differ in ((1, False), (2, True)):
        encoder = RecurrentEncoder(5, 4, num_layers=layers, dropout=0.5)
        assert torch.equal(encoder(inputs, LENGTHS), encoder(inputs, LENGTHS)) != differ
        encoder.eval()
        assert torch.equal(encoder(inputs, LENGTHS), encoder(inputs, LENGTHS))


@pytest.mark.parametrize("cell", CELLS)
def test_weights_begin_orthogonal_and_an_lstm_forgets_little(cell: str) -> None:
    layer = RecurrentEncoder(5, 4, cell).to_left[0]
    for gate in layer.weight_hh_l0.detach().chunk(len(layer.weight_hh_l0) // 4):
        torch.testing.assert_close(gate @ gate.T, torch.eye(4), rtol=1e-5, atol=1e-5)
    ones = [0] * 4 + [1] * 4 + [0] * 8 if cell == "lstm" else [0] * len(layer.bias_ih_l0)
    assert (layer.bias_ih_l0 + layer.bias_hh_l0).tolist() == ones


def test_it_is_copied_with_its_weights() -> None:
    encoder = RecurrentEncoder(5, 4)
    inputs = documents()
    assert torch.equal(copy.deepcopy(encoder)(inputs, LENGTHS), encoder(inputs, LENGTHS))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^cell must be one of 'rnn', 'gru', 'lstm'; got 'LSTM'$"):
        RecurrentEncoder(5, 4, "LSTM")
    with pytest.raises(ValueError, match=r"^num_layers=0: at least one is needed$"):
        RecurrentEncoder(5, 4, num_layers=0)
    with pytest.raises(ValueError, match=r"^pooling must be one of 'max', 'mean', 'last', 'attention'; got 'sum'$"):
        StatePooling("sum", 4, bidirectional=False)
