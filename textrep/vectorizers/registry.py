"""Methods by name, as ``textrep embed --method`` and `textrep.embed` know them. Names alone: imports none of them.

There are two kinds. Methods that train have *settings*, so that `textrep.embed` can run them without scikit-learn.
All others are *vectorizer classes*: textrep's own, and those that installed distributions register under the
entry-point group ``textrep.vectorizers``. `textrep.vectorizers.plugged` loads and runs these.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from textrep.errors import PluginError
from textrep.warning import warn

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from textrep.training.settings import TrainingSettings

__all__ = [
    "BUILTIN",
    "CONTINUED",
    "GROUP",
    "METHODS",
    "OF_STORES",
    "TRAINED",
    "VECTORIZERS",
    "described",
    "method_names",
    "plugin",
    "settings_class_of",
]

GROUP = "textrep.vectorizers"

# name -> "module:class", imported when the method is used
METHODS = {
    "word2vec": "textrep.training.settings:Word2VecSettings",
    "fasttext": "textrep.training.settings:FastTextSettings",
    "glove": "textrep.training.settings:GloVeSettings",
}
CONTINUED = ("word2vec", "fasttext")  # those of METHODS that can go on from a store
VECTORIZERS = {
    "onehot": "textrep.vectorizers.onehot:OneHotVectorizer",
    "count": "textrep.vectorizers.count:CountVectorizer",
    "tfidf": "textrep.vectorizers.tfidf:TfidfVectorizer",
}
TRAINED = {  # the classes of METHODS
    "word2vec": "textrep.vectorizers.word2vec:Word2VecVectorizer",
    "fasttext": "textrep.vectorizers.fasttext:FastTextVectorizer",
    "glove": "textrep.vectorizers.glove:GloVeVectorizer",
}
OF_STORES = {  # makes no store, but vectors of documents from one
    "store": "textrep.vectorizers.pooled:StoreVectorizer",
}
BUILTIN = (*METHODS, *VECTORIZERS)


def settings_class_of(method: str) -> type[TrainingSettings]:
    """Return what holds the parameters of a method that trains.

    Raises
    ------
    ValueError
        If no method that trains has this name; names those that do.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, METHODS))}; got {method!r}")
    module, _, name = METHODS[method].partition(":")
    settings: type[TrainingSettings] = getattr(importlib.import_module(module), name)
    return settings


def method_names() -> list[str]:
    """Return the names of all methods: textrep's own, then those of installed plug-ins, sorted."""
    return [*BUILTIN, *sorted({point.name for point in _entry_points()} - set(BUILTIN))]


def plugin(method: str) -> EntryPoint | None:
    """Return the entry point that an installed distribution registers for a name; None if there is none.

    Warns
    -----
    UserWarning
        If the name is that of a method of textrep, which then stays what it is.

    Raises
    ------
    PluginError
        If two distributions register the name.
    """
    found = [point for point in _entry_points() if point.name == method]
    whose = " and ".join(_distribution(point) for point in found)
    if found and method in BUILTIN:
        warn(
            f"{whose} registers a vectorizer {method!r}, but {method!r} is a method of textrep itself, which is used; "
            "the other needs another name"
        )
        return None
    if len(found) > 1:
        raise PluginError(f"the vectorizer {method!r} is registered by {whose}; uninstall all of them but one")
    return found[0] if found else None


def described(point: EntryPoint) -> str:
    """Return what a message calls a plug-in: its name, where the entry point leads, and whose it is."""
    return f"the vectorizer {point.name!r} ({point.value}, registered by {_distribution(point)})"


def _entry_points() -> Any:
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def _distribution(point: EntryPoint) -> str:
    """Return name and version: ``"shout 1.2"``."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown distribution"
