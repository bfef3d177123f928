"""The training loop, against the same loop written out, and what early stopping, Ctrl-C and divergence leave behind."""

from __future__ import annotations

import copy
import itertools
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from textrep import TrainingError
from textrep.classifiers.adam import Adam
from textrep.classifiers.embeddings import TokenEmbedding
from textrep.classifiers.fitting import Evaluation, Fitted, Settings, fit_network, seeded
from textrep.classifiers.interrupts import deferred_interrupt
from textrep.classifiers.penalties import clip_gradients
from textrep.classifiers.progress import FittingProgress, silent

ROWS = np.arange(90)


class Regression:
    """A learner of ten numbers a row; batches of 16 in the order of the rows, a weight a row."""

    def __init__(self, network: nn.Module | None = None, n: int = len(ROWS)) -> None:
        generator = torch.Generator().manual_seed(0)
        self.X = torch.randn(n, 10, generator=generator)
        self.y = self.X.sum(1) + torch.randn(n, generator=generator)
        self.weights = torch.rand(n, generator=generator) + 0.5
        torch.manual_seed(0)
        self.network = network or nn.Sequential(nn.Linear(10, 7), nn.Tanh(), nn.Linear(7, 1))
        self.evaluated: list[NDArray[np.int64]] = []

    def plan(self, rows: NDArray[np.int64], generator: np.random.Generator) -> list[NDArray[np.int64]]:
        return [rows[begin : begin + 16] for begin in range(0, len(rows), 16)]

    def losses(self, rows: NDArray[np.int64]) -> tuple[Tensor, float]:
        losses = functional.mse_loss(self.network(self.X[rows])[:, 0], self.y[rows], reduction="none")
        return losses @ self.weights[rows], len(rows)

    def evaluate(self, rows: NDArray[np.int64]) -> Evaluation:
        assert not self.network.training
        assert not torch.is_grad_enabled()
        self.evaluated.append(rows)
        loss, _ = self.losses(rows)
        return Evaluation(float(loss / self.weights[rows].sum()), -float(loss))


class Scripted(Regression):
    """Validation losses as they are given; remembers the weights of each epoch."""

    def __init__(self, losses: list[float]) -> None:
        super().__init__()
        self._script = iter(losses)
        self.weights_of: list[dict[str, Tensor]] = []

    def evaluate(self, rows: NDArray[np.int64]) -> Evaluation:
        if len(rows) != 10:  # the sample of training rows
            return super().evaluate(rows)
        self.weights_of.append(copy.deepcopy(self.network.state_dict()))
        return Evaluation(next(self._script), 0.5)


def fit(
    learner: Any,
    on_progress: Callable[[FittingProgress], None] = silent,
    training: NDArray[np.int64] = ROWS[:80],
    validation: NDArray[np.int64] = ROWS[80:],
    **settings: Any,
) -> Fitted:
    return fit_network(learner, training, validation, Settings(**settings), np.random.default_rng(0), on_progress)


def same_weights(network: nn.Module, expected: dict[str, Tensor]) -> bool:
    return all(torch.equal(weights, expected[name]) for name, weights in network.state_dict().items())


@pytest.mark.parametrize("penalty", [{}, {"l1": 0.01}, {"l2": 0.02}, {"l1": 0.003, "l2": 0.005}])
@pytest.mark.parametrize("most", [None, 0.7])
def test_it_takes_the_steps_of_the_loop_written_out(penalty: dict[str, float], most: float | None) -> None:
    ours = Regression()
    fitted = fit(ours, max_epochs=3, early_stopping=False, learning_rate=0.01, clip_gradient=most, **penalty)
    theirs = Regression()
    optimizer = torch.optim.Adam(theirs.network.parameters(), 0.01)
    for epoch in range(3):
        total = 0.0
        for batch in theirs.plan(ROWS[:80], np.random.default_rng(0)):
            loss, n = theirs.losses(batch)
            total += float(loss.detach())
            loss = loss / n
            for name, weights in theirs.network.named_parameters():
                if name.endswith("weight"):
                    loss = (
                        loss
                        + penalty.get("l1", 0) * weights.abs().sum()
                        + penalty.get("l2", 0) * weights.square().sum()
                    )
            optimizer.zero_grad()
            loss.backward()
            if most is not None:
                nn.utils.clip_grad_norm_(theirs.network.parameters(), most)
            optimizer.step()
        assert fitted.history[epoch]["train_loss"] == pytest.approx(total / 80, rel=1e-5)
    for mine, expected in zip(ours.network.parameters(), theirs.network.parameters(), strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-4, atol=1e-6)


