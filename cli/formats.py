"""Files of foreign formats on the command line: their names, which one a file has, and what to do with one.

Names are written out, so that ``--help`` needs not import the library's numerical parts; a test compares them with the
library's own.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from textrep.errors import FormatError, StoreNotFoundError, TextrepError

from .console import warnings_said
from .declaring import ENCODING_ERRORS
from .hint import named, quoted, typed
from .mistaken import meant_file
from .target import COMPRESSED
from .wording import OptionsError, in_format_options

if TYPE_CHECKING:
    from textrep import EmbeddingStore
    from textrep.formats import Format

__all__ = ["READ", "WRITTEN", "detected", "encoding_errors_option", "from_option", "is_text", "loaded", "opened_store"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

READ = ("textrep", "word2vec", "word2vec-binary", "fasttext", "floret", "glove")
WRITTEN = (*READ, "static")

from_option: Callable[[_Function], _Function] = click.option(
    "--from",
    "from_",
    type=click.Choice(READ),
    show_default="what the content shows, or else the name",
    help="The format to read.",
)
encoding_errors_option: Callable[[_Function], _Function] = click.option(
    "--encoding-errors",
    type=ENCODING_ERRORS,
    default="strict",
    show_default=True,
    help="What to do with words that are not UTF-8.",
)


def detected(path: Path, name: str | None) -> Format:
    """Return the format of this name, or the one that a file has.

    Raises
    ------
    FormatError
        If it cannot be told.
    """
    from textrep.formats import detect, format_named, not_read, undecided

    found = detect(path) if name is None else format_named(name)
    if found is not None and found.read is None:
        raise not_read(path, found)
    if found is None:
        raise _unknown(path, undecided(path))
    return found


def _unknown(path: Path, error: FormatError) -> FormatError:
    """Return what to say of a file of no known format; of folders and empty files the library has said it."""
    if path.is_dir() or path.stat().st_size == 0:
        return error
    names = ", ".join(name for name in READ if name != "textrep")
    of_text = f". As it is text, a store of its words is made by: {_embedding(path)}" if is_text(path) else ""
    return FormatError(
        f"{path} is neither a file that textrep saved nor vectors of word2vec, fastText, floret or GloVe, as far as "
        f"its content shows; if it is vectors, --from says of which kind ({names}){of_text}"
    )


def _embedding(path: Path) -> str:
    """Return the command that makes a store of a text: with --format, if its name does not tell that it is one."""
    from textrep.corpus import find_sources

    try:
        find_sources((str(path),), None)
    except TextrepError:
        return typed(["embed", named(path), "--format", "txt"])
    return typed(["embed", named(path)])


def loaded(path: Path, read: Format, encoding_errors: str) -> EmbeddingStore:
    """Read a file of a format; say on stderr what is strange about it."""
    from textrep import EmbeddingStore

    with warnings_said():
        try:
            return EmbeddingStore.load(path, read.name, encoding_errors=encoding_errors)
        except TextrepError as error:
            raise OptionsError(in_format_options(str(error), "--from")) from error


def opened_store(path: Path, *, verified: bool = False) -> EmbeddingStore:
    """Open a store; the error for a file of vectors that is none says how to make one of it.

    What goes into another file, whose checksums will fit, is compared with those of this one before: `verified`.
    """
    from textrep import EmbeddingStore

    try:
        with warnings_said():
            store = EmbeddingStore.open(path)
    except StoreNotFoundError as error:
        raise StoreNotFoundError(f"{error}{meant_file(path, 'A store is made by: textrep embed CORPUS')}") from None
    except FormatError as error:
        raise _explained(path, error) from error
    if verified:
        store.verify()
    return store


def _explained(path: Path, error: FormatError) -> FormatError:
    from textrep.formats import detect, not_read

    if hint := meant_file(path, ""):
        return FormatError(f"{error}{hint}")
    if of_model := re.search(r" is a (classifier|tagger), not ", str(error)):
        command = "classify" if of_model[1] == "classifier" else "tag"
        return FormatError(f"{error}. It is asked by: textrep {command} predict {quoted(str(path))}")
    found = None
    with contextlib.suppress(TextrepError, OSError):
        found = detect(path)
    if found is None and is_text(path):
        return FormatError(f"{error}. A store of a text's words is made by: {_embedding(path)}")
    if found is None or found.is_own:
        return error
    if found.read is None:
        return not_read(path, found)
    return FormatError(
        f"{path} is no store, but {found.title}. Make a store of it once, and ask that: "
        f"textrep convert {quoted(str(path))} {quoted(_store_name(path))}"
    )


def is_text(path: Path) -> bool:
    """Whether a file begins as texts in UTF-8 do."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(4096)
    return bool(head) and b"\0" not in head and "\ufffd" not in head.decode("utf-8", "replace")[:-1]


def _store_name(path: Path) -> str:
    """Return a name in the current folder: ``"texts/glove.6B.txt.gz" -> "glove.6B.textrep"``."""
    name = path.name
    if name.lower().endswith(COMPRESSED):
        name = name.rpartition(".")[0]
    return f"{Path(name).stem}.textrep"
