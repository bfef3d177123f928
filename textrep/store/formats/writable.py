"""What every writer of vectors refuses, whatever its format: stores without words, and numbers that are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError

if TYPE_CHECKING:
    from textrep.store.store import EmbeddingStore

__all__ = ["check_finite", "check_has_words"]


def check_has_words(store: EmbeddingStore, title: str) -> None:
    """Refuse to write the words of a store that has only rows for parts of words; nothing of it would be left."""
    if not len(store) and store.subwords is not None:
        is_floret = store.subwords.rule.to_dict().get("kind") == "floret"
        raise FormatError(
            f"this store holds no words, only rows for parts of words, which a {title} file cannot express; "
            + ("export it as floret" if is_floret else "save it as a store")
        )


def check_finite(rows: NDArray[np.float32], first: int, name_of: Callable[[int], str], title: str) -> None:
    """Raise FormatError if a row holds NaN or infinity; `name_of` says what the row of a number is, from `first` on."""
    if np.isfinite(rows).all():
        return
    bad = ~np.isfinite(rows)  # bool [n, dim]
    row = int(np.flatnonzero(bad.any(axis=1))[0])
    raise FormatError(f"{name_of(first + row)} holds {rows[row][bad[row]][0]}; a {title} file holds only numbers")
