"""`GloVeVectorizer`: word vectors from counts of pairs of words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textrep.store.file import Saved
from textrep.store.form import SavedForm
from textrep.training.settings import GloVeSettings
from textrep.training.trained import Trained
from textrep.vectorizers.trained import TrainedVectorizer

if TYPE_CHECKING:
    from typing import Self

__all__ = ["GloVeVectorizer"]


class GloVeVectorizer(TrainedVectorizer):
    """Word vectors by GloVe [1]_, pooled to document vectors.

    How often words stand near each other is counted once. Vectors are then fitted so that the product of a word's and
    a context's, with a bias of each, is the logarithm of their count: by weighted least squares, the sum over all pairs
    ``i``, ``j`` that were seen of ``f(x_ij) * (w_i @ c_j + b_i + d_j - log(x_ij)) ** 2``, where ``f(x)`` is
    ``min(1, (x / x_max) ** alpha)``. What comes out are the sums of word and context vectors.

    Parameters
    ----------
    vector_size : int
        Dimensions of the vectors.
    window : int
        How many words to each side are contexts; one at distance ``d`` counts ``1 / d``.
    symmetric : bool
        Whether words to the right are contexts, as those to the left are.
    x_max : float
        Pairs that are counted so often or more have the full weight.
    alpha : float
        How the weights of rarer pairs fall; 0 gives all the same.
    epochs : int
        Passes over the counts.
    min_count : int
        Words seen less often are left out.
    learning_rate : float, optional
        The step of AdaGrad, by default 0.05, the authors'. It stays the same; AdaGrad makes steps smaller by itself, in
        the authors' form: the square root it divides by is of one plus the sum of squares so far.
    tokenizer : str or callable
        ``"word"``, ``"whitespace"``, ``"char"``, ``"kiwi"`` (Korean), or a function from str to list of str.
    min_token_length : int
        Shorter tokens are left out (characters).
    max_vocabulary : int, optional
        Only so many words are kept, the most frequent.
    memory_limit : int
        Bytes to use for counting, roughly. Counts that need more than half of it go to temporary files, in the folder
        that ``TMPDIR`` names, which are removed in the end, however it comes. The vectors come on top.
    pooling : {"mean", "sif", "tfidf", "max"}
        How `transform` makes a document vector of the vectors of the document's words; see `textrep.pooling`.
    n_jobs : int, optional
        Threads; None is one, -1 all processors. Results do not depend on it.
    random_state : int, RandomState instance or None
        Seed of the initial vectors and of the order of training. Results repeat bit by bit (on one kind of processor)
        for one seed and one `memory_limit`.
    verbose : int
        Above 0, a line an epoch on stderr.

    Attributes
    ----------
    vocabulary_ : Vocabulary
        The words, by count descending, then by code points.
    vectors_ : ndarray of float32, shape (n_words, vector_size)
        The sums of word and context vectors; row i belongs to word i of the vocabulary.
    context_vectors_ : ndarray of float32, shape (n_words, vector_size)
        The context vectors; ``vectors_ - context_vectors_`` are the word vectors alone.
    biases_, context_biases_ : ndarray of float32, shape (n_words,)
        The biases of words and of contexts.
    history_ : list of dict
        One an epoch: ``epoch`` (from 1); ``objective``, the sum above, of the vectors as they are when the epoch ends,
        and ``loss``, the same divided by the number of pairs; and ``words_per_second``, the corpus's words in the time
        of the epoch, measuring included. `save` keeps ``epoch`` and ``loss``.

    References
    ----------
    .. [1] Pennington, Socher, Manning: GloVe: Global Vectors for Word Representation. EMNLP 2014.

    Examples
    --------
    >>> from textrep import GloVeVectorizer
    >>> texts = ["the cat sat on the mat", "the dog sat on the cat"] * 20
    >>> vectorizer = GloVeVectorizer(vector_size=20, min_count=2, random_state=0)
    >>> vectorizer.fit_transform(texts).shape
    (40, 20)
    """

    _settings_class = GloVeSettings

    biases_: NDArray[np.float32]
    context_biases_: NDArray[np.float32]

    def __init__(
        self,
        *,
        vector_size: int = 100,
        window: int = 10,
        symmetric: bool = True,
        x_max: float = 100.0,
        alpha: float = 0.75,
        epochs: int = 25,
        min_count: int = 5,
        learning_rate: float | None = None,
        tokenizer: str | Callable[[str], list[str]] = "word",
        min_token_length: int = 1,
        max_vocabulary: int | None = None,
        memory_limit: int = 1 << 30,
        pooling: str = "mean",
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.vector_size = vector_size
        self.window = window
        self.symmetric = symmetric
        self.x_max = x_max
        self.alpha = alpha
        self.epochs = epochs
        self.min_count = min_count
        self.learning_rate = learning_rate
        self.tokenizer = tokenizer
        self.min_token_length = min_token_length
        self.max_vocabulary = max_vocabulary
        self.memory_limit = memory_limit
        self.pooling = pooling
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def saved(self) -> Saved:
        """Return what a file holds of the fitted vectorizer; see `save`."""
        saved = super().saved()
        biases = {"glove.biases": self.biases_, "glove.context_biases": self.context_biases_}
        return Saved(saved.header, {**saved.tensors, **biases})

    @classmethod
    def from_saved(cls, form: SavedForm) -> Self:
        """Return the vectorizer that a file holds; see `load`."""
        vectorizer = super().from_saved(form)
        shape = (len(vectorizer.vocabulary_),)
        vectorizer.biases_ = form.tensor("glove.biases", np.float32, shape)
        vectorizer.context_biases_ = form.tensor("glove.context_biases", np.float32, shape)
        return vectorizer

    def _keep(self, trained: Trained) -> None:
        super()._keep(trained)
        assert trained.biases is not None
        self.biases_, self.context_biases_ = trained.biases
