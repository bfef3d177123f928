"""Hints at what was meant: most are in messages.txt; here what they must not get in the way of."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from cli_helpers import invoke
from textrep_cli import mistaken
from textrep_cli.app import textrep as app

LEAVES = [
    command
    for group in (app, *(each for each in app.commands.values() if isinstance(each, click.Group)))
    for command in group.commands.values()
    if not isinstance(command, click.Group)
]


@pytest.mark.parametrize("name", mistaken._OPTIONS)
def test_a_name_of_others_leads_to_an_option_that_some_command_has(name: str) -> None:
    commands = [command for command in LEAVES if mistaken.meant_option(command, f"--{name}")]
    assert commands
    for command in commands:
        meant = mistaken.meant_option(command, f"--{name}")
        assert meant in {option for param in command.params for option in param.opts}


def test_names_are_compared_without_case_and_with_either_dash() -> None:
    assert mistaken.meant_option(app.commands["embed"], "--N_JOBS") == "--jobs"
    assert mistaken.meant_option(app.commands["info"], "--n-jobs") == ""


def test_a_file_named_otherwise_is_read_as_the_format_that_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("corpus.vec").write_text("a b c\n" * 9)
    assert "textrep convert corpus.vec" in invoke("embed", "corpus.vec").stderr
    done = invoke("embed", "corpus.vec", "--format", "txt", "--vector-size", 2, "--epochs", 1)
    assert done.exit_code == 0, done.output


def test_a_file_named_like_a_word_is_classified_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("new").write_text("a film\n")
    mistaken.check_no_text(["new"])
    mistaken.check_no_text(["*.txt"])
    mistaken.check_no_text(["-"])
    with pytest.raises(click.UsageError, match=r"^there is no file 'a'; a text is given with --text 'a film'\.$"):
        mistaken.check_no_text(["a", "film"])


LONG = {"letters": "a" * 300, "Korean": "이 영화는 정말 " * 15, "dots": "a." * 150}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_text_is_no_command_and_is_cut(text: str) -> None:
    for group, path in (((), "textrep"), (("tag",), "textrep tag")):
        said = invoke(*group, text)
        assert said.exit_code == 2
        assert said.stderr == f"textrep: No such command '{text[:56]}.... See: {path} --help\n"


@pytest.mark.parametrize("text", [LONG["letters"], LONG["Korean"]], ids=["letters", "Korean"])
def test_a_long_text_where_files_are_expected_is_cut(text: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        mistaken.check_no_text([text])
    beginning = f"'{text[:56]}..."
    assert caught.value.message == f"there is no file {beginning}; a text is given with --text {beginning}."


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_name_is_the_name_of_no_file(text: str) -> None:
    assert mistaken.meant_file(Path(text), "Make one.") == ". Make one."
    mistaken.check_inputs([text, f"{text}.vec"], "--from")
    with pytest.raises(click.UsageError, match=r"^there is no file '.{56}\.\.\.; the file to write is named with -o '"):
        mistaken.check_inputs(["corpus.txt", f"{text}.textrep"], "--from")
    with click.Context(app.commands["similar"]) as context:
        context.params = {"store": Path("king"), "words": (f"{text}.textrep",)}
        assert mistaken.meant_file(Path("king"), "Make one.") == ". Make one."


@pytest.mark.parametrize("text", ["What a film.", "Good/bad film?", "a [b] c", "* * *"])
def test_what_has_a_space_is_a_text_whatever_its_punctuation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(click.UsageError) as caught:
        mistaken.check_no_text([text])
    assert caught.value.message == f"there is no file '{text}'; a text is given with --text '{text}'."


def test_files_whose_names_have_spaces_are_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my films").mkdir()
    Path("my films", "a.txt").write_text("a film\n")
    for name in ("my films/a.txt", "my films/*.txt", "my films"):
        mistaken.check_no_text([name])
    with pytest.raises(click.UsageError, match=r"there is no file 'my films/\*\.csv'"):
        mistaken.check_no_text(["my films/*.csv"])
