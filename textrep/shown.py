"""`shown`: a value as messages name it."""

from __future__ import annotations

__all__ = ["shown"]


def shown(value: object, width: int = 60) -> str:
    """Return the repr, cut to `width` characters: ``'abc' -> "'abc'"``; a long str is cut first."""
    text = repr(value[:width] if isinstance(value, str) else value)
    return text if len(text) <= width else f"{text[: width - 3]}..."
