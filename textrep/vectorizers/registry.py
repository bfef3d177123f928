"""Methods by name, as ``textrep embed --method`` and `textrep.embed` know them, and what holds their parameters."""

from __future__ import annotations

from textrep.training.settings import FastTextSettings, Settings, Word2VecSettings

__all__ = ["METHODS", "settings_class_of"]

METHODS: dict[str, type[Settings]] = {"word2vec": Word2VecSettings, "fasttext": FastTextSettings}


def settings_class_of(method: str) -> type[Settings]:
    """Return what holds a method's parameters.

    Raises
    ------
    ValueError
        If there is no such method; names them all.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, METHODS))}; got {method!r}")
    return METHODS[method]
