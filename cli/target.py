"""Where a store or a model is written, and whether it can be: found out before training, not after."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from textrep.errors import FormatError, StoreExistsError, StoreNotFoundError, TextrepError
from textrep.shown import shown

from .mistaken import check_inputs
from .outcome import Interrupted

__all__ = ["COMPRESSED", "check_target", "choose_target", "default_target", "file_at", "told_if_interrupted"]

COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
_RECORDS = (".txt", ".jsonl", ".csv", ".tsv", ".parquet")
_LABELLED = (".train", ".valid", ".dev", ".test", ".testa", ".testb", ".conll", ".conllu", ".iob", ".iob2", ".bio")


class _TargetError(TextrepError, OSError):
    """The store could not be written where it is wanted."""


def default_target(corpora: Sequence[str]) -> Path:
    """Return the name of a store, in the current folder: ``["texts/news.txt.gz"] -> news.textrep``.

    That of one file or folder is used; several, a glob and standard input give ``corpus.textrep``.
    """
    name = ""
    if len(corpora) == 1 and corpora[0] != "-" and Path(corpora[0]).exists():
        path = Path(corpora[0])
        name = path.name.lstrip(".") or path.resolve().name
        if not path.is_dir():
            name = _without(_without(name, COMPRESSED), (*_RECORDS, *_LABELLED))
    return Path(f"{name or 'corpus'}.textrep")


def _without(name: str, suffixes: tuple[str, ...]) -> str:
    found = next((suffix for suffix in suffixes if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(found)]


def choose_target(output: str | None, corpora: Sequence[str], ending: str = "", what: str = "store") -> Path:
    """Return the file to write: what ``-o`` says, or `default_target`, with `ending` before its suffix.

    Raises
    ------
    click.UsageError
        If `output` is not a file's name, or one of `corpora` is a store.
    """
    check_inputs(corpora, "--from" if what == "store" else "--store")
    if output == "-":
        raise click.UsageError(f"-o - is not possible: a {what} cannot be written to standard output")
    if output is not None and (not output or output.endswith(("/", os.sep))):
        raise click.UsageError(f"-o {output!r} is not the name of a file")
    if output is not None:
        return Path(output)
    name = default_target(corpora)
    return name.with_name(f"{name.name.removesuffix('.textrep')}{ending}.textrep")


def check_target(target: Path, files: Sequence[str], kind: str = "store") -> bool:
    """Return whether writing to `target` replaces a file of the same kind.

    Parameters
    ----------
    target : Path
        The file to write.
    files : sequence of str
        The files that are read.
    kind : str
        What is written, as the header of its file calls it.

    Raises
    ------
    TextrepError
        If there is something at the place that is not of this kind, or nothing can be written there.
    """
    other = "; choose a file with -o"
    _check_not_input(target, files, kind)
    exists = _check_replaceable(target, kind, other)
    folder = Path(os.path.realpath(target)).parent
    if not folder.is_dir():
        raise StoreNotFoundError(f"{target} cannot be written: there is no folder {folder}")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _TargetError(f"{target} cannot be written: {folder}: {error.strerror}{other}") from error
    return exists


def file_at(target: Path) -> tuple[int, ...] | None:
    """Return what tells a file from another that takes its place; None if there is no file."""
    try:
        status = target.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


@contextmanager
def told_if_interrupted(target: Path, otherwise: str) -> Iterator[None]:
    """Say of Ctrl-C within the block that `target` has been written; if it has not, what is said `otherwise`."""
    before = file_at(target)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(otherwise if file_at(target) == before else f"{target} was written") from None


def _check_not_input(target: Path, files: Sequence[str], kind: str) -> None:
    data = "the corpus" if kind == "store" else "the data"
    for file in files:
        try:
            same = Path(file).samefile(target)
        except OSError:
            same = False
        if same:
            raise StoreExistsError(f"{target} is {data} itself; choose another file with -o")


def _check_replaceable(target: Path, kind: str, other: str) -> bool:
    """Return whether there is a file of this kind at the place; refuse to replace anything else."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        name = shown(str(target)) if error.errno == errno.ENAMETOOLONG else target
        raise _TargetError(f"{name} cannot be written: {error.strerror}{other}") from error
    if stat.S_ISDIR(mode):
        raise StoreExistsError(f"{target} is a folder{other}")
    try:
        _open(target, kind)
    except FormatError as error:
        raise StoreExistsError(f"{target} exists and is no {kind}, so it is not replaced ({error}){other}") from error
    return True


def _open(target: Path, kind: str) -> None:
    if kind == "store":
        from textrep import EmbeddingStore

        EmbeddingStore.open(target)
    else:
        from textrep.container import open_container

        open_container(target, kind)
