"""`Word2VecVectorizer`: skip-gram and CBOW as a scikit-learn estimator."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from textrep.embedding import store_of
from textrep.pooling import fit_pooling
from textrep.progress import epoch_printer, silent
from textrep.text import get_tokenizer
from textrep.training.settings import POOLINGS, Word2VecSettings, check_choice
from textrep.training.word2vec import Documents, Trained, encode_documents, train_encoded
from textrep.vectorizers.base import DenseVectorizer

if TYPE_CHECKING:
    from textrep.store import EmbeddingStore

__all__ = ["Word2VecVectorizer"]


class Word2VecVectorizer(DenseVectorizer):
    """Word vectors by word2vec [1]_ [2]_, pooled to document vectors.

    Parameters
    ----------
    architecture : {"skipgram", "cbow"}
        Skip-gram predicts a word from each of its neighbours, CBOW from their mean. CBOW trains faster, skip-gram gives
        better vectors on corpora below some 100 million words.
    vector_size : int
        Dimensions of the vectors.
    window : int
        Words to each side that may count as context; the reach is drawn anew from 1 to `window` for every word.
    negative : int
        Noise words drawn for every centre word; they are shared by all its contexts. Not used with
        ``loss="hierarchical_softmax"``.
    loss : {"negative_sampling", "hierarchical_softmax"}
        What is minimised.
    epochs : int
        Passes over the corpus.
    min_count : int
        Words seen less often are left out.
    sample : float
        Relative frequency above which occurrences of a word are skipped at random; 0 skips none.
    learning_rate : float, optional
        The step at the beginning; it falls linearly to nearly 0 over all epochs. By default 0.05, the best
        measured for either architecture.
    tokenizer : str or callable
        ``"word"``, ``"whitespace"``, ``"char"``, or a function from str to list of str.
    min_token_length : int
        Shorter tokens are left out (characters).
    max_vocabulary : int, optional
        Only so many words are kept, the most frequent.
    pooling : {"mean", "sif", "tfidf", "max"}
        How `transform` makes a document vector of the vectors of the document's words; see `textrep.pooling`.
    n_jobs : int, optional
        Threads. None is one, whose results repeat bit by bit for a `random_state` (on one kind of processor: vector
        units of another width round sums differently); with more, threads update the vectors without locks, and
        results repeat in quality only. -1 is all processors.
    random_state : int, RandomState instance or None
        Seed of the initial vectors, of subsampling, windows and noise.
    verbose : int
        Above 0, a line an epoch on stderr.

    Attributes
    ----------
    vocabulary_ : Vocabulary
        The words, by count descending, then by code points.
    vectors_ : ndarray of float32, shape (n_words, vector_size)
        The word vectors; row i belongs to word i of the vocabulary.
    context_vectors_ : ndarray of float32, shape (n_words, vector_size) or (n_words - 1, vector_size)
        The output vectors: of words, or with hierarchical softmax of the inner nodes of the Huffman tree.
    history_ : list of dict
        One an epoch: ``epoch`` (from 1), ``loss`` (mean over the pairs trained), ``words_per_second``.

    References
    ----------
    .. [1] Mikolov, Chen, Corrado, Dean: Efficient Estimation of Word Representations in Vector Space. ICLR 2013.
    .. [2] Mikolov, Sutskever, Chen, Corrado, Dean: Distributed Representations of Words and Phrases and their
       Compositionality. NIPS 2013.

    Examples
    --------
    >>> from textrep import Word2VecVectorizer
    >>> texts = ["the cat sat on the mat", "the dog sat on the cat"] * 20
    >>> vectorizer = Word2VecVectorizer(vector_size=20, min_count=2, random_state=0)
    >>> vectorizer.fit_transform(texts).shape
    (40, 20)
    """

    context_vectors_: NDArray[np.float32]
    history_: list[dict[str, float]]

    def __init__(
        self,
        *,
        architecture: str = "skipgram",
        vector_size: int = 100,
        window: int = 5,
        negative: int = 5,
        loss: str = "negative_sampling",
        epochs: int = 5,
        min_count: int = 5,
        sample: float = 1e-3,
        learning_rate: float | None = None,
        tokenizer: str | Callable[[str], list[str]] = "word",
        min_token_length: int = 1,
        max_vocabulary: int | None = None,
        pooling: str = "mean",
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.architecture = architecture
        self.vector_size = vector_size
        self.window = window
        self.negative = negative
        self.loss = loss
        self.epochs = epochs
        self.min_count = min_count
        self.sample = sample
        self.learning_rate = learning_rate
        self.tokenizer = tokenizer
        self.min_token_length = min_token_length
        self.max_vocabulary = max_vocabulary
        self.pooling = pooling
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Documents, y: Any = None) -> Word2VecVectorizer:  # noqa: ARG002
        """Learn word vectors.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The documents.
        y : ignored
            There for pipelines.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter is out of range.
        TypeError
            If X is a single str, or a document is neither a str nor a list of tokens.
        CorpusError
            If the corpus cannot be read, or holds no word often enough.
        TrainingError
            If training diverges; the message says what to change.
        """
        check_choice("pooling", self.pooling, POOLINGS)
        settings = self._checked_settings()
        report = epoch_printer() if self.verbose else silent
        vocabulary, corpus = encode_documents(X, settings, report)
        with corpus:
            trained = train_encoded(vocabulary, corpus, settings, report)
            self._pooling = fit_pooling(self.pooling, corpus, trained.vectors, vocabulary)
        self._settings, self._tokenizer = (
            settings,
            get_tokenizer(settings.tokenizer, settings.min_token_length),
        )
        self.vocabulary_ = vocabulary
        self.vectors_, self.context_vectors_ = trained.vectors, trained.context_vectors
        self.history_ = trained.history
        return self

    def to_store(self) -> EmbeddingStore:
        """Return the word vectors as a store, with the tokenizer and the parameters they were made with."""
        check_is_fitted(self, "vectors_")
        trained = Trained(self.vocabulary_, self.vectors_, self.context_vectors_, self.history_)
        return store_of(trained, self._settings)

    def _checked_settings(self) -> Word2VecSettings:
        parameters = self.get_params(deep=False)
        for name in ("pooling", "verbose"):
            del parameters[name]
        if not isinstance(self.random_state, numbers.Integral | None):
            parameters["random_state"] = int(check_random_state(self.random_state).randint(2**31))
        return Word2VecSettings(**parameters)
