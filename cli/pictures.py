"""Files of pictures on the command line: refused before anything long begins, not after."""

from __future__ import annotations

import os
from pathlib import Path

import click

__all__ = ["check_picture", "check_plot"]


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
    from textrep.plot import check_picture as check

    try:
        check(path)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from None


def check_plot(plot: str | None, model: Path) -> None:
    """Refuse what ``--plot`` says of a picture of a model, as `check_picture` does."""
    if plot is not None:
        refusal = f"--plot {plot} is the file of the model; choose another for the picture."
        check_picture(plot, "--plot", model, refusal)
