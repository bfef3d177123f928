"""Tokenizers: what splits a text, said once in plain Python.

The Python form, ``tokenizer(text)``, is the definition. The built-in ones also run in a kernel over UTF-8 bytes
(`scanner.py`), which gives exactly the same tokens. Korean morphemes, ``"kiwi"``, are in `korean.py`.
"""

from __future__ import annotations

import numbers
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from textrep.shown import shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from textrep.text.korean import KiwiTokenizer

__all__ = [
    "BuiltinTokenizer",
    "CallableTokenizer",
    "CharTokenizer",
    "MissingCallable",
    "ThreadedTokenizer",
    "Tokenizer",
    "WhitespaceTokenizer",
    "WordTokenizer",
    "check_can_be_saved",
    "check_min_token_length",
    "get_tokenizer",
    "prepared",
    "tokenizer_from_dict",
]

_WORDS = re.compile(r"\w+")
_NOT_SPACE = re.compile(r"\S")


@runtime_checkable
class Tokenizer(Protocol):
    """What splits a text and can be written to the header of a store."""

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return what `tokenizer_from_dict` needs to make an equal tokenizer, as JSON values."""
        ...


@runtime_checkable
class ThreadedTokenizer(Tokenizer, Protocol):
    """One that can split many texts at a time, in threads."""

    def tokens_of_many(self, texts: Iterable[str], n_threads: int) -> Iterator[list[str]]:
        """Yield the tokens of each text, in order: the same whatever the number of threads."""
        ...


@dataclass(frozen=True)
class BuiltinTokenizer(ABC):
    """A tokenizer known by name, with a Python form and a kernel form.

    Parameters
    ----------
    min_token_length : int
        Shorter tokens are dropped; in characters (code points).
    lowercase : bool
        Whether the text is lower-cased first, as ``str.lower`` does it.
    normalization : {"NFC", None}
        Unicode normal form that the text is brought into first; None leaves it as it is.
    """

    min_token_length: int = 1
    lowercase: bool = True
    normalization: str | None = "NFC"

    name: ClassVar[str]
    single: ClassVar[bool] = False  # every character is a token of its own

    def __post_init__(self) -> None:
        check_min_token_length(self.min_token_length)
        if not isinstance(self.lowercase, bool):
            raise ValueError(f"lowercase must be True or False, not {self.lowercase!r}")  # noqa: TRY004
        if self.normalization not in ("NFC", None):
            raise ValueError(f"normalization must be 'NFC' or None, not {self.normalization!r}")

    @abstractmethod
    def __call__(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order."""

    @abstractmethod
    def table(self, prepared: bool) -> NDArray[np.int32]:
        """Return the kernel's table; that for `prepared` text flags nothing as unsafe."""

    def prepare(self, text: str) -> str:
        """Bring a text into the normal form and lower case asked for."""
        return prepared(text, lowercase=self.lowercase, normalization=self.normalization)

    def to_dict(self) -> dict[str, Any]:
        """Return name and parameters; of `lowercase` and `normalization` those that are not the defaults."""
        changed = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != "min_token_length" and getattr(self, field.name) != field.default
        }
        return {"name": self.name, "min_token_length": int(self.min_token_length), **changed}

    @property
    def _of_table(self) -> dict[str, bool]:
        return {"lowercase": self.lowercase, "nfc": self.normalization is not None}

    def _long_enough(self, tokens: list[str]) -> list[str]:
        if self.min_token_length == 1:
            return tokens
        return [token for token in tokens if len(token) >= self.min_token_length]


@dataclass(frozen=True)
class WordTokenizer(BuiltinTokenizer):
    r"""NFC, lower case, maximal runs of Unicode word characters: ``re.findall(r"\w+", NFC(text).lower())``."""

    name: ClassVar[str] = "word"

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order."""
        return self._long_enough(_WORDS.findall(self.prepare(text)))

    def table(self, prepared: bool) -> NDArray[np.int32]:
        """Return the kernel's table; that for `prepared` text flags nothing as unsafe."""
        from textrep.text.tables import word_table

        return word_table(prepared, **self._of_table)


