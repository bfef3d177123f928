"""`shown`: a value as messages name it; `listed`: several names."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["listed", "shown"]


def shown(value: object, width: int = 60) -> str:
    """Return the repr, cut to `width` characters: ``'abc' -> "'abc'"``; a long str is cut first."""
    text = repr(value[:width] if isinstance(value, str) else value)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def listed(names: Sequence[str], most: int = 3) -> str:
    """Return the names, or the first `most` and how many more there are: ``"a, b, c and 2 more"``."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
