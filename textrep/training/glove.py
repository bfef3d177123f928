"""GloVe: vectors whose products are the logarithms of how often words stand near each other.

Blocks of counts that share no row and no column are trained at once; which blocks, and in which order, does not depend
on the number of threads, and neither does any bit of the result (Gemulla, Nijkamp, Haas, Sismanis: Large-Scale Matrix
Factorization with Distributed Stochastic Gradient Descent. KDD 2011).
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from textrep.available import check_memory
from textrep.encoded import EncodedCorpus
from textrep.errors import EmptyCorpusError
from textrep.kernels.glove import FIXED, squared_errors, train_block
from textrep.kernels.jit import on_first_compile
from textrep.parallel import n_threads
from textrep.progress import Progress, ProgressCallback, silent
from textrep.training.blocks import Cooccurrences
from textrep.training.cooccurrence import count_cooccurrences
from textrep.training.matrices import aligned_zeros, all_finite, padded
from textrep.training.settings import GloVeSettings
from textrep.training.trained import Trained, not_finite
from textrep.vocabulary import Vocabulary
from textrep.warning import warn

__all__ = ["train_glove"]


def train_glove(
    vocabulary: Vocabulary,
    corpus: EncodedCorpus,
    settings: GloVeSettings,
    on_progress: ProgressCallback = silent,
) -> Trained:
    """Train word vectors on an encoded corpus.

    Raises
    ------
    EmptyCorpusError
        If no two words stand near each other.
    TrainingError
        If values become infinite or NaN.
    TemporaryFileError
        If a temporary file cannot be written.
    """
    n, size = len(vocabulary), settings.vector_size
    check_memory(  # with what is put together of the two at the end
        4 * 2 * n * (2 * padded(size + 2) + size),
        f"the two matrices of training, {size:,} numbers and the sums of their squares for each of {n:,} words,",
    )
    seed = np.random.SeedSequence(settings.random_state)
    count_seed, vector_seed, order_seed = (int(word) for word in seed.generate_state(3, np.uint64))
    with on_first_compile(lambda: on_progress(Progress("compiling"))):
        counts = count_cooccurrences(
            corpus,
            len(vocabulary),
            settings.window,
            symmetric=settings.symmetric,
            n_jobs=settings.n_jobs,
            memory_limit=settings.memory_limit,
            seed=count_seed,
            on_progress=lambda share: on_progress(
                Progress("counting", done=int(share * corpus.n_tokens), total=corpus.n_tokens)
            ),
        )
        with counts:
            if not counts.n_pairs:
                raise EmptyCorpusError(
                    "no two words stand near each other, so there is nothing to train on: each document has one word "
                    f"that was seen min_count={settings.min_count} times or more; lower min_count, or pass more text"
                )
            return _Training(vocabulary, counts, settings, vector_seed, order_seed, on_progress).run()


class _Training:
    """One run: an epoch goes through all blocks once, in rounds of blocks that have nothing in common."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        counts: Cooccurrences,
        settings: GloVeSettings,
        vector_seed: int,
        order_seed: int,
        on_progress: ProgressCallback,
    ) -> None:
        self._vocabulary, self._counts, self._settings = vocabulary, counts, settings
        self._on_progress = on_progress
        self._order = np.random.default_rng(order_seed)
        n_rows = counts.n_blocks * counts.block_size
        random = np.random.default_rng(vector_seed)
        self._words = _initial(n_rows, settings.vector_size, random, bias=settings.vector_size)
        self._contexts = _initial(n_rows, settings.vector_size, random, bias=settings.vector_size + 1)
        self._n_words = vocabulary.total_tokens  # of the corpus, for speeds
        self._seconds = 0.0  # of training so far, evaluation included

    def run(self) -> Trained:
        """Train."""
        history: list[dict[str, float]] = []
        with ThreadPoolExecutor(n_threads(self._settings.n_jobs), "textrep-train") as pool:
            try:
                history.extend(self._epoch(epoch, pool) for epoch in range(1, self._settings.epochs + 1))
            except BaseException:  # Ctrl-C too: a thread ends within one block
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return self._trained(history)

    def _epoch(self, epoch: int, pool: ThreadPoolExecutor) -> dict[str, float]:
        """Train all blocks, measure the objective, and report it."""
        n = self._counts.n_blocks
        start = time.perf_counter()
        for done, shift in enumerate(self._order.permutation(n).tolist(), 1):
            for _ in pool.map(self._train, [(row, (row + shift) % n) for row in range(n)]):
                pass
            self._report(epoch, done / n, self._seconds + time.perf_counter() - start)
        blocks = [(row, column) for row in range(n) for column in range(n)]
        objective = sum(pool.map(self._squared_errors, blocks))
        if not np.isfinite(objective):
            raise not_finite(self._settings)
        seconds = time.perf_counter() - start
        self._seconds += seconds
        record = {
            "epoch": epoch,
            "loss": objective / self._counts.n_pairs,
            "objective": objective,
            "words_per_second": self._n_words / seconds,
        }
        self._report(epoch, 1.0, self._seconds, record["loss"])
        return record

    def _train(self, block: tuple[int, int]) -> None:
        train_block(*self._of(block), np.float32(self._settings.rate))

    def _squared_errors(self, block: tuple[int, int]) -> float:
        return float(squared_errors(*self._of(block)))

    def _of(
        self, block: tuple[int, int]
    ) -> tuple[
        NDArray[np.uint16], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], int, NDArray[np.float32], int
    ]:
        """Return what the kernels take of a block.

        Logarithms and weights are made anew each time, which is some 5 % of an epoch: both together need half as much
        memory again as the pairs, or as much more to be read from a temporary file.
        """
        places, counts = self._counts.block(*block)
        logs = np.log(counts)  # [n_entries]
        ratios = logs - np.float32(np.log(self._settings.x_max))
        weights = np.exp(np.minimum(ratios, np.float32(0)) * np.float32(self._settings.alpha))  # [n_entries]
        first_word, first_context = (self._counts.block_size * i for i in block)
        return places, logs, weights, self._words, first_word, self._contexts, first_context

    def _report(self, epoch: int, share: float, seconds: float, loss: float | None = None) -> None:
        epochs = self._settings.epochs
        done = epoch - 1 + share  # epochs
        self._on_progress(
            Progress(
                "training",
                done=int(done * self._n_words),
                total=epochs * self._n_words,
                epoch=epoch,
                epochs=epochs,
                ended=loss is not None,
                words_per_second=done * self._n_words / seconds,
                loss=float("nan") if loss is None else loss,
                seconds_left=seconds / done * (epochs - done),
            )
        )

    def _trained(self, history: list[dict[str, float]]) -> Trained:
        """Return the sums of word and context vectors, in the order of the vocabulary."""
        size, numbers = self._settings.vector_size, self._counts.numbers
        context_vectors = self._contexts[numbers, :size]  # float32 [n_words, vector_size]
        vectors = self._words[numbers, :size] + context_vectors
        if not all_finite(vectors, context_vectors):
            raise not_finite(self._settings)
        if len(history) > 1 and history[-1]["loss"] > history[0]["loss"]:
            warn(
                f"the loss rose from {history[0]['loss']:.4f} to {history[-1]['loss']:.4f}; pass a lower learning_rate "
                f"than {self._settings.rate:g}"
            )
        biases = self._words[numbers, size].copy(), self._contexts[numbers, size + 1].copy()  # float32 [n_words]
        return Trained(self._vocabulary, vectors, context_vectors, history, biases=biases)


def _initial(n_rows: int, size: int, random: np.random.Generator, bias: int) -> NDArray[np.float32]:
    """Return rows as `textrep.kernels.glove` has them: uniform in +-0.5 / size, biases too, as the authors' program."""
    width = padded(size + 2)
    rows: NDArray[np.float32] = aligned_zeros((n_rows, 2 * width))
    rows[:, :size] = (random.random((n_rows, size), np.float32) - np.float32(0.5)) / np.float32(size)
    rows[:, bias] = (random.random(n_rows, np.float32) - np.float32(0.5)) / np.float32(size)
    one = 2 * size + 1 - bias  # the other of the two columns behind the vector
    rows[:, one] = 1
    rows[:, width:] = 1
    rows[:, width + one] = FIXED
    return rows
