"""Text files: a document a line, as strings or as blocks of bytes.

Only a newline ends a line; one carriage return before it belongs to it. Lines of nothing but ASCII white
space are skipped. `documents` is the obvious form, `blocks` the fast one: it makes no Python object per line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from textrep.corpus.block import TextBlock
from textrep.corpus.decoding import Piece

__all__ = ["ASCII_SPACE", "blocks", "documents", "is_blank", "numbered_lines"]

ASCII_SPACE = " \t\n\r\v\f"
_TAB, _CARRIAGE_RETURN, _SPACE = 9, 13, 32  # the first two and all between them are white space
_IS_SPACE = np.zeros(256, np.bool_)  # [byte]
_IS_SPACE[list(ASCII_SPACE.encode())] = True


def is_blank(line: str) -> bool:
    """Whether there is nothing but ASCII white space in a line."""
    return not line.strip(ASCII_SPACE)


def numbered_lines(pieces: Iterable[Piece]) -> Iterator[tuple[int, str]]:
    """Yield every line, blank ones too, without its terminator, and its number counted from 1."""
    for piece in pieces:
        lines = piece.text.split("\n")
        unterminated = lines.pop()
        for number, line in enumerate(lines, piece.first_line):
            yield number, line.removesuffix("\r")
        if unterminated:
            yield piece.first_line + len(lines), unterminated


def documents(pieces: Iterable[Piece]) -> Iterator[str]:
    """Yield the lines that are not blank."""
    for _, line in numbered_lines(pieces):
        if not is_blank(line):
            yield line


def blocks(pieces: Iterable[Piece]) -> Iterator[TextBlock]:
    """Yield the same lines as `documents`, one block a piece."""
    for piece in pieces:
        starts, ends = _line_spans(piece)
        keep = _not_blank(piece.data, starts, ends)
        if keep.any():
            yield TextBlock(piece.data, starts[keep], ends[keep])


def _line_spans(piece: Piece) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where lines start and end, terminators excluded; int64 [n_lines] each."""
    ends = piece.newlines.copy()  # [n_newlines]
    starts = np.concatenate((np.zeros(1, np.int64), ends + 1))  # [n_newlines + 1]
    returns = (ends > starts[:-1]) & (piece.data[ends - 1] == _CARRIAGE_RETURN)
    ends -= returns
    if starts[-1] == piece.n_bytes:
        return starts[:-1], ends
    return starts, np.append(ends, piece.n_bytes)  # the file's last line has no terminator


def _not_blank(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    keep = ends > starts  # [n_lines]
    suspects = np.flatnonzero(keep & _IS_SPACE[data[starts]])  # [n_suspects] lines that begin with white space
    if suspects.size:
        spans = np.stack((starts[suspects], ends[suspects]), axis=1).ravel()  # [2 * n_suspects], rising
        is_space = (data - np.uint8(_TAB) <= _CARRIAGE_RETURN - _TAB) | (data == _SPACE)  # [n_bytes] wraps below a tab
        keep[suspects] = ~np.logical_and.reduceat(is_space, spans)[::2]  # every other span lies between two suspects
    return keep
