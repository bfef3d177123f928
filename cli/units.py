"""Numbers with units, as people read them."""

from __future__ import annotations

__all__ = ["bytes_text", "count", "duration"]


def count(number: int, what: str) -> str:
    """Return a number of things: ``1, "word" -> "1 word"``, ``2000, "word" -> "2,000 words"``."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def bytes_text(size: int) -> str:
    """Return a size in decimal units: ``4992971 -> "5.0 MB"``."""
    if size < 1000:
        return f"{size} bytes"
    value, units = size / 1000, ["TB", "GB", "MB", "kB"]
    while value >= 999.95 and len(units) > 1:
        value /= 1000
        units.pop()
    return f"{value:.1f} {units[-1]}"


def duration(seconds: float) -> str:
    """Return a time: ``3.21 -> "3.2 s"``, ``75 -> "1 min 15 s"``, ``3700 -> "1 h 2 min"``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
