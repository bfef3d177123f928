"""word2vec and FastText: the loop that hands spans of a corpus to the kernel in threads."""

from __future__ import annotations

import threading
import time

import numpy as np

from textrep.encoded import EncodedCorpus
from textrep.kernels.jit import on_first_compile
from textrep.kernels.products import mean_rows
from textrep.kernels.window import Model, Plan, Scratch, Span, train_span
from textrep.parallel import n_threads, processors
from textrep.progress import Progress, ProgressCallback, silent
from textrep.training.initial import Initial
from textrep.training.matrices import (
    all_finite,
    initial_model,
    keep_thresholds,
    make_outputs,
    make_scratch,
    margin,
    without_padding,
)
from textrep.training.parts import make_parts
from textrep.training.settings import Word2VecSettings
from textrep.training.trained import Buckets, Trained, not_finite
from textrep.vocabulary import Vocabulary
from textrep.warning import warn

__all__ = ["train_encoded"]

_SPAN = 1 << 16  # most tokens given to the kernel at once: some 50 ms between two looks at Ctrl-C and the progress
_SPANS_AN_EPOCH = 16  # at least, in all but tiny corpora, so that threads share the work and stay in one epoch
_SMALLEST_SPAN = 1024
_FINAL_RATE = 1e-4  # of the first; the learning rate falls to it linearly over all epochs, as in word2vec's program


def train_encoded(
    vocabulary: Vocabulary,
    corpus: EncodedCorpus,
    settings: Word2VecSettings,
    on_progress: ProgressCallback = silent,
    initial: Initial | None = None,
) -> Trained:
    """Train word vectors on an encoded corpus, by textrep's own engine."""
    seed = np.random.SeedSequence(settings.random_state)
    initial_seed, span_seed = (int(word) for word in seed.generate_state(2, np.uint64))
    with on_first_compile(lambda: on_progress(Progress("compiling"))):
        rule = settings.subword_rule
        parts = None if rule is None else make_parts(vocabulary.tokens, rule)
        model = initial_model(len(vocabulary), settings, initial_seed, parts)
        if initial is not None:
            initial.copy_to(model, vocabulary, parts)
        before = None if initial is None else initial.vocabulary
        n_new_tokens = vocabulary.total_tokens - (0 if before is None else before.total_tokens)
        history = _Training(vocabulary, corpus, settings, model, span_seed, on_progress, n_new_tokens).run()
    _warn_of_idle_epochs(history, settings)
    inputs, outputs = model.inputs, model.outputs
    del model  # each matrix goes as soon as what is kept of it is made
    buckets = None
    if parts is None:
        vectors = without_padding(inputs, settings.vector_size)
    else:
        vectors = np.empty((len(vocabulary), settings.vector_size), np.float32)  # [n_words, vector_size]
        mean_rows(inputs, parts.offsets, parts.rows, vectors)
        order = np.argsort(parts.buckets)
        rows = inputs[len(vocabulary) + order, : settings.vector_size]  # float32 [n_buckets, vector_size]
        buckets = Buckets(parts.buckets[order].astype(np.int32), rows)
    del inputs
    context_vectors = without_padding(outputs, settings.vector_size)
    del outputs
    if not all_finite(vectors, context_vectors):
        raise not_finite(settings)
    began_with = None if before is None else {"words": len(before), "total_tokens": before.total_tokens}
    return Trained(vocabulary, vectors, context_vectors, history, buckets, began_with)


def _warn_of_idle_epochs(history: list[dict[str, float]], settings: Word2VecSettings) -> None:
    """Warn if an epoch found nothing to train: its loss is NaN, and random vectors may be all there is."""
    idle = sum(np.isnan(epoch["loss"]) for epoch in history)
    if idle:
        skipped = f"; sample={settings.sample:g} skips frequent words, sample=0 skips none" if settings.sample else ""
        warn(
            f"no two words stood side by side to be trained in {idle} of {len(history)} epochs: the corpus is too "
            f"small{skipped}"
        )


