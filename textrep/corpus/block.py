"""`TextBlock`: documents as the kernels want them, UTF-8 bytes in one array.

`blocks_of` makes blocks from any iterable of strings; text files come faster, from `textrep.corpus.lines`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from textrep.errors import DocumentError, EncodingError
from textrep.memory import own_memory
from textrep.shown import shown

__all__ = ["BLOCK_SIZE", "PADDING", "TextBlock", "blocks_of", "check_block_size"]

BLOCK_SIZE = 1 << 22  # bytes; large enough that the work around a block costs nothing, small beside any memory
_STRINGS_SIZE = 1 << 18  # bytes; smaller, so that a few megabytes are shared evenly among threads
_FIRST_DOCUMENTS = 16  # taken from an iterable before anything is known of their size
_TIMES_MORE = 4
_MOST_DOCUMENTS = 1 << 16  # in a block made of strings, so that empty ones do not pile up without limit
_Refusal: TypeAlias = Callable[[object, int], DocumentError]  # of a document and its number
_PADDING = "\0" * 8
PADDING = _PADDING.encode()  # lets a kernel read a few bytes past a document without asking where the array ends


@dataclass(frozen=True, eq=False)
class TextBlock:
    """Some whole documents as UTF-8: document ``i`` is ``data[starts[i]:ends[i]]``.

    Attributes
    ----------
    data : ndarray of uint8, shape (n_bytes,)
        The bytes. They are valid UTF-8 inside every document, may hold line ends between documents, and end
        with 8 zero bytes that belong to no document.
    starts, ends : ndarray of int64, shape (n_documents,)
        Where each document begins and ends (its line terminator excluded), in increasing order.
    """

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]

    @classmethod
    def from_documents(cls, documents: list[str]) -> TextBlock:
        """Make one block of these documents.

        Raises
        ------
        DocumentError
            If one of them is not a str.
        EncodingError
            If one of them holds a lone surrogate, which UTF-8 cannot express.
        """
        data, ends = _encoded(documents, _lengths(documents, 0, _not_a_str), 0, _not_a_str)
        return cls(data, ends - np.diff(ends, prepend=0), ends)

    def __len__(self) -> int:
        return len(self.starts)

    def documents(self) -> list[str]:
        """Return the documents as strings."""
        data = self.data.tobytes()
        spans = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [data[start:end].decode() for start, end in spans]


def blocks_of(
    documents: Iterable[str], size: int = _STRINGS_SIZE, refusal: Callable[[object, int], DocumentError] | None = None
) -> Iterator[TextBlock]:
    """Group any strings, such as a list or a generator, into blocks.

    Parameters
    ----------
    documents : iterable of str
        Of a generator, no more is read than fills a block, going by the size of the documents so far.
    size : int
        Most bytes in a block, unless a single document is longer.
    refusal : callable, optional
        Makes the error for a document that is no str, of it and its number.

    Yields
    ------
    TextBlock
        Whole documents in their order; nothing where there are none.

    Raises
    ------
    DocumentError
        If `documents` is a single str or no iterable, or a document is not a str.
    EncodingError
        If a document holds a lone surrogate, which UTF-8 cannot express.
    """
    if isinstance(documents, str | bytes):
        raise DocumentError(
            f"documents is one {type(documents).__name__}, {shown(documents)}, where an iterable of str is "
            "expected. Put a single document into a list: [document]"
        )
    try:
        stream = iter(documents)
    except TypeError:
        raise DocumentError(f"documents is {shown(documents)}, which is no iterable of str") from None
    return _blocks_of(stream, check_block_size(size), refusal or _not_a_str)


def check_block_size(size: int) -> int:
    """Return `size` if it is a positive int.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(size, int) or size < 1:
        raise ValueError(f"size is {size!r}; a block needs a positive number of bytes, such as {BLOCK_SIZE}")
    return size


