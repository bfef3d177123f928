"""Options about files of labelled data, of sequences and of plain texts; and reading these."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from .console import say
from .declaring import ENCODINGS, given_options, with_options
from .incoming import announce, saying_how_to_give_data
from .kinds import Column
from .wording import said_in_options

if TYPE_CHECKING:
    from textrep.labelled import LabelledDocuments, TaggedSentences

__all__ = [
    "check_encoding",
    "check_fields",
    "labelled_options",
    "read_documents",
    "read_sentences",
    "reading_options",
    "say_what_is_read_again",
    "sequence_options",
    "text_options",
    "token_options",
]

_LABELLED = ("tsv", "fasttext", "csv", "jsonl")
_SEQUENCES = ("conll", "conllu")
_TEXTS = ("txt", "jsonl", "csv", "tsv", "parquet")
_TOKENS = ("text", "characters", *_SEQUENCES)


def _format(names: tuple[str, ...], by_default: str, text: str) -> Any:
    return click.option("--format", type=click.Choice(names), show_default=by_default, help=text)


_TEXT_FIELD = "Field or column of the text: a name, or a number, 0 the first and -1 the last."
_TOKEN_COLUMN = click.option(
    "--token-column",
    type=Column(),
    metavar="COLUMN",
    show_default="the first; in CoNLL-U form",
    help="Column of tokens: a number, 0 the first and -1 the last, or in CoNLL-U a name.",
)
_TAG_COLUMN = click.option(
    "--tag-column",
    type=Column(),
    metavar="COLUMN",
    show_default="the last; in CoNLL-U upos",
    help="Column of tags, said the same way: xpos, -1.",
)
_COMMENT_PREFIX = click.option(
    "--comment-prefix",
    metavar="TEXT",
    show_default="told by how they look",
    help="What comment lines of CoNLL begin with; '' if there are none.",
)

labelled_options = with_options(
    (
        _format(
            _LABELLED, "what name and content show", "What the files are; tsv is a label, a TAB and a text a line."
        ),
        click.option(
            "--text-field", type=Column(), default="text", show_default=True, metavar="FIELD", help=_TEXT_FIELD
        ),
        click.option(
            "--label-field",
            type=Column(),
            default="label",
            show_default=True,
            metavar="FIELD",
            help="That of the label, said the same way.",
        ),
        *ENCODINGS,
    )
)
text_options = with_options(
    (
        _format(_TEXTS, "as their names end", "What the files are; txt is a text a line."),
        click.option(
            "--text-field", type=Column(), default="text", show_default=True, metavar="FIELD", help=_TEXT_FIELD
        ),
        *ENCODINGS,
    )
)
sequence_options = with_options(
    (
        _format(_SEQUENCES, "what name and content show", "What the files are."),
        *(_TOKEN_COLUMN, _TAG_COLUMN, _COMMENT_PREFIX),
        *ENCODINGS,
    )
)
token_options = with_options(
    (
        _format(
            _TOKENS,
            "text for .txt, names without an ending and standard input, else what name and content show",
            "text: a sentence a line, tokens between white space. characters: every character of a line is a token. "
            "conll, conllu: a token a line, tags not needed.",
        ),
        *(_TOKEN_COLUMN, _COMMENT_PREFIX),
        *ENCODINGS,
    )
)


_READING = (
    *("format", "text_field", "label_field", "token_column", "tag_column", "comment_prefix"),
    *("encoding", "encoding_errors"),
)


def reading_options(parameters: dict[str, Any]) -> dict[str, Any]:
    """Take what is about reading out of all that a command was given; an unknown encoding is wrong usage."""
    reading = {name: parameters.pop(name) for name in _READING if name in parameters}
    check_encoding(reading["encoding"])
    return reading


def check_encoding(encoding: str) -> None:
    """Refuse an encoding of texts that is unknown, as wrong usage."""
    try:
        "a".encode(encoding)  # refuses rot13, too, which makes text of text
    except LookupError:
        raise click.UsageError(f"--encoding {encoding} is unknown; utf-8, cp949 and latin-1 are known ones.") from None


def check_fields(option: str, files: Sequence[str], format: str | None) -> None:  # noqa: A002
    """Refuse an option that names a field, if it is given, where no file has fields, as wrong usage.

    Parameters
    ----------
    option : {"--field", "--text-field"}
        The option.
    files : sequence of str
        What is read.
    format : str, optional
        What ``--format`` says of them.
    """
    from textrep.corpus import find_sources

    if not given_options([option.lstrip("-").replace("-", "_")]):
        return
    with said_in_options():
        sources = find_sources(tuple(files), format)
    if all(source.format == "txt" for source in sources):
        *others, last = (f".{name}" for name in _TEXTS if name != "txt")
        raise click.UsageError(
            f"{option} has no effect on text, a line of which is a document: fields are of {', '.join(others)} and "
            f"{last}. --format says so of a file, or of standard input, that has no such name."
        )


def say_what_is_read_again(files: Sequence[str]) -> None:
    """Say which file is among those to be read more than once, as with ``corpora corpora/*.txt``."""
    times = Counter(os.path.realpath(file) for file in files)
    for path, n in times.items():
        if n > 1 and os.path.isfile(path):  # noqa: PTH113
            first = next(file for file in files if os.path.realpath(file) == path)
            say(f"{first} is named {n:,} times, and read as often")


def read_documents(files: Sequence[str], **options: Any) -> LabelledDocuments:
    """Read documents with their labels; options are those of `textrep.labelled.read_labelled`."""
    from textrep.labelled import read_labelled

    announce(files)
    with said_in_options(), saying_how_to_give_data(files):
        return read_labelled(*files, **options)


def read_sentences(files: Sequence[str], **options: Any) -> TaggedSentences:
    """Read sentences with their tags; options are those of `textrep.labelled.read_sequences`."""
    from textrep.labelled import read_sequences

    announce(files)
    with said_in_options(), saying_how_to_give_data(files):
        return read_sequences(*files, **options)
