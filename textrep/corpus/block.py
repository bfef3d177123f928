"""`TextBlock`: documents as the kernels want them, UTF-8 bytes in one array.

`blocks_of` makes blocks from any iterable of strings; text files come faster, from `textrep.corpus.lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from textrep.errors import EncodingError

__all__ = ["BLOCK_SIZE", "PADDING", "TextBlock", "blocks_of", "check_block_size"]

BLOCK_SIZE = 1 << 22  # bytes; large enough that the work around a block costs nothing, small beside any memory
_MOST_DOCUMENTS = 1 << 18  # in a block made of strings, so that empty ones do not pile up without limit
PADDING = bytes(8)  # lets a kernel read a few bytes past a document without asking where the array ends


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
        TypeError
            If one of them is not a str.
        EncodingError
            If one of them holds a lone surrogate, which UTF-8 cannot express.
        """
        return cls._from_encoded([_encoded(document, i) for i, document in enumerate(documents)])

    @classmethod
    def _from_encoded(cls, documents: list[bytes]) -> TextBlock:
        data = np.frombuffer(bytearray().join((*documents, PADDING)), np.uint8)  # [n_bytes], writable
        lengths = np.fromiter(map(len, documents), np.int64, len(documents))  # [n_documents]
        ends = np.cumsum(lengths, dtype=np.int64)  # [n_documents]
        return cls(data, ends - lengths, ends)

    def __len__(self) -> int:
        return len(self.starts)

    def documents(self) -> list[str]:
        """Return the documents as strings."""
        data = self.data.tobytes()
        spans = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [data[start:end].decode() for start, end in spans]


def blocks_of(documents: Iterable[str], size: int = BLOCK_SIZE) -> Iterator[TextBlock]:
    """Group any strings, such as a list or a generator, into blocks.

    Parameters
    ----------
    documents : iterable of str
        Taken one by one; a generator is never read further than the next block needs.
    size : int
        Most bytes in a block, unless a single document is longer.

    Yields
    ------
    TextBlock
        Whole documents in their order; nothing where there are none.

    Raises
    ------
    TypeError
        If `documents` is a single str or no iterable, or a document is not a str.
    EncodingError
        If a document holds a lone surrogate, which UTF-8 cannot express.
    """
    if isinstance(documents, str | bytes):
        raise TypeError(
            f"documents is one {type(documents).__name__}, {_shown(documents)}, where an iterable of str is "
            "expected. Put a single document into a list: [document]"
        )
    try:
        stream = iter(documents)
    except TypeError:
        raise TypeError(f"documents is {_shown(documents)}, which is no iterable of str") from None
    return _blocks_of(stream, check_block_size(size))


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


def _blocks_of(documents: Iterator[str], size: int) -> Iterator[TextBlock]:
    held: list[bytes] = []
    n_bytes = 0
    for i, document in enumerate(documents):
        encoded = _encoded(document, i)
        if held and (n_bytes + len(encoded) > size or len(held) == _MOST_DOCUMENTS):
            yield TextBlock._from_encoded(held)
            held, n_bytes = [], 0
        held.append(encoded)
        n_bytes += len(encoded)
    if held:
        yield TextBlock._from_encoded(held)


def _encoded(document: str, i: int) -> bytes:
    if not isinstance(document, str):
        raise TypeError(f"documents[{i}] is {_shown(document)}, not a str. {_remedy(document)}")
    try:
        return document.encode()
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


def _shown(value: object, width: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= width else text[: width - 3] + "..."
