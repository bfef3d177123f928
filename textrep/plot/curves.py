"""Learning curves: loss and score by epoch, of classifiers and taggers, and the loss of word vectors."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textrep.classifiers.overfitting import overfitting_sentence
from textrep.plot.figures import FIRST, SECOND, check_picture, finish, new_figure
from textrep.store import EmbeddingStore
from textrep.vectorizers.registry import METHODS, TRAINED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["learning_curve"]

_WIDTH = 90  # characters of a line above a learning curve
_TRAINING, _VALIDATION = FIRST, SECOND
# What is drawn in one panel: its name, and the entries of a history with their names and colours.
_PANELS = (
    (
        "loss",
        (
            ("loss", "training", _TRAINING),  # of word vectors
            ("train_loss", "training", _TRAINING),
            ("validation_loss", "validation", _VALIDATION),
        ),
    ),
    ("score", (("train_score", "training", _TRAINING), ("validation_score", "validation", _VALIDATION))),
)


def learning_curve(model: Any, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw loss and score by epoch, of training and of the validation part.

    The epoch with the lowest validation loss is marked, of equal ones the first. Where the curves show overfitting, the
    epochs since then are shaded, and a sentence above them says so.

    Parameters
    ----------
    model : estimator, EmbeddingStore or list of dict
        A fitted classifier or tagger, a pipeline or a search for parameters that ends in one, or its ``history_``; or
        what trains word vectors, fitted (`Word2VecVectorizer`, `FastTextVectorizer`, `GloVeVectorizer`), its
        ``history_``, or its store, saved and opened or not. These have one loss, and no score.
    path : path-like, optional
        A file to write the picture to, ``.png`` or ``.svg``; replaced if it exists.

    Returns
    -------
    Figure
        A figure of matplotlib.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If it keeps no history: it is nothing that textrep trains.
    ValueError
        If no epoch was trained, if the history has no loss, as that of ``engine="gensim"``, if a store was not made by
        training, or the ending of `path` is another.
    StoreNotFoundError
        If the folder of `path` does not exist.
    MissingExtraError
        If matplotlib is not installed.
    """
    check_picture(path)
    from matplotlib.ticker import MaxNLocator

    history = _history_of(model)
    panels = [(name, curves) for name, curves in _PANELS if any(_is_known(history, key) for key, *_ in curves)]
    if not panels:
        raise ValueError(_without_curves(history))
    figure = new_figure(7.0, 1.0 + 2.4 * len(panels))
    all_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    epochs = [int(epoch.get("epoch", i)) for i, epoch in enumerate(history, 1)]
    best = _lowest(_values(history, "validation_loss"))
    sentence = overfitting_sentence(history)
    for axes, (name, curves) in zip(all_axes, panels, strict=True):
        for key, label, colour in curves:
            if _is_known(history, key):
                axes.plot(epochs, _values(history, key), color=colour, marker="o", markersize=3.5, label=label)
        if best is not None:
            label = f"lowest validation loss: epoch {epochs[best]}"
            axes.axvline(epochs[best], color="0.35", linestyle="--", linewidth=1, label=label)
        if best is not None and sentence:
            axes.axvspan(epochs[best], epochs[-1], color=_VALIDATION, alpha=0.08, linewidth=0)
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
    all_axes[0].legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=3)  # above: hides no curve
    all_axes[-1].set_xlabel("epoch")
    if sentence:
        figure.suptitle(textwrap.fill(sentence, _WIDTH), fontsize="medium", x=0.02, ha="left")
    all_axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    finish(figure, path)
    return figure


def _history_of(model: Any) -> list[Mapping[str, Any]]:
    """Return the history of a model, with one epoch at least."""
    estimator = _final(model)
    if isinstance(estimator, EmbeddingStore):
        return _history_of_store(estimator)
    history = estimator if isinstance(estimator, list | tuple) else getattr(estimator, "history_", None)
    if history is None and hasattr(estimator, "fit"):
        _check_fitted(estimator)
    if not isinstance(history, list | tuple) or not all(isinstance(epoch, Mapping) for epoch in history):
        raise TypeError(
            f"a {type(estimator).__name__} keeps no history, so it has no learning curve: pass a fitted classifier, "
            f"tagger, {_one_of(name.rpartition(':')[2] for name in TRAINED.values())} of textrep, or its history_"
        )
    if not history:
        raise ValueError("the history is empty: no epoch was trained to its end")
    return list(history)


def _history_of_store(store: EmbeddingStore) -> list[Mapping[str, Any]]:
    history = store.metadata.get("history")
    if not isinstance(history, list) or not history or not all(isinstance(epoch, Mapping) for epoch in history):
        method = f"was made by {store.metadata['method']}" if "method" in store.metadata else "was not trained here"
        raise ValueError(
            f"{store.path or 'this store'} keeps no losses, so it has no learning curve: it {method}; stores that "
            f"textrep trains by {_one_of(METHODS)} have one"
        )
    return list(history)


def _one_of(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}"


def _without_curves(history: Sequence[Mapping[str, Any]]) -> str:
    if any("loss" in epoch for epoch in history):
        return (
            'the history has no loss but NaN: gensim, which trains with engine="gensim", tells none; '
            'engine="textrep" does'
        )
    return "the history has neither losses nor scores: pass history_ of a fitted classifier, tagger or vectorizer"


def _final(model: Any) -> Any:
    """Return what a pipeline ends in, or what a search has found to be best."""
    while True:
        if steps := getattr(model, "steps", None):
            model = steps[-1][1]
        elif (best := getattr(model, "best_estimator_", None)) is not None:
            model = best
        else:
            return model


def _check_fitted(estimator: Any) -> None:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(estimator)
    except NotFittedError:
        raise NotFittedError(f"this {type(estimator).__name__} has no learning curve yet: call fit first") from None


def _is_known(history: Sequence[Mapping[str, Any]], key: str) -> bool:
    return bool(np.isfinite(_values(history, key)).any())


def _values(history: Sequence[Mapping[str, Any]], key: str) -> NDArray[np.float64]:
    """Return an entry of each epoch (float64 [n_epochs]), NaN where it is absent."""
    found = (epoch.get(key) for epoch in history)
    return np.array([np.nan if value is None else float(value) for value in found], np.float64)


def _lowest(values: NDArray[np.float64]) -> int | None:
    return int(np.nanargmin(values)) if np.isfinite(values).any() else None
