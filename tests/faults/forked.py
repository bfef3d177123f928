"""Runs textrep in forks of one process that has imported it all: what costs seconds elsewhere costs nothing here.

Reads requests from standard input, a JSON object a line: ``{"args", "cwd", "variables", "file_size", "at_once"}``. For
each it writes the number of the process that runs the command, as soon as that does; ``done`` when the command has come
to its end, unless it is killed; and when the process has ended ``{"code", "stdout", "stderr"}``. `Forks` in
processes.py is the other side.
"""

import gc
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import warnings

MODULES = (
    *("click", "rich.progress", "numba", "sklearn.pipeline", "scipy.sparse", "torch", "textrep_cli.app"),
    *("textrep.embedding", "textrep.store", "textrep.training.run", "textrep.vectorizers.fasttext"),
    *("textrep.vectorizers.glove", "textrep.training.glove", "textrep.labelled", "textrep.formats", "textrep.plot"),
)
ENOUGH = 1 << 20  # bytes that a command may write to stdout and stderr


def serve() -> tuple[dict, int]:
    """Answer requests; return, in a fork, the one that it is for, and where to write answers."""
    for line in sys.stdin:
        request = json.loads(line)
        pipes = [os.pipe() for _ in ("stdout", "stderr")]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # since 3.12: of threads, of which none is at work here
            pid = os.fork()
        if not pid:
            return begin(request, pipes)
        for _, end in pipes:
            os.close(end)
        texts = [read(beginning) for beginning, _ in pipes]  # until the command has ended
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        answer(json.dumps({"code": code, "stdout": texts[0], "stderr": texts[1]}))
    os._exit(0)


def begin(request: dict, pipes: list[tuple[int, int]]) -> tuple[dict, int]:
    """Make a fork what a process begun for the command would be."""
    os.setsid()
    os.chdir(request["cwd"])
    os.environ.update(request["variables"])
    tempfile.tempdir = None  # TMPDIR may be another
    if request["file_size"] is not None:
        sys.dont_write_bytecode = True  # before 3.13, Python would keep what a full disk takes of a module
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_size"],) * 2)
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, (_, end) in enumerate(pipes, 1):
        os.dup2(end, number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.write(answers, f"{os.getpid()}\n".encode())
    return request, answers


def read(descriptor: int) -> str:
    """Return all that comes; one pipe after the other, since a command writes little."""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(ENOUGH).decode()


def answer(text: str) -> None:
    """Write a line to whoever asks."""
    os.write(1, text.encode() + b"\n")


if __name__ == "__main__":
    for name in MODULES:
        importlib.import_module(name)
    from textrep_cli.main import main  # here, so that a fork is soon where signals are caught

    gc.collect()
    gc.freeze()  # forks copy no page that only their garbage collections look at
    answer("ready")
    request, answers = serve()
    try:
        main(request["args"])
    except SystemExit as end:
        os.write(answers, b"done\n")
        if request["at_once"]:
            sys.stdout.flush()
            os._exit(end.code)
        raise
