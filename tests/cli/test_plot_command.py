"""``textrep plot``: which picture is written where, what is said of it, and what is refused."""

from __future__ import annotations

import importlib.util
import inspect
import io
import os
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from cli_helpers import COMMAND, environment, invoke, names_in
from PIL import Image
from textrep_cli.plot import plot

from textrep import EmbeddingStore
from textrep.plot import maps, neighbour_map, word_map
from textrep.plot.coordinates import METHODS
from textrep.plot.maps import frequent_words


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def drawn(path: str) -> list[str]:
    """Texts of an .svg file."""
    return [element.text or "" for element in ET.parse(path).iter() if element.tag.endswith("text")]


def words_in(path: str, words: list[str]) -> list[str]:
    found = drawn(path)
    return [word for word in words if word in found]


def test_frequent_words_by_default(english: Path, folder: Path) -> None:
    result = invoke("plot", english)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "textrep: en.png: 200 frequent words of en.textrep, by principal components\n"
    with Image.open("en.png") as picture:
        assert picture.format == "PNG"
    result = invoke("plot", english, "--top", 20, "-o", "m.svg")
    assert result.stderr == "textrep: m.svg: 20 frequent words of en.textrep, by principal components\n"
    words = frequent_words(EmbeddingStore.open(english), 21)
    assert words_in("m.svg", words) == words[:20]
    assert names_in(folder) == ["en.png", "m.svg"]
    assert invoke("plot", english, "-o", "m.svg").stderr.endswith("by principal components (replaces the one before)\n")


def test_named_words_and_words_from_standard_input(english: Path) -> None:
    result = invoke("plot", english, "King", "moon", "-o", "m.svg", stdin=b"water\n")
    assert result.exit_code == 0
    assert result.stderr == (
        "textrep: 'King' is looked up as 'king', as the store's tokenizer writes it\n"
        "textrep: m.svg: 2 words of en.textrep, by principal components\n"
    )
    assert words_in("m.svg", ["king", "moon", "water"]) == ["king", "moon"]
    result = invoke("plot", english, "king", "-", "-o", "m.svg", stdin=b"river\r\n\nking\nwater")
    assert "m.svg: 3 words of" in result.stderr
    assert words_in("m.svg", ["king", "river", "water", "moon"]) == ["king", "river", "water"]


def test_unknown_words_are_named_and_the_others_drawn(english: Path, folder: Path) -> None:
    result = invoke("plot", english, "kingg", "king", "new york", "moon", "-o", "m.svg")
    assert result.exit_code == 1
    unknown, several, last = result.stderr.splitlines()
    assert unknown.startswith("textrep: 'kingg' is not in the vocabulary. Close: king")
    assert several.startswith("textrep: 'new york' is not one word but 2")
    assert last == "textrep: m.svg: 2 words of en.textrep, by principal components"
    result = invoke("plot", english, "kingg")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert names_in(folder) == ["m.svg"]


def test_tsne_and_its_seed(english: Path) -> None:
    words = ["king", "moon", "water", "river", "earth", "war", "army", "church"]
    pictures = []
    for seed in (1, 1, 2):
        result = invoke("plot", english, *words, "--method", "tsne", "--seed", seed, "-o", "t.svg")
        assert "t.svg: 8 words of en.textrep, by t-SNE" in result.stderr
        pictures.append(Path("t.svg").read_bytes())
    assert pictures[0] == pictures[1]
    result = invoke("plot", english, "king", "moon", "--method", "tsne")
    assert result.exit_code == 1
    assert result.stderr == "textrep: --method tsne needs 5 words or more, not 2; --method pca takes any number\n"


def test_options_have_the_limits_and_defaults_of_the_library() -> None:
    """The command repeats them, for its help is not to import what draws."""
    options = {option.name: option for option in plot.params}
    of_maps = inspect.signature(word_map).parameters
    assert tuple(options["method"].type.choices) == METHODS
    assert options["method"].show_default == of_maps["method"].default
    assert (options["top"].type.min, options["top"].type.max) == (1, maps._MOST)
    assert options["top"].show_default == str(of_maps["n_words"].default)
    assert (options["k"].type.min, options["k"].type.max) == (1, maps._MOST_NEIGHBOURS)
    assert options["k"].show_default == str(inspect.signature(neighbour_map).parameters["k"].default)


def test_what_is_not_asked_is_what_the_help_says(english: Path, monkeypatch) -> None:
    options = {option.name: getattr(option, "show_default", None) for option in plot.params}
    calls = []

    def drawn_instead(*args, **options):
        calls.append((args, options))
        raise ValueError("nothing is drawn")

    monkeypatch.setattr("textrep.plot.word_map", drawn_instead)
    monkeypatch.setattr("textrep.plot.neighbour_map", drawn_instead)
    assert invoke("plot", english).exit_code == 1
    assert invoke("plot", english, "--neighbours", "king").exit_code == 1
    ((_, _, method, _), rest), ((_, _, k, _), _) = calls
    assert method == options["method"]
    assert {name: str(value) for name, value in rest.items()} == {
        "n_words": options["top"],
        "random_state": options["seed"],
    }
    assert str(k) == options["k"]


