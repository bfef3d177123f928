"""`RecurrentClassifier`: documents to classes, by a recurrent network over their words."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import nn

from textrep.checks import check_choice
from textrep.classifiers.classifier import NetworkClassifier
from textrep.classifiers.feedforward import ACTIVATIONS
from textrep.classifiers.feedforward_classifier import check_sizes
from textrep.classifiers.inputs import DocumentSource
from textrep.classifiers.learners import Source, compute_logits
from textrep.classifiers.networks import DocumentNetwork
from textrep.classifiers.poolings import POOLINGS
from textrep.classifiers.recurrent_estimator import PREDICTED_AT_ONCE, PREDICTED_IN_A_BATCH, RecurrentEstimator
from textrep.classifiers.tokens import Tokens, read_documents
from textrep.store import EmbeddingStore
from textrep.store.file import Saved
from textrep.store.form import SavedForm
from textrep.text.tokenizers import Tokenizer, check_can_be_saved, get_tokenizer, tokenizer_from_dict

__all__ = ["RecurrentClassifier"]


class RecurrentClassifier(RecurrentEstimator, NetworkClassifier):
    """Classify documents by a recurrent network: vectors of words, an RNN, GRU or LSTM over them, and a pooling.

    Two classes have one logit and a sigmoid, more have a softmax; documents with several labels have a sigmoid for each
    class. Weights are learned by Adam. Documents are never cut, and what else is predicted with one changes nothing.

    Words have the vectors of the store; those that it knows only by their subwords are composed, whether they occur in
    training or not. All other words share one unknown vector, which is learned: in training, rare words are made
    unknown now and then. Without a store the words of the training documents have vectors that are learned.

    Parameters
    ----------
    store : EmbeddingStore, optional
        Vectors of words, dense: of word2vec, FastText, GloVe.
    cell : {"lstm", "gru", "rnn"}
        The recurrent unit; ``"rnn"`` is Elman's, with tanh.
    hidden_size : int
        How many numbers a state has, for each direction.
    num_layers : int
        Each recurrent layer reads the states of the one below.
    bidirectional : bool
        Whether documents are also read from the end.
    fine_tune : bool
        Whether training changes the vectors of words. If not, they stay those of the store.
    pooling : {"max", "mean", "last", "attention"}
        How the states of all words become one vector.
    hidden_layer_sizes : sequence of int
        Layers between that vector and the logits.
    activation : {"relu", "tanh", "sigmoid", "identity"}
        What follows each of these layers.
    vector_size : int
        How many numbers a word's vector has, without a store.
    tokenizer : str or callable, optional
        What splits documents, as `textrep.get_tokenizer` takes it. By default that of the store, else ``"word"``.
        Documents that are token lists are taken as they are.
    min_count : int
        Without a store, words that occur less often in the training documents are unknown.
    dropout : float
        The share of numbers dropped in training from words' vectors, between layers, and from the pooled vector.
    l1, l2 : float
        ``l1 * sum(abs(w)) + l2 * sum(w ** 2)`` over the weights of layers is added to the mean loss that is minimised;
        biases and vectors of words are left alone.
    learning_rate : float
        Of Adam.
    batch_size : int
        Documents in a step of training. They are of like length, so that little is padding.
    max_epochs : int
        How often all training documents are gone through, at most.
    validation_fraction : float
        The share of documents, the same of each class, that is not trained on but tells how good the network is. 0 is
        none.
    early_stopping : bool
        Whether training ends when the validation loss has not fallen for `patience` epochs, and the weights of the
        epoch with the lowest are put back. If not, all epochs are trained, and the last weights stay, unless Ctrl-C
        ends training.
    patience : int
        How many epochs in a row may be no better than the best.
    clip_gradient : float, optional
        Gradients are shortened to this length (Euclidean norm of all of them together) where they are longer.
    class_weight : None, "balanced", or dict from labels to numbers
        How much each class counts, as `FeedForwardClassifier` has it.
    multilabel : bool, optional
        Whether a list, tuple or set as the label of a document is several labels. By default it is where each document
        has one; False is for labels that are tuples themselves. For cross-validation see `FeedForwardClassifier`.
    device : str or torch.device
        ``"auto"`` is a GPU if there is one, else the CPU.
    random_state : int, RandomState or None
        The seed of validation documents, first weights, order and dropout. On the CPU, with the same number of threads,
        training with the same int repeats exactly.
    verbose : int
        Above 0, a line an epoch goes to stderr.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The labels: sorted, or, where they cannot be compared, by the names of their types and their repr.
    history_ : list of dict
        As `FeedForwardClassifier` has it.
    best_epoch_ : int
        The epoch that the weights are of; 0 if Ctrl-C cut short the first one, or any without validation documents.
    interrupted_ : bool
        Whether Ctrl-C ended training.
    multilabel_ : bool
        Whether a document may have any number of labels, and not just one.
    network_ : torch.nn.Module
        The network.
    words_ : textrep.classifiers.words.Words
        The words that the network knows. It keeps the store, so that predictions need nothing else.
    tokenizer_ : Tokenizer
        What splits documents.

    Notes
    -----
    Ctrl-C ends the `fit` at hand. Within `GridSearchCV` or `cross_val_score`, the next one begins; pressed twice during
    the same `fit`, it ends the search.

    Examples
    --------
    >>> from textrep import RecurrentClassifier
    >>> texts = ["a good film", "a bad film", "good plot", "bad plot", "such a good cast", "such a bad cast"] * 10
    >>> model = RecurrentClassifier(hidden_size=16, random_state=0).fit(texts, ["+", "-"] * 30)
    >>> model.predict(["a good idea"]).tolist()
    ['+']
    """

    network_: DocumentNetwork
    tokenizer_: Tokenizer

    _dimension_names = {(2, 3): "batch", (4, 5): "words"}  # noqa: RUF012
    _architecture_parameters = (
        *RecurrentEstimator._architecture_parameters, "pooling", "hidden_layer_sizes", "activation"
    )  # fmt: skip

    def __init__(
        self,
        store: EmbeddingStore | None = None,
        *,
        cell: str = "lstm",
        hidden_size: int = 128,
        num_layers: int = 1,
        bidirectional: bool = True,
        fine_tune: bool = True,
        pooling: str = "max",
        hidden_layer_sizes: Any = (),
        activation: str = "relu",
        vector_size: int = 100,
        tokenizer: Any = None,
        min_count: int = 1,
        dropout: float = 0.5,
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
        self.store = store
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.fine_tune = fine_tune
        self.pooling = pooling
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.vector_size = vector_size
        self.tokenizer = tokenizer
        self.min_count = min_count
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

    def _read(self, X: Any) -> Tokens:
        self._check_network()
        check_sizes(self.hidden_layer_sizes)
        check_choice("pooling", self.pooling, POOLINGS)
        check_choice("activation", self.activation, tuple(ACTIVATIONS))
        tokenizer = self.tokenizer
        if tokenizer is None:
            tokenizer = None if self.store is None else self.store.tokenizer
        self.tokenizer_ = get_tokenizer("word" if tokenizer is None else tokenizer)
        return read_documents(X, self.tokenizer_, torch.get_num_threads())

    def _prepare(
        self, read: Tokens, training: NDArray[np.int64], n_logits: int, device: torch.device
    ) -> tuple[Source, nn.Module]:
        vectors = self._learn_words(read, training)
        source = DocumentSource(read, self.words_, self.batch_size, device)
        return source, self._build(n_logits, vectors)

    def _build(self, n_logits: int, vectors: NDArray[np.float32] | None) -> DocumentNetwork:
        """Return a network for these parameters and `words_`, with random weights and these vectors of words."""
        embedding = self._embedding(vectors)
        return DocumentNetwork(
            embedding,
            self._encoder(embedding.vector_size),
            n_logits,
            self.pooling,
            self.hidden_layer_sizes,
            self.activation,
            self.dropout,
        )

    def _logits(self, X: Any) -> NDArray[np.float32]:
        check_is_fitted(self, "network_")
        network, device = self._placed_network()
        n_logits = self._coder.n_logits
        found = [np.empty((0, n_logits), np.float32)]
        for part in read_documents(X, self.tokenizer_, torch.get_num_threads()).parts(PREDICTED_AT_ONCE):
            source = DocumentSource(part, self.words_, PREDICTED_IN_A_BATCH, device)
            found.append(compute_logits(network, source, n_logits, device))
        return np.concatenate(found)

    def _state(self) -> Saved:
        state = super()._state()
        check_can_be_saved(self.tokenizer_)
        return Saved({**state.header, "tokenizer": self.tokenizer_.to_dict()}, state.tensors)

    def _restore(self, form: SavedForm) -> None:
        super()._restore(form)
        check_sizes(self.hidden_layer_sizes)
        self.tokenizer_ = tokenizer_from_dict(form.value("tokenizer", dict))

    def _skeleton(self) -> DocumentNetwork:
        return self._build(self._coder.n_logits, self._placeholders())
