"""``textrep embed``: what it writes, what it says, what it refuses before it trains."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import CORPORA, environment, head, invoke, names_in, run
from textrep_cli import hint, target

import textrep

QUICK = ("--vector-size", "10", "--epochs", "1")


def test_without_options_it_trains_and_says_what_to_type_next(small_corpus: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    done = run("embed", small_corpus, cwd=elsewhere)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(rb"(Compiling kernels for this machine .*\n)?", done.stderr)
    assert names_in(elsewhere) == ["corpus.textrep"]  # in the current folder, not beside the corpus
    store = textrep.EmbeddingStore.open(elsewhere / "corpus.textrep")
    assert store.dim == 100
    assert store.metadata["parameters"]["random_state"] == 1
    tokens = [textrep.get_tokenizer()(document) for document in textrep.read_corpus(small_corpus)]
    report = done.stdout.decode()
    assert f": {sum(map(len, tokens)):,} words in {len(tokens):,} documents\n" in report
    assert f"\nvocabulary  {len(store):,} words seen 5 times or more\n" in report
    assert f"{store.metadata['history'][-1]['loss']:.4f} in the last\n" in report
    assert re.search(r"\ntime        [\d.]+ s( with compiling)?, training at [\d,]+ words/s\n", report)
    next_line = report.splitlines()[-1]
    assert next_line.startswith("Next: textrep similar corpus.textrep ")
    command = next_line.removeprefix("Next: textrep ").split()
    again = run(*command, cwd=elsewhere)
    assert again.returncode == 0
    assert len(again.stdout.splitlines()) == 10


def test_next_command_survives_a_shell(korean: Path) -> None:
    store = textrep.EmbeddingStore.open(korean)
    command = hint.next_command(store, Path(korean.name))
    assert command.startswith("textrep similar '한국어 글.textrep' ")
    word = command.rpartition(" ")[2]
    assert word in store  # not quoted: no shell cares about Korean
    in_shell = command.replace("textrep", f"{sys.executable} -m textrep", 1)
    done = subprocess.run(in_shell, shell=True, cwd=korean.parent, env=environment(), capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == run("similar", korean, word).stdout


@pytest.mark.parametrize(
    ("path", "keys", "shown"),
    [
        ("-x.textrep", ["a", "b"], f"textrep similar .{os.sep}-x.textrep a"),
        ("$(x) 'y'.textrep", ["a"], """textrep similar '$(x) '"'"'y'"'"'.textrep' a"""),
        ("s", ["$(a)", "--b", "--", "c d"], "textrep similar s"),  # no word to quote: the prompt
        ("s", ["1", "$", "a", "abc"], "textrep similar s abc"),
    ],
)
def test_next_command_of_odd_names_and_words(path: str, keys: list[str], shown: str) -> None:
    store = textrep.EmbeddingStore.from_vectors(keys, np.eye(len(keys)))
    assert hint.next_command(store, Path(path)) == shown


def test_next_word_means_something(english: Path) -> None:
    word = hint.interesting_word(textrep.EmbeddingStore.open(english))
    assert word is not None
    assert len(word) >= 6
    assert (CORPORA / "en_wiki.txt").read_text(encoding="utf-8").lower().count(word) > 100


@pytest.mark.parametrize(
    ("corpora", "name"),
    [
        (["texts/news.txt"], "news.textrep"),
        (["texts/news.TXT.gz"], "news.textrep"),
        (["texts/v1.2.jsonl.zst"], "v1.2.textrep"),
        (["texts/text8"], "text8.textrep"),
        (["texts"], "texts.textrep"),
        (["texts/"], "texts.textrep"),
        (["."], "here.textrep"),
        (["texts/.txt"], "txt.textrep"),
        (["-"], "corpus.textrep"),
        (["texts/*.txt"], "corpus.textrep"),
        (["texts/news.txt", "texts/text8"], "corpus.textrep"),
    ],
)
def test_name_of_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpora: list[str], name: str) -> None:
    (tmp_path / "here" / "texts").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    for file in ("news.txt", "news.TXT.gz", "v1.2.jsonl.zst", "text8", ".txt"):
        Path("texts", file).touch()
    assert target.default_target(corpora) == Path(name)


def test_the_store_is_what_the_library_makes(small_corpus: Path, tmp_path: Path) -> None:
    options = {
        "architecture": "cbow",
        "vector_size": 12,
        "window": 3,
        "negative": 4,
        "loss": "negative_sampling",
        "epochs": 2,
        "min_count": 3,
        "max_vocabulary": 500,
        "sample": 0.01,
        "learning_rate": 0.03,
        "tokenizer": "whitespace",
        "min_token_length": 2,
        "engine": "textrep",
    }
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
    result = invoke("embed", small_corpus, "-o", tmp_path / "s", *words, "--jobs", 1, "--seed", 7)
    assert result.exit_code == 0, result.stderr
    store = textrep.EmbeddingStore.open(tmp_path / "s")  # -o is taken as it is: no suffix is added
    same = textrep.embed(textrep.read_corpus(small_corpus), **options, n_jobs=1, random_state=7)
    assert store.metadata["parameters"] == options | {"n_jobs": 1, "random_state": 7}
    assert list(store.keys) == list(same.keys)
    np.testing.assert_array_equal(store.vectors, same.vectors)


@pytest.mark.slow
def test_one_job_and_a_seed_repeat_bit_by_bit(small_corpus: Path, tmp_path: Path) -> None:
    files = []
    for number, (seed, way) in enumerate(((3, invoke), (3, run), (4, invoke))):  # `run` has another hash seed
        result = way("embed", small_corpus, *QUICK, "--jobs", 1, "--seed", seed, "-o", tmp_path / f"{number}")
        assert b"Next: " in (result.stdout if way is run else result.stdout_bytes)
        files.append((tmp_path / f"{number}").read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_json(small_corpus: Path, tmp_path: Path) -> None:
    result = invoke("embed", small_corpus, "-o", tmp_path / "s.textrep", *QUICK, "--json")
    summary = json.loads(result.stdout)
    store = textrep.EmbeddingStore.open(tmp_path / "s.textrep")
    seconds, speed = summary.pop("seconds"), summary.pop("words_per_second")
    assert 0 < seconds < 120
    assert speed > 0
    assert summary == {
        "store": str(tmp_path / "s.textrep"),
        "bytes": (tmp_path / "s.textrep").stat().st_size,
        "words": store.metadata["total_tokens"],
        "documents": len(list(textrep.read_corpus(small_corpus))),
        "vocabulary": len(store),
        "new_words": len(store),
        "dimensions": 10,
        "non_zeros": None,
        "epochs": 1,
        "loss": store.metadata["history"][-1]["loss"],
    }


def test_a_store_is_replaced_and_that_is_said(small_corpus: Path, tmp_path: Path) -> None:
    place = tmp_path / "s.textrep"
    assert "replaces" not in invoke("embed", small_corpus, "-o", place, *QUICK).stdout
    before = place.read_bytes()
    result = invoke("embed", small_corpus, "-o", place, *QUICK, "--seed", 2)
    assert "kB, replaces the one before\n" in result.stdout
    assert place.read_bytes() != before


def _folder(place: Path) -> None:
    place.mkdir()


def _notes(place: Path) -> None:
    place.write_text("my notes")


def _damaged(place: Path) -> None:
    textrep.EmbeddingStore.from_vectors(["a"], [[1.0]]).save(place)
    place.write_bytes(place.read_bytes()[:-1])


def _lost_link(place: Path) -> None:
    place.symlink_to(place.parent / "nowhere" / "s.textrep")


@pytest.mark.parametrize(
    ("make", "name", "message"),
    [
        (_folder, "s", "s is a folder; choose a file with -o"),
        (_notes, "s.textrep", "s.textrep exists and is no store, so it is not replaced"),
        (_damaged, "s.textrep", "s.textrep exists and is no store, so it is not replaced (s.textrep is damaged"),
        (_lost_link, "s.textrep", "s.textrep cannot be written: there is no folder "),
        (None, "no/such/s.textrep", "s.textrep cannot be written: there is no folder "),
        (None, "x" * 300, "'" + "x" * 56 + "... cannot be written: File name too long; choose a file with -o"),
        (None, "corpus.txt", "corpus.txt is the corpus itself; choose another file with -o"),
        (None, "corpus.txt/s", "corpus.txt/s cannot be written: Not a directory"),
        (None, "/dev/null", "/dev/null exists and is no store"),
    ],
)
def test_what_cannot_be_written_is_refused_before_training(
    small_corpus: Path, monkeypatch: pytest.MonkeyPatch, make, name: str, message: str
) -> None:
    def no_training(*args: object, **kwargs: object) -> None:
        raise AssertionError("it trained")

    monkeypatch.setattr(textrep, "embed", no_training, raising=False)
    monkeypatch.chdir(small_corpus.parent)
    if make:
        make(Path(name))
    before = {path: path.is_file() and path.read_bytes() for path in Path().iterdir()}
    result = invoke("embed", "corpus.txt", "-o", name)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert {path: path.is_file() and path.read_bytes() for path in Path().iterdir()} == before


def test_a_folder_that_may_not_be_written(small_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(target.tempfile, "TemporaryFile", denied)
    result = invoke("embed", small_corpus, "-o", tmp_path / "s")
    assert result.exit_code == 1
    assert result.stderr == (
        f"textrep: {tmp_path}/s cannot be written: {tmp_path}: Permission denied; choose a file with -o\n"
    )


def test_a_link_to_the_corpus_is_the_corpus(small_corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(small_corpus)
    result = invoke("embed", small_corpus, "-o", tmp_path / "link")
    assert (result.exit_code, "is the corpus itself" in result.stderr) == (1, True)


def test_too_small_a_corpus_names_the_option_that_helps(tmp_path: Path) -> None:
    corpus = tmp_path / "tiny.txt"
    corpus.write_text("one two two\n")
    result = invoke("embed", corpus, "-o", tmp_path / "s", *QUICK)
    assert result.exit_code == 1
    assert "lower --min-count to 2 or less" in result.stderr
    assert "min_count" not in result.stderr
    assert not (tmp_path / "s").exists()
    result = invoke("embed", corpus, "-o", tmp_path / "s", *QUICK, "--min-count", 2)
    assert result.exit_code == 0
    assert list(textrep.EmbeddingStore.open(tmp_path / "s")) == ["two"]
    assert "3 words in 1 document\n" in result.stdout
    assert "\nvocabulary  1 word seen 2 times or more\n" in result.stdout


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("no.txt", None, [], "no.txt' is no file"),
        ("a.md", b"x", [], "--format txt reads a document a line"),
        ("a.txt", b"\xe9t\xe9\n", [], "--encoding-errors replace"),
        ("a.jsonl", b'{"body": "x"}\n', [], "--field NAME"),
        ("a.txt", b"", [], "the corpus is empty or blank"),
        ("empty/", None, [], "textrep embed '"),
    ],
)
def test_a_corpus_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes | None, options: list[str], message: str
) -> None:
    if name.endswith("/"):
        (tmp_path / name).mkdir()
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    result = invoke("embed", f"{tmp_path}/{name}", "-o", tmp_path / "s", *options)
    assert result.exit_code == 1
    assert result.stderr.startswith("textrep: ")
    assert message in result.stderr
    assert not re.search(r"\w=|read_corpus|list of str|_errors", result.stderr.replace(str(tmp_path), ""))
    assert not (tmp_path / "s").exists()


def test_several_corpora_of_records_compressed_and_standard_input(tmp_path: Path) -> None:
    lines = head("en_wiki.txt", 60_000).splitlines()
    records = "".join(json.dumps({"body": line}) + "\n" for line in lines)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(records.encode()))
    (tmp_path / "b.txt").write_text("\n".join(lines), encoding="utf-8")
    options = (*QUICK, "--jobs", 1, "--field", "body", "--min-count", 1)
    done = run("embed", "a.jsonl.gz", "-", "b.txt", *options, cwd=tmp_path, stdin=b"zzyzx once\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"corpus      3 corpora: ")
    store = textrep.EmbeddingStore.open(tmp_path / "corpus.textrep")
    tokens = [token for line in lines for token in textrep.get_tokenizer()(line)]
    assert store.metadata["total_tokens"] == 2 * len(tokens) + 2
    assert store.counts is not None
    assert store.counts[store.keys.find("zzyzx")] == 1
    assert store.counts[store.keys.find("april")] == 2 * tokens.count("april")
