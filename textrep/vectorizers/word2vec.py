"""`Word2VecVectorizer`: skip-gram and CBOW as a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from textrep.training.settings import Word2VecSettings
from textrep.vectorizers.trained import TrainedVectorizer

__all__ = ["Word2VecVectorizer"]


class Word2VecVectorizer(TrainedVectorizer):
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
        measured for either architecture; with ``engine="gensim"`` 0.025, gensim's own.
    tokenizer : str or callable
        ``"word"``, ``"whitespace"``, ``"char"``, ``"kiwi"`` (Korean), or a function from str to list of str.
    min_token_length : int
        Shorter tokens are left out (characters).
    max_vocabulary : int, optional
        Only so many words are kept, the most frequent.
    pooling : {"mean", "sif", "tfidf", "max"}
        How `transform` makes a document vector of the vectors of the document's words; see `textrep.pooling`.
    engine : {"textrep", "gensim"}
        What trains: textrep's kernels, or gensim, whose vectors these then are, bit for bit with one thread. It needs
        the extra ``gensim``, and cannot go on from a store. Documents above 10,000 tokens, which gensim itself would
        cut, are given to it in pieces. Noise words are then drawn by their counts to the power of 0.75, and
        ``history_`` has no loss (NaN).
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
        One an epoch: ``epoch`` (from 1), ``loss`` (mean over the pairs trained), ``words_per_second``,
        which `save` does not keep.

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

    _settings_class = Word2VecSettings

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
        engine: str = "textrep",
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
        self.engine = engine
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
