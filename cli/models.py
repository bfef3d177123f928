"""Saved classifiers and taggers on the command line: opened, or refused by what they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from textrep.errors import FormatError, StoreNotFoundError, TextrepError

from .formats import is_text
from .hint import named, quoted, typed
from .mistaken import meant_file
from .wording import in_options, said_in_options

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["final", "model_argument", "needs_torch", "opened_model", "use_threads"]

_COMMANDS = {"classifier": "classify", "tagger": "tag"}  # kind of file -> what uses it

model_argument: Callable[[Any], Any] = click.argument("model", type=click.Path(path_type=Path))


class _WrongModelError(TextrepError):
    """A file holds something else than the command works with."""


def opened_model(path: Path, command: str, device: str, jobs: int | None) -> Any:
    """Open what ``textrep classify train`` or ``textrep tag train`` wrote.

    Parameters
    ----------
    path : Path
        The file.
    command : {"classify", "tag"}
        What it is wanted for.
    device : str
        Where it is to work, whatever it was trained on.
    jobs : int, optional
        How many threads it may use.

    Raises
    ------
    TextrepError
        If it is something else, or damaged.
    """
    from textrep.container import open_container

    made_by = f"A model is made by: textrep {command} train DATA"
    try:
        container = open_container(path)
    except StoreNotFoundError as error:
        raise StoreNotFoundError(f"{error}{meant_file(path, made_by)}") from None
    except FormatError as error:
        if hint := meant_file(path, ""):
            raise _WrongModelError(f"{error}{hint}") from None
        if not is_text(path):
            raise
        raise _WrongModelError(f"{error}. {made_by}") from None
    if container.kind == "store":
        if "vectorizer" in container.header:  # of documents, and no model begins with those
            raise _WrongModelError(f"{path} is a store of vectors of documents, no model. {made_by}")
        raise _WrongModelError(
            f"{path} is a store of vectors, no model; train one on it: "
            f"textrep {command} train DATA --store {quoted(str(path))}"
        )
    if container.kind not in _COMMANDS:
        raise _WrongModelError(f"{path} is a {container.kind}, no model. {made_by}")
    if _COMMANDS[container.kind] != command:
        context = click.get_current_context(silent=True)
        verb = context.info_name if context is not None and context.info_name else "predict"
        used = typed([_COMMANDS[container.kind], verb, named(path)])
        raise _WrongModelError(f"{path} is a {container.kind}; it is used by: {used}")
    needs_torch(command)
    from textrep.classifiers import load

    with said_in_options():
        model = load(path)
    final(model).device = device
    if final(model) is not model:
        model[0].set_params(n_jobs=-1 if jobs is None else jobs)
    _check_device(device)
    use_threads(jobs)
    return model


def needs_torch(command: str) -> None:
    """Say at once, before anything is read, which extra ``textrep classify`` and ``textrep tag`` need."""
    from textrep.classifiers import require_torch

    require_torch(f"textrep {command}")


def _check_device(device: str) -> None:
    from textrep.classifiers.estimator import choose_device

    try:
        choose_device(device)
    except ValueError as error:
        raise _WrongModelError(in_options(str(error))) from None


def final(model: Any) -> Any:
    """Return the last step of a pipeline, or the model itself."""
    return model[-1] if hasattr(model, "steps") else model


def use_threads(jobs: int | None) -> None:
    """Let PyTorch use so many threads; None leaves it to itself."""
    if jobs is not None:
        import torch

        torch.set_num_threads(jobs)
