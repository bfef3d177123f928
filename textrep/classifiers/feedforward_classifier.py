"""`FeedForwardClassifier`: a feedforward network over the rows of a matrix."""

from __future__ import annotations

import numbers
import os
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from textrep.checks import check_choice, check_real
from textrep.classifiers.batches import Plan
from textrep.classifiers.classifier import NetworkClassifier
from textrep.classifiers.feedforward import ACTIVATIONS, FeedForward
from textrep.classifiers.learners import Source, compute_logits
from textrep.classifiers.rows import check_fits_float32, is_well_filled, take_rows
from textrep.corpus import Corpus
from textrep.errors import DocumentError
from textrep.keytable import encode_strings
from textrep.shown import shown
from textrep.store.file import Saved
from textrep.store.form import SavedForm
from textrep.strings import StringArray

__all__ = ["FeedForwardClassifier", "check_sizes"]

_PREDICTED_AT_ONCE = 512  # rows
_MAX_PLACES = 1 << 22  # numbers of dense rows; 16 MB


class FeedForwardClassifier(NetworkClassifier):
    """Classify the rows of a matrix, dense or sparse, by a feedforward network.

    It takes the matrices of vectorizers: ``make_pipeline(TfidfVectorizer(), FeedForwardClassifier())``. A CSR matrix is
    never made dense but for the rows of a batch. Two classes have one logit and a sigmoid, more have a softmax; rows
    with several labels have a sigmoid for each class. Weights are learned by Adam.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int
        Units of each hidden layer; none makes logistic regression of it, two or more make the network deep.
    activation : {"relu", "tanh", "sigmoid", "identity"}
        What follows each hidden layer.
    dropout : float
        The share of a hidden layer's units that are dropped at each step of training.
    l1, l2 : float
        ``l1 * sum(abs(w)) + l2 * sum(w ** 2)`` over all weights but biases is added to the mean loss that is minimised.
        With a sparse matrix of many columns steps then take longer, for each changes all weights.
    learning_rate : float
        Of Adam.
    batch_size : int
        Rows in a step of training.
    max_epochs : int
        How often all training rows are gone through, at most.
    validation_fraction : float
        The share of rows, the same of each class, that is not trained on but tells how good the network is. 0 is none.
    early_stopping : bool
        Whether training ends when the validation loss has not fallen for `patience` epochs, and the weights of the
        epoch with the lowest are put back. If not, all epochs are trained, and the last weights stay, unless Ctrl-C
        ends training.
    patience : int
        How many epochs in a row may be no better than the best.
    clip_gradient : float, optional
        Gradients are shortened to this length (Euclidean norm of all of them together) where they are longer.
    class_weight : None, "balanced", or dict from labels to numbers
        How much each class counts. None: the same for each row. ``"balanced"``: the same for each class, as in
        scikit-learn. With several labels a row, the weight is that of the class's presence, beside 1 for its absence,
        and ``"balanced"`` makes both count the same, but where a class is in every row or in none.
    multilabel : bool, optional
        Whether a list, tuple or set as the label of a row is several labels. By default it is where each row has one;
        False is for labels that are tuples themselves. Of lists of labels scikit-learn makes no folds by class: give
        `cross_val_score` and `GridSearchCV` ``cv=KFold(5)`` in place of 5, or the labels as a matrix of 0 and 1.
    device : str or torch.device
        ``"auto"`` is a GPU if there is one, else the CPU.
    random_state : int, RandomState or None
        The seed of validation rows, first weights, order and dropout. On the CPU, with the same number of threads,
        training with the same int repeats exactly.
    verbose : int
        Above 0, a line an epoch goes to stderr.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The labels: sorted, or, where they cannot be compared, by the names of their types and their repr.
    history_ : list of dict
        One an epoch: ``epoch`` (from 1), ``train_loss`` (mean over the epoch, while the network changed, without
        penalties), ``train_score`` (accuracy afterwards, on a sample of at most 2,000 rows), ``validation_loss``,
        ``validation_score``, and ``seconds``. Those of validation are missing where no rows are kept for it.
    best_epoch_ : int
        The epoch that the weights are of; 0 if Ctrl-C cut short the first one, or any without validation rows.
    interrupted_ : bool
        Whether Ctrl-C ended training.
    multilabel_ : bool
        Whether a row may have any number of labels, and not just one.
    network_ : torch.nn.Module
        The network.
    n_features_in_ : int
        How many columns the matrix has.
    feature_names_in_ : ndarray of str
        Their names, if they have any.

    Notes
    -----
    Ctrl-C ends the `fit` at hand. Within `GridSearchCV` or `cross_val_score`, the next one begins; pressed twice during
    the same `fit`, it ends the search.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from textrep import FeedForwardClassifier, TfidfVectorizer
    >>> texts = ["good film", "bad film", "good plot", "bad plot", "good cast", "bad cast"] * 10
    >>> model = make_pipeline(TfidfVectorizer(), FeedForwardClassifier(random_state=0))
    >>> model.fit(texts, ["+", "-"] * 30).predict(["a good idea"]).tolist()
    ['+']
    """

    network_: FeedForward

    _architecture_parameters = ("hidden_layer_sizes", "activation", "dropout")

    def __init__(
        self,
        hidden_layer_sizes: Any = (128, 64),
        *,
        activation: str = "relu",
        dropout: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        learning_rate: float = 1e-3,
        batch_size: int = 64,
        max_epochs: int = 50,
        validation_fraction: float = 0.1,
        early_stopping: bool = True,
        patience: int = 3,
        clip_gradient: float | None = None,
        class_weight: Any = None,
        multilabel: bool | None = None,
        device: Any = "auto",
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.validation_fraction = validation_fraction
        self.early_stopping = early_stopping
        self.patience = patience
        self.clip_gradient = clip_gradient
        self.class_weight = class_weight
        self.multilabel = multilabel
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def _read(self, X: Any) -> _MatrixRows:
        check_sizes(self.hidden_layer_sizes)
        check_choice("activation", self.activation, tuple(ACTIVATIONS))
        check_real("dropout", self.dropout, 0.0, 0.99, "0 is none, 0.5 is usual")
        return _MatrixRows(self._checked(X, reset=True), self.batch_size)

    def _logits(self, X: Any) -> NDArray[np.float32]:
        check_is_fitted(self, "network_")
        source = _MatrixRows(self._checked(X, reset=False), self.batch_size)
        network, device = self._placed_network()
        return compute_logits(network, source, self._coder.n_logits, device)

    def _checked(self, X: Any, reset: bool) -> Any:
        """Return rows as an array or as CSR, of the type of number that they have."""
        _refuse_texts(X)
        rows = validate_data(self, X, reset=reset, accept_sparse="csr", dtype="numeric")
        check_fits_float32(rows)
        return rows

    def _prepare(
        self,
        read: _MatrixRows,
        training: NDArray[np.int64],  # noqa: ARG002
        n_logits: int,
        device: torch.device,  # noqa: ARG002
    ) -> tuple[Source, nn.Module]:
        return read, self._build(n_logits, sparse_gradient=not (read.is_dense or self.l1 or self.l2))

    def _build(self, n_logits: int, sparse_gradient: bool = False) -> FeedForward:
        """Return a network for these parameters, with random weights."""
        return FeedForward(
            self.n_features_in_, n_logits, self.hidden_layer_sizes, self.activation, self.dropout, sparse_gradient
        )

    def _state(self) -> Saved:
        state = super()._state()
        tensors = dict(state.tensors)
        if hasattr(self, "feature_names_in_"):
            tensors["features.blob"], tensors["features.offsets"] = encode_strings(self.feature_names_in_.tolist())
        return Saved({**state.header, "n_features": int(self.n_features_in_)}, tensors)

    def _restore(self, form: SavedForm) -> None:
        super()._restore(form)
        check_sizes(self.hidden_layer_sizes)
        self.n_features_in_ = form.count("n_features")
        if "features.blob" in form.tensors:
            names = np.array(StringArray(*form.strings("features"))[:], object)
            if len(names) != self.n_features_in_:
                raise form.refusal(f"it names {len(names)} of {self.n_features_in_} columns", "features.offsets")
            self.feature_names_in_ = names

    def _skeleton(self) -> nn.Module:
        return self._build(self._coder.n_logits)

    def _examples(self, device: torch.device) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        small, large = (torch.zeros(n, self.n_features_in_, device=device) for n in (2, 3))
        return (small,), (large,)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _refuse_texts(X: Any) -> None:
    """Say what is missing where documents are given in place of a matrix."""
    is_list = isinstance(X, list | tuple) or (getattr(X, "ndim", 0) == 1 and not sparse.issparse(X))
    first = next(iter(X), None) if is_list else X
    of_tokens = isinstance(first, list | tuple) and bool(first) and isinstance(first[0], str)
    if of_tokens or isinstance(first, str | os.PathLike | Corpus):
        what = f"X{'[0]' if is_list else ''} is {shown(first)}"
        raise DocumentError(
            f"{what}, but a FeedForwardClassifier takes a matrix, not texts; put a vectorizer before it: "
            "make_pipeline(TfidfVectorizer(), FeedForwardClassifier())"
        )


class _MatrixRows:
    """A `textrep.classifiers.learners.Source` of the rows of a matrix."""

    def __init__(self, X: Any, batch_size: int) -> None:
        self._X, self._batch_size = X, batch_size
        self.is_dense = is_well_filled(X)

    def __len__(self) -> int:
        return int(self._X.shape[0])

    def take(self, rows: NDArray[np.int64]) -> Any:
        """Return rows."""
        return take_rows(self._X, rows, self.is_dense)

    def plan(self, rows: NDArray[np.int64]) -> Plan:
        """Return batches for prediction."""
        size = _PREDICTED_AT_ONCE
        if self.is_dense:
            size = min(size, max(1, _MAX_PLACES // self._X.shape[1]))
        return _cut(rows, size)

    def plan_epoch(self, rows: NDArray[np.int64], generator: np.random.Generator) -> Plan:
        """Return batches for training."""
        return _cut(generator.permutation(rows), self._batch_size)


def _cut(rows: NDArray[np.int64], size: int) -> Plan:
    return [rows[begin : begin + size] for begin in range(0, len(rows), size)]


def check_sizes(sizes: Any) -> None:
    """Raise ValueError unless these are sizes of layers."""
    is_sequence = isinstance(sizes, tuple | list | np.ndarray)
    if not is_sequence or not all(_is_count(n) for n in sizes):
        raise ValueError(
            f"hidden_layer_sizes must be a tuple of integers of at least 1, such as (128, 64), or (); got {sizes!r}"
        )


def _is_count(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) > 0