@dataclass(frozen=True)
class WhitespaceTokenizer(BuiltinTokenizer):
    """What stands between white space, by default unchanged: ``text.split()``."""

    lowercase: bool = False
    normalization: str | None = None

    name: ClassVar[str] = "whitespace"

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order."""
        return self._long_enough(self.prepare(text).split())

    def table(self, prepared: bool) -> NDArray[np.int32]:
        """Return the kernel's table; that for `prepared` text flags nothing as unsafe."""
        from textrep.text.tables import whitespace_table

        return whitespace_table(prepared, **self._of_table)


@dataclass(frozen=True)
class CharTokenizer(BuiltinTokenizer):
    """NFC, lower case, every character that is not white space."""

    name: ClassVar[str] = "char"
    single: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_token_length != 1:
            raise ValueError(
                f"tokenizer 'char' gives tokens of one character: min_token_length={self.min_token_length} "
                "would drop them all; leave it at 1"
            )

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order."""
        return _NOT_SPACE.findall(self.prepare(text))

    def table(self, prepared: bool) -> NDArray[np.int32]:
        """Return the kernel's table; that for `prepared` text flags nothing as unsafe."""
        from textrep.text.tables import char_table

        return char_table(prepared, **self._of_table)


@dataclass(frozen=True)
class CallableTokenizer:
    """Any function from a text to its tokens, with its results checked.

    Parameters
    ----------
    function : callable
        Takes a str, returns a list or tuple of str.
    min_token_length : int
        Shorter tokens are dropped; in characters (code points).
    """

    function: Callable[[str], list[str]]
    min_token_length: int = 1

    def __post_init__(self) -> None:
        check_min_token_length(self.min_token_length)

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of `text`, in order.

        Raises
        ------
        TypeError
            If the function returns anything but a list or tuple of str.
        """
        tokens = self.function(text)
        if not isinstance(tokens, list | tuple):
            raise TypeError(
                f"tokenizer {self._function_name()} returned {shown(tokens, 80)} for {shown(text, 80)}; "
                "it must return a list of str"
            )
        for token in () if set(map(type, tokens)) <= {str} else tokens:
            if not isinstance(token, str):
                raise TypeError(
                    f"tokenizer {self._function_name()} returned a list that holds {shown(token, 80)} for "
                    f"{shown(text, 80)}; every token must be a str"
                )
        if self.min_token_length == 1:
            return list(tokens)
        return [token for token in tokens if len(token) >= self.min_token_length]

    def to_dict(self) -> dict[str, Any]:
        """Return the function's name: the function itself is never saved."""
        return {
            "name": "callable",
            "callable": self._function_name(),
            "min_token_length": int(self.min_token_length),
        }

    def _function_name(self) -> str:
        function: Any = self.function
        if not hasattr(function, "__qualname__"):  # an instance, or a functools.partial
            function = type(function)
        return f"{getattr(function, '__module__', None) or 'builtins'}.{function.__qualname__}"