def test_neighbours(korean: Path, folder: Path) -> None:
    result = invoke("plot", korean, "--neighbours", "미국", "-k", 5, "-o", "n.svg")
    assert result.exit_code == 0
    assert result.stderr == "textrep: n.svg: 미국 and its 5 nearest words of 한국어 글.textrep\n"
    found = EmbeddingStore.open(korean).similar("미국", 6)
    labels = dict(text[:-1].split(" (") for text in drawn("n.svg") if text.endswith(")"))
    assert "미국" in drawn("n.svg")
    assert list(labels) == [key for key, _ in found[:5]]
    assert [float(score) for score in labels.values()] == pytest.approx([score for _, score in found[:5]], abs=0.005)
    invoke("plot", korean, "--neighbours", "미국")
    assert names_in(folder) == ["n.svg", "한국어 글-neighbours.png"]
    result = invoke("plot", korean, "--neighbours", "미국국")
    assert result.exit_code == 1
    assert "'미국국' is not in the vocabulary. Close: 미국" in result.stderr


def test_korean_without_a_font_says_once_what_to_install(korean: Path, monkeypatch) -> None:
    from textrep import fonts

    monkeypatch.setattr(fonts, "_others", lambda: ())
    result = invoke("plot", korean)
    first, second = result.stderr.splitlines()
    assert "which are drawn as boxes. Install a font that has them, such as Noto Sans CJK (fonts-noto-cjk" in first
    assert second.startswith("textrep: 한국어 글.png: 200 frequent words")


def test_learning_curve(english: Path, folder: Path) -> None:
    result = invoke("plot", english, "--learning-curve")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"textrep: en-learning-curve.png: loss of 2 epochs of {english}\n"
    EmbeddingStore.from_vectors(["a"], [[1.0]]).save("a.textrep")
    result = invoke("plot", "a.textrep", "--learning-curve")
    assert result.exit_code == 1
    assert result.stderr.startswith("textrep: a.textrep keeps no losses, so it has no learning curve")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--neighbours", "king", "moon"], "--neighbours and WORD ask for different pictures"),
        (["--learning-curve", "moon"], "--learning-curve and WORD ask for different pictures"),
        (["--neighbours", "king", "--learning-curve"], "--neighbours and --learning-curve ask for different pictures"),
        (["--neighbours", "king", "--method", "tsne"], "--method has no effect with --neighbours"),
        (["--learning-curve", "--top", 5], "--top has no effect with --learning-curve"),
        (["king", "--top", 5], "--top has no effect with WORD"),
        (["-k", 5], "-k has no effect without --neighbours"),
        (["--seed", 5], "--seed has no effect without --method tsne"),
        (["--neighbours", "king", "-k", 0], "Invalid value for '-k'"),
        (["-o", "map.jpg"], "-o: 'map.jpg' names no kind of picture: give it the ending .png or .svg"),
        (["-o", "-"], "-o: '-' names no kind of picture"),
    ],
)
def test_wrong_usage(english: Path, args: list[object], message: str, folder: Path) -> None:
    result = invoke("plot", english, *args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not names_in(folder)


def test_what_is_no_picture_is_left_alone(english: Path, folder: Path) -> None:
    store = folder / "store.png"
    store.write_bytes(english.read_bytes())
    result = invoke("plot", store, "-o", "../pictures/store.png")
    assert result.exit_code == 2
    assert "store.png is the store itself; choose another file" in result.stderr
    for name in ("store.png", "notes.svg"):
        Path("notes.svg").write_text("my notes")
        before = Path(name).read_bytes()
        result = invoke("plot", english, "-o", name)
        assert result.exit_code == 1
        assert f"{name} exists and is no picture, so it is not replaced" in result.stderr
        assert Path(name).read_bytes() == before
    Path("f.png").mkdir()
    assert "f.png is a folder" in invoke("plot", english, "-o", "f.png").stderr
    assert "there is no folder missing" in invoke("plot", english, "-o", "missing/m.png").stderr
    assert "there is no file missing.textrep" in invoke("plot", "missing.textrep").stderr


def test_the_extra_is_named(english: Path, monkeypatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *args: None if name == "matplotlib" else find(name))
    result = invoke("plot", english)
    assert result.exit_code == 1
    assert "needs matplotlib. Install it with: pip install matplotlib (textrep's extra 'plot')" in result.stderr


class Unread(io.BytesIO):
    """A stream that must not be read."""

    def read(self, size: int | None = -1) -> bytes:
        if size:  # the test runner reads nothing, to see whether these are bytes
            raise AssertionError("standard input was read")
        return b""

    readline = read1 = readinto = read


def test_standard_input_is_not_read_unasked(english: Path) -> None:
    assert invoke("plot", english, "--top", "2", "-o", "m.svg", stdin=Unread()).exit_code == 0
    assert "standard input was read" in invoke("plot", english, "-", "-o", "m.svg", stdin=Unread()).stderr


@pytest.mark.slow
def test_it_runs_as_a_program_and_does_not_read_standard_input_unasked(english: Path, folder: Path) -> None:
    """A pipe that nobody writes to and nobody closes would be waited for without end."""
    reading, writing = os.pipe()
    command = [*COMMAND, "plot", english, "--top", "2", "-o", "m.png"]
    try:
        done = subprocess.run(command, cwd=folder, stdin=reading, capture_output=True, timeout=100, env=environment())
    finally:
        os.close(reading)
        os.close(writing)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode() == "textrep: m.png: 2 frequent words of en.textrep, by principal components\n"
