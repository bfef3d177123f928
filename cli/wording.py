"""The library's messages, which speak of Python parameters, in words of the command line."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import click

from textrep.errors import TextrepError

from .declaring import dashed
from .hint import quoted
from .learning import SWITCHES
from .options import FLAGS, SECTIONS

__all__ = ["OptionsError", "in_format_options", "in_options", "said_in_options"]


# parameter of the library -> option, where it is not simply the name with dashes
_RENAMED = {"n_jobs": "--jobs", "random_state": "--seed", "max_size": "--max-vocabulary", "initial": "--from"}
_RENAMED |= {"cell": "--model"}
_SET = ("vocabulary", "dtype")  # parameters without an option
_RENAMED |= {name: f"--set {name}" for name in (*_SET, *(parameter for parameter, _ in FLAGS.values()))}
_RENAMED |= {parameter: dashed(flag) for flag, parameter in SWITCHES.items()}
_FLAGS = FLAGS | {flag: (parameter, False) for flag, parameter in SWITCHES.items()}

_NAMES = (
    *("initial", "method", "max_size", "n_jobs", "random_state", "field", "format", "encoding", "encoding_errors"),
    *("tokenizer", "min_token_length", "pooling", *_RENAMED),
    *("text_field", "label_field", "token_column", "tag_column", "comment_prefix", "scheme"),
    *("hidden_size", "num_layers", "hidden_layer_sizes", "activation", "class_weight", "dropout", "l1", "l2"),
    *("batch_size", "max_epochs", "validation_fraction", "patience", "clip_gradient", "device"),
    *(name for names in SECTIONS.values() for name in names),
)
_ONE_OF = "|".join(sorted(set(_NAMES)))
_LONG = "|".join(sorted(name for name in set(_NAMES) if "_" in name))
_ASSIGNED = re.compile(rf"(?<![\w./-])({_ONE_OF})=(?:\"([^\"]*)\"|'([^']*)'|\((\d+, \d+)\)|([\w.+-]*\w)|(?=[\s,]|$))")
_NAMED = re.compile(rf"(?<![\w./-])(?<!--set )({_LONG})(?![\w/=-]|\.\w)")
# Names that are also words: at the beginning of what is refused, and between quotation marks.
_REFUSED = re.compile(rf"^({_ONE_OF})(?= must )")
_QUOTED = re.compile(rf"(parameter |since |while )'({_ONE_OF})'")
_CALL = re.compile(r'read_(?:corpus|labelled|sequences|gold)\("(.*?)", format="(\w+)"\)')
# What can only be said or done in Python: pattern -> what it is on the command line.
_ONLY_PYTHON = [
    (r"\.? [A-Z][a-z ]* themselves need no read_\w+: .*$", ""),
    (r", or keep the documents: .*$", ""),
    (r", or callable\b|,? or (pass )?a callable from str to list of str", ""),
    (r"^unknown tokenizer ('.*'); known are ", r"tokenizer must be one of those known, not \1: "),
    (r"^tokenizer must be '", "tokenizer must be one of '"),
    (r"'english', a list of str, or None", "english or a file of words"),
    (
        r"^not a built-in stop list: (.*); pass stop_words='english', or a list of words",
        r"stop_words must be english or a file of words; got '\1'",
    ),
    (r"^(\w+ must be )'NFC' or None", r"\1NFC or none"),
    (r"^(norm must be )'l1', 'l2' or None", r"\1l1, l2 or none"),
    (r"(must be an int of at least 1), or None for no limit", r"\1"),
    (r"^(n_jobs must be )None, ", r"\1"),
    (r"must be True or False", "must be true or false"),
    (
        r"^Invalid value for (ngram_range=.*) lower boundary larger than the upper boundary: pass \((\d+), (\d+)\)",
        r"\1 begins above its end: give \2,\3",
    ),
    (r"such as \((\d+), (\d+)\)", r"such as \1,\2"),
    (
        r"^empty vocabulary passed to fit; pass at least one term, or None to learn the terms",
        "vocabulary must hold a term",
    ),
    (r"^Vocabulary (?=contains|of size)", "--set vocabulary "),
    (r"^(Duplicate term in|Upper case characters found in) vocabulary", r"\1 --set vocabulary"),
    (r"while 'lowercase' is True", "while texts are lower-cased; --no-lowercase leaves them as they are"),
    (r"^device is '([\w:]+)'", r"--device \1 is asked for"),
    (r"pass device='auto' or 'cpu'", "pass --device auto or --device cpu"),
    (r"^dtype (?=\w+ cannot)", "dtype="),
    (r"(?<!\S)(\S+) 'dtype' will be converted to np\.float64", r"dtype=\1 is read as float64"),
    (r"'analyzer' != 'word'", "--analyzer is not word"),
]


def in_options(message: str) -> str:
    """Say with options what a message says with parameters: ``"lower min_count=5" -> "lower --min-count 5"``."""
    for pattern, replacement in _ONLY_PYTHON:
        message = re.sub(pattern, replacement, message)
    message = _CALL.sub(lambda match: f"{_command()} {quoted(match[1])} --format {match[2]}", message)
    message = _ASSIGNED.sub(lambda match: _with_value(match[1], next(filter(None, match.groups()[1:]), "")), message)
    message = _REFUSED.sub(lambda match: _option(match[1]), message)
    message = _QUOTED.sub(lambda match: match[1] + _option(match[2]), message)
    return _NAMED.sub(lambda match: _option(match[1]), message)


def _option(name: str) -> str:
    return _RENAMED.get(name) or dashed(name)


def _with_value(name: str, value: str) -> str:
    """``"min_df", "2" -> "--min-df 2"``; ``"use_idf", "False" -> "--no-idf"``; ``"dtype", "x" -> "--set dtype=x"``."""
    for flag, (parameter, meant) in _FLAGS.items():
        if (parameter, str(meant)) == (name, value):
            return dashed(flag)
    option = _option(name)
    if name in SWITCHES.values() and value == "True":
        return f"no {option}"
    if option.startswith("--set "):
        return f"{option}={value.lower() if value in ('True', 'False') else value}"
    if name == "scheme" and value == "None":
        value = "none"
    if name == "comment_prefix":  # "#", which begins a comment of the shell, too
        value = quoted(value)
    return f"{option} {value.replace(', ', ',')}".rstrip()


def _command() -> str:
    """Return the command that is running, up to its files: ``"textrep embed"``, ``"textrep score STORE"``."""
    context = click.get_current_context(silent=True)
    if context is None:
        return "textrep embed"
    names = [each.human_readable_name for each in context.command.params if isinstance(each, click.Argument)]
    return " ".join([context.command_path, *names[:-1]])


@contextlib.contextmanager
def said_in_options(field: str = "--field") -> Iterator[None]:
    """Let errors of the library speak of options; `field` is the one for `read_corpus`'s parameter of that name."""
    try:
        yield
    except TextrepError as error:
        raise OptionsError(re.sub(r"(?<![\w-])--field\b", field, in_options(str(error)))) from error


def in_format_options(message: str, option: str) -> str:
    """Do the same for messages about formats, whose option differs: ``'format="glove"' -> "--from glove"``."""
    message = re.sub(r'\bformat=(?:\.\.\.|"([\w-]+)")', lambda match: f"{option} {match[1] or ''}".rstrip(), message)
    return re.sub(r'\bencoding_errors="(\w+)"', r"--encoding-errors \1", message)


class OptionsError(TextrepError):
    """An error of the library, with options in place of parameters."""
