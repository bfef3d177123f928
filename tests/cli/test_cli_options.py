"""The options of ``textrep embed`` are the library's parameters, with its defaults."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import re
from collections.abc import Iterator
from importlib.metadata import version

import click
import pytest
from cli_helpers import invoke
from textrep_cli import options, target
from textrep_cli.app import textrep as app
from textrep_cli.wording import in_options

import textrep
from textrep.corpus.compression import SUFFIXES
from textrep.corpus.sources import FORMATS
from textrep.labelled.files import LABELLED, SEQUENCES
from textrep.training.settings import ARCHITECTURES, ENGINES, LOSSES, GloVeSettings, Word2VecSettings

EMBED = app.commands["embed"]
OPTIONS = {param.name: param for param in EMBED.params if isinstance(param, click.Option)}
SETTINGS = {field.name: field.default for field in dataclasses.fields(Word2VecSettings)}
# On the command line all cores are used, and runs can be repeated, unless one says otherwise.
# What Click itself says of a command or an option that is not there.
SUGGESTS = tuple(map(int, version("click").split(".")[:2])) >= (8, 4)
MEANT = " Did you mean 'train'?" if SUGGESTS else ""
NO_OPTION = {
    "--vectorsize": "No such option '--vectorsize'. (Did you mean one of: '--tokenizer', '--vector-size'?)",
    "--nope": "No such option '--nope'.",
}
DIFFERENT = {"n_jobs": ("jobs", None), "random_state": ("seed", 1)}


def default_of(option: str) -> object:
    parent = click.Context(app, **app.context_settings)  # without it, click would forget that -h asks for help
    return EMBED.make_context("embed", ["corpus.txt"], parent=parent).params[option]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_parameter_is_an_option_with_the_same_default(name: str) -> None:
    option, default = DIFFERENT.get(name, (name, SETTINGS[name]))
    assert default_of(option) == default
    assert f"--{option.replace('_', '-')}" in OPTIONS[option].opts


@pytest.mark.parametrize("name", ["format", "encoding", "encoding_errors", "field"])
def test_options_of_reading_have_the_defaults_of_read_corpus(name: str) -> None:
    assert default_of(name) == inspect.signature(textrep.read_corpus).parameters[name].default


def test_choices_are_those_of_the_library() -> None:
    assert tuple(OPTIONS["architecture"].type.choices) == ARCHITECTURES
    assert tuple(OPTIONS["loss"].type.choices) == LOSSES
    assert tuple(OPTIONS["format"].type.choices) == options._FORMATS == FORMATS
    assert tuple(OPTIONS["engine"].type.choices) == ENGINES
    with pytest.raises(ValueError, match="known are 'word', 'whitespace', 'char',") as info:
        textrep.get_tokenizer("no such")
    assert list(OPTIONS["tokenizer"].type.choices) == re.findall(r"'(\w+)'", str(info.value))


def test_endings_that_a_store_drops_are_those_that_the_library_reads() -> None:
    # Written out in `textrep_cli.target`, so that --help stays quick.
    assert tuple(f".{name}" for name in FORMATS) == target._RECORDS
    assert {f".{name}" for name in LABELLED.endings | SEQUENCES.endings} <= {*target._RECORDS, *target._LABELLED}
    assert set(target.COMPRESSED) == set(SUFFIXES)


def test_help_states_the_default_learning_rates() -> None:
    rates = {Word2VecSettings(architecture=name).rate for name in ARCHITECTURES}
    rates.add(GloVeSettings().rate)
    assert len(rates) == 1, "the help names one rate"
    shown = " ".join(invoke("embed", "--help").stdout.split())
    assert f"default: ({rates.pop():g})" in shown
    assert (
        f"--engine gensim is by default {Word2VecSettings(engine='gensim').rate:g}."
        in shown.partition("--learning-rate X")[2][:180]
    )


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, those of families among them: ``("classify", "train")``."""
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("words", list(commands(app)), ids=" ".join)
def test_help_of_every_command_has_examples_of_it(words: tuple[str, ...]) -> None:
    result = invoke(*words, "-h")
    assert result.exit_code == 0
    assert f"Usage: textrep {' '.join(words)} " in result.stdout
    own = f"\n    textrep {' '.join(words)} "
    assert re.search(rf"{own}(corpus\.(tex|txt)|train|reviews|names)", result.stdout)
    assert result.stderr == ""


