"""Texts and sentences that are typed: at a prompt, or as standard input of training."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from cli_helpers import invoke

pytest.importorskip("torch")


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let standard input pass for a terminal."""
    for module in ("predicting", "incoming"):
        monkeypatch.setattr(f"textrep_cli.{module}.is_terminal", lambda stream: stream is sys.stdin)


@pytest.mark.usefixtures("typing")
@pytest.mark.parametrize("probabilities", [(), ("--probabilities",)], ids=["labels", "probabilities"])
def test_texts_are_classified_one_by_one(models: Path, probabilities: tuple[str, ...]) -> None:
    model = models / "classifier.textrep"
    result = invoke("classify", "predict", model, *probabilities, stdin="a good film\na bad cast\n\nnot read\n")
    assert result.exit_code == 0
    assert result.stderr == f"{model}. Type a text; an empty line or Ctrl-D ends.\n> > > "
    texts = ("--text", "a good film", "--text", "a bad cast")
    assert result.stdout == invoke("classify", "predict", model, *probabilities, *texts).stdout
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.usefixtures("typing")
@pytest.mark.parametrize(
    ("options", "text", "tokens"),
    [
        ((), "Ann saw Rome", ["Ann", "saw", "Rome"]),
        (("--format", "characters"), "한 a", ["한", " ", "a"]),
        (("--probabilities",), "Ann saw", ["Ann", "saw"]),
    ],
)
def test_sentences_are_tagged_one_by_one(models: Path, options: tuple[str, ...], text: str, tokens: list[str]) -> None:
    model = models / "tagger.textrep"
    result = invoke("tag", "predict", model, *options, stdin=f"{text}\nRome\n")  # and Ctrl-D
    assert result.exit_code == 0
    assert result.stderr == f"{model}. Type a sentence; an empty line or Ctrl-D ends.\n> > > \n"
    assert result.stdout == invoke("tag", "predict", model, *options, "--text", text, "--text", "Rome").stdout
    assert [line.partition("\t")[0] for line in result.stdout.splitlines()][: len(tokens)] == tokens


@pytest.mark.usefixtures("typing")
@pytest.mark.parametrize(("command", "what"), [("classify", "text"), ("tag", "sentence")])
def test_a_prompt_gives_no_json(models: Path, command: str, what: str) -> None:
    model = models / {"classify": "classifier.textrep", "tag": "tagger.textrep"}[command]
    result = invoke(command, "predict", model, "--json", stdin="a good film\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(
        f"textrep: no {what} given: name files, give one with --text, or send lines to stand"
    )


DATA = {"classify": "x\tone\ny\ttwo\n" * 10, "tag": "Ann\tB-PER\nsaw\tO\n\n" * 10}
SMALL = ("--max-epochs", "1", "--hidden-size", "4", "--vector-size", "4", "--jobs", "1")


@pytest.mark.parametrize("command", ["classify", "tag"])
@pytest.mark.parametrize("typed", [False, True], ids=["sent", "typed"])
def test_training_data_may_come_from_standard_input(
    command: str, typed: bool, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if typed:
        request.getfixturevalue("typing")
    monkeypatch.chdir(tmp_path)
    result = invoke(command, "train", "-", *SMALL, stdin=DATA[command])
    assert result.exit_code == 0, result.output
    assert result.stderr == ("Reading what is typed here; Ctrl-D ends.\n" if typed else "")
    assert "standard input: " in result.stdout
    model = {"classify": "corpus-classifier.textrep", "tag": "corpus-tagger.textrep"}[command]
    assert f"  {model}, " in result.stdout
    scores = invoke(command, "evaluate", model, "-", "--json", stdin=DATA[command])
    assert json.loads(scores.stdout).keys() >= {"accuracy"}
    assert scores.stderr == ("Reading what is typed here; Ctrl-D ends.\n" if typed else "")
