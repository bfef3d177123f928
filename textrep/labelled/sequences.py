"""`read_sequences`: files -> sentences with a tag for each token, and the lines that these come from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import overload

from textrep.corpus.decoding import check_encoding
from textrep.corpus.lines import numbered_lines
from textrep.corpus.sources import Source, find_sources
from textrep.errors import CorpusError, EmptyCorpusError
from textrep.labelled.conll import conll_sentences, first_row
from textrep.labelled.conllu import conllu_sentences, is_conllu_row
from textrep.labelled.files import BY_CONTENT, SEQUENCES, pieces_of
from textrep.labelled.sentences import Column, Columns, TaggedSentence
from textrep.shown import listed

__all__ = ["TaggedSentence", "TaggedSentences", "read_sequences"]


class TaggedSentences(Sequence[TaggedSentence]):
    """Sentences with their tags, as `read_sequences` gives them; a slice is the same again.

    Parameters
    ----------
    sentences : list of TaggedSentence
        In their order.
    """

    def __init__(self, sentences: list[TaggedSentence]) -> None:
        self._sentences = sentences

    def __len__(self) -> int:
        return len(self._sentences)

    @overload
    def __getitem__(self, index: int) -> TaggedSentence: ...
    @overload
    def __getitem__(self, index: slice) -> TaggedSentences: ...
    def __getitem__(self, index: int | slice) -> TaggedSentence | TaggedSentences:
        found = self._sentences[index]
        return TaggedSentences(found) if isinstance(found, list) else found

    def __repr__(self) -> str:
        return f"<{len(self):,} sentences, {sum(len(sentence.tokens) for sentence in self._sentences):,} tokens>"

    @property
    def tokens(self) -> list[list[str]]:
        """The tokens of each sentence: what ``fit`` of a tagger takes as ``X``."""
        return [sentence.tokens for sentence in self._sentences]

    @property
    def tags(self) -> list[list[str]]:
        """The tags of each sentence: what ``fit`` takes as ``y``."""
        return [sentence.tags for sentence in self._sentences]

    def place(self, index: int, token: int = 0) -> str:
        """Say where a sentence begins, or where one of its tokens stands: ``"train.conll, line 7"``."""
        sentence = self._sentences[index]
        return f"{sentence.file}, line {sentence.lines[token]}"

    def scheme(self) -> str | None:
        """Return the scheme by which the tags mark spans, as `textrep.evaluation.detect_scheme` tells it.

        Returns
        -------
        str or None
            None if the tags mark no spans, as parts of speech do not.

        Raises
        ------
        TagSchemeError
            If they do so by no known scheme; names file and line.
        """
        from textrep.evaluation.schemes import detect_scheme

        return detect_scheme(self.tags, self._place_of_tag)

    def check_scheme(self, scheme: str) -> None:
        """Refuse tags that are none of a scheme, and sequences of its tags that it does not allow.

        Parameters
        ----------
        scheme : str
            A name that `textrep.evaluation.spans` takes.

        Raises
        ------
        TagSchemeError
            If the scheme is unknown, or does not allow the tags; names file and line of the first place.
        """
        from textrep.evaluation.schemes import check_transitions

        check_transitions(self.tags, scheme, self._place_of_tag)

    def _place_of_tag(self, index: int, token: int) -> str:
        """Say where a tag stands, and if its token is ``#``, what to do if that was meant for a comment."""
        is_hash = self._sentences[index].tokens[token] == "#"
        return self.place(index, token) + (' (if it is a comment, pass comment_prefix="#")' if is_hash else "")


