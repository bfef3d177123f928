"""Maps of words: which words, where, and labels that can be read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from PIL import Image
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

import textrep
from textrep import EmbeddingStore, UnknownWordError
from textrep.plot import neighbour_map, word_map
from textrep.plot.coordinates import cosines_between, principal_components
from textrep.plot.maps import frequent_words

CORPORA = Path(__file__).parents[2] / "corpora"


@pytest.fixture(scope="module", params=["en", "ko"])
def store(request, tmp_path_factory):
    """A saved store of words of a real text."""
    lines = (CORPORA / f"{request.param}_wiki.txt").read_bytes()[:900_000].decode(errors="ignore").splitlines()
    made = textrep.embed(lines, vector_size=30, epochs=2, random_state=1, n_jobs=1)
    path = tmp_path_factory.mktemp("maps") / f"{request.param}.textrep"
    made.save(path)
    return EmbeddingStore.open(path)


@pytest.fixture
def small():
    rng = np.random.default_rng(0)
    return EmbeddingStore.from_vectors([f"w{i}" for i in range(30)], rng.normal(size=(30, 6)))


def labels_of(figure):
    """The words that are drawn, as texts of matplotlib."""
    return [text for text in figure.axes[0].texts if text.get_zorder() == 4]


def boxes(figure):
    """Left, bottom, right and top of labels, in pixels (float64 [n, 4])."""
    renderer = figure.canvas.get_renderer()
    return np.array([text.get_window_extent(renderer).extents for text in labels_of(figure)])


def points_of(figure):
    dots = [each for each in figure.axes[0].collections if isinstance(each, PathCollection)]
    return np.concatenate([np.asarray(each.get_offsets()) for each in dots])


def shared_area(found):
    sides = [
        np.minimum(found[:, None, i + 2], found[:, i + 2]) - np.maximum(found[:, None, i], found[:, i]) for i in (0, 1)
    ]
    return np.triu(np.maximum(sides[0], 0) * np.maximum(sides[1], 0), 1).sum()


@pytest.mark.parametrize("method", ["pca", pytest.param("tsne", marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore:no installed font", "ignore:Glyph")
def test_200_labels_can_be_read(store, method):
    figure = word_map(store, method=method)
    assert [text.get_text() for text in labels_of(figure)] == frequent_words(store)
    for dpi in (72, 150):
        figure.set_dpi(dpi)
        found = boxes(figure)
        assert len(found) == 200
        assert shared_area(found) == 0
        size = figure.get_size_inches() * dpi
        assert (found[:, :2] >= 0).all()
        assert (found[:, 2:] <= size).all()
    assert labels_of(figure)[0].get_fontsize() >= 8
    assert max(figure.get_size_inches()) < 16


def test_points_lie_at_principal_components_of_one_scale(small, tmp_path):
    figure = word_map(small, small.keys[:12])
    places, shares = principal_components(cosines_between(small.vectors[:12]))
    np.testing.assert_allclose(points_of(figure), places)
    axes = figure.axes[0]
    assert axes.get_xlabel() == f"first principal component, {shares[0]:.1%} of the variance"
    assert axes.get_ylabel() == f"second principal component, {shares[1]:.1%} of the variance"
    unit = axes.transData.transform([[0, 0], [1, 0], [0, 1]])
    assert unit[1, 0] - unit[0, 0] == pytest.approx(unit[2, 1] - unit[0, 1])
    assert axes.get_title(loc="left") == "12 words"


def test_a_label_stands_beside_its_point(small):
    figure = word_map(small, small.keys[:5])
    found = boxes(figure)
    dots = figure.axes[0].transData.transform(points_of(figure))
    away = np.hypot(*(np.clip(dots, found[:, :2], found[:, 2:]) - dots).T)
    assert away.max() < 12 * figure.dpi / 72


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_words(small, n, tmp_path):
    figure = word_map(small, small.keys[:n], path=tmp_path / "m.png")
    assert len(labels_of(figure)) == n
    with Image.open(tmp_path / "m.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 5
    with pytest.raises(ValueError, match=f'method="tsne" needs 5 words or more, not {n}'):
        word_map(small, small.keys[:n], method="tsne")


def test_a_word_that_repeats_is_drawn_once_and_zeros_are_drawn():
    store = EmbeddingStore.from_vectors(["a", "b", "zero"], [[1.0, 0], [0, 1], [0, 0]])
    figure = word_map(store, ["a", "zero", "a", "b", "zero"])
    assert [text.get_text() for text in labels_of(figure)] == ["a", "zero", "b"]
    assert np.isfinite(points_of(figure)).all()


def test_sparse_stores_and_documents():
    texts = ["the cat sat", "the dog sat", "a bird flew", "birds fly south", "a cat and a dog", "no bird"]
    words = textrep.embed(texts, "tfidf")
    dense = EmbeddingStore.from_vectors(words.keys, words.vectors.toarray())
    for method in ("pca", "tsne"):
        np.testing.assert_allclose(
            *(points_of(word_map(one, words.keys[:8], method=method)) for one in (words, dense)), atol=1e-5
        )
    documents = textrep.embed_documents(texts, "tfidf")
    assert documents.texts is not None
    figure = word_map(documents, n_words=4)
    keys = list(documents.keys)
    assert [text.get_text() for text in labels_of(figure)] == [keys[i].rpartition(":")[2] for i in (0, 2, 3, 5)]
    assert figure.axes[0].get_title(loc="left") == "4 documents"


def test_frequent_words_mean_something(store):
    words = frequent_words(store, 50)
    numbers = [store.keys.find(word) for word in words]
    assert len(words) == 50
    assert numbers == sorted(numbers)
    assert numbers[0] >= 100
    assert all(word.isalpha() and word not in ENGLISH_STOP_WORDS for word in words)
    assert all(len(word) >= (2 if word[0] >= "가" else 4) for word in words)


def test_frequent_words_of_a_store_that_has_hardly_any():
    def chosen(keys, n=200):
        return frequent_words(EmbeddingStore.from_vectors(keys, np.ones((len(keys), 2))), n)

    assert chosen(["a", "b2", "c"]) == ["a", "b2", "c"]
    assert chosen(["the", "of", "through", "king", "x1y2z3", "나라", "나", "queen"], 2) == ["king", "나라"]


def test_words_that_are_wrong(small):
    with pytest.raises(UnknownWordError, match=r"'w300' is not in the vocabulary\. Close: w"):
        word_map(small, ["w1", "w300"])
    with pytest.raises(TypeError, match="expected a list of words, not the one word 'w1'"):
        word_map(small, "w1")
    with pytest.raises(ValueError, match="there is no word to draw"):
        word_map(small, [])
    with pytest.raises(ValueError, match="method must be one of 'pca', 'tsne'; got 'umap'"):
        word_map(small, method="umap")
    many = EmbeddingStore.from_vectors([str(i) for i in range(1001)], np.ones((1001, 1)))
    with pytest.raises(ValueError, match="1,001 words would hide one another: draw 1,000 at most"):
        word_map(many, many.keys)


@pytest.mark.parametrize("n", [2, 150, pytest.param(400, marks=pytest.mark.slow)])
def test_labels_of_equal_vectors_spread(n, recwarn):
    store = EmbeddingStore.from_vectors([f"word{i}" for i in range(n)], np.ones((n, 3)))
    figure = word_map(store, store.keys)
    found = boxes(figure)
    assert len(found) == n
    assert shared_area(found) == 0
    assert (found[:, :2] >= 0).all()
    assert (found[:, 2:] <= figure.get_size_inches() * figure.dpi).all()
    assert not [warning for warning in recwarn if "labels" in str(warning.message)]


def test_labels_that_lie_on_others_are_told_and_no_trial_is_made_in_vain(small, monkeypatch):
    from textrep.plot import labelled

    trials = []

    def all_in_the_corner(points, sizes, *_):
        trials.append(len(points))
        return np.zeros_like(points)

    monkeypatch.setattr(labelled, "place_labels", all_in_the_corner)
    with pytest.warns(UserWarning, match="some labels lie on others, for there is no room.*: draw fewer words"):
        word_map(small)
    assert len(trials) == 2


def test_a_flat_cloud_has_a_flat_map():
    angles = np.linspace(-0.6, 0.6, 60)
    small_differences = 0.02 * np.random.default_rng(0).normal(size=60)
    store = EmbeddingStore.from_vectors(
        [f"word{i}" for i in range(60)], np.stack([np.cos(angles), np.sin(angles), small_differences], 1)
    )
    width, height = word_map(store, store.keys).axes[0].get_window_extent().size
    assert 0.3 < height / width < 0.45


@pytest.mark.parametrize("k", [1, 2, 20])
def test_neighbours_are_around_the_word_with_their_cosines(small, k):
    figure = neighbour_map(small, "w3", k)
    found = small.similar("w3", k)
    expected = ["w3", *(f"{key} ({score:.2f})" for key, score in found)]
    assert [text.get_text() for text in labels_of(figure)] == expected
    places = points_of(figure)  # those of the neighbours come first
    np.testing.assert_allclose(np.hypot(*places.T), [*(1 - score for _, score in found), 0], atol=1e-6)
    assert shared_area(boxes(figure)) == 0
    assert figure.axes[0].get_title(loc="left") == f"w3 and its {k} nearest word{'s' * (k > 1)}"
    circles = {round(1 - circle.radius, 6) for circle in figure.axes[0].patches}
    named = {float(text.get_text()) for text in figure.axes[0].texts if text.get_zorder() == 0.5}
    assert named == circles
    assert 1 <= len(circles) <= 5


@pytest.mark.parametrize(
    ("cosine", "label", "circles"),
    [
        (0.62, "0.62", {"0.9", "0.8", "0.7"}),
        (0.915, "0.915", {"0.98", "0.96", "0.94", "0.92"}),
        (0.9988, "0.9988", {"0.9995", "0.9990"}),
        (0.99997, "0.999970", {"0.99999", "0.99998", "0.99997"}),
        (1.0, "1.00", set()),
        (-0.3, "-0.30", {"0.5", "0.0"}),
    ],
)
def test_near_neighbours_have_circles_and_decimals_that_tell_them_apart(cosine, label, circles):
    sines = np.sqrt(1 - cosine**2) * np.array([1, -1, 0.999, -0.999])
    vectors = np.stack([np.full(4, cosine), sines], 1)
    store = EmbeddingStore.from_vectors(["w", "a", "b", "c", "d"], np.vstack([[1.0, 0], vectors]))
    figure = neighbour_map(store, "w", 4)
    axes = figure.axes[0]
    assert f"a ({label})" in [text.get_text() for text in labels_of(figure)]
    assert {text.get_text() for text in axes.texts if text.get_zorder() == 0.5} == circles
    radii = sorted(circle.radius for circle in axes.patches)
    np.testing.assert_allclose(radii, sorted(1 - float(name) for name in circles), atol=1e-12)
    if not circles:
        assert np.ptp(axes.get_xlim()) > 1  # what rounding makes is not drawn as a distance


def test_neighbours_that_are_wrong(small):
    with pytest.raises(UnknownWordError, match="'x' is not in the vocabulary"):
        neighbour_map(small, "x")
    with pytest.raises(TypeError, match="expected a word, not"):
        neighbour_map(small, ["w1"])
    with pytest.raises(ValueError, match="201 neighbours would hide one another: draw 200 at most"):
        neighbour_map(small, "w1", 201)
    with pytest.raises(ValueError, match="k is the number of neighbours and must be at least 1"):
        neighbour_map(small, "w1", 0)


@pytest.mark.parametrize("draw", [word_map, lambda store, path: neighbour_map(store, store.keys[5], path=path)])
@pytest.mark.parametrize("name", ["m.png", "m.svg"])
def test_files_repeat_exactly_and_svg_keeps_words(small, draw, name, tmp_path, recwarn):
    store = EmbeddingStore.from_vectors([f"나라{i}$x_$" for i in range(20)], small.vectors[:20])
    draw(store, path=tmp_path / name)
    first = (tmp_path / name).read_bytes()
    draw(store, path=tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]
    if name.endswith("svg"):
        assert not recwarn.list
        texts = [element.text or "" for element in ET.fromstring(first).iter() if element.tag.endswith("text")]
        assert sum(text.startswith("나라5$x_$") for text in texts) >= 1


def test_letters_without_a_font_have_room_for_one_that_a_browser_has(monkeypatch):
    """In matplotlib's own font they are narrow boxes, and a map made with it would have words run into one another."""
    from textrep.plot import labelled
    from textrep.plot.figures import new_figure

    monkeypatch.setattr(labelled, "families_for", lambda *_, **__: ["DejaVu Sans"])
    figure = new_figure(1, 1)
    text = figure.text(0, 0, "대한민국", fontsize=10)
    assert labelled._sizes(figure, [text])[0, 0] >= 40
