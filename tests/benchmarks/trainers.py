"""textrep, gensim and fastText with the same hyper-parameters."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep import Vocabulary
from textrep.encoded import EncodedCorpus
from textrep.training.settings import Word2VecSettings
from textrep.training.word2vec import train_encoded

from .processes import textrep_command

__all__ = ["Hyper", "embed_command", "fasttext_command", "gensim_model", "train_gensim", "train_textrep"]


@dataclass(frozen=True, kw_only=True)
class Hyper:
    """What all peers are given."""

    dimension: int = 100
    window: int = 5
    negative: int = 5
    epochs: int = 5
    min_count: int = 5
    sample: float = 1e-3
    learning_rate: float = 0.05  # textrep's default; gensim too gets better vectors than with its own, 0.025
    threads: int = 2

    def __str__(self) -> str:
        """For below a table."""
        return (
            f"dimension {self.dimension}, window {self.window}, {self.negative} negatives, {self.epochs} epochs, "
            f"learning rate {self.learning_rate:g}, {self.threads} threads"
        )

    def settings(self, architecture: str, seed: int) -> Word2VecSettings:
        """Return them as textrep's."""
        return Word2VecSettings(
            architecture=architecture,
            vector_size=self.dimension,
            window=self.window,
            negative=self.negative,
            epochs=self.epochs,
            min_count=self.min_count,
            sample=self.sample,
            learning_rate=self.learning_rate,
            n_jobs=self.threads,
            random_state=seed,
        )


def train_textrep(
    vocabulary: Vocabulary, corpus: EncodedCorpus, settings: Word2VecSettings
) -> tuple[float, NDArray[np.float32]]:
    """Train on an encoded corpus, initial matrices included; return the seconds and the vectors."""
    start = time.perf_counter()
    trained = train_encoded(vocabulary, corpus, settings)
    return time.perf_counter() - start, trained.vectors


def gensim_model(architecture: str, hyper: Hyper, seed: int) -> Any:
    """Return a model that has seen nothing."""
    from gensim.models import Word2Vec

    return Word2Vec(
        sg=int(architecture == "skipgram"),
        vector_size=hyper.dimension,
        window=hyper.window,
        negative=hyper.negative,
        epochs=hyper.epochs,
        min_count=hyper.min_count,
        sample=hyper.sample,
        alpha=hyper.learning_rate,
        workers=hyper.threads,
        seed=seed,
    )


def train_gensim(
    tokenised: Path, vocabulary: Vocabulary, architecture: str, hyper: Hyper, seed: int
) -> tuple[float, NDArray[np.float32]]:
    """Train gensim on the tokenised text; return the seconds of training alone and the vectors in `vocabulary`'s order.

    Raises
    ------
    RuntimeError
        If its vocabulary is not ours: then the two would not have trained on the same tokens.
    """
    model = gensim_model(architecture, hyper, seed)
    model.build_vocab(corpus_file=str(tokenised))
    words = vocabulary.to_list()
    if set(words) != set(model.wv.index_to_key) or model.corpus_total_words != vocabulary.total_tokens:
        raise RuntimeError(
            f"gensim saw {model.corpus_total_words} tokens and kept {len(model.wv)} words, "
            f"textrep {vocabulary.total_tokens} and {len(words)}: they did not read the same text"
        )
    start = time.perf_counter()
    model.train(
        corpus_file=str(tokenised),
        # Each worker compares the texts it alone has seen with this number to lower its learning rate: given the whole
        # corpus, two workers would come only half way down in every epoch, and end at a tenth of the rate instead of 0.
        total_examples=model.corpus_count // hyper.threads,
        total_words=model.corpus_total_words,
        epochs=hyper.epochs,
    )
    seconds = time.perf_counter() - start
    return seconds, np.asarray(model.wv[words], np.float32)


def embed_command(text: Path, target: Path, hyper: Hyper) -> list[str]:
    """Return the command line that trains skip-gram vectors on a corpus and saves a store."""
    options = {
        "--architecture": "skipgram",
        "--vector-size": hyper.dimension,
        "--window": hyper.window,
        "--negative": hyper.negative,
        "--epochs": hyper.epochs,
        "--min-count": hyper.min_count,
        "--sample": hyper.sample,
        "--learning-rate": hyper.learning_rate,
        "--jobs": hyper.threads,
    }
    flat = [str(part) for option in options.items() for part in option]
    return textrep_command("embed", text, "-o", target, *flat)


def fasttext_command(tokenised: Path, target: Path, hyper: Hyper, **more: int) -> list[str]:
    """Return the command line that trains and saves fastText skip-gram vectors, without subwords unless asked for."""
    options = {
        "model": "skipgram",
        "dim": hyper.dimension,
        "ws": hyper.window,
        "neg": hyper.negative,
        "epoch": hyper.epochs,
        "minCount": hyper.min_count,
        "t": hyper.sample,
        "lr": hyper.learning_rate,
        "thread": hyper.threads,
        "minn": 0,
        "maxn": 0,
        "verbose": 0,
        **more,
    }
    program = Path(__file__).with_name("fasttext_peer.py")
    return [sys.executable, str(program), str(tokenised), str(target), json.dumps(options)]