@pytest.mark.parametrize("words", list(commands(app)), ids=" ".join)
def test_examples_name_options_that_there_are(words: tuple[str, ...]) -> None:
    for example in re.findall(r"^    textrep (.*)$", invoke(*words, "-h").stdout, re.M):
        command: click.Command = app
        *called, _ = [*itertools.takewhile(lambda word: not word.startswith("-"), example.split()), ""]
        for word in called:
            if isinstance(command, click.Group):
                command = command.commands[word]
        known = {option for param in command.params for option in param.opts}
        assert set(re.findall(r" (--?[a-z][a-z-]*)", example)) <= known, example


def test_a_family_alone_shows_its_help() -> None:
    for name in ("classify", "tag"):
        alone = invoke(name)
        assert alone.exit_code == 0
        assert alone.stdout == invoke(name, "--help").stdout
        assert re.findall(r"^  (train|predict|evaluate) ", alone.stdout, re.M) == ["train", "predict", "evaluate"]
        assert invoke(name, "tran").stderr == f"textrep: No such command 'tran'.{MEANT} See: textrep {name} --help\n"


def test_alone_it_shows_its_help() -> None:
    alone = invoke()
    assert alone.exit_code == 0
    assert alone.stdout == invoke("--help").stdout
    assert all(f"\n  {name} " in alone.stdout for name in app.commands)


def test_version() -> None:
    assert invoke("--version").stdout == f"textrep {textrep.__version__}\n"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("min_count=5 leaves no token; lower min_count to 2", "--min-count 5 leaves no token; lower --min-count to 2"),
        ("min_count=5.", "--min-count 5."),
        ("pass learning_rate=0.00625", "pass --learning-rate 0.00625"),
        ('Pass the format: format="txt" reads', "Pass the format: --format txt reads"),
        ("(encoding_errors='strict')", "(--encoding-errors strict)"),
        ("n_jobs=0, random_state=-1", "--jobs 0, --seed -1"),
        ("holds the text, field=NAME", "holds the text, --field NAME"),
        ("pass the format= it has", "pass the --format it has"),
        ('say: read_corpus("a b/*", format="txt")', "say: textrep embed 'a b/*' --format txt"),
        ("no file. Texts themselves need no read_corpus: pass a list of str on", "no file"),
        ("scheme=None", "--scheme none"),
        ('what comments begin with, comment_prefix="#"', "what comments begin with, --comment-prefix '#'"),
        ("fine_tune=False freezes, fine_tune=True does not", "--no-fine-tune freezes, no --no-fine-tune does not"),
        ("unknown cell='x'", "unknown --model x"),
        ('say: read_labelled("a b/*", format="tsv")', "say: textrep embed 'a b/*' --format tsv"),
        ("no file. Texts and labels themselves need no read_labelled: pass a list of str on", "no file"),
        # names of files are left alone
        ("min_count.txt: min_count", "min_count.txt: --min-count"),
        ("data/min_count: the loss of window", "data/min_count: the loss of window"),
        ("a?window=3.txt", "a?--window 3.txt"),
    ],
)
def test_messages_name_options_for_parameters(message: str, shown: str) -> None:
    assert in_options(message) == shown


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["embed"], "Missing argument 'CORPUS...'. See: textrep embed --help"),
        (["embed", "x", "--vector-size", "0"], "Invalid value for '--vector-size': 0 is not in the range x>=1."),
        (["embed", "x", "--vectorsize", "9"], NO_OPTION["--vectorsize"] if SUGGESTS else "No such option"),
        (
            ["embed", "x", "--learning-rate", "nan"],
            "Invalid value for '--learning-rate': 'nan' is not a finite",
        ),
        (["embed", "x", "--sample", "inf"], "Invalid value for '--sample': inf is not in the range 0<=x<=1."),
        (["embed", "x", "--jobs", "-1"], "Invalid value for '--jobs'"),
        (
            ["embed", "x", "--method", "lda"],
            "'lda' is not one of 'word2vec', 'fasttext', 'glove', 'onehot', 'count', 'tfidf'.",
        ),
        (
            ["embed", "x", "--tokenizer", "char", "--min-token-length", "2"],
            "tokenizer 'char' gives tokens of one character: --min-token-length 2 would drop them all",
        ),
        (["embed", "x", "-o", ""], "-o '' is not the name of a file."),
        (["embed", "x", "-o", "new/"], "-o 'new/' is not the name of a file."),
        (["embed", "-", "-o", "-"], "-o - is not possible"),
        (["similar"], "Missing argument 'STORE'. See: textrep similar --help"),
        (["similar", "s", "-k", "0"], "Invalid value for '-k': 0 is not in the range x>=1."),
        (["analogy", "s", "a", "b"], "Missing argument 'C'."),
        (["simlar"], "No such command 'simlar'."),
        (["--nope"], NO_OPTION["--nope"] if SUGGESTS else "No such option"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(args: list[str], message: str) -> None:
    result = invoke(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("textrep: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
