"""Kinds of values that options take, beside Click's own."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from textrep.vectorizers.registry import BUILTIN, method_names

__all__ = [
    "Bounds",
    "Column",
    "Device",
    "Limit",
    "MethodOption",
    "Methods",
    "Size",
    "Sizes",
    "StopWords",
    "Value",
    "text_option",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Methods(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """The name of a method: textrep's own, or one that an installed distribution registers."""

    name = "method"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        if value.lower() in BUILTIN:
            return str(value.lower())
        known = method_names()
        if value not in known:
            self.fail(
                f"{value!r} is not one of {', '.join(map(repr, known))}.{_meant(value.lower(), known)}", param, ctx
            )
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """Return the names that begin so."""
        return [CompletionItem(name) for name in method_names() if name.startswith(incomplete)]


def _meant(value: str, known: Sequence[str]) -> str:
    """Return a hint at what a name in lower case may mean.

    ``"cbow"`` -> ``" It is an architecture of word2vec and fasttext: --architecture cbow."``; ``"tf-idf"``: a question
    """
    import difflib

    if value in ("skipgram", "cbow"):
        return f" It is an architecture of word2vec and fasttext: --architecture {value}."
    close = difflib.get_close_matches(value, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


class MethodOption(click.Option):
    """An option whose help lists the methods there are; installed plug-ins are looked for when help is asked for."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return name and help."""
        plugins = method_names()[len(BUILTIN) :]
        self.help = f"How the vectors are made: {', '.join(BUILTIN)}" + (
            f"; by plug-ins: {', '.join(plugins)}." if plugins else ", or the name of an installed plug-in."
        )
        return super().get_help_record(ctx)


class Bounds(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """Two whole numbers: ``1,2``."""

    name = "bounds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return both numbers."""
        if isinstance(value, tuple):
            return value
        least, _, most = value.partition(",")
        if not (least.strip().isdecimal() and most.strip().isdecimal() and 1 <= int(least) <= int(most)):
            self.fail(f"{value!r} is not MIN,MAX: two whole numbers of 1 or more, such as 1,2.", param, ctx)
        return int(least), int(most)


class Column(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A column by its name or its number: ``label``, ``0``, ``-1``."""

    name = "column"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | int:
        """Return the name or the number."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        if not value:
            self.fail("it is empty; it names a column, or is its number, 0 the first and -1 the last.", param, ctx)
        return int(value) if value.removeprefix("-").isdecimal() else value


class Device(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """What computes: ``auto``, ``cpu``, ``cuda``, ``cuda:1``; whether it is there, the library finds out."""

    name = "device"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", value):
            self.fail(f"{value!r} is not one of 'auto', 'cpu', 'cuda', or 'cuda:1' for the second GPU.", param, ctx)
        return str(value)


class Size(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A number of bytes, also in units: ``1000000``, ``500MB``, ``1.5 GiB``."""

    name = "size"

    _powers = " kmgt"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)b?)?", value.strip().lower())
        number = (
            0
            if found is None
            else int(float(found[1]) * (1024 if found[3] else 1000) ** self._powers.find(found[2] or " "))
        )
        if not 1 <= number < 1 << 63:
            self.fail(f"{value!r} is no size: give bytes, or a number with a unit, such as 500MB or 2 GiB.", param, ctx)
        return number


class Sizes(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """The sizes of layers: ``128,64``, or ``none``."""

    name = "sizes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the numbers."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in value.split(",")]
        if parts == ["none"]:
            return ()
        if not all(part.isdecimal() and int(part) for part in parts):
            self.fail(f"{value!r} is not whole numbers of 1 or more, such as 128,64, or none.", param, ctx)
        return tuple(map(int, parts))


class Limit(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A number of documents, or with a decimal point the share of all: ``2`` or ``0.01``."""

    name = "limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | float:
        """Return an int or a float."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        try:
            number = int(value) if value.isdecimal() else float(value)
        except ValueError:
            number = math.nan
        if not (number >= 1 if isinstance(number, int) else 0 <= number <= 1):
            self.fail(f"{value!r} is neither a whole number of 1 or more nor a share from 0.0 to 1.0.", param, ctx)
        return number


class StopWords(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """The name of a list, or a file of words."""

    name = "stop words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | list[str]:
        """Return the name, or the words."""
        if not isinstance(value, str) or value == "english":
            return value  # type: ignore[no-any-return]
        try:
            lines = Path(value).read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            self.fail(f"{value} is not UTF-8 at byte {error.start:,}.", param, ctx)
        except OSError as error:
            self.fail(f"{value!r} is neither english nor a file of words ({error.strerror}).", param, ctx)
        words = [word for line in lines if (word := line.strip())]
        if not words:
            self.fail(f"{value} holds no word; it should hold one a line.", param, ctx)
        return words


class _Text(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A text that can be written down: without bytes that are no character, which Python keeps as lone surrogates."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text."""
        if any("\ud800" <= character <= "\udfff" for character in value):
            self.fail(f"{value!r} holds bytes that are no character in the encoding of this terminal.", param, ctx)
        return str(value)


def text_option(help: str) -> Callable[[_Function], _Function]:  # noqa: A002
    """Return the option for texts on the command line."""
    return click.option("--text", "texts", type=_Text(), multiple=True, metavar="TEXT", help=help)


class Value(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A name and a value: ``alpha=0.5``, ``mode=fast``."""

    name = "setting"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """Return name and value."""
        if isinstance(value, tuple):
            return value
        name, equals, text = value.partition("=")
        if not equals or not name.isidentifier():
            self.fail(f"{value!r} is not NAME=VALUE.", param, ctx)
        try:
            return name, json.loads(text)
        except ValueError:
            return name, text
