"""Document classifiers and sequence taggers in PyTorch: batches, modules, networks, training, estimators.

Most modules here import PyTorch (extra ``torch``); importing this package alone does not.
"""

from __future__ import annotations

import importlib.util
import os
from typing import Any

from textrep.errors import MissingExtraError

__all__ = ["load", "require_torch", "save"]


def require_torch(feature: str) -> None:
    """Raise MissingExtraError, with `feature` as the subject of its sentence, unless PyTorch is installed."""
    if not importlib.util.find_spec("torch"):
        raise MissingExtraError(feature, "torch", "torch")


def load(path: str | os.PathLike[str], *, verify: bool = False) -> Any:
    """Open a saved classifier, tagger, or pipeline of a vectorizer and a classifier. Nothing is run or unpickled.

    Parameters
    ----------
    path : path-like
        The file.
    verify : bool
        Whether a store's vectors of words, too, are compared with their checksums, as all else is. They are mapped
        otherwise, and read when they are used.

    Returns
    -------
    FeedForwardClassifier, RecurrentClassifier, RecurrentTagger or Pipeline
        What was saved.

    Raises
    ------
    FormatError
        If the file holds something else, is truncated or altered; says where.
    MissingExtraError
        If PyTorch is not installed.
    StoreNotFoundError
        If there is no such file.
    """
    require_torch("Opening a classifier")
    from textrep.classifiers import saved

    return saved.load(path, verify=verify)


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Save a fitted classifier or tagger, as its own ``save`` does, or a pipeline of a vectorizer and a classifier.

    Parameters
    ----------
    model : estimator, or Pipeline of a vectorizer of textrep and a FeedForwardClassifier
        Fitted.
    path : path-like
        By custom ``NAME.textrep``. An existing file of the same kind is replaced in one step; anything else is left
        alone.

    Raises
    ------
    NotFittedError
        If it is not fitted.
    ValueError
        If something in it has no form in a file; says what.
    StoreExistsError
        If `path` names something of another kind.
    """
    require_torch("Saving a classifier")
    from textrep.classifiers import saved

    saved.save(model, path)
