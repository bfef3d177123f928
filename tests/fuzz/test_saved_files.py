"""Saved stores, vectorizers, classifiers and taggers that are spoiled: of use, or refused by name; never more."""

from __future__ import annotations

from itertools import chain

import pytest
from judging import LAST_RESORT, MOST, Judge, some
from mutations import cut_files, each_byte_flipped, header_cases, tensor_cases
from saved_targets import SAVED


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the file of each kind, made when it is asked for."""
    folder = tmp_path_factory.mktemp("whole")
    made = {}

    def file(name):
        if name not in made:
            made[name] = folder / f"{len(made)}.textrep"
            SAVED[name].write(made[name])
        return made[name]

    return file


def judge_of(name, content, folder):
    judge = Judge(folder / "bad.textrep", SAVED[name].use)
    judge.warm_up(content)
    return judge


def spoiled(way, whole, folder):
    content = whole.read_bytes()
    if way == "bytes":
        start = 8 + int.from_bytes(content[:8], "little")  # of the data; the header's bytes share one checksum
        flipped = list(each_byte_flipped(content))
        return chain(flipped[start:], some(flipped[:start], 100), some(cut_files(content), 100))
    return header_cases(content) if way == "header" else tensor_cases(whole, folder / "work.textrep")


WAYS = {"bytes": 4, "header": 4, "tensors": 4}


@pytest.mark.parametrize("name", SAVED)
def test_some_of_all_ways(name, files, tmp_path):
    whole = files(name)
    judge = judge_of(name, whole.read_bytes(), tmp_path)
    for way, n in WAYS.items():
        judge.run(make() for make in some(spoiled(way, whole, tmp_path), n))
    judge.check()


@pytest.mark.slow
@pytest.mark.timeout(LAST_RESORT)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SAVED)
def test_all_ways(name, way, files, tmp_path, record_property):
    whole = files(name)
    judge = judge_of(name, whole.read_bytes(), tmp_path)
    judge.run(make() for make in some(spoiled(way, whole, tmp_path), MOST))
    record_property("counts", dict(judge.counts))
    judge.check()
