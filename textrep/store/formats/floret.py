"""floret's text files: the rows that parts of words are hashed to, and no words at all.

The first line is ``bucket dim minn maxn hashCount hashSeed BOW EOW``; then follow the rows, each after its number. A
store of them has no keys, and a vector for every word.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError
from textrep.store.formats.base import Format, Head

if TYPE_CHECKING:
    from textrep.store.formats.loaded import RawRows
    from textrep.store.store import EmbeddingStore
    from textrep.text.floret import FloretSubwords

__all__ = ["FLORET"]

_REST = rb" [^\s]{1,64} [^\s]{1,64} ?\r?(?:\n|\Z)"
_HEADER = re.compile(rb"[0-9]{1,10}(?: [0-9]{1,10}){5}" + _REST)
_ANY_NUMBERS = re.compile(rb"-?[0-9]{1,100}(?: -?[0-9]{1,100}){5}" + _REST)  # impossible ones are named
_MOST = (1 << 31) - 1  # dimensions
_SHOWN = 60  # bytes of a file shown in a message


class _Header(NamedTuple):
    rule: FloretSubwords
    dim: int
    size: int  # bytes, its newline included


def _matches(head: Head) -> bool:
    return _HEADER.match(head.data) is not None


# ---------------------------------------------------------------------------------------------------- reading


def _read(path: Path, encoding_errors: str) -> EmbeddingStore:  # noqa: ARG001
    """Read a table; it holds no words, whose encoding might be wrong."""
    from textrep.keytable import KeyTable
    from textrep.store.formats.files import Source
    from textrep.store.formats.textrows import read_rows
    from textrep.store.store import EmbeddingStore
    from textrep.store.subwords import SubwordTable

    with Source(path) as source:
        header = _read_header(path, source.head)
        rows = read_rows(source, header.size, 2, header.dim, header.rule.n_rows)
    _check_numbers(path, rows)
    return EmbeddingStore.from_vectors(
        KeyTable.from_strings([]),
        np.empty((0, header.dim), np.float32),
        tokenizer={"name": "whitespace", "min_token_length": 1},
        metadata={
            "method": "floret",
            "parameters": {
                "vector_size": header.dim,
                "min_n": header.rule.min_n,
                "max_n": header.rule.max_n,
                "buckets": header.rule.buckets,
                "subwords": "floret",
                "hash_count": header.rule.hash_count,
            },
            "source": {"format": FLORET.name, "path": path.name},
        },
        subwords=SubwordTable(header.rule, None, rows.vectors),
        copy=False,
    )


def _read_header(path: Path, head: bytes) -> _Header:
    from textrep.store.formats.fasttext_model import LONGEST
    from textrep.text.floret import FloretSubwords

    match = _ANY_NUMBERS.match(head)
    if match is None:
        shown = head[:_SHOWN].partition(b"\n")[0].decode("utf-8", "replace")
        raise FormatError(
            f"{path}, byte 0: a floret file begins with eight settings, such as '50000 300 4 5 2 2166136261 < >', "
            f"but this one with {shown!r}"
        )
    try:
        *numbers, begin, end = match[0].decode().split()
        buckets, dim, min_n, max_n, hash_count, seed = map(int, numbers)
        rule = FloretSubwords(
            min_n=min_n, max_n=max_n, buckets=buckets, hash_count=hash_count, seed=seed, begin=begin, end=end
        )
    except ValueError as error:
        raise FormatError(f"{path}, byte 0: the settings in its first line cannot be used: {error}") from None
    if max_n > LONGEST:
        raise FormatError(
            f"{path}, byte 0: its first line says that n-grams have up to {max_n:,} characters; textrep reads {LONGEST}"
        )
    if not 1 <= dim <= _MOST:
        raise FormatError(
            f"{path}, byte 0: its first line says that vectors have {dim:,} dimensions; there must be 1 to {_MOST:,}"
        )
    return _Header(rule, dim, match.end())


def _check_numbers(path: Path, rows: RawRows) -> None:
    """Raise FormatError unless the rows are numbered 0, 1, 2, ..."""
    ends = rows.offsets.tolist()
    data = rows.blob.tobytes()
    for i in range(len(ends) - 1):
        number = data[ends[i] : ends[i + 1]]
        if number != b"%d" % i:
            raise FormatError(
                f"{path}, byte {int(rows.origins[i]):,}: row {i:,} should begin with its number, but begins with "
                f"{number[:_SHOWN].decode('utf-8', 'replace')!r}"
            )


# ---------------------------------------------------------------------------------------------------- writing


def _write(store: EmbeddingStore, path: Path) -> None:
    """Write the rows of a store with floret's subwords; its words are not kept, but get the same vectors."""
    from textrep.store.formats.files import writing
    from textrep.store.formats.textrows import write_rows
    from textrep.store.store import EmbeddingStore
    from textrep.text.floret import FloretSubwords

    table = store.subwords
    if not _fits(store) or table is None or not isinstance(table.rule, FloretSubwords):
        raise FormatError(
            "a floret file holds rows that words are hashed to, and this store has none: only what floret trained can "
            "be written as floret. Export the words as word2vec text, or those of a FastText store as fastText's .bin"
        )
    rule = table.rule
    rows = _all_rows(table.rows, table.present, rule.n_rows)
    numbered = EmbeddingStore.from_vectors(map(str, range(rule.n_rows)), rows, copy=False)
    first = (
        f"{rule.buckets} {store.dim} {rule.min_n} {rule.max_n} {rule.hash_count} {rule.seed} {rule.begin} {rule.end}\n"
    )
    with writing(path) as file:
        file.write(first.encode())
        write_rows(numbered, file, FLORET.title)


def _fits(store: EmbeddingStore | None) -> bool:
    from textrep.text.floret import FloretSubwords

    return store is not None and store.subwords is not None and isinstance(store.subwords.rule, FloretSubwords)


def _all_rows(rows: NDArray[np.float32], present: NDArray[np.int64] | None, n_rows: int) -> NDArray[np.float32]:
    """Return all rows (float32 [n_rows, dim]), zeros for those that are not there."""
    if present is None:
        return rows
    every = np.zeros((n_rows, rows.shape[1]), np.float32)  # [n_rows, dim]
    every[present] = rows
    return every


FLORET = Format("floret", "floret text", (".floret",), _matches, _read, _write, fits=_fits, keeps_subwords=True)
