"""What can be chosen in training, its defaults, and what is refused."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from textrep.checks import check_choice, check_count, check_real, check_switch
from textrep.parallel import n_threads
from textrep.text import get_tokenizer
from textrep.text.subwords import Subwords

__all__ = [
    "ARCHITECTURES",
    "ENGINES",
    "LOSSES",
    "FastTextSettings",
    "GloVeSettings",
    "TrainingSettings",
    "Word2VecSettings",
]

ARCHITECTURES = ("skipgram", "cbow")
LOSSES = ("negative_sampling", "hierarchical_softmax")
ENGINES = ("textrep", "gensim")

# `python -m tests.benchmarks.rates` measures these.
_DEFAULT_RATES = {"skipgram": 0.05, "cbow": 0.05}
_WIDEST = 100_000  # words to each side: a window has working memory for all of them
_MOST_NEGATIVES = 10_000  # one set serves a window, whose working memory holds all of them
_GENSIM_RATE = 0.025  # gensim's own default


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """The parameters that all vectorizers share whose word vectors are trained; described there."""

    vector_size: int = 100
    window: int = 5
    epochs: int = 5
    min_count: int = 5
    max_vocabulary: int | None = None
    learning_rate: float | None = None
    tokenizer: str | Callable[[str], list[str]] = "word"
    min_token_length: int = 1
    n_jobs: int | None = None
    random_state: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):  # NumPy's integers lack methods of Python's
            value = getattr(self, field.name)
            if isinstance(value, numbers.Integral) and not isinstance(value, bool | np.bool_):
                object.__setattr__(self, field.name, int(value))
        for name in ("vector_size", "epochs", "min_count", "min_token_length"):
            check_count(name, getattr(self, name))
        check_count("window", self.window, most=_WIDEST)
        if self.max_vocabulary is not None:
            check_count("max_vocabulary", self.max_vocabulary)
        if self.learning_rate is not None:
            check_real("learning_rate", self.learning_rate, 0.0, 1.0, "0.05 is usual", open_below=True)
        seed = self.random_state
        if seed is not None and (not isinstance(seed, numbers.Integral) or seed < 0):
            raise ValueError(f"random_state must be an int of at least 0, or None; got {seed!r}")
        n_threads(self.n_jobs)
        get_tokenizer(self.tokenizer, self.min_token_length)

    @property
    def method(self) -> str:
        """What ``textrep.embed`` and ``--method`` call this kind of training."""
        raise NotImplementedError

    @property
    def subword_rule(self) -> Subwords | None:
        """How words are cut into parts that have vectors of their own; None if they are not."""
        return None

    @property
    def rate(self) -> float:
        """The learning rate to start from."""
        return 0.05 if self.learning_rate is None else float(self.learning_rate)

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON values, for the header of a store."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["tokenizer"] = get_tokenizer(self.tokenizer, self.min_token_length).to_dict()["name"]
        values["learning_rate"] = self.rate
        return {name: value.item() if hasattr(value, "item") else value for name, value in values.items()}


@dataclass(frozen=True, kw_only=True)
class Word2VecSettings(TrainingSettings):
    """The parameters of `textrep.Word2VecVectorizer` that training needs; described there."""

    architecture: str = "skipgram"
    negative: int = 5
    loss: str = "negative_sampling"
    sample: float = 1e-3
    engine: str = "textrep"

    def __post_init__(self) -> None:
        check_choice("architecture", self.architecture, ARCHITECTURES)
        check_choice("loss", self.loss, LOSSES)
        check_choice("engine", self.engine, ENGINES)
        super().__post_init__()
        if self.loss == "negative_sampling":
            check_count("negative", self.negative, hint="; for no negatives, pass loss='hierarchical_softmax'")
            check_count("negative", self.negative, most=_MOST_NEGATIVES)
        check_real("sample", self.sample, 0.0, 1.0, "0 keeps every token, 1e-3 is usual")

    @property
    def method(self) -> str:
        """What ``textrep.embed`` and ``--method`` call this kind of training."""
        return "word2vec"

    @property
    def noise_power(self) -> float:
        """Noise words are drawn by their counts to this power."""
        return 0.75

    @property
    def rate(self) -> float:
        """The learning rate to start from."""
        if self.learning_rate is not None:
            return float(self.learning_rate)
        return _GENSIM_RATE if self.engine == "gensim" else _DEFAULT_RATES[self.architecture]


@dataclass(frozen=True, kw_only=True)
class FastTextSettings(Word2VecSettings):
    """The parameters of `textrep.FastTextVectorizer` that training needs; described there."""

    min_n: int = 3
    max_n: int = 6
    buckets: int = 2_000_000
    subwords: str = "char"
    min_jamo_n: int = 6
    max_jamo_n: int = 6

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.subword_rule  # which checks its parameters
        if self.engine == "gensim" and self.subwords != "char":
            raise ValueError(f"gensim knows no subwords={self.subwords!r}; pass subwords='char' or engine='textrep'")

    @property
    def method(self) -> str:
        """What ``textrep.embed`` and ``--method`` call this kind of training."""
        return "fasttext"

    @property
    def subword_rule(self) -> Subwords:
        """How words are cut into parts that have vectors of their own."""
        return Subwords(
            kind=self.subwords,
            min_n=self.min_n,
            max_n=self.max_n,
            min_jamo_n=self.min_jamo_n,
            max_jamo_n=self.max_jamo_n,
            buckets=self.buckets,
        )

    @property
    def noise_power(self) -> float:
        """Noise words are drawn by their counts to this power: fastText's, lower than word2vec's."""
        return 0.5


@dataclass(frozen=True, kw_only=True)
class GloVeSettings(TrainingSettings):
    """The parameters of `textrep.GloVeVectorizer` that training needs; described there."""

    window: int = 10
    epochs: int = 25
    symmetric: bool = True
    x_max: float = 100.0
    alpha: float = 0.75
    memory_limit: int = 1 << 30

    def __post_init__(self) -> None:
        super().__post_init__()
        check_switch("symmetric", self.symmetric)
        check_real("x_max", self.x_max, 0.0, 1e9, "100 is usual, 10 for a small corpus", open_below=True)
        check_real("alpha", self.alpha, 0.0, 10.0, "0.75 is usual")
        check_count("memory_limit", self.memory_limit, hint=", in bytes", most=2**63 - 1)

    @property
    def method(self) -> str:
        """What ``textrep.embed`` and ``--method`` call this kind of training."""
        return "glove"
