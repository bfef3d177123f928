"""``textrep convert``, and what other commands do with files that are no stores."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import invoke, names_in, run

from textrep import EmbeddingStore

WORDS = ["king", "queen", "man", "왕"]
VECTORS = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "s.textrep"
    EmbeddingStore.from_vectors(WORDS, VECTORS).save(path)
    return path


def assert_same(path: Path) -> None:
    loaded = EmbeddingStore.load(path)
    assert list(loaded.keys) == WORDS
    np.testing.assert_array_equal(loaded.vectors, VECTORS)


@pytest.mark.parametrize(
    ("name", "options", "kind", "title"),
    [
        ("v.txt", [], "word2vec", "word2vec text"),
        ("v.vec.gz", [], "word2vec", "word2vec text"),
        ("v.w2v", [], "word2vec-binary", "word2vec binary"),
        ("v.bin", ["--to", "word2vec-binary"], "word2vec-binary", "word2vec binary"),
        ("v.bin", ["--to", "fasttext"], "fasttext", "fastText binary"),
        ("v.txt", ["--to", "glove"], "glove", "GloVe text"),
    ],
)
def test_there_and_back(tmp_path: Path, store: Path, name: str, options: list[str], kind: str, title: str) -> None:
    result = invoke("convert", store, tmp_path / name, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.split(maxsplit=1) for line in result.stdout.splitlines() if line]
    assert [line[0] for line in lines] == ["read", "words", "time", "written", "Next:"]
    assert lines[0][1] == f"{store}, textrep store"
    assert lines[1][1] == "4 of 5 dimensions"
    assert lines[3][1].startswith(f"{tmp_path / name}, {title}, ")
    assert lines[4][1] == f"textrep info {tmp_path / name}"
    assert_same(tmp_path / name)

    result = invoke("convert", tmp_path / name, tmp_path / "back.textrep", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    facts = json.loads(result.stdout)
    assert facts.pop("seconds") >= 0
    assert facts == {
        "source": str(tmp_path / name),
        "source_format": kind,
        "target": str(tmp_path / "back.textrep"),
        "target_format": "textrep",
        "words": 4,
        "dimensions": 5,
        "duplicates_dropped": 0,
        "bytes": (tmp_path / "back.textrep").stat().st_size,
    }
    assert_same(tmp_path / "back.textrep")
    assert invoke("similar", tmp_path / "back.textrep", "king", "-k", 1).exit_code == 0


def test_a_store_is_asked_next(tmp_path: Path, store: Path) -> None:
    result = invoke("convert", store, tmp_path / "again.textrep")
    assert result.stdout.splitlines()[-1].startswith(f"Next: textrep similar {tmp_path}/again.textrep ")
    result = invoke("convert", store, tmp_path / "again.textrep")
    assert "again.textrep, textrep store, " in result.stdout
    assert ", replaces the one before\n" in result.stdout


def test_to_a_folder(tmp_path: Path, store: Path) -> None:
    result = invoke("convert", store, tmp_path / "folder", "--to", "static", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    size = sum(path.stat().st_size for path in (tmp_path / "folder").rglob("*") if path.is_file())
    assert json.loads(result.stdout)["bytes"] == size > 0
    assert "Next" not in invoke("convert", store, tmp_path / "other", "--to", "static").stdout


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "v.bin",
            [],
            'the name v.bin could be that of "word2vec-binary", "fasttext" files: say which, --to word2vec-bin',
        ),
        ("v.csv", [], "the name v.csv asks for no format: end it with one of .textrep, .txt, .vec, "),
        ("v.txt", ["--to", "excel"], "Invalid value for '--to': 'excel' is not one of 'textrep', 'word2vec', "),
        ("v.txt", ["--from", "static"], "Invalid value for '--from': 'static' is not one of 'textrep', "),
        ("v.txt", ["--encoding-errors", "surrogateescape"], "Invalid value for '--encoding-errors'"),
    ],
)
def test_wrong_usage(tmp_path: Path, store: Path, name: str, options: list[str], message: str) -> None:
    result = invoke("convert", store, tmp_path / name, *options)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"textrep: {message}")
    assert "format=" not in result.stderr
    assert names_in(tmp_path) == ["s.textrep"]


def test_nothing_goes_to_standard_output(store: Path) -> None:
    result = invoke("convert", store, "-", "--to", "word2vec")
    assert result.exit_code == 2
    assert result.stderr.startswith("textrep: DST - is not possible")


def test_what_cannot_be_read_or_written(tmp_path: Path, store: Path) -> None:
    (tmp_path / "notes.txt").write_text("not vectors\n")
    (tmp_path / "bad.txt").write_text("2 2\na 1 2\nb 3 x\n")
    EmbeddingStore.from_vectors(["new york", "a"], np.eye(2)).save(tmp_path / "spaces.textrep")
    link = tmp_path / "link.textrep"
    link.symlink_to(store)
    before = names_in(tmp_path)
    for source, target, message in (
        (tmp_path / "none", "v.txt", f"there is no file {tmp_path}/none"),
        (tmp_path, "v.txt", f"{tmp_path} is a folder, not a file of vectors"),
        (tmp_path / "notes.txt", "v.vec", f"{tmp_path}/notes.txt is neither a file that textrep saved nor vectors of"),
        (tmp_path / "bad.txt", "v.w2v", f"{tmp_path}/bad.txt, line 3, byte 14: 'x' is no number"),
        (store, "notes.txt", f"{tmp_path}/notes.txt exists and is not overwritten, because a word2vec text file can"),
        (store, "s.textrep", f"{store} is {store} itself; choose another name for the new file"),
        (store, "link.textrep", f"{link} is {store} itself"),
        (store, "none/v.txt", f"{tmp_path}/none/v.txt cannot be written: there is no folder {tmp_path.resolve()}/none"),
        (tmp_path / "spaces.textrep", "v.w2v", "'new york' holds a space, which a word2vec binary file cannot express"),
    ):
        result = invoke("convert", source, tmp_path / target)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith(f"textrep: {message}")
        assert result.stderr.count("\n") == 1
        assert "format=" not in result.stderr
    assert names_in(tmp_path) == before


def test_encoding_errors_and_words_that_become_equal(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_bytes(b"4 1\na\xff 1\na\xfe 2\nb 3\nb 4\n")
    result = invoke("convert", path, tmp_path / "s.textrep")
    assert result.exit_code == 1
    assert "is not valid UTF-8 at byte 5 (" in result.stderr
    assert "--encoding-errors replace reads on" in result.stderr
    result = invoke("convert", path, tmp_path / "s.textrep", "--encoding-errors", "replace")
    assert result.exit_code == 0
    assert "left out  2 that came before: of equal words the first is kept\n" in result.stdout
    assert EmbeddingStore.open(tmp_path / "s.textrep")["a\ufffd"].tolist() == [1]
    # A store remembers it, but of the next step it is not true.
    result = invoke("convert", tmp_path / "s.textrep", tmp_path / "w.txt", "--json")
    assert json.loads(result.stdout)["duplicates_dropped"] == 0


def test_the_format_of_a_file_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(b"king 1.5\nqueen 2.5\n")  # might as well be counts
    result = invoke("convert", path, tmp_path / "s.textrep")
    assert result.exit_code == 1
    assert "--from says of which kind (word2vec, word2vec-binary, fasttext, floret, glove)" in result.stderr
    assert invoke("convert", path, tmp_path / "s.textrep", "--from", "glove").exit_code == 0
    assert invoke("info", path, "--from", "glove").exit_code == 0
    assert EmbeddingStore.open(tmp_path / "s.textrep")["queen"].tolist() == [2.5]


def test_in_a_process(tmp_path: Path, store: Path) -> None:
    done = run("convert", "s.textrep", "v.txt.gz", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert gzip.decompress((tmp_path / "v.txt.gz").read_bytes()).startswith(b"4 5\nking ")


# ---------------------------------------------------------------------------------------------- other commands


def test_info_of_a_foreign_file(tmp_path: Path, store: Path) -> None:
    path = tmp_path / "v.txt.gz"
    invoke("convert", store, path)
    facts = json.loads(invoke("info", path, "--json").stdout)
    assert [facts[name] for name in ("path", "kind", "format", "words", "dimensions", "bytes")] == [
        str(path), "vectors", "word2vec", 4, 5, path.stat().st_size,
    ]  # fmt: skip
    shown = invoke("info", path).stdout
    assert [line.split(maxsplit=1)[1] for line in shown.splitlines()[1:]] == ["vectors, word2vec", "4", "5"]
    result = invoke("info", path, "--verify")
    assert result.exit_code == 2
    assert "word2vec text files have none" in result.stderr


@pytest.mark.parametrize("command", [["similar"], ["vector"], ["analogy", "a", "b"]])
def test_a_question_to_a_foreign_file_says_how_to_make_a_store_of_it(
    tmp_path: Path, store: Path, command: list[str]
) -> None:
    path = tmp_path / "my vectors.300d.txt.gz"
    invoke("convert", store, path)
    name, *more = command
    result = invoke(name, path, *more, "king")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"textrep: {path} is no store, but word2vec text. Make a store of it once, and ask that: "
        f"textrep convert '{path}' 'my vectors.300d.textrep'\n"
    )


def test_a_folder_is_refused_before_reading_and_an_empty_one_not_replaced(tmp_path: Path, store: Path) -> None:
    (tmp_path / "folder").mkdir()
    result = invoke("convert", store, tmp_path / "folder", "--to", "static")
    assert result.exit_code == 0
    assert "replaces" not in result.stdout
    broken = tmp_path / "bad.txt"
    broken.write_text("2 2\na 1 2\nb 3 x\n")
    result = invoke("convert", broken, tmp_path / "folder", "--to", "static")
    assert result.exit_code == 1
    assert "folder exists and is not overwritten" in result.stderr


def test_info_of_a_folder_that_textrep_wrote(tmp_path: Path, store: Path) -> None:
    folder = tmp_path / "folder"
    invoke("convert", store, folder, "--to", "static")
    shown = invoke("info", folder).stdout
    assert [line.split(maxsplit=1)[1] for line in shown.splitlines()[1:]] == ["vectors, static", "4", "5"]
    facts = json.loads(invoke("info", folder, "--json").stdout)
    assert (facts["format"], facts["words"], facts["dimensions"]) == ("static", 4, 5)
    assert facts.keys() == json.loads(invoke("info", store, "--json").stdout).keys()
    assert invoke("info", folder, "--verify").exit_code == 2
    assert "is a folder, not a file of vectors" in invoke("info", tmp_path).stderr


def test_info_keeps_broken_words_apart(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_bytes(b"2 1\na\xff 1\na\xfe 2\n")
    assert json.loads(invoke("info", path, "--json").stdout)["words"] == 2
    EmbeddingStore.from_vectors(["aX", "aY"], np.eye(2)).export(tmp_path / "w.bin", "fasttext")
    data = (tmp_path / "w.bin").read_bytes()
    (tmp_path / "w.bin").write_bytes(data.replace(b"aX\0", b"a\xff\0").replace(b"aY\0", b"a\xfe\0"))
    result = invoke("info", tmp_path / "w.bin", "--json")
    assert result.exit_code == 0, result.stderr
    assert [each["key"] for each in json.loads(result.stdout)["most_frequent"]] == [r"a\xff", r"a\xfe"]
    (tmp_path / "w.bin").write_bytes(data.replace(b"aX\0", b"aY\0"))
    result = invoke("info", tmp_path / "w.bin")
    assert result.exit_code == 1
    assert result.stderr.endswith("is 'aY', which has been there before; the file was altered: fetch it again\n")


def test_labels_that_are_left_out_are_said(tmp_path: Path) -> None:
    path = tmp_path / "s.bin"
    header = struct.pack("<ii12id", 793712314, 12, 2, 5, 5, 1, 5, 1, 3, 3, 0, 0, 0, 100, 1e-4)
    entries = b"".join(word + struct.pack("<Bqb", 0, 1, kind) for word, kind in ((b"a", 0), (b"__label__x", 1)))
    matrix = struct.pack("<Bqq2f", 0, 1, 2, 1.5, 2.5)
    path.write_bytes(header + struct.pack("<iiiqq", 2, 1, 1, 5, -1) + entries + matrix + matrix)
    result = invoke("convert", path, tmp_path / "w.bin", "--to", "fasttext")
    assert result.exit_code == 0, result.stderr
    assert f"labels are left out, 1 in {path}, " in result.stderr
    assert invoke("convert", path, tmp_path / "w.textrep").exit_code == 0
    assert "labels" not in invoke("convert", tmp_path / "w.textrep", tmp_path / "w.txt").stderr


@pytest.mark.parametrize("command", [["similar", "king"], ["vector", "king"], ["analogy", "a", "b", "c"], ["info"]])
@pytest.mark.parametrize("by_textrep", [True, False])
def test_static_embeddings_are_only_written(
    tmp_path: Path, store: Path, command: list[str], *, by_textrep: bool
) -> None:
    folder = tmp_path / "folder"
    invoke("convert", store, folder, "--to", "static")
    if not by_textrep:
        (folder / "config.json").write_text('{"model_type": "model2vec", "tokenizer_name": "other"}')
    result = invoke(command[0], folder, *command[1:])
    if command == ["info"] and by_textrep:
        assert result.exit_code == 0
        return
    assert (result.exit_code, result.stdout) == (1, "")
    wanted = f"{folder}: textrep writes static embeddings, but does not read them; use the store that they were made of"
    assert result.stderr == f"textrep: {wanted}\n"


def test_words_of_which_nothing_is_left_and_strange_ones_are_said(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_bytes(b"3 2\nthe 1.5 2.5\n\xff 1.5 2.5\nof 0.5 1.5 2.5\n")
    result = invoke("convert", tmp_path / "v.txt", tmp_path / "v.textrep", "--encoding-errors", "ignore")
    assert result.exit_code == 0
    strange, left_out = result.stderr.splitlines()
    assert strange.startswith(
        f"textrep: {tmp_path}/v.txt: words that end in a number: 1, the first 'of 0.5' at byte 26; "
    )
    assert left_out == f"textrep: left out of {tmp_path}/v.txt: 1 word of which nothing is valid UTF-8"
    assert list(EmbeddingStore.open(tmp_path / "v.textrep").keys) == ["the", "of 0.5"]


def test_endings_that_most_stores_can_have_are_proposed(tmp_path: Path, store: Path) -> None:
    result = invoke("convert", store, tmp_path / "v.csv")
    assert result.exit_code == 2
    assert "end it with one of .textrep, .txt, .vec, .w2v, .glove, or say which: --to is one of" in result.stderr


def test_a_target_that_cannot_be_written_is_named(store: Path) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("needs a file system that cannot be written to")
    result = invoke("convert", store, "/proc/x.w2v")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("textrep: /proc/x.w2v: cannot be written: ")
