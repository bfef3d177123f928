"""What was probably meant: by names of other programs, by a file in the wrong place, by arguments in the wrong order.

``meant_...`` return a hint, or an empty string where there is none to give; ``check_...`` refuse, with one.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from textrep.shown import shown

from .hint import quoted, typed

__all__ = ["check_inputs", "check_no_text", "meant_command", "meant_file", "meant_option"]

# option of gensim, fastText, word2vec or scikit-learn -> options of that meaning: the first that a command has is meant
_OPTIONS = {
    "size": ("--vector-size",),
    "dim": ("--vector-size",),
    "dimensions": ("--vector-size",),
    "iter": ("--epochs", "--max-epochs"),
    "epoch": ("--epochs", "--max-epochs"),
    "lr": ("--learning-rate",),
    "ws": ("--window",),
    "neg": ("--negative",),
    "hs": ("--loss",),
    "sg": ("--architecture",),
    "cbow": ("--architecture",),
    "skipgram": ("--architecture",),
    "model": ("--method",),
    "workers": ("--jobs",),
    "threads": ("--jobs",),
    "n-jobs": ("--jobs",),
    "random-state": ("--seed",),
    "out": ("--output",),
    "k": ("-k",),
    "n": ("-k",),
    "topn": ("-k",),
    "top": ("-k",),
    "text-field": ("--field",),
    "column": ("--field", "--text-field", "--tag-column"),
}

_VECTORS = (".vec", ".w2v", ".glove", ".floret")
_TAGGED = (".conll", ".conllu")
_LONGEST = 60  # characters of a text or name that a message shows whole


def meant_option(command: click.Command, name: str) -> str:
    """Return the option of a command that another program calls by a name: ``"--dim" -> "--vector-size"``."""
    known = {option for param in command.params for option in param.opts}
    of_others = _OPTIONS.get(name.lstrip("-").replace("_", "-").lower(), ())
    return next((option for option in of_others if option in known), "")


def meant_command(group: click.Group, context: click.Context, name: str) -> str:
    """Say what an unknown command was meant to be: one of a family, an option, or a file without a command."""
    if any(f"--{name}" in param.opts for param in group.get_params(context)):
        return f"Did you mean '--{name}'?"
    families = {key: command for key, command in group.commands.items() if isinstance(command, click.Group)}
    if found := [f"'{key} {name}'" for key, family in families.items() if name in family.commands]:
        return f"Did you mean {' or '.join(found)}?"
    if not _is_there(name, Path.is_file):
        return ""
    first, then = list(group.commands)[:2]  # what makes a store or a model, and what asks it
    command = then if name.endswith(".textrep") else first
    return f"It is a file, and a command comes before it: {context.command_path} {command} {quoted(name)}."


def meant_file(path: Path, remedy: str) -> str:
    """Say what to do about a store or a model that is not there, or is none.

    Parameters
    ----------
    path : Path
        What was given.
    remedy : str
        A sentence that says how such a file is made, for where there is no better hint.
    """
    context = click.get_current_context(silent=True)
    arguments = [param for param in context.command.params if isinstance(param, click.Argument)] if context else []
    given = [word for param in arguments for word in _words(context.params.get(param.name or ""))] if context else []
    files = [word for word in given[1:] if word.endswith(".textrep") and _is_there(word, Path.is_file)]
    if context is not None and files and given[0] == str(path):
        rest = [word for word in given if word != files[0]]
        command = typed([*context.command_path.split()[1:], files[0], *rest])
        return f". {arguments[0].human_readable_name} comes first: {command}"
    if _is_there(path):
        return ""
    named = path.with_name(f"{path.name}.textrep") if path.name else path
    return f"; there is {named}" if _is_there(named, Path.is_file) else f". {remedy}"


def _words(value: object) -> list[str]:
    return list(map(str, value)) if isinstance(value, tuple) else [] if value is None else [str(value)]


def check_inputs(files: Sequence[str], option: str) -> None:
    """Refuse stores, models and vectors among files of texts, as wrong usage, unless `--format` calls them texts.

    `option` is where a store can be given.
    """
    context = click.get_current_context(silent=True)
    if context is not None and context.params.get("format") is not None:
        return
    for file in files:
        is_there = _is_there(file, Path.is_file)
        if file.endswith(".textrep") and is_there:
            raise click.UsageError(f"{file} is no text, but a file of textrep's; for a store there is {option}.")
        if file.endswith(".textrep") and len(files) > 1 and not _is_there(file):
            name = file if len(file) <= _LONGEST else shown(file)
            raise click.UsageError(f"there is no file {name}; the file to write is named with -o {_quoted(file)}.")
        if file.endswith(_VECTORS) and is_there:
            command = typed(["convert", file, f"{Path(file).stem}.textrep"])
            raise click.UsageError(f"{file} is named as vectors are, not texts; a store is made of them by: {command}.")
        if (
            file.endswith(_TAGGED)
            and is_there
            and context is not None
            and context.command_path.endswith("classify train")
        ):
            raise click.UsageError(f"{file} is named as tagged sentences are, and these are for textrep tag train.")


def check_no_text(files: Sequence[str]) -> None:
    """Refuse words where files are expected, as wrong usage, if they look like a text."""
    if files and files[0] != "-" and not any(map(_names_files, files)):
        text = _quoted(" ".join(files))
        raise click.UsageError(f"there is no file {shown(files[0])}; a text is given with --text {text}.")


def _names_files(argument: str) -> bool:
    """Whether an argument names files, or looks like it: one with a space does not, whatever its punctuation."""
    if _is_there(argument):
        return True
    if " " in argument:
        matches = glob.iglob(argument, recursive=True)  # noqa: PTH207 - may be absolute
        return glob.has_magic(argument) and any(True for _ in matches)
    return bool(set(argument) & set("./\\*?["))


def _is_there(name: str | Path, kind: Callable[[Path], bool] = Path.exists) -> bool:
    """Whether a file is there; False of what can be no file's name, such as a long text."""
    try:
        return kind(Path(name))
    except (OSError, ValueError):
        return False


def _quoted(argument: str) -> str:
    """Quote for the shell, or cut what is long."""
    return quoted(argument) if len(argument) <= _LONGEST else shown(argument)
