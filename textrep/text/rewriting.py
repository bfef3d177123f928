"""Documents that a kernel leaves to Python, brought into normal form and lower case as UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from textrep.corpus.block import PADDING, TextBlock
from textrep.text.tokenizers import BuiltinTokenizer

__all__ = ["rewritten"]

_PIECE_SIZE = 1 << 20  # bytes; as str they take up to five times as much, and normal form and lower case are two more
_SPACE = re.compile(rb"[ \n]")


def rewritten(tokenizer: BuiltinTokenizer, block: TextBlock, numbers: Iterable[int]) -> TextBlock:
    """Return the documents of a block with these numbers as ``tokenizer.prepare`` makes them.

    Long ones are rewritten in pieces, so that a document of a whole file takes little more than its own size: before a
    space, which composes with nothing and ends a word, neither normal form nor lower case looks back.
    """
    text = block.data.data
    data, ends = bytearray(), []
    for number in numbers:
        for start, end in _pieces(text, int(block.starts[number]), int(block.ends[number])):
            data += tokenizer.prepare(str(text[start:end], "utf-8")).encode()
        ends.append(len(data))
    data += PADDING
    stops = np.array(ends, np.int64)  # [n_documents]
    return TextBlock(np.frombuffer(data, np.uint8), stops - np.diff(stops, prepend=0), stops)


def _pieces(text: memoryview, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where to cut a text; the pieces are longer than `_PIECE_SIZE` where it has no space."""
    while end - start > _PIECE_SIZE and (space := _SPACE.search(text, start + _PIECE_SIZE, end)):
        yield start, space.start()
        start = space.start()
    yield start, end
