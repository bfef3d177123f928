"""``textrep embed``: from a corpus to a store."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from textrep.errors import PluginError, TextrepError
from textrep.vectorizers.registry import METHODS, VECTORIZERS

from .console import check_output, put_json, say
from .formats import opened_store
from .incoming import announce, saying_how_to_give_data
from .methods import chosen
from .options import EmbedCommand, embed_options
from .outcome import Interrupted
from .progress import ProgressBar
from .reading import check_encoding, check_fields, say_what_is_read_again
from .summary import show, summary_of
from .target import check_target, choose_target, told_if_interrupted
from .wording import OptionsError, in_options

if TYPE_CHECKING:
    from textrep import EmbeddingStore

__all__ = ["embed"]


@click.command(
    cls=EmbedCommand,
    short_help="Make word vectors of a corpus; save them as a store.",
    epilog="""\b
Examples:
  textrep embed corpus.txt
  textrep embed articles/ more.jsonl.gz --field body -o articles.textrep
  textrep embed corpus.txt --architecture cbow --vector-size 200 --epochs 10
  textrep embed corpus.txt --method fasttext            vectors for words never seen, too
  textrep embed more.txt --from corpus.textrep          go on with another corpus
  textrep embed corpus.txt --method tfidf --documents   a vector for each document
  zcat corpus.gz | textrep embed - --tokenizer whitespace -o corpus.textrep""",
)
@click.argument("corpora", metavar="CORPUS...", nargs=-1, required=True)
@embed_options
def embed(
    corpora: tuple[str, ...],
    output: str | None,
    method: str,
    initial: str | None,
    documents: bool,
    jobs: int | None,
    seed: int,
    field: str | int,
    format: str | None,  # noqa: A002
    encoding: str,
    encoding_errors: str,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Make word vectors of CORPUS, or vectors of its documents, and save them as one file, a store.

    CORPUS is a file, a folder (all files of known endings below it), a quoted glob, or - for standard input. A document
    is a line of .txt, a record of .jsonl, .csv, .tsv or .parquet; each may be compressed (.gz .bz2 .xz .zst).

    The store is written to the current folder, unless -o says otherwise: corpus.txt gives corpus.textrep. A store that
    is already there is replaced when the new one is complete; any other file is left alone.
    """
    import textrep

    check_output(is_report=not as_json)
    start = time.monotonic()
    target = choose_target(output, corpora)
    check_encoding(encoding)
    start_from = None if initial is None else opened_store(Path(initial))
    general = {"n_jobs": jobs if jobs is not None else -1, "random_state": seed}
    method, parameters = chosen(method, parameters, general, start_from, documents=documents)
    bar = ProgressBar()
    try:
        if start_from is None:  # else those of the store come in between
            _check_parameters(method, parameters)
        corpus = textrep.read_corpus(
            *corpora, format=format, encoding=encoding, encoding_errors=encoding_errors, field=field
        )
        check_fields("--field", corpora, format)
        replaces = check_target(target, corpus.names)
        if method in VECTORIZERS and not documents and corpus.total_bytes is None:
            raise click.UsageError(
                f"--method {method} reads a corpus twice, and standard input or a pipe only once; write it to a file "
                "first, or give --documents for vectors of documents"
            )
        announce(corpora)
        if documents:
            make = partial(textrep.embed_documents, corpus, method)
        else:
            say_what_is_read_again(corpus.names)
            make = partial(textrep.embed, corpus, method, initial=start_from)
        with saying_how_to_give_data(corpora):
            store, told = _embedded(make, method, bar, parameters)
        made = time.monotonic() - start
    except KeyboardInterrupt:
        raise Interrupted("no store was written") from None
    except TextrepError as error:
        raise OptionsError(in_options(str(error))) from error
    with told_if_interrupted(target, "no store was written"):
        store.save(target)
    for message in told:
        say(in_options(message))
    summary = summary_of(store, target, bar, made, time.monotonic() - start)
    if as_json:
        put_json(asdict(summary))
    else:
        show(summary, store, corpora, replaces=replaces, compiled=bar.compiled)


def _embedded(
    make: Callable[..., EmbeddingStore], method: str, bar: ProgressBar, parameters: dict[str, Any]
) -> tuple[EmbeddingStore, list[str]]:
    """Make the vectors; return the store, and the warnings there were."""
    with bar, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            store = make(on_progress=bar, **parameters)
        except TextrepError:
            raise
        except MemoryError as error:
            error.__notes__ = [in_options(note) for note in getattr(error, "__notes__", [])]
            raise
        except Exception as error:
            if (known := _of_vectorizer(method, error)) is None:
                raise
            raise known from error
    return store, [str(warning.message) for warning in warned if warning.category is UserWarning]


def _of_vectorizer(method: str, error: Exception) -> TextrepError | None:
    """Return what to say of an exception of a vectorizer class; None if it looks like a bug of textrep."""
    if method in METHODS:
        return None
    if method not in VECTORIZERS:
        return PluginError(f"the vectorizer {method!r}, a plug-in, failed: {type(error).__name__}: {error}")
    # values that do not fit together, or to the corpus
    return OptionsError(str(error)) if isinstance(error, ValueError) else None


def _check_parameters(method: str, parameters: dict[str, Any]) -> None:
    """Refuse what the library refuses as wrong usage, before anything is read."""
    import textrep
    from textrep.vectorizers.plugged import check_parameters

    try:
        textrep.get_tokenizer(parameters.get("tokenizer", "word"), parameters.get("min_token_length", 1))
        check_parameters(method, parameters)
    except (TypeError, ValueError) as error:
        raise click.UsageError(in_options(str(error))) from None
