"""How far the training of a classifier or a tagger is: a line an epoch and a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import math
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .console import is_terminal
from .progress import make_bar
from .units import duration

if TYPE_CHECKING:
    from textrep.classifiers.progress import FittingProgress

__all__ = ["EpochBar"]


class EpochBar:
    """Shows the `textrep.classifiers.progress.FittingProgress` it is called with on stderr.

    Parameters
    ----------
    score : str
        What the score is: ``"accuracy"``.
    what : str
        What is trained on: ``"documents"``.
    """

    def __init__(self, score: str, what: str) -> None:
        self._score = score
        self._what = what
        self._bar: Any = None  # rich.progress.Progress
        self._task: Any = None

    def __enter__(self) -> EpochBar:
        if is_terminal(sys.stderr):
            self._bar = make_bar()
            self._task = self._bar.add_task("Preparing", total=None, detail="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

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
        parts = [f"{progress.rows_per_second:,.0f} {self._what}/s"]
        if math.isfinite(progress.loss):
            parts.append(f"loss {progress.loss:.4f}")
        if math.isfinite(progress.seconds_left):
            parts.append(f"at most {duration(progress.seconds_left)} left")
        return ", ".join(parts)
