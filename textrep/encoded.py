"""`EncodedCorpus`: a corpus as numbers, flat ids and offsets; and `encode_corpus`, which makes it in one pass.

Two ways lead there: built-in tokenizers scan blocks of UTF-8 bytes in threads (`text/scanner.py`); Python callables
and documents given as token lists are numbered in plain Python (`text/numbering.py`). Tokens get provisional ids in the
order they are met, and final ones when all have been counted.
"""

from __future__ import annotations

import bisect
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textrep.checks import check_type
from textrep.corpus import Corpus
from textrep.documents import Texts, given_documents
from textrep.errors import EmptyCorpusError
from textrep.keytable import KeyTable
from textrep.order import gathered_strings
from textrep.parallel import n_threads
from textrep.recorder import IDS_IN_MEMORY, CorpusRecorder
from textrep.shown import shown
from textrep.spool import Spool
from textrep.text.numbering import DistinctTokens, NumberedDocuments, Numbering, TokenizedDocument, tokenized
from textrep.text.tokenizers import BuiltinTokenizer, Tokenizer, get_tokenizer
from textrep.vocabulary import Vocabulary, check_min_count, frequency_order

__all__ = ["IDS_IN_MEMORY", "EncodedCorpus", "encode_corpus"]

_Progress = Callable[[int, int], None]  # documents and bytes so far


class EncodedCorpus:
    """The ids of all tokens of a corpus, document after document.

    Up to `IDS_IN_MEMORY` bytes (32 MiB) of ids and offsets are kept in memory, in arrays that double as they grow and
    so may have room for twice as much; more lie in a temporary file (in the folder that ``TMPDIR`` names). The file is
    deleted by `close`, at the end of a ``with``, when the object is gone, and when the process ends, however it ends;
    on POSIX it never even has a name.

    All reading is thread-safe. `encode_corpus` and `from_arrays` make one.
    """

    def __init__(self, ids: Spool, offsets: Spool) -> None:
        for name, given in (("ids", ids), ("offsets", offsets)):
            check_type(name, given, Spool, "a Spool; EncodedCorpus.from_arrays takes arrays")
        self._ids = ids  # int32 [n_tokens]
        self._offsets = offsets  # int64 [n_docs + 1]
        self.n_tokens = len(ids)
        self.n_docs = len(offsets) - 1

    @classmethod
    def from_arrays(cls, ids: ArrayLike, offsets: ArrayLike) -> EncodedCorpus:
        """Make one of arrays, which are copied.

        Parameters
        ----------
        ids : array of int, shape (n_tokens,)
            Token ids, none negative.
        offsets : array of int, shape (n_docs + 1,)
            Document ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.

        Raises
        ------
        ValueError
            If an id is negative, or `offsets` does not rise from 0 to the number of ids.
        """
        id_array, offset_array = _whole_numbers("ids", ids), _whole_numbers("offsets", offsets)
        if id_array.ndim != 1 or (id_array.size and (id_array.min() < 0 or id_array.max() > 2**31 - 1)):
            raise ValueError("ids must be one-dimensional, of values from 0 to 2**31 - 1")
        falls = offset_array.ndim != 1 or not offset_array.size or bool(np.any(np.diff(offset_array) < 0))
        if falls or offset_array[0] != 0 or offset_array[-1] != id_array.size:
            raise ValueError(f"offsets must rise from 0 to {id_array.size}, the number of ids")
        spools = Spool(np.int32), Spool(np.int64)
        for spool, array in zip(spools, (id_array, offset_array), strict=True):
            spool.append(array)
        return cls(*spools)

    @property
    def ids(self) -> NDArray[np.int32]:
        """All ids (int32 [n_tokens]), read-only; mapped from the file if they lie in one."""
        self._check_open()
        return self._ids.whole()

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where documents begin and end in `ids` (int64 [n_docs + 1]), read-only; mapped if in a file."""
        self._check_open()
        return self._offsets.whole()

    @property
    def in_file(self) -> bool:
        """Whether ids and offsets lie in a temporary file."""
        return self._ids.in_file

    def read(self, start: int, stop: int) -> NDArray[np.int32]:
        """Return a copy of ``ids[start:stop]``; memory is used for no more than that."""
        self._check_open()
        _check_range(start, stop, self.n_tokens, "tokens")
        return self._ids.read(start, stop)

    def read_offsets(self, start: int, stop: int) -> NDArray[np.int64]:
        """Return a copy of ``offsets[start:stop]``; memory is used for no more than that."""
        self._check_open()
        _check_range(start, stop, self.n_docs + 1, "offsets")
        return self._offsets.read(start, stop)

    def span(self, start: int, stop: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return any stretch of tokens with the documents' ends in it.

        Parameters
        ----------
        start, stop : int
            First token, and one past the last.

        Returns
        -------
        ids : ndarray of int32, shape (stop - start,)
            A copy of ``ids[start:stop]``.
        boundaries : ndarray of int64, shape (m,)
            Where within it a document ends and another begins, ascending, each once, counted from `start`; the two ends
            of the stretch are not among them.
        """
        ids = self.read(start, stop)
        where = range(self.n_docs + 1)
        first = bisect.bisect_right(where, start, key=self._offset)
        last = bisect.bisect_left(where, stop, lo=first, key=self._offset)
        boundaries = self._offsets.read(first, last)  # [n documents that end in the span]
        return ids, np.unique(boundaries) - start

    def close(self) -> None:
        """Free the memory, or delete the temporary file. Nothing can be read afterwards."""
        self._ids.close()
        self._offsets.close()

    def __enter__(self) -> EncodedCorpus:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        where = "closed" if self._ids.closed else "in a temporary file" if self.in_file else "in memory"
        return f"EncodedCorpus({self.n_tokens} tokens, {self.n_docs} documents, {where})"

    def _offset(self, i: int) -> int:
        return int(self._offsets.read(i, i + 1)[0])

    def _check_open(self) -> None:
        if self._ids.closed:
            raise ValueError("the encoded corpus is closed")


