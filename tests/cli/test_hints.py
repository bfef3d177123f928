"""What is said of names: of files that no shell takes as they are, of long ones, and what to do next."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_helpers import environment, invoke
from textrep_cli.hint import quoted
from textrep_cli.outcome import report

import textrep

STRANGE = ["a\nb", "\t'q\\'", os.fsdecode(b"caf\xe9 1"), "\x1b[2J\x7f", "\u202eright", "한\u200b국", "\r0", "$'x'\x01"]
LONG = "a" * 300


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hints")
    textrep.EmbeddingStore.from_vectors(["king", "queen"], [[1, 0], [1, 1]], tokenizer={"name": "word"}).save(
        folder / "w.textrep"
    )
    (folder / "notes.md").write_text("# Notes\n\nNo vectors.\n")
    (folder / "c.txt").write_text("a cat sat\n" * 5)
    return folder


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_any_name_can_be_pasted_into_a_shell() -> None:
    names = [*STRANGE, "plain.textrep", "한국어 글", "it's", ""]
    command = f"printf '%s\\0' {' '.join(map(quoted, names))}"
    assert command.isprintable()
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=20, env=environment(LC_ALL="C"))
    assert done.stdout.split(b"\0")[:-1] == list(map(os.fsencode, names))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that takes any bytes")
def test_the_next_command_names_a_strange_file(here: Path) -> None:
    result = invoke("convert", "w.textrep", os.fsdecode(b"a\nb\xff.textrep"))
    assert result.exit_code == 0
    assert result.stdout.endswith("\n\nNext: textrep similar $'a\\012b\\377.textrep' queen\n")


@pytest.mark.parametrize(
    "command",
    [
        ["similar", LONG, "king"],
        ["info", LONG],
        ["embed", LONG],
        ["convert", "w.textrep", f"{LONG}.vec"],
        ["embed", "c.txt", "-o", LONG],
    ],
    ids=lambda words: " ".join(words)[:20],
)
def test_a_name_that_is_too_long_is_cut(here: Path, command: list[str]) -> None:
    result = invoke(*command)
    assert result.exit_code == 1
    assert "File name too long" in result.stderr
    assert len(result.stderr) < 150
    assert "aaa..." in result.stderr


def test_a_long_word_that_is_looked_up_is_cut(tmp_path: Path) -> None:
    word = "Long" * 100
    textrep.EmbeddingStore.from_vectors([word.lower(), "a"], [[1], [1]], tokenizer={"name": "word"}).save(
        tmp_path / "s"
    )
    result = invoke("similar", tmp_path / "s", word)
    assert result.exit_code == 0
    assert " is looked up as 'longlong" in result.stderr
    assert len(result.stderr) < 250


def test_a_word_like_no_other(here: Path) -> None:
    result = invoke("similar", "w.textrep", "king", "xyzzy")
    assert result.exit_code == 1
    assert result.stderr == (
        "textrep: 'xyzzy' is not in the vocabulary of w.textrep, and no close word was found; "
        "textrep info w.textrep shows what is there\n"
    )
    assert "queen" in result.stdout
    assert invoke("similar", "w.textrep", "kingg").stderr == "textrep: 'kingg' is not in the vocabulary. Close: king.\n"


@pytest.mark.parametrize("folder", [".", "papers"])
def test_a_folder_to_convert_to(here: Path, folder: str) -> None:
    (here / "papers").mkdir()
    result = invoke("convert", "w.textrep", folder)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"textrep: {folder} is a folder; name the file to write in it, ")
    assert str(Path(folder) / "vectors.textrep") in result.stderr


def test_a_text_is_no_file_of_vectors(here: Path) -> None:
    for command in (["info", "notes.md"], ["convert", "notes.md", "o.textrep"]):
        result = invoke(*command)
        assert result.exit_code == 1
        assert result.stderr.startswith(
            "textrep: notes.md is neither a file that textrep saved nor vectors of word2vec"
        )
        assert result.stderr.endswith("a store of its words is made by: textrep embed notes.md --format txt\n")
        assert "byte" not in result.stderr
    made = invoke("embed", "notes.md", "--format", "txt", "--method", "count", "-o", "o.textrep")
    assert made.exit_code == 0, made.stderr


def test_a_field_of_text_without_fields(here: Path) -> None:
    result = invoke("embed", "c.txt", "--field", "body", "--method", "count", "-o", "o.textrep")
    assert result.exit_code == 2
    assert result.stderr.startswith("textrep: --field has no effect on text, a line of which is a document: fields are")
    assert ".jsonl, .csv, .tsv and .parquet" in result.stderr
    Path("r.jsonl").write_text('{"body": "a cat"}\n')
    both = invoke("embed", "c.txt", "r.jsonl", "--field", "body", "--method", "count", "-o", "o.textrep")
    assert both.exit_code == 0, both.stderr
    options = ("--field", "body", "--method", "count", "--documents")
    known = invoke("embed", "-", "--format", "csv", *options, stdin="body\na cat\n")
    assert known.exit_code == 0, known.stderr


def test_a_field_of_texts_to_classify(models: Path, here: Path) -> None:
    result = invoke("classify", "predict", models / "classifier.textrep", "c.txt", "--text-field", "body")
    assert result.exit_code == 2
    assert result.stderr.startswith("textrep: --text-field has no effect on text")


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_each_kind_of_model_has_commands_of_its_own(models: Path, here: Path, verb: str) -> None:
    classifier, tagger = models / "classifier.textrep", models / "tagger.textrep"
    for command, model, answer in (
        ("tag", classifier, f"{classifier} is a classifier; it is used by: textrep classify {verb} {classifier}"),
        ("classify", tagger, f"{tagger} is a tagger; it is used by: textrep tag {verb} {tagger}"),
        ("tag", "w.textrep", "w.textrep is a store of vectors, no model; train one on it: textrep tag train DATA"),
        ("tag", "d.textrep", "d.textrep is a store of vectors of documents, no model. A model is made by: textrep tag"),
        ("classify", "v.textrep", "v.textrep is a vectorizer, no model. A model is made by: textrep classify train"),
    ):
        textrep.CountVectorizer().fit(["a b"]).save("v.textrep")
        textrep.embed_documents(["a b"], "count").save("d.textrep")
        result = invoke(command, verb, model, "c.txt")
        assert result.exit_code == 1
        assert result.stderr.startswith(f"textrep: {answer}")
        assert result.stderr.count("\n") == 1


def lacking(*args: object, **kwargs: object) -> None:
    raise MemoryError("8 bytes")


def test_a_lack_of_memory_is_said_with_what_needs_less(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy is the library's: threads share the matrices, and only more of them than processors are too many."""
    made = invoke("embed", "c.txt", "--min-count", 1, "--vector-size", 2, "-o", "before.textrep")
    assert made.exit_code == 0, made.stderr
    monkeypatch.setattr("textrep.training.run._train_corpus", lacking)
    lack = "textrep: not enough memory (8 bytes)"
    less = "a lower --vector-size or --max-vocabulary, or a higher --min-count, needs less"
    many = ", and so do fewer threads than --jobs 5000"
    for args, remedy in (
        (("--jobs", 5000), f"{less}{many}"),
        ((), less),
        (("--method", "glove"), less),
        (("--method", "fasttext"), less.replace(" or --max-vocabulary", ", --max-vocabulary or --buckets 2000000")),
        (("--from", "before.textrep"), "a lower --max-vocabulary, or a higher --min-count, needs less"),
    ):
        result = invoke("embed", "c.txt", *args)
        assert (result.exit_code, result.stderr) == (1, f"{lack}; {remedy}\n")


