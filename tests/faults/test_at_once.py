"""Several processes at one file: two that save it, and one that reads it while it is replaced."""

from __future__ import annotations

import time

import numpy as np
import pytest
from commands import COMMANDS, Place, check_whole
from processes import Forks, of_command, run_new, start_new

import textrep
from textrep.classifiers import load


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index", "classify", "tag"])
def test_two_that_write_one_file(name: str, forks: Forks, place: Place) -> None:
    command = COMMANDS[name]
    args = command.on(place.data, place.target)
    place.put_old(command)
    other = start_new(args, place.work, place.variables)
    ends = [forks.start(args, place.work, place.variables).end() for _ in range(3)]
    _, stderr = other.communicate(timeout=120)
    assert [(end.code, end.stderr) for end in ends] == [(0, "")] * 3
    assert (other.returncode, of_command(stderr)) == (0, "")
    check_whole(place.target, command)
    assert place.left() == []


def test_two_that_save_one_file(forks: Forks, place: Place) -> None:
    """Which is the last is left to chance; each ends well, and the file is one of theirs."""
    command = COMMANDS["embed"]
    args = command.on(place.data, place.target)
    other = start_new([*args, "--vector-size", 11], place.work, place.variables)
    time.sleep(0.5)  # for its imports
    end = forks.start([*args, "--vector-size", 10], place.work, place.variables).end()
    _, stderr = other.communicate(timeout=120)
    assert [(end.code, end.stderr), (other.returncode, of_command(stderr))] == [(0, ""), (0, "")]
    check_whole(place.target, command)
    assert textrep.EmbeddingStore.open(place.target).dim in (10, 11)
    assert place.left() == []


@pytest.mark.parametrize("name", ["embed", "index"])
def test_a_reader_keeps_what_it_has_opened(name: str, forks: Forks, place: Place) -> None:
    command = COMMANDS[name]
    place.target.write_bytes((place.data / "vectors.textrep").read_bytes())
    opened = textrep.EmbeddingStore.open(place.target)  # mapped: nothing of its vectors has been read
    end = forks.start(command.on(place.data, place.target), place.work, place.variables).end()
    assert (end.code, end.stderr) == (0, "")
    before = textrep.EmbeddingStore.open(place.data / "vectors.textrep")
    opened.verify()
    assert opened.similar("w7", 5) == before.similar("w7", 5)
    np.testing.assert_array_equal(opened["w2999"], before["w2999"])
    after = textrep.EmbeddingStore.open(place.target)
    assert (after.index is not None) == (name == "index")
    assert ("w7" in after) == (name == "index")


@pytest.mark.parametrize("name", ["classify", "tag"])
def test_a_model_keeps_what_it_has_loaded(name: str, forks: Forks, place: Place) -> None:
    command = COMMANDS[name]
    args = command.on(place.data, place.target)
    texts = ["the king of the hill"] if name == "classify" else [["the", "king"]]
    assert forks.start(args, place.work, place.variables).end().code == 0
    loaded = load(place.target)
    before = loaded.predict_proba(texts)
    assert forks.start([*args, "--seed", 7], place.work, place.variables).end().code == 0
    np.testing.assert_array_equal(loaded.predict_proba(texts), before)
    assert not np.array_equal(load(place.target).predict_proba(texts), before)
    assert place.left() == []


def test_asking_a_file_that_is_being_replaced(place: Place, forks: Forks) -> None:
    """A process that opens it at any moment sees a whole file."""
    command = COMMANDS["index"]
    place.put_old(command)
    running = forks.start(command.on(place.data, place.target), place.work, place.variables)
    end = run_new(["similar", place.target, "w7", "-k", "3"], place.work, place.variables)
    assert (end.code, end.stderr) == (0, "")
    assert running.end().code == 0
    assert run_new(["similar", place.target, "w7", "-k", "3"], place.work, place.variables).stdout == end.stdout