def test_vectors_of_words_and_biases_are_not_penalised() -> None:
    class Words(Regression):
        def losses(self, rows: NDArray[np.int64]) -> tuple[Tensor, float]:
            vectors = self.network[0](torch.from_numpy(rows % 5 + 2))
            return 0 * self.network[1](vectors).sum(), len(rows)

    network = nn.Sequential(TokenEmbedding(5, 4), nn.Linear(4, 1))
    before = copy.deepcopy(network.state_dict())
    fit(Words(network), max_epochs=2, l2=0.1, l1=0.1)
    after = network.state_dict()
    unchanged = {name for name in before if torch.equal(before[name], after[name])}
    assert unchanged == {"0.words", "0.unknown", "1.bias"}
    assert after["1.weight"].abs().sum() < before["1.weight"].abs().sum()


def test_sparse_gradients_take_the_steps_of_sparse_adam() -> None:
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(9, 3, generator=generator)
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    optimizer, expected = Adam([ours], 0.1), torch.optim.SparseAdam([theirs], 0.1)
    for _ in range(12):
        rows = torch.randint(0, 8, (5,), generator=generator)  # some twice, the last never
        values = torch.randn(5, 3, generator=generator)
        for parameter in (ours, theirs):
            parameter.grad = torch.sparse_coo_tensor(rows[None], values, (9, 3), check_invariants=True)
        optimizer.step()
        expected.step()
    torch.testing.assert_close(ours, theirs)
    assert torch.equal(ours[8], start[8])
    assert not torch.equal(ours[:8], start[:8])


def test_a_parameter_without_gradient_stays() -> None:
    parameters = [nn.Parameter(torch.ones(3)) for _ in range(2)]
    optimizer = Adam(parameters, 0.1)
    parameters[0].grad = torch.ones(3)
    optimizer.step()
    assert [float(p.detach()[0]) for p in parameters] == pytest.approx([0.9, 1.0])
    optimizer.clear()
    assert [p.grad for p in parameters] == [None, None]


@pytest.mark.parametrize("most", [0.5, 1e6])
def test_sparse_gradients_are_clipped_together_with_dense_ones(most: float) -> None:
    rows, values = torch.tensor([[1, 3, 1]]), torch.tensor([[1.0, 2], [3, 4], [5, 6]])
    gradients = []
    for sparse in (True, False):
        words, bias = nn.Parameter(torch.zeros(4, 2)), nn.Parameter(torch.zeros(2))
        gradient = torch.sparse_coo_tensor(rows, values, (4, 2), check_invariants=True)
        words.grad = gradient if sparse else gradient.to_dense()
        bias.grad = torch.tensor([7.0, -8.0])
        clip_gradients([words, bias, nn.Parameter(torch.zeros(1))], most)
        gradients.append((words.grad.to_dense(), bias.grad))
    for ours, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, expected)
    length = sum(float(part.square().sum()) for part in gradients[0]) ** 0.5
    assert length == pytest.approx(min(most, (36 + 64 + 9 + 16 + 49 + 64) ** 0.5), rel=1e-5)


