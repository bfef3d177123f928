"""What can go wrong, by name.

Every error has two parents: `TextrepError`, so that one ``except`` catches all of textrep, and the built-in a Python
programmer would have caught anyway. A message says what was found, where, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textrep.shown import shown

__all__ = [
    "CorpusError",
    "CorpusNotFoundError",
    "DocumentError",
    "EmptyCorpusError",
    "EncodingError",
    "FormatError",
    "MissingExtraError",
    "PluginError",
    "StoreExistsError",
    "StoreMismatchError",
    "StoreNotFoundError",
    "TagSchemeError",
    "TextrepError",
    "TrainingError",
    "UnknownTextError",
    "UnknownWordError",
]


class TextrepError(Exception):
    """Parent of every error that textrep raises on purpose."""


class CorpusError(TextrepError, ValueError):
    """A corpus cannot be read as asked: malformed record, missing field, binary file, damaged compression."""


class CorpusNotFoundError(CorpusError, FileNotFoundError):
    """A corpus path names no file, or a folder or glob that holds none."""


class DocumentError(CorpusError, TypeError):
    """What was given as documents, or one of them, is none: a single str, None, a number, bytes.

    A TypeError by what it says, and a ValueError because scikit-learn raises that for a str and for NaN.
    """


class EmptyCorpusError(CorpusError):
    """A corpus was read to its end and held no document, or no token was left after pruning."""


class EncodingError(CorpusError, UnicodeError):
    """A corpus holds bytes that its encoding does not allow."""


class TagSchemeError(CorpusError):
    """Tags mark spans by no scheme that is known, or one does not belong to the scheme that was named."""


class FormatError(TextrepError, ValueError):
    """A file of vectors is truncated, altered, foreign, or of a version this textrep does not know."""


class PluginError(TextrepError, ImportError):
    """A vectorizer that another distribution registers cannot be imported, or is none."""


class StoreExistsError(TextrepError, FileExistsError):
    """The target of a save exists and is not something textrep wrote, so it is not overwritten."""


class StoreNotFoundError(TextrepError, FileNotFoundError):
    """The path of a saved file names nothing, or the folder to save in does not exist."""


class StoreMismatchError(TextrepError, ValueError):
    """A store that does not fit what is asked of it: training cannot go on from it, or it has no words to score."""


class TrainingError(TextrepError, ArithmeticError):
    """Training produced NaN or infinite values."""


class MissingExtraError(TextrepError, ImportError):
    """A feature needs an optional dependency that is not installed.

    Parameters
    ----------
    feature : str
        What was asked for, as the subject of a sentence: ``"Reading .parquet"``.
    package : str
        The distribution that is missing.
    extra : str
        textrep's extra that installs it.
    """

    def __init__(self, feature: str, package: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs {package}. Install it with: pip install {package} (textrep's extra {extra!r})"
        )
        self.feature = feature
        self.package = package
        self.extra = extra

    def __reduce__(self) -> tuple[Any, ...]:  # errors cross process borders in joblib
        return type(self), (self.feature, self.package, self.extra)


class UnknownWordError(TextrepError, KeyError):
    """A word has no vector.

    Parameters
    ----------
    word : str
        The word that was asked for.
    close : list of str, or callable that returns one
        Words of the vocabulary that are spelled alike, best first; may be empty. A callable is called when the words
        are asked for, so that catching the error costs no search.
    """

    def __init__(self, word: str, close: list[str] | Callable[[], list[str]]) -> None:
        super().__init__(word)
        self.word = word
        self._close = close

    @property
    def close(self) -> list[str]:
        """Words of the vocabulary that are spelled alike, best first."""
        if callable(self._close):
            self._close = self._close()
        return self._close

    def __str__(self) -> str:
        close = f" Close: {', '.join(self.close)}." if self.close else ""
        return f"{shown(self.word)} is not in the vocabulary.{close}"

    def __reduce__(self) -> tuple[Any, ...]:  # errors cross process borders in joblib
        return type(self), (self.word, self.close)


class UnknownTextError(UnknownWordError):
    """A text has no vector: no word of it is known.

    Parameters
    ----------
    text : str
        The text that was asked with.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text, [])

    def __str__(self) -> str:
        if not self.word.strip():
            return f"the text {self.word!r} is empty: it has no vector"
        shown = self.word if len(self.word) <= 60 else f"{self.word[:57]}..."
        return f"no word of the text {shown!r} is known: it has no vector"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.word,)
