"""Files of pictures on the command line: refused before anything long begins, not after."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import click

__all__ = ["check_picture", "check_plot", "quieten_matplotlib"]

# What matplotlib logs where it can write no folder of its own, with a read-only HOME for one: it makes a temporary one,
# which it removes at exit, and in that looks for fonts anew. Pictures are the same.
_OF_FOLDERS = (
    "mkdir -p failed for path",
    "%s is not a writable directory",
    "Matplotlib created a temporary cache directory",
    "Matplotlib is building the font cache",
)


def check_picture(path: str | Path, option: str, source: Path, refusal: str) -> None:
    """Refuse a picture that could not be drawn, or would be written over the file that it is of, as wrong usage.

    Parameters
    ----------
    path : path-like
        The picture.
    option : str
        What names it: ``"--plot"``.
    source : Path
        The store or the model.
    refusal : str
        What to say if the two are the same.
    """
    if os.path.normcase(os.path.realpath(path)) == os.path.normcase(os.path.realpath(source)):
        raise click.UsageError(refusal)
    quieten_matplotlib()
    from textrep.plot import check_picture as check

    try:
        check(path)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


def quieten_matplotlib() -> None:
    """Keep what matplotlib logs of folders of its own, of no concern to users of textrep, from stderr."""
    for name in ("matplotlib", "matplotlib.font_manager"):
        logging.getLogger(name).addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_OF_FOLDERS)


def check_plot(plot: str | None, model: Path) -> None:
    """Refuse what ``--plot`` says of a picture of a model, as `check_picture` does."""
    if plot is not None:
        refusal = f"--plot {plot} is the file of the model; choose another for the picture."
        check_picture(plot, "--plot", model, refusal)
