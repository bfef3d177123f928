"""All formats by name, and which of them a file has: by its content first, then by its name.

Modules of formats are imported when their turn comes, so that opening textrep's own files imports none of the others.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from textrep.checks import check_path, check_type
from textrep.errors import FormatError, StoreExistsError, TextrepError
from textrep.store.formats.base import Format, Head
from textrep.store.formats.files import plain_name, read_head
from textrep.store.sparse import check_is_dense

if TYPE_CHECKING:
    from textrep.store.store import EmbeddingStore

__all__ = [
    "FORMATS",
    "check_replaceable",
    "detect",
    "export_store",
    "format_for_writing",
    "format_named",
    "load_store",
    "not_read",
    "undecided",
]

# Name -> module and the Format in it; content is looked at in this order.
FORMATS = {
    "textrep": ("textrep.store.formats.native", "TEXTREP"),
    "word2vec": ("textrep.store.formats.word2vec_text", "WORD2VEC_TEXT"),
    "word2vec-binary": ("textrep.store.formats.word2vec_binary", "WORD2VEC_BINARY"),
    "fasttext": ("textrep.store.formats.fasttext", "FASTTEXT"),
    "floret": ("textrep.store.formats.floret", "FLORET"),
    "glove": ("textrep.store.formats.glove", "GLOVE"),
    "static": ("textrep.store.formats.static", "STATIC"),
}

_ENCODING_ERRORS = ("strict", "replace", "ignore", "backslashreplace")


def format_named(name: str) -> Format:
    """Return the format of a name.

    Raises
    ------
    ValueError
        If there is none; names them all.
    """
    check_type("format", name, str, f"one of {_listed(FORMATS)}")
    if name not in FORMATS:
        raise ValueError(f"format={name!r} is not one of {_listed(FORMATS)}")
    module, attribute = FORMATS[name]
    found: Format = getattr(importlib.import_module(module), attribute)
    return found


def _all() -> Iterator[Format]:
    return map(format_named, FORMATS)


def _listed(names: object) -> str:
    return ", ".join(f'"{name}"' for name in names)  # type: ignore[attr-defined]


def detect(path: str | os.PathLike[str]) -> Format | None:
    """Return the format that a file's content shows, or else the only one whose files have such a name.

    Returns
    -------
    Format or None
        None if neither tells.

    Raises
    ------
    FormatError
        If it is a damaged compressed file, or neither a file nor a folder.
    StoreNotFoundError
        If there is nothing of that name.
    """
    head = read_head(Path(path))
    return _by_content(head) or _only(_readable_by_name(head.name))


def _by_content(head: Head) -> Format | None:
    return next((each for each in _all() if each.matches(head)), None)


def _readable_by_name(name: str) -> list[Format]:
    return [each for each in _all() if each.read is not None and name.endswith(each.suffixes)]


def _only(found: list[Format]) -> Format | None:
    return found[0] if len(found) == 1 else None


def load_store(path: str | os.PathLike[str], format: str | None, encoding_errors: str) -> EmbeddingStore:  # noqa: A002
    """Read a file; see `EmbeddingStore.load`."""
    if encoding_errors not in _ENCODING_ERRORS:
        raise ValueError(f"encoding_errors={encoding_errors!r} is not one of {_listed(_ENCODING_ERRORS)}")
    check_path("path", path)
    path = Path(path)
    if format is not None:
        chosen = format_named(format)
    else:
        found = detect(path)
        if found is None:
            raise undecided(path)
        chosen = found
    if chosen.read is None:
        raise not_read(path, chosen)
    return chosen.read(path, encoding_errors)


def not_read(path: Path, found: Format) -> FormatError:
    """Return the error for what textrep only writes."""
    return FormatError(
        f"{path}: textrep writes {found.title}, but does not read them; use the store that they were made of"
    )


def undecided(path: Path) -> FormatError:
    """Return the error for a file of which `detect` cannot tell the format."""
    names = [each.name for each in _all() if each.read is not None]
    if path.is_dir():
        return FormatError(f"{path} is a folder, not a file of vectors that textrep reads")
    if path.stat().st_size == 0:
        return FormatError(f"{path} is empty: it ends at byte 0, and holds no vectors")
    candidates = [each.name for each in _readable_by_name(plain_name(path))]
    by_name = f" Its name could be that of {_listed(candidates)}." if candidates else ""
    return FormatError(
        f"{path} is not a file of vectors that textrep recognises by its content at byte 0.{by_name} "
        f"If it is one, say which: format=... is one of {_listed(names)}"
    )


def format_for_writing(path: str | os.PathLike[str], store: EmbeddingStore | None = None) -> Format:
    """Return the format that a name asks for.

    A suffix asks for the format that lists it first; that of two such formats asks for neither.

    Parameters
    ----------
    path : path-like
        The file to be written.
    store : EmbeddingStore, optional
        What is to be written: only endings that it can have are then proposed.

    Raises
    ------
    ValueError
        If it asks for none, or several; says how to name one.
    """
    name = plain_name(Path(path))
    found, chosen = _asked_for(name)
    if chosen is not None:
        return chosen
    if found:
        raise ValueError(
            f"the name {Path(path).name} could be that of {_listed(each.name for each in found)} files: "
            f'say which, format="{found[0].name}" for one'
        )
    raise ValueError(
        f"the name {Path(path).name} asks for no format: end it with one of {', '.join(_endings(store))}, "
        f"or say which: format=... is one of {_listed(each.name for each in _all() if each.write is not None)}"
    )


def _asked_for(name: str) -> tuple[list[Format], Format | None]:
    """Return the formats that are written to files of such a name, and the one of them that it asks for, if one."""
    found = [each for each in _all() if each.write is not None and name.endswith(each.suffixes)]
    return found, _only(found) or _only([each for each in found if name.endswith(each.suffixes[0])])


def _endings(store: EmbeddingStore | None) -> list[str]:
    """Return the endings of names that ask for a format that a store can be written in; of None, most stores."""
    suffixes = dict.fromkeys(suffix for each in _all() for suffix in each.suffixes)
    chosen = ((suffix, _asked_for(suffix)[1]) for suffix in suffixes)
    return [
        suffix
        for suffix, each in chosen
        if each is not None and suffix not in each.read_only_suffixes and each.fits(store)
    ]


def export_store(store: EmbeddingStore, path: str | os.PathLike[str], format: str | None) -> None:  # noqa: A002
    """Write a file; see `EmbeddingStore.export`."""
    check_path("path", path)
    path = Path(path)
    chosen = format_for_writing(path, store) if format is None else format_named(format)
    if chosen.write is None:
        raise ValueError(f"textrep reads {chosen.title} files, but does not write them")
    if chosen.name != "textrep":
        check_is_dense(store, f"a {chosen.title} file")
    check_replaceable(path, chosen)
    if not chosen.is_own:  # a store does so itself, before it is saved
        store.verify()
    chosen.write(store, path)


def check_replaceable(path: Path, chosen: Format) -> bool:
    """Return whether there is a file of this format at a place; refuse to replace anything else.

    Where a folder is to be written there must be nothing, or an empty folder.

    Raises
    ------
    StoreExistsError
        If there is something else.
    """
    if chosen.is_folder:
        from textrep.store.formats.static import check_free

        check_free(path)
        return False
    if not os.path.lexists(path) or (path.is_symlink() and not path.exists()):
        return False
    try:
        found = _by_content(read_head(path))
        reason = f"it is {found.title}" if found is not None else "it is not recognised as such"
    except TextrepError as error:
        found, reason = None, str(error)
    if found is None or found.name != chosen.name:
        raise StoreExistsError(
            f"{path} exists and is not overwritten, because a {chosen.title} file can replace only a {chosen.title} "
            f"file: {reason}. Choose another name, or remove it first"
        )
    return True
