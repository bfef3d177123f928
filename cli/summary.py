"""What ``textrep embed`` says when it has written a store: a table for people, JSON for programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .console import columns, put
from .hint import next_command
from .units import bytes_text, count, duration

if TYPE_CHECKING:
    from textrep import EmbeddingStore

    from .progress import ProgressBar

__all__ = ["Summary", "show", "summary_of"]


@dataclass(frozen=True)
class Summary:
    """What was done; the keys of ``--json``. None where a method does not tell, or has no such thing."""

    store: str
    bytes: int
    words: int | None
    documents: int
    vocabulary: int | None
    new_words: int | None
    dimensions: int
    non_zeros: int | None  # of a sparse store
    epochs: int | None
    loss: float | None
    seconds: float
    words_per_second: int | None


def summary_of(store: EmbeddingStore, target: Path, bar: ProgressBar, trained: float, seconds: float) -> Summary:
    """Return what there is to say.

    Parameters
    ----------
    store : EmbeddingStore
        As it was saved.
    target : Path
        Where.
    bar : ProgressBar
        What was shown meanwhile.
    trained, seconds : float
        How long making the vectors took, and how long all of it.
    """
    made = store.metadata
    before = made.get("initial", {"words": 0, "total_tokens": 0})
    total, history = made.get("total_tokens"), made.get("history") or []
    words = int(total) - int(before["total_tokens"]) if isinstance(total, int) else None
    speed = bar.words_per_second
    if not speed and words is not None and history:
        speed = words * len(history) / trained
    vocabulary = _vocabulary_size(store)
    return Summary(
        store=str(target),
        bytes=target.stat().st_size,
        words=words,
        documents=len(store) if store.is_of_documents else bar.documents,
        vocabulary=vocabulary,
        new_words=None if vocabulary is None else vocabulary - int(before["words"]),
        dimensions=store.dim,
        non_zeros=store.nnz,
        epochs=len(history) or None,
        loss=history[-1]["loss"] if history else None,
        seconds=round(seconds, 3),
        words_per_second=round(speed) if speed else None,
    )


def show(summary: Summary, store: EmbeddingStore, corpora: tuple[str, ...], *, replaces: bool, compiled: bool) -> None:
    """Write the summary as a table, and what to type next.

    Parameters
    ----------
    summary : Summary
        What was done.
    store : EmbeddingStore
        The store.
    corpora : tuple of str
        The arguments it was made of.
    replaces : bool
        Whether there was a store at its place before.
    compiled : bool
        Whether kernels were compiled.
    """
    name = corpora[0] if len(corpora) == 1 else f"{len(corpora)} corpora"
    name = "standard input" if name == "-" else name
    words = "" if summary.words is None else f"{count(summary.words, 'word')} in "
    took = duration(summary.seconds) + (" with compiling" if compiled else "")
    speed = "" if summary.words_per_second is None else f", training at {summary.words_per_second:,} words/s"
    rows = (
        ("corpus", f"{name}: {words}{count(summary.documents, 'document')}"),
        ("vocabulary", _vocabulary(summary, store)),
        ("vectors", f"{_of_what(store)}{_size(summary)}, {_how(store)}"),
        ("loss", _losses(store)),
        ("time", took + speed),
        ("store", f"{summary.store}, {bytes_text(summary.bytes)}" + (", replaces the one before" if replaces else "")),
    )
    for line in columns((title, text) for title, text in rows if text):
        put(line)
    put()
    put(f"Next: {next_command(store, Path(summary.store))}")


def _vocabulary_size(store: EmbeddingStore) -> int | None:
    if not store.is_of_documents:
        return len(store)
    return None if store.vectorizer is None else len(store.vectorizer.vocabulary_)


def _vocabulary(summary: Summary, store: EmbeddingStore) -> str:
    if summary.vocabulary is None:
        return ""
    text = count(summary.vocabulary, "word")
    if "initial" in store.metadata:
        return f"{text}, {summary.new_words:,} of them new"
    least = (store.metadata.get("parameters") or {}).get("min_count")
    return f"{text} seen {least:,} times or more" if isinstance(least, int) and least > 1 else text


def _of_what(store: EmbeddingStore) -> str:
    return "of documents, " if store.is_of_documents else ""


def _size(summary: Summary) -> str:
    sparse = "" if summary.non_zeros is None else f", {count(summary.non_zeros, 'non-zero')}"
    return count(summary.dimensions, "dimension") + sparse


def _how(store: EmbeddingStore) -> str:
    """Return ``"fasttext skipgram, 5 epochs"``, or the method alone where it is not trained in epochs."""
    method, history = store.metadata["method"], store.metadata.get("history")
    if not history:
        return str(method)
    made = store.metadata.get("parameters") or {}
    engine = f" by {made['engine']}" if made.get("engine", "textrep") != "textrep" else ""
    variant = f" {made['architecture']}" if "architecture" in made else ""
    return f"{method}{variant}{engine}, {count(len(history), 'epoch')}"


def _losses(store: EmbeddingStore) -> str:
    """Return the first and the last loss; nothing where the method, or its engine, tells none."""
    history = store.metadata.get("history") or []
    if not history or (store.metadata.get("parameters") or {}).get("engine") == "gensim":
        return ""
    first, last = (_loss(epoch["loss"]) for epoch in (history[0], history[-1]))
    return f"{first} in the first epoch, {last} in the last" if len(history) > 1 else first


def _loss(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"
