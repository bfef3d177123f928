"""Standard streams that are closed, empty, or in another encoding: one rule for all commands."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_helpers import invoke
from textrep_cli.app import textrep as app

import textrep


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("streams")
    textrep.EmbeddingStore.from_vectors(["king", "queen"], [[1, 0], [1, 1]]).save(folder / "w.textrep")
    textrep.embed_documents(["a cat sat", "a dog ran"], "count").save(folder / "d.textrep")
    (folder / "c.txt").write_text("a cat sat\n")
    return folder


class Ended:
    """What a command did that was run without some streams."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.stdout, self.stderr = code, stdout, stderr


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a command with a stream closed; Python has None in its place then."""

    def run_without(stream: str, *args: str) -> Ended:
        with monkeypatch.context() as patched:
            patched.setattr(sys, stream, None)
            with pytest.raises(SystemExit) as end:
                app.main(list(args), prog_name="textrep")
            patched.setattr(sys, "stdout", io.StringIO())  # `main` may have put another in its place
        shown = capsys.readouterr()
        return Ended(end.value.code, shown.out, shown.err)

    return run_without


CLOSED = (
    "textrep: standard output is closed, and results go there; send them to a file (> FILE), or away (> /dev/null)\n"
)
RESULTS = [
    "--help",
    "--version",
    "similar none king",
    "analogy none a b c",
    "vector none king --json",
    "info none",
    "score none none",
    "embed none --json",
    "convert none none.vec --json",
    "classify train none --json",
    "classify predict none --text a",
    "classify evaluate none none",
    "tag train none --json",
    "tag predict none --text a",
    "tag evaluate none none",
]


@pytest.mark.parametrize("command", RESULTS)
def test_results_are_not_lost_where_standard_output_is_closed(without, command: str) -> None:
    """It is found out before any work: of the files that are missing there is no word."""
    ended = without("stdout", *command.split())
    assert (ended.code, ended.stderr) == (1, CLOSED)


@pytest.mark.parametrize("command", ["convert w.textrep o.vec", "embed c.txt --method count -o o.textrep"])
def test_what_makes_a_file_needs_no_standard_output(here: Path, without, command: str) -> None:
    ended = without("stdout", *command.split())
    said = [line for line in ended.stderr.splitlines() if not line.startswith("Compiling kernels")]
    assert (ended.code, ended.stdout, said) == (0, "", [])
    assert len(list(here.glob("o.*"))) == 1


WORDS = "name words as arguments, or send them to standard input, one a line"
TEXTS = "give one with --text, or send texts to standard input, one a line"
LINES = "name files, give one with --text, or send lines to standard input"
DATA = "name a file in place of -, or send the data to standard input"
READING = {  # command -> what is said of no input at all, and how to give it
    "similar w.textrep": ("no word given", WORDS),
    "similar w.textrep --json": ("no word given", WORDS),
    "similar d.textrep": ("no text given", TEXTS),
    "vector w.textrep": ("no word given", WORDS),
    "plot w.textrep - -o p.png": ("no word given", WORDS),
    "score w.textrep -": ("standard input: no word pair and no question in it", DATA),
    "embed - --method count --documents": ("standard input: no document: the corpus is empty or blank", DATA),
    "classify train -": ("standard input: no document: empty, blank, or a header alone", DATA),
    "classify predict c.textrep": ("no text given", LINES),
    "classify predict c.textrep - --json": ("no text given", LINES),
    "classify evaluate c.textrep -": ("standard input: no document: empty, blank, or a header alone", DATA),
    "tag train -": ("standard input: no sentence: empty or blank", DATA),
    "tag predict t.textrep": ("no sentence given", LINES),
    "tag predict t.textrep - --json": ("no sentence given", LINES),
    "tag evaluate t.textrep -": ("standard input: no sentence: empty or blank", DATA),
}


@pytest.fixture
def asked(request: pytest.FixtureRequest, here: Path, command: str) -> list[str]:
    """The words of a command, whose model is there if it needs one."""
    for name, whole in (("classify", "classifier"), ("tag", "tagger")):
        if command.startswith(name):
            models = request.getfixturevalue("models")
            (here / f"{name[0]}.textrep").symlink_to(models / f"{whole}.textrep")
    if command.startswith("plot"):
        pytest.importorskip("matplotlib")
    return command.split()


QUESTIONS = [command for command, (said, _) in READING.items() if said.endswith("given") and "plot" not in command]
NEEDING = [command for command in READING if command not in QUESTIONS]


@pytest.mark.parametrize("command", NEEDING)
def test_where_no_data_are_given_all_commands_say_what_is_missing(here: Path, asked: list[str], command: str) -> None:
    before = sorted(here.iterdir())
    result = invoke(*asked, stdin=b"")
    said, remedy = READING[command]
    if said.endswith("given"):
        said += ": there is none on standard input"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"textrep: {said}; {remedy}\n")
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("command", QUESTIONS)
def test_of_no_questions_the_answers_are_none(here: Path, asked: list[str], command: str) -> None:
    """As at the end of a pipeline that found nothing: grep ... | textrep classify predict MODEL --json."""
    what = READING[command][0].split()[1]
    result = invoke(*asked, stdin=b"")
    answers = "[]\n" if "--json" in command else ""
    assert (result.exit_code, result.stdout) == (0, answers)
    assert result.stderr == f"textrep: there is no {what} on standard input\n"


@pytest.mark.parametrize("name", ["e.txt -", "- e.txt"])
def test_no_data_in_standard_input_among_files(here: Path, name: str) -> None:
    (here / "e.txt").touch()
    result = invoke("embed", *name.split(), "--method", "count", "--documents", "-o", "x.textrep", stdin=b"")
    assert (result.exit_code, result.stdout) == (1, "")
    where = name.replace("-", "standard input").replace(" e", ", e").replace("txt ", "txt, ")
    assert result.stderr == f"textrep: {where}: no document: the corpus is empty or blank; {DATA}\n"


def test_no_data_in_many_files_or_in_one_of_that_name(here: Path) -> None:
    """Whether standard input was read is not told by the message, which names some of the files."""
    names = [f"e{i}.txt" for i in range(6)]
    for name in (*names, "a, standard input"):
        (here / name).touch()
    options = ["--method", "count", "--documents", "-o", "x.textrep"]
    assert invoke("embed", *names, "-", *options, stdin=b"").stderr.endswith(f"is empty or blank; {DATA}\n")
    assert invoke("embed", "a, standard input", *options, stdin=b"").stderr.endswith("is empty or blank\n")


@pytest.mark.parametrize("command", READING)
def test_a_closed_standard_input_is_said_to_be_so(without, asked: list[str], command: str) -> None:
    said, remedy = READING[command]
    what = said if said.endswith("given") else "no data given"
    ended = without("stdin", *asked)
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr == f"textrep: {what}: standard input is closed; {remedy}\n"


@pytest.mark.parametrize("command", ["similar w.textrep", "vector w.textrep --json", "plot w.textrep -"])
def test_blank_lines_are_no_words(here: Path, asked: list[str], command: str) -> None:
    result, empty = (invoke(*asked, stdin=stdin) for stdin in (b"\n \r\n", b""))
    assert (result.exit_code, result.stdout, result.stderr) == (empty.exit_code, empty.stdout, empty.stderr)
    assert result.exit_code == ("plot" in command)


def test_what_is_an_argument_is_not_asked_of_a_closed_standard_input(here: Path, without) -> None:
    assert without("stdin", "similar", "w.textrep", "king").stdout.split()[0] == "queen"
    assert "Missing argument 'A'" in without("stdin", "analogy", "w.textrep").stderr


TURN = "Turn it into UTF-8 first: iconv -f cp949 -t utf-8, for one"
ANSWERED = {  # command -> how many of the three good lines below are answered: how often this is in the answer
    "similar w.textrep": ("0.7071", 3),
    "similar w.textrep --json": ('"query"', 3),
    "similar d.textrep --json": ('"query"', 0),
    "vector w.textrep": ("1.0", 4),
}


@pytest.mark.parametrize("read", [1, 7, 1 << 16])
@pytest.mark.parametrize("command", ANSWERED)
def test_lines_in_another_encoding_are_left_out(
    here: Path, asked: list[str], command: str, read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However they come in, all others are answered."""
    monkeypatch.setattr("textrep.corpus.sources.BUFFER_SIZE", read)
    part, times = ANSWERED[command]
    good = b"\xef\xbb\xbfking\n%squeen\r\n%sking%s"
    result = invoke(*asked, stdin=good % (b"caf\xe9\n", b"", b"\n\xb0\xad"))
    assert result.exit_code == 1
    assert result.stdout.count(part) == times
    lines = result.stderr.splitlines()
    assert lines[-1] == (
        r"textrep: standard input, line 2: not valid utf-8 at byte 11: b'\xe9' (invalid continuation byte); 2 lines "
        f"were left out. {TURN}"
    )
    assert invoke(*asked, stdin=good % (b"", b"", b"")).stdout == result.stdout
    if "--json" in command:
        assert len(json.loads(result.stdout)) == times


