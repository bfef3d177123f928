"""Word vectors from a corpus: it is read once, and its ids are given to what the settings are for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from textrep.corpus import Corpus
from textrep.encoded import EncodedCorpus, encode_corpus
from textrep.kernels.jit import on_first_compile
from textrep.parallel import n_threads, processors
from textrep.progress import Progress, ProgressCallback, silent
from textrep.text import get_tokenizer
from textrep.training.initial import Initial
from textrep.training.settings import FastTextSettings, GloVeSettings, TrainingSettings, Word2VecSettings
from textrep.training.trained import Trained
from textrep.vocabulary import Vocabulary

__all__ = ["Documents", "encode_documents", "train", "train_corpus"]

Documents = Corpus | os.PathLike[str] | Iterable[str] | Iterable[Sequence[str]]


def train(
    documents: Documents,
    settings: TrainingSettings,
    on_progress: ProgressCallback = silent,
    initial: Initial | None = None,
) -> Trained:
    """Train word vectors on documents.

    Parameters
    ----------
    documents : Corpus, path, iterable of str, or iterable of token lists
        Read once.
    settings : TrainingSettings
        What to train.
    on_progress : callable
        Given a `Progress` now and then, from the calling thread.
    initial : Initial, optional
        What to start from, instead of random vectors.

    Raises
    ------
    CorpusError
        If the corpus cannot be read, or holds no word often enough.
    TrainingError
        If values become infinite or NaN.
    """
    trained, corpus = train_corpus(documents, settings, on_progress, initial)
    corpus.close()
    return trained


def train_corpus(
    documents: Documents,
    settings: TrainingSettings,
    on_progress: ProgressCallback = silent,
    initial: Initial | None = None,
) -> tuple[Trained, EncodedCorpus]:
    """Do what `train` does, and return the documents too, as ids of the words trained. The caller closes them."""
    try:
        return _train_corpus(documents, settings, on_progress, initial)
    except MemoryError as error:
        error.add_note(_needs_less(settings, initial))
        raise


def _needs_less(settings: TrainingSettings, initial: Initial | None) -> str:
    """Return what to do about too little memory."""
    threads = n_threads(settings.n_jobs)
    fewer = f", and so do fewer threads than n_jobs={threads}" if threads > processors() else ""
    lower = "vector_size or max_vocabulary"
    if initial is not None:
        lower = "max_vocabulary"  # the other sizes are those of the vectors that training starts from
    elif isinstance(settings, FastTextSettings):
        lower = f"vector_size, max_vocabulary or buckets={settings.buckets}"
    return f"a lower {lower}, or a higher min_count, needs less{fewer}"


def _train_corpus(
    documents: Documents, settings: TrainingSettings, on_progress: ProgressCallback, initial: Initial | None
) -> tuple[Trained, EncodedCorpus]:
    if isinstance(settings, Word2VecSettings) and settings.engine == "gensim":
        from textrep.training.gensim_engine import train_with_gensim

        return train_with_gensim(documents, settings, on_progress)
    vocabulary, corpus = encode_documents(documents, settings, on_progress, initial)
    try:
        if isinstance(settings, GloVeSettings):
            from textrep.training.glove import train_glove

            return train_glove(vocabulary, corpus, settings, on_progress), corpus
        assert isinstance(settings, Word2VecSettings)
        from textrep.training.word2vec import train_encoded

        return train_encoded(vocabulary, corpus, settings, on_progress, initial), corpus
    except BaseException:  # Ctrl-C too
        corpus.close()
        raise


def encode_documents(
    documents: Documents,
    settings: TrainingSettings,
    on_progress: ProgressCallback = silent,
    initial: Initial | None = None,
) -> tuple[Vocabulary, EncodedCorpus]:
    """Read documents once: the first half of training. The caller closes the corpus."""
    total = documents.total_bytes if isinstance(documents, Corpus) else None

    def report(n_documents: int, n_bytes: int) -> None:
        done = documents.bytes_read if isinstance(documents, Corpus) and total else n_bytes
        on_progress(Progress("reading", done=done, total=total or 0, documents=n_documents))

    with on_first_compile(lambda: on_progress(Progress("compiling"))):
        return encode_corpus(
            documents,
            get_tokenizer(settings.tokenizer, settings.min_token_length),
            min_count=settings.min_count,
            max_size=settings.max_vocabulary,
            n_jobs=n_threads(settings.n_jobs),
            on_progress=report,
            initial=None if initial is None else initial.vocabulary,
        )
