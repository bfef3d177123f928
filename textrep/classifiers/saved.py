"""Classifiers and taggers as files: arrays and JSON, nothing pickled; a file holds all that predictions need.

What all estimators have is put into a file here: parameters, classes, history, and the network's weights, whose layers
are built again from the parameters. What only one class knows it says by ``_state``, and takes back by ``_restore``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from textrep.classifiers.saved_labels import restored_labels, saved_labels
from textrep.classifiers.saved_parameters import restored_parameters, saved_parameters
from textrep.classifiers.unfilled import Unfilled
from textrep.container import open_container, write_container
from textrep.errors import FormatError, MissingExtraError, TextrepError
from textrep.layout import HEADER_START
from textrep.store.file import Saved
from textrep.store.form import SavedForm
from textrep.vectorizers.saved import SavedVectorizer, restored
from textrep.warning import warn

if TYPE_CHECKING:
    from typing import Self

    from sklearn.pipeline import Pipeline

__all__ = ["SavedEstimator", "load", "save"]

# class -> kind of file, and the module that defines it
_CLASSES = {
    "FeedForwardClassifier": ("classifier", "textrep.classifiers.feedforward_classifier"),
    "RecurrentClassifier": ("classifier", "textrep.classifiers.recurrent_classifier"),
    "RecurrentTagger": ("tagger", "textrep.classifiers.recurrent_tagger"),
}
_KINDS = ("classifier", "tagger")
_NETWORK = "network."
_SOME = 10_000  # numbers that layers take besides their weights
_MAPPED = (".vectors", ".context_vectors", ".subwords.rows")  # of a store: read when they are used


class SavedEstimator:
    """Mixin of the estimators that can be saved."""

    classes_: NDArray[Any]
    history_: list[dict[str, float]]
    best_epoch_: int
    interrupted_: bool
    network_: nn.Module

    _architecture_parameters: ClassVar[tuple[str, ...]]  # those that say how the network is built
    _built_with: dict[str, Any]  # their values when it was

    def _architecture(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self._architecture_parameters}
        return {name: tuple(v) if isinstance(v, list | np.ndarray) else v for name, v in values.items()}

    def _state(self) -> Saved:
        """Return what predictions need besides classes and network; a subclass adds to what its parent returns."""
        return Saved({}, {})

    def _restore(self, form: SavedForm) -> None:
        """Take that back; `classes_` are there."""

    def _skeleton(self) -> nn.Module:
        """Return a network for the parameters and that state; its weights do not count."""
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the fitted estimator as one file, whole or not at all; nothing is pickled.

        The file holds all that predictions need, the vectors of words included. Parameters stay as they are, but for a
        `random_state` that is a generator: it is None in the file, for what it would draw next is another number.

        Parameters
        ----------
        path : path-like
            By custom ``NAME.textrep``. An existing file of the same kind is replaced in one step; anything else is left
            alone.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        ValueError
            If a label is no str, int, float, bool, None, or tuple or frozenset of these, such as a date, bytes, or a
            member of an Enum; if a parameter is a Python function, which only pickle could keep, or says how the
            network is built and was changed since `fit`; if `path` is empty.
        StoreExistsError
            If `path` names something of another kind.
        """
        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, verify: bool = False) -> Self:
        """Open a saved estimator of this class. Nothing in the file is run, and nothing is unpickled.

        Parameters
        ----------
        path : path-like
            The file.
        verify : bool
            Whether a store's vectors of words, too, are compared with their checksums, as all else is. They are mapped
            otherwise, and read when they are used.

        Raises
        ------
        FormatError
            If the file holds none of this class, is truncated or altered; says where.
        StoreNotFoundError
            If there is no such file.
        """
        found = load(path, verify=verify)
        if type(found) is not cls:
            name = type(found).__name__
            how = "textrep.classifiers.load" if hasattr(found, "steps") else f"{name}.load"
            raise FormatError(
                f"{path}, byte {HEADER_START}: it holds a {name}, not a {cls.__name__}; open it with {how}"
            )
        return found


