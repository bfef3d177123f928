"""Coordinates: those of scikit-learn, but for signs that do not depend on the platform."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.metrics.pairwise import cosine_similarity

from textrep.plot.coordinates import around, cosines_between, principal_components, tsne

RNG = np.random.default_rng(0)


def vectors(n, dim):
    return RNG.normal(size=(n, dim)).astype(np.float32)


def units(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("kind", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_cosines_are_those_of_scikit_learn_and_of_zeros_none(kind):
    rows = vectors(9, 5) * 1e15  # squares beyond float32
    rows[3] = 0
    found = cosines_between(kind(rows))
    np.testing.assert_allclose(found, cosine_similarity(rows.astype(np.float64)), atol=1e-12)
    assert not found[3].any()


@pytest.mark.parametrize(("n", "dim"), [(50, 10), (10, 50), (3, 3), (7, 2)])
def test_principal_components_are_those_of_scikit_learn(n, dim):
    rows = vectors(n, dim)
    places, shares = principal_components(cosines_between(rows))
    pca = PCA(2)
    expected = pca.fit_transform(units(rows.astype(np.float64)))
    for i in range(2):
        sign = np.sign(expected[:, i] @ places[:, i])
        np.testing.assert_allclose(places[:, i], sign * expected[:, i], atol=1e-7)
        assert places[np.abs(places[:, i]).argmax(), i] > 0
    np.testing.assert_allclose(shares, pca.explained_variance_ratio_)


def test_the_first_of_two_that_lie_equally_far_is_on_the_positive_side():
    for a, b in (([1.0, 0.2], [0.3, 1.0]), ([0.3, 1.0], [1.0, 0.2])):
        places, shares = principal_components(cosines_between(np.array([a, b])))
        assert places[0, 0] > 0 > places[1, 0]
        assert not places[:, 1].any()
        np.testing.assert_allclose(shares, [1, 0], atol=1e-12)


@pytest.mark.parametrize("rows", [[[3.0, 4.0]], [[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]])
def test_what_does_not_differ_lies_at_one_place(rows):
    places, shares = principal_components(cosines_between(np.array(rows)))
    assert not places.any()
    assert not shares.any()


def test_tsne_keeps_neighbours_together_and_repeats():
    rows = np.repeat(vectors(6, 20), 8, axis=0) + 0.3 * vectors(48, 20)
    cosines = cosines_between(rows)
    places, perplexity = tsne(cosines, random_state=3)
    assert perplexity == pytest.approx(47 / 3)
    assert trustworthiness(units(rows), places, n_neighbors=5) > 0.95
    np.testing.assert_array_equal(tsne(cosines, random_state=3)[0], places)
    assert tsne(cosines, perplexity=4)[1] == 4


def test_tsne_of_few_words_and_of_words_that_do_not_differ():
    assert np.isfinite(tsne(cosines_between(vectors(5, 3)))[0]).all()
    assert np.isfinite(tsne(np.ones((6, 6)))[0]).all()
    with pytest.raises(ValueError, match='method="tsne" needs 5 words or more, not 4; method="pca" takes any number'):
        tsne(np.eye(4))
    for wrong in (0.5, 6, 100):
        with pytest.raises(ValueError, match=f"perplexity must be at least 1 and less than .*, 6; got {wrong}"):
            tsne(np.eye(6), perplexity=wrong)


def test_neighbours_lie_around_their_word_at_one_minus_cosine():
    near = np.array([1.0, 0, 0, 0])
    rows = near + np.array([[0, 0, 0, 0], [0, 0.5, 0.1, 0], [0, 0.6, 0.1, 0], [0, -0.5, 0, 0.3], [0, 0.1, -0.9, 0]])
    cosines = cosines_between(rows)
    places = around(cosines)
    assert not places[0].any()
    np.testing.assert_allclose(np.hypot(*places.T), 1 - cosines[0], atol=1e-12)
    ways = units(places[1:])
    assert (ways @ ways[0]).argsort()[-2:].tolist() == [1, 0]  # the two that are alike
    assert ways[0] @ ways[2] < 0


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_word_with_hardly_a_neighbour(n):
    places = around(cosines_between(vectors(n, 4)))
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
