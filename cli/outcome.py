"""What becomes of an exception: one line on stderr and an exit code.

0 is done, 1 failed, 2 wrong usage, 130 interrupted with Ctrl-C; 143 and 129 stand for SIGTERM and SIGHUP.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback

from textrep.errors import TextrepError
from textrep.shown import shown

from .console import say
from .signals import END

__all__ = ["DONE", "FAILED", "INTERRUPTED", "WRONG_USAGE", "ClosedPipe", "Interrupted", "less_memory", "report"]

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


class Interrupted(Exception):  # noqa: N818
    """Ctrl-C, on its way through Click, which would print an empty line for a KeyboardInterrupt."""


class ClosedPipe(Exception):  # noqa: N818
    """The reader of our output has gone, as ``head`` does when it has enough."""


def report(error: BaseException) -> int:
    """Say in one line on stderr what went wrong, and return the exit code.

    Parameters
    ----------
    error : BaseException
        What ended the command.
    """
    error = _signal_behind(error) or error
    if isinstance(error, ClosedPipe | BrokenPipeError):
        _forget_output()
        return DONE
    if isinstance(error, SystemExit):
        code = error.code if isinstance(error.code, int) else FAILED if error.code else DONE
        if code in END:
            say(END[code])
        return code
    if os.environ.get("TEXTREP_DEBUG", "0") not in ("", "0") and not _is_usage_error(error):
        with contextlib.suppress(OSError, ValueError):
            traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, OSError):
        _forget_output()  # it may be what failed
    message, code = _judge(error)
    say(message)
    return code


def less_memory(sizes: str, jobs: int | None) -> str:
    """Return the remedy for a lack of memory; a MemoryError takes it as a note.

    Parameters
    ----------
    sizes : str
        Options of which lower values need less: ``"--batch-size"``; and what else does.
    jobs : int, optional
        How many threads there are; None and -1 are as many as cores.
    """
    return f"a lower {sizes} needs less" + ("" if jobs == 1 else ", and so do fewer threads, --jobs 1")


def _signal_behind(error: BaseException) -> BaseException | None:
    """Return the exception of a signal that was wrapped while modules were imported.

    Python does so in ``__set_name__``, and modules of C whose beginning fails.
    """
    cause: BaseException | None = error
    while isinstance(cause, RuntimeError | ImportError):
        cause = cause.__cause__ or cause.__context__
    return cause if isinstance(cause, KeyboardInterrupt | SystemExit) else None


def _judge(error: BaseException) -> tuple[str, int]:
    import click

    match error:
        case Interrupted() | KeyboardInterrupt() | click.Abort():
            return f"{END[INTERRUPTED]}{_details(error)}", INTERRUPTED
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else "textrep"
            message = error.format_message().removesuffix(".")
            return f"{message}{'' if message.endswith(('?', '?)')) else '.'} See: {path} --help", WRONG_USAGE
        case click.ClickException():
            return error.format_message(), FAILED
        case TextrepError():
            return str(error), FAILED
        case MemoryError():
            details = f" ({error})" if str(error) else ""
            return f"not enough memory{details}{_remedy(error)}", FAILED
        case OSError():
            return _of_system(error), FAILED
        case RuntimeError() if str(error) == "can't start new thread":
            return "the system lets no more threads be started; a lower --jobs needs fewer", FAILED
    debug = "" if os.environ.get("TEXTREP_DEBUG") else "; TEXTREP_DEBUG=1 shows where"
    return f"a bug, please report it: {type(error).__name__}: {error}{debug}", FAILED


def _details(error: BaseException) -> str:
    return f"; {error}" if isinstance(error, Interrupted) and str(error) else ""


def _remedy(error: BaseException) -> str:
    return "".join(f"; {note}" for note in getattr(error, "__notes__", []))


def _of_system(error: OSError) -> str:
    """``OSError(28, "No space left on device", "a/b")`` -> ``"a/b: No space left on device"``."""
    what = error.strerror or str(error) or type(error).__name__
    if error.errno == errno.ENAMETOOLONG:
        return f"{shown(os.fsdecode(error.filename))}: {what}"
    return f"{error.filename}: {what}" if error.filename is not None else what


def _is_usage_error(error: BaseException) -> bool:
    import click

    return isinstance(error, click.UsageError)


def _forget_output() -> None:
    """Send what stdout still holds nowhere: Python would complain about it at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
