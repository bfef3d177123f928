"""``textrep convert``: from one format of vectors to another."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from textrep.errors import StoreExistsError, StoreNotFoundError, TextrepError

from .console import check_output, columns, put, put_json, say
from .formats import WRITTEN, detected, encoding_errors_option, from_option, loaded
from .hint import next_command, quoted
from .indexing import index_options, make_index
from .target import told_if_interrupted
from .units import bytes_text, count, duration
from .wording import OptionsError, in_format_options

if TYPE_CHECKING:
    from textrep import EmbeddingStore
    from textrep.formats import Format

__all__ = ["convert"]


@click.command(
    short_help="Turn a file of vectors into another format.",
    epilog="""\b
Examples:
  textrep convert GoogleNews-vectors-negative300.bin.gz news.textrep
  textrep convert glove.6B.300d.txt glove.textrep
  textrep convert corpus.textrep corpus.vec                  word2vec text
  textrep convert corpus.textrep corpus.bin --to fasttext
  textrep convert corpus.textrep folder --to static          for sentence-transformers
  textrep convert large.textrep large.textrep --index        an index, for approximate neighbours""",
)
@click.argument("source", metavar="SRC", type=click.Path(path_type=Path))
@click.argument("target", metavar="DST", type=click.Path(path_type=Path))
@click.option(
    "--to",
    type=click.Choice(WRITTEN),
    show_default="what the name of DST asks for",
    help="The format to write: .txt and .vec ask for word2vec, .w2v for word2vec-binary, .glove, .floret and .textrep "
    "for what they are called.",
)
@from_option
@encoding_errors_option
@index_options
@click.option("--json", "as_json", is_flag=True, help="Write what was done as JSON.")
def convert(
    source: Path,
    target: Path,
    to: str | None,
    from_: str | None,
    encoding_errors: str,
    index: bool,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Read the vectors in SRC, and write them to DST in another format.

    SRC is a file of word2vec (text or binary; fastText's .vec too), fastText (.bin, .ftz), floret, GloVe, or a store of
    textrep, and may be compressed (.gz .bz2 .xz .zst). What it is, its content tells. Of words that come several times
    the first is kept; a fastText .bin that repeats one is refused, since the rows of its words would be unclear.

    DST is compressed if its name ends so. A file of the same format is replaced when the new one is complete; any other
    file, and a folder that is not empty, is left alone.

    With --index, DST is a store, and may be SRC itself: the index is kept in the same file as the vectors.
    """
    check_output(is_report=not as_json)
    start = time.monotonic()
    chosen = _written(target, to)
    _check_index_options(chosen, index=index, jobs=jobs)
    with told_if_interrupted(target, f"{target} was not written"):
        read = detected(source, from_)
        replaces = _check_target(source, target, chosen, in_place=index and read.is_own)
        store = loaded(source, read, encoding_errors)
        left_out = {} if read.is_own else store.metadata  # a store's own metadata tells of what it was made of
        _say_what_is_lost(source, store, chosen, left_out)
        indexing = make_index(store, jobs) if index else None
        _export(store, target, chosen)
    summary = _Summary(
        source=str(source),
        source_format=read.name,
        target=str(target),
        target_format=chosen.name,
        words=len(store),
        dimensions=store.dim,
        duplicates_dropped=int(left_out.get("duplicates_dropped", 0)),
        bytes=_size(target),
        seconds=round(time.monotonic() - start, 3),
    )
    if as_json:
        put_json(asdict(summary) | ({"index": store.index} if index else {}))
    else:
        _show(summary, store, read, chosen, replaces=replaces, indexing=indexing)


@dataclass(frozen=True)
class _Summary:
    """What was done; the keys of ``--json``."""

    source: str
    source_format: str
    target: str
    target_format: str
    words: int
    dimensions: int
    duplicates_dropped: int
    bytes: int
    seconds: float


