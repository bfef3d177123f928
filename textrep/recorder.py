"""`CorpusRecorder`: what becomes of ids between the tokenizers and the `EncodedCorpus`.

They arrive in document order while the final ids are not known yet, are kept in a `Spool`, and are replaced in bounded
pieces once they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.spool import Spool

__all__ = ["IDS_IN_MEMORY", "CorpusRecorder"]

IDS_IN_MEMORY = 32 << 20  # bytes of ids and offsets; more go to a temporary file


class CorpusRecorder:
    """Takes the ids of a corpus piece by piece, in provisional numberings, and makes final ones of them.

    Parameters
    ----------
    memory_limit : int
        Bytes of ids and offsets beyond which they go to a temporary file.
    """

    def __init__(self, memory_limit: int = IDS_IN_MEMORY) -> None:
        self._memory_limit = memory_limit
        self._ids = Spool(np.int32)
        self._offsets = Spool(np.int64)  # 0, then the number of tokens of each document until `finish`
        self._offsets.append(np.zeros(1, np.int64))
        self._pieces: list[tuple[int, int, int]] = []  # number of tokens, of documents; numbering
        self.n_docs = 0
        self.n_bytes = 0

    @property
    def n_tokens(self) -> int:
        """Ids recorded so far."""
        return len(self._ids)

    def add(self, ids: NDArray[np.int32], doc_tokens: NDArray[np.int64], n_bytes: int, numbering: int = 0) -> None:
        """Record some documents: their ids, the number of ids of each, their bytes, whose numbering it is."""
        n_bytes_more = ids.nbytes + doc_tokens.nbytes
        if not self._ids.in_file and self._ids.nbytes + self._offsets.nbytes + n_bytes_more > self._memory_limit:
            self._ids.spill()
            self._offsets.spill()
        self._ids.append(ids)
        self._offsets.append(doc_tokens)
        self._pieces.append((len(ids), len(doc_tokens), numbering))
        self.n_docs += len(doc_tokens)
        self.n_bytes += n_bytes

    def finish(self, final_ids: list[NDArray[np.int32]] | None) -> tuple[Spool, Spool]:
        """Replace provisional ids by final ones, in place, and counts of tokens by offsets.

        Parameters
        ----------
        final_ids : list of ndarray of int32, or None
            For each numbering, the final id of each of its ids, below 0 for tokens to drop; None if the ids are final.

        Returns
        -------
        ids, offsets : Spool
            int32 [n_tokens] and int64 [n_docs + 1].
        """
        n_read = n_kept = 0  # ids; what is kept never overtakes what has been read
        doc = 1
        for n_tokens, n_docs, numbering in self._pieces:
            doc_tokens: NDArray[Any] = self._offsets.read(doc, doc + n_docs)  # [n_docs]
            before = n_kept
            if final_ids is None:
                n_kept += n_tokens
            else:
                n_kept += self._replace(n_read, n_tokens, n_kept, doc_tokens, final_ids[numbering])
            self._offsets.write(doc, before + np.cumsum(doc_tokens))
            n_read += n_tokens
            doc += n_docs
        self._ids.truncate(n_kept)
        return self._ids, self._offsets

    def _replace(
        self, first: int, n: int, target: int, doc_tokens: NDArray[np.int64], final_ids: NDArray[np.int32]
    ) -> int:
        """Rewrite the ids of one piece, and its `doc_tokens` in place; return how many ids are left."""
        from textrep.kernels.tokenize import remap_ids

        ids = self._ids.read(first, first + n)  # [n]
        n_kept = int(remap_ids(ids, doc_tokens, final_ids))
        self._ids.write(target, ids[:n_kept])
        return n_kept

    def close(self) -> None:
        """Give everything up."""
        self._ids.close()
        self._offsets.close()
