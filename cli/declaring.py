"""How options are declared: a line of help each, and for commands of several methods a section of them for each.

Nothing here knows what an option is about.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import click
from click.core import ParameterSource

__all__ = [
    "ENCODINGS",
    "ENCODING_ERRORS",
    "Real",
    "SectionedCommand",
    "Whole",
    "choice",
    "count_of",
    "dashed",
    "enumerated",
    "flag",
    "given_options",
    "one_of",
    "optional",
    "with_options",
]


class Whole(click.IntRange):
    """A whole number within limits."""

    name = "whole number"  # in messages: 'x' is not a valid whole number


class Real(click.FloatRange):
    """A number within limits; NaN, which no comparison excludes, is none."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


ENCODING_ERRORS = click.Choice(("strict", "replace", "ignore", "backslashreplace"))
ENCODINGS = (
    click.option("--encoding", default="utf-8", show_default=True, help="Encoding of the files."),
    click.option(
        "--encoding-errors",
        type=ENCODING_ERRORS,
        default="strict",
        show_default=True,
        help="What to do with bytes that the encoding does not allow.",
    ),
)


def dashed(name: str) -> str:
    """Return the option of a parameter: ``"min_count" -> "--min-count"``."""
    return f"--{name.replace('_', '-')}"


def count_of(name: str, default: int | None, text: str, without: bool | str = True, most: int | None = None) -> Any:
    """Return an option for a number of things; `without` says what holds if there is no default."""
    kind = Whole(min=1, max=most)
    return click.option(name, type=kind, default=default, show_default=without, metavar="N", help=text)


def choice(name: str, choices: tuple[str, ...], text: str) -> Any:
    """Return an option for one of some names; the first is the default."""
    return click.option(
        name, type=click.Choice(choices, case_sensitive=False), default=choices[0], show_default=True, help=text
    )


def flag(name: str, text: str) -> Any:
    """Return an option without a value."""
    return click.option(name, is_flag=True, help=text)


def optional(name: str, kind: Any, default: str, text: str, metavar: str | None = None) -> Any:
    """Return an option that is not passed on unless it is given; `default` is what the library has then."""
    return click.option(name, type=kind, show_default=default, metavar=metavar, help=text)


def one_of(*choices: str) -> Any:
    """Return the kind of value that is one of some names."""
    return click.Choice(choices, case_sensitive=False)


class SectionedCommand(click.Command):
    """A command whose help has a section for the options of every method, or of some methods together."""

    sections: ClassVar[Mapping[tuple[str, ...], tuple[str, ...]]] = {}  # methods -> names of options

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section."""
        titles = {
            name: f"Options of {enumerated(methods)}" for methods, names in self.sections.items() for name in names
        }
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                sections.setdefault(titles.get(param.name or "", "Options"), []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def enumerated(names: Sequence[str]) -> str:
    """``("a", "b", "c") -> "a, b and c"``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def given_options(names: Iterable[str]) -> list[str]:
    """Return those of some options of the running command that were given, and are not left at their defaults."""
    context = click.get_current_context()
    return [name for name in names if context.get_parameter_source(name) != ParameterSource.DEFAULT]


def with_options(options: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """Return a decorator that gives a command some options, in their order."""

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate
