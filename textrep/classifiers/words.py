"""`Words`: which row of a network's table a token has, and vectors for tokens that have none.

The table has the words of the training documents, whose vectors training may change. A word that is not among them is
looked up in the store: a prediction knows all of its words, and what these are made of, if it has subwords. Such
vectors go beside a batch of documents, as `Numbered.others`. What the store does not know either is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textrep.classifiers.tokens import Tokens
from textrep.errors import EmptyCorpusError
from textrep.keytable import KeyTable
from textrep.store import EmbeddingStore
from textrep.store.dense import check_dense
from textrep.text.tokenizers import (
    BuiltinTokenizer,
    MissingCallable,
    Tokenizer,
    WhitespaceTokenizer,
    WordTokenizer,
    prepared,
)
from textrep.vocabulary import Vocabulary, check_min_count

__all__ = ["Numbered", "Words", "check_store", "learn_words", "speller_of"]


@dataclass(frozen=True)
class Numbered:
    """Documents as a network takes them.

    Attributes
    ----------
    ids : ndarray of int32, shape (n_tokens,)
        The words of all documents: rows of the table; from there on, rows of `others`; -1 for an unknown word.
    others : ndarray of float32, shape (n_others, vector_size), or None
        Vectors of words that are not in the table; None without a store.
    """

    ids: NDArray[np.int32]
    others: NDArray[np.float32] | None


class Words:
    """The words of a network's table, and where the vectors of others come from.

    Parameters
    ----------
    table : KeyTable
        Word ``i`` has row ``i``.
    counts : ndarray of int64, shape (n_words,)
        How often each occurs in the training documents.
    store : EmbeddingStore, optional
        Vectors of other words.
    tokenizer : Tokenizer, optional
        What the words of the table were spelled by, if tokens come that it has not made, as the sentences of a tagger
        have. A token that is no key of the store is then looked up as this tokenizer would spell it: in its normal form
        and case; one that it would split, as the mean of its parts' vectors.
    """

    def __init__(
        self,
        table: KeyTable,
        counts: NDArray[np.int64],
        store: EmbeddingStore | None = None,
        tokenizer: Tokenizer | None = None,
    ) -> None:
        self.table = table
        self.counts = counts
        self.store = store
        self.tokenizer = tokenizer

    def __len__(self) -> int:
        return len(self.table)

    def number(self, tokens: Tokens) -> Numbered:
        """Return documents as a network takes them."""
        words = self.spelled(tokens.distinct)
        numbers = self.table.find_many(words)  # int64 [n_distinct]
        others = None
        if self.store is not None:
            absent = np.flatnonzero(numbers < 0)
            vectors, known = self.vectors([words[i] for i in absent.tolist()])
            numbers[absent[known]] = len(self) + np.arange(known.sum())
            others = vectors[known]
        return Numbered(numbers.astype(np.int32)[tokens.ids], others)

    def spelled(self, tokens: list[str]) -> list[str]:
        """Return tokens as they are looked up."""
        if self.tokenizer is None:
            return tokens
        spelled = [_spelled(token, self.tokenizer) for token in tokens]
        if self.store is None:
            return spelled
        as_given = self.store.keys.find_many(tokens) >= 0
        return [token if known else word for token, word, known in zip(tokens, spelled, as_given.tolist(), strict=True)]

    def vectors(self, words: list[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the store's vectors of spelled words, and which of them have one (bool [n_words])."""
        assert self.store is not None  # callers have made sure
        vectors, known = self.store.vectors_where_known(words)
        if self.tokenizer is None:
            return vectors, known
        no_keys = np.flatnonzero(self.store.keys.find_many(words) < 0)
        split = [(i, parts) for i in no_keys.tolist() if (parts := self.tokenizer(words[i])) != [words[i]]]
        of_parts, has_vector = self.store.vectors_where_known([part for _, parts in split for part in parts])
        begin = 0
        for i, parts in split:
            mine = slice(begin, begin := begin + len(parts))
            if has_vector[mine].any():
                vectors[i] = of_parts[mine][has_vector[mine]].mean(axis=0)
                known[i] = True
        return vectors, known


def learn_words(
    tokens: Tokens,
    documents: NDArray[np.int64],
    store: EmbeddingStore | None = None,
    min_count: int = 1,
    tokenizer: Tokenizer | None = None,
) -> tuple[Words, NDArray[np.float32] | None]:
    """Make the table of the words of some documents.

    Parameters
    ----------
    tokens : Tokens
        Documents.
    documents : ndarray of int64
        Which of them are for training.
    store : EmbeddingStore, optional
        With one, its words have a row, and those that it knows by their subwords.
    min_count : int
        Without a store, words that occur less often have none.
    tokenizer : Tokenizer, optional
        As `Words` has it.

    Returns
    -------
    Words
        The most frequent first; equally frequent ones in code point order.
    vectors : ndarray of float32, shape (n_words, store.dim), or None
        The store's vectors of the words; None without a store.

    Raises
    ------
    ValueError
        If the store is sparse, or `min_count` is below 1.
    EmptyCorpusError
        If no word is left.
    """
    check_min_count(min_count, None)
    check_store(store)
    words = Words(KeyTable.from_strings([]), np.empty(0, np.int64), store, tokenizer)
    totals: defaultdict[str, int] = defaultdict(int)  # word -> count in the documents
    for word, count in zip(words.spelled(tokens.distinct), tokens.counts(documents).tolist(), strict=True):
        if count:
            totals[word] += count
    if not totals:
        raise EmptyCorpusError("the documents for training hold not one token; check the tokenizer and the documents")
    vocabulary = Vocabulary.from_counts(totals, min_count if store is None else 1)
    if store is None:
        if not len(vocabulary):
            raise EmptyCorpusError(
                f"min_count={min_count} leaves no word: the most frequent occurs {max(totals.values())} times; "
                "lower min_count"
            )
        return Words(vocabulary.tokens, vocabulary.counts, tokenizer=tokenizer), None
    ordered = vocabulary.to_list()
    vectors, known = words.vectors(ordered)
    kept = np.flatnonzero(known)
    table = KeyTable.from_strings([ordered[i] for i in kept.tolist()])
    return Words(table, vocabulary.counts[kept], store, tokenizer), vectors[kept]


def check_store(store: EmbeddingStore | None) -> None:
    """Refuse what gives a network no vectors of words: anything but a dense store, or None."""
    if store is not None:
        check_dense(store, "a recurrent network")


def _spelled(token: str, tokenizer: Tokenizer) -> str:
    """Bring a token to the normal form and case of the tokenizer, where that is known."""
    if isinstance(tokenizer, BuiltinTokenizer):
        return tokenizer.prepare(token)
    if tokenizer.to_dict().get("name") == "kiwi":
        return prepared(token, lowercase=True, normalization="NFC")
    return token


def speller_of(store: EmbeddingStore | None) -> Tokenizer:
    """Return what spells tokens that are given, as the sentences of a tagger are, as the words of their vectors."""
    known = None if store is None else store.tokenizer
    if known is None:
        return WordTokenizer()
    return WhitespaceTokenizer() if isinstance(known, MissingCallable) else known  # that leaves tokens as they are
