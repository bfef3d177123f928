"""Commands killed at random moments leave the old file or a whole new one, nothing else, and say what became of it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from commands import COMMANDS, Command, Place, check_whole, moments
from processes import End, Forks, run_new

KILLS = int(os.environ.get("TEXTREP_KILLS", "20"))  # of each command by each signal, where many are asked for
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
LONG = 5.0  # seconds
LEFTOVER = ".textrep-"  # how a file begins that is whole, has a name, and is not yet at its place
# Kernels may be compiled for the first time, and models be trained to few epochs.
NOTES = ("Compiling kernels", "Interrupted", "textrep: loss", "textrep: nothing better")


OFTEN = ("embed", "index", "classify", "tag")  # in the normal run; the others train and save as `embed` does


@pytest.mark.parametrize(
    "name", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in COMMANDS]
)
def test_killed_at_some_moments(name: str, forks: Forks, place: Place) -> None:
    kill_often(COMMANDS[name], 1, forks, place, random.Random(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_many_moments(name: str, forks: Forks, place: Place) -> None:
    ends = kill_often(COMMANDS[name], KILLS, forks, place, random.Random(f"{name} {KILLS}"))
    assert len(ends) > 2  # some came in time, in different ways


def kill_often(command: Command, n: int, forks: Forks, place: Place, random_state: random.Random) -> Counter:
    """Kill a command `n` times by each signal; return how often each exit code came of that."""
    old = place.put_old(command)
    seconds = run(command, forks, place, None).seconds
    if n > 1 or seconds > LONG:  # kernels were compiled, or the machine was busy
        seconds = min(seconds, run(command, forks, place, None).seconds)
    ends: Counter[int] = Counter()
    wrong = []
    for number in SIGNALS:
        for moment in moments(seconds, n, random_state):
            place.put_old(command)
            end = run(command, forks, place, (moment, number))
            ends[end.code] += 1
            try:
                check(command, place, old, end, number)
            except Exception as error:
                wrong.append(f"{number.name} after {moment:.3f} of {seconds:.3f} s: {end}: {error!r}")
            clean(place)
    print(f"\n{command.args[0]} {command.kind}, {seconds:.2f} s, {n} kills by each signal: {dict(ends)}")  # noqa: T201
    assert not wrong, "\n".join(wrong)
    return ends


def run(command: Command, forks: Forks, place: Place, kill: tuple[float, signal.Signals] | None) -> End:
    to_the_end = kill is not None and kill[1] == signal.SIGINT
    args = command.on(place.data, place.target)
    running = forks.start(args, place.work, place.variables, at_once=not to_the_end)
    if kill is not None:
        running.kill_after(*kill)
    return running.end()


def clean(place: Place) -> None:
    for folder in (place.work, place.tmp):
        for path in folder.iterdir():
            path.unlink()


def check(command: Command, place: Place, old: bytes, end: End, number: signal.Signals) -> None:
    """Fail if a command that was sent a signal left anything behind that it should not, or lied about it."""
    is_new = place.target.read_bytes() != old
    if is_new:
        check_whole(place.target, command)
    left = place.left()
    if number == signal.SIGKILL:
        assert end.code in (0, -number)
        if left:  # it died between giving the whole file a name and moving it to its place
            assert [name[: len(LEFTOVER)] for name in left] == [LEFTOVER]
            (leftover,) = place.work.glob(f"{LEFTOVER}*")
            check_whole(leftover, command)
        return
    assert left == []
    assert "Traceback" not in end.stderr
    assert "Exception ignored" not in end.stderr
    lines = [line for line in end.stderr.splitlines() if not line.startswith(NOTES)]
    if end.code == 0:  # it had ended, or a model had been trained so far
        assert is_new
        assert lines == []
        return
    assert end.code == 128 + number
    assert len(lines) == 1
    if number == signal.SIGTERM:
        assert lines == ["textrep: terminated"]
        return
    assert lines[0].startswith("textrep: interrupted")
    assert not is_new or command.not_written not in lines[0]
    assert is_new or "was written" not in lines[0].replace(command.not_written, "")


@pytest.mark.parametrize("n", [1, pytest.param(KILLS, marks=pytest.mark.slow)])
def test_a_folder_is_whole_or_not_there(n: int, forks: Forks, place: Place) -> None:
    """Of static embeddings; one that is killed outright leaves a hidden folder."""
    target, random_state = place.work / "static", random.Random(n)
    args = ["convert", place.data / "vectors.textrep", target, "--to", "static"]
    seconds = forks.start(args, place.work, place.variables).end().seconds
    whole = {path.name: path.read_bytes() for path in target.iterdir()}
    for number in SIGNALS:
        for moment in moments(seconds, n, random_state):
            shutil.rmtree(target, ignore_errors=True)
            running = forks.start(args, place.work, place.variables)
            running.kill_after(moment, number)
            end = running.end()
            assert not target.exists() or {path.name: path.read_bytes() for path in target.iterdir()} == whole, end
            left = place.left("static")
            if number == signal.SIGKILL:
                assert all(name.startswith(LEFTOVER) for name in left)
                for path in place.work.glob(f"{LEFTOVER}*"):
                    shutil.rmtree(path)
                continue
            assert left == []
            assert end.code in (0, 128 + number)
            assert end.code == 0 or end.stderr.startswith(("textrep: interrupted", "textrep: terminated")), end


BEFORE = 0.15  # seconds: Python itself is starting, and has not come to textrep yet


@pytest.mark.parametrize(
    ("number", "rounds"),
    [
        pytest.param(signal.SIGTERM, 1, id="term"),
        pytest.param(signal.SIGINT, 1, id="int"),
        pytest.param(signal.SIGTERM, 40, id="term, often", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 40, id="int, often", marks=pytest.mark.slow),
    ],
)
def test_killed_while_it_imports(number: signal.Signals, rounds: int, place: Place) -> None:
    command, random_state = COMMANDS["classify"], random.Random(number)
    old = place.put_old(command)
    for _ in range(rounds):
        moment = random_state.uniform(BEFORE, 2)
        end = run_new(command.on(place.data, place.target), place.work, place.variables, (moment, number))
        if "runpy" in end.stderr or "site.py" in end.stderr or end.code == -number:
            continue  # Python itself was still starting
        try:
            check(command, place, old, end, number)
        except Exception as error:
            raise AssertionError(f"after {moment:.3f} s: {end}") from error
        clean(place)
        place.put_old(command)


AT_CALL = """
import signal, sys
from numba.core.codegen import CPUCodeLibrary
from textrep_cli.main import main

