"""`VectorsByKey`: vectors by key, and what they are asked. Where they come from and go to, `EmbeddingStore` says.

Words are found in `textrep.store.lookup`, questions answered in `textrep.store.answers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import KeyTable
from textrep.locks import computed_once
from textrep.parallel import n_threads, processors
from textrep.store import answers
from textrep.store.checks import norms_of
from textrep.store.index import IndexCallback, VectorIndex, build_index
from textrep.store.lookup import Lookup
from textrep.store.neighbours import Neighbour, Search
from textrep.store.queries import QueryItem, word_list
from textrep.store.sparse import SparseRows
from textrep.store.sparse_lookup import SparseLookup

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["VectorsByKey"]


class VectorsByKey:
    """Vectors by key, and which keys are near to which: what an `EmbeddingStore` is asked, which documents it.

    Parameters
    ----------
    keys : KeyTable
        The keys.
    lookup : Lookup
        From words to vectors.
    norms : ndarray of float32, shape (n_keys,), optional
        The lengths of the vectors, if they are known.
    index : VectorIndex, optional
        The index of the vectors, if there is one.
    """

    def __init__(
        self, keys: KeyTable, lookup: Lookup, norms: NDArray[np.float32] | None, index: VectorIndex | None = None
    ) -> None:
        self.keys = keys
        self._lookup = lookup
        self._index = index
        if norms is not None:
            self.__dict__["norms"] = norms

    @property
    def vectors(self) -> NDArray[np.float32] | csr_array:
        """The vectors (float32 [n_keys, dim]), read-only; composed now where a foreign file holds only their parts.

        Those of a sparse store are a `scipy.sparse.csr_array`, made anew each time around the same arrays.
        """
        vectors = self._lookup.vectors
        return vectors.matrix() if isinstance(vectors, SparseRows) else vectors

    @property
    def is_sparse(self) -> bool:
        """Whether the vectors are kept without their zeros."""
        return isinstance(self._lookup, SparseLookup)

    @property
    def nnz(self) -> int | None:
        """How many numbers of a sparse store's vectors are not zero; None for a dense store."""
        return self._lookup.vectors.nnz if isinstance(self._lookup, SparseLookup) else None

    @computed_once
    def norms(self) -> NDArray[np.float32]:
        """The Euclidean lengths of the vectors (float32 [n_keys]), read-only."""
        try:
            return norms_of(self.vectors, self.keys)
        except ValueError as error:  # only vectors composed of what a foreign file holds were not looked at before
            raise self._lookup.wrong_rows(str(error)) from None

    @computed_once
    def _neighbours(self) -> Search:
        return self._lookup.search(self._lookup.vectors, self.norms)

    @computed_once
    def _approximate_neighbours(self) -> Search:
        self._refuse_sparse()
        if self._index is None:
            raise ValueError(
                "similar(approximate=True) needs an index: make one with store.build_index(), once, and keep it with "
                "store.save(); or leave approximate=True away"
            )
        from textrep.store.approximate import ApproximateNeighbours

        return ApproximateNeighbours(self._lookup.vectors, self.norms, self._index)

    def _refuse_sparse(self) -> None:
        if self.is_sparse:
            raise ValueError("the store is sparse, and an index is of dense vectors; similar() searches it exactly")

    @property
    def index(self) -> dict[str, Any] | None:
        """What the index is, and what it was made with, as `build_index` says; None if there is none."""
        return None if self._index is None else {**self._index.header, "bytes": self._index.data.size}

    def build_index(
        self,
        *,
        connectivity: int = 16,
        expansion_add: int = 128,
        expansion_search: int = 64,
        n_jobs: int | None = None,
        on_progress: IndexCallback | None = None,
    ) -> None:
        """Make the index that ``similar(..., approximate=True)`` asks; `save` keeps it, with the vectors it is of.

        The index is a graph, HNSW [1]_, made by usearch: neighbours of neighbours are followed to the nearest. It holds
        the vectors once more, in bfloat16 whatever the processor, and takes ``2 * dim + 8 * connectivity + 20`` bytes a
        key, or some more. Another index, made before, is replaced.

        Parameters
        ----------
        connectivity : int
            Edges of a vector in the graph (M in the paper); twice as many at its lowest level.
        expansion_add : int
            Vectors looked at for the edges of a new one (efConstruction): more make a better graph, in more time.
        expansion_search : int
            Vectors looked at for a query (ef): more find more of the true neighbours, in more time.
        n_jobs : int, optional
            Threads, -1 for all processors. One thread, the default, makes the same index every time on a machine;
            several add vectors in an order that differs.
        on_progress : callable, optional
            Called with how many vectors are in the graph, and how many there are.

        Raises
        ------
        ValueError
            If the store is sparse, or a number is out of range.
        MissingExtraError
            If usearch, of the extra `ann`, is not installed.

        References
        ----------
        .. [1] Y. Malkov, D. Yashunin: Efficient and robust approximate nearest neighbor search using Hierarchical
           Navigable Small World graphs. IEEE TPAMI 42(4), 2020.
        """
        self._refuse_sparse()
        self._index = build_index(
            self._lookup.vectors,
            self.norms,
            connectivity=connectivity,
            expansion_add=expansion_add,
            expansion_search=expansion_search,
            n_threads=min(n_threads(n_jobs), processors()),  # usearch starts them all
            on_progress=on_progress,
        )
        VectorsByKey._approximate_neighbours.forget(self)

    @property
    def dim(self) -> int:
        """The number of dimensions of the vectors."""
        return self._lookup.dim

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)

    def __contains__(self, word: object) -> bool:
        """Whether a word is a key. A store with subwords has vectors for other words too."""
        return isinstance(word, str) and self._lookup.find(word) >= 0

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        if not isinstance(word, str):
            raise TypeError(f"expected a word, not {word!r}; store.vectors_for takes several words")
        return self._lookup.vector(word)

    def vectors_for(self, tokens: Sequence[str]) -> NDArray[np.float32] | csr_array:
        """Return the vectors of several words.

        Parameters
        ----------
        tokens : sequence of str
            Words; may repeat.

        Returns
        -------
        ndarray or scipy.sparse.csr_array of float32, shape (len(tokens), dim)
            A copy; a CSR array if the store is sparse.

        Raises
        ------
        UnknownWordError
            If one of them has no vector.
        """
        return self._lookup.rows(word_list(tokens))

    def vectors_where_known(self, tokens: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the vectors of several words, of which some may have none, of a dense store.

        Parameters
        ----------
        tokens : sequence of str
            Words; may repeat.

        Returns
        -------
        vectors : ndarray of float32, shape (len(tokens), dim)
            A copy; zeros for a word that has no vector.
        known : ndarray of bool, shape (len(tokens),)
            Which words have one: keys, and words that are made up of known subwords.

        Raises
        ------
        ValueError
            If the store is sparse.
        """
        if self.is_sparse:
            raise ValueError("the store is sparse, and vectors_where_known fills a dense array; use vectors_for")
        return self._lookup.rows_where_known(word_list(tokens))

    def similarity(self, a: QueryItem, b: QueryItem) -> float:
        """Return the cosine between two words or vectors; 0 if one of them is all zeros."""
        return answers.similarity(self._lookup, a, b)

    @overload
    def similar(self, query: str, k: int = 10, *, approximate: bool = False) -> list[Neighbour]: ...
    @overload
    def similar(self, query: Any, k: int = 10, *, approximate: bool = False) -> Any: ...
    def similar(self, query: Any, k: int = 10, *, approximate: bool = False) -> list[Neighbour] | list[list[Neighbour]]:
        """Return the keys nearest to a query, or to each of many.

        Parameters
        ----------
        query : str, array-like of shape (dim,), or a list of either
            A word (left out of its own neighbours), a vector, a list of words and vectors, or a matrix of
            vectors. Vectors and matrices may be sparse; a matrix is many queries, even if it has only one row.
        k : int
            How many neighbours; fewer come back only if there are no more keys.
        approximate : bool
            Whether to ask the index, which `build_index` makes, instead of looking at all vectors: many times as fast,
            but a neighbour may be missing. The scores of those found, and their order, are exact; among more equal
            vectors than the graph returns, any of them may be found, not the first ones. An index from a file is
            compared with its checksum when it is asked for the first time.

        Returns
        -------
        list of Neighbour, or list of list of Neighbour
            Best first; ties in the order of the keys. A list for each query if there are many.

        Raises
        ------
        UnknownWordError
            If a word has no vector; names words that are spelled alike.
        ValueError
            If `k` is less than 1, or a vector is of the wrong length or not finite; with `approximate`, if there is
            no index.
        FormatError
            With `approximate`, if the index was altered, or the installed usearch cannot read it.
        MissingExtraError
            With `approximate`, if usearch, of the extra `ann`, is not installed.
        """
        neighbours = self._approximate_neighbours if approximate else self._neighbours
        return answers.similar(self._lookup, neighbours, query, k)

    def analogy(
        self,
        positive: QueryItem | Sequence[QueryItem] = (),
        negative: QueryItem | Sequence[QueryItem] = (),
        k: int = 10,
    ) -> list[Neighbour]:
        """Answer "`negative` is to the first of `positive` as what is to the second?".

        ``analogy(positive=["king", "woman"], negative=["man"])`` finds "queen": the keys nearest to the sum
        of the positive vectors minus the negative ones, each scaled to length 1 (3CosAdd [1]_). The words
        asked with are left out of the answer.

        Parameters
        ----------
        positive, negative : str or array-like of shape (dim,), or a list of them
            Words or vectors; at least one in all.
        k : int
            How many neighbours.

        Returns
        -------
        list of Neighbour
            Best first; ties in the order of the keys.

        References
        ----------
        .. [1] T. Mikolov, W. Yih, G. Zweig: Linguistic regularities in continuous space word representations.
           NAACL-HLT 2013.
        """
        return answers.analogy(self._lookup, self._neighbours, positive, negative, k)

    def odd_one_out(self, words: Sequence[str]) -> str:
        """Return the word that fits least with the others: the one farthest from the mean of all.

        Parameters
        ----------
        words : sequence of str
            At least three. Each counts as its vector scaled to length 1; of equally far ones the first is
            returned.
        """
        return answers.odd_one_out(self._lookup, words)
