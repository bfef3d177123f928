"""What becomes of an exception: one line on stderr and an exit code.

0 is done, 1 failed, 2 wrong usage, 130 interrupted with Ctrl-C; 143 and 129 stand for SIGTERM and SIGHUP.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import traceback

from textrep.errors import TextrepError
from textrep.shown import shown

from .console import say
from .signals import END
from .units import bytes_text

__all__ = ["DONE", "FAILED", "INTERRUPTED", "WRONG_USAGE", "ClosedPipe", "Interrupted", "report"]

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

# What the loader of shared libraries says where there is too little memory; llvmlite leaves its words out.
_NOT_LOADED = re.compile(
    "failed to map segment from shared object|[Cc]annot allocate memory|cannot map zero-fill pages"
    "|Could not find/load shared object file"
)
_LIBRARY = re.compile(r"[\w.+-]+\.so\b[\w.]*")


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

    if limited := _too_little_to_load(error):
        return limited, FAILED
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
            limit = f"; {limit}" if (limit := _limit()) else ""
            return f"the system lets no more threads be started; a lower --jobs needs fewer{limit}", FAILED
    debug = "" if os.environ.get("TEXTREP_DEBUG") else "; TEXTREP_DEBUG=1 shows where"
    return f"a bug, please report it: {type(error).__name__}: {error}{debug}", FAILED


def _details(error: BaseException) -> str:
    return f"; {error}" if isinstance(error, Interrupted) and str(error) else ""


def _remedy(error: BaseException) -> str:
    return "".join(f"; {note}" for note in getattr(error, "__notes__", []))


def _too_little_to_load(error: BaseException) -> str | None:
    """Return what to say where a limit of memory keeps a library from being loaded; None if none does."""
    cause: BaseException | None = error
    while isinstance(cause, ImportError | OSError):
        text = str(cause)
        if (reasons := _NOT_LOADED.findall(text)) and (limit := _limit()):
            library = _LIBRARY.search(text)
            if library is None and isinstance(cause, OSError) and cause.errno is not None:  # of something else
                return f"not enough memory ({_of_system(cause)}); {limit}"
            what = library[0] if library else "a library"
            return f"not enough memory: {what} cannot be loaded ({reasons[-1]}); {limit}"
        cause = cause.__cause__ or cause.__context__
    return None


def _limit() -> str | None:
    """Return how much memory a limit allows the process, ``"ulimit -v allows 500.0 MB"``; None if none is set."""
    try:
        import resource
    except ImportError:  # on Windows
        return None
    for option, limit in (("v", resource.RLIMIT_AS), ("d", resource.RLIMIT_DATA)):
        if (most := resource.getrlimit(limit)[0]) != resource.RLIM_INFINITY:
            return f"ulimit -{option} allows {bytes_text(most)}"
    return None


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
