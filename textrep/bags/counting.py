"""From documents to bags of features: `learn` finds the features, `count_known` counts given ones.

There are three ways. Tokens of a built-in tokenizer, and characters, are scanned from UTF-8 bytes in threads, and their
n-grams numbered without a string. N-grams within words are found once for each distinct word. All else, tokenizers and
analyzers that are Python functions, and documents given as token lists, goes through Python strings.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from textrep.bags.characters import CHARACTERS, SHORTEST_PADDED, Parts, padded_words
from textrep.bags.counter import Counter, Piece
from textrep.bags.features import Features, NGrams
from textrep.bags.known import KnownFeatures
from textrep.bags.matrix import Columns, Rows, given_up, rows_of
from textrep.bags.slabs import Slabs
from textrep.bags.terms import Terms
from textrep.corpus import TextBlock, blocks_of
from textrep.documents import Texts, TokenLists, given_documents
from textrep.errors import DocumentError
from textrep.keytable import encode_strings
from textrep.parallel import in_threads
from textrep.text.analyzers import Analyzer
from textrep.text.numbering import DistinctTokens, NumberedDocuments, Numbering, TokenizedDocument, tokenized
from textrep.text.scanner import KnownTokens, Scanner, ScannerPool
from textrep.text.tokenizers import BuiltinTokenizer, WhitespaceTokenizer
from textrep.workers import MadeWhenUsed, handed_out

__all__ = ["Known", "Learned", "check_kind", "count_known", "known_features", "learn"]

_Part = TypeVar("_Part", Piece, Rows)

Known: TypeAlias = KnownFeatures | Numbering

_WORDS = range(1, 2)  # lengths where n-grams are not made here


@dataclass(frozen=True, eq=False)
class Learned:
    """What documents have, before it is settled which features become columns.

    Attributes
    ----------
    features : Features
        All of them.
    n_documents : int
        How many documents there are.
    """

    features: Features
    n_documents: int
    _pieces: list[Piece]  # the documents; empty if their rows are not wanted
    _within_words: tuple[list[Rows], Parts] | None = None  # instead: the words of documents, and the n-grams of words

    def rows(self, columns: list[list[NDArray[np.int32]]], n: int, n_threads: int) -> list[Rows]:
        """Return the rows of all documents; what was kept of these is given up on the way.

        Parameters
        ----------
        columns : list of list of ndarray of int32
            For each numbering and each length of n-grams, the column of each number, below 0: none.
        n : int
            How many columns there are.
        n_threads : int
            How many threads to use.
        """
        if self._within_words is not None:
            return _rows_of_words(*self._within_words, columns[0], n, n_threads)
        joined = [Columns.of(part, n) for part in columns]

        def counted(piece: Piece) -> Rows:
            return rows_of(piece, joined[piece.numbering])

        return _kept(in_threads(counted, given_up(self._pieces), n_threads))


def learn(
    documents: Any,
    analyzer: Analyzer,
    n_threads: int,
    *,
    wants_rows: bool = True,
    with_occurrences: bool = False,
) -> Learned:
    """Find the features of documents, and count the documents that have each.

    Parameters
    ----------
    documents : Corpus, path, iterable of str, or iterable of token lists
        The documents.
    analyzer : Analyzer
        What makes features of them.
    n_threads : int
        How many threads to use.
    wants_rows : bool
        Whether `Learned.rows` will be called; otherwise nothing of the documents is kept.
    with_occurrences : bool
        Whether to count how often each feature occurs, too.

    Raises
    ------
    DocumentError
        If `documents` is no collection of documents, or a document is none.
    CorpusError
        If a corpus cannot be read.
    """
    given = given_documents(documents)
    if not _goes_through_strings(given, analyzer):
        assert isinstance(given, Texts)
        if analyzer.kind == "char_wb":
            return _learn_within_words(given, analyzer, n_threads, wants_rows, with_occurrences)
        return _learn_units(given, analyzer, n_threads, wants_rows, with_occurrences)
    numbering, only = Numbering(), MadeWhenUsed(lambda _: Counter(_WORDS, with_occurrences=with_occurrences), 1)
    counted = map(partial(_counted, only), numbering.number(_split(given, analyzer, n_threads)))
    pieces = _kept(counted, wants_rows)
    return Learned(Features.of(numbering.distinct(), only.used(), _WORDS, 0, ""), only[0].n_documents, pieces)


def _learn_units(given: Texts, analyzer: Analyzer, n_threads: int, wants_rows: bool, with_occurrences: bool) -> Learned:
    """Learn n-grams of tokens or of characters."""
    tokenizer, blocks, joiner = _units(given, analyzer)
    lengths = _lengths(analyzer)
    dropped = sorted(analyzer.stop_words) if analyzer.kind == "word" else []
    pool = ScannerPool(tokenizer, n_threads, first=KnownTokens(*encode_strings(dropped)), counts=False)
    every = MadeWhenUsed(lambda _: Counter(lengths, len(dropped), with_occurrences=with_occurrences), n_threads)
    pieces = _kept(pool.map(partial(_counted, every), blocks, reads_here=given.reads_here), wants_rows)
    counters = every.used()
    for counter in counters:
        counter.end()
    units = pool.side_by_side()
    assert len(units.numberings) == len(counters)  # what was scanned was counted
    del pool  # whose tables are large
    features = Features.of(units, counters, lengths, len(dropped), joiner)
    return Learned(features, sum(counter.n_documents for counter in counters), pieces)


def _learn_within_words(
    given: Texts, analyzer: Analyzer, n_threads: int, wants_rows: bool, with_occurrences: bool
) -> Learned:
    """Learn n-grams within words."""
    lengths = _lengths(analyzer)
    documents, words = _words_of(given, analyzer, n_threads)
    scanner, counter = Scanner(CHARACTERS, counts=False), Counter(lengths)
    parts = Parts.of(scanner.scan(padded_words(words)), counter, lengths, analyzer.shortest)
    counter.end()
    every = MadeWhenUsed(lambda _: Counter(lengths, tables=(), with_occurrences=with_occurrences), n_threads)
    workers = [partial(_counted_parts, every, number, parts) for number in range(n_threads)]
    kept = _kept(handed_out(given_up(documents), workers), wants_rows)
    counters = every.used()
    characters = scanner.distinct([np.arange(scanner.n_keys, dtype=np.int32)])
    features = Features.of(characters, [counter], lengths, 0, "", counted_by=counters)
    return Learned(features, sum(one.n_documents for one in counters), [], (kept, parts))


def known_features(
    terms: Terms,
    analyzer: Analyzer,
    ngrams: NGrams | None = None,
    frequency: NDArray[np.int64] | None = None,
) -> Known:
    """Make given terms ready for `count_known`.

    Parameters
    ----------
    terms : Terms
        The features.
    analyzer : Analyzer
        What makes features of documents.
    ngrams : NGrams, optional
        The same terms as n-grams, if they are known.
    frequency : ndarray of int64, shape (n_terms,), optional
        How frequent each is likely to be, if that is known: it is faster then.
    """
    terms.check()
    if _in_python(analyzer):
        return Numbering(terms.table)
    if analyzer.kind == "word":
        assert isinstance(analyzer.tokenizer, BuiltinTokenizer)
        return KnownFeatures(terms, analyzer.tokenizer, _lengths(analyzer), " ", analyzer.stop_words, ngrams, frequency)
    return KnownFeatures(terms, CHARACTERS, _lengths(analyzer), "", (), ngrams, frequency)


def count_known(documents: Any, analyzer: Analyzer, terms: Terms, known: Known, n_threads: int) -> list[Rows]:
    """Count given terms in documents; return the rows of the matrix. `known` is what `known_features` made of `terms`.

    Raises
    ------
    DocumentError
        If `documents` is no collection of documents, or a document is none.
    CorpusError
        If a corpus cannot be read.
    """
    given = given_documents(documents)
    n = len(terms)
    if _goes_through_strings(given, analyzer):
        numbering, own = known if isinstance(known, Numbering) else known.numbering, Counter(_WORDS)
        numbered_documents = numbering.number(_split(given, analyzer, n_threads))
        return _kept(rows_of(own.piece_of(part), Columns.same(1, n)) for part in numbered_documents)
    assert isinstance(given, Texts)
    assert isinstance(known, KnownFeatures)
    lengths = _lengths(analyzer)
    counter = Counter(lengths, known.n_dropped, known.tables)
    if analyzer.kind == "char_wb":
        documents_as_words, words = _words_of(given, analyzer, n_threads)
        characters = Scanner(CHARACTERS, known=known.units).scan(padded_words(words))
        parts = Parts.of(characters, counter, lengths, analyzer.shortest)
        return _rows_of_words(documents_as_words, parts, known.columns, n, n_threads)
    tokenizer, blocks, _ = _units(given, analyzer)
    columns = Columns.of(known.columns, n)

    def counted(numbered: NumberedDocuments) -> Rows:
        return rows_of(counter.piece_of(numbered), columns)

    pool = ScannerPool(tokenizer, n_threads, known=known.units)
    return _kept(pool.map(counted, blocks, reads_here=given.reads_here))


def _counted(counters: MadeWhenUsed[Counter], numbered: NumberedDocuments) -> Piece:
    counter = counters[numbered.numbering]
    piece = counter.piece_of(numbered)
    counter.count(piece)
    return piece


def _counted_parts(counters: MadeWhenUsed[Counter], number: int, parts: Parts, words: Rows) -> Rows:
    counters[number].count(*parts.spread(words))
    return words


def _words_of(given: Texts, analyzer: Analyzer, n_threads: int) -> tuple[list[Rows], DistinctTokens]:
    """Return how often documents have each word, as rows whose columns are the words."""
    split = WhitespaceTokenizer(lowercase=analyzer.lowercase, normalization=analyzer.normalization)
    pool, counter = ScannerPool(split, n_threads, counts=False), Counter(_WORDS, tables=())
    pieces = _kept(pool.map(counter.piece_of, given.blocks(), reads_here=given.reads_here))
    words = pool.distinct()
    columns = [Columns.of([numbering], words.starts.size) for numbering in words.numberings]

    def counted(piece: Piece) -> Rows:
        return rows_of(piece, columns[piece.numbering])

    return _kept(in_threads(counted, given_up(pieces), n_threads)), words


def _rows_of_words(
    documents: list[Rows],
    parts: Parts,
    columns: Sequence[NDArray[np.int32]],
    n: int,
    n_threads: int,
) -> list[Rows]:
    """Return the rows of documents given as words; `columns` are those of the n-grams of each length."""
    for numbers, of_length in zip(parts.numbers, columns, strict=False):  # numbers are not needed any more
        numbers[:] = np.append(of_length, np.int32(-1))[numbers]
    same = Columns.same(len(parts.numbers), n)

    def counted(words: Rows) -> Rows:
        piece, times = parts.spread(words)
        return rows_of(piece, same, times)

    return _kept(in_threads(counted, given_up(documents), n_threads))


def _kept(parts: Iterable[_Part], wanted: bool = True) -> list[_Part]:
    """Return all parts, in memory that they give back one by one; none if they are not wanted."""
    if not wanted:
        deque(parts, maxlen=0)
        return []
    slabs = Slabs()
    return [part.kept_in(slabs) for part in parts]


def _in_python(analyzer: Analyzer) -> bool:
    """Tell whether the analyzer, or its tokenizer, has no other form than Python."""
    return not isinstance(analyzer.kind, str) or (
        analyzer.kind == "word" and not isinstance(analyzer.tokenizer, BuiltinTokenizer)
    )


def check_kind(given: Texts | TokenLists, analyzer: Analyzer) -> None:
    """Refuse token lists where characters are counted.

    Raises
    ------
    DocumentError
        If they are given.
    """
    if isinstance(given, TokenLists) and analyzer.kind in ("char", "char_wb"):
        raise DocumentError(
            f"documents are token lists, but analyzer={analyzer.kind!r} takes texts; pass texts, or analyzer='word'"
        )


def _goes_through_strings(given: Texts | TokenLists, analyzer: Analyzer) -> bool:
    check_kind(given, analyzer)
    return isinstance(given, TokenLists) or _in_python(analyzer)


def _lengths(analyzer: Analyzer) -> range:
    """The lengths of n-grams that there can be; within words also shorter ones, of words that are shorter."""
    shortest = min(SHORTEST_PADDED, analyzer.shortest) if analyzer.kind == "char_wb" else analyzer.shortest
    return range(shortest, analyzer.longest + 1)


def _units(given: Texts, analyzer: Analyzer) -> tuple[BuiltinTokenizer, Iterable[TextBlock], str]:
    """Return what scans the units of documents, the documents, and what joins units."""
    if analyzer.kind == "char":
        return CHARACTERS, blocks_of(map(analyzer.spaced, given)), ""
    assert isinstance(analyzer.tokenizer, BuiltinTokenizer)
    return analyzer.tokenizer, given.blocks(), " "


def _split(given: Texts | TokenLists, analyzer: Analyzer, n_threads: int) -> Iterator[TokenizedDocument]:
    """Yield the features of each document, by Python."""
    if not isinstance(analyzer.kind, str):
        return (TokenizedDocument(analyzer(document), 0) for document in given)
    if isinstance(given, TokenLists):
        return (TokenizedDocument(analyzer.of_tokens(tokens), 0) for tokens in given)
    split = tokenized(map(analyzer.prepare, given), analyzer.tokenizer, n_threads)
    return (TokenizedDocument(analyzer.of_tokens(tokens), n_bytes) for tokens, n_bytes in split)