def test_no_remedy_is_named_that_would_not_help(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All features are counted before --max-features leaves any out, and texts are before there are batches."""
    pytest.importorskip("torch")
    lack = "textrep: not enough memory (8 bytes)"
    (here / "r.tsv").write_text("good\ta good film\nbad\ta bad film\n" * 10)
    train = ("classify", "train", "r.tsv", "--model", "feedforward", "--jobs", 2)
    with monkeypatch.context() as patched:
        patched.setattr("textrep.FeedForwardClassifier.fit_reporting", lacking)
        assert invoke(*train).stderr == f"{lack}; a lower --batch-size needs less\n"
    monkeypatch.setattr(textrep, "embed", lacking, raising=False)
    monkeypatch.setattr("textrep.TfidfVectorizer.fit_transform", lacking)
    for command in (("embed", "c.txt", "--method", "tfidf", "--max-features", 5), train):
        result = invoke(*command)
        assert (result.exit_code, result.stderr) == (1, f"{lack}\n")


SEGMENT = "failed to map segment from shared object"
LOADING = [
    (ImportError(f"libgomp.so.1: {SEGMENT}"), f": libgomp.so.1 cannot be loaded ({SEGMENT})"),
    (
        ImportError(f"IMPORTANT: PLEASE READ THIS\n\nOriginal error was: libopenblas64_-1a.so: {SEGMENT}\n"),
        f": libopenblas64_-1a.so cannot be loaded ({SEGMENT})",
    ),
    (
        OSError("Could not find/load shared object file 'libllvmlite.so'"),
        ": libllvmlite.so cannot be loaded (Could not find/load shared object file)",
    ),
    (OSError(12, "Cannot allocate memory", "w.textrep"), " (w.textrep: Cannot allocate memory)"),
]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Limits of the process, to be set; no other is in force."""
    resource = pytest.importorskip("resource")
    found: dict[int, int] = {}
    monkeypatch.setattr(resource, "getrlimit", lambda limit: (found.get(limit, resource.RLIM_INFINITY),) * 2)
    monkeypatch.delenv("TEXTREP_DEBUG", raising=False)
    return found


@pytest.mark.parametrize(("error", "said"), LOADING)
def test_a_limit_that_keeps_a_library_from_being_loaded(
    capsys: pytest.CaptureFixture[str], limits: dict[int, int], error: Exception, said: str
) -> None:
    import resource

    assert report(error) == 1
    assert "ulimit" not in capsys.readouterr().err
    limits[resource.RLIMIT_AS] = 500_000_000
    wrapped = textrep.errors.MissingExtraError("Drawing", "matplotlib", "plot")
    wrapped.__cause__ = error
    for each in (error, wrapped):
        assert report(each) == 1
        assert capsys.readouterr().err == f"textrep: not enough memory{said}; ulimit -v allows 500.0 MB\n"
    report(ImportError("no module of this name"))
    assert "a bug, please report it" in capsys.readouterr().err


def test_threads_that_the_system_does_not_start(capsys: pytest.CaptureFixture[str], limits: dict[int, int]) -> None:
    import resource

    said = "textrep: the system lets no more threads be started; a lower --jobs needs fewer"
    assert report(RuntimeError("can't start new thread")) == 1
    assert capsys.readouterr().err == f"{said}\n"
    limits[resource.RLIMIT_DATA] = 2_000_000_000
    report(RuntimeError("can't start new thread"))
    assert capsys.readouterr().err == f"{said}; ulimit -d allows 2.0 GB\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no folder of Windows is that unwritable")