def _check_range(start: int, stop: int, n: int, what: str) -> None:
    if not 0 <= start <= stop <= n:
        raise ValueError(f"{start}:{stop} is no range within the {n} {what} of this corpus")


def _whole_numbers(name: str, values: ArrayLike) -> NDArray[Any]:
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be an array of whole numbers, not {shown(values)}")
    return array


def encode_corpus(
    documents: Corpus | os.PathLike[str] | Iterable[str] | Iterable[Sequence[str]],
    tokenizer: str | Callable[[str], list[str]] = "word",
    *,
    min_count: int = 1,
    max_size: int | None = None,
    vocabulary: Vocabulary | None = None,
    initial: Vocabulary | None = None,
    n_jobs: int | None = 1,
    memory_limit: int = IDS_IN_MEMORY,
    on_progress: _Progress | None = None,
    allow_empty: bool = False,
) -> tuple[Vocabulary, EncodedCorpus]:
    """Count the tokens of a corpus and turn it into ids, reading it once.

    Parameters
    ----------
    documents : Corpus, path, iterable of str, or iterable of token lists
        The corpus. Token lists are taken as they are: `tokenizer` is not used for them.
    tokenizer : str, callable or Tokenizer
        As `get_tokenizer` takes it.
    min_count : int
        Tokens seen less often are dropped.
    max_size : int, optional
        Only so many distinct tokens are kept: the first of the vocabulary's order.
    vocabulary : Vocabulary, optional
        If given, the corpus is encoded with it and other tokens are dropped; `min_count` and `max_size` are not used.
    initial : Vocabulary, optional
        If given, its tokens are kept whatever their number here, and its counts are added to those of the corpus;
        `max_size` then bounds what is added.
    n_jobs : int or None
        Threads for built-in tokenizers, as scikit-learn counts: None is 1, -1 all processors, -2 all but one. The
        result does not depend on it.
    memory_limit : int
        Bytes of ids and offsets beyond which they live in a temporary file.
    on_progress : callable, optional
        Called now and then, from this thread, with the documents done and their bytes of UTF-8 (0 for token lists).
    allow_empty : bool
        Whether documents may be without any token; the vocabulary is then empty.

    Returns
    -------
    Vocabulary
        That of the corpus, or the one given.
    EncodedCorpus
        The ids; documents without a token stay, empty.

    Raises
    ------
    DocumentError
        If `documents` is a str, a mapping, a set or a table, or a document is neither a str nor a token list, or the
        two are mixed.
    EmptyCorpusError
        If there is no document, no token, or none left after pruning, and no vocabulary was given; with `allow_empty`
        only if pruning leaves none.
    TemporaryFileError
        If the temporary file cannot be written, for example because the disk is full.
    """
    check_min_count(min_count, max_size)
    split = get_tokenizer(tokenizer)
    tokens = None if vocabulary is None else vocabulary.tokens
    pieces, distinct = _numbered(documents, split, n_threads(n_jobs), tokens)
    recorder = CorpusRecorder(memory_limit)
    try:
        with closing(pieces):
            for piece in pieces:
                recorder.add(*piece)
                if on_progress is not None:
                    on_progress(recorder.n_docs, recorder.n_bytes)
        if vocabulary is not None:
            return vocabulary, EncodedCorpus(*recorder.finish(None))
        if not recorder.n_tokens:
            if allow_empty:
                return Vocabulary.from_counts({}), EncodedCorpus(*recorder.finish(None))
            what = {0: "no document", 1: "1 document, but not one token in it"}.get(
                recorder.n_docs, f"{recorder.n_docs:,} documents, but not one token in them"
            )
            least = getattr(split, "min_token_length", 1)
            remedy = f" of {least} characters or more; lower min_token_length={least}" if least > 1 else ""
            raise EmptyCorpusError(f"the corpus holds {what}{remedy if recorder.n_docs else ''}")
        vocabulary, final_ids = _final(distinct(), min_count, max_size, initial)
        return vocabulary, EncodedCorpus(*recorder.finish(final_ids))
    except BaseException:  # Ctrl-C too
        recorder.close()
        raise


