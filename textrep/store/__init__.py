"""The embedding store: keys, their vectors, and which of them are near to which."""

from textrep.store.neighbours import Neighbour
from textrep.store.store import EmbeddingStore

__all__ = ["EmbeddingStore", "Neighbour"]
