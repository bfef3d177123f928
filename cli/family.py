"""Commands of one thing, such as ``textrep classify train|predict|evaluate``."""

from __future__ import annotations

from typing import Any

import click

from textrep.shown import shown

from .mistaken import meant_command, meant_option

__all__ = ["Family", "family"]


class Family(click.Group):
    """A group whose commands are listed in the order in which they are of use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order in which they were added."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command; the error for one that is not there says what may have been meant."""
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            hint = meant_command(self, ctx, name)
            if hint or shown(name) != repr(name):  # Click would show a long text whole
                raise click.UsageError(f"No such command {shown(name)}. {hint}".rstrip(), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; of wrong options, say which command they are of, and what may have been meant."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if error.ctx is None and (command := self.commands.get(ctx.invoked_subcommand or "")) is not None:
                error.ctx = click.Context(command, info_name=command.name, parent=ctx)
            if isinstance(error, click.NoSuchOption) and error.ctx is not None:
                meant = meant_option(error.ctx.command, error.option_name)
                if meant:
                    message = f"No such option {error.option_name!r}. Did you mean {meant!r}?"
                    raise click.UsageError(message, error.ctx) from None
            raise


def family(name: str, short_help: str, text: str, epilog: str) -> Family:
    """Return a group that shows its help when it is run without a command."""

    @click.pass_context
    def show_help(ctx: click.Context) -> None:
        if ctx.invoked_subcommand is None:
            click.echo(ctx.get_help())

    return Family(
        name, callback=show_help, invoke_without_command=True, short_help=short_help, help=text, epilog=epilog
    )
