"""How well tokens are tagged: parts of speech and names, in English and Korean, with and without vectors of textrep.

    python -m tests.benchmarks.tag [--quick] [--sets NAME,...] [--seeds N] [--vectors DIR] [--json FILE]
                                   [--markdown FILE]

`RecurrentTagger`, a BiLSTM-CRF with features of characters, begins with vectors that textrep trains on Wikipedia in the
same run, in Korean on the training sentences, too; the peer is the same tagger without them: it learns vectors of the
same size. UPOS accuracy on the dev parts of UD English-EWT and UD Korean-GSD, F1 of spans, as conlleval has it, on the
dev part of WNUT-17 and on a tenth of KLUE-NER, whose tokens are characters. All settings stand in `TASKS`; they were
chosen on a tenth of the training sentences, which ``--validation`` scores on. The full run takes some two hours on two
cores, ``--quick`` a few minutes on little data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.evaluation import tagging_scores
from textrep.labelled import read_sequences

from .learning import Group, Run, few, held_out, run_groups, scored
from .rows import Row, difference_row, score_row
from .vectors import Recipe, trained

_PACKAGES = {"torch": "torch"}
_METHOD = (
    "UPOS: share of tokens tagged right; names: F1 of spans. Mean of the seeds; settings chosen on a tenth of the "
    "training sentences. Vectors are trained by textrep on en_simplewiki, in Korean on ko_wiki and the training "
    "sentences; the peer is the same tagger without them."
)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A set of tagged sentences, and how it is learned.

    Parameters
    ----------
    name : str
        The folder below ``sequences/``.
    train, dev : str
        Its files; without the latter a tenth of the former is scored on.
    measure : {"UPOS accuracy", "span F1"}
        What is scored.
    at_least : float
        The score wanted.
    vectors : Recipe
        Of the words.
    joint : str
        What stands between tokens in the texts that vectors are trained on.
    parameters : dict
        Of `RecurrentTagger`, where they are not its defaults.
    """

    name: str
    train: str
    dev: str | None
    measure: str
    at_least: float
    vectors: Recipe
    joint: str = " "
    parameters: dict[str, Any] = field(default_factory=dict)


_ENGLISH = Recipe("en_simplewiki", "fasttext")


def _epochs(n: int) -> dict[str, Any]:
    """Return parameters that train on all sentences for so many epochs, a number found on validation data."""
    rate = {"dropout": 0.5, "learning_rate": 3e-3}
    return {"max_epochs": n, "early_stopping": False, "validation_fraction": 0.0, **rate}


TASKS = (
    Task(
        name="en_ewt",
        train="train.conllu.xz",
        dev="dev.conllu.xz",
        measure="UPOS accuracy",
        at_least=0.945,
        vectors=_ENGLISH,
        parameters=_epochs(5),
    ),
    Task(
        name="ko_gsd",
        train="train.conllu.xz",
        dev="dev.conllu.xz",
        measure="UPOS accuracy",
        at_least=0.93,
        vectors=Recipe("ko_wiki", "fasttext", {"subwords": "jamo", "min_n": 1, "max_n": 4}, and_training_texts=True),
        parameters=_epochs(13),
    ),
    Task(
        name="wnut17",
        train="train.conll.xz",
        dev="dev.conll.xz",
        measure="span F1",
        at_least=0.28,
        vectors=_ENGLISH,
        parameters=_epochs(12),
    ),
    Task(
        name="klue_ner",
        train="train.tsv.xz",
        dev=None,
        measure="span F1",
        at_least=0.55,
        vectors=Recipe("ko_wiki", "word2vec", {"tokenizer": "char"}, and_training_texts=True),
        joint="",
        parameters=_epochs(8),
    ),
)


class Sentences(NamedTuple):
    """Tokens and tags of sentences."""

    tokens: list[list[str]]
    tags: list[list[str]]


def read_parts(task: Task, run: Run) -> tuple[Sentences, Sentences]:
    """Return the sentences to train on and those to score.

    Raises
    ------
    FileNotFoundError
        If the data is not there.
    """
    train = _read(run.path("sequences", task.name, task.train))
    if task.dev is None:
        train, dev = _split(train)
    if run.validation:
        train, dev = _split(train)
    elif task.dev is not None:
        dev = _read(run.path("sequences", task.name, task.dev))
    return _chosen(train, few(run, len(train.tokens))), _chosen(dev, few(run, len(dev.tokens), scored=True))


def _read(path: Path) -> Sentences:
    sentences = read_sequences(path)
    return Sentences(sentences.tokens, sentences.tags)


def _split(sentences: Sentences) -> tuple[Sentences, Sentences]:
    rest, held = held_out(len(sentences.tokens))
    return _chosen(sentences, rest), _chosen(sentences, held)


def _chosen(sentences: Sentences, rows: NDArray[np.int64]) -> Sentences:
    return Sentences([sentences.tokens[i] for i in rows], [sentences.tags[i] for i in rows])


def score(task: Task, model: Any, train: Sentences, dev: Sentences) -> float:
    """Train a tagger, and return what it scores."""
    found = model.fit(train.tokens, train.tags).predict(dev.tokens)
    if task.measure == "UPOS accuracy":
        return tagging_scores(dev.tags, found, None).accuracy
    f1 = tagging_scores(dev.tags, found, "IOB2").f1
    assert f1 is not None  # None is without a scheme
    return f1


def scores(task: Task, run: Run) -> Iterator[Row]:
    """Yield the rows of one set: our score, and how it differs from that without our vectors."""
    from textrep import RecurrentTagger

    train, dev = read_parts(task, run)
    texts = [task.joint.join(tokens) for tokens in train.tokens]
    store = trained(task.vectors, texts, run.data, run.vectors, run.most_documents)
    ours, peer = [], []
    for seed in range(1, run.seeds + 1):
        parameters = {**task.parameters, **run.parameters, "random_state": seed, "device": "cpu"}
        with_store = RecurrentTagger(store, **parameters)
        without = RecurrentTagger(**{**parameters, "vector_size": store.dim, "fine_tune": True})
        ours.append(scored(f"{task.name}: seed {seed}", partial(score, task, with_store, train, dev)))
        peer.append(scored(f"{task.name}: without vectors, seed {seed}", partial(score, task, without, train, dev)))
    name = f"{task.name}: {'validation ' if run.validation else ''}{task.measure}"
    method = f"{len(dev.tokens):,} sentences, {len(train.tokens):,} to train on; mean of {run.seeds} seeds"
    yield score_row(name, ours, unit="share", at_least=task.at_least, method=method)
    yield difference_row(name, ours, peer, unit="share", peer_name="without our vectors", at_least=0.0, method=method)


GROUPS: dict[str, Group] = {task.name: partial(scores, task) for task in TASKS}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for."""
    run_groups("tag", __doc__, GROUPS, _PACKAGES, _METHOD, [asdict(task) for task in TASKS], arguments)


if __name__ == "__main__":
    main()
