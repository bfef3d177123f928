"""`warn`: warnings that point at the caller's own code."""

from __future__ import annotations

import sys
import warnings

__all__ = ["warn"]


def warn(message: str) -> None:
    """Warn the caller of this package, however many calls within it lie between."""
    level = 1
    while sys._getframe(level).f_globals.get("__name__", "").startswith("textrep."):
        level += 1
    warnings.warn(message, stacklevel=level + 1)
