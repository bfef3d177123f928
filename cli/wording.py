"""The library's messages, which speak of Python parameters, in words of the command line."""

from __future__ import annotations

import re

from textrep.errors import TextrepError

__all__ = ["OptionsError", "in_format_options", "in_options"]

# parameter of the library -> option, where it is not simply the name with dashes
_RENAMED = {"n_jobs": "--jobs", "random_state": "--seed", "max_size": "--max-vocabulary", "initial": "--from"}

_NAMES = (
    *("initial", "method", "min_n", "max_n", "buckets", "subwords", "min_jamo_n", "max_jamo_n"),
    *("architecture", "vector_size", "window", "negative", "loss", "epochs", "min_count", "max_vocabulary", "max_size"),
    *("sample", "learning_rate", "tokenizer", "min_token_length", "n_jobs", "random_state"),
    *("field", "format", "encoding", "encoding_errors"),
    *("engine", "ngram_range", "analyzer", "stop_words", "min_df", "max_df", "max_features", "norm", "normalization"),
)
_ASSIGNED = re.compile(rf"(?<![\w./-])({'|'.join(_NAMES)})=(?:\"([^\"]*)\"|'([^']*)'|([\w.+-]*\w)|(?=\s))")
_NAMED = re.compile(rf"(?<![\w./-])({'|'.join(name for name in _NAMES if '_' in name)})(?![\w/=-]|\.\w)")
_CALL = re.compile(r'read_corpus\("(.*?)", format="(\w+)"\)')
# What only a Python programmer can do.
_ONLY_PYTHON = re.compile(
    r"\.? Texts themselves need no read_corpus: pass (a|the) list of str on|, or keep the documents: .*$"
)


def in_options(message: str) -> str:
    """Say with options what a message says with parameters: ``"lower min_count=5" -> "lower --min-count 5"``."""
    message = _ONLY_PYTHON.sub("", message)
    message = _CALL.sub(lambda match: f"textrep embed '{match[1]}' --format {match[2]}", message)
    message = _ASSIGNED.sub(lambda m: f"{_option(m[1])} {m[2] or m[3] or m[4] or ''}".rstrip(), message)
    return _NAMED.sub(lambda match: _option(match[1]), message)


def _option(name: str) -> str:
    return _RENAMED.get(name, f"--{name.replace('_', '-')}")


def in_format_options(message: str, option: str) -> str:
    """Do the same for messages about formats, whose option differs: ``'format="glove"' -> "--from glove"``."""
    message = re.sub(r'\bformat=(?:\.\.\.|"([\w-]+)")', lambda match: f"{option} {match[1] or ''}".rstrip(), message)
    return re.sub(r'\bencoding_errors="(\w+)"', r"--encoding-errors \1", message)


class OptionsError(TextrepError):
    """An error of the library, with options in place of parameters."""
