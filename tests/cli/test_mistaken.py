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
