"""textrep as a process: streams, terminals, signals, exit codes, and what it imports."""

from __future__ import annotations

import errno
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_helpers import COMMAND, CORPORA, environment, head, invoke, names_in, run
from rich.cells import cell_len
from textrep_cli.app import textrep as app
from textrep_cli.outcome import report
from textrep_cli.signals import catch_signals

import textrep

pty = pytest.importorskip("pty", reason="needs a POSIX system")

ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
LONG = ("--vector-size", "30", "--epochs", "2000", "--jobs", "2")


class Terminal:
    """A pseudo-terminal, whose other end a process has."""

    def __init__(self) -> None:
        self._master, self.end = pty.openpty()
        self.seen = b""

    def type(self, text: bytes) -> None:
        os.write(self._master, text)

    def wait_for(self, text: bytes, seconds: float = 60) -> None:
        """Read until `text` has been seen, and forget what came up to it."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            self._read(0.1)
        self.seen = self.seen.partition(text)[2]

    def rest(self) -> bytes:
        while self._read(0.2):
            pass
        return self.seen

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        self.seen += data
        return bool(data)


def start(*args: object, **streams) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, *map(str, args)],
        **{
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "env": environment(TERM="xterm", NO_COLOR=None),
            "start_new_session": True,
            **streams,
        },
    )


@pytest.fixture
def place(tmp_path: Path) -> dict[str, Path]:
    """Folders to work in and for temporary files, and a store that is there already."""
    folders = {name: tmp_path / name for name in ("work", "tmp")}
    for folder in folders.values():
        folder.mkdir()
    folders["store"] = folders["work"] / "en_wiki.textrep"
    textrep.EmbeddingStore.from_vectors(["old"], [[1.0]]).save(folders["store"])
    return folders


@pytest.mark.parametrize(
    ("number", "code", "line"),
    [
        (signal.SIGINT, 130, b"textrep: interrupted; no store was written\n"),
        (signal.SIGTERM, 143, b"textrep: terminated\n"),
    ],
)
def test_a_signal_during_training_leaves_nothing_behind(
    place: dict[str, Path], number: signal.Signals, code: int, line: bytes
) -> None:
    before = place["store"].read_bytes()
    corpus = place["tmp"].parent / "corpus.txt"
    corpus.write_text(head("en_wiki.txt", 1_000_000), encoding="utf-8")
    terminal = Terminal()
    process = start(
        *("embed", corpus, "-o", "en_wiki.textrep", *LONG),
        cwd=place["work"],
        stderr=terminal.end,
        env=environment(TMPDIR=str(place["tmp"]), TERM="xterm"),
    )
    terminal.wait_for(b"Epoch ")
    process.send_signal(number)
    process.send_signal(number)  # impatience does not disturb the cleaning up
    assert process.wait(30) == code
    shown = ESCAPES.sub(b"", terminal.rest()).replace(b"\r", b"")
    assert shown.endswith(line)
    assert b"Traceback" not in shown
    assert process.stdout is not None
    assert process.stdout.read() == b""
    assert place["store"].read_bytes() == before
    assert names_in(place["work"]) == ["en_wiki.textrep"]
    assert names_in(place["tmp"]) == []


def test_the_terminal_is_closed(english: Path) -> None:
    process = start("similar", english, stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"king\n")
    process.stdin.flush()
    process.stdout.readline()  # it has started
    process.send_signal(signal.SIGHUP)
    _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (129, b"textrep: the terminal was closed\n")


def test_ctrl_c_during_reading(place: dict[str, Path]) -> None:
    process = start(
        *("embed", "-", *LONG),
        cwd=place["work"],
        stdin=subprocess.PIPE,
        env=environment(TMPDIR=str(place["tmp"])),
    )
    assert process.stdin is not None
    process.stdin.write(head("en_wiki.txt", 1_000_000).encode())
    process.stdin.flush()
    time.sleep(1)  # it waits for more
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert stderr.splitlines()[-1] == b"textrep: interrupted; no store was written"
    assert b"Traceback" not in stderr
    assert names_in(place["work"]) == ["en_wiki.textrep"]
    assert names_in(place["tmp"]) == []


@pytest.mark.parametrize("seconds", [0.15, 0.2, 0.25, 0.3])
def test_ctrl_c_while_it_starts(english: Path, seconds: float) -> None:
    process = start("similar", english, stdin=subprocess.PIPE)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    if b"<frozen" in stderr or b"runpy" in stderr or process.returncode == -signal.SIGINT:
        pytest.skip("Python itself was still starting")
    assert (process.returncode, stdout, stderr) == (130, b"", b"textrep: interrupted\n")


def test_only_a_repeat_of_the_same_signal_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one waits, so that it does not end the cleaning up after the first."""
    monkeypatch.setattr("textrep_cli.signals._AT_ONCE", 0.2)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        for number in before:
            signal.signal(number, signal.SIG_DFL)
        catch_signals()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.raise_signal(number)
            with pytest.raises(SystemExit, match=str(128 + number)):
                time.sleep(10)
            signal.raise_signal(number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_an_ignored_signal_stays_ignored(english: Path) -> None:
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731 - what nohup does
    process = start("similar", english, "-k", 1, stdin=subprocess.PIPE, preexec_fn=ignore)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"king\n")
    process.stdin.flush()
    process.stdout.readline()  # it has started
    process.send_signal(signal.SIGHUP)
    stdout, _ = process.communicate(b"moon\n", timeout=30)
    assert process.returncode == 0
    assert b"\nmoon\n" in stdout


