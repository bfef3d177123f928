"""``textrep embed``: from a corpus to a store."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from textrep.errors import TextrepError

from .console import columns, is_terminal, put, put_json, say
from .hint import next_command
from .options import in_options, training_options
from .outcome import Interrupted
from .progress import ProgressBar
from .target import check_target, choose_target
from .units import bytes_text, duration

if TYPE_CHECKING:
    from textrep import EmbeddingStore

__all__ = ["embed"]


@click.command(
    short_help="Train word vectors on a corpus; save them as a store.",
    epilog="""\b
Examples:
  textrep embed corpus.txt
  textrep embed articles/ more.jsonl.gz --field body -o articles.textrep
  textrep embed corpus.txt --architecture cbow --vector-size 200 --epochs 10
  zcat corpus.gz | textrep embed - --tokenizer whitespace -o corpus.textrep""",
)
@click.argument("corpora", metavar="CORPUS...", nargs=-1, required=True)
@training_options
def embed(
    corpora: tuple[str, ...],
    output: str | None,
    method: str,
    jobs: int | None,
    seed: int,
    field: str,
    format: str | None,  # noqa: A002
    encoding: str,
    encoding_errors: str,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Train word vectors on CORPUS and save them as one file, a store.

    CORPUS is a file, a folder (all files of known endings below it), a quoted glob, or - for standard input. A document
    is a line of .txt, a record of .jsonl, .csv, .tsv or .parquet; each may be compressed (.gz .bz2 .xz .zst).

    The store is written to the current folder, unless -o says otherwise: corpus.txt gives corpus.textrep. A store that
    is already there is replaced when the new one is complete; any other file is left alone.
    """
    import textrep

    start = time.monotonic()
    target = choose_target(output, corpora)
    try:
        _check_tokenizer(parameters["tokenizer"], parameters["min_token_length"])
        corpus = textrep.read_corpus(
            *corpora, format=format, encoding=encoding, encoding_errors=encoding_errors, field=field
        )
        replaces = check_target(target, corpus.names)
        if "-" in corpora and is_terminal(sys.stdin):
            say("Reading what is typed here; Ctrl-D ends.", prefix="")
        with ProgressBar() as bar:
            store = textrep.embed(
                corpus,
                method,
                on_progress=bar,
                n_jobs=jobs if jobs is not None else -1,
                random_state=seed,
                **parameters,
            )
        trained = time.monotonic() - start
    except KeyboardInterrupt:
        raise Interrupted("no store was written") from None
    except TextrepError as error:
        raise _OptionsError(in_options(str(error))) from error
    except MemoryError as error:
        error.add_note("a lower --vector-size or --max-vocabulary needs less")
        raise
    store.save(target)
    summary = _summary(store, target, bar, trained, time.monotonic() - start)
    if as_json:
        put_json(asdict(summary))
    else:
        _show(summary, store, corpora, replaces=replaces, compiled=bar.compiled)


class _OptionsError(TextrepError):
    """An error of the library, with options in place of parameters."""


def _check_tokenizer(name: str, min_token_length: int) -> None:
    """Refuse what the library refuses as wrong usage."""
    import textrep

    try:
        textrep.get_tokenizer(name, min_token_length)
    except ValueError as error:
        raise click.UsageError(in_options(str(error))) from None


@dataclass(frozen=True)
class _Summary:
    """What was done; the keys of ``--json``."""

    store: str
    bytes: int
    words: int
    documents: int
    vocabulary: int
    dimensions: int
    epochs: int
    loss: float
    seconds: float
    words_per_second: float


def _summary(store: EmbeddingStore, target: Path, bar: ProgressBar, trained: float, seconds: float) -> _Summary:
    history, words = store.metadata["history"], int(store.metadata["total_tokens"])
    return _Summary(
        store=str(target),
        bytes=target.stat().st_size,
        words=words,
        documents=bar.documents,
        vocabulary=len(store),
        dimensions=store.dim,
        epochs=len(history),
        loss=history[-1]["loss"],
        seconds=round(seconds, 3),
        words_per_second=round(bar.words_per_second or words * len(history) / trained),
    )


def _show(
    summary: _Summary, store: EmbeddingStore, corpora: tuple[str, ...], *, replaces: bool, compiled: bool
) -> None:
    first = store.metadata["history"][0]["loss"]
    name = corpora[0] if len(corpora) == 1 else f"{len(corpora)} corpora"
    name = "standard input" if name == "-" else name
    losses = f"{first:.4f} in the first epoch, {summary.loss:.4f} in the last" if summary.epochs > 1 else f"{first:.4f}"
    least = store.metadata["parameters"]["min_count"]
    took = duration(summary.seconds) + (" with compiling" if compiled else "")
    rows = (
        ("corpus", f"{name}: {_count(summary.words, 'word')} in {_count(summary.documents, 'document')}"),
        ("vocabulary", _count(summary.vocabulary, "word") + (f" seen {least:,} times or more" if least > 1 else "")),
        ("vectors", f"{summary.dimensions} dimensions, {_how(store)}"),
        ("loss", losses),
        ("time", f"{took}, training at {summary.words_per_second:,} words/s"),
        ("store", f"{summary.store}, {bytes_text(summary.bytes)}" + (", replaces the one before" if replaces else "")),
    )
    for line in columns(rows):
        put(line)
    put()
    put(f"Next: {next_command(store, Path(summary.store))}")


def _how(store: EmbeddingStore) -> str:
    made = store.metadata["parameters"]
    return f"{store.metadata['method']} {made['architecture']}, {_count(made['epochs'], 'epoch')}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
