"""Fonts for labels in any script: which installed ones have the characters that matplotlib's own lacks.

matplotlib draws text with the first of several fonts that has a character, but does not look for one that has it. Its
own, DejaVu Sans, has neither Korean nor Chinese or Japanese.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from textrep.warning import warn

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry

__all__ = ["families_for"]

# Those that common systems have for Korean; looked at first, for many fonts have a few characters of everything.
_FIRST = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Noto Sans CJK JP",
    "NanumGothic",
    "Apple SD Gothic Neo",
    "AppleGothic",
    "Malgun Gothic",
    "UnDotum",
)
_BOXES = "Last Resort"  # a font that has all characters, and draws each as a box
_SHOWN = 12  # characters


def families_for(texts: Iterable[str], *, quiet: bool = False) -> list[str]:
    """Return the names of the font families to draw some texts with: matplotlib's own, and those it needs besides.

    Parameters
    ----------
    texts : iterable of str
        What is to be drawn.
    quiet : bool
        Whether there is no warning.

    Warns
    -----
    UserWarning
        If no installed font has some of the characters; names them.
    """
    from matplotlib import font_manager, rcParams

    families = list(rcParams["font.family"])
    missing = {character for text in texts for character in text if not character.isspace()}
    for family in families:
        missing -= _characters_of(font_manager.findfont(font_manager.FontProperties(family=[family])))
    for font in _others() if missing else ():
        if found := missing & _characters_of(font.fname):
            families.append(font.name)
            missing -= found
        if not missing:
            break
    if missing and not quiet:
        shown = sorted(missing)
        more = f" and {len(shown) - _SHOWN:,} more" if len(shown) > _SHOWN else ""
        warn(
            f"no installed font has the characters {' '.join(shown[:_SHOWN])}{more}, which are drawn as boxes. Install "
            "a font that has them, such as Noto Sans CJK (fonts-noto-cjk on Debian and Ubuntu), or write a .svg file, "
            "for which a browser chooses the font"
        )
    return families


def _others() -> Iterator[FontEntry]:
    """Yield upright fonts of normal weight, likely ones first; last those installed since matplotlib made its list."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {font.fname for font in fontManager.ttflist}
    yield from _upright(fontManager.ttflist)
    for path in sorted(set(findSystemFonts()) - known):
        try:
            fontManager.addfont(path)
        except (OSError, RuntimeError):  # not a font that FreeType reads
            continue
    yield from _upright([font for font in fontManager.ttflist if font.fname not in known])


def _upright(fonts: Iterable[FontEntry]) -> list[FontEntry]:
    rank = {name: i for i, name in enumerate(_FIRST)}
    upright = [
        font
        for font in fonts
        if font.style == "normal" and font.weight in (400, "normal", "regular") and not font.name.startswith(_BOXES)
    ]
    return sorted(upright, key=lambda font: (rank.get(font.name, len(rank)), font.name, font.fname))


def _characters_of(path: str) -> set[str]:
    from matplotlib.ft2font import FT2Font

    try:
        return set(map(chr, FT2Font(path).get_charmap()))
    except (OSError, RuntimeError):  # removed since matplotlib made its list
        return set()
