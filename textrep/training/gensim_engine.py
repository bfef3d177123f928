"""Training by gensim in place of textrep's kernels: the vectors that gensim gives, to the last bit, as textrep's own.

gensim is handed every token in its place, rare ones included, so that it draws the same random numbers as when it is
called directly. It orders words of one count otherwise than textrep does; rows are put in textrep's order afterwards.

gensim cuts texts at 10,000 tokens, without a word. Here longer documents are split into texts of that length, so that
all of each document is trained; words on the two sides of such a cut are no context of each other.
"""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.encoded import EncodedCorpus
from textrep.errors import EmptyCorpusError, MissingExtraError
from textrep.keytable import KeyTable
from textrep.parallel import n_threads
from textrep.progress import Progress, ProgressCallback, silent
from textrep.recorder import CorpusRecorder
from textrep.training.run import Documents, encode_documents
from textrep.training.settings import FastTextSettings, Word2VecSettings
from textrep.training.trained import Buckets, Trained, not_finite
from textrep.vocabulary import Vocabulary

__all__ = ["LONGEST_TEXT", "train_with_gensim"]

LONGEST_TEXT = 10_000  # tokens; MAX_SENTENCE_LEN in gensim's source
_LAST_RATE = 1e-4  # gensim's `min_alpha`: its learning rate falls to this, not to a part of the first
_SEEDS = 1 << 32  # NumPy's RandomState, which gensim uses, knows no more
_TOKENS_AT_ONCE = 1 << 20  # when rare words are dropped


def train_with_gensim(
    documents: Documents, settings: Word2VecSettings, on_progress: ProgressCallback = silent
) -> tuple[Trained, EncodedCorpus]:
    """Train word vectors with gensim.

    Parameters
    ----------
    documents : Corpus, path, iterable of str, or iterable of token lists
        Read once.
    settings : Word2VecSettings
        What to train. What has no parameter is as gensim has it: noise words are drawn by their counts to the power of
        0.75, and the learning rate falls to 0.0001.
    on_progress : callable
        Given a `Progress` now and then, from the calling thread.

    Returns
    -------
    Trained
        As textrep's own engine returns it. Losses are NaN: those that gensim tells are no means of anything
        (float32 sums that stop growing). Buckets are those that the vocabulary uses; gensim's others hold the random
        numbers they began with.
    EncodedCorpus
        The documents, as ids of the words trained. The caller closes it.

    Raises
    ------
    MissingExtraError
        If gensim is not installed.
    CorpusError
        If the corpus cannot be read, or holds no word often enough.
    TrainingError
        If values become infinite or NaN.
    """
    if not importlib.util.find_spec("gensim"):
        raise MissingExtraError("engine='gensim'", "gensim", "gensim")
    every_word = replace(settings, min_count=1, max_vocabulary=None)
    seen, corpus = encode_documents(documents, every_word, on_progress)
    with corpus:
        vocabulary = _most_frequent(seen, settings)
        model = _model(settings)
        texts = _Texts(corpus, seen.to_list())
        model.build_vocab(texts, trim_rule=_rule(vocabulary))
        texts.reraise()
        history = _Run(model, texts, seen.total_tokens, settings, on_progress).run()
        return _trained(model, vocabulary, history, settings), _without_rare(corpus, len(vocabulary), len(seen))


def _most_frequent(seen: Vocabulary, settings: Word2VecSettings) -> Vocabulary:
    """Return the words to train: as they are ordered, they come first."""
    n = int(np.count_nonzero(seen.counts >= settings.min_count))
    if not n:
        raise EmptyCorpusError(
            f"min_count={settings.min_count} leaves no token: {len(seen)} distinct tokens were seen, the most frequent "
            f"{seen.counts[0]} times; lower min_count to {seen.counts[0]} or less"
        )
    n = min(n, settings.max_vocabulary or n)
    ends = seen.tokens.offsets[: n + 1]  # [n_words + 1]
    return Vocabulary(KeyTable.from_arrays(seen.tokens.blob[: ends[-1]], ends), seen.counts[:n], seen.total_tokens)


