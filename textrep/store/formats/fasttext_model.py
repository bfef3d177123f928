"""fastText's ``.bin`` and ``.ftz`` files: parameters, dictionary, matrices. Nothing of the matrices is read.

The program of 2016 wrote no magic number. Two forks put more parameters into the header, under fastText's own magic
number and version: floret [1]_, and one for Korean jamo [2]_. A file is what it fits, to the last byte.

.. [1] https://github.com/explosion/floret
.. [2] https://github.com/SungjoonPark/KoreanWordVectors
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError
from textrep.keytable import KeyTable, encode_strings
from textrep.store.formats.base import Head
from textrep.store.formats.binary import ByteReader, map_file
from textrep.store.formats.quantized import QuantizedMatrix, read_quantized
from textrep.store.formats.words import first_of_equal, is_utf8

__all__ = [
    "ARCHITECTURES",
    "LONGEST",
    "LOSSES",
    "MAGIC",
    "PARAMETERS_AT",
    "VERSION",
    "Arguments",
    "FastTextModel",
    "is_fasttext",
    "read_model",
]

MAGIC = 793712314
VERSION = 12
PARAMETERS_AT = 8  # byte: after these two
_VERSIONS = (11, 12)

# What fastText's numbers mean, in textrep's words.
ARCHITECTURES = {1: "cbow", 2: "skipgram", 3: "supervised"}
LOSSES = {1: "hierarchical_softmax", 2: "negative_sampling", 3: "softmax", 4: "one_vs_all"}
_FLORET_MODE = 2  # words share the rows of n-grams; 1 is fastText's own way

_LAYOUTS = ("fasttext", "floret", "jamo")  # that begin with the magic number
_OLD = "old"
LONGEST = 64  # characters of an n-gram; each length costs time for each word
_LONGEST_MIN = 1000  # of the shortest: above the longest, there are none
_AFTER_WORD = 10  # bytes of a dictionary's entry after the word: NUL, count, type
_AT_ONCE = 1 << 16  # entries whose counts are gathered together
_FEW = 2000  # words that are compared without Numba
_BECAME_EQUAL = ', or different words became equal: encoding_errors="backslashreplace" keeps them apart'

Matrix = NDArray[np.float32] | QuantizedMatrix


class Arguments(NamedTuple):
    """The parameters in a file's header, by fastText's names."""

    dim: int
    ws: int
    epoch: int
    min_count: int
    neg: int
    word_ngrams: int
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lr_update_rate: int
    t: float
    mode: int = 1  # floret's
    hash_count: int = 1
    empty_coda: int = 0  # the jamo fork's
    minjn: int = 0
    maxjn: int = 0


@dataclass(frozen=True, eq=False)
class FastTextModel:
    """What a file holds.

    Parameters
    ----------
    layout : {"fasttext", "floret", "jamo", "old"}
        Which program's.
    arguments : Arguments
        The parameters of training.
    words : KeyTable
        The words, labels left out.
    counts : ndarray of int64, shape (n_words,)
        How often each occurred.
    labels : list of str
        Labels of a supervised model.
    n_tokens : int
        Tokens of the corpus.
    pruned : ndarray of int32, shape (n, 2), or None
        The buckets that were kept, and which row after the words each has now. None: all.
    pruned_at, input_at : int
        The bytes at which these and the input matrix begin.
    input, output : ndarray of float32 or QuantizedMatrix
        Rows of words and then of buckets; rows of words, or labels. Mapped; they may begin at any byte.
    """

    layout: str
    arguments: Arguments
    words: KeyTable
    counts: NDArray[np.int64]
    labels: list[str]
    n_tokens: int
    pruned: NDArray[np.int32] | None
    pruned_at: int
    input: Matrix
    input_at: int
    output: Matrix


def is_fasttext(head: Head) -> bool:
    """Whether a file begins as those of fastText do, the oldest included."""
    data = head.data
    if len(data) < 4:
        return False
    if int.from_bytes(data[:4], "little") == MAGIC:
        return True
    reader = ByteReader(head.path, data)
    try:
        arguments = _read_arguments(reader, _OLD)
        size, n_words, n_labels, n_tokens = reader.numbers("<iiiq", "sizes")
    except FormatError:
        return False
    is_plausible = min(arguments.ws, arguments.epoch, size) > 0 and 0 <= arguments.t <= 1
    return is_plausible and min(n_words, n_labels) >= 0 and size == n_words + n_labels and n_tokens >= size


def read_model(path: Path, encoding_errors: str = "strict") -> FastTextModel:
    """Read a file of fastText's; its matrices are mapped.

    Parameters
    ----------
    path : Path
        The file, plain or compressed.
    encoding_errors : str
        What to do with words that are not UTF-8, as in ``bytes.decode``.

    Raises
    ------
    FormatError
        If it is none, damaged, of an unknown version, or has words that are not UTF-8; names the byte.
    """
    data = map_file(path)
    failures: list[tuple[int, FormatError]] = []
    for layout in _layouts(path, data):
        reader = ByteReader(path, data)
        try:
            return _read_layout(reader, layout, encoding_errors)
        except FormatError as error:
            failures.append((reader.at, error))
    raise max(failures, key=lambda failure: failure[0])[1]  # of the layout that the file fits longest


def _layouts(path: Path, data: mmap.mmap | bytes) -> tuple[str, ...]:
    """Return the layouts that a file may have by its first eight bytes."""
    if len(data) < 8:
        raise FormatError(
            f"{path} ends at byte {len(data)}: it is no file of fastText's, or was cut short: fetch it again"
        )
    magic, version = struct.unpack("<ii", data[:8])
    if magic != MAGIC:
        return (_OLD,)
    if version not in _VERSIONS:
        raise FormatError(
            f"{path}, byte 4: it has fastText's format version {version}; textrep knows 11 and 12. Or it was altered"
        )
    return _LAYOUTS


def _read_layout(reader: ByteReader, layout: str, encoding_errors: str) -> FastTextModel:
    version = None
    if layout != _OLD:
        _, version = reader.numbers("<ii", "the magic number and version")
    arguments = _read_arguments(reader, layout)
    if arguments.model == 3 and version != VERSION:  # they had no n-grams, whatever they say
        arguments = arguments._replace(maxn=0)
    entries = _read_dictionary(reader, layout, encoding_errors)
    n_words = len(entries.words)
    is_quantized = layout != _OLD and reader.flag("whether the input matrix is quantised")
    start = reader.at
    n_rows = n_words + (arguments.bucket if entries.pruned is None else len(entries.pruned))
    matrix = _read_matrix(reader, "the input matrix", (n_rows, arguments.dim), is_quantized)
    if entries.pruned is not None and not is_quantized:
        raise reader.error("its dictionary is pruned, but its matrix not quantised, which fastText refuses, too", start)
    is_out_quantized = layout != _OLD and reader.flag("whether the output matrix is quantised") and is_quantized
    n_rows = len(entries.labels) if arguments.model == 3 else n_words
    output = _read_matrix(reader, "the output matrix", (n_rows, arguments.dim), is_out_quantized)
    if reader.n_left:
        raise reader.error(f"there are {reader.n_left:,} bytes too many")
    return FastTextModel(
        layout,
        arguments,
        entries.words,
        entries.counts,
        entries.labels,
        entries.n_tokens,
        entries.pruned,
        entries.pruned_at,
        matrix,
        start,
        output,
    )


def _read_arguments(reader: ByteReader, layout: str) -> Arguments:
    start = reader.at
    values = reader.numbers("<11i", "the parameters")
    more: dict[str, int] = {}
    if layout == "floret":
        more = dict(zip(("mode", "hash_count"), reader.numbers("<ii", "floret's parameters"), strict=True))
    elif layout == "jamo":
        names = "empty_coda", "minjn", "maxjn"
        more = dict(zip(names, reader.numbers("<Bii", "the parameters of jamo"), strict=True))
    arguments = Arguments(*values, *reader.numbers("<id", "the parameters"), **more)
    wrong = _wrong_argument(arguments)
    if wrong:
        reader.at = start
        raise reader.error(f"it claims to be trained with {wrong}; it is no model of fastText's, or was altered")
    return arguments


def _wrong_argument(found: Arguments) -> str:
    """Return a parameter that no model can have, with its value; nothing if all can be."""
    limits = {
        "dim": (1, 1 << 31),
        "loss": (1, 4),
        "model": (1, 3),
        "minn": (0, _LONGEST_MIN),
        "maxn": (0, LONGEST),
        "mode": (1, _FLORET_MODE),
        "hash_count": (1, 4),
        "minjn": (0, _LONGEST_MIN),
        "maxjn": (0, LONGEST),
    }
    for name, value in zip(found._fields, found, strict=True):
        low, high = limits.get(name, (0, 1 << 31))
        if not low <= value <= high or not isfinite(value):
            return f"{name} {value}"
    return ""


class _Entries(NamedTuple):
    """A dictionary."""

    words: KeyTable
    counts: NDArray[np.int64]  # [n_words]
    labels: list[str]
    n_tokens: int
    pruned: NDArray[np.int32] | None  # [n, 2]
    pruned_at: int


def _read_dictionary(reader: ByteReader, layout: str, encoding_errors: str) -> _Entries:
    start = reader.at
    size, n_words, n_labels, n_tokens = reader.numbers("<iiiq", "the sizes of the dictionary")
    n_pruned = -1 if layout == _OLD else reader.numbers("<q", "the size of the pruned dictionary")[0]
    if min(n_words, n_labels, n_tokens) < 0 or size != n_words + n_labels or n_pruned < -1:
        raise reader.error(
            f"a dictionary of {size:,} entries cannot hold {n_words:,} words and {n_labels:,} labels", start
        )
    if size * _AFTER_WORD > reader.n_left:
        raise reader.error(
            f"a dictionary of {size:,} entries does not fit into the {reader.n_left:,} bytes left", start
        )
    starts, ends = _find_words(reader, size)
    counts = _counts(reader, ends, n_words)
    words = _words(reader, starts[:n_words], ends[:n_words], encoding_errors)
    labels = [_decoded(reader, a, b, encoding_errors) for a, b in zip(starts[n_words:], ends[n_words:], strict=True)]
    pruned, at = None, reader.at
    if n_pruned >= 0:
        pruned = reader.array("<i4", (n_pruned, 2), "the pruned dictionary")
        if (np.sort(pruned[:, 1]) != np.arange(n_pruned)).any():
            raise reader.error("the rows of the pruned dictionary are not 0, 1, 2, ...", at)
    return _Entries(words, counts[:n_words], labels, n_tokens, pruned, at)


def _find_words(reader: ByteReader, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each entry's word begins and where its NUL stands (int64 [n]); leave the reader behind them."""
    find, last = reader.data.find, len(reader.data) - _AFTER_WORD
    found, at = [reader.at - _AFTER_WORD], reader.at
    for i in range(n):
        end = find(b"\0", at)
        if not 0 <= end <= last:
            reader.at = at
            raise reader.error(
                f"entry {i + 1:,} of the dictionary, of {n:,}, has no end; the file is cut short or altered: "
                "fetch it again"
            )
        found.append(end)
        at = end + _AFTER_WORD
    reader.at = at
    ends = np.array(found, np.int64)  # [n + 1]
    return ends[:-1] + _AFTER_WORD, ends[1:]


