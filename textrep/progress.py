"""What long work reports while it runs, and the plain reporter behind ``verbose``."""

from __future__ import annotations

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
    stage : {"reading", "compiling", "training"}
        ``"compiling"`` is reported once, before kernels are compiled for this machine.
    done, total : int
        Reading: bytes, `total` 0 where it is not known. Training: words of the corpus, over all epochs.
    documents : int
        Documents read so far.
    epoch, epochs : int
        The epoch being trained, from 1, and how many there are.
    words_per_second : float
        Words of the corpus trained in a second so far, those that pruning or subsampling skip included.
    loss : float
        Mean loss of the pairs trained in this epoch so far; NaN before the first.
    seconds_left : float
        Estimated time to the end of training.
    """

    stage: Literal["reading", "compiling", "training"]
    done: int = 0
    total: int = 0
    documents: int = 0
    epoch: int = 0
    epochs: int = 0
    words_per_second: float = 0.0
    loss: float = float("nan")
    seconds_left: float = float("nan")


ProgressCallback = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Report nothing."""


def epoch_printer() -> ProgressCallback:
    """Return a reporter that writes a line an epoch to stderr: what ``verbose=1`` shows."""
    last: Progress | None = None

    def show(progress: Progress) -> None:
        nonlocal last
        if progress.stage == "compiling":
            print("textrep: compiling kernels for this machine (once, some 10 s)", file=sys.stderr)  # noqa: T201
        elif progress.stage == "training":
            ended = last is not None and (progress.epoch > last.epoch or progress.done >= progress.total)
            if ended and last is not None:
                line = progress if progress.done >= progress.total else last
                print(  # noqa: T201
                    f"epoch {line.epoch}/{line.epochs}  loss {line.loss:.4f}  "
                    f"{progress.words_per_second:,.0f} words/s  {progress.seconds_left:.0f} s left",
                    file=sys.stderr,
                )
            last = progress

    return show
