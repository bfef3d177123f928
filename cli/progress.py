"""How far reading and training are: a bar on a terminal, and nothing elsewhere."""

from __future__ import annotations

import math
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .console import is_terminal, say
from .units import bytes_text, count, duration

if TYPE_CHECKING:
    from typing import Self

    from textrep.progress import Progress

__all__ = ["ProgressBar", "TerminalBar", "training_detail"]

_COMPILING = "Compiling kernels for this machine (once each, up to 15 s) ..."


class TerminalBar:
    """A bar on stderr, there while the block runs and only on a terminal; a subclass says what it shows."""

    _beginning: str  # what stands before it at first

    def __init__(self) -> None:
        self._bar: Any = None  # rich.progress.Progress
        self._task: Any = None

    def __enter__(self) -> Self:
        if is_terminal(sys.stderr):
            self._bar = _make_bar()
            self._task = self._bar.add_task(self._beginning, total=None, detail="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


class ProgressBar(TerminalBar):
    """Shows the `textrep.progress.Progress` it is called with on stderr, and keeps what is worth telling at the end.

    Attributes
    ----------
    documents : int
        Documents read.
    words_per_second : float or None
        Speed of training, if it took long enough to be reported.
    compiled : bool
        Whether kernels had to be compiled: that took most of the time, then.
    """

    _beginning = "Reading"

    def __init__(self) -> None:
        super().__init__()
        self.documents = 0
        self.words_per_second: float | None = None
        self.compiled = False
        self._stage = ""

    def __call__(self, progress: Progress) -> None:
        """Show a moment of the work."""
        if progress.stage == "compiling":
            if not self.compiled:
                self.compiled = True
                say(_COMPILING, prefix="")
            return
        self.documents = max(self.documents, progress.documents)
        if progress.stage == "training":
            self.words_per_second = progress.words_per_second
        if self._bar is not None:
            self._show(progress)

    def _show(self, progress: Progress) -> None:
        if progress.stage == "training":
            title, detail = f"Epoch {progress.epoch}/{progress.epochs}", _training_detail(progress)
        elif progress.stage == "counting":
            title, detail = "Counting pairs of words", ""
        else:
            title, detail = "Reading", _reading_detail(progress)
        if progress.stage != self._stage:
            self._stage = progress.stage
            self._bar.reset(self._task, description=title, total=progress.total or None)
        self._bar.update(
            self._task, description=title, completed=progress.done, total=progress.total or None, detail=detail
        )


def _make_bar() -> Any:
    """Return a `rich.progress.Progress` on stderr, which leaves nothing behind."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[detail]}"),
        console=Console(stderr=True, highlight=False),
        transient=True,
    )


def _reading_detail(progress: Progress) -> str:
    size = bytes_text(progress.done) + (f" of {bytes_text(progress.total)}" if progress.total else "")
    return f"{size}, {count(progress.documents, 'document')}"


def _training_detail(progress: Progress) -> str:
    return training_detail(f"{progress.words_per_second:,.0f} words/s", progress.loss, progress.seconds_left)


def training_detail(speed: str, loss: float, seconds_left: float, left: str = "") -> str:
    """Return what stands behind the bar of an epoch: what is not known yet is left out."""
    parts = [speed]
    if math.isfinite(loss):
        parts.append(f"loss {loss:.4f}")
    if math.isfinite(seconds_left):
        parts.append(f"{left}{duration(seconds_left)} left")
    return ", ".join(parts)
