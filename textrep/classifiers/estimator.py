"""What the estimators share: parameters of training, the device, the rows kept for validation, history and summary.

`NetworkEstimator` is the base of all three, `NetworkClassifier` of the two that give a row one class or several. A
subclass reads rows and builds a network; parameters are stored untouched and judged in `fit`.
"""

from __future__ import annotations

import copy
import numbers
import sys
from collections.abc import Iterator, Mapping, Sized
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import nn

from textrep.classifiers.fitting import Fitted, Learner, Settings, fit_network, seeded
from textrep.classifiers.labels import KINDS, LabelCoder
from textrep.classifiers.learners import ClassLearner, Source, compute_logits
from textrep.classifiers.overfitting import overfitting_sentence
from textrep.classifiers.progress import FittingCallback, fitting_printer, silent
from textrep.classifiers.saved import SavedEstimator
from textrep.classifiers.splitting import split_rows
from textrep.classifiers.summary import ModelSummary, summarize
from textrep.classifiers.targets import ClassTargets
from textrep.store.file import Saved
from textrep.training.settings import check_count, check_real
from textrep.vectorizers.checks import warn
from textrep.vectorizers.saved import SavedForm

if TYPE_CHECKING:
    from typing import Self

__all__ = ["NetworkClassifier", "NetworkEstimator", "Seeds", "choose_device"]


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
        The epoch that the weights are of; 0 if Ctrl-C cut the first one short.
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
        self.network_ = learner.network
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
        return self.network_.to(device).eval(), device

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        network = state.get("network_")
        if network is not None and any(parameter.device.type != "cpu" for parameter in network.parameters()):
            state = {**state, "network_": copy.deepcopy(network).cpu()}  # to be loaded where there is no GPU
        return state


class NetworkClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """Base of the classifiers.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The labels: sorted, or, where they cannot be compared, by the names of their types and their repr.
    """

    classes_: NDArray[Any]
    class_weight: Any
    multilabel: bool | None
    _coder: LabelCoder

    def _read(self, X: Any) -> Sized:
        """Check the parameters that are the class's own, and read what is trained on."""
        raise NotImplementedError

    def _prepare(self, read: Any, training: NDArray[np.int64], n_logits: int) -> tuple[Source, nn.Module]:
        """Return what was read as a source, and a network for it, with random weights; set what predictions need.

        Which rows are trained on is known by now: nothing may be learned of the others.
        """
        raise NotImplementedError

    def _source(self, X: Any) -> Source:
        """Read what is predicted for."""
        raise NotImplementedError

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from labelled rows.

        Ctrl-C ends training after the current batch and keeps the best weights so far, with a warning; pressed again,
        it raises KeyboardInterrupt.

        Parameters
        ----------
        X : see the class
            The rows.
        y : array-like
            The label of each row, of any hashable type; or the labels of each row, as lists, tuples or sets, or as a
            matrix of 0 and 1 with a column for each class.
        sample_weight : array-like of shape (n_rows,), optional
            How much each row counts. Rows of weight 0 are left out.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range, or the rows and labels do not fit together, or all have the same class.
        TrainingError
            If training diverges; the message says what to change.
        """
        self.fit_reporting(X, y, self._reporter(), sample_weight)
        self._tell_end()
        return self

    def fit_reporting(self, X: Any, y: Any, on_progress: FittingCallback, sample_weight: Any = None) -> Self:
        """Do what `fit` does, with `on_progress` given a `textrep.classifiers.progress.FittingProgress` now and then.

        Nothing is said of how training ended; `interrupted_` and `history_` tell.
        """
        self._settings()
        device, seeds = choose_device(self.device), Seeds(self.random_state)
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        if isinstance(y, Iterator):
            y = list(y)
        coder = LabelCoder.learn(y, self.multilabel)
        codes = coder.encode(y)
        read = self._read(X)
        if len(read) != len(codes):
            raise ValueError(f"X has {len(read)} rows, but y has {len(codes)}; pass a label for each row")
        weights = _checked_weights(sample_weight, len(codes))
        rows = np.flatnonzero(weights)
        _check_classes(coder, codes[rows])
        training, validation = self._split(rows, codes, seeds.generator)
        targets = ClassTargets(coder, codes, weights, training, self.class_weight, device)
        with seeded(seeds.torch, device):
            source, network = self._prepare(read, training, coder.n_logits)
            self._train(
                ClassLearner(network.to(device), source, targets, device), training, validation, seeds, on_progress
            )
        self._coder, self.classes_ = coder, coder.classes
        return self

    def predict(self, X: Any) -> Any:
        """Return the likeliest class of each row; with several labels a row, those that are likelier than not.

        Returns
        -------
        ndarray of shape (n_rows,), list of tuples, or ndarray of int64, shape (n_rows, n_classes)
            Labels; for several a row, in the form of the `y` of training: tuples, or 0 and 1.
        """
        logits = self._logits(X)
        return self._coder.decide(logits)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class, in the order of `classes_`.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_classes)
            Each row sums to 1, unless a row may have several labels.
        """
        logits = self._logits(X)
        return self._coder.probabilities(logits)

    def decision_function(self, X: Any) -> NDArray[np.float32]:
        """Return the logits.

        Returns
        -------
        ndarray of float32, shape (n_rows,) or (n_rows, n_classes)
            For two classes that of ``classes_[1]`` alone.
        """
        logits = self._logits(X)
        return logits[:, 0] if self._coder.n_logits == 1 and not self._coder.multilabel else logits

    def _state(self) -> Saved:
        state = super()._state()
        return Saved({**state.header, "labels": self._coder.kind}, state.tensors)

    def _restore(self, form: SavedForm) -> None:
        super()._restore(form)
        kind = form.value("labels", str)
        if kind not in KINDS:
            raise form.refusal(f"its header has {kind!r} for 'labels'")
        self._coder = LabelCoder(self.classes_, kind)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy: the share of rows given the right class, or exactly the right ones.

        Parameters
        ----------
        X, y : see `fit`
            The rows, and their right classes. Labels that training had not are none that is predicted.
        sample_weight : array-like of shape (n_rows,), optional
            How much each row counts.
        """
        predicted = self.predict(X)
        if self._coder.kind == "single":
            right = self._coder.encode(predicted) == self._coder.encode(y)
        elif self._coder.kind == "lists":
            right = np.array([set(ours) == set(theirs) for ours, theirs in zip(predicted, y, strict=True)])
        else:
            right = (predicted == self._coder.encode(y)).all(1)
        return float(np.average(right, weights=_checked_weights(sample_weight, len(right))))

    def _logits(self, X: Any) -> NDArray[np.float32]:
        """Return the logits of rows (float32 [n_rows, n_logits])."""
        check_is_fitted(self, "network_")
        source = self._source(X)
        network, device = self._placed_network()
        return compute_logits(network, source, self._coder.n_logits, device)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.required = True
        return tags


def _checked_weights(sample_weight: Any, n_rows: int) -> NDArray[np.float64]:
    """Return the weight of each row (float64 [n_rows])."""
    if sample_weight is None:
        return np.ones(n_rows)
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (n_rows,):
        raise ValueError(f"sample_weight has shape {weights.shape}, but {n_rows} rows need {(n_rows,)}")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("sample_weight must be numbers of at least 0, none of them NaN or infinite")
    if not weights.any():
        raise ValueError("sample_weight is all zero, so no row would count; pass a weight above 0 for some rows")
    return weights


def _check_classes(coder: LabelCoder, codes: NDArray[Any]) -> None:
    """Refuse rows (those whose weight is not 0) of which all have the same class."""
    if not len(codes):
        raise ValueError("there is no row to learn from")
    if not coder.multilabel and (codes == codes[0]).all():
        label = coder.classes.tolist()[int(codes[0])]
        raise ValueError(
            f"y has one class only, {label!r}, in n_samples={len(codes)} rows that count; a classifier needs two: add "
            "rows of another class"
        )