def _blocks_of(documents: Iterator[str], size: int, refusal: _Refusal) -> Iterator[TextBlock]:
    n_read = mean = 0
    batch = list(islice(documents, _FIRST_DOCUMENTS))
    while batch:
        lengths = _lengths(batch, n_read, refusal)
        ends = np.cumsum(lengths)  # [n_documents], in characters
        first = n_bytes = 0
        while first < len(batch):  # in more parts than one where they turned out to be longer than those before
            fitting = int(np.searchsorted(ends, ends[first] - lengths[first] + size, side="right"))
            part = slice(first, max(first + 1, fitting))
            data, byte_ends = _encoded(batch[part], lengths[part], n_read + first, refusal)
            yield from _cut(data, byte_ends, size)
            n_bytes += int(byte_ends[-1])
            first = part.stop
        n_read += len(batch)
        now = max(1, n_bytes // len(batch))  # bytes of a document
        mean = max(now, (mean + now) // 2)  # what was long is forgotten by and by
        # Most then fit; never far more than before, since the next ones may be longer.
        batch = list(islice(documents, min(max(1, size * 7 // 8 // mean), _TIMES_MORE * len(batch), _MOST_DOCUMENTS)))


def _cut(data: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64], size: int) -> Iterator[TextBlock]:
    """Yield documents, end to end in `data`, as blocks of at most `size` bytes, or of one document."""
    starts = ends - np.diff(ends, prepend=0)  # [n_documents]
    first = 0
    while first < len(ends):
        last = max(first + 1, int(np.searchsorted(ends, starts[first] + size, side="right")))
        if first == 0 and last == len(ends):
            yield TextBlock(data, starts, ends)
            return
        begin, end = int(starts[first]), int(ends[last - 1])
        part = np.append(data[begin:end], np.frombuffer(PADDING, np.uint8))
        yield TextBlock(part, starts[first:last] - begin, ends[first:last] - begin)
        first = last


def _encoded(
    documents: list[str], lengths: npt.NDArray[np.int64], first: int, refusal: _Refusal
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return documents as UTF-8 end to end, padded, and where each ends (int64 [n_documents]); `first` is the number
    of the first one, and `lengths` are what they say of themselves.
    """
    try:
        joined = "".join([*documents, _PADDING])  # with it from the start, so that none of what follows is copied
        if lengths.sum() + len(_PADDING) != len(joined):
            # A class of str has a len of its own. Were its sum right by chance, texts would be cut elsewhere.
            lengths = np.fromiter(map(str.__len__, documents), np.int64, len(documents))
        if not joined.isascii():
            return _as_utf8(joined, lengths)
    except (TypeError, UnicodeEncodeError):
        _check_all(documents, first, refusal)
        raise
    return np.frombuffer(joined.encode(), np.uint8), np.cumsum(lengths)


def _as_utf8(joined: str, lengths: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Do so where they are not ASCII, in a kernel, so that threads which run Python do not wait for it."""
    from textrep.kernels.utf8 import utf8_of_texts  # Numba need not be there for other uses of this module

    units = np.frombuffer(joined.encode("utf-16-le"), np.uint8)  # [n_bytes]
    data = own_memory((units.size // 2 * 3,), np.uint8)  # [n_bytes], more than there will be
    ends = np.empty_like(lengths)  # [n_documents]
    n = utf8_of_texts(units, lengths, data, ends)
    data[n : n + len(PADDING)] = 0
    return data[: n + len(PADDING)], ends


def _lengths(documents: list[str], first: int, refusal: _Refusal) -> npt.NDArray[np.int64]:
    """Return how many characters each document says that it has (int64 [n_documents])."""
    try:
        return np.fromiter(map(len, documents), np.int64, len(documents))
    except TypeError:
        _check_all(documents, first, refusal)
        raise


def _check_all(documents: list[str], first: int, refusal: _Refusal) -> None:
    """Refuse what is no str, and texts that UTF-8 cannot express."""
    for i, document in enumerate(documents, first):
        if not isinstance(document, str):
            raise refusal(document, i) from None
        _check(document, i)


def _not_a_str(document: object, i: int) -> DocumentError:
    return DocumentError(f"documents[{i}] is {shown(document)}, not a str. {_remedy(document)}")


def _check(document: str, i: int) -> None:
    """Refuse a document that UTF-8 cannot express."""
    try:
        document.encode()
    except UnicodeEncodeError as error:
        raise EncodingError(
            f"documents[{i}] holds a lone surrogate, {document[error.start]!r} at character {error.start}, "
            "which UTF-8 cannot express. Remove it with document.encode('utf-8', 'ignore').decode(), or read "
            "the file it came from without errors='surrogateescape'"
        ) from None


def _remedy(document: object) -> str:
    if document is None:
        return "Drop or fill missing values first: [d for d in documents if d is not None]"
    if isinstance(document, bytes | bytearray):
        return "Decode it first: document.decode('utf-8')"
    return "Every document must be a string of text"
