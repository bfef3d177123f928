"""``textrep embed``: from a corpus to a store."""

from __future__ import annotations

import codecs
import sys
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from textrep.errors import StoreMismatchError, TextrepError

from .console import columns, is_terminal, put, put_json, say
from .formats import opened_store
from .hint import next_command
from .options import METHODS, SUBWORD_NAMES, training_options
from .outcome import Interrupted
from .progress import ProgressBar
from .target import check_target, choose_target
from .units import bytes_text, count, duration
from .wording import OptionsError, in_options

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
  textrep embed corpus.txt --method fasttext          vectors for words never seen, too
  textrep embed more.txt --from corpus.textrep        go on with another corpus
  zcat corpus.gz | textrep embed - --tokenizer whitespace -o corpus.textrep""",
)
@click.argument("corpora", metavar="CORPUS...", nargs=-1, required=True)
@training_options
def embed(
    corpora: tuple[str, ...],
    output: str | None,
    method: str,
    initial: str | None,
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
    _check_names(field, encoding)
    start_from = None if initial is None else opened_store(Path(initial))
    method, parameters = _chosen(method, parameters, start_from)
    try:
        _check_tokenizer(parameters.get("tokenizer", "word"), parameters.get("min_token_length", 1))
        corpus = textrep.read_corpus(
            *corpora, format=format, encoding=encoding, encoding_errors=encoding_errors, field=field
        )
        replaces = check_target(target, corpus.names)
        if "-" in corpora and is_terminal(sys.stdin):
            say("Reading what is typed here; Ctrl-D ends.", prefix="")
        with ProgressBar() as bar, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            store = textrep.embed(
                corpus,
                method,
                initial=start_from,
                on_progress=bar,
                n_jobs=jobs if jobs is not None else -1,
                random_state=seed,
                **parameters,
            )
        trained = time.monotonic() - start
    except KeyboardInterrupt:
        raise Interrupted("no store was written") from None
    except TextrepError as error:
        raise OptionsError(in_options(str(error))) from error
    except MemoryError as error:
        error.add_note("a lower --vector-size or --max-vocabulary needs less")
        raise
    store.save(target)
    for warning in warned:
        if warning.category is UserWarning:
            say(in_options(str(warning.message)))
    summary = _summary(store, target, bar, trained, time.monotonic() - start)
    if as_json:
        put_json(asdict(summary))
    else:
        _show(summary, store, corpora, replaces=replaces, compiled=bar.compiled)


def _chosen(method: str, parameters: dict[str, Any], initial: EmbeddingStore | None) -> tuple[str, dict[str, Any]]:
    """Return the method, and the parameters to pass on: those of the method, and beside a store only those given."""
    context = click.get_current_context()
    given = {name for name in (*parameters, "method") if context.get_parameter_source(name) != ParameterSource.DEFAULT}
    if initial is not None and "method" not in given:
        method = str(initial.metadata.get("method", method))
        if method not in METHODS:
            raise StoreMismatchError(
                f"training cannot go on from {initial.path}: its vectors were made by {method}; "
                f"textrep goes on with {' and '.join(METHODS)}"
            )
        if initial.metadata.get("source"):  # it was converted: what it has counts, not what wrote the file
            method = "word2vec" if initial.subwords is None else "fasttext"
    if method != "fasttext":
        if wrong := sorted(given & SUBWORD_NAMES):
            raise click.UsageError(f"--{wrong[0].replace('_', '-')} is an option of --method fasttext, not {method}.")
        parameters = {name: value for name, value in parameters.items() if name not in SUBWORD_NAMES}
    before: dict[str, Any] = {}
    if initial is not None:
        parameters = {name: value for name, value in parameters.items() if name in given}
        before = initial.metadata.get("parameters") or {}
    _check_lengths({**before, **parameters}, given)
    return method, parameters


def _check_lengths(parameters: dict[str, Any], given: set[str]) -> None:
    """Refuse lengths of n-grams that do not fit together, and those of jamo that are not asked for."""
    if given & {"min_jamo_n", "max_jamo_n"} and parameters.get("subwords", "char") != "jamo":
        raise click.UsageError("--min-jamo-n and --max-jamo-n are options of --subwords jamo.")
    for least, most in (("min_n", "max_n"), ("min_jamo_n", "max_jamo_n")):
        if 0 < parameters.get(most, 0) < parameters.get(least, 0):
            least, most = (f"--{name.replace('_', '-')} {parameters[name]}" for name in (least, most))
            raise click.UsageError(f"{most} is below {least}; give a higher one, or 0 for no n-grams.")


def _check_names(field: str, encoding: str) -> None:
    if not field:
        raise click.UsageError("--field is empty; it names the field that holds the text.")
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise click.UsageError(f"--encoding {encoding} is unknown; utf-8, cp949 and latin-1 are known ones.") from None


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
    new_words: int
    dimensions: int
    epochs: int
    loss: float | None
    seconds: float
    words_per_second: float


def _summary(store: EmbeddingStore, target: Path, bar: ProgressBar, trained: float, seconds: float) -> _Summary:
    before = store.metadata.get("initial", {"words": 0, "total_tokens": 0})
    history, words = store.metadata["history"], int(store.metadata["total_tokens"]) - int(before["total_tokens"])
    return _Summary(
        store=str(target),
        bytes=target.stat().st_size,
        words=words,
        documents=bar.documents,
        vocabulary=len(store),
        new_words=len(store) - int(before["words"]),
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
    losses = (
        f"{_loss(first)} in the first epoch, {_loss(summary.loss)} in the last" if summary.epochs > 1 else _loss(first)
    )
    least = store.metadata["parameters"]["min_count"]
    seen = f" seen {least:,} times or more" if least > 1 else ""
    if "initial" in store.metadata:
        seen = f", {summary.new_words:,} of them new"
    took = duration(summary.seconds) + (" with compiling" if compiled else "")
    rows = (
        ("corpus", f"{name}: {count(summary.words, 'word')} in {count(summary.documents, 'document')}"),
        ("vocabulary", count(summary.vocabulary, "word") + seen),
        ("vectors", f"{summary.dimensions} dimensions, {_how(store)}"),
        ("loss", losses),
        ("time", f"{took}, training at {summary.words_per_second:,} words/s"),
        ("store", f"{summary.store}, {bytes_text(summary.bytes)}" + (", replaces the one before" if replaces else "")),
    )
    for line in columns(rows):
        put(line)
    put()
    put(f"Next: {next_command(store, Path(summary.store))}")


def _loss(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"


def _how(store: EmbeddingStore) -> str:
    made = store.metadata["parameters"]
    return f"{store.metadata['method']} {made['architecture']}, {count(made['epochs'], 'epoch')}"