@pytest.mark.parametrize(
    ("losses", "patience", "n_epochs", "best"),
    [
        ([5, 4, 3, 4, 4, 4, 9], 3, 6, 3),
        ([5, 4, 4, 4, 4, 1], 3, 5, 2),  # a tie: the earlier
        ([5, 6, 1, 2, 0], 1, 2, 1),
        ([5, 6, 1, 2, 0, 3, 3], 2, 7, 5),
        ([7, 6, 5, 4, 3, 2, 1], 1, 7, 7),
    ],
)
def test_the_weights_with_the_lowest_validation_loss_are_put_back(
    losses: list[float], patience: int, n_epochs: int, best: int
) -> None:
    learner = Scripted(losses)
    fitted = fit(learner, max_epochs=7, patience=patience)
    assert (len(fitted.history), fitted.best_epoch, fitted.interrupted) == (n_epochs, best, False)
    assert same_weights(learner.network, learner.weights_of[best - 1])
    assert not learner.network.training
    assert [epoch["validation_loss"] for epoch in fitted.history] == losses[:n_epochs]


def test_without_early_stopping_the_last_weights_stay() -> None:
    learner = Scripted([1, 2, 3, 4, 5])
    fitted = fit(learner, max_epochs=5, patience=1, early_stopping=False)
    assert (len(fitted.history), fitted.best_epoch) == (5, 5)
    assert same_weights(learner.network, learner.weights_of[4])


def test_without_validation_rows_all_epochs_are_trained() -> None:
    fitted = fit(Regression(), validation=ROWS[:0], max_epochs=6, patience=1)
    assert [sorted(epoch) for epoch in fitted.history] == [["epoch", "seconds", "train_loss", "train_score"]] * 6
    assert [epoch["epoch"] for epoch in fitted.history] == [1, 2, 3, 4, 5, 6]
    assert fitted.best_epoch == 6


def test_the_score_on_training_rows_is_of_a_sample() -> None:
    learner = Regression(n=5000)
    fit(learner, training=np.arange(4900), validation=np.arange(4900, 5000), max_epochs=2)
    assert [len(rows) for rows in learner.evaluated] == [2000, 100, 2000, 100]
    sample, _, again, _ = learner.evaluated
    np.testing.assert_array_equal(sample, again)
    assert len(set(sample)) == 2000
    assert sample.max() < 4900


def test_frozen_parameters_stay_and_training_goes_on() -> None:
    learner = Regression()
    frozen = learner.network[0].weight.requires_grad_(False)
    before = frozen.clone()
    fitted = fit(learner, max_epochs=3)
    assert torch.equal(frozen, before)
    assert fitted.history[-1]["train_loss"] < fitted.history[0]["train_loss"]


def test_progress_tells_epochs_rows_and_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textrep.classifiers.fitting._BETWEEN_REPORTS", 0.0)
    seen: list[FittingProgress] = []
    fitted = fit(Regression(), seen.append, max_epochs=2)
    assert [(p.epoch, p.done) for p in seen] == [(epoch, n) for epoch in (1, 2) for n in (16, 32, 48, 64, 80, 80)]
    assert all((p.epochs, p.total) == (2, 80) for p in seen)
    assert [p.record for p in seen if p.record is not None] == fitted.history
    assert seen[-1].seconds_left == 0
    assert all(p.rows_per_second > 0 and p.loss > 0 for p in seen)
    assert all(p.seconds_left > 0 for p in seen[:-1])


def diverging(at: str) -> Regression:
    learner = Regression()
    if at == "training":
        learner.y[20] = torch.inf
    else:
        learner.y[85] = torch.nan
    return learner


@pytest.mark.parametrize("at", ["training", "validation"])
def test_a_loss_that_is_not_finite_ends_training_by_name(at: str) -> None:
    message = (
        r"^training produced NaN or infinite values at learning_rate=0\.05; pass a lower one.*learning_rate=0\.005"
    )
    with pytest.raises(TrainingError, match=message):
        fit(diverging(at), learning_rate=0.05, max_epochs=3)


