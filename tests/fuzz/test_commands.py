"""Spoiled files on the command line: done, or one line on stderr and an exit code; never a traceback or "a bug"."""

from __future__ import annotations

import re
from itertools import chain

import pytest
from click.testing import CliRunner
from judging import MOST, Judge, few_or_many, some
from mutations import flipped_bytes, header_cases, tensor_cases
from saved_targets import SAVED, command_for
from strategies import judge_spliced
from text_targets import TEXT
from textrep_cli.app import textrep as app

WRONG = re.compile(r"a bug, please report|Traceback|not enough memory|Warning:")


def run(*args):
    """Run a command; raise AssertionError unless it ends as commands may end."""
    done = CliRunner().invoke(app, [str(arg) for arg in args], prog_name="textrep")
    assert done.exit_code in (0, 1, 2), (args, done.exception)
    assert isinstance(done.exception, SystemExit | None), (args, done.exception)
    assert not WRONG.search(done.stderr), (args, done.stderr[-300:])
    if done.exit_code:
        said = [line for line in done.stderr.splitlines() if line and not line.startswith("textrep: warning")]
        assert said, args
        assert len(said) <= 3, (args, done.stderr)
    return done


def commands_judged(name, commands, folder, n):
    """Judge `n` ways to spoil a saved file by commands, a list made of the path of the file."""
    whole = folder / "whole.textrep"
    SAVED[name].write(whole)
    content = whole.read_bytes()

    def use(path):
        for args in commands(path):
            run(*args)

    judge = Judge(folder / "bad.textrep", use)
    judge.warm_up(content)
    spoiled = chain(
        header_cases(content), tensor_cases(whole, folder / "work.textrep"), flipped_bytes(content, (0x10,))
    )
    judge.run(make() for make in some(spoiled, n))
    judge.check()
    return judge


def test_the_commands_succeed_with_good_files(tmp_path):
    name = "documents, TF-IDF"
    SAVED[name].write(tmp_path / "good.textrep")
    for args in command_for(SAVED[name].kind, tmp_path / "good.textrep", tmp_path):
        assert run(*args).exit_code == 0


def test_a_bug_is_noticed(tmp_path, monkeypatch):
    def fail(*_):
        raise KeyError("loss")

    monkeypatch.setattr("textrep_cli.info.detected", fail)
    with pytest.raises(AssertionError, match="a bug, please report it: KeyError"):
        run("info", tmp_path / "x")


@few_or_many(1, MOST // 5)
@pytest.mark.parametrize("name", SAVED)
def test_saved_files(name, n, tmp_path, record_property):
    text = tmp_path / "texts.txt"
    text.write_text("a good film\n")
    judge = commands_judged(name, lambda path: command_for(SAVED[name].kind, path, text), tmp_path, n)
    record_property("counts", dict(judge.counts))


PICTURED = ("trained store", "documents, word2vec")


def _pictured(path):
    """Commands that draw a store, and that put an index into it: they take longer than others."""
    picture, indexed = path.with_name("picture.svg"), path.with_name("indexed.textrep")
    return [
        ["plot", path, "-o", path.with_name("map.png")],
        ["plot", path, "--neighbours", "king", "-o", picture],
        ["plot", path, "--learning-curve", "-o", picture],
        ["convert", path, indexed, "--index"],
        ["similar", indexed, "king", "--approximate"],
    ]


@few_or_many(1, MOST // 10)
@pytest.mark.parametrize("name", PICTURED)
def test_pictures_and_indexes(name, n, tmp_path, record_property):
    record_property("counts", dict(commands_judged(name, _pictured, tmp_path, n).counts))


STORE = "trained store"
READING = {
    "embed": lambda path, _: ["embed", path, "-o", path.with_name("out.textrep"), "--epochs", 1, "--min-count", 1,
                              "--vector-size", 2],
    "score": lambda path, store: ["score", store, path],
    "info": lambda path, _: ["info", path],
    "similar": lambda path, _: ["similar", path, "the"],
    "convert": lambda path, _: ["convert", path, path.with_name("out.vec"), "--to", "glove"],
    "index": lambda path, _: ["convert", path, path.with_name("out.textrep"), "--index"],
}  # fmt: skip
READ_BY = {
    "corpus of lines": ("embed",), "corpus as TSV": ("embed",), "corpus as CSV": ("embed",),
    "corpus as JSONL": ("embed",),
    "gold pairs": ("score",), "gold pairs, commas": ("score",), "gold analogies": ("score",),
    "word2vec": ("info", "similar", "convert", "index"), "GloVe": ("info", "convert"), "floret": ("info", "similar"),
}  # fmt: skip


@few_or_many(1, MOST // 5)
@pytest.mark.parametrize("name", READ_BY)
def test_texts(name, n, tmp_path, record_property):
    store = tmp_path / "store.textrep"
    SAVED[STORE].write(store)
    target = TEXT[name]

    def use(path):
        for command in READ_BY[name]:
            path.with_name("out.textrep").unlink(missing_ok=True)
            path.with_name("out.vec").unlink(missing_ok=True)
            run(*READING[command](path, store))

    judge = Judge(tmp_path / target.name, use)
    judge.warm_up(target.content)
    judge_spliced(judge, target.content, n)
    record_property("counts", dict(judge.counts))
