"""From what callers give as documents, or as sentences, to numbers of distinct tokens.

What a token means to a network, and what becomes of one that it does not know, is said in `textrep.classifiers.words`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.corpus import Corpus
from textrep.documents import without_line_ends
from textrep.encoded import encode_corpus
from textrep.errors import DocumentError
from textrep.shown import shown
from textrep.text.tokenizers import BuiltinTokenizer, Tokenizer, WhitespaceTokenizer

__all__ = ["Tokens", "read_documents", "read_sentences"]


@dataclass(frozen=True)
class Tokens:
    """The tokens of documents.

    Attributes
    ----------
    distinct : list of str
        All different tokens, the most frequent first; equally frequent ones in code point order.
    ids : ndarray of int32, shape (n_tokens,)
        Which of them each token of all documents is.
    offsets : ndarray of int64, shape (n_documents + 1,)
        Document ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.
    """

    distinct: list[str]
    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each document has (int64 [n_documents])."""
        return np.diff(self.offsets)

    def counts(self, documents: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how often each distinct token occurs in some of the documents (int64 [n_distinct])."""
        chosen = np.zeros(len(self), np.bool_)  # [n_documents]
        chosen[documents] = True
        return np.bincount(self.ids[np.repeat(chosen, self.lengths)], minlength=len(self.distinct))

    def parts(self, size: int) -> Iterator[Tokens]:
        """Yield `size` documents at a time, each part with its own distinct tokens, in the same order."""
        if len(self) <= size:
            yield self
            return
        for begin in range(0, len(self), size):
            offsets = self.offsets[begin : begin + size + 1]
            numbers, ids = np.unique(self.ids[offsets[0] : offsets[-1]], return_inverse=True)
            distinct = [self.distinct[i] for i in numbers.tolist()]
            yield Tokens(distinct, ids.astype(np.int32), offsets - offsets[0])


def read_documents(documents: Any, tokenizer: Tokenizer, n_threads: int = 1) -> Tokens:
    """Split documents into tokens; token lists are taken as they are.

    Parameters
    ----------
    documents : Corpus, path, iterable of str, or iterable of token lists
        The documents; gone through once. Line ends behind a document do not count, whatever the tokenizer.
    tokenizer : Tokenizer
        What splits texts.
    n_threads : int
        How many threads may split texts; the result does not depend on it.

    Raises
    ------
    DocumentError
        If `documents` is a str, a mapping, a set or a table, or a document is neither a str nor a token list, or the
        two are mixed.
    """
    if not isinstance(tokenizer, BuiltinTokenizer):
        documents = without_line_ends(documents)
    return _numbered(documents, tokenizer, n_threads)


def read_sentences(sentences: Any) -> Tokens:
    """Number the tokens of sentences.

    Parameters
    ----------
    sentences : iterable of lists, tuples or arrays of str
        The sentences; gone through once. One without tokens is allowed. Line ends behind a token do not count, as
        behind a document.

    Raises
    ------
    DocumentError
        If a sentence is none of these, or a token no str; names the sentence.
    ValueError
        If a token is empty.
    """
    if isinstance(sentences, str | bytes | os.PathLike | Corpus | Mapping | Set) or not isinstance(sentences, Iterable):
        raise DocumentError(
            f"X is {shown(sentences)}, a {type(sentences).__name__}; pass a list of sentences, each a list of tokens: "
            "read_sequences(path).tokens reads them from a file"
        )
    try:
        return _numbered(_checked(sentences), WhitespaceTokenizer(), 1)
    except (DocumentError, ValueError) as error:
        raise type(error)(str(error).replace("documents[", "X[", 1)) from None


def _checked(sentences: Iterable[Any]) -> Iterator[list[str]]:
    for i, sentence in enumerate(sentences):
        if isinstance(sentence, np.ndarray) and sentence.ndim == 1:
            sentence = sentence.tolist()
        if not isinstance(sentence, list | tuple):
            raise DocumentError(
                f"X[{i}] is {shown(sentence)}, a {type(sentence).__name__}; a sentence is a list of tokens (str)"
            )
        yield [token.rstrip("\r\n") if isinstance(token, str) else token for token in sentence]


def _numbered(documents: Any, tokenizer: Tokenizer, n_threads: int) -> Tokens:
    vocabulary, corpus = encode_corpus(documents, tokenizer, n_jobs=n_threads, allow_empty=True)
    with corpus:
        return Tokens(vocabulary.to_list(), corpus.read(0, corpus.n_tokens), corpus.read_offsets(0, corpus.n_docs + 1))
