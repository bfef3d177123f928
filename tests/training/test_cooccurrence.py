"""Counts of pairs as a whole: any vocabulary, any part of memory, any number of threads, and no file left."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
from counted_pairs import as_matrix

from textrep import spool
from textrep.encoded import EncodedCorpus
from textrep.spool import TemporaryFileError
from textrep.training import blocks, cooccurrence
from textrep.training.blocks import Layout
from textrep.training.cooccurrence import count_cooccurrences


def a_corpus(n_words, n_tokens, seed=0):
    """Return documents of Zipf's words, some of them empty, and what is counted in them by hand."""
    random = np.random.default_rng(seed)
    ids = random.zipf(1.4, n_tokens) % n_words
    ends = np.sort(random.integers(0, n_tokens + 1, n_tokens // 20))
    return ids, np.concatenate([[0], ends, [n_tokens]])


def by_hand(ids, offsets, n_words, window, symmetric):
    counts = np.zeros((n_words, n_words))
    for begin, end in itertools.pairwise(offsets):
        for i in range(begin, end):
            for j in range(max(begin, i - window), i):
                counts[ids[i], ids[j]] += 1 / (i - j)
                if symmetric:
                    counts[ids[j], ids[i]] += 1 / (i - j)
    return counts


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(
    ("n_words", "n_tokens", "window"),
    [(3, 50, 2), (700, 9000, 4), pytest.param(3000, 20000, 10, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("memory_limit", [1 << 30, 40_000])
def test_counts_are_those_of_a_plain_count(n_words, n_tokens, window, symmetric, memory_limit):
    ids, offsets = a_corpus(n_words, n_tokens)
    with (
        EncodedCorpus.from_arrays(ids, offsets) as corpus,
        count_cooccurrences(corpus, n_words, window, symmetric=symmetric, memory_limit=memory_limit, n_jobs=2) as found,
    ):
        expected = by_hand(ids, offsets, n_words, window, symmetric)
        assert found.n_pairs == np.count_nonzero(expected)
        assert found.in_file == (8 * found.n_pairs > memory_limit // 2)
        np.testing.assert_allclose(as_matrix(found), expected, rtol=1e-6)


def test_blocks_have_words_of_all_frequencies_and_no_word_twice():
    ids, offsets = a_corpus(3000, 20000)
    with EncodedCorpus.from_arrays(ids, offsets) as corpus, count_cooccurrences(corpus, 3000) as found:
        assert found.n_blocks == 32
        blocks, places = np.divmod(found.numbers, found.block_size)
        assert len(set(found.numbers.tolist())) == 3000
        assert np.bincount(blocks).tolist() == [94] * 24 + [93] * 8
        assert (places == np.arange(3000) // 32).all()


def test_blocks_of_several_tiles(monkeypatch):
    monkeypatch.setattr(cooccurrence, "_TILE", 16)
    ids, offsets = a_corpus(3000, 20000)
    with EncodedCorpus.from_arrays(ids, offsets) as corpus, count_cooccurrences(corpus, 3000, 5) as found:
        assert found.block_size == 94
        np.testing.assert_allclose(as_matrix(found), by_hand(ids, offsets, 3000, 5, True), rtol=1e-6)


def test_a_window_longer_than_documents_and_parts():
    ids = np.random.default_rng(0).integers(0, 3, 9000)
    with (
        EncodedCorpus.from_arrays(ids, [0, 4000, 9000]) as corpus,
        count_cooccurrences(corpus, 3, 4500, memory_limit=1) as found,  # three parts
    ):
        expected = np.zeros((3, 3))
        for document in (ids[:4000], ids[4000:]):
            for distance in range(1, min(4500, len(document) - 1) + 1):
                np.add.at(expected, (document[distance:], document[:-distance]), 1 / distance)
        np.testing.assert_allclose(as_matrix(found), expected + expected.T, rtol=1e-6)


@pytest.mark.parametrize(("ids", "offsets"), [([], [0]), ([], [0, 0, 0]), ([0], [0, 1]), ([0, 0, 0], [0, 1, 2, 3])])
def test_nothing_stands_near_anything(ids, offsets):
    with EncodedCorpus.from_arrays(np.array(ids, int), offsets) as corpus, count_cooccurrences(corpus, 1) as found:
        assert found.n_pairs == 0
        assert as_matrix(found).shape == (1, 1)


@pytest.mark.parametrize("n_words", [1, 2, 63, 64, 5000, 65_536 * 32, 65_536 * 32 + 1])
@pytest.mark.parametrize("n_contexts", [0, 10**9, 10**12])
def test_every_word_has_a_place_in_a_block_that_uint16_can_tell(n_words, n_contexts):
    layout = Layout.of(n_words, n_contexts)
    assert layout.block_size <= 65_536
    assert layout.n_blocks * layout.block_size >= n_words
    assert layout.n_blocks <= max(256, -(-n_words // 65_536), 1)
    numbers = layout.numbers()
    assert numbers.max() < layout.n_numbers
    assert np.bincount(numbers).max() == 1


MANY_PARTS = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
import numpy as np
from textrep.encoded import EncodedCorpus
from textrep.training.cooccurrence import count_cooccurrences
ids = np.random.default_rng(0).integers(0, 500, 400_000)
corpus = EncodedCorpus.from_arrays(ids, [0, 400_000])
with count_cooccurrences(corpus, 500, 2, memory_limit=1) as found:
    print(found.in_file, round(sum(float(found.block(i, j)[1].sum()) for i in range(7) for j in range(7))))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_NOFILE")
def test_many_parts_need_few_open_files():
    done = subprocess.run([sys.executable, "-c", MANY_PARTS], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", str(round(2 * (399_999 + 399_998 / 2)))]


def test_threads_have_no_more_under_way_than_memory_allows(monkeypatch):
    """What threads have under way gets a quarter of the memory; a pair takes 24 bytes of it."""
    told = []

    def in_threads(function, items, n_threads, room_for):
        for result in map(function, items):
            told.append((len(result.counts), room_for(result)))
            yield result

    monkeypatch.setattr(cooccurrence, "in_threads", in_threads)
    ids, offsets = a_corpus(3000, 20000)
    with EncodedCorpus.from_arrays(ids, offsets) as corpus:
        count_cooccurrences(corpus, 3000, 2, memory_limit=400_000, n_jobs=2).close()
    assert told
    assert all(room == 100_000 // (24 * n_pairs) for n_pairs, room in told)
    assert len({room for _, room in told}) > 2


def test_threads_change_nothing():
    ids, offsets = a_corpus(3000, 20000)
    found = []
    for n_jobs in (1, 4):
        with (
            EncodedCorpus.from_arrays(ids, offsets) as corpus,
            count_cooccurrences(corpus, 3000, n_jobs=n_jobs, memory_limit=100_000, seed=3) as counts,
        ):
            blocks = [counts.block(i, j) for i in range(counts.n_blocks) for j in range(counts.n_blocks)]
            found.append([array.tobytes() for block in blocks for array in block])
    assert found[0] == found[1]


def test_progress_rises_to_the_end():
    ids, offsets = a_corpus(700, 9000)
    shares: list[float] = []
    with EncodedCorpus.from_arrays(ids, offsets) as corpus:
        count_cooccurrences(corpus, 700, memory_limit=40_000, on_progress=shares.append).close()
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert len(set(shares)) == len(shares)


@pytest.mark.parametrize("after", [0, 3, 20])
def test_nothing_stays_open_after_an_interruption(monkeypatch, after):
    """Ctrl-C while rows are counted, added up or cut into blocks."""
    made = []

    class Watched(blocks.Spool):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(self)

    def interrupt(_):
        nonlocal after
        after -= 1
        if after < 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(blocks, "Spool", Watched)
    ids, offsets = a_corpus(700, 9000)
    with EncodedCorpus.from_arrays(ids, offsets) as corpus, pytest.raises(KeyboardInterrupt):
        count_cooccurrences(corpus, 700, memory_limit=40_000, on_progress=interrupt)
    assert len(made) >= 4
    assert all(one.closed for one in made)


def test_a_full_disk_is_told_with_what_it_was_for(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    ids, offsets = a_corpus(700, 9000)
    with EncodedCorpus.from_arrays(ids, offsets) as corpus:
        monkeypatch.setattr(spool, "_write_at", full)
        with pytest.raises(TemporaryFileError, match=r"counts of pairs.*No space left.*eight bytes for .*TMPDIR"):
            count_cooccurrences(corpus, 700, memory_limit=40_000)