def test_matplotlib_says_nothing_of_a_home_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    program = "from textrep_cli.pictures import quieten_matplotlib\nquieten_matplotlib()\n"
    program += "import matplotlib\nprint(matplotlib.get_cachedir())"
    home = {"HOME": "/dev/null/home", "XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None, "MPLCONFIGDIR": None}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=environment(**home)
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not Path(done.stdout.strip()).exists()  # temporary, and gone
    called = []
    monkeypatch.setattr("textrep_cli.pictures.quieten_matplotlib", lambda: called.append(True))
    assert invoke("plot", "none", "-o", "x.png").exit_code == 1
    assert called


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")
@pytest.mark.parametrize("command", [["info", "x.textrep"], ["classify", "predict", "/x.textrep", "/t.txt"]])
def test_a_current_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = invoke(*command)
    assert result.exit_code == 1
    assert result.stderr == "textrep: the current folder has been removed; change to another one, with cd\n"
    assert invoke("--help").exit_code == 0


def test_words_that_are_not_utf8(tmp_path: Path) -> None:
    textrep.EmbeddingStore.from_vectors(["a", "b"], [[1, 0], [0, 1]]).save(tmp_path / "s.textrep")
    result = invoke("similar", tmp_path / "s.textrep", "a\udcff", "a")
    assert result.stderr == "textrep: 'a\\udcff' is not valid UTF-8; give words in that encoding\n"
    assert (result.exit_code, "b" in result.stdout) == (1, True)


def test_what_ends_early_while_a_command_runs_is_no_ctrl_d(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*args: object) -> None:
        raise EOFError("Ran out of input")

    monkeypatch.setattr("textrep_cli.info.detected", fail)
    (tmp_path / "x").touch()
    result = invoke("info", tmp_path / "x")
    assert (result.exit_code, "a bug" in result.stderr, "EOFError: Ran out of input" in result.stderr) == (
        1,
        True,
        True,
    )


def test_files_that_are_named_more_than_once_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each word of them counts as often."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.txt"):
        Path(name).write_text("the cat sat on the mat\n")
    quick = ["--vector-size", 2, "--epochs", 1, "--min-count", 1, "--sample", 0, "-o", "s.textrep"]
    assert invoke("embed", "a.txt", "b.txt", *quick).stderr.count("read as often") == 0
    result = invoke("embed", "a.txt", "b.txt", "./a.txt", tmp_path / "a.txt", *quick)
    assert "textrep: a.txt is named 3 times, and read as often\n" in result.stderr
    assert "24 words in 4 documents" in result.stdout


def test_a_store_in_place_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    textrep.EmbeddingStore.from_vectors(["a", "b"], [[1, 0], [0, 1]]).save("s.textrep")
    said = "s.textrep: named as stores and models of textrep are, which hold no text to read; name another file"
    assert invoke("score", "s.textrep", "s.textrep").stderr == f"textrep: {said}\n"
