"""Commands of one thing, such as ``textrep classify train|predict|evaluate``."""

from __future__ import annotations

import click

__all__ = ["Family", "family"]


class Family(click.Group):
    """A group whose commands are listed in the order in which they are of use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order in which they were added."""
        return list(self.commands)


def family(name: str, short_help: str, text: str, epilog: str) -> Family:
    """Return a group that shows its help when it is run without a command."""

    @click.pass_context
    def show_help(ctx: click.Context) -> None:
        if ctx.invoked_subcommand is None:
            click.echo(ctx.get_help())

    return Family(
        name, callback=show_help, invoke_without_command=True, short_help=short_help, help=text, epilog=epilog
    )
