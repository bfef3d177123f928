"""How far the training of a classifier or a tagger is: a line an epoch and a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .progress import TerminalBar, training_detail
from .units import duration

if TYPE_CHECKING:
    from textrep.classifiers.progress import FittingProgress

__all__ = ["EpochBar"]


class EpochBar(TerminalBar):
    """Shows the `textrep.classifiers.progress.FittingProgress` it is called with on stderr.

    Parameters
    ----------
    score : str
        What the score is: ``"accuracy"``.
    what : str
        What is trained on: ``"documents"``.
    """

    _beginning = "Preparing"

    def __init__(self, score: str, what: str) -> None:
        super().__init__()
        self._score = score
        self._what = what

    def __call__(self, progress: FittingProgress) -> None:
        """Show a moment of training."""
        if self._bar is None:
            return
        if progress.record is not None:
            self._bar.console.print(self._line(progress.record), markup=False, soft_wrap=True)
        self._bar.update(
            self._task,
            description=f"Epoch {progress.epoch}/{progress.epochs}",
            completed=progress.done,
            total=progress.total,
            detail=self._detail(progress),
        )

    def _line(self, record: Any) -> str:
        """Return what there is to say of an epoch that has ended."""
        parts = [f"epoch {record['epoch']:>3}  train loss {record['train_loss']:.4f}"]
        if "validation_loss" in record:
            parts.append(f"validation loss {record['validation_loss']:.4f}")
            parts.append(f"validation {self._score} {record['validation_score']:.4f}")
        else:
            parts.append(f"train {self._score} {record['train_score']:.4f}")
        return "  ".join([*parts, duration(record["seconds"])])

    def _detail(self, progress: FittingProgress) -> str:
        speed = f"{progress.rows_per_second:,.0f} {self._what}/s"
        return training_detail(speed, progress.loss, progress.seconds_left, "at most ")
