"""Token lists to token ids, in plain Python: for tokenizers that are Python callables, and documents given as lists.

`scanner.py` is the fast way that the built-in tokenizers take; the result is the same.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from itertools import islice, tee
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.errors import DocumentError, EncodingError
from textrep.keytable import KeyTable, encode_strings
from textrep.shown import shown
from textrep.text.tokenizers import ThreadedTokenizer, Tokenizer

__all__ = ["DistinctTokens", "NumberedDocuments", "Numbering", "TokenizedDocument", "tokenized"]

_PIECE = 1 << 17  # tokens, or documents, that are yielded together
_SECONDS = 0.5  # after which what there is is yielded: slow tokenizers, too, shall show how far they are


class TokenizedDocument(NamedTuple):
    """The tokens of a document, and the bytes of its text where it came as a text."""

    tokens: list[str]
    n_bytes: int


class NumberedDocuments(NamedTuple):
    """The ids of some documents, in a provisional numbering."""

    ids: NDArray[np.int32]  # [n_tokens], all documents' end to end
    doc_tokens: NDArray[np.int64]  # [n_docs], the number of ids of each
    n_bytes: int  # of text
    numbering: int = 0  # whose


class DistinctTokens(NamedTuple):
    """All tokens that were met; token ``i`` is ``blob[starts[i]:starts[i] + sizes[i]]``.

    Each is there once, unless those of several numberings lie side by side.
    """

    blob: NDArray[np.uint8]
    starts: NDArray[np.int64]  # [n]
    sizes: NDArray[np.int64]  # [n]
    counts: NDArray[np.int64]  # [n]; 0 for one that turned out not to be a token; empty if they were not counted
    numberings: list[NDArray[np.int32]]  # for each numbering, the token that each of its ids stands for


class Numbering:
    """Numbers tokens as they come, or by a given table.

    Parameters
    ----------
    tokens : KeyTable, optional
        If given, ids are the numbers of these tokens, and others are dropped.
    """

    def __init__(self, tokens: KeyTable | None = None) -> None:
        self._known = None if tokens is None else {token: i for i, token in enumerate(tokens)}
        self._numbers: defaultdict[str, int] = defaultdict()  # token -> the number it got when it was new
        self._numbers.default_factory = self._numbers.__len__
        self._counts = np.zeros(0, np.int64)  # [n distinct tokens]

    def distinct(self) -> DistinctTokens:
        """Return what has been numbered."""
        blob, offsets = encode_strings(list(self._numbers))
        same = np.arange(len(self._numbers), dtype=np.int32)
        return DistinctTokens(blob, offsets[:-1], np.diff(offsets), self._counts, [same])

    def number(self, documents: Iterable[TokenizedDocument]) -> Generator[NumberedDocuments, None, None]:
        """Yield the ids of some documents at a time.

        Raises
        ------
        DocumentError
            If a token is not a str.
        ValueError
            If a token is empty.
        EncodingError
            If a token holds a lone surrogate, which UTF-8 cannot express.
        """
        ids: list[int] = []
        doc_tokens: list[int] = []
        n_bytes = 0
        started = time.monotonic()
        for i, (tokens, size) in enumerate(documents):
            numbers = self._numbers_of(tokens, i)
            ids.extend(numbers)
            doc_tokens.append(len(numbers))
            n_bytes += size
            if max(len(ids), len(doc_tokens)) >= _PIECE or time.monotonic() - started > _SECONDS:
                yield self._numbered(ids, doc_tokens, n_bytes)
                ids, doc_tokens, n_bytes = [], [], 0
                started = time.monotonic()
        if doc_tokens:
            yield self._numbered(ids, doc_tokens, n_bytes)

    def _numbers_of(self, tokens: list[str], position: int) -> list[int]:
        try:
            if self._known is not None:
                found = list(map(self._known.get, tokens))
                if None not in found:
                    return found  # type: ignore[return-value]
                _check_tokens((token for token, i in zip(tokens, found, strict=True) if i is None), position)
                return [i for i in found if i is not None]
            n_before = len(self._numbers)
            numbers = list(map(self._numbers.__getitem__, tokens))
        except TypeError:  # a token that has no hash
            _check_tokens(tokens, position)
            raise
        if len(self._numbers) > n_before:
            _check_tokens(islice(reversed(self._numbers), len(self._numbers) - n_before), position)
        return numbers

    def _numbered(self, ids: list[int], doc_tokens: list[int], n_bytes: int) -> NumberedDocuments:
        array = np.array(ids, np.int32)  # [n_tokens]
        if self._known is None:
            counts = np.bincount(array, minlength=len(self._numbers))  # [n distinct tokens]
            counts[: self._counts.size] += self._counts
            self._counts = counts
        return NumberedDocuments(array, np.array(doc_tokens, np.int64), n_bytes)


def tokenized(texts: Iterable[str], tokenizer: Tokenizer, n_threads: int) -> Iterator[TokenizedDocument]:
    """Split texts: many at a time, in threads, if the tokenizer can."""
    if not isinstance(tokenizer, ThreadedTokenizer):
        return (TokenizedDocument(tokenizer(text), _n_bytes(text)) for text in texts)
    texts, copies = tee(texts)
    return map(TokenizedDocument, tokenizer.tokens_of_many(texts, n_threads), map(_n_bytes, copies))


def _check_tokens(tokens: Iterable[Any], position: int) -> None:
    """Refuse what is no token, naming the document."""
    for token in tokens:
        if not isinstance(token, str):
            raise DocumentError(
                f"documents[{position}] holds {shown(token)} among its tokens; every token must be a str"
            )
        if not token:
            raise ValueError(
                f"documents[{position}] holds an empty token; leave it out: [token for token in tokens if token]"
            )
        try:
            token.encode()
        except UnicodeEncodeError:
            raise EncodingError(
                f"documents[{position}] holds the token {shown(token)} with a lone surrogate, which UTF-8 cannot "
                "express; remove it with token.encode('utf-8', 'ignore').decode()"
            ) from None


def _n_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
