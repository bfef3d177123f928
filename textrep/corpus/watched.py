"""`WatchedCorpus`: a corpus that tells how far it has been read, whoever reads it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from textrep.corpus.corpus import Corpus
from textrep.progress import Progress, ProgressCallback

__all__ = ["WatchedCorpus"]

_SECONDS = 0.1  # between two reports
_T = TypeVar("_T")


class WatchedCorpus(Corpus):
    """The same documents as those of a corpus, with reports while they are read.

    For code that takes documents and reports nothing itself.

    Parameters
    ----------
    corpus : Corpus
        The documents.
    on_progress : callable
        Given a `Progress` of the stage ``"reading"`` some times a second and at the end of every pass, by whoever
        reads.
    """

    def __init__(self, corpus: Corpus, on_progress: ProgressCallback) -> None:
        self.__dict__.update(vars(corpus))  # what could be read once, and was, is known to both
        self._on_progress = on_progress

    def _read(self, read: Callable[..., Iterator[_T]]) -> Iterator[_T]:
        """Yield what the corpus yields, documents or blocks of them."""
        n_documents = 0
        reported = time.monotonic()
        for item in super()._read(read):
            n_documents += 1 if isinstance(item, str) else len(item)  # type: ignore[arg-type]
            if time.monotonic() - reported >= _SECONDS:
                self._report(n_documents)
                reported = time.monotonic()
            yield item
        self._report(n_documents)

    def _report(self, n_documents: int) -> None:
        total = self.total_bytes
        self._on_progress(Progress("reading", done=self.bytes_read, total=total or 0, documents=n_documents))
