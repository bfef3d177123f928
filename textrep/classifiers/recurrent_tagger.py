"""`RecurrentTagger`: a tag for each token of a sentence, by a recurrent network over its words and their characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from textrep.checks import check_callable, check_switch
from textrep.classifiers.alphabet import Alphabet
from textrep.classifiers.characters import CharacterBatch, CharacterFeatures
from textrep.classifiers.estimator import Seeds, choose_device
from textrep.classifiers.fitting import seeded
from textrep.classifiers.inputs import SentenceSource
from textrep.classifiers.labels import in_order
from textrep.classifiers.networks import TaggingHead, TaggingNetwork
from textrep.classifiers.progress import FittingCallback
from textrep.classifiers.recurrent_estimator import PREDICTED_AT_ONCE, PREDICTED_IN_A_BATCH, RecurrentEstimator
from textrep.classifiers.tag_learner import TagLearner, each_sentence
from textrep.classifiers.tag_lists import checked_tags, numbered_tags, score_tags, told_scheme
from textrep.classifiers.tags import TagConstraints, allowed_transitions
from textrep.classifiers.tokens import Tokens, read_sentences
from textrep.classifiers.words import speller_of
from textrep.store import EmbeddingStore
from textrep.store.file import Saved
from textrep.store.form import SavedForm

if TYPE_CHECKING:
    from typing import Self

__all__ = ["RecurrentTagger"]


class RecurrentTagger(RecurrentEstimator):
    """Give each token of a sentence a tag: part of speech, or the place in a name that it has.

    A recurrent network reads vectors of words and, beside them, features of their characters; a linear-chain CRF finds
    the best tags together. Where tags mark spans, as those of BIO do, only sequences that their scheme allows are
    predicted. Weights are learned by Adam. Sentences are never cut, and what else is predicted with one changes
    nothing.

    A token has the vector that the store has for it; or for it in the normal form and case of the store's tokenizer; or
    the mean of the parts that this tokenizer would split it into; or one that is composed of subwords, if the store has
    any. All other words share one unknown vector, which is learned: in training, rare words are made unknown now and
    then. Without a store, words are lower-cased, and those of the training sentences have vectors that are learned.

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
        Whether sentences are also read from the end.
    fine_tune : bool
        Whether training changes the vectors of words. If not, they stay those of the store.
    char_features : bool
        Whether a convolution over the characters of each word gives it features: case, endings, digits.
    crf : bool
        Whether scores of neighbouring tags are learned. Without, each token is tagged for itself, but the scheme of
        the tags is kept to all the same.
    scheme : str or None
        How tags mark spans, as `textrep.evaluation.spans` takes it; ``"auto"`` tells it by the tags; None lets any
        tag follow any other.
    vector_size : int
        How many numbers a word's vector has, without a store.
    min_count : int
        Without a store, words that occur less often in the training sentences are unknown.
    dropout : float
        The share of numbers dropped in training from what the recurrent layers read and give.
    l1, l2 : float
        ``l1 * sum(abs(w)) + l2 * sum(w ** 2)`` over the weights of layers is added to the mean loss that is minimised;
        biases, vectors of words and characters, and scores of neighbouring tags are left alone.
    learning_rate : float
        Of Adam.
    batch_size : int
        Sentences in a step of training. They are of like length, so that little is padding.
    max_epochs : int
        How often all training sentences are gone through, at most.
    validation_fraction : float
        The share of sentences that is not trained on but tells how good the network is. 0 is none.
    early_stopping : bool
        Whether training ends when the validation loss has not fallen for `patience` epochs, and the weights of the
        epoch with the lowest are put back. If not, all epochs are trained, and the last weights stay, unless Ctrl-C
        ends training.
    patience : int
        How many epochs in a row may be no better than the best.
    clip_gradient : float, optional
        Gradients are shortened to this length (Euclidean norm of all of them together) where they are longer.
    device : str or torch.device
        ``"auto"`` is a GPU if there is one, else the CPU.
    random_state : int, RandomState or None
        The seed of validation sentences, first weights, order and dropout. On the CPU, with the same number of threads,
        training with the same int repeats exactly.
    verbose : int
        Above 0, a line an epoch goes to stderr.

    Attributes
    ----------
    classes_ : ndarray, shape (n_tags,)
        The tags: sorted, or, where they cannot be compared, by the names of their types and their repr.
    scheme_ : str or None
        How they mark spans; None if they mark none.
    history_ : list of dict
        One an epoch: ``epoch`` (from 1), ``train_loss`` (mean of a token over the epoch, while the network changed),
        ``train_score`` (as `score` has it, afterwards, on a sample of at most 2,000 sentences), ``validation_loss``,
        ``validation_score``, and ``seconds``. Those of validation are missing where no sentences are kept for it.
    best_epoch_ : int
        The epoch that the weights are of; 0 if Ctrl-C cut short the first one, or any without validation sentences.
    interrupted_ : bool
        Whether Ctrl-C ended training.
    network_ : torch.nn.Module
        The network.
    words_ : textrep.classifiers.words.Words
        The words that the network knows. It keeps the store, so that predictions need nothing else.
    alphabet_ : textrep.classifiers.alphabet.Alphabet or None
        The characters that it knows; None without `char_features`.

    Notes
    -----
    Ctrl-C ends the `fit` at hand. Within `GridSearchCV` or `cross_val_score`, the next one begins; pressed twice during
    the same `fit`, it ends the search.

    References
    ----------
    Ma, Hovy: End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF. ACL 2016.

    Examples
    --------
    >>> from textrep import RecurrentTagger
    >>> sentences = [["Ann", "sees", "Rome"], ["Bob", "saw", "Ann", "Lee"], ["Rome", "saw", "Bob"]] * 10
    >>> tags = [["B-PER", "O", "B-LOC"], ["B-PER", "O", "B-PER", "I-PER"], ["B-LOC", "O", "B-PER"]] * 10
    >>> tagger = RecurrentTagger(hidden_size=16, batch_size=8, random_state=0).fit(sentences, tags)
    >>> tagger.predict([["Ann", "Lee", "saw", "Rome"]])
    [['B-PER', 'I-PER', 'O', 'B-LOC']]
    """

    network_: TaggingNetwork
    classes_: NDArray[Any]
    scheme_: str | None
    alphabet_: Alphabet | None

    _dimension_names = {(2, 3): "batch", (4, 5): "words", (8, 9): "characters"}  # noqa: RUF012
    _architecture_parameters = (*RecurrentEstimator._architecture_parameters, "char_features", "crf")

    def __init__(
        self,
        store: EmbeddingStore | None = None,
        *,
        cell: str = "lstm",
        hidden_size: int = 128,
        num_layers: int = 1,
        bidirectional: bool = True,
        fine_tune: bool = True,
        char_features: bool = True,
        crf: bool = True,
        scheme: str | None = "auto",
        vector_size: int = 100,
        min_count: int = 1,
        dropout: float = 0.3,
        l1: float = 0.0,
        l2: float = 0.0,
        learning_rate: float = 1e-3,
        batch_size: int = 32,
        max_epochs: int = 50,
        validation_fraction: float = 0.1,
        early_stopping: bool = True,
        patience: int = 3,
        clip_gradient: float | None = None,
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
        self.char_features = char_features
        self.crf = crf
        self.scheme = scheme
        self.vector_size = vector_size
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
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from tagged sentences.

        Ctrl-C ends training after the current batch, with a warning. The weights of the epoch with the lowest
        validation loss so far are kept; if there is none, those that the network has then. Pressed again, it raises
        KeyboardInterrupt, and the tagger is not fitted, as after any other error.

        Parameters
        ----------
        X : iterable of lists of str
            The tokens of each sentence. Sentences without tokens are left out, and so are line ends behind a token.
        y : iterable of lists
            The tag of each token, of any hashable type; dates, bytes and members of an Enum `save` refuses.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range, or sentences and tags do not fit together; names the sentence.
        TagSchemeError
            If tags mark spans by no known scheme, or the scheme, given or told, does not allow them in their order.
        TrainingError
            If training diverges; the message says what to change.
        """
        self.fit_reporting(X, y, self._reporter())
        self._tell_end()
        return self

    def fit_reporting(self, X: Any, y: Any, on_progress: FittingCallback) -> Self:
        """Do what `fit` does, with `on_progress` given a `textrep.classifiers.progress.FittingProgress` now and then.

        Nothing is said of how training ended; `interrupted_` and `history_` tell.
        """
        check_callable("on_progress", on_progress)
        self._forget()
        self._settings()
        self._check_network()
        device, seeds = choose_device(self.device), Seeds(self.random_state)
        tokens = read_sentences(X)
        tag_lists = checked_tags(y, tokens.lengths)
        rows = np.flatnonzero(tokens.lengths)
        if not len(rows):
            raise ValueError(f"there is no token to learn from: {len(tokens)} sentences, all without tokens")
        self.classes_ = in_order(chain.from_iterable(tag_lists))
        self.scheme_ = told_scheme(self.scheme, tag_lists)
        tags = self.classes_.tolist()
        constraints = self._constraints()

        def score(right: Sequence[Any], predicted: Sequence[Any]) -> float:
            given, found = ([[tags[i] for i in path.tolist()] for path in paths] for paths in (right, predicted))
            return score_tags(given, found, self.scheme_)

        training, validation = self._split(rows, None, seeds.generator)
        with seeded(seeds.torch, device):
            vectors = self._learn_words(tokens, training, speller_of(self.store))
            self.alphabet_ = self._learned_alphabet(tokens, training)
            network = self._build(vectors).to(device)
            source = SentenceSource(tokens, self.words_, self.batch_size, device, self.alphabet_)
            numbers = numbered_tags(tag_lists, tags)
            learner = TagLearner(network, source, numbers, tokens.offsets, constraints, score, device)
            self._train(learner, training, validation, seeds, on_progress)
        return self

    def predict(self, X: Any) -> list[list[Any]]:
        """Return the tags of each sentence.

        Parameters
        ----------
        X : iterable of lists of str
            The tokens of each sentence; one without tokens has no tags.

        Returns
        -------
        list of lists
            A tag a token.
        """
        return self._tagged(X)[0]

    def predict_proba(self, X: Any) -> list[NDArray[np.float32]]:
        """Return the probability of each tag of each token, in the order of `classes_`, whatever the others' tags are.

        The scheme of the tags is not kept to.

        Returns
        -------
        list of ndarray of float32, shape (n_tokens, n_tags)
            One a sentence; rows sum to 1.
        """
        check_is_fitted(self, "network_")
        return self._each_sentence(X, self.network_.head.probabilities)[0]

    def predict_with_proba(self, X: Any) -> tuple[list[list[Any]], list[NDArray[np.float32]]]:
        """Return what `predict` and `predict_proba` do, by one run of the network."""
        check_is_fitted(self, "network_")
        tags, probabilities = self._tagged(X, self.network_.head.probabilities)
        return tags, probabilities

    def decision_function(self, X: Any) -> list[NDArray[np.float32]]:
        """Return the scores of each tag of each token, before those of neighbouring tags are added.

        Returns
        -------
        list of ndarray of float32, shape (n_tokens, n_tags)
            One a sentence.
        """
        check_is_fitted(self, "network_")
        return self._each_sentence(X, lambda emissions, lengths: emissions)[0]  # noqa: ARG005

    def score(self, X: Any, y: Any) -> float:
        """Return F1 of spans, as conlleval has it, where tags mark spans; else the share of tokens tagged right.

        Parameters
        ----------
        X, y : see `fit`
            Sentences, and their right tags. Tags that training had not are never predicted.
        """
        predicted = self.predict(X)
        right = checked_tags(y, np.array([len(tags) for tags in predicted], np.int64))
        return score_tags(right, predicted, self.scheme_)

    def _check_counts(self) -> None:
        super()._check_counts()
        for name in ("char_features", "crf"):
            check_switch(name, getattr(self, name))

    def _learned_alphabet(self, tokens: Tokens, training: NDArray[np.int64]) -> Alphabet | None:
        """Return the characters of the words trained on, less those of one word only: they stand for unknown ones."""
        if not self.char_features:
            return None
        seen = np.flatnonzero(tokens.counts(training)).tolist()
        return Alphabet.of([tokens.distinct[i] for i in seen], min_words=2)

    def _build(self, vectors: NDArray[np.float32] | None) -> TaggingNetwork:
        """Return a network for these parameters, `words_` and `alphabet_`, with random weights and these vectors."""
        embedding = self._embedding(vectors)
        characters = None if self.alphabet_ is None else CharacterFeatures(len(self.alphabet_))
        encoder = self._encoder(embedding.vector_size + (0 if characters is None else characters.output_size))
        head = TaggingHead(encoder.output_size, len(self.classes_), self.crf)
        return TaggingNetwork(embedding, encoder, head, characters, self.dropout)

    def _tagged(self, X: Any, *functions: Callable[[Tensor, Tensor], Tensor]) -> tuple[list[Any], ...]:
        """Return the tags of each sentence, and what functions make of its emissions."""
        check_is_fitted(self, "network_")
        tags, constraints = self.classes_.tolist(), self._constraints()

        def best(emissions: Tensor, lengths: Tensor) -> Tensor:
            return self.network_.head.decode(emissions, lengths, constraints)

        paths, *others = self._each_sentence(X, best, *functions)
        return [[tags[i] for i in path.tolist()] for path in paths], *others

    def _each_sentence(self, X: Any, *functions: Callable[[Tensor, Tensor], Tensor]) -> list[list[NDArray[Any]]]:
        """Return what each function makes of the emissions of each sentence."""
        _, device = self._placed_network()
        found: list[list[NDArray[Any]]] = [[] for _ in functions]
        for part in read_sentences(X).parts(PREDICTED_AT_ONCE):
            source = SentenceSource(part, self.words_, PREDICTED_IN_A_BATCH, device, self.alphabet_)
            for results, more in zip(found, each_sentence(functions, self.network_, source, device), strict=True):
                results += more
        return found

    def _state(self) -> Saved:
        state = super()._state()
        alphabet = None if self.alphabet_ is None else self.alphabet_.characters
        return Saved({**state.header, "scheme": self.scheme_, "alphabet": alphabet}, state.tensors)

    def _restore(self, form: SavedForm) -> None:
        super()._restore(form)
        self.scheme_ = form.value("scheme", str | None)  # type: ignore[arg-type]
        self._constraints()  # which finds tags that are not of the scheme
        characters = form.value("alphabet", str | None)  # type: ignore[arg-type]
        if characters is not None and len(set(characters)) < len(characters):
            raise form.refusal("its alphabet has a character twice")
        self.alphabet_ = None if characters is None else Alphabet(characters)

    def _skeleton(self) -> TaggingNetwork:
        return self._build(self._placeholders())

    def _constraints(self) -> TagConstraints | None:
        return None if self.scheme_ is None else allowed_transitions(self.classes_.tolist(), self.scheme_)

    def _examples(self, device: torch.device) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        if self.alphabet_ is None:
            return super()._examples(device)
        (few,), (more,) = super()._examples(device)
        characters = [CharacterBatch.of_one_word(n, words.ids).to(device) for n, words in ((6, few), (7, more))]
        return (few, characters[0]), (more, characters[1])
