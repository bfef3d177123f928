"""`FastTextVectorizer`: word2vec with subwords, which give vectors to words never seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from textrep.documents import readable_again
from textrep.encoded import encode_corpus
from textrep.errors import EmptyCorpusError
from textrep.pooling import pool
from textrep.store.file import StoreParts
from textrep.store.lookup import Lookup
from textrep.store.subwords import SubwordTable
from textrep.training.settings import FastTextSettings
from textrep.vectorizers.trained import TrainedVectorizer

__all__ = ["FastTextVectorizer"]


class FastTextVectorizer(TrainedVectorizer):
    """Word vectors by fastText [1]_: of words and of the parts they consist of, pooled to document vectors.

    A word's vector is the mean of the word's own row and the rows of its character n-grams. So a word that was never
    seen has a vector too, by its n-grams, in `transform` and in the store that `to_store` returns.

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
    min_n, max_n : int
        Shortest and longest n-gram of ``<word>``, in characters, boundary signs included. 3 to 6 suits English; for
        Korean syllables 1 to 4 is better. ``max_n=0``: none.
    buckets : int
        How many rows n-grams are hashed to. Only rows that the vocabulary uses take memory.
    subwords : {"char", "jamo"}
        ``"jamo"``, for Korean: beside n-grams of syllables, n-grams of the jamo they consist of [2]_.
    min_jamo_n, max_jamo_n : int
        Shortest and longest n-gram of jamo, of which a syllable has three (one may be the sign for "no final"). By
        default 6, two syllables' worth wherever it begins, which scored best on 40 MB of text; the paper's 3 to 5
        relate words better on corpora of a few MB.
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
        ``history_`` has no loss (NaN). Each of the buckets takes memory while gensim trains; n-grams that no word of
        the vocabulary has count as zeros afterwards, where gensim adds the random numbers they began with.
        ``subwords="jamo"`` is textrep's alone.
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
        The word vectors, subwords included; row i belongs to word i of the vocabulary.
    context_vectors_ : ndarray of float32, shape (n_words, vector_size) or (n_words - 1, vector_size)
        The output vectors: of words, or with hierarchical softmax of the inner nodes of the Huffman tree.
    history_ : list of dict
        One an epoch: ``epoch`` (from 1), ``loss`` (mean over the pairs trained), ``words_per_second``,
        which `save` does not keep.

    References
    ----------
    .. [1] Bojanowski, Grave, Joulin, Mikolov: Enriching Word Vectors with Subword Information. TACL 2017.
    .. [2] Park, Byun, Baek, Cho, Oh: Subword-level Word Vector Representations for Korean. ACL 2018.

    Examples
    --------
    >>> from textrep import FastTextVectorizer
    >>> texts = ["the cat sat on the mat", "the dog sat on the cat"] * 20
    >>> vectorizer = FastTextVectorizer(vector_size=20, min_count=2, random_state=0)
    >>> vectorizer.fit_transform(texts).shape
    (40, 20)
    >>> vectorizer.to_store()["cats"].shape  # never seen
    (20,)
    """

    _settings_class = FastTextSettings

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
        min_n: int = 3,
        max_n: int = 6,
        buckets: int = 2_000_000,
        subwords: str = "char",
        min_jamo_n: int = 6,
        max_jamo_n: int = 6,
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
        self.min_n = min_n
        self.max_n = max_n
        self.buckets = buckets
        self.subwords = subwords
        self.min_jamo_n = min_jamo_n
        self.max_jamo_n = max_jamo_n
        self.pooling = pooling
        self.engine = engine
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return one vector a document, pooled from the vectors of its words as `pooling` says.

        Parameters
        ----------
        X : Corpus, path, iterable of str, or iterable of token lists
            The documents.

        Returns
        -------
        ndarray of float32, shape (n_documents, vector_size)
            Words never seen count by their subwords; one without a known subword is left out. A document without a
            word is a row of zeros.

        Raises
        ------
        DocumentError
            If X is a single str, or a document is neither a str nor a list of tokens.
        """
        check_is_fitted(self, "vectors_")
        documents = readable_again(X)
        try:
            seen, corpus = encode_corpus(documents, self._tokenizer, n_jobs=self.n_jobs)
        except EmptyCorpusError:
            return super().transform(documents)  # which has no word to look up
        with corpus:
            rule, buckets = self._settings.subword_rule, self._buckets
            table = None if rule is None or buckets is None else SubwordTable(rule, buckets.numbers, buckets.vectors)
            tokens, split = self.vocabulary_.tokens, self._tokenizer.to_dict()
            lookup = Lookup(StoreParts(tokens, self.vectors_, None, None, split, {}, table), "this vectorizer")
            numbers = lookup.find_many(seen.to_list())  # int64 [n_seen]
            new = np.flatnonzero(numbers < 0)
            vectors = self.vectors_[np.maximum(numbers, 0)]  # [n_seen, vector_size]
            vectors[new] = 0
            if table is not None:
                vectors[new] = table.compose([lookup.spelled(seen.token(i)) for i in new.tolist()])
            pooling = self._pooling
            if pooling.weights is not None:
                weights = pooling.weights[numbers]  # [n_seen]
                weights[new] = pooling.unseen_weight
                pooling = replace(pooling, weights=weights)
            return pool(corpus, vectors, pooling, np.logical_not(vectors.any(axis=1)), self._name)
