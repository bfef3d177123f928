"""Methods by name, as ``textrep embed --method`` and `textrep.embed` know them."""

from __future__ import annotations

__all__ = ["METHODS"]

METHODS = ("word2vec", "fasttext")
