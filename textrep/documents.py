"""What callers give as documents: a corpus, a path, texts, or token lists. One place says what is none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, KeysView, Mapping, Set
from itertools import chain, islice
from typing import Any

from textrep.corpus import Corpus, TextBlock, blocks_of, read_corpus
from textrep.errors import DocumentError
from textrep.shown import shown

__all__ = [
    "Texts",
    "TokenLists",
    "can_be_read_again",
    "given_documents",
    "readable_again",
    "refuse_one_text",
    "tags_of_texts",
    "without_line_ends",
]


class Texts:
    """Documents that are texts; they can be gone through once, as strings or as blocks.

    Attributes
    ----------
    reads_here : bool
        Whether the calling thread has to read them: the caller's own code makes them, or they come from a stream,
        whose end may be long in coming.
    """

    def __init__(self, texts: Corpus | Iterator[Any], *, reads_here: bool = False) -> None:
        self._texts = texts
        self.reads_here = reads_here

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts) if isinstance(self._texts, Corpus) else _checked(self._texts, str)

    def blocks(self) -> Iterator[TextBlock]:
        """Return the same texts as blocks of UTF-8."""
        if isinstance(self._texts, Corpus):
            return self._texts.blocks()
        return blocks_of(self._texts, refusal=_refusal_of_text)


class TokenLists:
    """Documents that are lists of tokens; they can be gone through once."""

    def __init__(self, token_lists: Iterator[Any]) -> None:
        self._token_lists = token_lists

    def __iter__(self) -> Iterator[list[str]]:
        return _checked(self._token_lists, list | tuple)


def given_documents(documents: Any) -> Texts | TokenLists:
    """Look at the first document, and tell which of the two they are.

    Raises
    ------
    DocumentError
        If `documents` is a str, a mapping, a set or a table, or cannot be gone through. Documents that are neither a
        str nor a token list, or mix the two, are refused when their turn comes.
    """
    refuse_one_text(documents)
    if isinstance(documents, os.PathLike):
        documents = read_corpus(documents)
    if isinstance(documents, Corpus):
        return Texts(documents, reads_here=documents.total_bytes is None)
    _refuse_collections(documents)
    try:
        stream: Iterable[Any] = iter(documents)
    except TypeError:
        raise DocumentError(
            f"documents is {shown(documents)}; pass a Path, read_corpus(...), or a list of str or of token lists"
        ) from None
    first = list(islice(stream, 1))
    stream = chain(first, stream)
    return (
        TokenLists(stream)
        if first and isinstance(first[0], list | tuple)
        else Texts(stream, reads_here=not _lies_in_memory(documents))
    )


def can_be_read_again(documents: Any) -> bool:
    """Whether documents can be gone through once more: not a generator, nor a corpus on standard input."""
    if isinstance(documents, Corpus):
        return documents.total_bytes is not None
    return not isinstance(documents, Iterator)


def readable_again(documents: Any) -> Any:
    """Return documents that can be read twice: what can be read only once becomes a list."""
    return documents if can_be_read_again(documents) else list(documents)


def without_line_ends(documents: Any) -> Iterator[Any]:
    """Return documents without the line ends behind texts: to a tokenizer that is a function they may be tokens."""
    given = given_documents(documents)
    return (text.rstrip("\r\n") for text in given) if isinstance(given, Texts) else iter(given)


def _lies_in_memory(documents: Any) -> bool:
    return isinstance(documents, list | tuple) or hasattr(documents, "dtype")  # an array, or a column of a frame


def refuse_one_text(documents: Any) -> None:
    """Raise DocumentError for a single str, whose characters would be documents."""
    if isinstance(documents, str | bytes):
        raise DocumentError(
            f"documents is one {type(documents).__name__}, {shown(documents)}; for a file pass a Path or "
            "read_corpus(...), for a single document a list: [document]"
        )


def _refuse_collections(documents: Any) -> None:
    """Raise DocumentError for what can be iterated over, but not document by document in an order."""
    kind = type(documents).__name__
    n_axes = getattr(documents, "ndim", 1)
    if hasattr(documents, "columns") or (isinstance(n_axes, int) and n_axes >= 2):
        raise DocumentError(f"documents is a table ({kind}); pass one column: frame['text'], or array[:, 0]")
    if isinstance(documents, Mapping):
        raise DocumentError(f"documents is a mapping ({kind}); pass what it holds: list(documents.values())")
    if isinstance(documents, Set) and not isinstance(documents, KeysView):  # a dict's keys have an order
        raise DocumentError(f"documents is a {kind}; a set has no order; pass a list: sorted(documents)")


def _checked(documents: Iterable[Any], wanted: Any) -> Iterator[Any]:
    """Pass documents on that are what the first one was, refuse others."""
    for i, document in enumerate(documents):
        if not isinstance(document, wanted):
            raise _refusal(document, i, wanted)
        yield document


def _refusal_of_text(document: object, i: int) -> DocumentError:
    return _refusal(document, i, str)


def _refusal(document: object, i: int, wanted: Any) -> DocumentError:
    said = f"documents[{i}] is {shown(document)}"
    if i and isinstance(document, str | list | tuple):
        return DocumentError(
            f"{said}, a {type(document).__name__}, but the documents before it are "
            f"{'texts' if wanted is str else 'token lists'}; pass either all texts (str) or all token lists "
            "(list of str)"
        )
    if document is None:
        return DocumentError(f"{said}; drop missing documents first: [d for d in documents if d is not None]")
    return DocumentError(f"{said}, a {type(document).__name__}; a document is a str or a list of tokens (str)")


def tags_of_texts(tags: Any) -> Any:
    """Return the tags that scikit-learn asks of an estimator, changed to say that it takes documents and no matrix."""
    tags.input_tags.string = True
    tags.input_tags.two_d_array = False
    tags.no_validation = True
    return tags
