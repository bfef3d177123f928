"""Maps of a store: many words on a plane, or one word among its neighbours."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textrep.plot.coordinates import METHODS, around, cosines_between, principal_components, tsne
from textrep.plot.figures import check_picture, is_wide, label_text
from textrep.plot.labelled import Drawing, draw
from textrep.store.checks import checked_k
from textrep.store.dense import check_store
from textrep.store.queries import word_list

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from textrep.store import EmbeddingStore

__all__ = ["frequent_words", "neighbour_map", "word_map"]

_MOST, _MOST_NEIGHBOURS = 1000, 200
_FUNCTION_WORDS = 100  # the most frequent words are mostly these
_LETTERS = 4  # that a word has at least; a wide one counts as two


def word_map(
    store: EmbeddingStore,
    words: Iterable[str] | None = None,
    method: str = "pca",
    path: str | os.PathLike[str] | None = None,
    *,
    n_words: int = 200,
    perplexity: float | None = None,
    random_state: Any = 0,
) -> Figure:
    """Draw words as points on a plane, those of like directions near to one another.

    Parameters
    ----------
    store : EmbeddingStore
        Where the vectors are, dense or sparse; keys of documents are drawn as words are.
    words : iterable of str, optional
        What to draw, up to 1,000; one that repeats is drawn once. By default `frequent_words`.
    method : {"pca", "tsne"}
        Principal components of the vectors, scaled to length 1: at once, and axes say how much of the variance they
        show. Or t-SNE over their cosines: it takes seconds, keeps neighbours together, and its axes mean nothing.
    path : path-like, optional
        A file to write the picture to, ``.png`` or ``.svg``; replaced if it exists.
    n_words : int
        Without `words`, how many.
    perplexity : float, optional
        With t-SNE, about how many neighbours of each word count; by default 30, or a third of the other words if that
        is less.
    random_state : int, RandomState instance or None
        Of t-SNE.

    Returns
    -------
    Figure
        A figure of matplotlib, the larger the more words there are. No label lies on another, those of equal vectors
        included.

    Raises
    ------
    UnknownWordError
        If the store has no vector for one of the words; names close ones.
    ValueError
        If there is no word, or too many, or for t-SNE fewer than 5; if the method or the ending of `path` is another.
    StoreNotFoundError
        If the folder of `path` does not exist.
    MissingExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If no installed font has the characters of the words, or there is no room for a label but on another.
    """
    check_store(store)
    check_picture(path)
    drawn = list(dict.fromkeys(frequent_words(store, n_words) if words is None else word_list(words)))
    is_chosen = words is None and _what(store) == "word"
    places, about = _places(store, drawn, method, perplexity, random_state)
    title = f"{_count(len(drawn), _what(store), 'frequent ' if is_chosen else '')}{_of(store)}"
    labels = _labels(store, drawn)
    if _what(store) == "document" and len({label.rpartition(":")[0] for label in labels}) == 1:
        labels = [label.rpartition(":")[2] for label in labels]  # of one file: numbers take less room
    return draw(Drawing(places, labels, title=title, **about), path)


def neighbour_map(
    store: EmbeddingStore,
    word: str,
    k: int = 20,
    path: str | os.PathLike[str] | None = None,
) -> Figure:
    """Draw a word among its nearest neighbours, each with its cosine.

    The word is in the middle, and the distance of a neighbour from it is 1 - cosine: circles are drawn at round
    cosines. Its direction is that of its two first principal components, once what it has in common with the word is
    taken away: neighbours in one direction are alike. Cosines are written with two decimals; with more, up to six, if
    most neighbours are so near that these would not tell them apart.

    Parameters
    ----------
    store : EmbeddingStore
        Where the vectors are, dense or sparse.
    word : str
        A word that has a vector; in a store of documents, a key.
    k : int
        How many neighbours, at most; up to 200.
    path : path-like, optional
        A file to write the picture to, ``.png`` or ``.svg``; replaced if it exists.

    Returns
    -------
    Figure
        A figure of matplotlib. No label lies on another.

    Raises
    ------
    UnknownWordError
        If the store has no vector for the word; names close ones.
    ValueError
        If `k` is less than 1 or more than 200, or the ending of `path` is another.
    StoreNotFoundError
        If the folder of `path` does not exist.
    MissingExtraError
        If matplotlib is not installed.

    Warns
    -----
    UserWarning
        If no installed font has the characters of the words, or there is no room for a label but on another.
    """
    check_store(store)
    check_picture(path)
    if not isinstance(word, str):
        raise TypeError(f"expected a word, not {word!r}")
    if checked_k(k) > _MOST_NEIGHBOURS:
        raise ValueError(f"{k:,} neighbours would hide one another: draw {_MOST_NEIGHBOURS:,} at most")
    neighbours = store.similar(word, k)
    drawn = [word, *(neighbour.key for neighbour in neighbours)]
    scores = np.array([neighbour.score for neighbour in neighbours])  # float64 [n_neighbours]
    places = around(cosines_between(store.vectors_for(drawn)))  # [n, 2]
    labels = _labels(store, drawn)
    title = f"{labels[0]} and its {_count(len(neighbours), _what(store), 'nearest ')}{_of(store)}"
    note = "distance from the middle: 1 − cosine; neighbours in one direction are alike"
    return draw(Drawing(places, labels, title=title, note=note, scores=scores), path)


def frequent_words(store: EmbeddingStore, n_words: int = 200) -> list[str]:
    """Return frequent words of a store that are likely to mean something.

    The most frequent words are mostly function words, in any language, and so are the shortest. Taken are the first
    keys after the 100 most frequent, or of a small store after the first quarter, that consist of letters, 4 of an
    alphabet or 2 of Chinese, Japanese or Korean at least, and are not among scikit-learn's English stop words. If that
    leaves none, the first keys. Keys of foreign files without counts are as a rule in this order, too. Of documents, so
    many are taken at equal distances.

    Parameters
    ----------
    store : EmbeddingStore
        The store.
    n_words : int
        How many, at most.
    """
    if n_words < 1:
        raise ValueError(f"n_words must be at least 1, not {n_words}")
    if _what(store) == "document":
        numbers = np.linspace(0, len(store) - 1, min(n_words, len(store))).round().astype(int)  # [n_documents]
        return [store.keys[number] for number in numbers.tolist()]
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    found: list[str] = []
    for number in range(min(_FUNCTION_WORDS, len(store) // 4), len(store)):
        if len(found) == n_words:
            break
        if _is_long_word(key := store.keys[number]) and key.lower() not in ENGLISH_STOP_WORDS:
            found.append(key)
    return found or list(store.keys[:n_words])


def _is_long_word(key: str) -> bool:
    letters = unicodedata.normalize("NFC", key)
    size = sum(1 + is_wide(letter) for letter in letters)
    return size >= _LETTERS and all(unicodedata.category(letter)[0] in "LM" for letter in letters)


def _places(
    store: EmbeddingStore, words: list[str], method: str, perplexity: float | None, random_state: Any
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Return where words lie (float64 [n_words, 2]), and what there is to say of the axes."""
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, METHODS))}; got {method!r}")
    if not words:
        raise ValueError("there is no word to draw: pass one or more, or None for the frequent words of the store")
    if len(words) > _MOST:
        raise ValueError(f"{len(words):,} words would hide one another: draw {_MOST:,} at most")
    cosines = cosines_between(store.vectors_for(words))  # [n_words, n_words]
    if method == "tsne":
        places, chosen = tsne(cosines, perplexity, random_state)
        return places, {"note": f"t-SNE, perplexity {chosen:.3g}: near words are alike, the axes mean nothing"}
    places, shares = principal_components(cosines)
    if not shares.any():
        return places, {"note": "no principal components: the vectors do not differ"}
    names = ("first", "second")
    return places, {
        "axes": tuple(f"{n} principal component, {s:.1%} of the variance" for n, s in zip(names, shares, strict=True))
    }


def _labels(store: EmbeddingStore, keys: list[str]) -> list[str]:
    """Return keys as they are drawn; names of documents without their folders: what tells them apart comes last."""
    if _what(store) == "word":
        return list(map(label_text, keys))
    names = [key.replace("\\", "/").rpartition("/")[2] for key in keys]
    return [label_text(name, from_end=True) for name in names]


def _of(store: EmbeddingStore) -> str:
    return f" of {label_text(store.path.name)}" if store.path is not None else ""


def _what(store: EmbeddingStore) -> str:
    return "document" if store.is_of_documents else "word"


def _count(number: int, what: str, kind: str) -> str:
    return f"{number:,} {kind}{what}" + ("" if number == 1 else "s")
