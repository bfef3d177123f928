"""A rule of which only some rows were kept: parts of words that lost theirs do not count at all.

fastText's quantised models are pruned so. Elsewhere a missing row counts as zeros, which is another mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import KeyTable
from textrep.text.subwords import Subwords

__all__ = ["PrunedSubwords"]

_KIND = "pruned"

Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PrunedSubwords:
    """A rule whose rows are those of another that were kept.

    Parameters
    ----------
    rule : Subwords
        How words are cut, and which rows their parts had.
    kept : ndarray of int64, shape (n_rows,)
        The rows kept, ascending; row ``kept[i]`` is row i now.
    """

    rule: Subwords
    kept: Ids

    def __post_init__(self) -> None:
        if len(self.kept) and (self.kept[0] < 0 or self.kept[-1] >= self.rule.n_rows or (np.diff(self.kept) < 1).any()):
            raise ValueError(f"kept must be ascending row numbers below {self.rule.n_rows:,}")

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.kept)

    @property
    def has_word_rows(self) -> bool:
        """Whether a known word has a row of its own besides those of its parts."""
        return self.rule.has_word_rows

    def rows_of(self, words: KeyTable | Sequence[str]) -> tuple[Ids, Ids]:
        """Return where each word's rows begin and end (int64 [n_words + 1]), and the rows (int64) that were kept."""
        ends, numbers = self.rule.rows_of(words)
        rows = np.searchsorted(self.kept, numbers)  # int64 [n_numbers]
        is_kept = np.zeros(len(numbers), np.bool_)  # [n_numbers]
        inside = rows < len(self.kept)
        is_kept[inside] = self.kept[rows[inside]] == numbers[inside]
        n_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(is_kept)])  # [n_numbers + 1]
        return n_before[ends], rows[is_kept]

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as JSON values."""
        return {"kind": _KIND, "rule": self.rule.to_dict(), "kept": self.kept.tolist()}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> PrunedSubwords:
        """Return the rule that `to_dict` described.

        Raises
        ------
        ValueError
            If it describes none that this textrep knows.
        """
        kept = saved.get("kept")
        if saved.keys() != {"kind", "rule", "kept"} or not isinstance(kept, list):
            raise ValueError("the saved pruned subwords are unknown to this textrep; a newer version may know them")
        if any(type(row) is not int or not 0 <= row < 1 << 31 for row in kept):
            raise ValueError("the saved pruned subwords keep rows that are no numbers")
        return cls(Subwords.from_dict(saved["rule"]), np.array(kept, np.int64))
