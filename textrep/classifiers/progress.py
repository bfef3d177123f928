"""What the training of a network reports while it runs, and the plain reporter behind ``verbose``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["FittingCallback", "FittingProgress", "epoch_line", "fitting_printer", "silent"]


@dataclass(frozen=True, slots=True)
class FittingProgress:
    """A moment of training.

    Attributes
    ----------
    epoch, epochs : int
        The epoch being trained, from 1, and how many there are at most: early stopping may end training before.
    done, total : int
        Rows (documents, sentences) trained in this epoch so far, and how many there are.
    loss : float
        Mean loss of these rows; NaN before the first.
    rows_per_second : float
        Speed of training in this epoch, evaluation left out.
    seconds_left : float
        Estimated time until all epochs have ended; early stopping may make it less. NaN before the first estimate.
    record : mapping or None
        What ``history_`` says of the epoch, once, when it has ended; else None.
    """

    epoch: int
    epochs: int
    done: int
    total: int
    loss: float = float("nan")
    rows_per_second: float = 0.0
    seconds_left: float = float("nan")
    record: Mapping[str, float] | None = None


FittingCallback = Callable[[FittingProgress], None]  # called in the thread that trains


def silent(progress: FittingProgress) -> None:
    """Report nothing."""


def fitting_printer() -> FittingCallback:
    """Return a reporter that writes a line an epoch to stderr: what ``verbose=1`` shows."""

    def show(progress: FittingProgress) -> None:
        if progress.record is not None:
            left = "" if progress.epoch == progress.epochs else f"  {progress.seconds_left:.0f} s left at most"
            line = f"epoch {progress.epoch}/{progress.epochs}  {epoch_line(progress.record)}{left}"
            print(line, file=sys.stderr)  # noqa: T201

    return show


def epoch_line(record: Mapping[str, float]) -> str:
    """Return losses, scores and time of an epoch as people read them.

    ``"loss 0.2110, score 0.918; validation: loss 0.3920, score 0.836; 2.1 s"``
    """
    parts = [f"loss {record['train_loss']:.4f}, score {record['train_score']:.3f}"]
    if "validation_loss" in record:
        parts.append(f"validation: loss {record['validation_loss']:.4f}, score {record['validation_score']:.3f}")
    return "; ".join([*parts, f"{record['seconds']:.1f} s"])