def _model(settings: Word2VecSettings) -> Any:
    """Return gensim's model with these settings, untrained and without words."""
    from gensim.models import FastText, Word2Vec

    seed = settings.random_state
    if seed is None or seed >= _SEEDS:
        seed = int(np.random.SeedSequence(seed).generate_state(1)[0])
    hierarchical = settings.loss != "negative_sampling"
    parameters = {
        "sg": int(settings.architecture == "skipgram"),
        "vector_size": settings.vector_size,
        "window": settings.window,
        "hs": int(hierarchical),
        "negative": 0 if hierarchical else settings.negative,
        "epochs": settings.epochs,
        "min_count": settings.min_count,
        "sample": 0 if settings.sample == 1 else settings.sample,  # gensim takes 1 and more for a count
        "alpha": settings.rate,
        "min_alpha": min(_LAST_RATE, settings.rate),
        "seed": seed,
        "workers": n_threads(settings.n_jobs),
    }
    if isinstance(settings, FastTextSettings):
        return FastText(min_n=settings.min_n, max_n=settings.max_n, bucket=settings.buckets, **parameters)
    return Word2Vec(**parameters)


def _rule(vocabulary: Vocabulary) -> Any:
    """Return what tells gensim which words to keep: by count it would drop all that tie with the first dropped."""
    from gensim.utils import RULE_DISCARD, RULE_KEEP

    kept = set(vocabulary)

    def rule(word: str, count: int, min_count: int) -> int:  # noqa: ARG001
        return RULE_KEEP if word in kept else RULE_DISCARD  # type: ignore[no-any-return]

    return rule


class _Texts:
    """The documents as lists of str, for gensim: read as often as it likes, in whatever thread, none of them cut.

    An exception in here would leave gensim waiting for ever, as it reads in a thread of its own: the texts end, and
    `reraise` raises it.
    """

    def __init__(self, corpus: EncodedCorpus, words: list[str]) -> None:
        self._corpus = corpus
        self._words = words
        self._error: BaseException | None = None
        self.n_tokens = 0  # handed over so far
        self.stopped = False

    def __iter__(self) -> Iterator[list[str]]:
        words = self._words
        try:
            for ids in self._texts():
                if self.stopped:
                    return
                yield [words[i] for i in ids.tolist()]
                self.n_tokens += len(ids)
        except Exception as error:
            self._error = error

    def _texts(self) -> Iterator[NDArray[np.int32]]:
        """Yield the ids of texts; an empty document is one, as gensim counts it."""
        corpus = self._corpus
        for document in range(corpus.n_docs):
            start, end = corpus.read_offsets(document, document + 2).tolist()
            for first in range(start, max(end, start + 1), LONGEST_TEXT):
                yield corpus.read(first, min(first + LONGEST_TEXT, end))

    def reraise(self) -> None:
        """Raise what went wrong while texts were read."""
        if self._error is not None:
            raise self._error


class _Run:
    """One training. gensim works in a thread of its own, so that this one can report, and answer Ctrl-C."""

    def __init__(
        self, model: Any, texts: _Texts, total_tokens: int, settings: Word2VecSettings, on_progress: ProgressCallback
    ) -> None:
        self._model, self._texts, self._settings, self._on_progress = model, texts, settings, on_progress
        self._n_tokens = total_tokens
        self._error: BaseException | None = None
        self._ends: list[float] = []  # when each epoch ended
        self._start = 0.0

    def run(self) -> list[dict[str, float]]:
        """Train; return the history."""
        self._texts.n_tokens = 0  # those of counting
        thread = threading.Thread(target=self._work, name="textrep-gensim", daemon=True)
        self._start = time.perf_counter()
        thread.start()
        n_reported = 0
        try:
            while thread.is_alive():
                thread.join(0.1)
                n_reported = self._report(n_reported)
        finally:  # Ctrl-C arrives above; without texts gensim is done when its queue is empty
            self._texts.stopped = True
            thread.join()
        self._texts.reraise()
        if self._error is not None:
            raise self._error
        times = np.diff([self._start, *self._ends])
        return [
            {"epoch": i + 1, "loss": float("nan"), "words_per_second": self._n_tokens / max(seconds, 1e-9)}
            for i, seconds in enumerate(times.tolist())
        ]

    def _work(self) -> None:
        model = self._model
        try:
            model.train(
                self._texts,
                total_examples=model.corpus_count,
                total_words=model.corpus_total_words,
                epochs=model.epochs,
                start_alpha=model.alpha,
                end_alpha=model.min_alpha,
                callbacks=[_EpochEnds(self._ends)],
            )
        except Exception as error:
            self._error = error

    def _report(self, n_reported: int) -> int:
        """Report the epochs that have ended since the last time, and where training stands."""
        ended = len(self._ends)
        for epoch in range(n_reported, ended):
            self._on_progress(self._progress(epoch, self._n_tokens * (epoch + 1), ended=True))
        if self._texts.n_tokens and ended < self._settings.epochs:
            self._on_progress(self._progress(ended, self._texts.n_tokens))
        return ended

    def _progress(self, epoch: int, done: int, *, ended: bool = False) -> Progress:
        total = self._n_tokens * self._settings.epochs
        seconds = time.perf_counter() - self._start
        return Progress(
            "training",
            done=done,
            total=total,
            epoch=epoch + 1,
            epochs=self._settings.epochs,
            ended=ended,
            words_per_second=done / seconds,
            seconds_left=seconds * (total / done - 1),
        )


