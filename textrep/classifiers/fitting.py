"""The loop that trains a network: epochs of batches, early stopping, the best weights kept. It knows no documents.

What is trained is a `Learner`, which makes batches and losses. All randomness is that of a generator and, for dropout,
of PyTorch's own, which `seeded` sets and puts back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from textrep.checks import check_count, check_real, check_switch
from textrep.classifiers.adam import Adam
from textrep.classifiers.batches import Plan
from textrep.classifiers.interrupts import Interrupt, deferred_interrupt
from textrep.classifiers.penalties import Penalties, clip_gradients
from textrep.classifiers.progress import FittingCallback, FittingProgress, silent
from textrep.errors import TrainingError

__all__ = ["Evaluation", "Fitted", "Learner", "Settings", "fit_network", "seeded"]

_SAMPLE = 2000  # rows that the score on training data is measured on, at most
_BETWEEN_REPORTS = 0.1  # seconds


@dataclass(frozen=True)
class Evaluation:
    """How good a network is on some rows.

    Attributes
    ----------
    loss : float
        Mean of the weighted losses.
    score : float
        Higher is better: accuracy, or F1 of spans.
    """

    loss: float
    score: float


class Learner(Protocol):
    """A network together with what it learns from. Rows are documents, sentences, or rows of a matrix."""

    @property
    def network(self) -> nn.Module:
        """What is trained, on the device where it is trained."""

    def plan(self, rows: NDArray[np.int64], generator: np.random.Generator) -> Plan:
        """Share rows out into batches, each row once, at random: an epoch."""

    def losses(self, rows: NDArray[np.int64]) -> tuple[Tensor, float]:
        """Return the sum of the weighted losses of a batch, and what it is to be divided by: rows, or tokens.

        The latter is above 0, and weights are 1 in the mean of all training rows.
        """

    def evaluate(self, rows: NDArray[np.int64]) -> Evaluation:
        """Measure the network on rows. It is in evaluation mode, and no gradients are kept, while this runs."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to train; the parameters of the estimators have the same names.

    Attributes
    ----------
    learning_rate : float
        Of Adam.
    max_epochs : int
        How often all training rows are gone through, at most.
    early_stopping : bool
        Whether training ends when the validation loss has not fallen for `patience` epochs, and the weights of the
        epoch with the lowest are put back. If not, all epochs are trained, and the last weights stay, unless Ctrl-C
        ends training. Without validation rows it does nothing.
    patience : int
        How many epochs in a row may be no better than the best.
    l1, l2 : float
        ``l1 * sum(abs(w)) + l2 * sum(w ** 2)`` over the weights of layers is added to the mean loss that is minimised;
        biases and vectors of words are left alone. Losses are reported without it.
    clip_gradient : float, optional
        Gradients are shortened to this length (Euclidean norm of all of them together) where they are longer.
    """

    learning_rate: float = 1e-3
    max_epochs: int = 50
    early_stopping: bool = True
    patience: int = 3
    l1: float = 0.0
    l2: float = 0.0
    clip_gradient: float | None = None

    def __post_init__(self) -> None:
        check_real("learning_rate", self.learning_rate, 0.0, 10.0, "0.001 is usual", open_below=True)
        check_count("max_epochs", self.max_epochs)
        check_count("patience", self.patience)
        check_switch("early_stopping", self.early_stopping)
        for name in ("l1", "l2"):
            check_real(name, getattr(self, name), 0.0, 1e6, "0 is none, 1e-5 is little")
        if self.clip_gradient is not None:
            check_real("clip_gradient", self.clip_gradient, 0.0, 1e6, "None is no limit, 1 is usual", open_below=True)


@dataclass(frozen=True)
class Fitted:
    """What training leaves behind, besides the weights.

    Attributes
    ----------
    history : list of dict
        One an epoch that ended: ``epoch`` (from 1), ``train_loss`` (mean over the epoch, while the network changed),
        ``train_score`` (afterwards, on a sample of at most 2,000 training rows), ``validation_loss`` and
        ``validation_score`` if there are validation rows, ``seconds`` (evaluation included).
    best_epoch : int
        The epoch that the weights are of; 0 if Ctrl-C cut short the first one, or any without validation rows.
    interrupted : bool
        Whether Ctrl-C ended training.
    """

    history: list[dict[str, float]]
    best_epoch: int
    interrupted: bool


def fit_network(
    learner: Learner,
    training_rows: NDArray[np.int64],
    validation_rows: NDArray[np.int64],
    settings: Settings,
    generator: np.random.Generator,
    on_progress: FittingCallback = silent,
) -> Fitted:
    """Train a network until its validation loss stops falling, or all epochs have ended.

    Ctrl-C ends training after the current batch. With validation rows, the weights of the best epoch so far are put
    back, also without early stopping. A second Ctrl-C raises KeyboardInterrupt.

    Parameters
    ----------
    learner : Learner
        The network, and what it learns from.
    training_rows, validation_rows : ndarray of int64
        Which rows it learns from, and which tell how good it is. The latter may be none.
    settings : Settings
        How to train.
    generator : numpy.random.Generator
        Where the order of rows comes from.
    on_progress : callable
        Given a `FittingProgress` now and then.

    Raises
    ------
    TrainingError
        If a loss becomes infinite or NaN; says what to change. The network is then of no use.
    """
    return _Fitting(learner, training_rows, validation_rows, settings, generator, on_progress).run()


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed PyTorch's generators, of the CPU and of a device, within the block, and put back their state after it.

    They belong to the process: in two threads at once neither is repeatable.
    """
    gpus = [torch.cuda.current_device() if device.index is None else device.index] if device.type == "cuda" else []
    with torch.random.fork_rng(gpus):
        torch.default_generator.manual_seed(seed)
        for gpu in gpus:
            torch.cuda.default_generators[gpu].manual_seed(seed)
        yield