def _written(target: Path, to: str | None) -> Format:
    """Return the format to write. Raises click.UsageError if neither the name nor --to tells."""
    from textrep.formats import format_for_writing, format_named

    if str(target) == "-":
        raise click.UsageError("DST - is not possible: nothing is written to standard output")
    if to is not None:
        return format_named(to)
    if target.is_dir():
        raise StoreExistsError(
            f"{target} is a folder; name the file to write in it, {target / 'vectors.textrep'} for one, or give "
            "--to static, which fills an empty folder"
        )
    try:
        return format_for_writing(target)
    except ValueError as error:
        raise click.UsageError(in_format_options(str(error), "--to")) from None


def _check_index_options(chosen: Format, *, index: bool, jobs: int | None) -> None:
    if index and not chosen.is_own:
        raise click.UsageError(f"--index is of a store: {chosen.title} has no place for it")
    if jobs is not None and not index:
        raise click.UsageError("--jobs has no effect without --index")


def _check_target(source: Path, target: Path, chosen: Format, *, in_place: bool) -> bool:
    """Return whether a file is replaced; find out before reading if that cannot be."""
    from textrep.formats import check_replaceable

    if target.exists() and source.samefile(target) and not in_place:
        raise StoreExistsError(f"{target} is {source} itself; choose another name for the new file")
    replaces = check_replaceable(target, chosen)
    folder = target.resolve().parent
    if not folder.is_dir():
        raise StoreNotFoundError(f"{target} cannot be written: there is no folder {folder}")
    return replaces


def _say_what_is_lost(source: Path, store: EmbeddingStore, chosen: Format, left_out: Mapping[str, Any]) -> None:
    """Say on stderr what was not read, and what is not written."""
    if store.subwords is not None and not chosen.keeps_subwords:
        say(f"only whole words are written as {chosen.title}: vectors for words that are not in {source} are lost")
    if store.texts is not None and not (chosen.is_own or store.is_sparse):
        say(f"only keys and vectors are written as {chosen.title}: --text cannot ask it for documents")
    if n_labels := left_out.get("labels_dropped", 0):
        say(f"labels are left out, {n_labels:,} in {source}, and what it learned of them; its words are kept")
    if n_words := left_out.get("undecodable_dropped", 0):
        say(f"left out of {source}: {count(n_words, 'word')} of which nothing is valid UTF-8")


def _export(store: EmbeddingStore, target: Path, chosen: Format) -> None:
    try:
        store.export(target, chosen.name)
    except ValueError as error:
        if isinstance(error, TextrepError):
            raise
        raise OptionsError(in_format_options(str(error), "--to")) from error  # what this format cannot express


def _size(target: Path) -> int:
    files = [target] if target.is_file() else [path for path in target.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files)


def _show(
    summary: _Summary,
    store: EmbeddingStore,
    read: Format,
    chosen: Format,
    *,
    replaces: bool,
    indexing: float | None,
) -> None:
    rows = [
        ("read", f"{summary.source}, {read.title}"),
        ("words" if store.texts is None else "documents", f"{summary.words:,} of {summary.dimensions:,} dimensions"),
        ("time", duration(summary.seconds)),
        (
            "written",
            f"{summary.target}, {chosen.title}, {bytes_text(summary.bytes)}"
            + (", replaces the one before" if replaces else ""),
        ),
    ]
    if summary.duplicates_dropped:
        rows.insert(
            2, ("left out", f"{summary.duplicates_dropped:,} that came before: of equal words the first is kept")
        )
    if indexing is not None and store.index is not None:
        rows.insert(-1, ("index", f"{bytes_text(store.index['bytes'])}, made in {duration(indexing)}"))
    for line in columns(rows):
        put(line)
    put()
    target = Path(summary.target)
    if chosen.is_own:
        put(f"Next: {next_command(store, target)}{'' if indexing is None else ' --approximate'}")
    elif chosen.read is not None:
        put(f"Next: textrep info {quoted(str(target))}")
