"""``textrep similar``, ``analogy`` and ``vector``: the store's answers, for people and for programs."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import invoke, run
from rich.cells import cell_len

import textrep


def as_json(query, neighbours) -> dict:
    return {"query": query, "neighbours": [{"key": key, "score": score} for key, score in neighbours]}


def test_similar_for_programs(english: Path) -> None:
    store = textrep.EmbeddingStore.open(english)
    result = invoke("similar", english, "king", "moon", "-k", 3, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [as_json(word, store.similar(word, 3)) for word in ("king", "moon")]
    assert result.stderr == ""


def test_similar_for_people(english: Path) -> None:
    found = textrep.EmbeddingStore.open(english).similar("king", 10)
    result = invoke("similar", english, "king")
    assert [line.split() for line in result.stdout.splitlines()] == [[key, f"{score:.4f}"] for key, score in found]
    assert len({len(line) for line in result.stdout.splitlines()}) == 1  # aligned


def test_several_queries_have_headings_and_an_empty_line_between_them(english: Path) -> None:
    one, other = (invoke("similar", english, word, "-k", 2).stdout for word in ("king", "moon"))
    assert invoke("similar", english, "king", "moon", "-k", 2).stdout == f"king\n{one}\nmoon\n{other}"


def test_korean_is_aligned_by_cells(korean: Path) -> None:
    done = run("similar", korean, "미국", "-k", 200, env={"COLUMNS": "20"})
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 200
    assert len({cell_len(line) for line in lines}) == 1
    assert len({len(line) for line in lines}) > 1  # letters of one and of two cells


def test_a_query_is_written_as_the_tokenizer_writes_it(english: Path, korean: Path) -> None:
    result = invoke("similar", english, "King", "-k", 3, "--json")
    assert result.exit_code == 0
    assert result.stderr == "textrep: 'King' is looked up as 'king', as the store's tokenizer writes it\n"
    assert json.loads(result.stdout) == [
        as_json("King", textrep.EmbeddingStore.open(english).similar("king", 3))
    ]  # as it was asked
    decomposed = unicodedata.normalize("NFD", "미국")
    result = invoke("similar", korean, decomposed)
    assert (result.exit_code, result.stderr) == (0, "")  # looks the same: nothing to say
    assert result.stdout == invoke("similar", korean, "미국").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["kingg"], "'kingg' is not in the vocabulary. Close: "),
        (["Kingg"], "'kingg' is not in the vocabulary. Close: "),
        (
            ["new york"],
            "'new york' is not one word but 2, as the store's tokenizer sees it: 'new', 'york'; ask",
        ),
        (["?!"], "'?!' holds no word, as the store's tokenizer sees it"),
        ([""], "'' holds no word"),
        (["a\x1b[2J\nb"], r"'a\x1b[2j\nb' is not one word but 3".replace("j", "J")),
    ],
)
def test_a_wrong_word_is_one_line_and_the_others_are_answered(english: Path, words: list[str], message: str) -> None:
    for args in (words, ["king", *words, "moon"]):
        result = invoke("similar", english, *args, "-k", 2, "--json")
        assert result.exit_code == 1
        assert result.stderr.startswith(f"textrep: {message}")
        assert result.stderr.count("\n") == 1
        assert [item["query"] for item in json.loads(result.stdout)] == [w for w in args if w in ("king", "moon")]
    assert invoke("vector", english, *words).exit_code == 1
    assert message in invoke("vector", english, *words).stderr


def test_close_words_are_words_of_the_store(english: Path) -> None:
    stderr = invoke("similar", english, "kingg").stderr
    close = stderr.partition("Close: ")[2].rstrip(".\n").split(", ")
    assert "king" in close
    assert all(word in textrep.EmbeddingStore.open(english) for word in close)


def test_words_from_standard_input(english: Path) -> None:
    lines = "﻿king\r\n\n  moon \nkingg\nwater"  # a byte order mark, Windows ends, blanks, no last line end
    result = invoke("similar", english, "-k", 2, "--json", stdin=lines.encode())
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    given = invoke("similar", english, "king", "moon", "water", "-k", 2, "--json")
    assert json.loads(result.stdout) == json.loads(given.stdout)
    tables = invoke("similar", english, "-k", 2, stdin=b"king\nmoon\nwater")
    assert tables.exit_code == 0
    assert tables.stdout == invoke("similar", english, "king", "moon", "water", "-k", 2).stdout


def test_many_lines_that_break_anywhere(korean: Path) -> None:
    store = textrep.EmbeddingStore.open(korean)
    words = store.keys[:1500] * 5  # more than is read at a time, of letters of three bytes
    result = run("vector", korean, stdin="\n".join(words).encode())
    assert result.returncode == 0, result.stderr
    assert [line.partition(" ")[0] for line in result.stdout.decode().splitlines()] == words


def test_analogy(english: Path) -> None:
    found = textrep.EmbeddingStore.open(english).analogy(positive=["king", "woman"], negative=["man"], k=4)
    result = invoke("analogy", english, "man", "king", "woman", "-k", 4, "--json")
    assert json.loads(result.stdout) == [as_json(["man", "king", "woman"], found)]
    table = invoke("analogy", english, "man", "king", "woman", "-k", 4).stdout.splitlines()
    assert table[0] == "man is to king as woman is to ..."
    assert [line.split() for line in table[1:]] == [[key, f"{score:.4f}"] for key, score in found]


def test_analogy_names_every_unknown_word(english: Path) -> None:
    result = invoke("analogy", english, "mann", "king", "womann")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert [line.split("'")[1] for line in result.stderr.splitlines()] == ["mann", "womann"]


def test_vectors_read_as_the_same_floats(english: Path) -> None:
    store = textrep.EmbeddingStore.open(english)
    words = ["king", "Moon", "water"]
    lines = invoke("vector", english, *words).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["king", "moon", "water"]
    read = np.array([line.split()[1:] for line in lines], np.float32)
    np.testing.assert_array_equal(read, store.vectors_for(["king", "moon", "water"]))
    items = json.loads(invoke("vector", english, *words, "--json").stdout)
    assert [item["key"] for item in items] == ["king", "moon", "water"]
    assert all(item.keys() == {"key", "vector"} for item in items)
    np.testing.assert_array_equal(np.array([item["vector"] for item in items], np.float32), read)
    assert max(len(number) for number in lines[0].split()[1:]) < 16  # as short as float32 allows


def test_extreme_floats_survive(tmp_path: Path) -> None:
    vectors = np.array([[1e-45, 3.4e37, -0.0, 0.1, 1 / 3, 16777217]], np.float32)
    textrep.EmbeddingStore.from_vectors(["x"], vectors).save(tmp_path / "s")
    read = np.array(invoke("vector", tmp_path / "s", "x").stdout.split()[1:], np.float32)
    assert read.tobytes() == vectors.tobytes()
    item = json.loads(invoke("vector", tmp_path / "s", "x", "--json").stdout)[0]
    assert np.array(item["vector"], np.float32).tobytes() == vectors.tobytes()


def test_keys_cannot_command_the_terminal(tmp_path: Path) -> None:
    keys = ["x", "red\x1b[31m", "two\nlines"]
    textrep.EmbeddingStore.from_vectors(keys, np.ones((3, 2))).save(tmp_path / "s")
    result = invoke("similar", tmp_path / "s", "x")
    assert result.stdout == "  red\\x1b[31m  1.0000\n  two\\nlines   1.0000\n"
    assert [n["key"] for n in json.loads(invoke("similar", tmp_path / "s", "x", "--json").stdout)[0]["neighbours"]] == (
        keys[1:]
    )
    assert "\x1b" not in invoke("vector", tmp_path / "s", keys[1]).stdout


def test_a_store_without_a_tokenizer_is_asked_literally(tmp_path: Path) -> None:
    textrep.EmbeddingStore.from_vectors(["New York", "paris"], np.eye(2)).save(tmp_path / "s")
    assert invoke("similar", tmp_path / "s", "New York").exit_code == 0
    result = invoke("similar", tmp_path / "s", "new york")
    assert result.exit_code == 1
    assert result.stderr == "textrep: 'new york' is not in the vocabulary. Close: New York.\n"


def test_a_store_whose_tokenizer_is_unknown_is_asked_for_its_keys(tmp_path: Path) -> None:
    store = textrep.EmbeddingStore.from_vectors(["a", "b"], np.eye(2), tokenizer={"name": "of the future"})
    store.save(tmp_path / "s")
    assert invoke("similar", tmp_path / "s", "a").exit_code == 0
    result = invoke("similar", tmp_path / "s", "A")
    assert result.exit_code == 1
    assert "'A' is no key, and cannot be split as the corpus was: " in result.stderr
    assert "of the future" in invoke("info", tmp_path / "s").stdout


@pytest.mark.parametrize("command", ["similar", "vector", "info"])
def test_what_is_no_store(tmp_path: Path, command: str) -> None:
    (tmp_path / "notes").write_text("not a store, only some notes")
    more = [] if command == "info" else ["word"]
    for name, message in (
        ("none", f"there is no file {tmp_path}/none"),
        ("notes", f"{tmp_path}/notes is n"),  # "not a file that textrep saved"; of info "neither"
        ("", f"{tmp_path} is a folder"),
    ):
        result = invoke(command, tmp_path / name, *more)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"textrep: {message}")
        assert result.stderr.count("\n") == 1


def test_terms_of_two_words(tmp_path: Path) -> None:
    vectorizer = textrep.CountVectorizer(ngram_range=(1, 2)).fit(["new york", "old york"])
    vectorizer.to_store().save(tmp_path / "s")
    result = invoke("similar", tmp_path / "s", "New York", "-k", 1)
    assert result.exit_code == 0
    assert result.stderr == "textrep: 'New York' is looked up as 'new york', as the store's tokenizer writes it\n"
    assert result.stdout == invoke("similar", tmp_path / "s", "new york", "-k", 1).stdout
    assert "'York New' is not one word but 2" in invoke("similar", tmp_path / "s", "York New").stderr


@pytest.mark.parametrize("question", ["." * 100_000, "cat dog " * 10_000])
def test_a_long_question_is_cut_in_the_message(english: Path, question: str) -> None:
    result = invoke("similar", english, stdin=question)
    assert result.exit_code == 1
    assert 0 < len(result.stderr) < 300
