"""Corpora, labelled files, sentences, gold sets and vectors of others that are spoiled: read, or refused by name."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from judging import Case, Judge, some
from mutations import cut_files, flipped_bytes
from strategies import spliced
from text_targets import BINARY, TEXT

TARGETS = {**TEXT, **BINARY}
MASKS = (0x01, 0x20, 0x80)


def judge_of(name, folder):
    target = TARGETS[name]
    judge = Judge(folder / target.name, target.use)
    judge.warm_up(target.content)
    return judge


@pytest.mark.parametrize("name", TARGETS)
def test_some_bytes_flipped_and_some_lengths(name, tmp_path):
    content = TARGETS[name].content
    judge = judge_of(name, tmp_path)
    judge.run(make() for make in some(chain(flipped_bytes(content, MASKS), cut_files(content)), 20))
    judge.check()


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_every_byte_flipped_and_every_length(name, tmp_path, record_property):
    content = TARGETS[name].content
    judge = judge_of(name, tmp_path)
    judge.run(make() for make in chain(flipped_bytes(content, MASKS), cut_files(content)))
    record_property("counts", dict(judge.counts))
    judge.check()


def _spliced(name, folder, n):
    judge = judge_of(name, folder)

    @seed(0)
    @settings(max_examples=n, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(content=spliced(TARGETS[name].content))
    def run(content):
        judge.judge(Case(repr(content[:200]), content))
        judge.check()

    run()
    return judge


@pytest.mark.parametrize("name", TEXT)
def test_some_spliced_lines(name, tmp_path):
    _spliced(name, tmp_path, 10)


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXT)
def test_many_spliced_lines(name, tmp_path, record_property):
    record_property("counts", dict(_spliced(name, tmp_path, 3000).counts))


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(sorted(TEXT)), content=st.binary(max_size=50))
def test_noise(name, content, tmp_path):
    judge = Judge(tmp_path / TARGETS[name].name, TARGETS[name].use)
    judge.judge(Case(repr(content), content))
    judge.check()
