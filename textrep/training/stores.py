"""Stores and training: a store of what training left, and what training starts from where it goes on from a store."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from textrep.errors import StoreMismatchError
from textrep.store import EmbeddingStore
from textrep.store.dense import check_store
from textrep.store.subwords import SubwordTable
from textrep.text import get_tokenizer
from textrep.text.subwords import SubwordRule, Subwords
from textrep.text.tokenizers import MissingCallable
from textrep.training.initial import Initial
from textrep.training.settings import TrainingSettings, Word2VecSettings
from textrep.training.trained import Trained
from textrep.vocabulary import Vocabulary
from textrep.warning import warn

__all__ = ["history_as_json", "inherited", "initial_of", "store_of"]

_MOST_TOKENS = 1 << 60  # those of any corpus, added to as many more, are an int64

# Parameters of a training, not of its vectors: going on does not take them over.
_OF_A_RUN = frozenset({"n_jobs", "random_state", "learning_rate", "epochs", "max_vocabulary", "engine"})


def store_of(trained: Trained, settings: TrainingSettings, *, copy: bool = True) -> EmbeddingStore:
    """Make a store of what training left, which remembers how it was made; without `copy` it shares the vectors."""
    rule, buckets = settings.subword_rule, trained.buckets
    return EmbeddingStore.from_vectors(
        trained.vocabulary.tokens,
        trained.vectors,
        copy=copy,
        counts=trained.vocabulary.counts,
        tokenizer=get_tokenizer(settings.tokenizer, settings.min_token_length),
        metadata={
            "method": settings.method,
            "parameters": settings.to_dict(),
            "history": history_as_json(trained.history),
            "total_tokens": trained.vocabulary.total_tokens,
            **({} if trained.initial is None else {"initial": trained.initial}),
        },
        subwords=None if rule is None or buckets is None else SubwordTable(rule, buckets.numbers, buckets.vectors),
        context_vectors=trained.context_vectors,
    )


def history_as_json(history: list[dict[str, float]]) -> list[dict[str, float | None]]:
    """Return what a file keeps of a history: a loss is None where no pair was trained.

    No speeds, so that the same training makes the same file.
    """
    losses = (None if math.isnan(epoch["loss"]) else epoch["loss"] for epoch in history)
    return [{"epoch": epoch["epoch"], "loss": loss} for epoch, loss in zip(history, losses, strict=True)]


def inherited(initial: EmbeddingStore, settings_class: type[TrainingSettings]) -> dict[str, Any]:
    """Return the parameters that a store was trained with, as far as settings of a class have them.

    Raises
    ------
    StoreMismatchError
        If the settings refuse one of them.
    """
    known = settings_class.__dataclass_fields__.keys() - _OF_A_RUN
    check_store(initial, "initial")
    saved = initial.metadata.get("parameters")
    parameters = {name: value for name, value in saved.items() if name in known} if isinstance(saved, dict) else {}
    if initial.tokenizer is not None:
        split = initial.tokenizer.to_dict()
        parameters["tokenizer"] = split["name"] if split["name"] != "callable" else initial.tokenizer
        parameters["min_token_length"] = split["min_token_length"] if isinstance(parameters["tokenizer"], str) else 1
    try:
        settings_class(**parameters)
    except (OverflowError, ValueError) as error:
        raise _cannot_go_on(initial, str(error)) from error
    return parameters


def initial_of(store: EmbeddingStore, settings: TrainingSettings) -> Initial:
    """Return a store as what training starts from.

    Raises
    ------
    StoreMismatchError
        If its vectors are not of the kind to be trained; says what differs.
    FormatError
        If the file it was opened from was altered.
    """
    check_store(store, "initial")
    if reason := _mismatch(store, settings, settings.subword_rule):
        raise _cannot_go_on(store, reason)
    store.verify()
    _warn_of_other_versions(store, settings)
    assert store.context_vectors is not None  # else there is a mismatch
    counts = store.counts if store.counts is not None else np.ones(len(store), np.int64)
    if len(counts) and (counts.min() < 0 or counts.sum(dtype=np.float64) > _MOST_TOKENS):
        raise _cannot_go_on(store, f"its counts, {counts.min():,} to {counts.max():,}, are none of words")
    total = store.metadata.get("total_tokens")
    if not (total is None or (type(total) is int and 0 <= total <= _MOST_TOKENS)):
        raise _cannot_go_on(store, f"its metadata has {total!r} for 'total_tokens'")
    try:
        vocabulary = Vocabulary(store.keys, counts, total)
    except ValueError as error:
        raise _cannot_go_on(store, str(error)) from error
    if store.subwords is None:
        return Initial(vocabulary, store.vectors, store.context_vectors)
    table = store.subwords
    present = np.arange(len(table.rows)) if table.present is None else table.present
    words = table.word_rows if table.word_rows is not None else table.own_rows(store.keys, store.vectors)
    return Initial(vocabulary, words, store.context_vectors, present, table.rows)


def _cannot_go_on(store: EmbeddingStore, reason: str) -> StoreMismatchError:
    return StoreMismatchError(f"training cannot go on from {store.path or 'the initial store'}: {reason}")


def _mismatch(store: EmbeddingStore, settings: TrainingSettings, rule: Subwords | None) -> str | None:
    """Return what keeps training with these settings from starting from a store."""
    if not isinstance(settings, Word2VecSettings):
        return f"{settings.method} starts anew each time: the counts it is made of are not kept"
    if store.metadata.get("method") == "glove":
        return "its vectors are sums of GloVe's word and context vectors; train on its texts anew"
    if settings.engine != "textrep":
        return f"{settings.engine} starts anew each time; pass engine=textrep"
    if store.is_of_documents:
        return "its vectors are of documents, not of words; train on its texts anew"
    if store.context_vectors is None:
        return "it has no context vectors: it was converted, or not made by training; train it anew"
    if store.dim != settings.vector_size:
        return f"it has vectors of {store.dim} dimensions; pass vector_size={store.dim}"
    parameters = store.metadata.get("parameters")
    if isinstance(parameters, dict) and parameters.get("loss", "negative_sampling") != "negative_sampling":
        return "it was trained with hierarchical softmax, whose tree new words change; train it anew on all texts"
    if settings.loss != "negative_sampling":
        return "new words change the Huffman tree; pass loss=negative_sampling"
    if rule is None and store.subwords is not None:
        return "it has subwords; pass method=fasttext"
    if rule is not None and store.subwords is None:
        return "it has no subwords; pass method=word2vec"
    if rule is not None and store.subwords is not None and store.subwords.rule != rule:
        return _other_subwords(store.subwords.rule, rule)
    if differs := _other_tokenizer(store, settings):
        return differs
    if len(store.context_vectors) != len(store):
        return "it has not one context vector for each word; train it anew"
    return None


def _other_subwords(theirs: SubwordRule, ours: Subwords) -> str:
    """Return how the rule of a store differs from the one that words would be cut by."""
    if not isinstance(theirs, Subwords):
        return f"its subwords are of a kind that is not trained here, {theirs.to_dict()['kind']}"
    before, now = ({"subwords": rule.kind, **rule.to_dict()} for rule in (theirs, ours))
    names = [name for name in before.keys() | now.keys() if before.get(name) != now.get(name) and name != "kind"]
    wanted, given = (
        ", ".join(f"{name}={values[name]}" for name in sorted(names) if name in values) for values in (before, now)
    )
    return f"it was made with {wanted}; pass that, not {given}"


def _warn_of_other_versions(store: EmbeddingStore, settings: TrainingSettings) -> None:
    """Warn if the tokenizer that split the words of a store had other versions than the one that splits the corpus."""
    if store.tokenizer is None:
        return
    theirs = store.tokenizer.to_dict()
    ours = get_tokenizer(settings.tokenizer, settings.min_token_length).to_dict()
    if differ := [name for name in theirs if name.endswith("_version") and theirs[name] != ours.get(name)]:
        versions = ", ".join(f"{name.removesuffix('_version')} {theirs[name]}, now {ours.get(name)}" for name in differ)
        warn(
            f"{store.path or 'the initial store'} was split into words by another version ({versions}): "
            "the same text may give other words now"
        )


def _other_tokenizer(store: EmbeddingStore, settings: TrainingSettings) -> str | None:
    """Return how the words of a store were split otherwise than the corpus would be."""
    if store.tokenizer is None:
        return None
    theirs = store.tokenizer.to_dict()
    tokenizer = get_tokenizer(settings.tokenizer, settings.min_token_length)
    if isinstance(tokenizer, MissingCallable):
        return f"its words were made by the Python function {theirs['callable']!r}; pass it to embed as tokenizer="
    ours = tokenizer.to_dict()
    if theirs["name"] != ours["name"]:
        hint = "the same function" if theirs["name"] == "callable" else theirs["name"]
        return f"its words were made by the tokenizer {theirs['name']!r}; pass tokenizer={hint}"
    if theirs.get("callable") != ours.get("callable"):
        return f"its words were made by the tokenizer {theirs['callable']!r}, not {ours['callable']!r}"
    if theirs["min_token_length"] != ours["min_token_length"]:
        least = theirs["min_token_length"]
        return f"its words have {least} characters or more; pass min_token_length={least}"
    return None