@pytest.mark.slow
def test_progress_is_for_terminals(place: dict[str, Path]) -> None:
    terminal = Terminal()
    process = start(
        *("embed", CORPORA / "en_wiki.txt", "--vector-size", 30, "--epochs", 4),
        cwd=place["work"],
        stderr=terminal.end,
    )
    terminal.wait_for(b"Epoch ")
    stdout, _ = process.communicate(timeout=60)
    shown = ESCAPES.sub(b"", terminal.rest()).decode()
    assert re.search(r"\d/4 .*\d% [\d,]+ words/s, loss \d\.\d{4}, [\d.]+ s left", shown)
    assert b"words/s" in stdout  # of the report
    assert b"%" not in stdout
    assert b"\x1b" not in stdout
    assert b"replaces the one before" in stdout


def test_the_prompt(english: Path) -> None:
    terminal = Terminal()
    process = start("similar", english, "-k", 3, stdin=terminal.end, stdout=terminal.end, stderr=terminal.end)
    terminal.wait_for(b"Type a word; an empty line or Ctrl-D ends.\r\n")
    terminal.wait_for(b"> ")
    terminal.type(b"king\n")
    for key, score in textrep.EmbeddingStore.open(english).similar("king", 3):
        terminal.wait_for(f"{key} ".encode())
        terminal.wait_for(f"{score:.4f}\r\n".encode())
    terminal.type(b"kingg\n")
    terminal.wait_for(b"'kingg' is not in the vocabulary. Close: ")
    terminal.type(b"new york\n")
    terminal.wait_for(b"'new york' is not one word but 2")
    terminal.type(b"Moon\n")
    terminal.wait_for(b"'Moon' is looked up as 'moon'")
    terminal.wait_for(b"> ")
    terminal.type(b"\n")
    assert process.wait(10) == 0


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    texts = [f"달은 지구를 돈다 {'멀리 ' * 40}", "the moon\tis far", "고양이"]
    store = textrep.embed_documents(texts, "count")
    store.save(tmp_path / "d.textrep")
    return tmp_path / "d.textrep"


@pytest.mark.slow
def test_the_prompt_of_a_store_of_documents(documents: Path) -> None:
    terminal = Terminal()
    process = start("similar", documents, "-k", 1, stdin=terminal.end, stdout=terminal.end, stderr=terminal.end)
    terminal.wait_for(b"3 documents of ")
    terminal.wait_for(b"d.textrep. Type a text; an empty line or Ctrl-D ends.\r\n")
    terminal.wait_for(b"> ")
    terminal.type(b"how far is the moon?\n")
    terminal.wait_for(b"  2  1.0000  the moon is far\r\n")
    terminal.type(b"zebra\n")
    terminal.wait_for(b"no word of the text 'zebra' is known: it has no vector\r\n> ")
    terminal.type(b"\n")
    assert process.wait(10) == 0