def save(model: SavedEstimator | Pipeline, path: str | os.PathLike[str]) -> None:
    """Save a fitted classifier or tagger, or a pipeline of a vectorizer and a classifier.

    Parameters
    ----------
    model : estimator, or Pipeline of a vectorizer of textrep and a FeedForwardClassifier
        Fitted.
    path : path-like
        As `SavedEstimator.save` has it, which also says what is raised.
    """
    steps = getattr(model, "steps", None)
    if steps is None:
        kind, saved = _saved_estimator(model)
        write_container(path, kind=kind, header=saved.header, tensors=saved.tensors)
        return
    if len(steps) != 2 or not isinstance(steps[0][1], SavedVectorizer) or not isinstance(steps[1][1], SavedEstimator):
        shown = ", ".join(type(step).__name__ for _, step in steps)
        raise ValueError(
            f"a pipeline of {shown} is not saved; one of a vectorizer of textrep and a FeedForwardClassifier is. "
            "Save the classifier alone, or pickle the pipeline"
        )
    vectorizer, (kind, saved) = steps[0][1].saved().below("vectorizer"), _saved_estimator(steps[1][1])
    header = {**saved.header, "steps": [name for name, _ in steps], **vectorizer.header}
    write_container(path, kind=kind, header=header, tensors={**saved.tensors, **vectorizer.tensors})


def load(path: str | os.PathLike[str], *, verify: bool = False) -> Any:
    """Open what `save` has written: a classifier, a tagger, or a pipeline. Nothing in the file is run or unpickled.

    Parameters
    ----------
    path : path-like
        The file.
    verify : bool
        As `SavedEstimator.load` has it, which also says what is raised.

    Returns
    -------
    FeedForwardClassifier, RecurrentClassifier, RecurrentTagger or Pipeline
        What was saved.
    """
    container = open_container(path)
    if container.kind not in _KINDS:
        raise FormatError(
            f"{path} is a {container.kind}, not a classifier or a tagger (its header, at byte {HEADER_START}, says so)"
        )
    skipped = () if verify else [name for name in container.tensors if _is_mapped(name)]
    container.verify(skipped)
    estimator = _made_again(SavedForm(container), _restored_estimator)
    _check_device(estimator, path)
    if "steps" not in container.header:
        if "vectorizer" in container.header:
            raise container.damaged("its header has no 'steps' for its vectorizer")
        return estimator
    from sklearn.pipeline import Pipeline

    steps = container.header["steps"]
    if not isinstance(steps, list) or len({name for name in steps if isinstance(name, str)}) != 2 or len(steps) != 2:
        raise container.damaged(f"its header has {steps!r} for 'steps'")
    vectorizer = restored(container.section("vectorizer"), verified=True)
    return Pipeline(list(zip(steps, (vectorizer, estimator), strict=True)))


def _check_device(estimator: Any, path: str | os.PathLike[str]) -> None:
    """Let a model work here that was trained on a device which is not here."""
    from textrep.classifiers.estimator import choose_device

    try:
        choose_device(estimator.device)
    except ValueError as error:
        warn(f"{path}: {error}; device='auto' is used instead")
        estimator.device = "auto"


def _is_mapped(name: str) -> bool:
    return name.endswith(_MAPPED) and not name.startswith(_NETWORK)


def _saved_estimator(estimator: Any) -> tuple[str, Saved]:
    """Return the kind of file, and what it holds."""
    name = type(estimator).__name__
    kind, module = _CLASSES.get(name, ("", ""))
    if type(estimator).__module__ != module:
        raise ValueError(
            f"a {name} cannot be saved: {', '.join(_CLASSES)} can, and classes made of them can only be pickled"
        )
    check_is_fitted(estimator, "network_")
    state = estimator._state()
    header = {
        "class": name,
        "parameters": saved_parameters(estimator),
        "classes": saved_labels(estimator.classes_),
        "history": estimator.history_,
        "best_epoch": estimator.best_epoch_,
        "interrupted": estimator.interrupted_,
        **state.header,
    }
    return kind, Saved(header, {**_weights_of(estimator), **state.tensors})


