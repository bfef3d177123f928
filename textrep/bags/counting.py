"""From documents to bags of features: `learn` finds the features, `count_known` counts given ones.

There are three ways. Tokens of a built-in tokenizer, and characters, are scanned from UTF-8 bytes in threads, and their
n-grams numbered without a string. N-grams within words are found once for each distinct word. All else, tokenizers and
analyzers that are Python functions, and documents given as token lists, goes through Python strings.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from textrep.bags.characters import CHARACTERS, padded_words, parts_of_words
from textrep.bags.counter import Bag, Counter, Piece
from textrep.bags.features import Features, NGrams
from textrep.bags.known import KnownFeatures
from textrep.bags.matrix import Finish, Rows, as_counted, rows_of
from textrep.bags.slabs import Slabs
from textrep.bags.terms import Terms
from textrep.corpus import TextBlock, blocks_of
from textrep.documents import Texts, TokenLists, given_documents
from textrep.keytable import KeyTable
from textrep.text.analyzers import Analyzer
from textrep.text.numbering import NumberedDocuments, Numbering, TokenizedDocument, tokenized
from textrep.text.scanner import KnownTokens, Scanner, ScannerPool
from textrep.text.tokenizers import BuiltinTokenizer, WhitespaceTokenizer

__all__ = ["Known", "Learned", "count_known", "known_features", "learn", "rows_of_all"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Part = TypeVar("_Part", Piece, Rows)

Known: TypeAlias = KnownFeatures | Numbering

_WORDS = range(1, 2)  # lengths where n-grams are not made here


class Learned(NamedTuple):
    """What documents have, before it is settled which features become columns."""

    pieces: list[Piece]
    features: Features

    @property
    def n_documents(self) -> int:
        """How many documents there are."""
        return sum(piece.bags[0].sizes.size for piece in self.pieces)


def learn(documents: Any, analyzer: Analyzer, n_threads: int) -> Learned:
    """Find the features of documents, and count them.

    Raises
    ------
    TypeError
        If `documents` is no collection of documents, or a document is none.
    CorpusError
        If a corpus cannot be read.
    """
    given = given_documents(documents)
    if _goes_through_strings(given, analyzer):
        numbering, counter = Numbering(), Counter(_WORDS)
        pieces = _kept(counter.count(numbered) for numbered in numbering.number(_split(given, analyzer, n_threads)))
        return Learned(pieces, Features.of(numbering.distinct(), [counter], _WORDS, 0, ""))
    assert isinstance(given, Texts)
    if analyzer.kind == "char_wb":
        return _learn_within_words(given, analyzer, n_threads)
    tokenizer, blocks, joiner = _units(given, analyzer)
    lengths = _lengths(analyzer)
    dropped = (
        KeyTable.from_strings(sorted(analyzer.stop_words)) if analyzer.kind == "word" else KeyTable.from_strings(())
    )
    pool = ScannerPool(tokenizer, n_threads, first=KnownTokens(dropped))
    counters = [Counter(lengths, len(dropped)) for _ in range(n_threads)]
    pieces = _kept(pool.map(lambda numbered: counters[numbered.numbering].count(numbered), blocks))
    for counter in counters:
        counter.end()
    units = pool.distinct()
    del pool  # whose tables are large
    return Learned(pieces, Features.of(units, counters, lengths, len(dropped), joiner))


def known_features(terms: Terms, analyzer: Analyzer, ngrams: NGrams | None = None) -> Known:
    """Make given terms ready for `count_known`; `ngrams` are the same terms as n-grams, if they are known."""
    if _in_python(analyzer):
        return Numbering(terms.table)
    if analyzer.kind == "word":
        assert isinstance(analyzer.tokenizer, BuiltinTokenizer)
        return KnownFeatures(terms, analyzer.tokenizer, _lengths(analyzer), " ", analyzer.stop_words, ngrams)
    return KnownFeatures(terms, CHARACTERS, _lengths(analyzer), "", ngrams=ngrams)


def count_known(
    documents: Any, analyzer: Analyzer, terms: Terms, known: Known, n_threads: int, finish: Finish = as_counted
) -> list[Rows]:
    """Count given terms in documents; return the rows of the matrix. `known` is what `known_features` made of `terms`.

    Raises
    ------
    TypeError
        If `documents` is no collection of documents, or a document is none.
    CorpusError
        If a corpus cannot be read.
    """
    given = given_documents(documents)
    if _goes_through_strings(given, analyzer):
        numbering = known if isinstance(known, Numbering) else Numbering(terms.table)
        counter, columns = Counter(_WORDS), [np.arange(len(terms), dtype=np.int32)]
        split = _split(given, analyzer, n_threads)
        counted_pieces = map(counter.count, numbering.number(split))
        return _kept(finish(rows_of(piece, columns, len(terms))) for piece in counted_pieces)
    assert isinstance(given, Texts)
    assert isinstance(known, KnownFeatures)
    if analyzer.kind == "char_wb":
        pieces = _within_words(given, analyzer, Scanner(CHARACTERS, known=known.units), known, n_threads)[0]
        return rows_of_all(pieces, [known.columns], len(terms), n_threads, finish)
    tokenizer, blocks, _ = _units(given, analyzer)
    pool = ScannerPool(tokenizer, n_threads, known=known.units)
    counters = [Counter(_lengths(analyzer), known.n_dropped, known.tables) for _ in range(n_threads)]

    def counted(numbered: NumberedDocuments) -> Rows:
        return finish(rows_of(counters[numbered.numbering].count(numbered), known.columns, len(terms)))

    return _kept(pool.map(counted, blocks))


def rows_of_all(
    pieces: list[Piece],
    columns: list[list[NDArray[np.int32]]],
    n_columns: int,
    n_threads: int,
    finish: Finish = as_counted,
) -> list[Rows]:
    """Return the rows of all pieces, which are given up one by one; `columns` holds those of each numbering."""

    def finished(piece: Piece) -> Rows:
        return finish(rows_of(piece, columns[piece.numbering], n_columns))

    return _kept(_in_threads(finished, _given_up(pieces), n_threads))


def _kept(parts: Iterable[_Part]) -> list[_Part]:
    """Return all parts, in memory that they give back one by one."""
    slabs = Slabs()
    return [part.kept_in(slabs) for part in parts]


def _given_up(pieces: list[Piece]) -> Iterator[Piece]:
    """Yield pieces and forget them."""
    pieces.reverse()
    while pieces:
        yield pieces.pop()


def _in_python(analyzer: Analyzer) -> bool:
    """Tell whether the analyzer, or its tokenizer, has no other form than Python."""
    return not isinstance(analyzer.kind, str) or (
        analyzer.kind == "word" and not isinstance(analyzer.tokenizer, BuiltinTokenizer)
    )


def _goes_through_strings(given: Texts | TokenLists, analyzer: Analyzer) -> bool:
    if isinstance(given, TokenLists) and analyzer.kind in ("char", "char_wb"):
        raise TypeError(
            f"documents are token lists, but analyzer={analyzer.kind!r} takes texts; pass texts, or analyzer='word'"
        )
    return isinstance(given, TokenLists) or _in_python(analyzer)


def _lengths(analyzer: Analyzer) -> range:
    """The lengths of n-grams that there can be; within words also shorter ones, of words that are shorter."""
    return range(1 if analyzer.kind == "char_wb" else analyzer.shortest, analyzer.longest + 1)


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


def _learn_within_words(given: Texts, analyzer: Analyzer, n_threads: int) -> Learned:
    scanner = Scanner(CHARACTERS)
    pieces, counter = _within_words(given, analyzer, scanner, None, n_threads)
    characters = scanner.distinct([np.arange(scanner.n_keys, dtype=np.int32)])
    return Learned(pieces, Features.of(characters, [counter], _lengths(analyzer), 0, ""))


def _within_words(
    given: Texts, analyzer: Analyzer, scanner: Scanner, known: KnownFeatures | None, n_threads: int
) -> tuple[list[Piece], Counter]:
    """Count n-grams within words: those of each distinct word once, then words by document."""
    lengths = _lengths(analyzer)
    split = WhitespaceTokenizer(lowercase=analyzer.lowercase, normalization=analyzer.normalization)
    pool = ScannerPool(split, n_threads)
    counters = [Counter(_WORDS) for _ in range(n_threads)]
    pieces = _kept(pool.map(lambda numbered: counters[numbered.numbering].count(numbered), given.blocks()))
    words = pool.distinct()
    counter = Counter(lengths, tables=None if known is None else known.tables)
    parts = parts_of_words(scanner.scan(padded_words(words)), counter, lengths, analyzer.shortest)
    expanders = [Counter(lengths, tables=()) for _ in range(n_threads)]
    free = queue.SimpleQueue[Counter]()
    for expander in expanders:
        free.put(expander)

    def expand(piece: Piece) -> Piece:
        expander = free.get()
        try:
            ids, counts, sizes = piece.bags[0]
            return expander.expand(Bag(words.numberings[piece.numbering][ids], counts, sizes), parts, 0)
        finally:
            free.put(expander)

    expanded = _kept(_in_threads(expand, _given_up(pieces), n_threads))
    counter.take_documents(expanders)
    counter.end()
    return expanded, counter


def _in_threads(function: Callable[[_Item], _Result], items: Iterable[_Item], n_threads: int) -> Iterator[_Result]:
    """Yield `function` of each item, in order; `items` is read no further than threads can follow."""
    if n_threads == 1:
        yield from map(function, items)
        return
    under_way: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(n_threads, "textrep-count") as pool:
        for item in items:
            under_way.append(pool.submit(function, item))
            if len(under_way) > 2 * n_threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