def _counts(reader: ByteReader, ends: NDArray[np.int64], n_words: int) -> NDArray[np.int64]:
    """Return the counts of all entries (int64 [n]), after checking that words come first and labels last."""
    data = np.frombuffer(reader.data, np.uint8)
    counts = np.empty(len(ends), np.int64)  # [n]
    for first in range(0, len(ends), _AT_ONCE):
        places = ends[first : first + _AT_ONCE]
        counts[first : first + len(places)] = data[places[:, None] + np.arange(1, 9)].view("<i8")[:, 0]
    types = data[ends + 9] if len(ends) else np.empty(0, np.uint8)  # [n]
    wrong = (types != (np.arange(len(ends)) >= n_words)) | (counts < 0)
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        what = "label" if i >= n_words else "word"
        raise reader.error(
            f"entry {i + 1:,} of the dictionary should be a {what} that occurred at least 0 times", int(ends[i])
        )
    return counts


def _words(reader: ByteReader, starts: NDArray[np.int64], ends: NDArray[np.int64], encoding_errors: str) -> KeyTable:
    """Return the words, in UTF-8 and distinct."""
    offsets = np.zeros(len(starts) + 1, np.int64)  # [n_words + 1]
    np.cumsum(ends - starts, out=offsets[1:])
    blob = np.empty(0, np.uint8)
    if len(starts):
        begin = int(starts[0])
        region = np.frombuffer(reader.data, np.uint8, int(ends[-1]) + _AFTER_WORD - begin, begin)
        is_word = np.ones(len(region), np.bool_)  # [n_bytes]
        for i in range(_AFTER_WORD):
            is_word[ends - begin + i] = False
        blob = region[is_word]  # uint8 [bytes of all words]
    if not is_utf8(blob, offsets):
        spans = zip(starts.tolist(), ends.tolist(), strict=True)
        blob, offsets = encode_strings([_decoded(reader, a, b, encoding_errors) for a, b in spans])
        vanished = np.flatnonzero((np.diff(offsets) == 0) & (ends > starts))
        if len(vanished):  # its row cannot be left out as that of a text file can
            raise reader.error(
                "nothing of this word is valid UTF-8, so that ignoring the rest leaves no word; "
                'encoding_errors="backslashreplace" keeps it',
                int(starts[vanished[0]]),
            )
    _check_distinct(reader, blob, offsets, starts, encoding_errors)
    return KeyTable.from_arrays(blob, offsets)


