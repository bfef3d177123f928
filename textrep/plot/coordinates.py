"""From vectors to places on a plane: principal components, t-SNE, and a word with its neighbours around it.

All see nothing but the cosines between the vectors. A few hundred words have few of them, so the vectors of a sparse
store need never be made dense.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEWEST_FOR_TSNE", "METHODS", "around", "cosines_between", "principal_components", "tsne"]

METHODS = ("pca", "tsne")
FEWEST_FOR_TSNE = 5  # of fewer, none has neighbours and others

_PERPLEXITY = 30.0
_START = 1e-4  # standard deviation of the first axis where t-SNE begins, as in scikit-learn
_TIE = 1e-6  # relative difference that rounding can make
_NOTHING = 1e-12  # share of the variance that only rounding makes


def cosines_between(vectors: Any) -> NDArray[np.float64]:
    """Return the cosine between any two rows (float64 [n, n]) of a matrix, dense or CSR; 0 for a row of zeros."""
    rows = vectors.astype(np.float64)  # [n, dim]
    squares = rows.multiply(rows).sum(1) if hasattr(rows, "multiply") else np.square(rows).sum(1)
    products = rows @ rows.T
    products = products.toarray() if hasattr(products, "toarray") else products  # [n, n]
    lengths = np.sqrt(np.asarray(squares, np.float64).ravel())  # [n]
    scales = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    cosines: NDArray[np.float64] = (products * scales).T * scales
    return cosines


def principal_components(cosines: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the first two principal components of vectors of length 1, of which only cosines are given.

    The same as those of `sklearn.decomposition.PCA`, but for signs: of the words that lie farthest out on an axis, the
    first one lies on its positive side, whatever the linear algebra library prefers.

    Parameters
    ----------
    cosines : ndarray of float64, shape (n, n)
        Between any two vectors; those of a vector of zeros are 0, its own included.

    Returns
    -------
    places : ndarray of float64, shape (n, 2)
        Where each vector lies.
    shares : ndarray of float64, shape (2,)
        The share of the variance on either axis; 0 where there is none.

    References
    ----------
    Torgerson: Multidimensional scaling: I. Theory and method. Psychometrika 17, 1952.
    """
    means = cosines.mean(0)  # [n]
    centred = cosines - means - means[:, None] + means.mean()  # [n, n]
    variances, axes = np.linalg.eigh(centred)  # [n] ascending, [n, n]
    total = max(float(variances.sum()), 0.0)
    places, shares = np.zeros((len(cosines), 2)), np.zeros(2)  # [n, 2], [2]
    for i in range(min(2, len(cosines))):
        variance, axis = float(variances[-1 - i]), axes[:, -1 - i]
        if variance > _NOTHING * max(total, 1.0):
            farthest = np.abs(axis) >= (1 - _TIE) * np.abs(axis).max()
            places[:, i] = axis * math.sqrt(variance) * np.sign(axis[farthest.argmax()])
            shares[i] = variance / total
    return places, shares


def tsne(
    cosines: NDArray[np.float64], perplexity: float | None = None, random_state: Any = 0
) -> tuple[NDArray[np.float64], float]:
    """Return places that keep neighbours together, and the perplexity they were found with.

    It is t-SNE of scikit-learn over the cosine distances, and begins with the principal components.

    Parameters
    ----------
    cosines : ndarray of float64, shape (n, n)
        Between any two vectors.
    perplexity : float, optional
        How many neighbours of each vector count, about; less than `n`. By default 30, or a third of the others if
        that is less.
    random_state : int, RandomState instance or None
        That of scikit-learn.

    Returns
    -------
    places : ndarray of float64, shape (n, 2)
        Where each vector lies.
    perplexity : float
        As it was chosen.

    Raises
    ------
    ValueError
        If there are fewer than 5 vectors, or the perplexity is out of range.

    References
    ----------
    van der Maaten, Hinton: Visualizing Data using t-SNE. JMLR 9, 2008.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

    n = len(cosines)
    if n < FEWEST_FOR_TSNE:
        raise ValueError(f'method="tsne" needs {FEWEST_FOR_TSNE} words or more, not {n}; method="pca" takes any number')
    chosen = min(_PERPLEXITY, (n - 1) / 3) if perplexity is None else float(perplexity)
    if not 1 <= chosen < n:
        raise ValueError(f"perplexity must be at least 1 and less than the number of words, {n}; got {chosen:g}")
    distances = np.maximum(1 - cosines, 0)  # [n, n]
    np.fill_diagonal(distances, 0)
    start, _ = principal_components(cosines)
    start *= _START / (start[:, 0].std() or 1.0)
    model = TSNE(perplexity=chosen, metric="precomputed", init=start.astype(np.float32), random_state=random_state)
    with threadpool_limits(1):  # many threads take longer over so few words, and sum up differently
        return model.fit_transform(distances).astype(np.float64), chosen


def around(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places for the neighbours of a word, which lies in the middle (float64 [n, 2], the word first).

    The distance of a neighbour from the middle is 1 - cosine. Its direction is that of its first two principal
    components, once what it has in common with the word is taken away: neighbours in one direction are alike.

    Parameters
    ----------
    cosines : ndarray of float64, shape (n, n)
        Between the word, which comes first, and its neighbours.
    """
    scores = cosines[0, 1:]  # [n - 1]
    if not len(scores):
        return np.zeros((1, 2))
    rest = cosines[1:, 1:] - scores * scores[:, None]  # products of what is left of the neighbours
    directions, _ = principal_components(rest)
    lengths = np.hypot(*directions.T)[:, None]
    right = np.array([1.0, 0.0])
    ways = np.divide(directions, lengths, out=np.tile(right, (len(scores), 1)), where=lengths > 0)
    return np.concatenate([np.zeros((1, 2)), (1 - scores)[:, None] * ways])
