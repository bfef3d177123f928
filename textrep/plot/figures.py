"""What all pictures share: whether they can be drawn, figures without pyplot, labels on one line, and files."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import warnings
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textrep.atomic import replacing
from textrep.checks import check_path
from textrep.errors import MissingExtraError, StoreNotFoundError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "FIRST",
    "SECOND",
    "check_picture",
    "finish",
    "is_svg",
    "is_wide",
    "label_text",
    "missing_glyphs_ignored",
    "new_figure",
]

FIRST, SECOND = "#0072B2", "#D55E00"  # colours that everybody tells apart (Okabe and Ito)

_ENDINGS = (".png", ".svg")
_DPI = 150
_LONGEST_LABEL = 32  # characters
_WIDE = "\u1100"  # letters from here on: nearly all that are wide are of Chinese, Japanese and Korean


def check_picture(path: str | os.PathLike[str] | None = None) -> None:
    """Say at once, before long work, whether a picture can be drawn and written.

    Parameters
    ----------
    path : path-like, optional
        The file.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ValueError
        If the file ends neither in ``.png`` nor in ``.svg``, or is no file that may be replaced.
    StoreNotFoundError
        If its folder does not exist.
    """
    if not importlib.util.find_spec("matplotlib"):
        raise MissingExtraError("Drawing a picture", "matplotlib", "plot")
    if path is None:
        return
    check_path("path", path)
    if Path(path).suffix.lower() not in _ENDINGS:
        raise ValueError(f"{os.fspath(path)!r} names no kind of picture: give it the ending .png or .svg")
    if not Path(path).parent.is_dir():
        raise StoreNotFoundError(f"{path} cannot be written: there is no folder {Path(path).parent}")
    if Path(path).exists() and not Path(path).is_file():
        raise ValueError(f"{os.fspath(path)!r} is no file, and not replaced by one: name another for the picture")


def label_text(label: Hashable, *, from_end: bool = False) -> str:
    """Return a label as it can be drawn: on one line, escaped where it is no text, and cut where it is too long."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(label))
    if len(text) <= _LONGEST_LABEL:
        return text
    return f"…{text[1 - _LONGEST_LABEL :]}" if from_end else f"{text[: _LONGEST_LABEL - 1]}…"


def is_wide(letter: str) -> bool:
    """Whether a letter is as wide as high, and stands for a syllable or more: Chinese, Japanese and Korean ones."""
    return letter >= _WIDE


def is_svg(path: str | os.PathLike[str] | None) -> bool:
    """Whether a file keeps labels as text, for which a browser, with fonts of its own, chooses the font."""
    return path is not None and Path(path).suffix.lower() == ".svg"


def new_figure(width: float, height: float, layout: Literal["constrained"] | None = "constrained") -> Figure:
    """Return an empty figure of a width and height in inches, that belongs to no window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


@contextlib.contextmanager
def missing_glyphs_ignored() -> Iterator[None]:
    """Keep matplotlib from warning of each character that no font has: `families_for` has said it better."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        yield


def finish(figure: Figure, path: str | os.PathLike[str] | None) -> None:
    """Write a figure, whole or not at all; the same figure gives the same bytes."""
    from matplotlib import rc_context

    if path is None:
        return
    target = Path(path)
    buffer = io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "textrep"}), missing_glyphs_ignored():
        metadata = {"Date": None} if is_svg(path) else None
        figure.savefig(buffer, format="svg" if is_svg(path) else "png", dpi=_DPI, metadata=metadata)
    with replacing(target) as file:
        file.write(buffer.getbuffer())