@dataclass(frozen=True)
class MissingCallable:
    """Stands for a callable that a file only names.

    Parameters
    ----------
    saved : dict
        What `CallableTokenizer.to_dict` returned.
    """

    saved: dict[str, Any]

    def __call__(self, text: str) -> list[str]:  # noqa: ARG002
        """Raise TypeError, which says what function is missing."""
        raise TypeError(
            f"the vectors were made with the tokenizer {self.saved['callable']!r}, a Python function, which is not "
            "saved with them; pass that function as tokenizer"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return what the file says."""
        return dict(self.saved)


_BUILTIN: dict[str, type[BuiltinTokenizer]] = {
    kind.name: kind for kind in (WordTokenizer, WhitespaceTokenizer, CharTokenizer)
}
_NAMES = (*_BUILTIN, "kiwi")


def _kind(name: str) -> type[BuiltinTokenizer] | type[KiwiTokenizer]:
    if name in _BUILTIN:
        return _BUILTIN[name]
    from textrep.text.korean import KiwiTokenizer

    return KiwiTokenizer


def get_tokenizer(spec: str | Callable[[str], list[str]] = "word", min_token_length: int = 1) -> Tokenizer:
    """Return a tokenizer by name, or one that calls a function.

    Parameters
    ----------
    spec : {"word", "whitespace", "char", "kiwi"} or callable
        ``"word"``: NFC, lower-cased, maximal runs of Unicode word characters. ``"whitespace"``: as ``str.split``,
        nothing changed. ``"char"``: NFC, lower-cased, every character but white space. ``"kiwi"``: Korean morphemes,
        see `textrep.text.korean.KiwiTokenizer`. A callable takes a text and returns a list of str. A `Tokenizer` is
        returned as it is.
    min_token_length : int
        Shorter tokens are dropped; in characters (code points).

    Returns
    -------
    Tokenizer

    Raises
    ------
    ValueError
        If no tokenizer has this name, or `min_token_length` is below 1.
    TypeError
        If `spec` is neither a str nor callable.
    MissingExtraError
        If `spec` is ``"kiwi"`` and kiwipiepy is not installed.
    """
    if isinstance(spec, str):
        if spec not in _NAMES:
            raise ValueError(
                f"unknown tokenizer {spec!r}; known are {_known()}, or pass a callable from str to list of str"
            )
        return _kind(spec)(min_token_length)
    if isinstance(spec, Tokenizer) and not isinstance(spec, type):
        if min_token_length != 1:
            raise ValueError(
                f"min_token_length={min_token_length} cannot be given beside a ready tokenizer; "
                f"set it where {spec!r} is made"
            )
        return spec
    if not callable(spec):
        raise TypeError(f"tokenizer must be {_known()} or a callable from str to list of str, not {shown(spec, 80)}")
    return CallableTokenizer(spec, min_token_length)


def tokenizer_from_dict(saved: dict[str, Any]) -> Tokenizer:
    """Return the tokenizer that `Tokenizer.to_dict` described.

    A callable is not saved, only named: what is returned in its place raises as soon as it is used.

    Raises
    ------
    ValueError
        If the description names no tokenizer of this textrep.
    """
    if not isinstance(saved, dict):
        raise ValueError(f"a saved tokenizer must be a JSON object, not {shown(saved, 80)}")  # noqa: TRY004
    name = saved.get("name")
    if name == "callable" and isinstance(saved.get("callable"), str):
        return MissingCallable(dict(saved))
    if not isinstance(name, str) or name not in _NAMES:
        raise ValueError(f"the saved tokenizer {shown(saved, 80)} is unknown to this textrep, which knows {_known()}")
    kind = _kind(name)
    settings = {key: value for key, value in saved.items() if key != "name"}
    if unknown := sorted(settings.keys() - {field.name for field in fields(kind)}):
        raise ValueError(
            f"the saved tokenizer {name!r} has settings unknown to this textrep: {', '.join(unknown)}; "
            "a newer version may have made it"
        )
    return kind(**settings)


def check_can_be_saved(tokenizer: Tokenizer) -> None:
    """Raise ValueError if a tokenizer is a Python function, or of a class that textrep does not know."""
    if isinstance(tokenizer, MissingCallable):  # it has made no token
        return
    try:
        if not isinstance(tokenizer, CallableTokenizer) and tokenizer_from_dict(tokenizer.to_dict()) == tokenizer:
            return
    except (AttributeError, ValueError):
        pass
    raise ValueError(
        f"the tokenizer {tokenizer!r} is a Python function, which is not saved; pickle the model, or use a tokenizer "
        "that textrep knows by name"
    )


def prepared(text: str, *, lowercase: bool, normalization: str | None) -> str:
    """Return a text in a Unicode normal form (None: as it is), then lower-cased if asked for."""
    if normalization is not None and not text.isascii():
        text = unicodedata.normalize(normalization, text)  # type: ignore[arg-type]
    return text.lower() if lowercase else text


def _known() -> str:
    return ", ".join(repr(name) for name in _NAMES)


def check_min_token_length(value: Any) -> None:
    """Raise ValueError unless `value` is an integer of at least 1, and one that kernels take."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or int(value) < 1:
        raise ValueError(f"min_token_length must be an integer of 1 or more, not {value!r}")
    if int(value) >= 1 << 31:
        raise ValueError(f"min_token_length must be below 2**31, not {shown(value, 80)}")