def _weights_of(estimator: Any) -> dict[str, NDArray[Any]]:
    """Return the weights of a network as a file holds them; refuse a network that the parameters would not build."""
    _check_unchanged(estimator)
    state = estimator.network_.state_dict()
    with Unfilled():
        wanted = estimator._skeleton().state_dict()
    if _shapes(state) != _shapes(wanted):
        raise ValueError(
            f"the network of this {type(estimator).__name__} is not the one that its parameters build: fit it again"
        )
    weights = {f"{_NETWORK}{name}": tensor.detach().cpu().numpy() for name, tensor in state.items()}
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise ValueError(f"the network has weights that are NaN or infinite, in {name}; fit it again")
    return weights


def _check_unchanged(estimator: Any) -> None:
    """Refuse parameters by which the network would be built otherwise, if only in what follows a layer."""
    for name, value in estimator._architecture().items():
        if (before := estimator._built_with[name]) != value:
            raise ValueError(
                f"parameters of this {type(estimator).__name__} were changed after fit, and its network does not fit "
                f"them: {name} was {before!r} in fit and is {value!r} now; set it back, or fit it again"
            )


def _shapes(state: Mapping[str, Tensor]) -> dict[str, tuple[torch.dtype, torch.Size]]:
    return {name: (tensor.dtype, tensor.shape) for name, tensor in state.items()}


def _made_again(form: SavedForm, make: Callable[[SavedForm], Any]) -> Any:
    """Return what is made of a file; what goes wrong then is wrong with the file."""
    try:
        return make(form)
    except (FormatError, MissingExtraError):
        raise
    except (TextrepError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0][:300]  # PyTorch adds lines of C++; a value may be long
        raise form.refusal(f"its model cannot be made again: {reason}") from error


def _restored_estimator(form: SavedForm) -> Any:
    name = form.value("class", str)
    if name not in _CLASSES:
        raise form.refusal(f"it holds a {name!r}, which this textrep does not know")
    cls = getattr(importlib.import_module(_CLASSES[name][1]), name)
    estimator = cls(**restored_parameters(form.value("parameters", dict)))
    estimator.classes_ = restored_labels(form.value("classes", dict))
    estimator._restore(form)
    estimator.history_ = _checked_history(form)
    estimator.best_epoch_ = form.count("best_epoch")
    estimator.interrupted_ = form.value("interrupted", bool)
    estimator.network_, estimator._built_with = _restored_network(estimator, form), estimator._architecture()
    return estimator


def _checked_history(form: SavedForm) -> list[dict[str, float]]:
    history: list[dict[str, float]] = form.value("history", list)
    for epoch in history:
        if not isinstance(epoch, dict) or not all(type(value) in (int, float) for value in epoch.values()):
            raise form.refusal(f"its header has {epoch!r} in 'history'")
    return history


def _restored_network(estimator: Any, form: SavedForm) -> nn.Module:
    """Return the network with the weights in a file, whose shapes are checked."""
    given = {name.removeprefix(_NETWORK): name for name in form.tensors if name.startswith(_NETWORK)}
    if getattr(estimator, "num_layers", 1) > len(given):
        raise form.refusal(f"it has {len(given)} tensors of weights for {estimator.num_layers:,} layers")
    most = sum(form.tensors[name].size for name in given.values())
    with Unfilled(2 * most + _SOME):
        network: nn.Module = estimator._skeleton()
    wanted = network.state_dict()
    for name, _ in chain(network.named_parameters(), network.named_buffers()):
        if name not in wanted:
            raise RuntimeError(f"{name} is in no file, and would stay unfilled")
    if names := sorted(given.keys() ^ wanted.keys()):
        raise form.refusal(f"its weights are not those of its layers: {', '.join(names[:5])}")
    weights = {}
    for name, tensor in wanted.items():
        array = form.tensor(given[name], str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape))
        if not np.isfinite(array).all():
            raise form.refusal(f"its tensor {given[name]!r} has weights that are NaN or infinite", given[name])
        weights[name] = torch.from_numpy(np.array(array))  # a copy, which training may change
    network.load_state_dict(weights, assign=True)
    return network.eval()