def _decoded(reader: ByteReader, start: int, end: int, encoding_errors: str) -> str:
    word = reader.data[start:end]
    try:
        return word.decode("utf-8", encoding_errors)
    except UnicodeDecodeError as error:
        raise reader.error(
            f"the word {word[:100]!r} is not valid UTF-8 ({error.reason}); "
            'encoding_errors="backslashreplace" reads on with \\x.. in place of such bytes',
            int(start) + error.start,
        ) from error


def _check_distinct(
    reader: ByteReader,
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    starts: NDArray[np.int64],
    encoding_errors: str,
) -> None:
    """Raise FormatError if a word comes twice; its rows could not be told apart."""
    n = len(starts)
    if n < _FEW:
        data, ends = blob.tobytes(), offsets.tolist()
        first: dict[bytes, int] = {}
        repeated = next((i for i in range(n) if first.setdefault(data[ends[i] : ends[i + 1]], i) != i), n)
    else:
        kept, _ = first_of_equal(blob, offsets)
        moved = np.flatnonzero(kept != np.arange(len(kept)))
        repeated = int(moved[0]) if len(moved) else len(kept)
    if repeated < n:
        word = blob[offsets[repeated] : offsets[repeated + 1]].tobytes().decode()
        raise reader.error(
            f"entry {repeated + 1:,} of the dictionary is {word!r}, which has been there before; the file was altered: "
            "fetch it again" + ("" if encoding_errors in ("strict", "backslashreplace") else _BECAME_EQUAL),
            int(starts[repeated]),
        )


def _read_matrix(reader: ByteReader, what: str, wanted: tuple[int, int], is_quantized: bool) -> Matrix:
    """Read a matrix, which must have the shape wanted."""
    start = reader.at
    if is_quantized:
        matrix = read_quantized(reader, what)
        _check_shape(reader, start, what, matrix.shape, wanted)
        return matrix
    n_rows, dim = reader.numbers("<qq", f"the sizes of {what}")
    if n_rows < 0 or dim < 0:
        raise reader.error(f"{what} cannot have {n_rows:,} rows of {dim:,} numbers", start)
    _check_shape(reader, start, what, (n_rows, dim), wanted)
    return reader.array("<f4", (n_rows, dim), f"{what} of {n_rows:,} rows of {dim:,} numbers")


def _check_shape(reader: ByteReader, at: int, what: str, found: tuple[int, int], wanted: tuple[int, int]) -> None:
    if found != wanted:
        raise reader.error(
            f"{what} has {found[0]:,} rows of {found[1]:,} numbers; its parameters and dictionary make "
            f"{wanted[0]:,} of {wanted[1]:,}",
            at,
        )