class _Best:
    """The weights with the lowest validation loss so far; a tie: the earlier."""

    def __init__(self, network: nn.Module) -> None:
        self.epoch = 0
        self.loss = math.inf
        self._parameters = [p for p in network.parameters() if p.requires_grad]  # nothing else changes in training
        self._weights: list[Tensor] = []

    def offer(self, epoch: int, loss: float) -> None:
        """Keep the weights as they are now, if they are better."""
        if loss < self.loss:
            self.epoch, self.loss = epoch, loss
            self._weights = [p.detach().clone() for p in self._parameters]

    def put_back(self) -> None:
        """Give the network the weights that were kept."""
        with torch.no_grad():
            for parameter, weights in zip(self._parameters, self._weights, strict=True):
                parameter.copy_(weights)


class _Fitting:
    """One run."""

    def __init__(
        self,
        learner: Learner,
        training_rows: NDArray[np.int64],
        validation_rows: NDArray[np.int64],
        settings: Settings,
        generator: np.random.Generator,
        on_progress: FittingCallback,
    ) -> None:
        if not len(training_rows):
            raise ValueError("there is no row to train on")
        self._learner, self._settings, self._generator = learner, settings, generator
        self._training_rows, self._validation_rows = training_rows, validation_rows
        self._on_progress = on_progress
        size = min(_SAMPLE, len(training_rows))
        self._sample = np.sort(generator.choice(training_rows, size, replace=False))  # int64 [size]
        self._optimizer = Adam((p for p in learner.network.parameters() if p.requires_grad), settings.learning_rate)
        self._penalties = Penalties(learner.network, settings.l1, settings.l2)
        self._compares = len(validation_rows) > 0
        self._stops_early = settings.early_stopping and self._compares
        self._history: list[dict[str, float]] = []
        self._seconds_evaluating = 0.0  # of the epoch before

    def run(self) -> Fitted:
        """Train."""
        best = _Best(self._learner.network)
        cut_short = False
        with deferred_interrupt() as interrupt:
            for epoch in range(1, self._settings.max_epochs + 1):
                start = time.perf_counter()
                train_loss = self._train(epoch, interrupt)
                if train_loss is None:
                    cut_short = True
                    break
                self._end(epoch, train_loss, start)
                if self._compares:  # without early stopping, too: Ctrl-C may come
                    best.offer(epoch, self._history[-1]["validation_loss"])
                if interrupt.asked or (self._stops_early and epoch - best.epoch >= self._settings.patience):
                    break
        kept = 0 if cut_short else len(self._history)
        if best.epoch and (self._stops_early or interrupt.asked):
            best.put_back()
            kept = best.epoch
        self._learner.network.eval()
        return Fitted(self._history, kept, interrupt.asked)

    def _train(self, epoch: int, interrupt: Interrupt) -> float | None:
        """Return the mean loss of an epoch, or None if Ctrl-C cut it short."""
        network = self._learner.network
        network.train()
        total = torch.zeros((), dtype=torch.float64, device=next(network.parameters()).device)
        size, done = 0.0, 0
        start = reported = time.perf_counter()
        for batch in self._learner.plan(self._training_rows, self._generator):
            if interrupt.asked:
                return None
            loss, batch_size = self._learner.losses(batch)
            self._step(loss / batch_size)
            total += loss.detach()
            size += batch_size
            done += len(batch)
            now = time.perf_counter()
            if now - reported >= _BETWEEN_REPORTS:  # not after each batch: a look at the loss makes a GPU wait
                reported = now
                self._report(epoch, done, self._finite(float(total) / size), now - start)
        return self._finite(float(total) / size)

    def _step(self, loss: Tensor) -> None:
        self._optimizer.clear()
        loss.backward()  # type: ignore[no-untyped-call]
        self._penalties.add()
        if self._settings.clip_gradient is not None:
            clip_gradients(self._learner.network.parameters(), self._settings.clip_gradient)
        self._optimizer.step()

    def _end(self, epoch: int, train_loss: float, start: float) -> None:
        """Measure the network at the end of an epoch, note it, and report it."""
        trained = time.perf_counter()
        record = {"epoch": epoch, "train_loss": train_loss, **self._evaluate()}
        ended = time.perf_counter()
        self._seconds_evaluating = ended - trained
        self._history.append({**record, "seconds": ended - start})
        n = len(self._training_rows)
        self._report(epoch, n, train_loss, trained - start, self._history[-1])

    def _evaluate(self) -> dict[str, float]:
        """Return losses and scores of the network as it is."""
        self._learner.network.eval()
        with torch.no_grad():
            training = self._learner.evaluate(self._sample)
            self._finite(training.loss)
            found = {"train_score": training.score}
            if len(self._validation_rows):
                validation = self._learner.evaluate(self._validation_rows)
                found["validation_loss"] = self._finite(validation.loss)
                found["validation_score"] = validation.score
        return found

    def _finite(self, loss: float) -> float:
        if math.isfinite(loss):
            return loss
        rate = self._settings.learning_rate
        raise TrainingError(
            f"training produced NaN or infinite values at learning_rate={rate:g}; pass a lower one, for example "
            f"learning_rate={rate / 10:g}, limit gradients with clip_gradient=1, or scale inputs that are very large"
        )

    def _report(
        self, epoch: int, done: int, loss: float, seconds: float, record: dict[str, float] | None = None
    ) -> None:
        """Report where training stands, `seconds` after the epoch began to train."""
        total, epochs = len(self._training_rows), self._settings.max_epochs
        epochs_left = epochs - epoch + (record is None)
        left = seconds / done * (total * epochs_left - (done if record is None else 0))
        left += self._seconds_evaluating * epochs_left
        self._on_progress(FittingProgress(epoch, epochs, done, total, loss, done / seconds, left, record))
