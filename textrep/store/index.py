"""`VectorIndex`: a graph over the vectors of a store, made once, in which near ones are found without looking at all.

The graph is HNSW, by usearch (the extra `ann`), and holds a copy of the vectors at length 1 in bfloat16, by cosine:
both are fixed here, since usearch would choose the type by the processor. Vectors of zeros, whose cosines are all 0,
are not in it. What it is searched with is in `textrep.store.approximate`.
"""

from __future__ import annotations

import importlib.util
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.checks import check_callable
from textrep.errors import FormatError, MissingExtraError
from textrep.layout import chunks_of
from textrep.store.graph import fault_in
from textrep.store.neighbours import unit

__all__ = ["IndexCallback", "VectorIndex", "build_index", "reason_against", "require_usearch"]

IndexCallback = Callable[[int, int], None]  # vectors in the graph, and how many there are

_LIBRARY, _METRIC, _SCALAR = "usearch", "cos", "bf16"
_ROWS_AT_ONCE = 1024  # between two reports; Ctrl-C waits for so many
_LARGEST = 1 << 12  # of what trades time for recall
_REMEDY = "make it anew with store.build_index() and store.save(), or `textrep convert` with --index"


def require_usearch(feature: str) -> None:
    """Raise MissingExtraError, with `feature` as the subject of its sentence, unless usearch is installed."""
    if not importlib.util.find_spec(_LIBRARY):
        raise MissingExtraError(feature, _LIBRARY, "ann")


def _unchanged() -> None:
    """Do nothing: memory is trusted."""


@dataclass(frozen=True, eq=False)
class VectorIndex:
    """An index as a file holds it.

    Parameters
    ----------
    header : dict
        What it is, what it is of, and what it was made with.
    data : ndarray of uint8, shape (n_bytes,)
        The graph as usearch writes it; may be memory-mapped.
    check : callable
        Raises FormatError if `data` is not what its file's checksum says.
    name : str
        What messages call the store.
    """

    header: dict[str, Any]
    data: NDArray[np.uint8]
    check: Callable[[], None] = _unchanged
    name: str = "this store"

    def opened(self) -> Any:
        """Return usearch's view of the graph (a `usearch.index.Index`), good only as long as `data` is there.

        The checksum is compared before, and what the bytes say looked through: usearch follows it, and wrong bytes
        could end the process. The view copies none of them.

        Raises
        ------
        FormatError
            If the bytes were altered, or the installed usearch does not read them.
        MissingExtraError
            If usearch is not installed.
        """
        require_usearch("similar(approximate=True)")
        import usearch

        made_by = self.header["version"]
        if made_by.partition(".")[0] != usearch.__version__.partition(".")[0]:  # usearch's own rule
            raise self._refusal(f"usearch {made_by} made it, which usearch {usearch.__version__} does not read")
        self.check()
        if fault := fault_in(self.data, self.header):
            raise self._refusal(fault)
        graph = _empty(self.header)
        try:
            graph.view(self.data.data)
        except (RuntimeError, ValueError) as error:
            raise self._refusal(f"usearch {usearch.__version__} does not read it: {error}") from error
        return graph

    def _refusal(self, reason: str) -> FormatError:
        return FormatError(f"the index of {self.name} cannot be used: {reason}; {_REMEDY}")


def build_index(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    *,
    connectivity: int,
    expansion_add: int,
    expansion_search: int,
    n_threads: int,
    on_progress: IndexCallback | None,
) -> VectorIndex:
    """Make an index of vectors; see `EmbeddingStore.build_index`."""
    if on_progress is not None:
        check_callable("on_progress", on_progress)
    require_usearch("build_index")
    import usearch

    chosen = {"connectivity": connectivity, "expansion_add": expansion_add, "expansion_search": expansion_search}
    for name, value in chosen.items():
        _check_size(name, value)
    rows = np.flatnonzero(norms > 0)  # [n_indexed]
    header = {
        "library": _LIBRARY,
        "version": usearch.__version__,
        "metric": _METRIC,
        "dtype": _SCALAR,
        **{name: int(value) for name, value in chosen.items()},
        "n_keys": len(vectors),
        "n_indexed": len(rows),
        "dim": vectors.shape[1],
        "vectors_crc32": _crc_of(vectors),
    }
    graph = _empty(header)
    # In a thread of its own: where a signal comes while usearch works in the main thread, its exception is lost.
    with ThreadPoolExecutor(1, "textrep-index") as pool:
        for done, some in _runs(rows):
            numbers, lines = some.astype(np.uint64), unit(vectors[some]).astype(np.float32)  # [some], [some, dim]
            pool.submit(graph.add, numbers, lines, threads=n_threads).result()
            if on_progress is not None:
                on_progress(done, len(rows))
        data = np.frombuffer(pool.submit(graph.save).result(), np.uint8)  # [n_bytes]
    data.flags.writeable = False
    return VectorIndex(header, data)


def _check_size(name: str, value: Any) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or not 2 <= value <= _LARGEST:
        raise ValueError(f"{name} must be a whole number from 2 to {_LARGEST:,}; got {value!r}")


def _empty(header: dict[str, Any]) -> Any:
    """Return an index of usearch's with nothing in it, as the header describes it."""
    from usearch.index import Index

    return Index(
        ndim=header["dim"],
        metric=_METRIC,
        dtype=_SCALAR,
        connectivity=header["connectivity"],
        expansion_add=header["expansion_add"],
        expansion_search=header["expansion_search"],
        enable_key_lookups=False,
    )


def _runs(rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield some rows at a time, and how many there were by then."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        yield start + len(some), some


def _crc_of(vectors: NDArray[np.float32]) -> str:
    """Return the checksum that a file has of these vectors."""
    crc = 0
    for chunk in chunks_of("vectors", vectors):
        crc = zlib.crc32(chunk.data, crc)
    return f"{crc:08x}"


def reason_against(header: dict[str, Any], data: NDArray[Any] | None, n: int, dim: int, crc: str) -> str:
    """Return why an index in a file is none of its vectors, and what to do about it; empty if it is.

    Parameters
    ----------
    header : dict
        What the file says of the index.
    data : ndarray or None
        Its bytes.
    n, dim : int
        The shape of the vectors.
    crc : str
        The file's checksum of the vectors.
    """
    sizes = ("connectivity", "expansion_add", "expansion_search")
    is_known = (header.get("library"), header.get("metric"), header.get("dtype")) == (_LIBRARY, _METRIC, _SCALAR)
    is_whole = isinstance(header.get("version"), str) and type(header.get("n_indexed")) is int
    is_whole &= all(type(header.get(name)) is int and 2 <= header[name] <= _LARGEST for name in sizes)
    if not is_known or not is_whole or data is None or data.dtype != np.uint8 or data.ndim != 1:
        reason = "this textrep knows no index of this kind"
    elif (header.get("n_keys"), header.get("dim")) != (n, dim):
        of = f"{header.get('n_keys')!r} vectors of {header.get('dim')!r} dimensions"
        reason = f"it is of {of}, and the store has {n:,} of {dim:,}"
    elif header.get("vectors_crc32") != crc:
        reason = "it is of other vectors: their checksums differ"
    else:
        return ""
    return f"{reason}; {_REMEDY}"
