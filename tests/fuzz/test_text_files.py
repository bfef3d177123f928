"""Corpora, labelled files, sentences, gold sets and vectors of others that are spoiled: read, or refused by name."""

from __future__ import annotations

from itertools import chain

import pytest
from judging import LAST_RESORT, MOST, Case, Judge, few_or_many, some
from mutations import cut_files, flipped_bytes
from strategies import judge_spliced
from text_targets import BINARY, TEXT, static_headers

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
@pytest.mark.timeout(LAST_RESORT)
@pytest.mark.parametrize("name", TARGETS)
def test_every_byte_flipped_and_every_length(name, tmp_path, record_property):
    content = TARGETS[name].content
    judge = judge_of(name, tmp_path)
    judge.run(make() for make in chain(flipped_bytes(content, MASKS), cut_files(content)))
    record_property("counts", dict(judge.counts))
    judge.check()


@few_or_many(10, MOST)
@pytest.mark.parametrize("name", TEXT)
def test_spliced_lines(name, n, tmp_path, record_property):
    judge = judge_of(name, tmp_path)
    judge_spliced(judge, TEXT[name].content, n)
    record_property("counts", dict(judge.counts))


def test_vectors_of_static_embeddings_whose_shape_is_none(tmp_path):
    target = TARGETS["static embeddings, vectors"]
    judge = Judge(tmp_path / target.name, target.use)
    judge.run(Case(label, content) for label, content in static_headers())
    judge.check()
