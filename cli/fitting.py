"""Training a classifier or a tagger: what is shown meanwhile, Ctrl-C, and the file that comes of it."""

from __future__ import annotations

import contextlib
import signal
import time
import warnings
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from textrep.errors import TextrepError

from .epochs import EpochBar
from .models import final, use_threads
from .outcome import Interrupted
from .pictures import check_plot
from .target import check_target, file_at
from .wording import OptionsError, in_options

__all__ = ["TrainingRun"]


class TrainingRun:
    """One run of a command that trains; Ctrl-C within it, unless a model can be kept, says that none was written.

    Parameters
    ----------
    target : Path
        The file to write.
    plot : str, optional
        The picture of the learning curve to write.
    jobs : int, optional
        How many threads to use; None leaves it to PyTorch.

    Attributes
    ----------
    model : estimator or Pipeline
        What was trained; set by `fit`.
    replaces : bool
        Whether a model was at its place before.
    told : list of str
        Warnings there were.
    """

    def __init__(self, target: Path, plot: str | None, jobs: int | None) -> None:
        check_plot(plot, target)
        self.target = target
        self.plot = plot
        self.jobs = jobs
        self.replaces = False
        self.told: list[str] = []
        self.model: Any = None
        self._before = file_at(target)
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._start

    def __enter__(self) -> TrainingRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            picture = f", {self.plot} was not" if self.plot is not None else ""
            raise Interrupted(
                "no model was written"
                if file_at(self.target) == self._before
                else f"{self.target} was written{picture}"
            ) from None

    def check_target(self, files: Iterable[str], kind: str) -> None:
        """Refuse a target that cannot be written, or is one of the files that are read."""
        self.replaces = check_target(self.target, sorted(set(files)), kind)

    def fit(self, model: Any, X: Any, y: Any, score: str, what: str) -> None:
        """Train a model on data, and save it.

        Parameters
        ----------
        model : estimator, or Pipeline of a vectorizer and an estimator
            Not fitted yet.
        X, y : lists
            What it is trained on.
        score : str
            What its score is: ``"accuracy"``.
        what : str
            What `X` holds: ``"documents"``.
        """
        use_threads(self.jobs)
        with EpochBar(score, what) as bar, _library_handles_ctrl_c(), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                _fit(model, X, y, bar)
            except (TextrepError, ValueError) as error:
                raise OptionsError(in_options(str(error))) from error
        self.told = list(dict.fromkeys(in_options(str(one.message)) for one in warned if _concerns_users(one)))
        if not final(model).history_:
            raise KeyboardInterrupt  # within the first epoch: there is nothing worth keeping
        self.model = model
        self._save()

    def _save(self) -> None:
        from textrep.classifiers import save

        try:
            save(self.model, self.target)
        except TextrepError as error:
            raise OptionsError(in_options(str(error))) from error
        if self.plot is not None:
            from textrep.plot import learning_curve

            learning_curve(self.model, self.plot)


def _fit(model: Any, X: Any, y: Any, bar: EpochBar) -> None:
    if not hasattr(model, "steps"):
        _fit_network(model, X, y, bar)
        return
    vectorizer, classifier = model
    # That of a store of documents is fitted: what it knows of all their words is not to be learned again from a few.
    rows = vectorizer.transform(X) if _is_fitted(vectorizer) else vectorizer.fit_transform(X)
    _fit_network(classifier, rows, y, bar)


def _fit_network(estimator: Any, X: Any, y: Any, bar: EpochBar) -> None:
    try:
        estimator.fit_reporting(X, y, bar)
    except MemoryError as error:
        error.add_note("a lower --batch-size needs less")
        raise


def _is_fitted(vectorizer: Any) -> bool:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(vectorizer)
    except NotFittedError:
        return False
    return True


def _concerns_users(warned: warnings.WarningMessage) -> bool:
    return issubclass(warned.category, UserWarning | RuntimeWarning)  # not developers, as a DeprecationWarning does


def _library_handles_ctrl_c() -> contextlib.AbstractContextManager[None]:
    """Let the library end training at the first Ctrl-C in good order, though the handler is this program's own."""
    from textrep.classifiers.interrupts import deferrable

    handler = signal.getsignal(signal.SIGINT)
    return deferrable(handler) if callable(handler) else contextlib.nullcontext()  # SIG_IGN is an int