class _Training:
    """One run: spans of all epochs stand in one queue, threads take the next until none is left.

    With one thread the order of all updates is fixed, and so is every bit of the result. Random numbers depend on the
    seed and the span alone, never on the thread that happens to take it.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        corpus: EncodedCorpus,
        settings: Word2VecSettings,
        model: Model,
        seed: int,
        on_progress: ProgressCallback,
        n_new_tokens: int,
    ) -> None:
        self._corpus, self._settings, self._model, self._seed = corpus, settings, model, seed
        self._on_progress = on_progress
        self._outputs = make_outputs(vocabulary.counts, settings.loss, settings.noise_power)
        self._keep = keep_thresholds(vocabulary.counts, settings.sample)
        self._span = min(_SPAN, max(_SMALLEST_SPAN, -(-corpus.n_tokens // _SPANS_AN_EPOCH)))  # tokens
        self._spans_an_epoch = -(-corpus.n_tokens // self._span)
        self._n_spans = self._spans_an_epoch * settings.epochs
        # More threads than an epoch has spans are in several epochs at once, and each takes memory of its own. Tiny
        # corpora have few spans; there as many threads as there are processors are worth it, for they are faster.
        most = max(self._spans_an_epoch, min(processors(), self._n_spans))
        self._n_threads = min(n_threads(settings.n_jobs), most)
        self._words_a_token = n_new_tokens / max(1, corpus.n_tokens)  # rare words that were left out count as done, too
        self._change = threading.Condition()  # guards all below
        self._next_span = 0
        self._stop = False
        self._error: BaseException | None = None
        self._tokens_done = 0
        self._spans_done = [0] * settings.epochs
        self._losses = [0.0] * settings.epochs
        self._pairs = [0] * settings.epochs
        self._busy = [0.0] * settings.epochs  # seconds, summed over threads
        self._epochs_reported = 0
        self._start = time.perf_counter()

    def run(self) -> list[dict[str, float]]:
        """Train; return the history."""
        threads = [
            threading.Thread(target=self._work, name=f"textrep-train-{i}", daemon=True) for i in range(self._n_threads)
        ]
        self._train(0, make_scratch(self._model.inputs.shape[1], self._settings, self._outputs), empty=True)  # compile
        self._start = time.perf_counter()
        try:
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                with self._change:
                    self._change.wait(timeout=0.1)
                self._report()
        finally:  # Ctrl-C arrives in the loop above; a thread ends within one span
            with self._change:
                self._stop = True
            for thread in threads:
                if thread.ident is not None:
                    thread.join()
        if self._error is not None:
            raise self._error
        self._report()
        return [self._epoch(number) for number in range(self._settings.epochs)]

    def _report(self) -> None:
        """Report the epochs that have ended since the last time, in order, and where training stands."""
        with self._change:
            reports = []
            while self._epochs_reported < self._settings.epochs and self._has_ended(self._epochs_reported):
                reports.append(self._progress(self._epochs_reported, ended=True))
                self._epochs_reported += 1
            if self._tokens_done and self._epochs_reported < self._settings.epochs:
                reports.append(self._progress(self._epochs_reported))
        for report in reports:
            self._on_progress(report)

    def _has_ended(self, epoch: int) -> bool:
        return self._spans_done[epoch] == self._spans_an_epoch

    def _work(self) -> None:
        """Train spans until there are none: the body of each thread."""
        try:
            scratch = make_scratch(self._model.inputs.shape[1], self._settings, self._outputs)
            while (span := self._take()) is not None:
                start = time.perf_counter()
                loss, pairs = self._train(span, scratch)
                if not np.isfinite(loss):
                    raise not_finite(self._settings)
                self._note(span, loss, pairs, time.perf_counter() - start)
        except BaseException as error:
            with self._change:
                self._error = self._error or error
                self._stop = True
        finally:
            with self._change:
                self._change.notify_all()

    def _take(self) -> int | None:
        with self._change:
            if self._stop or self._next_span == self._n_spans:
                return None
            self._next_span += 1
            return self._next_span - 1

    def _train(self, number: int, scratch: Scratch, *, empty: bool = False) -> tuple[float, int]:
        """Train the tokens of a span; with `empty`, none of them."""
        epoch, place = divmod(number, self._spans_an_epoch)
        start, stop = place * self._span, min((place + 1) * self._span, self._corpus.n_tokens)
        beside = margin(self._settings.window)
        left, right = max(0, start - beside), min(self._corpus.n_tokens, stop + beside)
        ids, boundaries = self._corpus.span(left, right)
        ends = np.append(boundaries, right - left)  # [n documents in the span]
        plan = Plan(
            cbow=self._settings.architecture == "cbow",
            window=self._settings.window,
            negative=self._settings.negative if self._settings.loss == "negative_sampling" else 0,
            rate_first=self._rate(epoch, start),
            rate_last=self._rate(epoch, stop),
            keep=self._keep,
        )
        seed = np.random.SeedSequence([self._seed, number]).generate_state(1, np.uint64)[0] | np.uint64(1)
        span = Span(ids, ends, start - left, start - left if empty else stop - left)
        loss, pairs = train_span(span, self._model, self._outputs, plan, scratch, seed)
        return loss, pairs

    def _rate(self, epoch: int, token: int) -> float:
        """Return the learning rate at a place in the corpus."""
        done = (epoch + token / self._corpus.n_tokens) / self._settings.epochs
        return self._settings.rate * max(1.0 - done, _FINAL_RATE)

    def _note(self, number: int, loss: float, pairs: int, seconds: float) -> None:
        epoch, place = divmod(number, self._spans_an_epoch)
        with self._change:
            self._tokens_done += min((place + 1) * self._span, self._corpus.n_tokens) - place * self._span
            self._losses[epoch] += loss
            self._pairs[epoch] += pairs
            self._busy[epoch] += seconds
            self._spans_done[epoch] += 1
            if self._has_ended(epoch):
                self._change.notify_all()

    def _progress(self, epoch: int, *, ended: bool = False) -> Progress:
        total = self._corpus.n_tokens * self._settings.epochs
        seconds = time.perf_counter() - self._start
        return Progress(
            "training",
            done=round(self._tokens_done * self._words_a_token),
            total=round(total * self._words_a_token),
            epoch=epoch + 1,
            epochs=self._settings.epochs,
            ended=ended,
            words_per_second=self._tokens_done * self._words_a_token / seconds,
            loss=self._losses[epoch] / self._pairs[epoch] if self._pairs[epoch] else float("nan"),
            seconds_left=seconds * (total / self._tokens_done - 1),
        )

    def _epoch(self, number: int) -> dict[str, float]:
        """Return what history says of an epoch; threads may be in two at once, so its time is what they spent in it."""
        seconds = self._busy[number] / self._n_threads
        return {
            "epoch": number + 1,
            "loss": self._losses[number] / self._pairs[number] if self._pairs[number] else float("nan"),
            "words_per_second": self._corpus.n_tokens * self._words_a_token / max(seconds, 1e-9),
        }
