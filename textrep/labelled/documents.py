"""`read_labelled`: files -> documents with their labels, each with the line that it comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

from textrep.corpus.decoding import check_encoding
from textrep.corpus.sources import Source, find_sources
from textrep.errors import CorpusError, EmptyCorpusError
from textrep.labelled.files import BY_CONTENT, LABELLED, pieces_of
from textrep.labelled.layouts import Fields, Labelled, labelled_lines, told_format
from textrep.shown import listed

__all__ = ["LabelledDocument", "LabelledDocuments", "read_labelled"]


class LabelledDocument(NamedTuple):
    """A document and its classes."""

    text: str
    labels: tuple[str, ...]
    file: str
    line: int  # where it begins, counted from 1


class LabelledDocuments(Sequence[LabelledDocument]):
    """Documents with their labels, as `read_labelled` gives them; a slice is the same again.

    Parameters
    ----------
    documents : list of LabelledDocument
        In their order.
    """

    def __init__(self, documents: list[LabelledDocument]) -> None:
        self._documents = documents

    def __len__(self) -> int:
        return len(self._documents)

    @overload
    def __getitem__(self, index: int) -> LabelledDocument: ...
    @overload
    def __getitem__(self, index: slice) -> LabelledDocuments: ...
    def __getitem__(self, index: int | slice) -> LabelledDocument | LabelledDocuments:
        found = self._documents[index]
        return LabelledDocuments(found) if isinstance(found, list) else found

    def __repr__(self) -> str:
        what = "multi-label documents" if self.is_multilabel else "documents"
        return f"<{len(self):,} {what}, {len(self.classes):,} classes>"

    @property
    def texts(self) -> list[str]:
        """The texts: what ``fit`` of a classifier takes as ``X``."""
        return [document.text for document in self._documents]

    @property
    def labels(self) -> list[tuple[str, ...]]:
        """The labels of each document."""
        return [document.labels for document in self._documents]

    @property
    def targets(self) -> list[str] | list[tuple[str, ...]]:
        """What ``fit`` takes as ``y``: one label a document, or a tuple of labels each if any has not exactly one."""
        return self.labels if self.is_multilabel else [document.labels[0] for document in self._documents]

    @property
    def is_multilabel(self) -> bool:
        """Whether any document has more labels than one, or none."""
        return any(len(document.labels) != 1 for document in self._documents)

    @property
    def classes(self) -> tuple[str, ...]:
        """All labels there are, in code point order."""
        return tuple(sorted({label for document in self._documents for label in document.labels}))

    def place(self, index: int) -> str:
        """Say where a document comes from: ``"train.tsv, line 7"``."""
        document = self._documents[index]
        return f"{document.file}, line {document.line}"


def read_labelled(
    *paths: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    text_field: str | int = "text",
    label_field: str | int = "label",
    encoding: str = "utf-8",
    encoding_errors: str = "strict",
) -> LabelledDocuments:
    """Read documents and their labels from files, folders, globs or standard input.

    Parameters
    ----------
    *paths : str or path
        As `textrep.read_corpus` takes them; plain or compressed.
    format : {"tsv", "fasttext", "csv", "jsonl"}, optional
        What the files are. By default a name that ends in ``.csv`` or ``.jsonl`` tells, and of ``.tsv``, ``.txt``,
        ``.train``, ``.valid``, ``.dev``, ``.test``, names without an ending and standard input the first line.
    text_field, label_field : str or int
        The fields, or columns, of text and label: both by name, or both by number, the first being 0 and the last -1.
    encoding, encoding_errors : str
        As `textrep.read_corpus` takes them.

    Returns
    -------
    LabelledDocuments
        A sequence of records with ``text``, ``labels`` (a tuple of str), ``file`` and ``line``.

    Raises
    ------
    CorpusError
        For a line without a label or without a text, a row with other columns than those above, a file of two formats,
        and whatever is wrong with a file; names file and line.
    EmptyCorpusError
        If there is no document.

    Notes
    -----
    - ``tsv``: **the label, a TAB, the text**, one document a line, nothing quoted. If the first line holds the name
      `text_field` or `label_field` in a column, it is a header, and columns go by their names; a table of another
      layout without a header has numbers: ``label_field=2, text_field=1``.
    - ``fasttext``: words that begin with ``__label__`` are labels, wherever they stand in a line; the rest is the text.
    - ``csv``: a header names the columns, unless they are given by number.
    - ``jsonl``: the label is a string or a whole number (``1`` is the label ``"1"``); a list of these is several, and
      an empty list says that no class applies.

    Blank lines are left out. A label is taken as it is; one that a document has twice counts once.

    Examples
    --------
    >>> documents = read_labelled("train.tsv")  # doctest: +SKIP
    >>> classifier.fit(documents.texts, documents.targets)  # doctest: +SKIP
    """
    fields = _checked(text_field, label_field)
    encoding = check_encoding(encoding, encoding_errors)
    sources = find_sources(paths, format, LABELLED)
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}  # each set of labels is kept once
    documents = []
    for source in sources:
        name = source.name
        for line, text, labels in _lines_of(source, fields, encoding, encoding_errors):
            _check(text, labels, f"{name}, line {line}")
            documents.append(LabelledDocument(text, shared.setdefault(labels, labels), name, line))
    if not documents:
        raise EmptyCorpusError(
            f"{listed([source.name for source in sources])}: no document: empty, blank, or a header alone"
        )
    return LabelledDocuments(documents)


def _checked(text: str | int, label: str | int) -> Fields:
    for option, field in (("text_field", text), ("label_field", label)):
        if not isinstance(field, str | int) or isinstance(field, bool) or field == "":
            raise TypeError(f"{option}={field!r}; it is the name of a field, or the number of a column, 0 the first")
    if isinstance(text, str) != isinstance(label, str):
        raise CorpusError(
            f"text_field={text!r}, label_field={label!r}: one is a name and one a number. Pass two names for files "
            "with a header, two numbers for those without"
        )
    if text == label:
        raise CorpusError(f"text_field and label_field are both {text!r}. Pass a field each")
    return Fields(text, label)


def _lines_of(source: Source, fields: Fields, encoding: str, errors: str) -> Iterator[Labelled]:
    pieces = pieces_of(source, encoding, errors)
    layout = source.format
    if layout == BY_CONTENT:
        layout, pieces = told_format(pieces, source.name)
    return labelled_lines(pieces, source.name, layout, fields, errors)


def _check(text: str, labels: tuple[str, ...], where: str) -> None:
    if not all(label.strip() for label in labels):
        raise CorpusError(f"{where}: no label: it is empty. Label the document, or leave it out")
    if not text.strip():
        raise CorpusError(
            f"{where}: no text: nothing but the label {', '.join(map(repr, labels)) or '[]'}. "
            "Give the document a text, or leave it out"
        )
