"""`DocumentsByText`: stores of documents, which know what made their vectors, so that a text can be asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from textrep.container import Container
from textrep.errors import UnknownTextError
from textrep.locks import computed_once
from textrep.store.asked import VectorsByKey
from textrep.store.file import Saved
from textrep.store.neighbours import Neighbour
from textrep.strings import StringArray

__all__ = ["DocumentsByText"]


class DocumentsByText(VectorsByKey):
    """What `textrep.store.EmbeddingStore` can tell of documents; a store of words has none of it.

    Attributes
    ----------
    metadata : dict
        How the vectors were made.
    texts : sequence of str, or None
        How the text of each document begins.
    """

    metadata: dict[str, Any]
    texts: StringArray | None
    _saved_vectorizer: Saved | None
    _container: Container | None

    @property
    def is_of_documents(self) -> bool:
        """Whether the vectors are those of documents, and not of words."""
        return self.texts is not None or self.metadata.get("of") == "documents"

    @computed_once
    def vectorizer(self) -> Any:
        """What made the vectors of documents, fitted; None in a store of words."""
        if self._saved_vectorizer is None:
            return None
        from textrep.vectorizers.saved import restored

        if self._container is not None:
            return restored(self._container.section("vectorizer"))
        header, tensors = self._saved_vectorizer
        return restored(Container.in_memory("vectorizer", header, dict(tensors), "this store"))

    def similar_to_text(self, text: str, k: int = 10, *, approximate: bool = False) -> list[Neighbour]:
        """Return the documents nearest to a text, which is made a vector as they were.

        Parameters
        ----------
        text : str
            Any text.
        k : int
            How many, at most.
        approximate : bool
            Whether to ask the index, as in `similar`.

        Returns
        -------
        list of Neighbour
            Key and cosine, best first.

        Raises
        ------
        ValueError
            If this is no store of documents.
        UnknownTextError
            If the vectorizer knows no word of the text; it is an `UnknownWordError`.
        """
        if self.vectorizer is None:
            name = "this store" if self._container is None else self._container.path
            raise ValueError(
                f"{name} does not know how to make a vector of a text: it holds no documents, "
                "or was made without vectorizer=, as by a plug-in, whose vectorizer is not kept; "
                "textrep.embed_documents with a method of textrep's own makes one that does"
            )
        if not isinstance(text, str):
            raise TypeError(f"expected a text, not {text!r}")
        vector = self.vectorizer.transform([text])  # [1, dim]
        if vector.shape[1] != self.dim and self._container is not None:
            raise self._container.damaged(f"its vectorizer makes {vector.shape[1]:,} dimensions, it has {self.dim:,}")
        if not vector.any() if isinstance(vector, np.ndarray) else not vector.nnz:
            raise UnknownTextError(text)
        found: list[Neighbour] = self.similar(vector, k, approximate=approximate)[0]
        return found