def test_a_map_is_drawn_of_the_words_that_are_left(here: Path) -> None:
    pytest.importorskip("matplotlib")
    result = invoke("plot", "w.textrep", "-", stdin=b"king\n\xff\nqueen\n")
    assert result.exit_code == 1
    first, second = result.stderr.splitlines()
    assert first.startswith("textrep: standard input, line 2: not valid utf-8 at byte 5: b'\\xff' (")
    assert first.endswith(f"; a line was left out. {TURN}")
    assert second.startswith("textrep: w.png: ")
    assert (here / "w.png").exists()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        ("similar w.textrep", "Turn it into UTF-8 first: iconv -f utf-16 -t utf-8\n"),
        ("classify predict c.textrep", "Pass its encoding (--encoding utf-16, for one), or --encoding-errors replace"),
        ("tag predict t.textrep", "Pass its encoding (--encoding utf-16, for one), or --encoding-errors replace"),
    ],
)
def test_utf16_is_called_by_its_name(here: Path, asked: list[str], command: str, remedy: str, encoding: str) -> None:
    result = invoke(*asked, stdin="\ufeffking\nqueen\n".encode(encoding))
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert remedy in result.stderr


def test_the_prompt_says_so_of_a_line_in_another_encoding_and_goes_on(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("textrep_cli.ask.is_terminal", lambda stream: stream is sys.stdin)
    result = invoke("similar", "w.textrep", stdin=b"caf\xe9\nking\n")
    assert result.exit_code == 0
    assert r"The line is not valid UTF-8, and not asked: b'caf\xe9'." in result.stderr
    assert result.stdout == "  queen  0.7071\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_in_a_shell(here: Path) -> None:
    """What Python makes of closed streams is what the tests above have put in their place."""
    command = f"'{sys.executable}' -m textrep vector w.textrep"
    lines = f"{command} king >&-; echo $? >&2; {command} <&-; echo $? >&2; {command} king queen | head -n 1 >&2"
    done = subprocess.run(["sh", "-c", lines], capture_output=True, text=True, timeout=60)
    stdin = f"textrep: no word given: standard input is closed; {WORDS}\n"
    assert (done.stdout, done.stderr) == ("", f"{CLOSED}1\n{stdin}1\nking 1.0 0.0\n")


def test_methods_that_read_a_corpus_twice_refuse_standard_input() -> None:
    result = invoke("embed", "-", "--method", "count", "-o", "x.textrep", stdin=b"the cat sat\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "textrep: --method count reads a corpus twice, and standard input or a pipe only once;"
    )
