"""``textrep`` itself: the group of commands, and how any of them ends."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from textrep import __version__
from textrep.errors import TextrepError

from .ask import analogy, similar, vector
from .classify import classify
from .console import flush, prepare_streams
from .convert import convert
from .embed import embed
from .family import Family
from .info import info
from .outcome import ClosedPipe, Interrupted, report
from .plot import plot
from .score import score
from .tag import tag

__all__ = ["textrep"]


class _App(Family):
    """A group whose commands end in an exit code and at most one line on stderr, never in a traceback."""

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        on_error: Callable[[], None] | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run a command and exit; `on_error` is called before an error is said."""
        try:
            prepare_streams()
            result = super().main(args, prog_name or "textrep", standalone_mode=False, **extra)
            flush()
            code = result if isinstance(result, int) else 0
        except BaseException as error:
            if on_error is not None:
                on_error()
            code = report(_of_help(error))
        sys.exit(code)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Keep Ctrl-C from Click, which would print an empty line."""
        try:
            return super().make_context(*args, **extra)
        except KeyboardInterrupt:
            raise Interrupted from None

    def invoke(self, ctx: click.Context) -> Any:
        """Keep from Click the exceptions about which it has ideas of its own."""
        _check_current_folder()
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted from None
        except BrokenPipeError:
            raise ClosedPipe from None
        except EOFError as error:  # which Click takes for Ctrl-D at a prompt of its own; it has none
            raise RuntimeError(f"{type(error).__name__}: {error}") from error


def _check_current_folder() -> None:
    """Refuse a current folder that has been removed: relative paths lead nowhere, and PyTorch ends the process."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise TextrepError("the current folder has been removed; change to another one, with cd") from None


def _of_help(error: BaseException) -> BaseException:
    """Let an error of writing help or the version, which Click does, say what it is about."""
    of_click = any(frame.f_code is click.echo.__code__ for frame, _ in traceback.walk_tb(error.__traceback__))
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError) and error.errno is not None and of_click:
        return OSError(error.errno, error.strerror, "standard output")
    return error


@click.group(
    cls=_App,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  textrep embed corpus.txt                  train; writes corpus.textrep
  textrep similar corpus.textrep king       the words nearest to "king"
  textrep similar corpus.textrep            a prompt
  textrep info corpus.textrep               what is in the file
  textrep plot corpus.textrep               a map of its words, as a picture
  textrep convert vectors.bin my.textrep    from word2vec, fastText or GloVe, and back
  textrep score corpus.textrep pairs.tsv    agreement with scores of people, and analogies answered
  textrep classify train reviews.tsv        a classifier of documents; textrep classify predict asks it
  textrep tag train names.conll             a tagger of tokens

\b
Results go to stdout, messages and progress to stderr.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted, 143 terminated.
TEXTREP_DEBUG=1 shows where in the program an error arose.

\b
Completion in bash, from ~/.bashrc (zsh: zsh_source, fish: fish_source):
  eval "$(_TEXTREP_COMPLETE=bash_source textrep)"
""",
)
@click.version_option(__version__, message="textrep %(version)s")
@click.pass_context
def textrep(ctx: click.Context) -> None:
    """Turn text into word vectors, ask them which words are near to which, and classify documents and tag tokens."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for _command in (embed, similar, analogy, vector, info, convert, plot, score, classify, tag):
    textrep.add_command(_command)
