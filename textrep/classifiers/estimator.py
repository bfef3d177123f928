"""What the estimators share: parameters of training, the device, the rows kept for validation, history and summary.

`NetworkEstimator` is the base of all three. A subclass reads rows and builds a network; parameters are stored untouched
and judged in `fit`.
"""

from __future__ import annotations

import copy
import numbers
import os
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import nn

from textrep.checks import check_count, check_real
from textrep.classifiers.fitting import Fitted, Learner, Settings, fit_network
from textrep.classifiers.overfitting import overfitting_sentence
from textrep.classifiers.progress import FittingCallback, fitting_printer, silent
from textrep.classifiers.saved import SavedEstimator
from textrep.classifiers.splitting import split_rows
from textrep.classifiers.summary import ModelSummary, summarize
from textrep.locks import ProcessLock
from textrep.warning import warn

__all__ = ["NetworkEstimator", "Seeds", "choose_device"]

_placing = ProcessLock()


def _compute_in_one_thread() -> None:
    """Have PyTorch need none of the threads that a forked process lacks, for which it would wait forever."""
    if torch.get_num_threads() > 1:
        torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_compute_in_one_thread)


def _is_on(wanted: torch.device, device: torch.device) -> bool:
    """Return whether a device is the one that is wanted; ``"cuda"`` is the GPU that PyTorch uses now."""
    index = torch.cuda.current_device() if wanted == torch.device("cuda") else wanted.index
    return device.type == wanted.type and index in (None, device.index)


class Seeds:
    """Where the randomness of one `fit` comes from.

    Parameters
    ----------
    random_state : int, RandomState or None
        As scikit-learn has it; None is another each time.

    Attributes
    ----------
    generator : numpy.random.Generator
        For rows: which validate, and their order.
    torch : int
        The seed of PyTorch's generators: for first weights and dropout.
    """

    def __init__(self, random_state: Any) -> None:
        if random_state is not None:
            state = check_random_state(random_state)
            random_state = int(random_state if isinstance(random_state, numbers.Integral) else state.randint(2**31 - 1))
        of_rows, of_torch = np.random.SeedSequence(random_state).spawn(2)
        self.generator = np.random.default_rng(of_rows)
        self.torch = int(of_torch.generate_state(1, np.uint64)[0] >> np.uint64(1))


def choose_device(name: Any) -> torch.device:
    """Return the device that a parameter `device` names: ``"auto"`` is a GPU if there is one, else the CPU.

    Raises
    ------
    ValueError
        If there is no such device.
    """
    if isinstance(name, str) and name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        raise ValueError(f"device must be 'auto', 'cpu', 'cuda' or 'cuda:NUMBER'; got {name!r}") from None
    if device.type not in ("cpu", "cuda"):
        raise ValueError(f"device must be 'auto', 'cpu', 'cuda' or 'cuda:NUMBER'; got {name!r}")
    n_gpus = torch.cuda.device_count() if device.type == "cuda" else 1
    if (device.index or 0) >= n_gpus:
        found = f"{n_gpus} GPUs" if n_gpus else "no GPU"
        raise ValueError(f"device is {name!r}, but PyTorch finds {found}; pass device='auto' or 'cpu'")
    return device


class NetworkEstimator(SavedEstimator, BaseEstimator):  # type: ignore[misc]
    """Base of the estimators; a subclass has the parameters, and fits, predicts and builds `network_`.

    Attributes
    ----------
    network_ : torch.nn.Module
        The network.
    history_ : list of dict
        As `textrep.classifiers.fitting.Fitted` has it.
    best_epoch_ : int
        The epoch that the weights are of; 0 if Ctrl-C cut short the first one, or any without validation rows.
    interrupted_ : bool
        Whether Ctrl-C ended training.
    """

    network_: nn.Module
    history_: list[dict[str, float]]
    best_epoch_: int
    interrupted_: bool

    batch_size: int
    validation_fraction: float
    device: Any
    random_state: Any
    verbose: int

    _dimension_names: ClassVar[Mapping[tuple[int, int], str]] = {(2, 3): "batch"}  # see `_examples`

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def _forget(self) -> None:
        """Be as before `fit`, which may fail: of what was learned, no half is to stay beside half of something else."""
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)

    def summary(self) -> ModelSummary:
        """Return the layers of the network with their output shapes and numbers of parameters; print it as a table.

        Raises
        ------
        NotFittedError
            If there is no network yet.
        """
        check_is_fitted(self, "network_")
        network, device = self._placed_network()
        return summarize(network, *self._examples(device), self._dimension_names)

    def _examples(self, device: torch.device) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Return what the network is called with, twice: sizes that differ as `_dimension_names` says have names."""
        raise NotImplementedError

    def _settings(self) -> Settings:
        """Return the parameters of training, checked."""
        check_count("batch_size", self.batch_size)
        check_real("validation_fraction", self.validation_fraction, 0.0, 0.9, "0.1 is usual, 0 is none")
        names = ("learning_rate", "max_epochs", "early_stopping", "patience", "l1", "l2", "clip_gradient")
        return Settings(**{name: getattr(self, name) for name in names})

    def _split(
        self, rows: NDArray[np.int64], codes: NDArray[Any] | None, generator: np.random.Generator
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Share rows out into those to train on and those to validate on; warn if there are none of the latter."""
        training, validation = split_rows(rows, codes, self.validation_fraction, generator)
        if self.validation_fraction > 0 and not len(validation):
            warn(
                f"no row of {len(rows)} can be spared for validation, so training does not stop early; pass more rows, "
                "or validation_fraction=0"
            )
        return training, validation

    def _train(
        self,
        learner: Learner,
        training: NDArray[np.int64],
        validation: NDArray[np.int64],
        seeds: Seeds,
        on_progress: FittingCallback,
    ) -> Fitted:
        """Train a network and keep it, with its history; within `seeded`."""
        fitted = fit_network(learner, training, validation, self._settings(), seeds.generator, on_progress)
        self.network_, self._built_with = learner.network, self._architecture()
        self.history_, self.best_epoch_, self.interrupted_ = fitted.history, fitted.best_epoch, fitted.interrupted
        return fitted

    def _reporter(self) -> FittingCallback:
        return fitting_printer() if self.verbose else silent

    def _tell_end(self) -> None:
        """Say how training ended: a warning if it was interrupted, and what there is to say with ``verbose``."""
        kept = f"the weights of epoch {self.best_epoch_} are kept" if self.best_epoch_ else "its last weights are kept"
        if self.interrupted_:
            warn(f"training was interrupted after {len(self.history_)} epochs; {kept}")
        if self.verbose:
            sentence = overfitting_sentence(self.history_)
            for line in (f"trained {len(self.history_)} epochs; {kept}", sentence):
                if line:
                    print(line, file=sys.stderr)  # noqa: T201

    def _placed_network(self) -> tuple[nn.Module, torch.device]:
        """Return the network, in evaluation mode, on the device that `device` names now."""
        device = choose_device(self.device)
        with _placing.held():  # PyTorch takes recurrent layers apart to move them, even to where they are
            if not all(_is_on(device, parameter.device) for parameter in self.network_.parameters()):
                self.network_.to(device)
            self.network_.eval()
        return self.network_, device

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        network = state.get("network_")
        if network is not None and any(parameter.device.type != "cpu" for parameter in network.parameters()):
            state = {**state, "network_": copy.deepcopy(network).cpu()}  # to be loaded where there is no GPU
        return state
