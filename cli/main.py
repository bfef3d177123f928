"""Where the console script begins: the encoding, signals, then the command.

Imports next to nothing at the top, so that Ctrl-C is answered in one line even while Click is being imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from .signals import SIGNALLED, Signalled, catch_signals, heed_no_signal, ignore_signals, leave

__all__ = ["main"]

_FEW_ADDRESSES = 4 << 30  # bytes


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with its code.

    Parameters
    ----------
    args : sequence of str, optional
        What follows ``textrep`` on the command line; by default that of this process.
    """
    if args is None:
        _take_ascii_for_utf8()
    try:
        catch_signals()
        _spare_addresses()
        from .app import textrep

        textrep.main(args, prog_name="textrep", on_error=ignore_signals)  # one message is enough
    except (Exception, KeyboardInterrupt, Signalled) as error:  # outside of what Click and `app` guard
        ignore_signals()
        from .outcome import report

        code = report(error)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    heed_no_signal(code)
    if code > SIGNALLED:
        leave(code)
    sys.exit(code)


def _spare_addresses() -> None:
    """Have NumPy's BLAS compute in one thread where addresses are few (``ulimit -v``).

    It takes 32 MiB for each thread when it is loaded, and where these are not to be had it asks for them without end.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY and most < _FEW_ADDRESSES:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _take_ascii_for_utf8() -> None:
    r"""Begin anew in Python's UTF-8 mode where the C locale, with that mode switched off, leaves nothing but ASCII.

    Words, names of files and what is written would otherwise be escapes, ``\udcea`` or ``\uac15``, if not English.
    """
    if sys.getfilesystemencoding() == "ascii" and sys.executable and os.name == "posix":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606