def given(module):
    global left
    left -= 1
    if not left:
        signal.raise_signal({number})
    return real(module)

left = 3  # without the machine code of the first two, nothing is written to
real = CPUCodeLibrary._object_getbuffer_hook
CPUCodeLibrary._object_getbuffer_hook = given
main(sys.argv[1:])
"""


@pytest.mark.parametrize(("number", "line"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_a_signal_while_llvm_asks_numba_for_machine_code(
    number: signal.Signals, line: str, place: Place, forks: Forks
) -> None:
    """It waits until that is given: the process would crash for want of it."""
    command = COMMANDS["embed"]
    assert run(command, forks, place, None).code == 0  # its kernels lie in the cache from now on
    old = place.put_old(command)
    code = AT_CALL.format(number=int(number))
    done = subprocess.run(
        [sys.executable, "-c", code, *command.on(place.data, place.target)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 128 + number
    assert done.stderr.startswith(f"textrep: {line}")
    assert done.stderr.count("\n") == 1
    assert place.target.read_bytes() == old
    assert place.left() == []


WITHIN = """
import os, signal
from textrep_cli import app
from textrep_cli.main import main

def work(*args, **options):
    code = '''
def close():
    freed()
    os.kill(os.getpid(), {number})
    for _ in range(1000):
        pass
    noted()
'''
    done = []
    namespace = {{"__name__": "llvmlite.binding.ffi", "os": os}}
    namespace |= {{name: lambda name=name: done.append(name) for name in ("freed", "noted")}}
    exec(code, namespace)
    try:
        namespace["close"]()
        print("went on")
    finally:
        print(*done)