class _EpochEnds:
    """A callback of gensim's that notes when epochs end."""

    def __init__(self, ends: list[float]) -> None:
        self._ends = ends

    def on_train_begin(self, model: Any) -> None:
        """Do nothing."""

    def on_train_end(self, model: Any) -> None:
        """Do nothing."""

    def on_epoch_begin(self, model: Any) -> None:
        """Do nothing."""

    def on_epoch_end(self, model: Any) -> None:  # noqa: ARG002
        """Note the time."""
        self._ends.append(time.perf_counter())


def _trained(
    model: Any, vocabulary: Vocabulary, history: list[dict[str, float]], settings: Word2VecSettings
) -> Trained:
    """Return what gensim has learnt, in textrep's order of words."""
    n_words = len(vocabulary)
    place = model.wv.key_to_index
    places = np.fromiter((place[word] for word in vocabulary), np.int64, n_words)  # [n_words]
    vectors = np.asarray(model.wv.vectors, np.float32)[places]  # [n_words, vector_size]
    if model.hs:
        contexts = np.array(model.syn1[: max(1, n_words - 1)], np.float32)  # of inner nodes, which have no words' order
    else:
        contexts = np.asarray(model.syn1neg, np.float32)[places]  # [n_words, vector_size]
    if not (np.isfinite(vectors).all() and np.isfinite(contexts).all()):
        raise not_finite(settings)
    buckets = None
    if settings.subword_rule is not None:
        used = np.unique(settings.subword_rule.rows_of(vocabulary.tokens)[1])  # int64 [n_buckets]
        buckets = Buckets(used.astype(np.int32), np.asarray(model.wv.vectors_ngrams, np.float32)[used])
    return Trained(vocabulary, vectors, contexts, history, buckets)


def _without_rare(corpus: EncodedCorpus, n_words: int, n_seen: int) -> EncodedCorpus:
    """Return the same documents without the ids from `n_words` on."""
    final = np.arange(n_seen, dtype=np.int32)  # [n_seen]
    final[n_words:] = -1
    recorder = CorpusRecorder()
    try:
        for first, last in _runs_of_documents(corpus):
            offsets = corpus.read_offsets(first, last + 1)  # [n_documents + 1]
            recorder.add(corpus.read(int(offsets[0]), int(offsets[-1])), np.diff(offsets), 0)
        return EncodedCorpus(*recorder.finish([final]))
    except BaseException:  # Ctrl-C too
        recorder.close()
        raise


def _runs_of_documents(corpus: EncodedCorpus) -> Iterator[tuple[int, int]]:
    """Yield the first and one past the last of documents that are read together; a long one alone."""
    first = 0
    while first < corpus.n_docs:
        offsets = corpus.read_offsets(first, min(first + (1 << 16), corpus.n_docs) + 1)
        n = max(1, int(np.searchsorted(offsets, offsets[0] + _TOKENS_AT_ONCE, side="right")) - 1)
        yield first, first + n
        first += n
