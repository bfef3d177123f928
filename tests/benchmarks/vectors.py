"""Vectors of words for the benchmarks of classifiers and taggers: trained by textrep, and kept as files.

They are of Wikipedia, in Korean of Wikipedia and the texts of training; nothing else is ever read for them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from textrep import EmbeddingStore, embed, read_corpus

from .measures import told

__all__ = ["Recipe", "trained"]

_JOBS = 2
_SEED = 1


@dataclass(frozen=True)
class Recipe:
    """What vectors are trained on, and how.

    Parameters
    ----------
    corpus : str
        The name of a corpus, without ``.txt.xz``.
    method : str
        As `textrep.embed` takes it.
    parameters : dict
        Of the method.
    and_training_texts : bool
        Whether the corpus is followed by the texts that the classifier is trained on.
    """

    corpus: str
    method: str
    parameters: dict[str, Any] = field(default_factory=dict)
    and_training_texts: bool = False


def trained(
    recipe: Recipe, training_texts: Sequence[str], data: Path, folder: Path, most_documents: int | None = None
) -> EmbeddingStore:
    """Return vectors by a recipe: those in a folder, if there are such of an earlier call, else trained now.

    Parameters
    ----------
    recipe : Recipe
        What to train on, and how.
    training_texts : sequence of str
        The texts that the classifier is trained on. Never those that it is scored on.
    data : Path
        Folder that holds ``corpora/``.
    folder : Path
        Where to keep the store.
    most_documents : int, optional
        Use only so many documents of the corpus.

    Raises
    ------
    FileNotFoundError
        If the corpus is not there.
    """
    packed = data / "corpora" / f"{recipe.corpus}.txt.xz"
    if not packed.exists():
        raise FileNotFoundError(f"there is no {packed}; --data is the folder that holds corpora/")
    texts = training_texts if recipe.and_training_texts else ()
    path = folder / f"{recipe.corpus}-{_digest(recipe, texts, most_documents)}.textrep"
    if not path.exists():
        with told(f"{recipe.method} vectors of {recipe.corpus} and {len(texts):,} texts"):
            documents = chain(islice(read_corpus(packed), most_documents), texts)
            embed(documents, recipe.method, n_jobs=_JOBS, random_state=_SEED, **recipe.parameters).save(path)
    return EmbeddingStore.open(path)


def _digest(recipe: Recipe, texts: Sequence[str], most_documents: int | None) -> str:
    """Return what tells these vectors from all others in a folder."""
    described = json.dumps([recipe.method, recipe.parameters, most_documents, *texts], sort_keys=True)
    return hashlib.sha256(described.encode()).hexdigest()[:12]