def read_sequences(
    *paths: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    token_column: int | str | None = None,
    tag_column: int | str | None = None,
    comment_prefix: str | None = None,
    tagged: bool = True,
    encoding: str = "utf-8",
    encoding_errors: str = "strict",
) -> TaggedSentences:
    """Read sentences, one token a line, from files, folders, globs or standard input.

    Parameters
    ----------
    *paths : str or path
        As `textrep.read_corpus` takes them; plain or compressed. All are of one format.
    format : {"conll", "conllu"}, optional
        What the files are. By default a name that ends in ``.conllu`` tells, and of ``.conll``, ``.iob``, ``.iob2``,
        ``.bio``, ``.tsv``, ``.txt``, ``.train``, ``.valid``, ``.dev``, ``.test``, ``.testa``, ``.testb``, names without
        an ending and standard input the first row.
    token_column, tag_column : int or str, optional
        The columns of tokens and tags: a number, the first being 0 and the last -1, or in CoNLL-U a name (``"form"``,
        ``"lemma"``, ``"upos"``, ``"xpos"``, ...). By default the first and the last one, in CoNLL-U ``"form"`` and
        ``"upos"``.
    comment_prefix : str, optional
        What comment lines of a CoNLL file begin with; ``""`` says that there are none. See Notes for the default.
    tagged : bool
        False reads tokens alone, also from files of one column; the sentences then have no tags.
    encoding, encoding_errors : str
        As `textrep.read_corpus` takes them.

    Returns
    -------
    TaggedSentences
        A sequence of records with ``tokens``, ``tags``, ``file``, ``line`` and ``lines``.

    Raises
    ------
    CorpusError
        For a row with other columns than those above, a token or tag that is empty, a CoNLL-U sentence without tokens,
        files of two formats, and whatever is wrong with a file; names file and line.
    EmptyCorpusError
        If there is no sentence.

    Notes
    -----
    In both formats a line of nothing but white space ends a sentence.

    - ``conll``: columns are separated by TABs if the first row has one, else by runs of spaces. Every row has the same
      number. A line that begins with ``-DOCSTART-`` is left out. So are comments: lines of hashes alone or hashes and a
      space (``# text``, ``## text``), unless the columns are separated by spaces and the line has as many of them as
      the others and no TAB (the token ``#`` of ``# NN B-NP``), and ``#begin document`` and ``#end document``.
    - ``conllu``: ten columns separated by TABs. Multiword tokens (``1-2``) and empty nodes (``1.1``) are left out, for
      the words that they consist of or stand between have rows of their own. An ``_`` for a part of speech is none.

    Examples
    --------
    >>> sentences = read_sequences("en_ewt-ud-train.conllu", tag_column="xpos")  # doctest: +SKIP
    >>> tagger.fit(sentences.tokens, sentences.tags)  # doctest: +SKIP
    """
    encoding = check_encoding(encoding, encoding_errors)
    columns = Columns(_checked("token_column", token_column), _checked("tag_column", tag_column), tagged)
    sources = find_sources(paths, format, SEQUENCES)
    sentences: list[TaggedSentence] = []
    earlier = None  # format of the files before, and the name of the first
    for source in sources:
        layout, lines = _told(source, numbered_lines(pieces_of(source, encoding, encoding_errors)), comment_prefix)
        earlier = earlier or (layout, source.name)
        if layout != earlier[0]:
            raise CorpusError(
                f"{source.name}: {_NAMES[layout]}, but {earlier[1]} is {_NAMES[earlier[0]]}. Read them one by one, or "
                'pass the format of both, format="conll" or format="conllu"'
            )
        if layout == "conllu":
            sentences += conllu_sentences(lines, source.name, columns)
        else:
            sentences += conll_sentences(lines, source.name, columns, comment_prefix)
    if not sentences:
        raise EmptyCorpusError(f"{listed([source.name for source in sources])}: no sentence: empty or blank")
    return TaggedSentences(sentences)


_NAMES = {"conll": "CoNLL", "conllu": "CoNLL-U"}


def _checked(option: str, column: Column) -> Column:
    if isinstance(column, bool) or not isinstance(column, int | str | None):
        raise TypeError(f"{option}={column!r}; it is the number of a column, 0 the first, or in CoNLL-U its name")
    return column


def _told(
    source: Source, lines: Iterator[tuple[int, str]], comment_prefix: str | None
) -> tuple[str, Iterator[tuple[int, str]]]:
    """Return the format of a file, and all its lines."""
    if source.format != BY_CONTENT:
        return source.format, lines
    row, lines = first_row(lines, comment_prefix)
    return ("conllu" if row and is_conllu_row(row[1]) else "conll"), lines
