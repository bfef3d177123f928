"""What long work reports while it runs, and the plain reporter behind ``verbose``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Progress", "ProgressCallback", "epoch_printer", "silent"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of reading or training.

    Parameters
    ----------
    stage : {"reading", "compiling", "counting", "training"}
        ``"compiling"`` is reported before kernels are compiled for this machine, once for those that read and once
        for those that train. ``"counting"`` is of methods that count pairs of words before they train.
    done, total : int
        Reading: bytes, `total` 0 where it is not known. Counting: words of the corpus. Training: the same, over all
        epochs.
    documents : int
        Documents read so far.
    epoch, epochs : int
        The epoch being trained, from 1, and how many there are.
    ended : bool
        True once for every epoch, in order, when it has ended; `loss` is then its mean.
    words_per_second : float
        Words of the corpus trained in a second so far, those that pruning or subsampling skip included.
    loss : float
        Mean loss of the pairs trained in this epoch so far; NaN before the first, and where the engine tells none.
    seconds_left : float
        Estimated time to the end of training.
    """

    stage: Literal["reading", "compiling", "counting", "training"]
    done: int = 0
    total: int = 0
    documents: int = 0
    epoch: int = 0
    epochs: int = 0
    ended: bool = False
    words_per_second: float = 0.0
    loss: float = float("nan")
    seconds_left: float = float("nan")


ProgressCallback = Callable[[Progress], None]  # called in whichever thread is reading, never in two at once


def silent(progress: Progress) -> None:
    """Report nothing."""


def epoch_printer() -> ProgressCallback:
    """Return a reporter that writes a line an epoch to stderr: what ``verbose=1`` shows."""
    compiling = False

    def show(progress: Progress) -> None:
        nonlocal compiling
        if progress.stage == "compiling" and not compiling:
            compiling = True
            print("textrep: compiling kernels for this machine (once each, up to 15 s)", file=sys.stderr)  # noqa: T201
        elif progress.ended:
            loss = "" if math.isnan(progress.loss) else f"loss {progress.loss:.4f}  "
            print(  # noqa: T201
                f"epoch {progress.epoch}/{progress.epochs}  {loss}"
                f"{progress.words_per_second:,.0f} words/s  {progress.seconds_left:.0f} s left",
                file=sys.stderr,
            )

    return show