def test_texts_are_asked_for_where_there_is_no_prompt(documents: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textrep_cli.texts.is_terminal", lambda stream: stream is sys.stdin)
    result = invoke("similar", documents, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("textrep: no text given: give one with --text, or send texts to standard input")


@pytest.mark.parametrize("width", [40, 100])
def test_documents_fit_into_the_lines_of_a_terminal(
    documents: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr("textrep_cli.neighbours.is_terminal", lambda stream: stream is sys.stdout)
    monkeypatch.setenv("COLUMNS", str(width))
    lines = invoke("similar", documents, "--text", "달은").stdout.splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("...")
    assert width - 4 <= cell_len(lines[0]) < width


@pytest.mark.parametrize(("key", "code"), [(b"\x04", 0), (b"\x03", 130)])
def test_ctrl_d_and_ctrl_c_at_the_prompt(english: Path, key: bytes, code: int) -> None:
    terminal = Terminal()
    process = start(
        "similar",
        english,
        stdin=terminal.end,
        stdout=terminal.end,
        stderr=terminal.end,
        start_new_session=False,
        preexec_fn=lambda: _take_terminal(terminal.end),
    )
    terminal.wait_for(b"> ")
    time.sleep(0.5)  # a signal in the instant between readline's prompt and its waiting is seen with the next key only
    terminal.type(key)
    assert process.wait(10) == code
    shown = terminal.rest()
    assert b"Traceback" not in shown
    assert shown.endswith(b"\n")
    assert (b"\ntextrep: interrupted\r\n" in shown) == (code == 130)


@pytest.mark.parametrize(("signal_error", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_a_signal_within_an_import(signal_error: BaseException, code: int) -> None:
    """Python before 3.12 makes a RuntimeError of whatever ends a ``__set_name__``."""

    class Name:
        def __set_name__(self, owner: type, name: str) -> None:
            raise signal_error

    with pytest.raises((RuntimeError, type(signal_error))) as raised:
        type("Owner", (), {"name": Name()})
    assert report(raised.value) == code


def _take_terminal(end: int) -> None:
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(end, termios.TIOCSCTTY, 0)


def test_the_prompt_stays_out_of_redirected_results(english: Path) -> None:
    terminal = Terminal()
    process = start("similar", english, "-k", 2, stdin=terminal.end, stderr=terminal.end)
    terminal.wait_for(b"> ")
    terminal.type(b"king\n\n")
    stdout, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert stdout == run("similar", english, "king", "-k", 2).stdout


def test_bytes_that_are_no_text_at_the_prompt(english: Path) -> None:
    first = textrep.EmbeddingStore.open(english).similar("king", 1)[0].key
    terminal = Terminal()
    process = start("similar", english, "-k", 1, stdin=terminal.end, stdout=terminal.end, stderr=terminal.end)
    terminal.wait_for(b"> ")
    terminal.type(b"new york\xff\n")  # a letter of Latin-1; what readline makes of it is its own
    terminal.wait_for(b"> ")
    terminal.type(b"king\n")
    terminal.wait_for(f"{first} ".encode())
    terminal.wait_for(b"> ")
    terminal.type(b"\n")
    assert process.wait(10) == 0


def test_bytes_that_are_no_text_at_the_prompt_beside_redirected_results(english: Path) -> None:
    terminal = Terminal()
    process = start("similar", english, "-k", 2, stdin=terminal.end, stderr=terminal.end)
    terminal.wait_for(b"> ")
    terminal.type(b"caf\xe9\n")
    terminal.wait_for(b"The line is not valid UTF-8, and not asked: b'caf\\xe9'.")
    terminal.type(b"king\n\n")
    stdout, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert stdout == run("similar", english, "king", "-k", 2).stdout


def test_words_are_asked_for_where_there_is_no_prompt(english: Path) -> None:
    for args in (("vector",), ("similar", "--json")):
        terminal = Terminal()
        process = start(args[0], english, *args[1:], stdin=terminal.end)
        stdout, stderr = process.communicate(timeout=10)
        assert (process.returncode, stdout) == (2, b"")
        assert stderr.startswith(b"textrep: no word given: name words as arguments, or send them to standard input")


@pytest.mark.parametrize(
    ("changes", "styled"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], ids=str
)
def test_style_only_on_a_terminal_that_wants_it(english: Path, changes: dict[str, str], styled: bool) -> None:
    terminal = Terminal()
    env = environment(**{"TERM": "xterm", "NO_COLOR": None, **changes})
    process = start("similar", english, "king", "moon", stdout=terminal.end, env=env)
    assert process.wait(20) == 0
    assert (b"\x1b" in terminal.rest()) == styled


def test_no_style_in_a_pipe(english: Path) -> None:
    piped = run("similar", english, "king", "moon", env={"TERM": "xterm", "NO_COLOR": None, "FORCE_COLOR": "1"})
    assert b"\x1b" not in piped.stdout


def test_answers_come_line_by_line(english: Path) -> None:
    process = start("similar", english, "-k", 1, stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    for number, word in enumerate((b"king", b"moon")):
        process.stdin.write(word + b"\n")
        process.stdin.flush()
        lines = [process.stdout.readline() for _ in range(3 if number else 2)]
        assert lines[-2] == word + b"\n"
    process.communicate(timeout=10)
    assert process.returncode == 0


def test_a_closed_pipe_ends_quietly(english: Path) -> None:
    process = start("similar", english, stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"king\n")
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    process.stdin.write(b"king\n" * 5000)
    process.stdin.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(30) == 0


def test_nobody_listening_to_messages_is_no_reason_to_fail(small_corpus: Path) -> None:
    target = small_corpus.parent / "s.textrep"
    process = start("embed", small_corpus, "-o", target, "--vector-size", 5, "--epochs", 1)
    assert process.stderr is not None
    assert process.stdout is not None
    process.stderr.close()
    process.stdout.close()
    assert process.wait(60) == 0
    assert textrep.EmbeddingStore.open(target).dim == 5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output(english: Path) -> None:
    of_click = (("--help",), ("embed", "--help"), ("--version",), ("tag",))
    for args in (*of_click, ("similar", english, "king"), ("info", english), ("vector", english, "king", "--json")):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run([*COMMAND, *map(str, args)], stdout=full, stderr=subprocess.PIPE, env=environment())
        assert done.returncode == 1
        assert done.stderr == b"textrep: standard output: No space left on device\n"


def test_closed_streams(english: Path) -> None:
    for closed, code, said in (
        (">&-", 1, b"textrep: standard output is closed, and results go there; send them to a file (> FILE), or away"),
        ("2>&-", 0, b""),
        ("<&-", 0, b""),
        (">&- 2>&- <&-", 1, b""),
    ):
        command = f"{sys.executable} -m textrep similar '{english}' king {closed}"
        done = subprocess.run(["sh", "-c", command], capture_output=True, env=environment())
        assert done.returncode == code
        assert done.stderr.startswith(said)
        assert done.stderr.count(b"\n") == bool(said)


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", ["<&-", "<&- >&-", "2>&- <&-", "<&- >&- 2>&-"])
def test_no_file_is_opened_in_place_of_a_closed_stream(tmp_path: Path, closed: str) -> None:
    """What libraries of C print goes to descriptors 1 and 2, and would end up in it."""
    program = (
        "import os, textrep_cli.console as console\n"
        "console.prepare_streams()\n"
        "with open('place', 'w') as file:\n"
        "    file.write(str(file.fileno()))\n"
        "    [os.fstat(descriptor) for descriptor in range(3)]\n"
        "    os.system('echo printed; echo printed >&2')\n"
    )
    command = f"'{sys.executable}' -c \"$PROGRAM\" {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(PROGRAM=program), timeout=60)
    assert done.returncode == 0
    assert int((tmp_path / "place").read_text()) > 2


def test_a_terminal_that_lacks_letters(korean: Path) -> None:
    written = run("similar", korean, "미국", "--json").stdout.decode()
    plain = json.loads(written)
    for encoding in ("ascii", "cp949", "utf-16-le"):
        done = run("similar", korean, "미국", "--json", env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
        assert done.returncode == 0
        assert json.loads(done.stdout.decode(encoding)) == plain
    done = run("similar", korean, "미국", "-k", 1, "미국", env={"PYTHONIOENCODING": "ascii"})
    assert done.stdout.startswith(b"\\ubbf8\\uad6d\n")
    assert run("similar", korean, "미국", "--json", env={"LC_ALL": "C", "LANG": None}).stdout.decode() == written


def test_bytes_that_are_no_text_in_arguments(english: Path) -> None:
    done = run("similar", english, os.fsdecode(b"\xff\xfe"), os.fsdecode(b"\xff"), "--json")
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 2
    assert b"Traceback" not in done.stderr
    assert json.loads(done.stdout) == []


class Broken:
    """Stands for `textrep.EmbeddingStore`, and fails."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def load(self, *_: object, **__: object) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (PermissionError(13, "Permission denied", "x"), 1, "x: Permission denied"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (MemoryError("Unable to allocate 3 TiB"), 1, "not enough memory (Unable to allocate 3 TiB)"),
        (
            ZeroDivisionError("1 / 0"),
            1,
            "a bug, please report it: ZeroDivisionError: 1 / 0; TEXTREP_DEBUG=1 shows where",
        ),
        (textrep.TextrepError("two\nlines"), 1, "two lines"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_every_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, english: Path, error: BaseException, code: int, line: str
) -> None:
    monkeypatch.delenv("TEXTREP_DEBUG", raising=False)
    monkeypatch.setattr(textrep, "EmbeddingStore", Broken(error), raising=False)
    result = invoke("info", english)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", f"textrep: {line}\n")
    monkeypatch.setenv("TEXTREP_DEBUG", "1")
    assert "Traceback" in invoke("info", english).stderr


def test_too_little_memory_for_training_names_options(monkeypatch: pytest.MonkeyPatch, small_corpus: Path) -> None:
    def greedy(*args: object, **kwargs: object) -> None:
        raise MemoryError

    monkeypatch.setattr("textrep.training.run._train_corpus", greedy)
    result = invoke("embed", small_corpus, "-o", small_corpus.parent / "s", "--jobs", 1)
    less = "a lower --vector-size or --max-vocabulary, or a higher --min-count, needs less"
    assert result.stderr == f"textrep: not enough memory; {less}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory there is")
@pytest.mark.parametrize(
    ("method", "sizes"), [pytest.param("word2vec", "", marks=pytest.mark.slow), ("fasttext", "or --buckets 2000000,")]
)
def test_training_that_does_not_fit_is_refused_in_one_line(tmp_path: Path, method: str, sizes: str) -> None:
    (tmp_path / "c.txt").write_text(" ".join(f"w{i}" for i in range(100_000)))
    args = ("--vector-size", 100_000_000, "--min-count", 1, "--method", method)
    done = run("embed", "c.txt", *args, cwd=tmp_path)
    said = done.stderr.decode().splitlines()[-1]
    assert (done.returncode, done.stdout, names_in(tmp_path)) == (1, b"", ["c.txt"])
    assert re.match(r"textrep: not enough memory .*GB .*; a lower --vector-size(,| or) --max-vocabulary", said)
    assert said.endswith(f"{sizes} or a higher --min-count, needs less")
    assert "--jobs" not in said


HEAVY = ("numba", "sklearn", "scipy", "torch", "gensim", "pyarrow", "rich.console", "asyncio")


@pytest.mark.parametrize(
    ("commands", "without"),
    [
        (
            ["--help", "embed --help", "classify train --help", "tag predict --help", "--version"],
            (*HEAVY, "numpy", "rich"),
        ),
        (
            [
                "similar STORE king",
                "similar STORE kingg",
                "analogy STORE man king woman",
                "vector STORE king",
                "info STORE --verify",
            ],
            HEAVY,
        ),
        (["embed CORPUS -o OUTPUT --vector-size 5 --epochs 1"], ("sklearn", "scipy.sparse", "torch")),
    ],
    ids=["helping", "asking", "training"],
)
def test_what_is_not_imported(english: Path, small_corpus: Path, commands: list[str], without: tuple[str, ...]) -> None:
    """Of all commands of one process, each after the other."""
    places = {"STORE": str(english), "CORPUS": str(small_corpus), "OUTPUT": str(small_corpus.parent / "s")}
    lists = [[places.get(arg, arg) for arg in command.split()] for command in commands]
    code = (
        "import sys\n"
        "from textrep_cli.main import main\n"
        f"for args in {lists!r}:\n"
        "    code = 0\n"
        "    try:\n"
        "        main(args)\n"
        "    except SystemExit as end:\n"
        "        code = end.code\n"
        f"    print('imported:', code or 0, [name for name in {without!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr
    imported = [line for line in done.stdout.splitlines() if line.startswith("imported:")]
    assert imported == [f"imported: {1 if 'kingg' in command else 0} []" for command in commands]


def test_help_is_quick() -> None:
    def seconds() -> float:
        """Of the processor, so that other processes make no difference."""
        begin = os.times()
        run("--help")
        end = os.times()
        return end.children_user + end.children_system - begin.children_user - begin.children_system

    assert 0 < min(seconds() for _ in range(5)) < 0.5


def test_the_console_script_is_declared() -> None:
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="textrep")
    assert script.value == "textrep_cli.main:main"
    assert script.load()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion(shell: str) -> None:
    done = run(env={"_TEXTREP_COMPLETE": f"{shell}_source"})
    assert done.returncode == 0
    assert b"textrep" in done.stdout


def test_a_shell_completes_commands() -> None:
    words = {"COMP_WORDS": "textrep sim", "COMP_CWORD": "1"}
    done = run(env={"_TEXTREP_COMPLETE": "bash_complete", **words})
    assert done.stdout == b"plain,similar\n"
    assert "similar" in app.commands