def _numbered(
    documents: Any, tokenizer: Tokenizer, n_threads: int, tokens: KeyTable | None
) -> tuple[Generator[NumberedDocuments, None, None], Callable[[], DistinctTokens]]:
    """Return the stream of provisional ids, and what tells the tokens behind them when it has ended."""
    given = given_documents(documents)
    if isinstance(given, Texts) and isinstance(tokenizer, BuiltinTokenizer):
        from textrep.text.scanner import KnownTokens, ScannerPool

        pool = ScannerPool(tokenizer, n_threads, None if tokens is None else KnownTokens(tokens.blob, tokens.offsets))
        return pool.number(given.blocks(), reads_here=given.reads_here), pool.distinct
    numbering = Numbering(tokens)
    split = (
        tokenized(given, tokenizer, n_threads)
        if isinstance(given, Texts)
        else (TokenizedDocument(token_list, 0) for token_list in given)
    )
    return numbering.number(split), numbering.distinct


def _final(
    distinct: DistinctTokens, min_count: int, max_size: int | None, initial: Vocabulary | None
) -> tuple[Vocabulary, list[NDArray[np.int32]]]:
    """Prune and order the tokens; return them, and for each numbering the final ids of its ids (-1: dropped)."""
    if initial is not None:
        return _final_with(distinct, min_count, max_size, initial)
    blob, starts, sizes, counts, numberings = distinct
    order = frequency_order(blob, starts, sizes, counts, min_count, max_size)  # [n_kept]
    if not order.size:
        raise EmptyCorpusError(
            f"min_count={min_count} leaves no token: {np.count_nonzero(counts)} distinct tokens were seen, the most "
            f"frequent {counts.max()} times; lower min_count to {counts.max()} or less"
        )
    kept = KeyTable.from_arrays(*gathered_strings(blob, starts, sizes, order))
    vocabulary = Vocabulary(kept, counts[order], int(counts.sum()))
    final = np.full(counts.size, -1, np.int32)  # [n distinct tokens]
    final[order] = np.arange(order.size, dtype=np.int32)
    return vocabulary, [final[numbering] for numbering in numberings]


def _final_with(
    distinct: DistinctTokens, min_count: int, max_size: int | None, initial: Vocabulary
) -> tuple[Vocabulary, list[NDArray[np.int32]]]:
    """As `_final`, with the tokens and counts of another vocabulary added."""
    blob, starts, sizes, counts, numberings = distinct
    data = blob.tobytes()
    seen = [data[start : start + size].decode() for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)]
    totals = dict(zip(initial.tokens, initial.counts.tolist(), strict=True))  # token -> count in both
    for token, count in zip(seen, counts.tolist(), strict=True):
        if token in totals:
            totals[token] += count
        elif count >= min_count:
            totals[token] = count
    if max_size is not None:  # it bounds what is added
        new = sorted(totals.keys() - set(initial.tokens), key=lambda token: (-totals[token], token))
        for token in new[max(0, max_size - len(initial)) :]:
            del totals[token]
    ordered = sorted(totals, key=lambda token: (-totals[token], token))
    total = initial.total_tokens + int(counts.sum())
    table = KeyTable.from_strings(ordered)
    vocabulary = Vocabulary(table, np.array([totals[token] for token in ordered], np.int64), total)
    final = table.find_many(seen).astype(np.int32)  # [n distinct tokens]
    if not counts[final >= 0].sum():
        raise EmptyCorpusError(
            f"min_count={min_count} leaves no token, and none of the initial words is among the {len(seen)} distinct "
            "tokens; lower min_count"
        )
    return vocabulary, [final[numbering] for numbering in numberings]