def press_at(*epochs: int) -> Callable[[FittingProgress], None]:
    """Press Ctrl-C at the end of epochs."""
    return lambda progress: (
        os.kill(os.getpid(), signal.SIGINT) if progress.epoch in epochs and progress.record else None
    )


def test_ctrl_c_at_the_end_of_an_epoch_keeps_the_best_so_far() -> None:
    learner = Scripted([3, 1, 2, 0])
    fitted = fit(learner, press_at(3), max_epochs=4)
    assert (len(fitted.history), fitted.best_epoch, fitted.interrupted) == (3, 2, True)
    assert same_weights(learner.network, learner.weights_of[1])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_keeps_the_best_so_far_also_where_training_would_not_have_stopped_early() -> None:
    learner = Scripted([3, 1, 2, 0])
    fitted = fit(learner, press_at(3), max_epochs=4, early_stopping=False)
    assert (len(fitted.history), fitted.best_epoch, fitted.interrupted) == (3, 2, True)
    assert same_weights(learner.network, learner.weights_of[1])


@pytest.mark.parametrize(("epoch", "best"), [(1, 0), (3, 2)])
def test_ctrl_c_within_an_epoch_ends_after_the_batch(epoch: int, best: int) -> None:
    class Pressed(Scripted):
        epoch, batches = 0, 0

        def plan(self, rows: Any, generator: Any) -> Any:
            self.epoch += 1
            return super().plan(rows, generator)

        def losses(self, rows: NDArray[np.int64]) -> tuple[Tensor, float]:
            if self.network.training and self.epoch == epoch:
                self.batches += 1
                if self.batches == 2:
                    os.kill(os.getpid(), signal.SIGINT)
            return super().losses(rows)

    learner = Pressed([3, 1, 2])
    fitted = fit(learner, max_epochs=3)
    assert (learner.batches, len(fitted.history)) == (2, epoch - 1)
    assert (fitted.best_epoch, fitted.interrupted) == (best, True)
    if best:
        assert same_weights(learner.network, learner.weights_of[best - 1])
    assert not learner.network.training


def test_a_second_ctrl_c_raises() -> None:
    def press_twice(progress: FittingProgress) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        fit(Regression(), press_twice)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.fixture
def own_handler() -> Iterator[list[int]]:
    calls: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: calls.append(number))
    yield calls
    signal.signal(signal.SIGINT, before)


def test_a_handler_of_the_programs_own_stays(own_handler: list[int]) -> None:
    fitted = fit(Regression(), press_at(1), max_epochs=2)
    assert own_handler == [signal.SIGINT]
    assert not fitted.interrupted


def test_other_threads_leave_signals_alone() -> None:
    found = []

    def train() -> None:
        with deferred_interrupt():
            found.append(signal.getsignal(signal.SIGINT))
        found.append(fit(Regression(), max_epochs=2).interrupted)

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler, False]


def test_a_handler_that_is_set_within_stays() -> None:
    def other(number: int, frame: Any) -> None:
        """Do nothing."""

    try:
        with deferred_interrupt():
            signal.signal(signal.SIGINT, other)
        assert signal.getsignal(signal.SIGINT) is other
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_seeds_hold_within_and_leave_no_trace() -> None:
    before = torch.get_rng_state()
    draws = []
    for _ in range(2):
        with seeded(7, torch.device("cpu")):
            draws.append(torch.rand(3))
        torch.rand(1)
    torch.set_rng_state(before)
    with seeded(8, torch.device("cpu")):
        draws.append(torch.rand(3))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(draws[0], draws[1])
    assert all(not torch.equal(a, b) for a, b in itertools.pairwise(draws[1:]))


def test_rows_are_needed() -> None:
    with pytest.raises(ValueError, match=r"^there is no row to train on$"):
        fit(Regression(), training=ROWS[:0])