app.textrep.main = work
main([])
"""


@pytest.mark.parametrize(("number", "line"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_a_signal_while_llvmlite_frees_what_c_has_made(number: signal.Signals, line: str) -> None:
    """Cut short between the two steps of that it would free it again, and the process abort."""
    done = subprocess.run(
        [sys.executable, "-c", WITHIN.format(number=int(number))], capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "freed noted\n", f"textrep: {line}\n")


IMPORTING = """
import os, signal, sys
from textrep_cli import app
from textrep_cli.main import main

def work(*args, **options):
    import {name}
    print("went on")

app.textrep.main = work
main([])
"""
SWALLOWS = """
import os, signal, time
try:
    os.kill(os.getpid(), {number})
    time.sleep({seconds})
except BaseException:
    pass
"""


@pytest.mark.parametrize(("number", "line"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
@pytest.mark.parametrize("seconds", [0, 30])
def test_a_signal_while_a_module_is_imported(
    number: signal.Signals, line: str, seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modules may swallow what is raised in them; it comes when they are done, or after a second if that takes long."""
    (tmp_path / "swallowing.py").write_text(SWALLOWS.format(number=int(number), seconds=seconds))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING.format(name="swallowing")], capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", f"textrep: {line}\n")


LOST = """
import os, signal, sys, time
from textrep_cli import app
from textrep_cli.main import main

class Dropped:
    def __del__(self):
        signal.raise_signal({number})
        for _ in range(1000):
            pass

def work(*args, **options):
    Dropped()
    time.sleep(30)
    print("went on")

app.textrep.main = work
main([])
"""


@pytest.mark.parametrize(("number", "line"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")])
def test_a_signal_where_python_drops_exceptions(number: signal.Signals, line: str) -> None:
    """Within ``__del__``: it counts all the same, and nothing is said but that."""
    done = subprocess.run(
        [sys.executable, "-c", LOST.format(number=int(number))], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, "", f"textrep: {line}\n")


FINALIZER = """
import signal
from textrep_cli import app
from textrep_cli.main import main

class Fails:
    def __del__(self):
        raise AttributeError("cut short")

def work(*args, **options):
    if {interrupted}:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            pass
    Fails()
    raise SystemExit(0)

app.textrep.main = work
main([])
"""


@pytest.mark.parametrize("interrupted", [False, True])
def test_finalizers_complain_only_where_no_signal_has_cut_them_short(interrupted: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FINALIZER.format(interrupted=interrupted)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    assert ("AttributeError: cut short" in done.stderr) == (not interrupted)


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_a_signal_within_the_import_of_a_module_of_c(error: BaseException, code: int) -> None:
    """Such modules make an ImportError of whatever ends their beginning."""
    from textrep_cli.outcome import report

    failed = ImportError("initialization failed")
    failed.__cause__ = error
    assert report(failed) == code


def test_a_signal_while_python_takes_itself_apart() -> None:
    """What has been done and said stays, however late a signal comes."""
    code = (
        "import atexit, os, signal\n"
        "atexit.register(os.kill, os.getpid(), signal.SIGINT)\n"
        "atexit.register(os.kill, os.getpid(), signal.SIGTERM)\n"
        "from textrep_cli.main import main\n"
        "main(['--version'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


REPORTED = """
import signal, sys
from textrep_cli import app
from textrep_cli.main import main

def reported(error):
    code = report(error)
    signal.raise_signal({number})
    return code

report, app.report = app.report, reported
main(["info", "missing.textrep"])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_an_error_has_been_said(number: signal.Signals) -> None:
    done = subprocess.run(
        [sys.executable, "-c", REPORTED.format(number=int(number))], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (1, "textrep: there is no file missing.textrep\n")


WAITS = """
import signal, threading, time
from textrep_cli import app
from textrep_cli.main import main

def outlast():
    threading.main_thread().join()
    for _ in range(100):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
        time.sleep(0.05)
    print("waited", flush=True)

def work(*args, **options):
    threading.Thread(target=outlast).start()
    raise RuntimeError("outside")

app.textrep.main = work
main([])
"""


def test_a_signal_while_threads_are_waited_for_after_an_error() -> None:
    """It ends the waiting: that the error was said with signals ignored is over."""
    done = subprocess.run([sys.executable, "-c", WAITS], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert "outside" in done.stderr
