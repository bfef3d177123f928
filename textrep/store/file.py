"""How a store lies in a container: which tensors, and what the header says of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.container import Container, open_container, write_container
from textrep.errors import FormatError
from textrep.keytable import KeyTable
from textrep.layout import HEADER_START
from textrep.store.checks import ascends_below
from textrep.store.index import VectorIndex, reason_against
from textrep.store.sparse import SparseRows, index_dtype
from textrep.store.subwords import SubwordTable
from textrep.strings import StringArray
from textrep.text.subwords import rule_from_dict
from textrep.warning import warn

__all__ = ["Saved", "StoreParts", "open_store", "parts_of", "saved_parts", "write_store"]

_KIND = "store"
_DENSE = "dense"  # one row of numbers for each key
_SPARSE = "sparse"  # a matrix in CSR form
_KNOWN = {"layout": (_DENSE, _SPARSE), "metric": ("cosine",)}


class StoreParts(NamedTuple):
    """What a store consists of. Vectors and norms may be missing where subwords can make them."""

    keys: KeyTable
    vectors: NDArray[np.float32] | SparseRows | None  # [n_keys, dim]
    norms: NDArray[np.float32] | None  # [n_keys]
    counts: NDArray[np.int64] | None  # [n_keys]
    tokenizer: dict[str, Any] | None
    metadata: dict[str, Any]
    subwords: SubwordTable | None = None
    context_vectors: NDArray[np.float32] | None = None  # [n_keys or n_keys - 1, dim] what training can go on from
    texts: StringArray | None = None  # [n_keys] what keys that are names of documents stand for
    vectorizer: Saved | None = None  # what makes vectors of other documents
    vector_index: VectorIndex | None = None  # in which near vectors are found

    def for_lookup(self) -> StoreParts:
        """Return what vectors of words are looked up in, without what else a store is asked and trained on with."""
        return self._replace(context_vectors=None, texts=None, vectorizer=None, vector_index=None)


class Saved(NamedTuple):
    """Something in the form in which a file holds it."""

    header: dict[str, Any]
    tensors: Mapping[str, NDArray[Any]]

    def below(self, name: str) -> Saved:
        """Return it as a part of something greater; `Container.section` gives it back."""
        return Saved({name: self.header}, {f"{name}.{key}": tensor for key, tensor in self.tensors.items()})


def write_store(path: str | os.PathLike[str], parts: StoreParts) -> None:
    """Write a store, whose vectors are there, as one file, whole or not at all."""
    header, tensors = saved_parts(parts)
    write_container(path, kind=_KIND, header=header, tensors=tensors)


def saved_parts(parts: StoreParts) -> Saved:
    """Return a store, whose vectors are there, as a file holds it."""
    if parts.vectors is None or parts.norms is None:
        raise ValueError("vectors must be composed before they are written")
    if parts.subwords is not None:
        _check_finite("subwords", parts.subwords.rows)
    if parts.context_vectors is not None:
        _check_finite("context_vectors", parts.context_vectors)
    is_sparse = isinstance(parts.vectors, SparseRows)
    header = {
        "n_keys": len(parts.keys),
        "dim": parts.vectors.dim if isinstance(parts.vectors, SparseRows) else parts.vectors.shape[1],
        "layout": _SPARSE if is_sparse else _DENSE,
        "metric": _KNOWN["metric"][0],
        "tokenizer": parts.tokenizer,
        "metadata": parts.metadata,
        "subwords": None if parts.subwords is None else parts.subwords.rule.to_dict(),
    }
    tensors: dict[str, NDArray[Any]] = {
        **_tensors_of(parts.vectors),
        "norms": parts.norms,
        "keys.blob": parts.keys.blob,
        "keys.offsets": parts.keys.offsets,
        "keys.slots": parts.keys.slots,
    }
    if parts.counts is not None:
        tensors["counts"] = parts.counts
    if parts.context_vectors is not None:
        tensors["context_vectors"] = parts.context_vectors
    if parts.subwords is not None:
        tensors["subwords.rows"] = parts.subwords.rows
        if parts.subwords.present is not None:
            tensors["subwords.present"] = parts.subwords.present.astype(np.int32, copy=False)
    if parts.texts is not None:
        tensors |= {"texts.blob": parts.texts.blob, "texts.offsets": parts.texts.offsets}
    index = None if parts.vector_index is None else Saved(parts.vector_index.header, {"data": parts.vector_index.data})
    for name, part in (("vectorizer", parts.vectorizer), ("index", index)):
        if part is not None:
            below = part.below(name)
            header |= below.header
            tensors |= below.tensors
    return Saved(header, tensors)


def _tensors_of(vectors: NDArray[np.float32] | SparseRows) -> dict[str, NDArray[Any]]:
    if not isinstance(vectors, SparseRows):
        return {"vectors": vectors}
    vectors.check()
    return {
        "vectors.data": vectors.data,
        "vectors.indices": vectors.indices,
        "vectors.indptr": vectors.indptr,
    }


def _check_finite(name: str, rows: NDArray[np.float32]) -> None:
    for start in range(0, len(rows), 1 << 14):
        finite = np.isfinite(rows[start : start + (1 << 14)]).all(axis=1)
        if not finite.all():
            row = start + int(np.flatnonzero(~finite)[0])
            raise ValueError(f"row {row} of {name} holds NaN or infinity; such a store is not saved")


def open_store(path: str | os.PathLike[str]) -> tuple[StoreParts, Container]:
    """Map a store, after checking that its header and the sizes of its tensors fit together."""
    container = open_container(path, _KIND)
    return parts_of(container), container


def parts_of(container: Container) -> StoreParts:
    """Return the store that a file, or a part of one, holds."""
    header = container.header
    for name, known in _KNOWN.items():
        if header.get(name) not in known:
            raise FormatError(
                f"{container.path}, byte {HEADER_START}: it is a store of {name} {header.get(name)!r}, "
                f"not {' or '.join(map(repr, known))}; a newer textrep may read it"
            )
    n, dim = header.get("n_keys"), header.get("dim")
    if type(n) is not int or type(dim) is not int or n < 0 or dim < 1:
        raise container.damaged(f"it claims to hold {n!r} keys of {dim!r} dimensions")
    tokenizer, metadata = header.get("tokenizer"), header.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(tokenizer, dict | None):
        raise container.damaged("its header lacks the metadata")
    is_sparse = header["layout"] == _SPARSE
    if is_sparse and (header.get("subwords") is not None or "context_vectors" in container.tensors):
        raise container.damaged("its vectors are sparse, but it has what goes with dense ones only")
    return StoreParts(
        _open_keys(container, n),
        _open_sparse(container, n, dim) if is_sparse else container.tensor("vectors", np.float32, (n, dim)),
        container.tensor("norms", np.float32, (n,)),
        container.tensor("counts", np.int64, (n,)) if "counts" in container.tensors else None,
        tokenizer,
        metadata,
        _open_subwords(container, dim),
        _open_rows(container, "context_vectors", dim) if "context_vectors" in container.tensors else None,
        _open_texts(container, n) if "texts.blob" in container.tensors else None,
        _open_vectorizer(container) if "vectorizer" in header else None,
        None if is_sparse else _open_index(container, n, dim),
    )


def _open_index(container: Container, n: int, dim: int) -> VectorIndex | None:
    """Return the index, of which nothing is read before it is asked; warn of one that is none of these vectors."""
    if "index" not in container.header:
        return None
    header, data = container.header["index"], container.tensors.get("index.data")
    header = header if isinstance(header, dict) else {}
    if reason := reason_against(header, data, n, dim, container.crc_of("vectors")):
        warn(f"the index in {container.path} is left out, and similar(approximate=True) refused: {reason}")
        return None
    assert data is not None  # else there is a reason
    others = [name for name in container.tensors if name != "index.data"]
    return VectorIndex(header, data, partial(container.verify, others), str(container.path))


def _open_texts(container: Container, n: int) -> StringArray:
    offsets = container.tensor("texts.offsets", np.int64, (n + 1,))
    blob = container.tensor("texts.blob", np.uint8, (container.tensors["texts.blob"].size,))
    if offsets[0] != 0 or offsets[n] != len(blob) or np.any(offsets[1:] < offsets[:-1]):
        raise container.damaged("its texts do not fill their bytes", "texts.offsets")
    return StringArray(blob, offsets)


def _open_vectorizer(container: Container) -> Saved:
    section = container.section("vectorizer")
    return Saved(section.header, section.tensors)


def _open_sparse(container: Container, n: int, dim: int) -> SparseRows:
    """Check what can be checked without reading all non-zeros."""
    found = container.tensors.get("vectors.data")
    nnz = 0 if found is None else found.size
    dtype = index_dtype(dim, nnz)
    data = container.tensor("vectors.data", np.float32, (nnz,))
    indices = container.tensor("vectors.indices", dtype, (nnz,))
    indptr = container.tensor("vectors.indptr", dtype, (n + 1,))
    if indptr[0] != 0 or indptr[n] != nnz:
        raise container.damaged(
            f"its rows go from entry {indptr[0]:,} to {indptr[n]:,}, but it has {nnz:,} non-zeros", "vectors.indptr"
        )
    return SparseRows(data, indices, indptr, dim, damaged=container.damaged)


def _open_rows(container: Container, name: str, dim: int) -> NDArray[np.float32]:
    """Return a tensor of any number of rows."""
    found = container.tensors.get(name)
    rows: NDArray[np.float32] = container.tensor(name, np.float32, (*([0] if found is None else found.shape[:1]), dim))
    return rows


def _open_subwords(container: Container, dim: int) -> SubwordTable | None:
    saved = container.header.get("subwords")
    if saved is None:
        return None
    try:
        rule = rule_from_dict(saved)
    except (ValueError, TypeError) as error:
        raise container.damaged(str(error)) from None
    rows = _open_rows(container, "subwords.rows", dim)
    source = f"{container.path}, byte {container.start_of('subwords.rows'):,}"
    if "subwords.present" in container.tensors:
        present = container.tensor("subwords.present", np.int32, (len(rows),))
        if not ascends_below(present, rule.n_rows):
            raise container.damaged("the numbers of its subwords do not ascend within their range", "subwords.present")
        return SubwordTable(rule, present, rows, source=source)
    if len(rows) != rule.n_rows:
        raise container.damaged(f"it has {len(rows):,} rows of subwords, not {rule.n_rows:,}", "subwords.rows")
    return SubwordTable(rule, None, rows, source=source)


def _open_keys(container: Container, n: int) -> KeyTable:
    """Check what can be checked without reading all keys."""
    offsets = container.tensor("keys.offsets", np.int64, (n + 1,))
    blob, slots = (container.tensors.get(name, np.empty(0)) for name in ("keys.blob", "keys.slots"))
    blob = container.tensor("keys.blob", np.uint8, (blob.size,))
    slots = container.tensor("keys.slots", np.int32, (slots.size,))
    if offsets[0] != 0 or offsets[n] != len(blob):
        raise container.damaged("its keys do not fill their bytes", "keys.offsets")
    try:
        return KeyTable(blob, offsets, slots, f"{container.path}, byte {container.start_of('keys.blob'):,}")
    except FormatError as error:
        raise container.damaged(str(error), "keys.slots") from None
