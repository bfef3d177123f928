"""What every writer of vectors refuses, whatever its format: stores without words, and numbers that are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError

if TYPE_CHECKING:
    from textrep.store.store import EmbeddingStore

__all__ = ["check_finite", "check_has_words", "has_words"]


def has_words(store: EmbeddingStore | None) -> bool:
    """Whether a store holds words, as most do, and not only rows for parts of words."""
    return store is None or len(store) > 0 or store.subwords is None


def check_has_words(store: EmbeddingStore, title: str) -> None:
    """Refuse to write the words of a store that has only rows for parts of words; nothing of it would be left."""
    if store.subwords is not None and not has_words(store):
        from textrep.store.formats.floret import FLORET

        raise FormatError(
            f"this store holds no words, only rows for parts of words, which a {title} file cannot express; "
            + (f"export it as {FLORET.name}" if FLORET.fits(store) else "save it as a store")
        )


def check_finite(rows: NDArray[np.float32], first: int, name_of: Callable[[int], str], title: str) -> None:
    """Raise FormatError if a row holds NaN or infinity; `name_of` says what the row of a number is, from `first` on."""
    if np.isfinite(rows).all():
        return
    bad = ~np.isfinite(rows)  # bool [n, dim]
    row = int(np.flatnonzero(bad.any(axis=1))[0])
    raise FormatError(f"{name_of(first + row)} holds {rows[row][bad[row]][0]}; a {title} file holds only numbers")
